import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { CannotStart } from "../machine/cannot-start.ts";
import { writeWhole } from "../machine/files.ts";

const keyBytes = 32;

/**
 * Sees to it that the file `seal-key` is there, readable by its owner only. Its bytes stand in for the KMS key.
 * @returns its path
 * @throws CannotStart where it holds something else: another key in its place would make what was sealed unreadable without a word
 */
export function ensureSealKey(options: { home: string; tableIsNew: boolean; warn(text: string): void }): string {
  const file = join(options.home, "seal-key");
  const present = statSync(file, { throwIfNoEntry: false });
  if (present === undefined) {
    writeWhole(file, randomBytes(keyBytes), 0o600);
    if (!options.tableIsNew) {
      options.warn(
        `${file} was missing and has been made anew. Temporary passwords in mails that still wait to be sent cannot be read any more.`,
      );
    }
  } else if (!present.isFile() || present.size !== keyBytes) {
    throw new CannotStart(
      `${file} is damaged: it should be a file of ${keyBytes} bytes. Put back the one that was there, or delete it; ` +
        "temporary passwords in mails that still wait to be sent are then lost.",
    );
  }
  return file;
}
