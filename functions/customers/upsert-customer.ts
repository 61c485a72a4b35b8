import type * as z from "zod";
import type { CustomerPatch, CustomerUpsert } from "../../shared/domain/hierarchy/customer.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { serviceTypeStore } from "../../shared/store/hierarchy/service-types.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { customers as contracts } from "./contract.ts";
import { creation } from "./create-customer.ts";
import { modification, subjectOf } from "./update-customer.ts";

const stores = { customers: customerStore, subscriptions: subscriptionStore, serviceTypes: serviceTypeStore };

/** What a request says of a customer that there is: fields of a new one that it was not given when it was created are refused. */
type Known = CustomerPatch & Pick<z.infer<typeof CustomerUpsert>, "inTrial" | "active">;

/**
 * The change that brings a customer to what an upsert says.
 * @param activates whether its activation is changed too: whoever was made together with something else was never asked about it
 * @throws DomainError immutable for what only a new customer can be given (trial, activation), where it differs
 */
export function broughtTo(
  deps: Parameters<typeof modification>[0],
  { inTrial, active, ...patch }: Known,
  subject: Awaited<ReturnType<typeof subjectOf>>,
  dryRun: boolean,
  activates = false,
) {
  const [before] = subject.chain;
  // Who began in trial may be said to be so for good: a program sends what it has always sent, also once the trial is over.
  const begun = before.trialEndsAt !== null || before.productionSince !== null;
  if ((inTrial === true && !begun) || (inTrial === false && before.trialEndsAt !== null))
    throw refuse("immutable", "inTrial", "A trial is chosen when the customer is created.");
  if (active !== undefined && active !== before.active && !activates)
    throw refuse("immutable", "active", "Use activate and deactivate.");
  return modification(deps, patch, subject, dryRun, activates ? active : undefined);
}

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
  const { parentId: _, ...known } = body;
  // The parent's chain, and the customer beside it as soon as the reference says which: neither waits for the other.
  const [parents, subject] = await Promise.all([
    customers.loadLive(branchId),
    customers
      .findByRef(branchId, body.externalRef)
      .then((id) => (id === null ? null : subjectOf(customers, id, known))),
  ]);
  if (subject === null) return creation(deps, body, parents, customers.insertUnlessThere);
  ifMatch(subject.chain[0].version);
  return { ...(await broughtTo(deps, known, subject, query.dryRun === "true")), status: 200 as const };
}

export const handler = operation(contracts.upsertCustomer, upsertCustomer, stores);
