import * as z from "zod";
import { presentTaskSummary } from "../../shared/domain/tasks/task.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { tasks as contracts } from "./contract.ts";

const stores = { tasks: taskStore };

/** Lists the tasks that credentials of a customer have asked for, newest first. */
export async function listTasks({ branchId, page, deps: { tasks } }: Input<typeof contracts.listTasks, typeof stores>) {
  const found = await tasks.list(branchId, page.limit, page.position(z.string()));
  return { items: found.tasks.map(presentTaskSummary), nextCursor: page.next(found.next) };
}

export const handler = operation(contracts.listTasks, listTasks, stores);
