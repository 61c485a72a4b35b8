import { creation as creationOf } from "../../shared/domain/hierarchy/log-changes.ts";
import {
  type Chain,
  type Customer,
  type CustomerInput,
  presentCustomer,
  withCommitments,
} from "../../shared/domain/hierarchy/customer.ts";
import { newCustomer } from "../../shared/domain/hierarchy/new-customer.ts";
import { type Change, type Input, operation } from "../../shared/http/operation.ts";
import { type CustomerStore, customerStore } from "../../shared/store/hierarchy/customers.ts";
import { type SubscriptionStore, subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore, subscriptions: subscriptionStore };

/**
 * The change that creates a customer under a chain of parents, and the chain that it makes; a reseller gets its Default Customer in the
 * same transaction, and whoever begins with reports their subscriptions.
 */
export function creation(
  { customers, subscriptions }: { customers: CustomerStore; subscriptions: Pick<SubscriptionStore, "begin"> },
  input: CustomerInput,
  parents: Chain,
  insert: CustomerStore["insert"] = customers.insert,
): Change<Customer> & { chain: Chain } {
  const now = customers.now();
  const { records, space, licences } = newCustomer(input, parents, customers.newId, {
    now,
    plan: customers.storage,
    by: customers.caller,
  });
  const [record] = records;
  const { id, level, name } = record;
  return {
    chain: [record, ...parents],
    result: presentCustomer([record, ...withCommitments(parents, { space, licences })], customers.scopeId, now),
    writes: [
      ...insert(records, parents),
      ...subscriptions.begin([record, ...parents]),
      ...customers.commit("space", space, parents),
      ...customers.commit("licences", licences, parents),
      customers.log([record, ...parents], {
        type: "CustomerCreated",
        node: { id, level, name },
        changes: creationOf(record),
      }),
    ],
  };
}

/**
 * Creates a customer under a parent of the caller's branch. Refuses a level that is not possible there, a name or reference
 * that is taken, a service type outside the parent's set, a location that the country decides, and more than the parent has free.
 */
export async function createCustomer({ body, branchId, deps }: Input<typeof contracts.createCustomer, typeof stores>) {
  return creation(deps, body, await deps.customers.loadLive(branchId));
}

export const handler = operation(contracts.createCustomer, createCustomer, stores);
