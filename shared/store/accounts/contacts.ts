import * as z from "zod";
import type { AccountRecord } from "../../domain/accounts/account.ts";
import { ContactRecord, type Suppression } from "../../domain/accounts/contact.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { notFound, refuse } from "../../domain/terms/errors.ts";
import { AccountId } from "../../domain/terms/ids.ts";
import { findSuppression, releaseAddress } from "../mail/addresses.ts";
import { loadChain, loadLiveChain, orAbsent } from "../hierarchy/branch.ts";
import { contactKey, contactPrefix, contactUseKey, contactUsePrefix, pointerKey } from "../table/keys.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { findPointer, insertPointer, loadPlace, pointTo } from "../hierarchy/pointers.ts";
import type { StoreContext, WorkContext } from "../hierarchy/scope.ts";
import type { Item } from "../table/units.ts";
import { insert, Stale, type Write } from "../table/writes.ts";

const ContactItem = ContactRecord.extend({
  phone: z.string().nullable().default(null),
  locale: z.string().nullable().default(null),
  suppression: ContactRecord.shape.suppression.default(null),
});
/** A contact as the table holds it. @throws Error where it is not one */
export const readContact = (item: Item): ContactRecord => ContactItem.parse(item);

/** Accounts that a refusal names at most. */
const namedAtMost = 20;

/** Writes of a new contact of a customer. */
export const insertContact = (contact: ContactRecord, chain: Chain): Write[] => [
  insert(contactKey(contact.customerId, contact.id), { kind: "contact", ...contact }),
  insertPointer(contact.id, chain),
];

/** Writes that put a contact to use by an account, or end that. */
export const useContact = (
  contact: Pick<ContactRecord, "id" | "customerId">,
  accountId: string,
  times: 1 | -1,
): Write[] => [
  {
    kind: "update",
    key: contactKey(contact.customerId, contact.id),
    set: {},
    add: { accountCount: times },
    // Deleted in the same moment, it is looked for again, and missed.
    when: [{ exists: true }],
  },
  contactUse(contact, accountId, times),
];

/** The write that says which account uses a contact, or that it no longer does. */
export const contactUse = (
  { id, customerId }: Pick<ContactRecord, "id" | "customerId">,
  accountId: string,
  times: 1 | -1,
): Write => {
  const key = contactUseKey(customerId, id, accountId);
  return times === 1
    ? insert(key, { kind: "contact-use", accountId })
    : { kind: "delete", key, when: [{ exists: true }] };
};

/** Accounts that must all be on their way for their contact to come along itself; one with more users is copied. */
const comeAlongAtMost = 20;

/**
 * Writes by which an account takes its contact along to another customer. The contact itself moves where all who use it are on their way; else it is
 * copied, once for all of them.
 * @param going the accounts that are on their way, with this one
 * @param copied the copies that others of them have made, by the ids of the contacts that they are of
 * @returns the contact that the account has there
 */
export async function carryContact(
  { db, id: newId, now }: WorkContext,
  account: Pick<AccountRecord, "id" | "customerId" | "contactId">,
  to: Chain,
  going: readonly string[],
  copied: Readonly<Record<string, string>>,
): Promise<{ contactId: string; writes: Write[]; copied: Readonly<Record<string, string>> }> {
  const { id, customerId, contactId } = account;
  const [old, there] = [contactKey(customerId, contactId), contactKey(to[0].id, contactId)];
  const [item, arrived, uses] = await Promise.all([
    db.get(old),
    db.get(there),
    db.query({ pk: customerId, prefix: contactUsePrefix(contactId), limit: comeAlongAtMost + 1 }),
  ]);
  const copy = copied[contactId];
  if (copy !== undefined)
    return {
      contactId: copy,
      copied,
      writes: [
        ...useContact({ id: contactId, customerId }, id, -1),
        ...useContact({ id: copy, customerId: to[0].id }, id, 1),
      ],
    };
  if (arrived)
    return {
      contactId,
      copied,
      writes: [
        contactUse({ id: contactId, customerId }, id, -1),
        ...useContact({ id: contactId, customerId: to[0].id }, id, 1),
      ],
    };
  if (!item) throw new Stale(`The contact ${contactId} is not there any more.`);
  const contact = readContact(item);
  const users = uses.items.map((use) => String(use["accountId"]));
  const updatedAt = new Date(now()).toISOString();
  if (users.length <= comeAlongAtMost && users.every((user) => going.includes(user))) {
    const moved = { ...contact, customerId: to[0].id, accountCount: 1, version: contact.version + 1, updatedAt };
    return {
      contactId,
      copied,
      writes: [
        {
          kind: "delete",
          key: old,
          when: [
            { attribute: "version", is: contact.version },
            { attribute: "accountCount", is: contact.accountCount },
          ],
        },
        insert(there, { kind: "contact", ...moved }),
        pointTo(contactId, to),
        contactUse(contact, id, -1),
        contactUse(moved, id, 1),
      ],
    };
  }
  const made = {
    ...contact,
    id: newId("contact"),
    customerId: to[0].id,
    accountCount: 1,
    version: 1,
    createdAt: updatedAt,
    updatedAt,
  };
  return {
    contactId: made.id,
    copied: { ...copied, [contactId]: made.id },
    writes: [...useContact(contact, id, -1), ...insertContact(made, to), contactUse(made, id, 1)],
  };
}

