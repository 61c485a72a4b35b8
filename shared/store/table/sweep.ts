import pMap from "p-map";
import * as z from "zod";
import { type CustomerRecord, deletedIn } from "../../domain/hierarchy/customer.ts";
import type { Database } from "./database.ts";
import { duePartition, dueUntil, type Key, type TimerKind, timerShards } from "./keys.ts";
import { isBusy, persist } from "./persist.ts";
import { timerPut } from "./timers.ts";
import type { Write } from "./writes.ts";

const Timer = z.object({ pk: z.string(), sk: z.string(), dueSk: z.string() });

/** A timer that has come, as the index showed it. */
export interface DueTimer {
  kind: TimerKind;
  key: Key;
  /** Partition of the item that the timer belongs to. */
  ownerPk: string;
  /** The time that it stands for, ISO 8601. */
  at: string;
}

/** How long a timer of what stands in a deleted branch is put off: it may be restored. */
const putOffMs = 6 * 3_600_000;
/** The write that puts a timer off where something of the chain is deleted, and leaves the record as it is; null where nothing is. */
export const laterIfDeleted = (
  { ownerPk, kind }: DueTimer,
  chain: readonly CustomerRecord[],
  now: number,
): Write[] | null => (deletedIn(chain) ? [timerPut(ownerPk, kind, new Date(now + putOffMs).toISOString())] : null);

/** One run of a sweep. Times in milliseconds since the epoch. */
export interface SweepTurn {
  /** A fresh view of the table. */
  open: () => Database;
  clock: () => number;
  /** What has come by now is due. */
  now: number;
  /** When the run ends; the next one goes on. */
  until: number;
  /** 0 to 1, for jitter. */
  random: () => number;
  /** Hears of a timer that cannot be handled. The run goes on without it, and fails at its end. */
  report: (timer: DueTimer, error: unknown) => void;
}

/** What a sweep did. `left`: somebody else's change came in between, or there was nothing to do; the timer is looked at again. */
export interface SweepResult {
  done: number;
  left: number;
}

const pageSize = 50;
/** Timers that are handled side by side, and at most in a second: days of silence must not end in a burst. */
const sideBySide = 8;
const perSecond = 100;
const tries = 4;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
        const { pk, sk, dueSk } = Timer.parse(item);
        return { kind, key: { pk, sk }, ownerPk: pk, at: dueSk.slice(0, dueSk.indexOf("#")) };
      });
      after = page.last;
    } while (after !== undefined);
  }
}

/** The writes of what a timer was set for, on the condition that it still stands as it was seen. It goes, unless they set it anew. */
function onTimer(writes: readonly Write[], { key, at }: DueTimer): Write[] {
  const seen = { attribute: "at", is: at } as const;
  const own = (write: Write): boolean => write.key.pk === key.pk && write.key.sk === key.sk;
  const guarded = writes.map((write) => (own(write) ? { ...write, when: [...write.when, seen] } : write));
  return guarded.some(own) ? guarded : [...guarded, { kind: "delete", key, when: [seen] }];
}

/**
 * Handles the timers of a kind that have come, oldest first in each shard, each in a transaction of its own on the condition that
 * the timer stands as it was seen. Safe when run twice, late, or by two at once; works page by page, so a backlog of any size needs the
 * same memory.
 * @param handle answers the writes of what is due, worked out from the view of the table that it is given; null leaves the timer for
 *   the next run, and no writes take it away
 * @param ahead what handling a timer will read, fetched for a whole page at once
 */
export async function sweep(
  turn: SweepTurn,
  kind: TimerKind,
  handle: (timer: DueTimer, db: Database) => Promise<readonly Write[] | null>,
  ahead: (timer: DueTimer) => Key[] = () => [],
): Promise<SweepResult> {
  const result: SweepResult = { done: 0, left: 0 };
  const failures: unknown[] = [];

  const once = async (timer: DueTimer, db: Database): Promise<boolean> => {
    const writes = await handle(timer, db);
    if (writes !== null) await db.commit(onTimer(writes, timer));
    return writes !== null;
  };
  const take = async (timer: DueTimer, first: Database): Promise<void> => {
    let view: Database | null = first;
    const again = (): Promise<boolean> => {
      const db = view ?? turn.open();
      view = null;
      return once(timer, db);
    };
    try {
      result[(await persist(turn.random, again, { tries })) ? "done" : "left"] += 1;
    } catch (error) {
      result.left += 1;
      if (isBusy(error)) return;
      turn.report(timer, error);
      failures.push(error);
    }
  };

  for await (const page of dueTimers(turn.open(), kind, turn.now)) {
    if (turn.clock() >= turn.until) break;
    const started = turn.clock();
    // What a page's customers have in common is read once.
    const db = turn.open();
    db.prefetch(page.flatMap(ahead));
    await pMap(page, (timer) => take(timer, db), { concurrency: sideBySide });
    const early = started + (page.length / perSecond) * 1000 - turn.clock();
    if (early > 0 && page.length === pageSize) await pause(early);
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} timers could not be handled.`);
  return result;
}
