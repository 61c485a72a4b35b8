import pMap from "p-map";
import { deletedIn } from "../../domain/hierarchy/customer.ts";
import { hasTaskEnded, outcomeOf, refusedRow, type TaskRecord, TaskRow } from "../../domain/tasks/task.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { readChain } from "../hierarchy/chain.ts";
import type { StoreContext, WorkContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { taskKey, taskRowKey } from "../table/keys.ts";
import { isBusy, persist } from "../table/persist.ts";
import { settle } from "../table/settle.ts";
import type { Write } from "../table/writes.ts";
import { lanes } from "./lanes.ts";
import { changeTask, dueAt, endTask, insertRow, isWaiting, payloadOf, readTask, rowsOf } from "./records.ts";

/*
 * A task is worked at in turns, each of them an invocation. A row is one transaction, in which the note that it is done stands too: so each row
 * is done once, whoever dies in between and however many work at the same task.
 */

/** One turn of work at tasks. */
export interface TaskTurn {
  open: () => Database;
  clock: () => number;
  /** When the turn ends, in milliseconds since the epoch; another one goes on. */
  until: number;
  random: () => number;
  context: Omit<WorkContext, "db">;
  /** Hears of a row that cannot be done, by a mistake or since the table is busy. It is tried again in another turn. */
  report: (task: TaskRecord, index: number, error: unknown) => void;
  /** What one row does. */
  step: RowStep;
  /** Rows that are worked at side by side. */
  rowsSideBySide: number;
}

/**
 * What does one row of a task: answers its writes, worked out from a fresh view in the name of who asked for the task.
 * @throws DomainError why the row is refused
 */
export type RowStep = (context: StoreContext, id: string, task: TaskRecord, turn: RowTurn) => Promise<readonly Write[]>;
/** Thrown by a row of several transactions that got on and is not done when the turn ends: the next one takes it up at once. */
export class GoesOn extends Error {
  override name = "GoesOn";
}
/** How long a row that takes several transactions may work. */
export type RowTurn = Pick<TaskTurn, "clock" | "until" | "random">;

/** ended; more: another turn goes on; void: somebody else works at it, or there is nothing to do. */
export type TaskOutcome = "ended" | "more" | "void";

/** Rows that are worked at between two looks at the record. */
const rowsAtOnce = 24;
/** How long others believe that somebody who has not been heard of works at a task. */
const leaseMs = 90_000;
/** Turns without progress after which a task is given up, and how long it waits between them. */
const stalledAtMost = 5;
const stalledWaitMs = 60_000;

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** What a row may be refused with for ever; anything else is tried again. */
const isRefusal = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.code !== "unavailable" && error.code !== "unauthenticated";
const isWorthAnother = (error: unknown): boolean =>
  isBusy(error) || (error instanceof DomainError && error.code === "unavailable");

/** Takes a task that nobody works at. @returns null where there is none, or somebody else was faster */
async function claim({ open, clock }: TaskTurn, customerId: string, id: string): Promise<TaskRecord | null> {
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
async function renew(
  { open, clock }: TaskTurn,
  task: TaskRecord,
  rows: readonly TaskRow[],
): Promise<TaskRecord | null> {
  const { done, failed } = outcomeOf(task, rows);
  const db = open();
  const write = changeTask(task, { done, failed, ...dueAt(task.customerId, isoOf(clock() + leaseMs)) });
  if ((await db.update(write)) === undefined) return null;
  const item = await db.get(taskKey(task.customerId, task.id));
  const now = item && readTask(item);
  return now?.turn === task.turn ? now : null;
}

/** Does one row, unless it has been done. @returns what became of it; `more` where the next turn goes on; null where it has to be tried again later */
async function doRow(
  turn: TaskTurn,
  inLane: ReturnType<typeof lanes>,
  task: TaskRecord,
  row: { index: number; id: string },
): Promise<TaskRow | "more" | null> {
  const { index, id } = row;
  // Rows that take turns may each take long.
  if (turn.rowsSideBySide === 1 && turn.clock() >= turn.until) return null;
  let attempts = 0;
  const attempt = async (): Promise<TaskRow> => {
    const db = turn.open();
    attempts += 1;
    const { requestId, caller } = task;
    const context: StoreContext = { ...turn.context, db, requestId, caller, isForCaller: true, attempt: attempts };
    const working = turn.step(context, id, task, turn);
    working.catch(() => undefined);
    const earlier = await db.get(taskRowKey(task.id, index));
    if (earlier) return TaskRow.parse(earlier);
    const writes = await working;
    const done: TaskRow = { index, status: "succeeded", code: null, message: null, errors: [] };
    const all = [insertRow(task.id, done, turn.clock()), ...writes];
    await inLane(all, () => db.commit(all));
    return done;
  };
  const refuse = (refusal: DomainError) => async (): Promise<TaskRow> => {
    const db = turn.open();
    const earlier = await db.get(taskRowKey(task.id, index));
    if (earlier) return TaskRow.parse(earlier);
    const failed = refusedRow(index, refusal);
    await db.commit([insertRow(task.id, failed, turn.clock())]);
    return failed;
  };
  const patiently = (work: () => Promise<TaskRow>) => persist(turn.random, work, { passes: isWorthAnother });
  try {
    return await patiently(attempt).catch((error: unknown) => {
      if (isRefusal(error)) return patiently(refuse(error));
      throw error;
    });
  } catch (error) {
    if (error instanceof GoesOn) return "more";
    turn.report(task, index, error);
    return null;
  }
}

/** Ends a task, as long as nobody has begun a later turn. Somebody may ask to cancel it in the same moment. */
const end = (turn: TaskTurn, mine: TaskRecord, rows: readonly TaskRow[], set: object = {}): Promise<TaskOutcome> =>
  persist(turn.random, async () => {
    const db = turn.open();
    const item = await db.get(taskKey(mine.customerId, mine.id));
    const task = item && readTask(item);
    if (task?.turn !== mine.turn || hasTaskEnded(task.status)) return "void";
    const after = { ...task, ...outcomeOf(task, rows), ...set, endedAt: isoOf(turn.clock()) };
    await db.commit(endTask(task, after, turn.clock()));
    return "ended";
  });

/** Leaves a task to the next turn: at once where it got further, else after a while, and not for ever. */
async function handOn(
  turn: TaskTurn,
  task: TaskRecord,
  gotOn: boolean,
  rows: readonly TaskRow[],
): Promise<TaskOutcome> {
  const stalled = gotOn ? 0 : task.stalled + 1;
  if (stalled === stalledAtMost) return end(turn, task, rows);
  const at = isoOf(turn.clock() + (gotOn ? leaseMs : stalledWaitMs));
  const next = { stalled, wake: gotOn ? "run" : null, ...dueAt(task.customerId, at) };
  return (await settle(turn.open(), [changeTask(task, next)])) ? "more" : "void";
}

/**
 * Works for a turn at a task that waits. Safe when it comes twice, late, or to two at once, and when it ends at any point.
 * @param key where the task stands
 */
export async function workAtTask(
  turn: TaskTurn,
  { customerId, id }: Pick<TaskRecord, "customerId" | "id">,
): Promise<TaskOutcome> {
  let task = await claim(turn, customerId, id);
  if (!task) return "void";
  const db = turn.open();
  const [payload, known, chain] = await Promise.all([payloadOf(db, id), rowsOf(db, id), readChain(db, customerId)]);
  const rows = [...known];
  if (!chain || deletedIn(chain)) {
    const error = { code: "customer_deleted", message: "The customer that has asked for the task is deleted." };
    return end(turn, task, rows, { status: "failed", error });
  }
  const done = new Set(rows.map(({ index }) => index));
  const todo = (payload?.ids ?? []).flatMap((about, index) => (done.has(index) ? [] : [{ index, id: about }]));
  const inLane = lanes();
  let goesOn = false;
  for (let from = 0; from < todo.length; from += rowsAtOnce) {
    if (task.cancelRequestedAt !== null || turn.clock() >= turn.until) break;
    const current: TaskRecord = task;
    const part = todo.slice(from, from + rowsAtOnce);
    const found = await pMap(part, (row) => doRow(turn, inLane, current, row), {
      concurrency: turn.rowsSideBySide,
    });
    goesOn ||= found.includes("more");
    rows.push(...found.filter((row) => row !== null && row !== "more"));
    task = await renew(turn, task, rows);
    if (!task) return "void";
  }
  if (rows.length === task.total || task.cancelRequestedAt !== null) return end(turn, task, rows);
  return handOn(turn, task, goesOn || rows.length > known.length, rows);
}
