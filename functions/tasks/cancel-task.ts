import { cancelled, presentTask } from "../../shared/domain/tasks/task.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { tasks as contracts } from "./contract.ts";

const stores = { tasks: taskStore };

/** Ends a task early: rows that have not begun are left alone. Refuses where it has ended otherwise. */
export async function cancelTask({
  params,
  ifMatch,
  deps: { tasks },
}: Input<typeof contracts.cancelTask, typeof stores>) {
  const { task, chain, ids, rows } = await tasks.load(params.id);
  ifMatch(task.version);
  const after = cancelled(task, new Date(tasks.now()).toISOString());
  return { result: presentTask(after, ids, rows), writes: tasks.cancel(task, after, chain) };
}

export const handler = operation(contracts.cancelTask, cancelTask, stores);
