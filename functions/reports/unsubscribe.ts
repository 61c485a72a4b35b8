import { unsubscribed } from "../../shared/domain/reports/subscription.ts";
import { type FormInput, publicForm } from "../../shared/http/public-operation.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { saveSubscription } from "../../shared/store/reports/subscriptions.ts";
import { reports as contracts } from "./contract.ts";
import { findUnsubscriber, pageFor } from "./unsubscribing.ts";

/** Ends a report for the one recipient whose link it is. The same again changes nothing; a link that leads nowhere says so. */
export async function unsubscribe({ params, db, now, context }: FormInput<typeof contracts.unsubscribe>) {
  const found = await findUnsubscriber(db, params.token);
  const page = await pageFor(found, true);
  if (!found || found.recipient.unsubscribedAt !== null) return { ...page, writes: [] };
  const { subscription: before, recipient, chain } = found;
  const after = unsubscribed(before, recipient.token, now);
  return {
    ...page,
    writes: after
      ? [
          ...saveSubscription(before, after),
          logWrite({ ...context, caller: null }, chain, {
            type: "ReportUnsubscribed",
            node: { id: before.id, level: null, name: recipient.email },
            changes: [{ path: "recipients", before: recipient.email, after: null }],
          }),
        ]
      : [],
  };
}

export const handler = publicForm(contracts.unsubscribe, unsubscribe);
