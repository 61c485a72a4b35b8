import { createHash } from "node:crypto";

/** The hash of a secret that was mailed, of a kind of its own. */
export const hashMailed = (secret: string): string =>
  createHash("sha256").update(`mailed ${secret}`).digest("base64url");
