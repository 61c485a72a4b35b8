import * as z from "zod";
import { Role } from "../access/roles.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, TaskId } from "../terms/ids.ts";

/** What tasks do. */
export const TaskType = z
  .enum(["move_customers", "move_accounts", "move_devices", "merge_customers", "undo", "import"])
  .meta({
    id: "TaskType",
    description:
      "move_customers: gives customers another parent, each in a transaction of its own; move_accounts: gives accounts another customer; move_devices: gives devices another account; merge_customers: gives accounts of one customer to another, and all else that the emptied one leaves; undo: puts what another task has moved back to where it was; import: makes what the rows of a file say",
  });
export type TaskType = z.infer<typeof TaskType>;

export const TaskStatus = z.enum(["queued", "running", "succeeded", "failed", "cancelled"]).meta({
  id: "TaskStatus",
  description:
    "queued: nobody has begun; running; succeeded: every row is done; failed: it has ended, and at least one row is not done; cancelled: it was ended on request, and rows that had not begun were left alone",
});
export type TaskStatus = z.infer<typeof TaskStatus>;

/** Whether a task has come to its end. */
export const hasTaskEnded = (status: TaskStatus): boolean => status !== "queued" && status !== "running";

const FieldError = z.object({ path: z.string(), message: z.string(), code: z.string().optional() });

/** What became of one row, as it is stored; a row that has not been done has none. */
export const TaskRow = z.object({
  index: z.int(),
  status: z.enum(["succeeded", "failed"]),
  /** Of a row that failed: the refusal that the same request for this row alone would have got. */
  code: z.string().nullable().default(null),
  message: z.string().nullable().default(null),
  errors: z.array(FieldError).default([]),
});
export type TaskRow = z.infer<typeof TaskRow>;

/** A task as it is stored, without its rows. Times in ISO 8601. */
export const TaskRecord = z.object({
  id: TaskId,
  version: z.int(),
  /** The customer of the credential that asked for it: who sees that customer sees the task. */
  customerId: CustomerId,
  type: TaskType,
  status: TaskStatus,
  parameters: z.record(z.string(), z.string()),
  total: z.int(),
  done: z.int(),
  failed: z.int(),
  /** Who asked for it, in whose name and branch it works. */
  caller: z.object({
    kind: z.enum(["apiKey", "user"]),
    id: z.string(),
    role: Role,
    scopeId: CustomerId,
    scopeAncestors: z.array(CustomerId),
    createdBy: z.string().nullable(),
  }),
  requestId: z.string(),
  /** Counts the turns of work at it: who has begun a later one is the one who works. */
  turn: z.int(),
  /** Turns in a row that got no further. */
  stalled: z.int(),
  createdAt: z.string(),
  startedAt: z.string().nullable().default(null),
  endedAt: z.string().nullable().default(null),
  cancelRequestedAt: z.string().nullable().default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable().default(null),
});
export type TaskRecord = z.infer<typeof TaskRecord>;

/** What a task works at: what its rows are about, in their order, and the customers around those, where they stood when it was asked for. */
export const TaskPayload = z.object({ ids: z.array(z.string()), around: z.array(z.string()) });
export type TaskPayload = z.infer<typeof TaskPayload>;

/** A task as lists show it. */
export const TaskSummary = z
  .object({
    id: TaskId,
    version: z.int(),
    customerId: CustomerId.meta({ description: "The customer whose credential asked for it" }),
    type: TaskType,
    status: TaskStatus,
    parameters: z.record(z.string(), z.string()).meta({ description: "What it was asked to do, but for its rows" }),
    progress: z.object({
      done: z.int().meta({ description: "Rows that have been worked at, also those that failed" }),
      failed: z.int(),
      total: z.int(),
    }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: "Of a task that failed: why" }),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
    cancelRequestedAt: z.string().nullable(),
  })
  .meta({ id: "TaskSummary" });

/** A task as the API shows it. */
export const Task = TaskSummary.extend({
  result: z.object({
    rows: z
      .array(
        z.object({
          id: z.string().meta({ description: "What the row is about" }),
          status: z.enum(["pending", "succeeded", "failed", "skipped"]).meta({
            description: "pending: not done yet; skipped: the task has ended without it, and nothing of it was done",
          }),
          code: z.string().nullable().meta({ description: "Of a row that failed: the code of the refusal" }),
          message: z.string().nullable(),
          errors: z.array(FieldError).meta({ description: "Everything that stood against it" }),
        }),
      )
      .meta({
        description:
          "One for each row of the request, in its order; none of an import, whose rows have a list of their own",
      }),
  }),
}).meta({ id: "Task" });
export type Task = z.infer<typeof Task>;

