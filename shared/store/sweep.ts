import * as z from "zod";
import type { Database } from "./database.ts";
import { duePartition, dueUntil, type Key, type TimerKind, timerShards } from "./keys.ts";
import { Contended, Stale, type Write } from "./writes.ts";

const Timer = z.object({ pk: z.string(), sk: z.string(), dueSk: z.string() });

/** A timer that has come, as the index showed it. */
export interface DueTimer {
  key: Key;
  /** Partition of the item that the timer belongs to. */
  ownerPk: string;
}

/** What a sweep did. `left`: somebody else's change came in between, or there was nothing to do; the timer is looked at again. */
export interface SweepResult {
  done: number;
  left: number;
}

/** Timers that one run handles at most; the next run goes on, so that days of silence do not end in a burst. */
const atMost = 1000;
const pageSize = 50;

/** The timers of a kind that have come, page by page, oldest first in each shard. What a page's handling moves is not met again. */
export async function* dueTimers(db: Database, kind: TimerKind, now: number): AsyncGenerator<DueTimer[]> {
  const until = dueUntil(new Date(now).toISOString());
  for (const shard of timerShards) {
    let after: Record<string, unknown> | undefined;
    do {
      const page = await db.queryIndex({
        index: "due",
        partition: duePartition(kind, shard),
        until,
        after,
        limit: pageSize,
      });
      yield page.items.map((item) => {
        const { pk, sk } = Timer.parse(item);
        return { key: { pk, sk }, ownerPk: pk };
      });
      after = page.last;
    } while (after !== undefined);
  }
}

/**
 * Handles the timers of a kind that have come, oldest first in each shard, each in a transaction of its own. `handle` answers the
 * writes, which must remove the timer on the condition that it is still there; none leaves it.
 */
export async function sweep(
  { db, now }: { db: Database; now: number },
  kind: TimerKind,
  handle: (timer: DueTimer) => Promise<readonly Write[]>,
): Promise<SweepResult> {
  const result: SweepResult = { done: 0, left: 0 };
  for await (const page of dueTimers(db, kind, now)) {
    for (const timer of page) {
      const writes = await handle(timer);
      try {
        await db.commit(writes);
        result[writes.length > 0 ? "done" : "left"] += 1;
      } catch (error) {
        if (!(error instanceof Stale || error instanceof Contended)) throw error;
        result.left += 1;
      }
    }
    if (result.done + result.left >= atMost) break;
  }
  return result;
}
