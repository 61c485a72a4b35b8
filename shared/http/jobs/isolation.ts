import pMap from "p-map";
import type { Logger } from "../../runtime/log.ts";

/** The line of the log that tells of one thing that failed while others went on. */
export interface Failing {
  level: "warn" | "error";
  message: string;
  /** Which thing it is. */
  about: Record<string, unknown>;
  /** The error may quote what nobody is to read: of it only the name is logged. */
  discreet?: boolean;
}

/** How jobs work on many things of which one that fails must hold up no other. */
export interface Isolation {
  /** Does one thing. Where that fails, the log says so, and null is answered. */
  alone: <T>(work: () => T | Promise<T>, failing: Failing) => Promise<T | null>;
  /** Does the same for each of many things, `sideBySide` of them at a time (default: one after the other). `done` is what came of those that did not fail. */
  each: <I, T>(
    items: readonly I[],
    work: (item: I) => T | Promise<T>,
    failing: (item: I) => Failing,
    sideBySide?: number,
  ) => Promise<{ done: T[]; failed: I[] }>;
}

const told = (error: unknown, discreet: boolean): Error | string => {
  if (!(error instanceof Error)) return discreet ? "unknown" : String(error);
  return discreet ? error.name : error;
};

/** What isolates the things that one job works on, with a log for those that fail. */
export function isolation(logger: Pick<Logger, "warn" | "error">): Isolation {
  const alone: Isolation["alone"] = async (work, { level, message, about, discreet = false }) => {
    try {
      return await work();
    } catch (error) {
      logger[level](message, { ...about, error: told(error, discreet) });
      return null;
    }
  };
  return {
    alone,
    async each(items, work, failing, sideBySide = 1) {
      const outcomes = await pMap(
        items,
        async (item) => ({ item, made: await alone(async () => ({ value: await work(item) }), failing(item)) }),
        { concurrency: sideBySide },
      );
      return {
        done: outcomes.flatMap(({ made }) => (made ? [made.value] : [])),
        failed: outcomes.flatMap(({ item, made }) => (made ? [] : [item])),
      };
    },
  };
}
