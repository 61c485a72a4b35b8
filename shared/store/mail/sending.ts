import type { Suppression } from "../../domain/accounts/contact.ts";
import { claimMs, eventsWaitMs, fewestAttempts, giveUpMs, keptMs, pauseMs } from "../../domain/mail/mail-timing.ts";
import { findSuppression, suppressAddress } from "./addresses.ts";
import { readChain } from "../hierarchy/chain.ts";
import type { Database } from "../table/database.ts";
import { contactKey, dueKey, mailKey } from "../table/keys.ts";
import { type Author, logWrite } from "../hierarchy/log.ts";
import { type MailRecord, readMail } from "./outbox.ts";
import { Contended, type Condition, Stale, type Update, type Write } from "../table/writes.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** The attributes of a mail that somebody is to look at again. */
const due = (id: string, at: string) => ({ dueAt: at, ...dueKey(mailKey(id).pk, "mail", at) });
/** The attributes of a mail that nobody need look at any more: its timer goes, and with it the secret. */
const settled = (now: number) => ({
  dueAt: null,
  duePk: null,
  dueSk: null,
  sealedSecret: null,
  settledAt: iso(now),
  expiresAt: Math.ceil((now + keptMs) / 1000),
});

/** The transition of a mail from the state in which it was seen. Somebody who came in between makes it void. */
const transition = (seen: MailRecord, set: Update["set"], more: readonly Condition[] = []): Update => ({
  kind: "update",
  key: mailKey(seen.id),
  set,
  add: {},
  when: [
    { attribute: "state", is: seen.state },
    { attribute: "attempts", is: seen.attempts },
    { attribute: "claim", is: seen.claim },
    ...more,
  ],
});

/** Claims a mail, so that nobody else sends it. @returns the mail as it stands then; null where somebody else was faster */
export async function claimMail(
  open: () => Database,
  seen: MailRecord,
  claim: string,
  now: number,
): Promise<MailRecord | null> {
  const dueAt = iso(now + claimMs);
  const after: MailRecord = {
    ...seen,
    state: "claimed",
    claim,
    claimedAt: iso(now),
    dueAt,
    attempts: seen.attempts + 1,
  };
  const { state, claimedAt, attempts } = after;
  const set = { state, claim, claimedAt, attempts, ...due(seen.id, dueAt) };
  if ((await open().update(transition(seen, set))) !== undefined) return after;
  // Of two attempts of one call the first may have taken effect unheard.
  const item = await open().get(mailKey(seen.id));
  const found = item ? readMail(item) : null;
  return found?.claim === claim && found.state === "claimed" ? found : null;
}

/** Records that SES has accepted a mail. An event may have said so before. */
export const mailAccepted = async (db: Database, mail: MailRecord, messageId: string, now: number): Promise<void> => {
  await db.update(transition(mail, { state: "sent", sentAt: iso(now), messageId, problem: null, ...settled(now) }));
};

/** Records that the answer was lost: from now on events are waited for. */
export const mailUnknown = async (db: Database, mail: MailRecord, problem: string, now: number): Promise<void> => {
  const since = mail.claimedAt === null ? now : Date.parse(mail.claimedAt);
  await db.update(transition(mail, { state: "unknown", problem, ...due(mail.id, iso(since + eventsWaitMs)) }));
};

const givenUpAt = (mail: MailRecord): number => Date.parse(mail.queuedAt) + giveUpMs;

/** Whether a mail has been on its way for too long, and tried too often, to be tried once more. */
export const isOverdue = (mail: MailRecord, now: number): boolean =>
  now >= givenUpAt(mail) && mail.attempts >= fewestAttempts;

/** Puts a mail back for another try, after a pause that grows. */
export const mailLater = async (db: Database, mail: MailRecord, problem: string, now: number): Promise<void> => {
  const next = now + pauseMs(mail.attempts);
  // The last time is when it would be given up.
  const at = iso(now < givenUpAt(mail) ? Math.min(next, givenUpAt(mail)) : next);
  await db.update(transition(mail, { state: "queued", problem, ...due(mail.id, at) }));
};

/** The writes of a log entry about a mail, where its customer still exists. */
async function mailLog(
  db: Database,
  author: Author,
  mail: MailRecord,
  type: "MailFailed" | "AddressSuppressed",
  problem: string,
): Promise<Write[]> {
  const { customerId, ancestors } = mail;
  const chain = await readChain(db, customerId, { customerId, ancestors });
  if (!chain) return [];
  const id = mail.contactId ?? mail.accountId ?? customerId;
  const changes = [{ path: "mail", before: null, after: { id: mail.id, template: mail.matter.template, problem } }];
  return [logWrite(author, chain, { type, node: { id, level: null, name: mail.to.address }, changes })];
}

