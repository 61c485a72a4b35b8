import pMap from "p-map";
import { orderedConsumer } from "../../shared/http/jobs/invocation.ts";
import {
  lastOfEach,
  probeChange,
  rollUpDevices,
  rollUpTotals,
  totalsChange,
  usageChange,
} from "../../shared/store/usage/roll-up.ts";
import { jobs } from "../jobs.ts";

/** Customers that are added up side by side. One shard of the stream brings at most 1,000 changes a second. */
const sideBySide = 24;

/**
 * Adds what devices use to their accounts and customers, counts those that need attention, and brings the totals of customers to their parents:
 * exactly once, and several changes of a customer in one transaction. Of several totals of a customer in a batch only the last are written.
 */
export const handler = orderedConsumer(jobs.rollUp.id, async (changes, { open, logger, ids, now }) => {
  const usage = changes.flatMap(({ sequence, before, after }) => {
    if (after?.["kind"] === "probe") return [probeChange(sequence, after)];
    return (after ?? before)?.["kind"] === "device" ? (usageChange(sequence, before ?? null, after ?? null) ?? []) : [];
  });
  const totals = changes.flatMap(({ sequence, before, after }) =>
    before && after?.["kind"] === "customer" ? (totalsChange(sequence, before, after) ?? []) : [],
  );
  const byCustomer = Map.groupBy(usage, ({ customerId }) => customerId);
  const byParent = Map.groupBy(lastOfEach(totals), ({ parentId }) => parentId);
  // First what customers count for: a probe among the changes of devices says that all before it has been brought up.
  const ofCustomers = await pMap(byParent, ([id, of]) => rollUpTotals(open, ids.random, id, of), {
    concurrency: sideBySide,
  });
  const ofDevices = await pMap(byCustomer, ([id, of]) => rollUpDevices(open, ids.random, now, id, of), {
    concurrency: sideBySide,
  });
  logger.info("rolled up", {
    changes: usage.length + totals.length,
    customers: byCustomer.size,
    parents: byParent.size,
    transactions: [...ofDevices, ...ofCustomers].reduce((sum, one) => sum + one, 0),
  });
});
