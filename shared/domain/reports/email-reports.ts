import type { CustomerRecord } from "../hierarchy/customer.ts";
import { normaliseAddress } from "../terms/addresses.ts";
import { newSubscription, patchedSubscription, type SubscriptionRecord } from "./subscription.ts";

/*
 * `emailReports` of a customer (document 001): the activity of its branch, mailed to its own address every morning. The switch is a report
 * subscription like others, which can be changed as well; its id follows from the customer's, so it is found without being looked for.
 */

/** The hour at which it comes, in the customer's time zone. */
const hour = 6;

/** The id of the subscription behind a customer's `emailReports`. */
export const emailReportsId = (customerId: string): string => `sub_${customerId.slice("cus_".length)}`;

type Switch = Pick<CustomerRecord, "id" | "email" | "emailReports">;

/**
 * The subscription as a customer's switch and address ask for; null where none is needed. Other recipients, and whatever else was changed, stay.
 * @param before the customer as it was; null: it is new
 * @param present the subscription as it stands, if it does
 */
export function emailReportsOf(
  before: Switch | null,
  after: Switch,
  present: SubscriptionRecord | null,
  place: { timezone: string; nowMs: number; newToken: () => string },
): SubscriptionRecord | null {
  if (present === null)
    return after.emailReports
      ? newSubscription(
          {
            customerId: after.id,
            kind: "activity",
            frequency: "daily",
            hour,
            minute: 0,
            recipients: [{ email: after.email }],
            attachCsv: false,
            active: true,
          },
          { ...place, id: emailReportsId(after.id) },
        )
      : null;
  const recipients = withAddress(present, before?.email ?? after.email, after.email);
  const merged = patchedSubscription(present, { active: after.emailReports, recipients }, place.nowMs, place.newToken);
  return JSON.stringify(merged) === JSON.stringify(present)
    ? present
    : { ...merged, version: present.version + 1, updatedAt: new Date(place.nowMs).toISOString() };
}

/** The recipients once the customer has another address: it takes the place of the one before, if that still was one. */
function withAddress({ recipients }: SubscriptionRecord, before: string, after: string) {
  const same = (one: string, other: string): boolean => normaliseAddress(one) === normaliseAddress(other);
  const known = recipients.some(({ email }) => same(email, after));
  return recipients.map(({ email, name }) => ({ email: !known && same(email, before) ? after : email, name }));
}
