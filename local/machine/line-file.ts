import { closeSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** A file of JSON objects, one a line, that is only ever added to. */
export interface LineFile<T> {
  count(): number;
  /** The one at a place, the oldest first. @throws RangeError where there is none */
  at(index: number): T;
  all(): T[];
  /** Adds one; it is on the disk when this returns. */
  append(value: T): void;
  close(): void;
}

const chunkBytes = 1 << 20;
const newline = 0x0a;

/**
 * Opens a file of lines, which need not exist. The newest are kept in memory; of the others only where they stand, so that a file of any size needs little.
 * A line that cannot be read is none: a crash may have cut it off.
 * @param read what makes a value of a parsed line; it throws where the line is none
 */
export function openLineFile<T>(file: string, read: (parsed: unknown) => T, keptAtMost = 1_000): LineFile<T> {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, "a+", 0o600);
  const places: { offset: number; bytes: number }[] = [];
  let kept: T[] = [];
  let size = 0;

  const bytesAt = (offset: number, bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    for (let filled = 0; filled < bytes;) {
      const came = readSync(handle, buffer, filled, bytes - filled, offset + filled);
      if (came === 0) return buffer.subarray(0, filled);
      filled += came;
    }
    return buffer;
  };
  const keep = (value: T, offset: number, bytes: number): void => {
    places.push({ offset, bytes });
    kept.push(value);
    // Not one by one, since each time moves them all.
    if (kept.length >= 2 * keptAtMost) kept = kept.slice(-keptAtMost);
  };
  const take = (line: Buffer, offset: number): void => {
    try {
      keep(read(JSON.parse(line.toString("utf8"))), offset, line.length);
    } catch {
      // Not a line of ours, or only a part of one.
    }
  };

  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = bytesAt(size, chunkBytes);
    if (chunk.length === 0) break;
    const text = Buffer.concat([rest, chunk]);
    const start = size - rest.length;
    size += chunk.length;
    let from = 0;
    for (let to = text.indexOf(newline); to >= 0; to = text.indexOf(newline, from)) {
      if (to > from) take(text.subarray(from, to), start + from);
      from = to + 1;
    }
    rest = text.subarray(from);
  }
  // Or the next would join the cut-off line.
  if (rest.length > 0) size += writeSync(handle, "\n");

  const at = (index: number): T => {
    const place = places[index];
    if (!place) throw new RangeError(`There is no line ${index}`);
    const recent = kept[index - (places.length - kept.length)];
    return recent ?? read(JSON.parse(bytesAt(place.offset, place.bytes).toString("utf8")));
  };
  return {
    count: () => places.length,
    at,
    all: () => places.map((_, index) => at(index)),
    append(value) {
      const line = Buffer.from(`${JSON.stringify(value)}\n`);
      writeSync(handle, line);
      fsyncSync(handle);
      keep(value, size, line.length - 1);
      size += line.length;
    },
    close: () => closeSync(handle),
  };
}