/** A new task, which nobody has begun. */
export const newTask = (
  about: Pick<TaskRecord, "id" | "type" | "parameters" | "total" | "caller" | "requestId">,
  at: string,
): TaskRecord => ({
  ...about,
  version: 1,
  customerId: about.caller.scopeId,
  status: "queued",
  done: 0,
  failed: 0,
  turn: 0,
  stalled: 0,
  createdAt: at,
  startedAt: null,
  endedAt: null,
  cancelRequestedAt: null,
  error: null,
});

/** What a refusal says of a row. */
export const refusedRow = (index: number, { code, message, errors }: DomainError): TaskRow => ({
  index,
  status: "failed",
  code,
  message,
  errors: errors.map(({ path, message: text, code: detail }) => ({
    path,
    message: text,
    ...(detail !== undefined && { code: detail }),
  })),
});

/** How many rows of a task have been worked at, also those that failed, and how many of them failed. */
export type TaskCounts = Pick<TaskRecord, "done" | "failed">;
/** @param rows those of a task that have been done or have failed */
export const countsOf = (rows: readonly TaskRow[]): TaskCounts => ({
  done: rows.length,
  failed: rows.filter(({ status }) => status === "failed").length,
});

/** How a task ends whose rows have been worked at. */
export function outcomeOf(
  { type, total, cancelRequestedAt }: Pick<TaskRecord, "type" | "total" | "cancelRequestedAt">,
  { done, failed }: TaskCounts,
): Pick<TaskRecord, "status" | "error" | "done" | "failed"> {
  const counts = { done, failed };
  if (done < total && cancelRequestedAt !== null) return { ...counts, status: "cancelled", error: null };
  if (failed === 0 && done === total) return { ...counts, status: "succeeded", error: null };
  const where = type === "import" ? "the rows of the import say why" : "result.rows says why";
  const message = `${failed + total - done} of ${total} rows are not done; ${where}.`;
  return { ...counts, status: "failed", error: { code: "rows_failed", message } };
}

/** Where a task's cancellation leads. @throws DomainError task_ended where it has ended otherwise */
export function cancelled(task: TaskRecord, at: string): TaskRecord {
  if (task.status === "cancelled" || (task.status === "running" && task.cancelRequestedAt !== null)) return task;
  if (hasTaskEnded(task.status))
    throw new DomainError("task_ended", `The task has ended on ${task.endedAt}: ${task.status}.`);
  const after = { ...task, version: task.version + 1, cancelRequestedAt: at };
  return task.status === "queued" ? { ...after, status: "cancelled", endedAt: at } : after;
}

/** The parameters of a task but for those that it remembers for itself, such as how things were before. */
export const shownParameters = (parameters: TaskRecord["parameters"]): TaskRecord["parameters"] =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.startsWith("_")));

/** A task as lists show it. */
export const presentTaskSummary = ({ done, failed, total, ...task }: TaskRecord): z.infer<typeof TaskSummary> => ({
  id: task.id,
  version: task.version,
  customerId: task.customerId,
  type: task.type,
  status: task.status,
  parameters: shownParameters(task.parameters),
  progress: { done, failed, total },
  error: task.error,
  createdAt: task.createdAt,
  startedAt: task.startedAt,
  endedAt: task.endedAt,
  cancelRequestedAt: task.cancelRequestedAt,
});

/** A task with its rows. Progress is that of the rows, which are written before the record hears of them; those of an import stand elsewhere. */
export function presentTask(task: TaskRecord, ids: readonly string[], rows: readonly TaskRow[]): Task {
  const byIndex = new Map(rows.map((row) => [row.index, row]));
  const open = hasTaskEnded(task.status) ? ("skipped" as const) : ("pending" as const);
  return {
    ...presentTaskSummary(task.type === "import" ? task : { ...task, ...countsOf(rows) }),
    result: {
      rows: ids.map((id, index) => {
        const { status, code, message, errors } = byIndex.get(index) ?? {
          status: open,
          code: null,
          message: null,
          errors: [],
        };
        return { id, status, code, message, errors };
      }),
    },
  };
}
