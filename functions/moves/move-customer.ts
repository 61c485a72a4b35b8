import { refuseOverlap, standsThere } from "../../shared/domain/life/customer-move.ts";
import { type MovedCustomer, presentMove } from "../../shared/domain/life/moved-customer.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { branchCountStore } from "../../shared/store/devices/branch-count.ts";
import { moveStore } from "../../shared/store/life/moves.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { moves as contracts } from "./contract.ts";
import { workOut } from "./moving.ts";

const stores = { moves: moveStore, tasks: taskStore, branches: branchCountStore };

/**
 * Moves a customer with all below it to another parent, in one transaction whose size does not depend on what that is. Refuses with everything
 * that stands against it at once. One that stands there already stays as it is.
 */
export async function moveCustomer({
  params,
  query,
  body,
  ifMatch,
  deps: { moves, tasks, branches },
}: Input<typeof contracts.moveCustomer, typeof stores>) {
  const opening = tasks.open();
  const found = await moves.load(params.id, body.parentId);
  const [before] = found.chain;
  ifMatch(before.version);
  const isPreview = query.dryRun === "true";
  const show = (after: typeof before, preview: MovedCustomer["preview"]) =>
    presentMove(found, after, moves.scopeId, moves.now(), preview);
  if (standsThere(found)) return { result: show(before, null), writes: [] };
  refuseOverlap(await opening, [found]);
  const { after, writes } = await workOut(moves, found, isPreview);
  if (!isPreview) return { result: show(after, null), writes };
  const [{ nodes, complete }, reports] = await Promise.all([branches.count(params.id), moves.reports(found)]);
  return { result: show(after, { nodes, complete, reports }), writes };
}

export const handler = operation(contracts.moveCustomer, moveCustomer, stores);
