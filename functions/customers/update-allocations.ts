import { changedAllocations } from "../../shared/domain/usage/allocations.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { allocationStore } from "../../shared/store/usage/allocations.ts";
import { customers as contracts } from "./contract.ts";

const stores = { allocations: allocationStore };

/**
 * Changes limits of customers and quotas of accounts in a branch, all or none, judged by the state that all of them leave. Refuses
 * with every reason at once, and what does not fit into one transaction.
 */
export async function updateAllocations({
  params,
  query,
  body: { changes },
  ifMatch,
  deps: { allocations },
}: Input<typeof contracts.updateAllocations, typeof stores>) {
  const named = changes.map(({ id }) => id);
  const { top, places } = await allocations.load(params.id, named);
  ifMatch(top[0].version);
  const { scopeId, refuseOnOwn } = allocations;
  const changed = changedAllocations(changes, places, {
    scopeId,
    refuseOnOwn,
    nowMs: allocations.now(),
    storage: allocations.storage,
  });
  const dryRun = query.dryRun === "true";
  const counted = await allocations.countDevices(changed, dryRun);
  return { result: { items: changed.rows(counted) }, writes: allocations.save(changed, dryRun) };
}

export const handler = operation(contracts.updateAllocations, updateAllocations, stores);
