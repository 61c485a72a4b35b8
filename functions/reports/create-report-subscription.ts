import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { newSubscription, told } from "../../shared/domain/reports/subscription.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { reports as contracts } from "./contract.ts";

const stores = { subscriptions: subscriptionStore };

/** Subscribes people to a report on a customer's branch. Refuses a schedule or recipients that are not possible, each field by its name. */
export async function createReportSubscription({
  body,
  deps: { subscriptions },
}: Input<typeof contracts.createReportSubscription, typeof stores>) {
  const chain = await subscriptions.loadOwner(body.customerId);
  const record = newSubscription(body, {
    id: subscriptions.newId(),
    timezone: effectiveSettings(chain).timezone.value,
    nowMs: subscriptions.now(),
    newToken: subscriptions.newToken,
  });
  return {
    result: await subscriptions.present(record),
    writes: [
      ...subscriptions.insert(record, chain),
      subscriptions.log(chain, {
        type: "ReportSubscriptionCreated",
        node: { id: record.id, level: null, name: record.report },
        changes: creation(told(record)),
      }),
    ],
  };
}

export const handler = operation(contracts.createReportSubscription, createReportSubscription, stores);
