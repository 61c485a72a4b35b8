import { type Input, operation } from "../../shared/http/operation.ts";
import { AllocationPosition, allocationStore } from "../../shared/store/usage/allocations.ts";
import { customers as contracts } from "./contract.ts";

const stores = { allocations: allocationStore };

/** Lists what a customer and all below it have of space and licences, depth first in name order, itself first. */
export async function getAllocations({
  params,
  query,
  page,
  deps: { allocations },
}: Input<typeof contracts.getAllocations, typeof stores>) {
  const { items, next } = await allocations.page(
    params.id,
    query.downTo ?? "backup-set",
    page.limit,
    page.position(AllocationPosition),
  );
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.getAllocations, getAllocations, stores);
