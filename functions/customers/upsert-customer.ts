import type { CustomerPatch } from "../../shared/domain/customer.ts";
import { refuse } from "../../shared/domain/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/customers.ts";
import { customers as contracts } from "./contract.ts";
import { creation } from "./create-customer.ts";
import { modification } from "./update-customer.ts";

const stores = { customers: customerStore };

/**
 * Creates the customer with an external reference under a parent, or changes it where it exists. What only a new customer can be
 * given (trial, activation) is refused where it exists already and differs.
 */
export async function upsertCustomer({
  body,
  branchId,
  ifMatch,
  deps: { customers },
}: Input<typeof contracts.upsertCustomer, typeof stores>) {
  const [parents, existing] = await Promise.all([
    customers.loadLive(branchId),
    customers.findByRef(branchId, body.externalRef),
  ]);
  if (existing === null) return creation(customers, body, parents);
  const chain = await customers.loadLive(existing);
  const [before] = chain;
  ifMatch(before.version);
  const { inTrial, active, parentId: _, ...rest } = body;
  if (inTrial !== undefined && inTrial !== (before.trialEndsAt !== null))
    throw refuse("immutable", "inTrial", "A trial is chosen when the customer is created.");
  if (active !== undefined && active !== before.active)
    throw refuse("immutable", "active", "Use activate and deactivate.");
  const patch: CustomerPatch = rest;
  return { ...(await modification(customers, patch, chain)), status: 200 as const };
}

export const handler = operation(contracts.upsertCustomer, upsertCustomer, stores);
