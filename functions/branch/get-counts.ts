import { attentionCounts } from "../../shared/domain/devices/attention.ts";
import { alive, devicesIn } from "../../shared/domain/hierarchy/customer.ts";
import { countThings } from "../../shared/domain/usage/branch-counts.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { BranchListPosition } from "../../shared/store/hierarchy/lists/over-branch.ts";
import { branchThingStore } from "../../shared/store/reports/branch-things.ts";
import { branch as contracts, countedAtMost } from "./contract.ts";

const stores = { customers: customerStore, branch: branchThingStore };

/** Counts a part of what stands below a customer, and tells what its record knows of all of it. Refuses a customer that is deleted. */
export async function getCounts({
  params: { id },
  query: { limit = countedAtMost },
  page,
  deps: { customers, branch },
}: Input<typeof contracts.getCounts, typeof stores>) {
  const position = page.position(BranchListPosition);
  const [chain, counters, { things, next }] = await Promise.all([
    customers.load(id),
    customers.counters(id),
    branch.list(id, limit, position),
  ]);
  alive(chain);
  return {
    totals: { devices: devicesIn(chain), needAttention: attentionCounts(counters).devices },
    counts: countThings(things),
    nextCursor: page.next(next),
  };
}

export const handler = operation(contracts.getCounts, getCounts, stores);
