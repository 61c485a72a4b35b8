import { createHmac, timingSafeEqual } from "node:crypto";
import { decodeTime, encodeTime } from "ulid";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { idPrefixes } from "../../domain/terms/ids.ts";
import { dayMs } from "../../domain/terms/trial.ts";

/*
 * Leave to back up is not kept: its id says when it was given, and proves that it was given to this device, for this vault. So it costs no
 * write, and nobody can make one up.
 */

/** What leave is about. */
export interface Leave {
  deviceId: string;
  /** Where the data go. */
  bucket: string;
}

const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const proofDigits = 16;

/** The 80 bits of an id that are not its time. */
function proofOf(secret: string, time: string, { deviceId, bucket }: Leave): string {
  const mac = createHmac("sha256", secret).update(`grant\n${time}\n${deviceId}\n${bucket}`).digest();
  return Array.from(mac.subarray(0, proofDigits), (byte) => digits[byte % digits.length]).join("");
}

/** The id of leave that is given at a moment. */
export function grantId(secret: string, leave: Leave, now: number): string {
  const time = encodeTime(now, 10);
  return `${idPrefixes.grant}_${time}${proofOf(secret, time, leave)}`;
}

/** How long leave holds. */
export const grantMs = dayMs;

/**
 * Whether an id is of leave that was given to a device for its vault as that is today, and still holds.
 * @throws DomainError not_found for what was not given to it, or for another vault; grant_expired
 */
export function checkGrantId(secret: string, id: string, leave: Leave, now: number): void {
  const code = id.slice(idPrefixes.grant.length + 1);
  const time = code.slice(0, -proofDigits);
  const proof = Buffer.from(code.slice(-proofDigits));
  const expected = Buffer.from(proofOf(secret, time, leave));
  if (proof.length !== expected.length || !timingSafeEqual(proof, expected)) throw notFound("grant");
  if (decodeTime(code) + grantMs <= now)
    throw new DomainError("grant_expired", "The leave to back up has expired; ask for it again.");
}
