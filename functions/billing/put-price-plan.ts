import { isSameRecord } from "../../shared/domain/billing/canonical-json.ts";
import { changePricePlan, type PricePlan } from "../../shared/domain/billing/price-plan.ts";
import { latestDay } from "../../shared/domain/billing/run.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

const daysOf = ({ versions }: PricePlan): string => versions.map(({ validFrom }) => validFrom).join(", ");

/** Replaces a price plan. Refuses to change prices that are in force or past, and the currency. */
export async function putPricePlan({
  params,
  body,
  ifMatch,
  deps: { books },
}: Input<typeof contracts.putPricePlan, typeof stores>) {
  const { plan: before, chain } = await books.plan(params.id, true);
  ifMatch(before.version);
  const after = {
    ...before,
    ...changePricePlan(before, body, latestDay(books.now())),
    version: before.version + 1,
    updatedAt: new Date(books.now()).toISOString(),
  };
  if (isSameRecord(before, after)) return { result: before, writes: [] };
  const { id, name } = after;
  return {
    result: after,
    writes: [
      ...books.savePlan(before, after),
      // The log goes to the levels above as well, whom the prices do not concern.
      books.log(chain, {
        type: "PricePlanUpdated",
        node: { id, level: null, name },
        changes: [{ path: "versions", before: daysOf(before), after: daysOf(after) }],
      }),
    ],
  };
}

export const handler = operation(contracts.putPricePlan, putPricePlan, stores);
