import { type Input, operation } from "../../shared/http/operation.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { reports as contracts } from "./contract.ts";

const stores = { subscriptions: subscriptionStore };

/** Answers a report subscription of the caller's branch, and which of its recipients get mail. */
export async function getReportSubscription({
  params,
  deps: { subscriptions },
}: Input<typeof contracts.getReportSubscription, typeof stores>) {
  const { subscription } = await subscriptions.load(params.id);
  return subscriptions.present(subscription);
}

export const handler = operation(contracts.getReportSubscription, getReportSubscription, stores);
