import { deletedIn } from "../../domain/hierarchy/customer.ts";
import { hasTaskEnded, outcomeOf, type TaskCounts, type TaskRecord } from "../../domain/tasks/task.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { readChain } from "../hierarchy/chain.ts";
import type { Database } from "../table/database.ts";
import { taskKey } from "../table/keys.ts";
import { isBusy, persist } from "../table/persist.ts";
import { settle } from "../table/settle.ts";
import { changeTask, dueAt, endTask, isWaiting, readTask } from "./records.ts";

/*
 * A task is worked at in turns, each of them an invocation. Whoever has begun the latest turn is the one who works; a timer brings the task again
 * once that one has not been heard of for a while.
 */

/** The time and the table of a turn. */
export interface TurnOfTask {
  open: () => Database;
  clock: () => number;
  /** When the turn ends, in milliseconds since the epoch; another one goes on. */
  until: number;
  random: () => number;
}

/** ended; more: another turn goes on; void: somebody else works at it, or there is nothing to do. */
export type TaskOutcome = "ended" | "more" | "void";

/** How long others believe that somebody who has not been heard of works at a task. */
const leaseMs = 90_000;
/** Turns without progress after which a task is given up, and how long it waits between them. */
const stalledAtMost = 5;
const stalledWaitMs = 60_000;

/** What a row may be refused with for ever; anything else is tried again. */
export const isRefusal = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.code !== "unavailable" && error.code !== "unauthenticated";
/** What another attempt at a row may get over. */
export const isWorthAnother = (error: unknown): boolean =>
  isBusy(error) || (error instanceof DomainError && error.code === "unavailable");

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Takes a task that nobody works at. @returns null where there is none, or somebody else was faster */
export async function claim({ open, clock }: TurnOfTask, customerId: string, id: string): Promise<TaskRecord | null> {
  const db = open();
  const item = await db.get(taskKey(customerId, id));
  if (!item || !isWaiting(item, clock())) return null;
  const task = readTask(item);
  const now = isoOf(clock());
  const set = {
    status: "running" as const,
    turn: task.turn + 1,
    startedAt: task.startedAt ?? now,
    version: task.version + 1,
  };
  const write = changeTask(task, { ...set, wake: null, ...dueAt(customerId, isoOf(clock() + leaseMs)) }, [
    { attribute: "version", is: task.version },
  ]);
  return (await settle(db, [write])) ? { ...task, ...set } : null;
}

/** Says how far a task has come, and that somebody still works at it. @returns the task as it stands; null where somebody else has taken it */
export async function renew(
  { open, clock }: TurnOfTask,
  task: TaskRecord,
  { done, failed }: TaskCounts,
): Promise<TaskRecord | null> {
  const db = open();
  const write = changeTask(task, { done, failed, ...dueAt(task.customerId, isoOf(clock() + leaseMs)) });
  if ((await db.update(write)) === undefined) return null;
  const item = await db.get(taskKey(task.customerId, task.id));
  const now = item && readTask(item);
  return now?.turn === task.turn ? now : null;
}

/** Ends a task, as long as nobody has begun a later turn. Somebody may ask to cancel it in the same moment. */
export const end = (
  turn: TurnOfTask,
  mine: TaskRecord,
  counts: TaskCounts,
  set: Partial<TaskRecord> = {},
): Promise<TaskOutcome> =>
  persist(turn.random, async () => {
    const db = turn.open();
    const item = await db.get(taskKey(mine.customerId, mine.id));
    const task = item && readTask(item);
    if (task?.turn !== mine.turn || hasTaskEnded(task.status)) return "void";
    const after = { ...task, ...outcomeOf({ ...task, ...set }, counts), ...set, endedAt: isoOf(turn.clock()) };
    await db.commit(endTask(task, after, turn.clock()));
    return "ended";
  });

/** Leaves a task to the next turn: at once where it got further, else after a while, and not for ever. */
export async function handOn(
  turn: TurnOfTask,
  task: TaskRecord,
  gotOn: boolean,
  counts: TaskCounts,
): Promise<TaskOutcome> {
  const stalled = gotOn ? 0 : task.stalled + 1;
  if (stalled === stalledAtMost) return end(turn, task, counts);
  const at = isoOf(turn.clock() + (gotOn ? leaseMs : stalledWaitMs));
  const next = { stalled, wake: gotOn ? "run" : null, ...dueAt(task.customerId, at) };
  return (await settle(turn.open(), [changeTask(task, next)])) ? "more" : "void";
}

/** Hands a task that is due to those who follow the stream, as if it were new. */
export async function wake({ open, clock }: TurnOfTask, task: TaskRecord): Promise<void> {
  const set = { wake: "run", ...dueAt(task.customerId, isoOf(clock() + leaseMs)) };
  await open().update(changeTask(task, set, [{ attribute: "version", is: task.version }]));
}

/** Why nobody works at a task any more; null: there is no such reason. */
export async function abandoned(db: Database, customerId: string): Promise<TaskRecord["error"]> {
  const chain = await readChain(db, customerId);
  if (chain && !deletedIn(chain)) return null;
  return { code: "customer_deleted", message: "The customer that has asked for the task is deleted." };
}