/** Commits a change whose mail may have changed meanwhile. @returns whether it was made */
async function committed(db: Database, writes: readonly Write[]): Promise<boolean> {
  try {
    await db.commit(writes);
    return true;
  } catch (error) {
    if (error instanceof Stale || error instanceof Contended) return false;
    throw error;
  }
}

/** Gives a mail up for good, and says so in the log. @returns false where somebody else has changed it meanwhile */
export async function mailFailed(
  db: Database,
  author: Author,
  mail: MailRecord,
  problem: string,
  now: number,
): Promise<boolean> {
  const set = { state: "failed", problem, ...settled(now) };
  return committed(db, [transition(mail, set), ...(await mailLog(db, author, mail, "MailFailed", problem))]);
}

/** The write that shows on a contact that its address takes no mail, as long as that is still its address. */
const markContact = async (db: Database, mail: MailRecord, suppression: Suppression): Promise<Write[]> => {
  if (mail.contactId === null) return [];
  const key = contactKey(mail.customerId, mail.contactId);
  const contact = await db.get(key);
  const version = contact?.["version"];
  if (contact?.["email"] !== mail.to.address || contact["suppression"] !== undefined || typeof version !== "number")
    return [];
  return [
    {
      kind: "update",
      key,
      set: { suppression, version: version + 1, updatedAt: suppression.at },
      add: {},
      when: [{ attribute: "version", is: version }],
    },
  ];
};

/** Settles a mail whose address takes none, and shows it on the contact. @returns false where somebody else has changed it meanwhile */
export async function mailSuppressed(
  db: Database,
  author: Author,
  mail: MailRecord,
  suppression: Suppression,
  now: number,
): Promise<boolean> {
  const marked = await markContact(db, mail, suppression);
  return committed(db, [
    transition(mail, { state: "suppressed", problem: `The address has ${suppression.reason}.`, ...settled(now) }),
    ...marked,
    ...(marked.length > 0 ? await mailLog(db, author, mail, "AddressSuppressed", suppression.reason) : []),
  ]);
}

const eventTries = 20;

/** What an event says of a mail that was handed to SES. */
export type MailEvent =
  | { type: "accepted"; messageId: string }
  | { type: "rejected"; problem: string }
  | { type: "suppress"; suppression: Suppression };

/**
 * Takes an event in, from fresh reads until nobody comes in between. An event that comes twice, or late, changes nothing more.
 * @returns whether it was news, was known before, or is of a mail that is not known (any more)
 */
export async function takeMailEvent(
  open: () => Database,
  author: Author,
  mailId: string,
  event: MailEvent,
  now: number,
): Promise<"news" | "known" | "unknown"> {
  for (let attempt = 1; attempt <= eventTries; attempt += 1) {
    const db = open();
    const item = await db.get(mailKey(mailId));
    if (!item) return "unknown";
    const mail = readMail(item);
    const unsettled = mail.state === "queued" || mail.state === "claimed" || mail.state === "unknown";
    switch (event.type) {
      case "accepted": {
        if (!unsettled) return "known";
        const set = { state: "sent", sentAt: iso(now), messageId: event.messageId, problem: null, ...settled(now) };
        if ((await db.update(transition(mail, set))) !== undefined) return "news";
        break;
      }
      case "rejected":
        if (mail.state === "failed") return "known";
        if (await mailFailed(db, author, mail, event.problem, now)) return "news";
        break;
      case "suppress": {
        const marked = await markContact(db, mail, event.suppression);
        const known = await findSuppression(db, mail.to.address);
        const writes = [
          // A complaint is more than a bounce: it is not released by everybody.
          suppressAddress(mail.to.address, known?.reason === "complained" ? known : event.suppression),
          {
            kind: "update" as const,
            key: mailKey(mailId),
            set: { problem: `The address has ${event.suppression.reason}.` },
            add: {},
            when: [{ exists: true }],
          },
          ...marked,
          ...(marked.length > 0 ? await mailLog(db, author, mail, "AddressSuppressed", event.suppression.reason) : []),
        ];
        if (await committed(db, writes)) return "news";
        break;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, attempt * 5));
  }
  throw new Contended("The mail keeps changing; the event comes again.");
}
