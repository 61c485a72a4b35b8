import * as z from "zod";
import type { ContactRecord } from "../../domain/accounts/contact.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { type DomainError, notFound, refuse } from "../../domain/terms/errors.ts";
import { AccountId, ContactId, CustomerId, MailId } from "../../domain/terms/ids.ts";
import { lookOf, type Mail, MailLook, MailMatter, presentRecipient } from "../../domain/mail/mail.ts";
import { effectiveSettings } from "../../domain/terms/settings.ts";
import { takesMail } from "./addresses.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { customerKey, dueKey, mailKey } from "../table/keys.ts";
import type { Seal, StoreContext, WorkContext } from "../hierarchy/scope.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/** How long a mail whose change was committed is left to the stream before a sweep takes it. */
const streamsTurnMs = 2 * 60_000;

/** A mail as the outbox keeps it. Its secret is sealed for the sender, and dropped once the mail is settled. */
export const MailRecord = z.object({
  id: MailId,
  customerId: CustomerId,
  /** Ids above the customer, as a hint. */
  ancestors: z.array(CustomerId),
  accountId: AccountId.nullable().default(null),
  contactId: ContactId.nullable().default(null),
  to: z.object({ name: z.string(), address: z.string() }),
  matter: MailMatter,
  look: MailLook,
  sealedSecret: z.string().nullable().default(null),
  state: z.enum(["queued", "claimed", "sent", "unknown", "failed", "suppressed"]),
  /** Times that somebody began to send it. */
  attempts: z.int(),
  /** Who is sending it, or was the last to try. */
  claim: z.string().nullable().default(null),
  queuedAt: z.string(),
  /** When somebody is to look at it; null: it is settled. */
  dueAt: z.string().nullable().default(null),
  claimedAt: z.string().nullable().default(null),
  sentAt: z.string().nullable().default(null),
  settledAt: z.string().nullable().default(null),
  messageId: z.string().nullable().default(null),
  /** What was in the way the last time. */
  problem: z.string().nullable().default(null),
});
export type MailRecord = z.infer<typeof MailRecord>;

/** A mail as the table holds it. @throws z.ZodError where it is not one */
export const readMail = (item: Item): MailRecord => MailRecord.parse(item);

/** A mail as the API shows it: neither its secret nor what it says. */
export const presentMail = (mail: MailRecord): z.infer<typeof Mail> => ({
  id: mail.id,
  customerId: mail.customerId,
  accountId: mail.accountId,
  contactId: mail.contactId,
  template: mail.matter.template,
  to: presentRecipient(mail.to),
  state: mail.state,
  attempts: mail.attempts,
  queuedAt: mail.queuedAt,
  sentAt: mail.sentAt,
  // A new mail does not wait for its timer, which is there in case that the stream brings it to nobody.
  nextAttemptAt: mail.state === "queued" && mail.attempts > 0 ? mail.dueAt : null,
  problem: mail.problem,
});

const suppressed = (address: string, path: string) =>
  refuse(
    "address_suppressed",
    path,
    `${address} has refused mail or reported it as spam; no more mail is sent to it${path === "password" ? "; set the password yourself" : ""}.`,
  );

/** A mail that is to be written with a change. */
export interface NewMail {
  matter: MailMatter;
  to: { name: string; address: string };
  accountId: string | null;
  contactId: string | null;
  locale: string;
  /** Goes into the mail and nowhere else. */
  secret: string | null;
  /** Zone of its times; absent: the customer's. */
  timezone?: string;
}

type Addressee = Pick<ContactRecord, "suppression" | "email">;

/** Why no mail may be sent to somebody of a customer; null: it may. `path` is what the caller could have said instead. */
export function refusalToMail(
  { sendsMail }: Pick<WorkContext, "sendsMail">,
  chain: Chain,
  contact: Addressee | null,
  path: string,
): DomainError | null {
  const instead = path === "password" ? "; set the password yourself" : "";
  if (!sendsMail) return refuse("mail_disabled", path, `This installation has no address to send mail from${instead}.`);
  const { value: enabled, source } = effectiveSettings(chain).mail.enabled;
  if (!enabled)
    return refuse("mail_disabled", path, `Mail is switched off by the ${source.level}'s settings${instead}.`);
  return contact?.suppression ? suppressed(contact.email, path) : null;
}
/** @throws DomainError mail_disabled | address_suppressed where no mail may be sent to somebody of a customer */
export function checkMayMail(...about: Parameters<typeof refusalToMail>): void {
  const refusal = refusalToMail(...about);
  if (refusal) throw refusal;
}

/**
 * The writes that queue a mail with the change that it tells of, as long as its address takes mail. Its look is that of now.
 * `path` is what the caller could have said instead; a change that nobody has asked for says "". Without `seal` the mail must carry no secret.
 * @throws on commit: address_suppressed
 */
export async function queueMail(
  context: WorkContext,
  mail: NewMail,
  chain: Chain,
  path: string,
  seal?: Seal,
): Promise<{ mail: MailRecord; writes: Write[] }> {
  const id = context.id("mail");
  const now = context.now();
  const dueAt = new Date(now + streamsTurnMs).toISOString();
  const { matter, to, accountId, contactId, locale, secret } = mail;
  if (secret !== null && !seal) throw new Error("This function cannot seal secrets.");
  const record: MailRecord = {
    id,
    customerId: chain[0].id,
    ancestors: chain.slice(1).map((above) => above.id),
    accountId,
    contactId,
    to,
    matter,
    look: { ...lookOf(chain, locale), ...(mail.timezone !== undefined && { timezone: mail.timezone }) },
    sealedSecret: secret === null || !seal ? null : await seal(secret, id),
    state: "queued",
    attempts: 0,
    claim: null,
    queuedAt: new Date(now).toISOString(),
    dueAt,
    claimedAt: null,
    sentAt: null,
    settledAt: null,
    messageId: null,
    problem: null,
  };
  const key = mailKey(id);
  return {
    mail: record,
    writes: [
      takesMail(to.address, suppressed(to.address, path)),
      insert(key, { kind: "mail", ...record, ...dueKey(key.pk, "mail", dueAt) }),
    ],
  };
}

/** The mails of the caller's branch. Without `seal` none can be queued that carries a secret. */
export const outboxStore = (context: StoreContext, seal?: Seal) => ({
  /** `checkMayMail` for a change of the caller. @throws DomainError mail_disabled | address_suppressed */
  checkMay: (chain: Chain, contact: Addressee | null, path: string): void =>
    checkMayMail(context, chain, contact, path),
  /** `queueMail` for a change of the caller. @throws on commit: address_suppressed */
  queue: (mail: NewMail, chain: Chain, path: string) => queueMail(context, mail, chain, path, seal),

  /** @throws DomainError not_found */
  async load(id: string): Promise<MailRecord> {
    const item = await context.db.get(mailKey(id));
    if (!item) throw notFound("mail");
    const mail = readMail(item);
    context.db.prefetch([mail.customerId, ...mail.ancestors].map(customerKey));
    await loadChain(context, mail.customerId).catch((error: unknown) => {
      throw error instanceof Error && "code" in error && error.code === "not_found" ? notFound("mail") : error;
    });
    return mail;
  },
});