/** A contact that a request names for a customer's account. @throws DomainError not_found | contact_of_other_customer */
export async function loadContactOf(context: StoreContext, chain: Chain, id: string): Promise<ContactRecord> {
  context.db.prefetch([contactKey(chain[0].id, id), pointerKey(id)]);
  const item = await context.db.get(contactKey(chain[0].id, id));
  if (item) return readContact(item);
  const pointer = await findPointer(context.db, id);
  const elsewhere = pointer && (await orAbsent(loadChain(context, pointer.customerId)));
  if (!elsewhere) throw notFound("contact");
  throw refuse(
    "contact_of_other_customer",
    "contactId",
    "The contact belongs to another customer; create one for this customer.",
  );
}

/** The contacts of the caller's branch. */
export const contactStore = (context: StoreContext) => {
  const { db } = context;
  const load = async (id: string, live: boolean): Promise<{ contact: ContactRecord; chain: Chain }> => {
    const { chain, read: item } = await loadPlace(context, id, "contact", live, ({ customerId }) =>
      db.get(contactKey(customerId, id)),
    );
    if (!item) throw notFound("contact");
    return { contact: readContact(item), chain };
  };
  return {
    /** @throws DomainError not_found */
    load: async (id: string): Promise<ContactRecord> => (await load(id, false)).contact,
    /** The same with its customer's chain, for a change. @throws DomainError not_found | customer_deleted */
    loadLive: (id: string): Promise<{ contact: ContactRecord; chain: Chain }> => load(id, true),
    /** The customer that a new contact is to belong to. @throws DomainError not_found | customer_deleted */
    loadOwner: (customerId: string): Promise<Chain> => loadLiveChain(context, customerId),
    /** What is known of an address. */
    suppressionOf: (address: string): Promise<Suppression | null> => findSuppression(db, address),

    /** A page of a customer's contacts, oldest first. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ contacts: ContactRecord[]; next: string | null }> {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix: contactPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const shown = items.slice(0, limit);
      return {
        contacts: shown.map(readContact),
        next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
      };
    },

    /** The accounts that use a contact, the first twenty. */
    async usedBy(contact: ContactRecord): Promise<string[]> {
      const prefix = contactUsePrefix(contact.id);
      const { items } = await db.query({ pk: contact.customerId, prefix, limit: namedAtMost });
      return items.map((item) => z.object({ accountId: AccountId }).parse(item).accountId);
    },

    insert: insertContact,

    /** The write that brings a contact from one state to another. Its count of accounts is left alone. */
    save(before: ContactRecord, after: ContactRecord): Write[] {
      const { name, email, phone, locale, suppression, updatedAt, version } = after;
      return [
        {
          kind: "update",
          key: contactKey(before.customerId, before.id),
          set: { name, email, phone, locale, suppression, updatedAt, version },
          add: {},
          when: [{ attribute: "version", is: before.version }],
        },
      ];
    },

    /** Writes that remove a contact that no account uses. @throws on commit: Stale where one has begun to */
    remove: (contact: ContactRecord): Write[] => [
      {
        kind: "delete",
        key: contactKey(contact.customerId, contact.id),
        when: [
          { attribute: "version", is: contact.version },
          { attribute: "accountCount", is: 0 },
        ],
      },
      { kind: "delete", key: pointerKey(contact.id), when: [{ exists: true }] },
    ],

    releaseAddress,
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("contact"),
    caller: context.caller,
  };
};
