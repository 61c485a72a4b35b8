import { checkMove, presentMove } from "../../shared/domain/life/customer-move.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { moveStore } from "../../shared/store/life/moves.ts";
import { moves as contracts } from "./contract.ts";

const stores = { moves: moveStore };

/**
 * Moves a customer with all below it to another parent, in one transaction whose size does not depend on what that is. Refuses with everything
 * that stands against it at once. One that stands there already stays as it is.
 */
export async function moveCustomer({
  params,
  query,
  body,
  ifMatch,
  deps: { moves },
}: Input<typeof contracts.moveCustomer, typeof stores>) {
  const found = await moves.load(params.id, body.parentId);
  const { chain, to } = found;
  const [before, ...parents] = chain;
  ifMatch(before.version);
  const now = moves.now();
  if (before.parentId === body.parentId) return { result: presentMove(found, before, moves.scopeId, now), writes: [] };
  checkMove(found);
  // What a dry run leaves uncounted it cannot write either; all rules have been checked.
  const isPreview = query.dryRun === "true" && moves.mustBeCounted(found);
  const record = isPreview ? before : await moves.counted(found);
  const move = { ...found, chain: [record, ...parents] as const, to };
  const after = moves.moved(move);
  return {
    result: presentMove(move, after, moves.scopeId, now),
    writes: isPreview ? [] : await moves.writes(move, after),
  };
}

export const handler = operation(contracts.moveCustomer, moveCustomer, stores);
