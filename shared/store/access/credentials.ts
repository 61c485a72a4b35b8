import { argon2, type Argon2Parameters, randomInt, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(
  argon2 as (algorithm: string, parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) => void,
);

/** OWASP's first choice for argon2id: 19 MiB of memory, two passes, one lane. */
const current = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const tagLength = 32;

const text = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
const bytesOf = (password: string): Buffer => Buffer.from(password.normalize("NFC"), "utf8");

/** The hash of a password, in PHC's form, salt and parameters included. Takes about 50 ms of a core: do it once all else is right. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive("argon2id", { message: bytesOf(password), nonce, ...current, tagLength });
  const { memory, passes, parallelism } = current;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(nonce)}$${text(tag)}`;
}

const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Whether a password is the one of a hash. @throws Error where the hash is none of `hashPassword`'s */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, memory, passes, parallelism, nonce, tag] = form.exec(hash) ?? [];
  if (nonce === undefined || tag === undefined) throw new Error("Not a hash of a password.");
  const expected = Buffer.from(tag, "base64");
  const found = await derive("argon2id", {
    message: bytesOf(password),
    nonce: Buffer.from(nonce, "base64"),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  });
  return timingSafeEqual(found, expected);
}

/** A hash that no password has: whoever has no account is made to wait as long as whoever has one. */
export const nobodysHash = `$argon2id$v=19$m=${current.memory},t=${current.passes},p=${current.parallelism}$${text(
  Buffer.alloc(16),
)}$${text(Buffer.alloc(tagLength))}`;

/** Letters and digits that cannot be mistaken for one another, in any typeface: 32, so that each stands for five bits. */
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

/** A temporary password of 100 random bits, in groups that can be read out: `k7m2p-…`. */
export function temporaryPassword(): string {
  const group = (): string => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return Array.from({ length: 4 }, group).join("-");
}
