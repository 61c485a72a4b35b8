import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { normaliseAddress } from "../../domain/terms/addresses.ts";
import type { MailMatter } from "../../domain/mail/mail.ts";
import { endedTrial } from "../../domain/terms/trial.ts";
import { saveCustomer } from "../hierarchy/customers.ts";
import { type Author, logWrite } from "../hierarchy/log.ts";
import { addressKey, customerKey } from "../table/keys.ts";
import { queueNotice } from "../mail/notices.ts";
import type { StoreContext, WorkContext } from "../hierarchy/scope.ts";
import type { Write } from "../table/writes.ts";

/** Whom a mail about a trial is for, and whose trial it tells of. */
type About = Pick<Extract<MailMatter, { template: "trial-notice" }>, "audience" | "recipient" | "customer">;

/**
 * The writes that tell customer and seller of a trial by mail: each in the language and the look that it has, once where both have
 * the same address. Whoever takes no mail, or has it switched off, is left out.
 * @param write says what the mail to one of them tells
 */
export async function trialMails(
  context: WorkContext,
  chain: Chain,
  write: (about: About) => MailMatter,
): Promise<Write[]> {
  const [customer, seller, ...above] = chain;
  const matter = (audience: About["audience"], recipient: CustomerRecord): MailMatter =>
    write({ audience, recipient: recipient.contactName ?? recipient.name, customer: customer.name });
  // What is known of both addresses is read at once.
  context.db.prefetch([customer, ...(seller ? [seller] : [])].map(({ email }) => addressKey(email)));
  const toCustomer = await queueNotice(context, chain, matter("customer", customer), customer.email);
  if (!seller || normaliseAddress(seller.email) === normaliseAddress(customer.email)) return toCustomer;
  return [...toCustomer, ...(await queueNotice(context, [seller, ...above], matter("seller", seller), seller.email))];
}

/**
 * The change that ends a customer's trial at a moment: production, and invoices, from then on. Customer and seller hear of it.
 * @param at when it ends, ISO 8601: the end that was set, however late it is noticed, or now @throws DomainError not_applicable
 */
export async function trialEnding(
  context: WorkContext & Author,
  chain: Chain,
  at: string,
): Promise<{ record: CustomerRecord; writes: Write[] }> {
  const [before, ...parents] = chain;
  const { id, level, name, trialEndsAt } = before;
  const record: CustomerRecord = {
    ...before,
    ...endedTrial(before, at),
    version: before.version + 1,
    updatedAt: new Date(context.now()).toISOString(),
  };
  const changes = [{ path: "trial.endsAt", before: trialEndsAt, after: null }];
  return {
    record,
    writes: [
      ...saveCustomer(before, record, parents),
      ...(await trialMails(context, chain, (about) => ({
        template: "trial-ended",
        ...about,
        endedAt: at,
        early: at !== trialEndsAt,
      }))),
      logWrite(context, chain, { type: "TrialEnded", node: { id, level, name }, changes }),
    ],
  };
}

/** Trials of customers of the caller's branch. */
export const trialStore = (context: StoreContext) => ({
  ending: (chain: Chain, at: string) => trialEnding(context, chain, at),
  /** Writes of a trial with another end. A notice that goes out in the same moment calls for another look. */
  extension: (before: CustomerRecord, after: CustomerRecord, parents: readonly CustomerRecord[]): Write[] => [
    ...saveCustomer(before, after, parents),
    {
      kind: "update",
      key: customerKey(before.id),
      set: {},
      add: {},
      when: [{ attribute: "trialNoticeAt", is: before.trialNoticeAt }],
    },
  ],
});
