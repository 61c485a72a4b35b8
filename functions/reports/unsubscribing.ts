import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import type { RecipientRecord, SubscriptionRecord } from "../../shared/domain/reports/subscription.ts";
import { readUnsubscribeToken } from "../../shared/domain/reports/unsubscribe-link.ts";
import { type PageSubject, unsubscribePage as drawPage } from "../../shared/mail/reports/page.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { findPointer } from "../../shared/store/hierarchy/pointers.ts";
import { readSubscription } from "../../shared/store/reports/subscriptions.ts";
import type { Database } from "../../shared/store/table/database.ts";
import { subscriptionKey } from "../../shared/store/table/keys.ts";

/** A recipient that a link leads to. */
export interface Unsubscriber {
  subscription: SubscriptionRecord;
  recipient: RecipientRecord;
  chain: Chain;
}

/** Whom a link leads to; null where its report or its recipient is not there any more. */
export async function findUnsubscriber(db: Database, token: string): Promise<Unsubscriber | null> {
  const read = readUnsubscribeToken(token);
  const pointer = read && (await findPointer(db, read.subscriptionId));
  if (!read || !pointer) return null;
  const { customerId, ancestors } = pointer;
  const [item, chain] = await Promise.all([
    db.get(subscriptionKey(customerId, read.subscriptionId)),
    readChain(db, customerId, { customerId, ancestors }),
  ]);
  if (!item || !chain) return null;
  const subscription = readSubscription(item);
  const recipient = subscription.recipients.find((one) => one.token === read.secret);
  return recipient ? { subscription, recipient, chain } : null;
}

/** The page may do nothing but send its own form. */
const headers = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** The page for whom a link leads to. */
export async function pageFor(
  found: Unsubscriber | null,
  done: boolean,
): Promise<{ text: string; headers: Record<string, string> }> {
  const subject: PageSubject | null = found && {
    report: found.subscription.report,
    customer: found.chain[0].name,
    address: found.recipient.email,
    done,
  };
  const locale = found ? (found.subscription.locale ?? effectiveSettings(found.chain).locale.value) : "en";
  return { text: await drawPage(subject, locale), headers };
}
