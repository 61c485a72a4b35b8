import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import type { Delivery } from "../../shared/domain/reports/run.ts";
import { stateOf, type SubscriptionRecord } from "../../shared/domain/reports/subscription.ts";
import { unsubscribeUrl } from "../../shared/domain/reports/unsubscribe-link.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { queueMail } from "../../shared/store/mail/outbox.ts";
import { suppressionsOf } from "../../shared/store/reports/subscriptions.ts";
import type { Write } from "../../shared/store/table/writes.ts";

/** Who gets a report, and who does not. */
export async function deliveriesOf({ open }: JobDeps, subscription: SubscriptionRecord): Promise<Delivery[]> {
  const suppressions = await suppressionsOf(open(), [subscription]);
  return subscription.recipients.map((recipient) => {
    const { email, name } = recipient;
    const { state } = stateOf(recipient, suppressions);
    return { email, name, state: state === "active" ? "queued" : state, mailId: null };
  });
}

/** The mails of a report, one for each recipient that takes any. */
export async function mailsOf(
  deps: JobDeps,
  chain: Chain,
  subscription: SubscriptionRecord,
  contentId: string,
  deliveries: readonly Delivery[],
): Promise<{ deliveries: Delivery[]; writes: Write[] }> {
  const { timezone } = subscription;
  const locale = subscription.locale ?? effectiveSettings(chain).locale.value;
  const tokens = new Map(subscription.recipients.map(({ email, token }) => [email, token]));
  const writes: Write[] = [];
  const done: Delivery[] = [];
  for (const delivery of deliveries) {
    if (delivery.state !== "queued") {
      done.push(delivery);
      continue;
    }
    const { email: address, name } = delivery;
    const recipient = name ?? address;
    const matter = {
      template: "report" as const,
      recipient,
      customer: chain[0].name,
      contentId,
      unsubscribeUrl: unsubscribeUrl(deps.env.PUBLIC_URL, subscription.id, tokens.get(address) ?? ""),
    };
    const to = { name: recipient, address };
    const mail = { matter, to, accountId: null, contactId: null, locale, secret: null, timezone };
    const queued = await queueMail(deps.context, mail, chain, "");
    // Whether the address takes mail is looked up once more when it is sent.
    writes.push(...queued.writes.filter(({ kind }) => kind !== "check"));
    done.push({ ...delivery, mailId: queued.mail.id });
  }
  return { deliveries: done, writes };
}
