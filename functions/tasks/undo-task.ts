import { refuseBeside } from "../../shared/domain/life/customer-move.ts";
import { undoing } from "../../shared/domain/life/undo.ts";
import { hasTaskEnded, presentTask } from "../../shared/domain/tasks/task.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { undoStore } from "../../shared/store/life/undo.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { tasks as contracts } from "./contract.ts";

const stores = { tasks: taskStore, undo: undoStore };

/**
 * Starts a task that puts back what another one has moved: each row by itself, as long as it still stands where that task has put it and nothing else
 * stands against it. A merge is undone as a whole: the customer that was deleted is restored, and gets back what it had.
 */
export async function undoTask({
  params,
  ifMatch,
  deps: { tasks, undo },
}: Input<typeof contracts.undoTask, typeof stores>) {
  const opening = tasks.open();
  const { task, ids, around } = await tasks.load(params.id);
  ifMatch(task.version);
  if (!hasTaskEnded(task.status))
    throw new DomainError("not_undoable", "The task has not ended yet; cancel it, or wait for its end.");
  const { rows, leads, limits } = undoing(ids, await undo.origins(params.id));
  const open = await opening;
  refuseBeside(open, rows, around);
  const parameters = { taskId: params.id, _leads: JSON.stringify(leads), _limits: String(limits) };
  const made = tasks.make("undo", parameters, rows.length, open);
  return { result: presentTask(made, rows, []), writes: await tasks.insert(made, { ids: rows, around }) };
}

export const handler = operation(contracts.undoTask, undoTask, stores);
