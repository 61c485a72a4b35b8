import pMap from "p-map";
import { batchConsumer } from "../../shared/http/jobs/invocation.ts";
import { lastOfEach, rollUpTotals, totalsChange } from "../../shared/store/usage/roll-up.ts";
import { jobs } from "../jobs.ts";

/** Parents whose totals are brought up to date side by side. */
const sideBySide = 8;

/** Brings the totals of customers to their parents. Of several changes of a customer in a batch only the last is written. */
export const handler = batchConsumer(jobs.rollUpCustomers.id, async (changes, { open, logger, ids }) => {
  const totals = changes.flatMap(({ sequence, before, after }) =>
    before && after ? (totalsChange(sequence, before, after) ?? []) : [],
  );
  const byParent = Map.groupBy(lastOfEach(totals), ({ parentId }) => parentId);
  const made = await pMap(byParent, ([id, of]) => rollUpTotals(open, ids.random, id, of), { concurrency: sideBySide });
  logger.info("customers rolled up", {
    changes: totals.length,
    parents: byParent.size,
    transactions: made.reduce((sum, one) => sum + one, 0),
  });
});
