import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../machine/files.ts";

const keyBytes = 32;

/**
 * The key that seals credentials for the storage, from the file `session-key`, readable by its owner only. Where that is missing or damaged another
 * one takes its place: credentials last an hour, and devices renew them.
 */
export function ensureSessionKey(home: string): Buffer {
  const file = join(home, "session-key");
  const present = statSync(file, { throwIfNoEntry: false });
  if (present?.isFile() !== true || present.size !== keyBytes) writeWhole(file, randomBytes(keyBytes), 0o600);
  return readFileSync(file);
}
