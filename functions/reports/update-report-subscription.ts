import { patchedSubscription, told } from "../../shared/domain/reports/subscription.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { reports as contracts } from "./contract.ts";

const stores = { subscriptions: subscriptionStore };

/** Changes a report subscription. A report that is due already still comes; who stays among the recipients keeps his state. */
export async function updateReportSubscription({
  params,
  body,
  ifMatch,
  deps: { subscriptions },
}: Input<typeof contracts.updateReportSubscription, typeof stores>) {
  const { subscription: before, chain } = await subscriptions.loadLive(params.id);
  ifMatch(before.version);
  const now = subscriptions.now();
  const merged = patchedSubscription(before, body, now, subscriptions.newToken);
  const [was, is] = [await subscriptions.present(before), await subscriptions.present(merged)];
  const changes = difference(told(before), told(merged));
  if (JSON.stringify(was) === JSON.stringify(is)) return { result: was, writes: [] };
  const after = { ...merged, version: before.version + 1, updatedAt: new Date(now).toISOString() };
  return {
    result: await subscriptions.present(after),
    writes: [
      ...subscriptions.save(before, after),
      ...subscriptions.tellCustomer(chain, after),
      subscriptions.log(chain, {
        type: "ReportSubscriptionUpdated",
        node: { id: after.id, level: null, name: after.report },
        changes,
      }),
    ],
  };
}

export const handler = operation(contracts.updateReportSubscription, updateReportSubscription, stores);
