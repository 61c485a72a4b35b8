import { dayMs } from "../../domain/terms/trial.ts";
import { hasTaskEnded, TaskPayload, TaskRecord, TaskRow } from "../../domain/tasks/task.ts";
import type { Database } from "../table/database.ts";
import {
  dueKey,
  openTaskKey,
  pointerKey,
  taskKey,
  taskPartition,
  taskPayloadKey,
  taskRowKey,
  taskRowPrefix,
} from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { type Condition, insert, type Put, type Update, type Write } from "../table/writes.ts";

/** How long a new task is left to the stream before a sweep takes it. */
const streamsTurnMs = 2 * 60_000;
/** How long a task is kept once it has ended; its rows, from the time at which each was done. */
const keptDays = 30;
/** No task takes longer. */
const longestDays = 7;

const expiryAt = (ms: number, days: number): number => Math.ceil((ms + days * dayMs) / 1000);

/** A task as the table holds it. @throws z.ZodError where it is none */
export const readTask = (item: Item): TaskRecord => TaskRecord.parse(item);

/** When a task is due again, as its record says so itself. ISO 8601. */
export const dueAt = (customerId: string, at: string) => dueKey(customerId, "task", at);

/** Whether a task, as it stands in the table, waits for somebody to work at it: it was just handed on, or whoever worked at it has gone silent. */
export function isWaiting(item: Item, now: number): boolean {
  if (hasTaskEnded(readTask(item).status)) return false;
  if (item["wake"] !== undefined) return true;
  const due = String(item["dueSk"] ?? "");
  return Date.parse(due.slice(0, due.indexOf("#"))) <= now;
}

/** The writes of a new task: its record, which the stream hands on, what it works at, and its place among those that have not ended. */
export function insertTask(task: TaskRecord, payload: TaskPayload, ancestors: readonly string[]): Write[] {
  const { id, customerId, createdAt } = task;
  const due = new Date(Date.parse(createdAt) + streamsTurnMs).toISOString();
  return [
    // An import has a consumer of its own, which may take longer.
    insert(taskKey(customerId, id), {
      kind: task.type === "import" ? "import-task" : "task",
      ...task,
      wake: "run",
      ...dueAt(customerId, due),
    }),
    insert(taskPayloadKey(id), { kind: "task-payload", ...payload }),
    insert(openTaskKey(customerId, id), { kind: "open-task", taskId: id }),
    insert(pointerKey(id), { kind: "pointer", customerId, ancestors }),
  ];
}

/** A change of a task's record, on the condition that it stands in the turn that it was read in. */
export const changeTask = (
  { customerId, id, turn }: TaskRecord,
  set: Item,
  when: readonly Condition[] = [],
): Update => ({
  kind: "update",
  key: taskKey(customerId, id),
  set,
  add: {},
  when: [{ attribute: "turn", is: turn }, ...when],
});

/** The writes that end a task: it is due no more, and is forgotten after its time. @param after the task as it has ended */
export function endTask(before: TaskRecord, after: TaskRecord, nowMs: number): Write[] {
  const { id, customerId, status, error, done, failed, endedAt, cancelRequestedAt } = after;
  const expiresAt = expiryAt(nowMs, keptDays);
  const keep = (key: Write["key"]): Update => ({
    kind: "update",
    key,
    set: { expiresAt },
    add: {},
    when: [{ exists: true }],
  });
  const ended = { status, error, done, failed, endedAt, cancelRequestedAt, version: before.version + 1 };
  return [
    changeTask(before, { ...ended, expiresAt, wake: null, duePk: null, dueSk: null }, [
      { attribute: "version", is: before.version },
    ]),
    { kind: "delete", key: openTaskKey(customerId, id), when: [] },
    keep(taskPayloadKey(id)),
    keep(pointerKey(id)),
  ];
}

/** The write that says what became of a row, once: it stands in the transaction that does it. */
export const insertRow = (taskId: string, row: TaskRow, nowMs: number): Put =>
  insert(taskRowKey(taskId, row.index), {
    kind: "task-row",
    ...row,
    expiresAt: expiryAt(nowMs, keptDays + longestDays),
  });

const pageSize = 1000;
/** The rows of a task that have been done or have failed, in their order. */
export async function rowsOf(db: Database, taskId: string): Promise<TaskRow[]> {
  const rows: TaskRow[] = [];
  let after: string | undefined;
  do {
    const page = await db.query({ pk: taskPartition(taskId), prefix: taskRowPrefix, after, limit: pageSize });
    rows.push(...page.items.map((item) => TaskRow.parse(item)));
    after = page.last?.sk;
  } while (after !== undefined);
  return rows;
}

/** What a task works at; null where it has been forgotten. */
export async function payloadOf(db: Database, taskId: string): Promise<TaskPayload | null> {
  const item = await db.get(taskPayloadKey(taskId));
  return item ? TaskPayload.parse(item) : null;
}
