import pMap from "p-map";
import { countsOf, refusedRow, type TaskRecord, TaskRow } from "../../domain/tasks/task.ts";
import type { DomainError } from "../../domain/terms/errors.ts";
import type { StoreContext, WorkContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { taskRowKey } from "../table/keys.ts";
import { persist } from "../table/persist.ts";
import type { Write } from "../table/writes.ts";
import { lanes } from "./lanes.ts";
import { insertRow, payloadOf, rowsOf } from "./records.ts";
import {
  abandoned,
  claim,
  end,
  handOn,
  isRefusal,
  isWorthAnother,
  renew,
  type TaskOutcome,
  type TurnOfTask,
} from "./turns.ts";

/*
 * A task is worked at in turns, each of them an invocation. A row is one transaction, in which the note that it is done stands too: so each row
 * is done once, whoever dies in between and however many work at the same task.
 */

/** One turn of work at tasks of rows. */
export interface TaskTurn extends TurnOfTask {
  context: Omit<WorkContext, "db">;
  /** Hears of a row that cannot be done, by a mistake or since the table is busy. It is tried again in another turn. */
  report: (task: TaskRecord, index: number, error: unknown) => void;
  /** What one row does. */
  step: RowStep;
  /** Rows that are worked at side by side. */
  rowsSideBySide: number;
  /** What rows of several transactions are about that have begun: also a task that is cancelled finishes them. */
  begun: (db: Database, taskId: string) => Promise<ReadonlySet<string>>;
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

/** Rows that are worked at between two looks at the record. */
const rowsAtOnce = 24;
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

type Todo = { index: number; id: string };

/** The rows of a task that have been done or have failed, and how the work at the others goes. */
interface Going {
  rows: TaskRow[];
  /** Whether a row got on that is not done. */
  goesOn: boolean;
}

/**
 * Works at rows until all are done or the turn ends.
 * @param isLeft whether the task may be left as it is, where somebody has cancelled it
 * @returns the task as it stands; null where somebody else has taken it
 */
async function workAtRows(
  turn: TaskTurn,
  begun: TaskRecord,
  todo: readonly Todo[],
  going: Going,
  isLeft: (task: TaskRecord) => boolean,
): Promise<TaskRecord | null> {
  let task = begun;
  const inLane = lanes();
  for (let from = 0; from < todo.length; from += rowsAtOnce) {
    if (isLeft(task) || turn.clock() >= turn.until) break;
    const current = task;
    const part = todo.slice(from, from + rowsAtOnce);
    const found = await pMap(part, (row) => doRow(turn, inLane, current, row), {
      concurrency: turn.rowsSideBySide,
    });
    going.goesOn ||= found.includes("more");
    going.rows.push(...found.filter((row) => row !== null && row !== "more"));
    const renewed = await renew(turn, task, countsOf(going.rows));
    if (!renewed) return null;
    task = renewed;
  }
  return task;
}

/**
 * Works for a turn at a task that waits. Safe when it comes twice, late, or to two at once, and when it ends at any point.
 * @param key where the task stands
 */
export async function workAtTask(
  turn: TaskTurn,
  { customerId, id }: Pick<TaskRecord, "customerId" | "id">,
): Promise<TaskOutcome> {
  const claimed = await claim(turn, customerId, id);
  if (!claimed) return "void";
  const db = turn.open();
  const [payload, known, error] = await Promise.all([payloadOf(db, id), rowsOf(db, id), abandoned(db, customerId)]);
  const going: Going = { rows: [...known], goesOn: false };
  if (error) return end(turn, claimed, countsOf(known), { status: "failed", error });
  const left = (): Todo[] => {
    const done = new Set(going.rows.map(({ index }) => index));
    return (payload?.ids ?? []).flatMap((about, index) => (done.has(index) ? [] : [{ index, id: about }]));
  };
  let task = await workAtRows(turn, claimed, left(), going, ({ cancelRequestedAt }) => cancelRequestedAt !== null);
  let isCut = false;
  if (task && task.cancelRequestedAt !== null && left().length > 0) {
    const begun = await turn.begun(turn.open(), id);
    const rest = (): Todo[] => left().filter((row) => begun.has(row.id));
    task = await workAtRows(turn, task, rest(), going, () => false);
    isCut = rest().length > 0;
  }
  if (!task) return "void";
  const counts = countsOf(going.rows);
  if (counts.done === task.total || (task.cancelRequestedAt !== null && !isCut)) return end(turn, task, counts);
  return handOn(turn, task, going.goesOn || counts.done > known.length, counts);
}
