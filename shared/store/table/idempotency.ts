import * as z from "zod";
import type { Database } from "./database.ts";
import { idempotencyKey } from "./keys.ts";
import type { Put } from "./writes.ts";

/** How long a key replays the first answer. */
const keptSeconds = 24 * 60 * 60;

/** The answer that a key stands for. The body is sealed under the credential's own secret, since it may hold a new token. */
export const IdempotencyRecord = z.object({
  requestHash: z.string(),
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  sealedBody: z.string(),
  expiresAt: z.int(),
});
export type IdempotencyRecord = z.infer<typeof IdempotencyRecord>;

/** Somebody else's transaction with the same idempotency key came first. */
export class AlreadyAnswered extends Error {
  override name = "AlreadyAnswered";
}

/** The answer that was given under a key, null where there is none or its day has passed. */
export async function findAnswer(
  db: Database,
  principal: string,
  key: string,
  nowMs: number,
): Promise<IdempotencyRecord | null> {
  const item = await db.get(idempotencyKey(principal, key));
  if (!item) return null;
  const record = IdempotencyRecord.parse(item);
  return record.expiresAt * 1000 > nowMs ? record : null;
}

/** The write that keeps an answer, in the transaction of the change that it answers. */
export function answerWrite(
  principal: string,
  key: string,
  nowMs: number,
  answer: Omit<IdempotencyRecord, "expiresAt">,
): Put {
  const now = Math.floor(nowMs / 1000);
  const place = idempotencyKey(principal, key);
  return {
    kind: "put",
    key: place,
    item: { ...place, kind: "idempotency", ...answer, expiresAt: now + keptSeconds },
    when: [{ freeAt: now }],
    otherwise: new AlreadyAnswered("The idempotency key has an answer already."),
  };
}
