import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type * as z from "zod";

/** Replaces a file as a whole: whoever reads it, after a crash too, finds the old content or the new, never a part. */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  const handle = openSync(draft, "w", mode);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
}

/** The content of a file, or undefined where there is none. */
export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A small JSON file that is parsed by `schema` when read and replaced as a whole when written. */
export function jsonFile<Schema extends z.ZodType>(file: string, schema: Schema) {
  return {
    /** @throws Error naming the file where it is not what this program writes. */
    read(): z.infer<Schema> | undefined {
      const text = readIfPresent(file);
      if (text === undefined) return undefined;
      try {
        return schema.parse(JSON.parse(text));
      } catch (error) {
        throw new Error(`${file} is damaged; delete it to begin afresh`, { cause: error });
      }
    },
    write: (value: z.infer<Schema>, mode?: number): void => writeWhole(file, `${JSON.stringify(value)}\n`, mode),
  };
}
