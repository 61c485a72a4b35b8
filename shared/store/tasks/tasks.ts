import { portalRole } from "../../domain/access/roles.ts";
import { creation, differenceIn } from "../../domain/hierarchy/log-changes.ts";
import {
  newTask,
  shownParameters,
  type TaskPayload,
  type TaskRecord,
  type TaskRow,
  type TaskType,
} from "../../domain/tasks/task.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { logWrite, type LogEvent } from "../hierarchy/log.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { customerKey, openTaskPrefix, taskKey, taskPrefix } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { changeTask, endTask, insertTask, payloadOf, readTask, rowsOf } from "./records.ts";

type Changes = NonNullable<LogEvent["changes"]>;

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
  const log = (chain: Chain, type: "TaskCreated" | "TaskCancelled", { id, type: name }: TaskRecord, changes: Changes) =>
    logWrite(context, chain, { type, node: { id, level: null, name }, changes });
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
    async load(
      id: string,
    ): Promise<{ task: TaskRecord; chain: Chain; ids: string[]; around: string[]; rows: TaskRow[] }> {
      const about = Promise.all([payloadOf(db, id), rowsOf(db, id)]);
      about.catch(() => undefined);
      const { read, chain } = await loadPlace(context, id, "task", false, ({ customerId }) =>
        db.get(taskKey(customerId, id)),
      );
      const [payload, rows] = await about;
      if (!read || !payload) throw notFound("task");
      return { task: readTask(read), chain, ...payload, rows };
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
      // Who asks for a task is told of in the log of its customer.
      db.prefetch([caller.scopeId, ...caller.scopeAncestors].map(customerKey));
      const opening = openTasks();
      opening.catch(() => undefined);
      return opening;
    },

    /** A new task of the caller beside those that are open. @throws DomainError too_many */
    make(type: TaskType, parameters: Record<string, string>, total: number, open: readonly OpenTask[]): TaskRecord {
      if (open.length >= openAtMost)
        throw new DomainError("too_many", `${openAtMost} tasks are waiting or running; wait until one has ended.`);
      const { kind, id, role, scopeId, scopeAncestors, createdBy } = caller;
      if ((kind !== "apiKey" && kind !== "user") || role === portalRole)
        throw new Error("Only API keys and users ask for tasks.");
      const by = { kind, id, role, scopeId, scopeAncestors: [...scopeAncestors], createdBy };
      const about = { id: context.id("task"), type, parameters, total, caller: by, requestId: context.requestId };
      return newTask(about, new Date(context.now()).toISOString());
    },
    /** The writes of a new task, of which the log of the caller's own customer tells. */
    async insert(task: TaskRecord, payload: TaskPayload): Promise<Write[]> {
      const { type, total, parameters } = task;
      const chain = await loadChain(context, caller.scopeId);
      const changes = creation({ type, total, ...shownParameters(parameters) });
      return [...insertTask(task, payload, caller.scopeAncestors), log(chain, "TaskCreated", task, changes)];
    },
    /** The writes of a cancellation: one that nobody has begun ends at once. */
    cancel(before: TaskRecord, after: TaskRecord, chain: Chain): Write[] {
      if (before === after) return [];
      const entry = log(chain, "TaskCancelled", after, differenceIn(["status", "cancelRequestedAt"], before, after));
      if (after.status === "cancelled") return [...endTask(before, after, context.now()), entry];
      const { cancelRequestedAt, version } = after;
      const change = changeTask(before, { cancelRequestedAt, version }, [{ attribute: "version", is: before.version }]);
      return [change, entry];
    },
    now: (): number => context.now(),
  };
};
