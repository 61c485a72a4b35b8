import { relayedBatch } from "../../shared/http/jobs/invocation.ts";
import { onOrder } from "../../shared/store/storage/vaults.ts";
import { notProvisioned, provisionVault, sideBySide } from "../storage/provisioning.ts";
import { jobs } from "../jobs.ts";

/** Provisions the vaults that were just ordered. A change that tells of no new order is left to the order's timer. */
export const handler = relayedBatch(jobs.provisionVaults.id, async (changes, deps) => {
  const ordered = changes.flatMap(({ before, after }) => {
    const record = onOrder(after);
    return record && before?.["vaultOrderedAt"] !== record.vaultOrderedAt ? [record] : [];
  });
  await deps.each(ordered, (record) => provisionVault(deps, record), notProvisioned, sideBySide);
});
