import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

export interface LogFile {
  path: string;
  /** Appends text, which ends with a line break afterwards. Nothing is buffered: a kill loses no line. */
  write(text: string): void;
  close(): void;
}

export interface LogLimits {
  /** A file that would grow beyond this many bytes is set aside. */
  limitBytes?: number;
  /** How many files there may be, the one that is written to included. */
  files?: number;
  /** A file that is older than this is set aside, in milliseconds. */
  turnMs?: number;
  /** A file that was set aside goes this many milliseconds after its last line. `Infinity`: only when there are too many. */
  keepMs?: number;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

const dayMs = 86_400_000;

/**
 * A file that is appended to at once. It is set aside as `<name>.1` when it is full or a day old, the one before as `<name>.2`, and so on; what
 * is too old or too much goes. A kill between any two steps loses nothing: the next run finds the same files, at most with a gap in their numbers.
 */
export function openLog(path: string, limits: LogLimits = {}): LogFile {
  const { limitBytes = 20_000_000, files = 5, turnMs = dayMs, keepMs = 14 * dayMs, now = Date.now } = limits;
  const aside = (place: number): string => `${path}.${place}`;

  const removeOld = (): void => {
    for (let place = 1; place < files; place++) {
      const info = statSync(aside(place), { throwIfNoEntry: false });
      if (info && now() - info.mtimeMs > keepMs) rmSync(aside(place), { force: true });
    }
  };
  const setAside = (): void => {
    // Only up to the first gap, which a kill may have left: what lies behind it need not move.
    let free = 1;
    while (free < files - 1 && existsSync(aside(free))) free += 1;
    for (let place = free; place > 1; place--) renameSync(aside(place - 1), aside(place));
    if (files > 1) renameSync(path, aside(1));
    else rmSync(path);
  };

  mkdirSync(dirname(path), { recursive: true });
  let handle: number | undefined;
  let size = 0;
  let begun = 0;
  const open = (): number => {
    const opened = openSync(path, "a");
    const info = fstatSync(opened);
    size = info.size;
    // Some file systems do not know when a file was made.
    begun = size === 0 ? now() : info.birthtimeMs || info.mtimeMs;
    return opened;
  };
  handle = open();
  removeOld();
  return {
    path,
    write(text) {
      if (handle === undefined) return;
      const line = Buffer.from(text.endsWith("\n") ? text : `${text}\n`);
      if (size > 0 && (size + line.length > limitBytes || now() - begun > turnMs)) {
        closeSync(handle);
        setAside();
        handle = open();
        removeOld();
      }
      size += writeSync(handle, line);
    },
    close() {
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
    },
  };
}
