import { presentCustomer } from "../../shared/domain/customer.ts";
import { DomainError, refuse } from "../../shared/domain/errors.ts";
import { normaliseName } from "../../shared/domain/names.ts";
import { graceDays } from "../../shared/domain/settings.ts";
import { dayMs } from "../../shared/domain/trial.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/customers.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/**
 * Marks a customer as deleted, and by the chain its whole branch; name, limits and data stay for the grace period. Refuses without
 * the name as confirmation, the provider, a Default Customer, and the caller's own customer.
 */
export async function deleteCustomer({
  params,
  query,
  ifMatch,
  deps: { customers },
}: Input<typeof contracts.deleteCustomer, typeof stores>) {
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  if (before.parentId === null)
    throw new DomainError("provider_permanent", "The provider is the installation itself and cannot be deleted.");
  customers.refuseOnOwn(before, "The deletion");
  if (before.isDefault)
    throw new DomainError("default_customer", "The Default Customer cannot be deleted; it goes with its reseller.");
  ifMatch(before.version);
  if (query.confirm === undefined || normaliseName(query.confirm) !== normaliseName(before.name))
    throw refuse(
      "confirmation_required",
      "confirm",
      "Repeat the customer's name as `confirm`: everything below it is deleted too.",
    );
  const now = customers.now();
  const deletedAt = new Date(now).toISOString();
  const purgeAt = new Date(now + graceDays(chain) * dayMs).toISOString();
  const record = { ...before, deletedAt, purgeAt, version: before.version + 1, updatedAt: deletedAt };
  const { id, level, name } = record;
  return {
    result: presentCustomer([record, ...parents], customers.scopeId, now),
    writes: [
      ...customers.save(before, record, parents),
      customers.log(chain, { type: "CustomerDeleted", node: { id, level, name } }),
    ],
  };
}

export const handler = operation(contracts.deleteCustomer, deleteCustomer, stores);
