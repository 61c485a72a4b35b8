import type { JobDeps } from "../../../shared/http/jobs/invocation.ts";
import { lastInvoice, type StoredInvoice } from "../../../shared/store/billing/heads.ts";
import { issuing } from "../../../shared/store/billing/issuing.ts";
import { type DraftOrder, keyOfOrder, orderDone, type Seen } from "../../../shared/store/billing/orders.ts";
import { persist } from "../../../shared/store/table/persist.ts";
import type { Basis } from "./basis.ts";

/** Tries of the transaction that takes a number: several payers of one seller may want one at once. */
const numberTries = 10;

/** Issues a draft, and takes its order away, unless somebody else has come first. */
export async function issueDraft(
  { open, ids, author }: JobDeps,
  order: Seen<DraftOrder>,
  draft: StoredInvoice,
  { issuer, chain, config }: Basis,
): Promise<"issued" | "left"> {
  const isIssued = await persist(
    ids.random,
    async () => {
      const db = open();
      const [current, ordered] = await Promise.all([lastInvoice(db, order), db.get(keyOfOrder(order))]);
      if (ordered?.["dueSk"] !== order.seen || current?.version !== draft.version || current.id !== draft.id)
        return false;
      const { writes } = await issuing(db, current, { issuer, chain, author, mail: config.sendMail });
      await db.commit([...writes, orderDone(order)]);
      return true;
    },
    { tries: numberTries },
  );
  return isIssued ? "issued" : "left";
}
