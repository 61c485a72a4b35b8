import { checkPricePlan } from "../../shared/domain/billing/price-plan.ts";
import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Creates a price plan. Refuses those who sell to nobody, and prices that cannot be charged. */
export async function createPricePlan({
  body,
  deps: { books },
}: Input<typeof contracts.createPricePlan, typeof stores>) {
  const input = checkPricePlan(body);
  const [chain] = await Promise.all([books.own(true), books.checkNumberOfPlans()]);
  const at = new Date(books.now()).toISOString();
  const plan = { ...input, id: books.newPlanId(), sellerId: chain[0].id, version: 1, createdAt: at, updatedAt: at };
  const { id, name } = plan;
  return {
    result: plan,
    writes: [
      ...books.insertPlan(plan, chain),
      books.log(chain, {
        type: "PricePlanCreated",
        node: { id, level: null, name },
        changes: creation({ name, currency: plan.currency }),
      }),
    ],
  };
}

export const handler = operation(contracts.createPricePlan, createPricePlan, stores);
