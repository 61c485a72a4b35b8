import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { devicesIn, presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { deletedCustomer } from "../../shared/domain/life/deleted-customer.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { branchCountStore } from "../../shared/store/devices/branch-count.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore, deletions: deletionStore, branches: branchCountStore };

/**
 * Marks a customer as deleted, and by the chain its whole branch; name, space and data stay for the grace period, licences go back. A dry
 * run counts what would go. Refuses without the name as confirmation, the provider, a Default Customer, the caller's own customer, while
 * accounts are moved, and more customers in an hour than the provider lets one credential delete.
 */
export async function deleteCustomer({
  params,
  query,
  ifMatch,
  deps: { customers, deletions, branches },
}: Input<typeof contracts.deleteCustomer, typeof stores>) {
  deletions.foresee();
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  const now = customers.now();
  customers.refuseOnOwn(before, "The deletion");
  ifMatch(before.version);
  const { record, licences, count } = deletedCustomer(chain, query.confirm, deletions.newId(), now);
  const { id, level, name, usedBytes } = record;
  const counts = { usedBytes, deviceCount: devicesIn(chain) };
  const told = { kind: "customer" as const, nodeId: id, customerId: id, level, name, ...counts };
  return {
    result: {
      ...presentCustomer([record, ...parents], customers.scopeId, now),
      preview: query.dryRun === "true" ? await branches.count(id) : null,
    },
    writes: [
      await deletions.count(chain),
      ...customers.mark(chain, record, licences),
      ...deletions.insert(
        chain,
        String(record.deletionId),
        { ...told, licences: count, deletedAt: String(record.deletedAt), onBehalfOf: query.onBehalfOf },
        record.purgeAt,
      ),
      customers.log(chain, {
        type: "CustomerDeleted",
        node: { id, level, name },
        changes: differenceIn(["deletedAt", "purgeAt"], before, record),
      }),
    ],
  };
}

export const handler = operation(contracts.deleteCustomer, deleteCustomer, stores);
