import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { AsyncSettings } from "../assembly/assembly.ts";
import { writeWhole } from "../machine/files.ts";

export interface AsyncEvents {
  /** Takes an event for a function. When it returns, the event outlives a kill. */
  accept(functionId: string, payload: string): void;
  /** Begins to start functions, with the events that an earlier run left behind. */
  start(): void;
  /**
   * Resolves when all events that were accepted before the call have been processed or given up.
   * @returns how many times a function has been started since the queue began
   */
  caughtUp(): Promise<number>;
  /** Ends after the functions under way. What was not processed is at the next start. */
  stop(): Promise<void>;
}

export interface AsyncEventsOptions {
  /** Where events wait, one file each. */
  folder: string;
  /** How often a function is tried, and how long its events may wait. */
  settingsOf(functionId: string): AsyncSettings;
  /** Starts a function; rejects where it failed. */
  invoke(functionId: string, event: unknown): Promise<unknown>;
  /** Takes an event that is given up. */
  giveUp(event: unknown, functionId: string, reason: string): void;
  pace?: Partial<typeof defaultPace>;
}

/** Events of one function that are processed at the same time; milliseconds before the first and the second retry (a minute and two in AWS). */
const defaultPace = { lanes: 4, retryMs: [500, 1_000] as readonly number[] };

const Stored = z.object({ functionId: z.string(), acceptedAt: z.number(), payload: z.string() });
type Stored = z.infer<typeof Stored>;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Does for asynchronous invocations what Lambda does: keeps each event until its function has returned, tries a function that fails again,
 * and gives an event up after that. Each function has a queue of its own, so one that fails or is slow holds up no other. An event may be
 * processed twice: its file goes only after the function has returned.
 */
export function openAsyncEvents(options: AsyncEventsOptions): AsyncEvents {
  const { folder } = options;
  const pace = { ...defaultPace, ...options.pace };
  const ending = new AbortController();
  const stopped = (): boolean => ending.signal.aborted;
  mkdirSync(folder, { recursive: true });
  const left = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort();
  let serial = left.length === 0 ? 0 : Number.parseInt(left.at(-1) ?? "0", 10);
  let started = false;
  let handedOver = 0;
  const waiting = new Map<string, { name: string; stored: Stored }[]>();
  const running = new Map<string, number>();
  const open = new Set<string>();
  let settled: (() => void)[] = [];

  const tellWaiting = (): void => {
    const listeners = settled;
    settled = [];
    for (const listener of listeners) listener();
  };
  const over = (name: string): void => {
    rmSync(join(folder, name), { force: true });
    open.delete(name);
    tellWaiting();
  };

  const handle = async (name: string, { functionId, acceptedAt, payload }: Stored): Promise<void> => {
    const { retryAttempts, maxAgeMs } = options.settingsOf(functionId);
    const event: unknown = JSON.parse(payload);
    const tooOld = (): boolean => Date.now() - acceptedAt > maxAgeMs;
    for (let tries = 0; !stopped(); tries++) {
      try {
        // As in Lambda, an event that has waited too long goes without a try.
        if (tooOld()) throw new Error(`The event has waited for more than ${maxAgeMs / 60_000} minutes.`);
        handedOver += 1;
        await options.invoke(functionId, event);
        over(name);
        return;
      } catch (error) {
        if (stopped()) return;
        if (tries >= retryAttempts || tooOld()) {
          options.giveUp(event, functionId, messageOf(error));
          over(name);
          return;
        }
        const wait = pace.retryMs[Math.min(tries, pace.retryMs.length - 1)] ?? 0;
        await sleep(wait, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
  };

  const fill = (functionId: string): void => {
    const queue = waiting.get(functionId) ?? [];
    while (started && !stopped() && queue.length > 0 && (running.get(functionId) ?? 0) < pace.lanes) {
      const next = queue.shift();
      if (!next) return;
      running.set(functionId, (running.get(functionId) ?? 0) + 1);
      const done = handle(next.name, next.stored).finally(() => {
        running.set(functionId, (running.get(functionId) ?? 1) - 1);
        works.delete(done);
        fill(functionId);
      });
      works.add(done);
    }
  };
  const works = new Set<Promise<void>>();

  const enqueue = (name: string, stored: Stored): void => {
    open.add(name);
    const queue = waiting.get(stored.functionId) ?? [];
    queue.push({ name, stored });
    waiting.set(stored.functionId, queue);
    fill(stored.functionId);
  };
  for (const name of left) enqueue(name, Stored.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));

  return {
    accept(functionId, payload) {
      const stored: Stored = { functionId, acceptedAt: Date.now(), payload };
      const name = `${String((serial += 1)).padStart(12, "0")}.json`;
      writeWhole(join(folder, name), JSON.stringify(stored));
      enqueue(name, stored);
    },
    start() {
      started = true;
      for (const functionId of waiting.keys()) fill(functionId);
    },
    async caughtUp() {
      const goal = [...open];
      while (!stopped() && goal.some((name) => open.has(name)))
        await new Promise<void>((resolve) => settled.push(resolve));
      return handedOver;
    },
    async stop() {
      ending.abort();
      tellWaiting();
      await Promise.all(works);
    },
  };
}
