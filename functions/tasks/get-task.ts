import { presentTask } from "../../shared/domain/tasks/task.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { tasks as contracts } from "./contract.ts";

const stores = { tasks: taskStore };

/** Returns a task of the caller's branch, with what became of each of its rows. */
export async function getTask({ params, deps: { tasks } }: Input<typeof contracts.getTask, typeof stores>) {
  const { task, ids, rows } = await tasks.load(params.id);
  return presentTask(task, ids, rows);
}

export const handler = operation(contracts.getTask, getTask, stores);
