import { told } from "../../shared/domain/reports/subscription.ts";
import { removal } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { reports as contracts } from "./contract.ts";

const stores = { subscriptions: subscriptionStore };

/** Ends a report subscription. Mails that are on their way still arrive. */
export async function deleteReportSubscription({
  params,
  ifMatch,
  deps: { subscriptions },
}: Input<typeof contracts.deleteReportSubscription, typeof stores>) {
  const { subscription, chain } = await subscriptions.loadLive(params.id);
  ifMatch(subscription.version);
  return {
    result: await subscriptions.present({ ...subscription, active: false, nextRunAt: null }),
    writes: [
      ...subscriptions.remove(subscription),
      ...subscriptions.tellCustomer(chain, { id: subscription.id, active: false }),
      subscriptions.log(chain, {
        type: "ReportSubscriptionDeleted",
        node: { id: subscription.id, level: null, name: subscription.report },
        changes: removal(told(subscription)),
      }),
    ],
  };
}

export const handler = operation(contracts.deleteReportSubscription, deleteReportSubscription, stores);
