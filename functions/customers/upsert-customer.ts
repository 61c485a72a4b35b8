import type { CustomerPatch } from "../../shared/domain/hierarchy/customer.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { serviceTypeStore } from "../../shared/store/hierarchy/service-types.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { customers as contracts } from "./contract.ts";
import { creation } from "./create-customer.ts";
import { modification, subjectOf } from "./update-customer.ts";

const stores = { customers: customerStore, subscriptions: subscriptionStore, serviceTypes: serviceTypeStore };

/**
 * Creates the customer with an external reference under a parent, or changes it where it exists. What only a new customer can be
 * given (trial, activation) is refused where it exists already and differs.
 */
export async function upsertCustomer({
  query,
  body,
  branchId,
  ifMatch,
  deps,
}: Input<typeof contracts.upsertCustomer, typeof stores>) {
  const { customers } = deps;
  const { inTrial, active, parentId: _, ...rest } = body;
  const patch: CustomerPatch = rest;
  // The parent's chain, and the customer beside it as soon as the reference says which: neither waits for the other.
  const [parents, subject] = await Promise.all([
    customers.loadLive(branchId),
    customers
      .findByRef(branchId, body.externalRef)
      .then((id) => (id === null ? null : subjectOf(customers, id, patch))),
  ]);
  if (subject === null) return creation(deps, body, parents, customers.insertUnlessThere);
  const [before] = subject.chain;
  ifMatch(before.version);
  // Who began in trial may be said to be so for good: a program sends what it has always sent, also once the trial is over.
  const begun = before.trialEndsAt !== null || before.productionSince !== null;
  if ((inTrial === true && !begun) || (inTrial === false && before.trialEndsAt !== null))
    throw refuse("immutable", "inTrial", "A trial is chosen when the customer is created.");
  if (active !== undefined && active !== before.active)
    throw refuse("immutable", "active", "Use activate and deactivate.");
  return { ...(await modification(deps, patch, subject, query.dryRun === "true")), status: 200 as const };
}

export const handler = operation(contracts.upsertCustomer, upsertCustomer, stores);
