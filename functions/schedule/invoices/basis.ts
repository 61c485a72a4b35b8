import type { JobDeps } from "../../../shared/http/jobs/invocation.ts";
import { readIssuer, readPayer, readPricePlan } from "../../../shared/store/billing/books.ts";
import { lastInvoice } from "../../../shared/store/billing/heads.ts";
import type { DraftOrder } from "../../../shared/store/billing/orders.ts";
import { readChain } from "../../../shared/store/hierarchy/chain.ts";
import { customerKey } from "../../../shared/store/table/keys.ts";

/** What a draft is made with beside the ledger; null: there is nobody to invoice, or the month is invoiced. */
export async function basisOf({ open }: JobDeps, order: DraftOrder) {
  const { issuerId, payerId } = order;
  const db = open();
  const [issuer, config, last, chain, payer] = await Promise.all([
    readIssuer(db, issuerId),
    readPayer(db, issuerId, payerId),
    lastInvoice(db, order),
    readChain(db, issuerId),
    db.get(customerKey(payerId)),
  ]);
  const plan = config && (await readPricePlan(db, issuerId, config.pricePlanId));
  if (!issuer || !chain || !config?.enabled || !plan) return null;
  if (last?.status === "issued" || last?.status === "paid") return null;
  const payerName = typeof payer?.["name"] === "string" ? payer["name"] : config.buyer.name;
  return { issuer, config, plan, chain, payerName, last };
}
export type Basis = NonNullable<Awaited<ReturnType<typeof basisOf>>>;
