import {
  aroundOf,
  checkIds,
  checkMove,
  refusalOf,
  refuseAll,
  refuseOverlap,
  standsThere,
} from "../../shared/domain/life/customer-move.ts";
import { presentTask } from "../../shared/domain/tasks/task.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { type LoadedMove, moveStore } from "../../shared/store/life/moves.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { moves as contracts } from "./contract.ts";
import { foreseen } from "./moving.ts";

const stores = { moves: moveStore, tasks: taskStore };

/**
 * Starts a task that moves customers to another parent, each with all below it and in a transaction of its own. Refuses all where one cannot be
 * moved, unless the caller asks for those that can. A dry run answers what each row would meet.
 */
export async function moveCustomers({
  query,
  body,
  deps: { moves, tasks },
}: Input<typeof contracts.moveCustomers, typeof stores>) {
  const { ids, parentId } = body;
  checkIds(ids);
  const opening = tasks.open();
  const found = await moves.loadAll(ids, parentId);
  await moves.loadTarget(parentId);
  const refusals = found.map((move) => {
    if (move instanceof DomainError) return move;
    return standsThere(move) ? null : refusalOf(() => checkMove(move));
  });
  if (query.partial !== "true") refuseAll(refusals);
  const loaded = found.filter((move): move is LoadedMove => !(move instanceof DomainError));
  const open = await opening;
  refuseOverlap(open, loaded);
  const task = tasks.make("move_customers", { parentId }, ids.length, open);
  return {
    result: presentTask(task, ids, query.dryRun === "true" ? foreseen(refusals) : []),
    writes: await tasks.insert(task, { ids, around: aroundOf(loaded) }),
  };
}

export const handler = operation(contracts.moveCustomers, moveCustomers, stores);
