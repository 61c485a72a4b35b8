import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { alive, presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { restoredCustomer } from "../../shared/domain/life/deleted-customer.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore, deletions: deletionStore };

/**
 * Brings a deleted customer back, and by the chain its whole branch as it was. Refuses once it has been purged, below a customer that is
 * deleted, and where its licences are no longer free or its service type is no longer provided. One that is not deleted stays as it is.
 */
export async function restoreCustomer({
  params,
  ifMatch,
  deps: { customers, deletions },
}: Input<typeof contracts.restoreCustomer, typeof stores>) {
  const chain = await deletions.orGone(params.id, "customer", () => customers.load(params.id));
  const [before, ...parents] = chain;
  ifMatch(before.version);
  const now = customers.now();
  if (before.deletedAt === null) return { result: presentCustomer(alive(chain), customers.scopeId, now), writes: [] };
  const { record, licences } = restoredCustomer(chain, now);
  const { id, level, name } = record;
  return {
    result: presentCustomer([record, ...parents], customers.scopeId, now),
    writes: [
      ...customers.mark(chain, record, licences),
      ...deletions.settle(before.deletionId, "deleted", { state: "restored", restoredAt: record.updatedAt }),
      customers.log(chain, {
        type: "CustomerRestored",
        node: { id, level, name },
        changes: differenceIn(["deletedAt", "purgeAt"], before, record),
      }),
    ],
  };
}

export const handler = operation(contracts.restoreCustomer, restoreCustomer, stores);
