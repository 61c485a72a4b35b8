import { newTask, type TaskPayload, type TaskRecord, type TaskRow, type TaskType } from "../../domain/tasks/task.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { openTaskPrefix, taskKey, taskPrefix } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { changeTask, endTask, insertTask, payloadOf, readTask, rowsOf } from "./records.ts";

/** Tasks of a customer's credentials that may wait or run at a time. */
const openAtMost = 50;

/** A task that waits or runs. */
export interface OpenTask {
  id: string;
  payload: TaskPayload;
}

/** The tasks of the caller's branch. */
export const taskStore = (context: StoreContext) => {
  const { db, caller } = context;
  const openTasks = async (): Promise<OpenTask[]> => {
    const { items } = await db.query({ pk: caller.scopeId, prefix: openTaskPrefix, limit: openAtMost });
    const ids = items.map((item) => String(item["taskId"]));
    const payloads = await Promise.all(ids.map((id) => payloadOf(db, id)));
    return ids.flatMap((id, index) => {
      const payload = payloads[index];
      return payload ? [{ id, payload }] : [];
    });
  };
  return {
    /** A task with its rows. @throws DomainError not_found */
    async load(id: string): Promise<{ task: TaskRecord; ids: string[]; around: string[]; rows: TaskRow[] }> {
      const about = Promise.all([payloadOf(db, id), rowsOf(db, id)]);
      about.catch(() => undefined);
      const { read } = await loadPlace(context, id, "task", false, ({ customerId }) => db.get(taskKey(customerId, id)));
      const [payload, rows] = await about;
      if (!read || !payload) throw notFound("task");
      return { task: readTask(read), ...payload, rows };
    },
    /** A page of the tasks that credentials of a customer have asked for, newest first. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ tasks: TaskRecord[]; next: string | null }> {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({
          pk: customerId,
          prefix: taskPrefix,
          after: after ?? undefined,
          limit: limit + 1,
          newestFirst: true,
        }),
      ]);
      const shown = items.slice(0, limit);
      return { tasks: shown.map(readTask), next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null };
    },
    /** The tasks of the caller's own customer that have not ended, with what they work at. May be asked for ahead, and never be looked at. */
    open(): Promise<OpenTask[]> {
      const opening = openTasks();
      opening.catch(() => undefined);
      return opening;
    },

    /** A new task of the caller beside those that are open. @throws DomainError too_many */
    make(type: TaskType, parameters: Record<string, string>, total: number, open: readonly OpenTask[]): TaskRecord {
      if (open.length >= openAtMost)
        throw new DomainError("too_many", `${openAtMost} tasks are waiting or running; wait until one has ended.`);
      const { kind, id, role, scopeId, scopeAncestors, createdBy } = caller;
      if (kind !== "apiKey" && kind !== "user") throw new Error("Only API keys and users ask for tasks.");
      const by = { kind, id, role, scopeId, scopeAncestors: [...scopeAncestors], createdBy };
      const about = { id: context.id("task"), type, parameters, total, caller: by, requestId: context.requestId };
      return newTask(about, new Date(context.now()).toISOString());
    },
    insert: (task: TaskRecord, payload: TaskPayload): Write[] => insertTask(task, payload, caller.scopeAncestors),
    /** The writes of a cancellation: one that nobody has begun ends at once. */
    cancel(before: TaskRecord, after: TaskRecord): Write[] {
      if (before === after) return [];
      if (after.status === "cancelled") return endTask(before, after, context.now());
      const { cancelRequestedAt, version } = after;
      return [changeTask(before, { cancelRequestedAt, version }, [{ attribute: "version", is: before.version }])];
    },
    now: (): number => context.now(),
  };
};
