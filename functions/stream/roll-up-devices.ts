import pMap from "p-map";
import { batchConsumer } from "../../shared/http/jobs/invocation.ts";
import { probeChange, rollUpDevices, usageChange } from "../../shared/store/usage/roll-up.ts";
import { jobs } from "../jobs.ts";

/** Customers whose devices are added up side by side. */
const sideBySide = 8;

/** Adds what devices use to their accounts and customers, exactly once, several changes of a customer in one transaction. */
export const handler = batchConsumer(jobs.rollUpDevices.id, async (changes, { open, logger, ids }) => {
  const usage = changes.flatMap(({ sequence, before, after }) => {
    if (after?.["kind"] === "probe") return [probeChange(sequence, after)];
    return before && after ? (usageChange(sequence, before, after) ?? []) : [];
  });
  const byCustomer = Map.groupBy(usage, ({ customerId }) => customerId);
  const made = await pMap(byCustomer, ([id, of]) => rollUpDevices(open, ids.random, id, of), {
    concurrency: sideBySide,
  });
  logger.info("devices rolled up", {
    changes: usage.length,
    customers: byCustomer.size,
    transactions: made.reduce((sum, one) => sum + one, 0),
  });
});
