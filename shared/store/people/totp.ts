import { createHash, randomInt } from "node:crypto";
import { Secret, TOTP } from "otpauth";

const stepSeconds = 30;
const parametersOf = (seed: string) => ({
  algorithm: "SHA1",
  digits: 6,
  period: stepSeconds,
  secret: Secret.fromBase32(seed),
});

/** A new seed of 160 bits, in base 32. */
export const newSeed = (): string => new Secret({ size: 20 }).base32;

/** The address that an authenticator app reads from a QR code. */
export const seedUri = (seed: string, issuer: string, label: string): string =>
  new TOTP({ ...parametersOf(seed), issuer, label }).toString();

/**
 * The time step that a code belongs to, of the present one and those beside it; null where it belongs to none of them, or to one whose code
 * was used before.
 * @param lastStep the last step whose code was used
 */
export function stepOfCode(seed: string, code: string, lastStep: number, nowMs: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = new TOTP(parametersOf(seed)).validate({ token: code, timestamp: nowMs, window: 1 });
  if (delta === null) return null;
  const step = Math.floor(nowMs / 1000 / stepSeconds) + delta;
  return step > lastStep ? step : null;
}

const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
const codesAtOnce = 10;

/** Ten recovery codes of 80 random bits each, in groups that can be written down. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: codesAtOnce }, () =>
    Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => alphabet[randomInt(32)]).join("")).join("-"),
  );

/** The hash of a recovery code, however it was typed. */
export const hashRecoveryCode = (code: string): string =>
  createHash("sha256")
    .update(`recovery ${code.toLowerCase().replace(/[^a-z0-9]/g, "")}`)
    .digest("base64url");
