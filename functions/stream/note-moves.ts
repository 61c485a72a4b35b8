import { deletedIn } from "../../shared/domain/hierarchy/customer.ts";
import { relayedEach } from "../../shared/http/jobs/invocation.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { newsOf, noteMove } from "../../shared/store/reports/move-notices.ts";
import { persist } from "../../shared/store/table/persist.ts";
import { jobs } from "../jobs.ts";

/** Notes each move for the seller that gains or loses a customer by it; a sweep sends the mail. One that comes twice is noted once. */
export const handler = relayedEach(jobs.noteMoves.id, async ({ after }, { open, ids, context }) => {
  const news = after && newsOf(after);
  if (!news) return;
  await persist(ids.random, async () => {
    const db = open();
    const chain = await readChain(db, news.seller);
    if (!chain || deletedIn(chain)) return;
    await db.commit(await noteMove({ ...context, db }, chain, news));
  });
});
