import { presentMove } from "../../shared/domain/life/customer-move.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { moveStore } from "../../shared/store/life/moves.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { moves as contracts } from "./contract.ts";
import { refuseOverlap, standsThere, workOut } from "./moving.ts";

const stores = { moves: moveStore, tasks: taskStore };

/**
 * Moves a customer with all below it to another parent, in one transaction whose size does not depend on what that is. Refuses with everything
 * that stands against it at once. One that stands there already stays as it is.
 */
export async function moveCustomer({
  params,
  query,
  body,
  ifMatch,
  deps: { moves, tasks },
}: Input<typeof contracts.moveCustomer, typeof stores>) {
  const opening = tasks.open();
  opening.catch(() => undefined);
  const found = await moves.load(params.id, body.parentId);
  const [before] = found.chain;
  ifMatch(before.version);
  const show = (after: typeof before) => presentMove(found, after, moves.scopeId, moves.now());
  if (standsThere(found)) return { result: show(before), writes: [] };
  refuseOverlap(await opening, [found]);
  const { after, writes } = await workOut(moves, found, query.dryRun === "true");
  return { result: show(after), writes };
}

export const handler = operation(contracts.moveCustomer, moveCustomer, stores);
