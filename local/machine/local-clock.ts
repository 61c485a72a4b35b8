import { join } from "node:path";
import * as z from "zod";
import { addDuration } from "./duration.ts";
import { jsonFile } from "./files.ts";

/** The time of this installation: the machine's, plus what it was set forward by. */
export interface LocalClock {
  now(): number;
  /** Milliseconds that it is ahead of the machine. */
  offset(): number;
  /**
   * Sets it forward by an ISO 8601 duration and remembers that.
   * @returns the new time; undefined where the text is no duration
   */
  advance(duration: string): number | undefined;
}

/** Opens the clock of a home folder. It goes on as it was set before. */
export function openClock(home: string): LocalClock {
  const file = jsonFile(join(home, "state", "clock.json"), z.object({ offsetMs: z.number().int().nonnegative() }));
  let offsetMs = file.read()?.offsetMs ?? 0;
  const now = (): number => Date.now() + offsetMs;
  return {
    now,
    offset: () => offsetMs,
    advance(duration) {
      const start = now();
      const end = addDuration(start, duration);
      if (end === undefined) return undefined;
      file.write({ offsetMs: offsetMs + end - start });
      offsetMs += end - start;
      return end;
    },
  };
}
