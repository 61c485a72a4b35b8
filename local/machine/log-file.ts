import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface LogFile {
  path: string;
  write(text: string): void;
  close(): void;
}

/** A file that is appended to at once, and set aside as `<name>.1` when it grows beyond a size. One older file is kept. */
export function openLog(path: string, limitBytes = 20_000_000): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let handle: number | undefined = openSync(path, "a");
  let size = fstatSync(handle).size;
  return {
    path,
    write(text) {
      if (handle === undefined) return;
      const line = text.endsWith("\n") ? text : `${text}\n`;
      if (size > 0 && size + line.length > limitBytes) {
        closeSync(handle);
        renameSync(path, `${path}.1`);
        handle = openSync(path, "a");
        size = 0;
      }
      size += writeSync(handle, line);
    },
    close() {
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
    },
  };
}
