import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { readVaultOrder } from "../../shared/store/life/vault-orders.ts";
import { onOrder } from "../../shared/store/storage/vaults.ts";
import { customerKey } from "../../shared/store/table/keys.ts";
import { settle } from "../../shared/store/table/settle.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import { carryOut, notCarriedOut } from "../storage/clearing.ts";
import { notProvisioned, provisionVault, sideBySide } from "../storage/provisioning.ts";
import { jobs } from "../jobs.ts";

/** What one order may take of a run, so that a large one holds up no other. */
const sliceMs = 60_000;

/**
 * Provisions the vaults that the stream did not bring, or at which an attempt has failed, and removes data that are due to be removed. What a
 * run does not come to is the next one's.
 */
export const handler = sweepJob(jobs.sweepVaults.id, async (turn, deps) => {
  const { open, clock, each } = deps;
  const provisioned = { ready: 0, later: 0, left: 0 };
  for await (const page of dueTimers(open(), "vault-provision", turn.now)) {
    if (clock() >= turn.until) break;
    const items = await open().getAll(page.map(({ ownerPk }) => customerKey(ownerPk)));
    await each(
      page.map((timer, index) => ({ timer, id: timer.ownerPk, record: onOrder(items[index]) })),
      async ({ timer, record }) => {
        // A timer without an order has nothing to bring: what it was for is done, or ordered no more.
        if (!record)
          await settle(open(), [{ kind: "delete", key: timer.key, when: [{ attribute: "at", is: timer.at }] }]);
        else provisioned[await provisionVault(deps, record)] += 1;
      },
      notProvisioned,
      sideBySide,
    );
  }
  const removals = { cleared: 0, retained: 0, more: 0, failed: 0 };
  for await (const page of dueTimers(open(), "vault", turn.now)) {
    const items = await open().getAll(page.map(({ key }) => key));
    const orders = items.flatMap((item) => (item ? [readVaultOrder(item)] : []));
    await each(
      orders,
      async (order) => {
        if (clock() < turn.until) removals[await carryOut(deps, order, Math.min(turn.until, clock() + sliceMs))] += 1;
      },
      notCarriedOut,
    );
  }
  return { provisioned, removals };
});
