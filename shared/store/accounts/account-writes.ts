import * as z from "zod";
import { type AccountPlace, AccountRecord } from "../../domain/accounts/account.ts";
import type { ContactRecord } from "../../domain/accounts/contact.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { refuse } from "../../domain/terms/errors.ts";
import { AccountId } from "../../domain/terms/ids.ts";
import { plansAtMost } from "../../domain/accounts/service-plan.ts";
import { contactUse, insertContact, readContact, useContact } from "./contacts.ts";
import { hashPassword, temporaryPassword } from "../access/credentials.ts";
import type { Database } from "../table/database.ts";
import type { QueryInput } from "../table/queries.ts";
import {
  accountKey,
  accountRefKey,
  customerKey,
  contactKey,
  loginKey,
  planGuardKey,
  planGuardPrefix,
  pointerKey,
  type Key,
} from "../table/keys.ts";
import { loginItem } from "../access/logins.ts";
import { readPlans } from "./plans.ts";
import { findPointer, insertPointer } from "../hierarchy/pointers.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { timerChanges, type Timers } from "../table/timers.ts";
import { insert, removeWhere, Stale, type Write } from "../table/writes.ts";

/** Why an account cannot have a user name. */
export const loginTaken = (username: string) =>
  refuse("login_taken", "username", `The user name "${username}" is taken; user names are unique in the installation.`);
/** Why a customer cannot have another parent account for a plan. */
export const planTaken = (plan: string, accountId?: string) =>
  refuse(
    "plan_taken",
    "plan",
    `The customer has a parent account for ${plan} already${accountId === undefined ? "" : `: ${accountId}`}; create a sub-account of it.`,
  );

export const accountRefTaken = (ref: string, takenBy?: string) =>
  refuse(
    "external_ref_taken",
    "externalRef",
    `The reference "${ref}" is taken by another account${takenBy === undefined ? "" : `: ${takenBy}`}.`,
  );

/** Where a reference of an account stands: among the parent accounts of its customer, or the sub-accounts of its parent account. */
const refPlaceOf = (account: Pick<AccountRecord, "customerId" | "parentAccountId" | "externalRef">): Key | null =>
  account.externalRef === null
    ? null
    : accountRefKey(account.parentAccountId ?? account.customerId, account.externalRef);

/**
 * The writes that bring the reference of an account from one state of its record to another; null: it is new, or gone. Those of a sub-account are counted
 * at its parent account: a move that brings that one others looks for such.
 * @throws on commit: external_ref_taken
 */
export function accountRefs(before: AccountRecord | null, after: AccountRecord | null, refuses = true): Write[] {
  const [old, now] = [before && refPlaceOf(before), after && refPlaceOf(after)];
  if (old?.pk === now?.pk) return [];
  const { id, customerId, parentAccountId, externalRef } = after ?? {};
  return [
    ...(old && before ? [removeWhere(old, "accountId", before.id)] : []),
    ...(now && id !== undefined
      ? [
          insert(
            now,
            { kind: "account-ref", accountId: id },
            refuses ? accountRefTaken(String(externalRef)) : undefined,
          ),
        ]
      : []),
    ...(now && customerId !== undefined && typeof parentAccountId === "string"
      ? [
          {
            kind: "update" as const,
            key: accountKey(customerId, parentAccountId),
            set: {},
            add: { refChanges: 1 },
            when: [{ exists: true }],
          },
        ]
      : []),
  ];
}

/** The condition on which a sub-account gets a reference: nothing follows its parent account from another customer, as that has been looked through. */
const whileNothingMoves = (
  before: AccountRecord | null,
  { customerId, parentAccountId, externalRef }: AccountRecord,
): Write[] =>
  parentAccountId === null || externalRef === null || externalRef === before?.externalRef
    ? []
    : [{ kind: "check", key: customerKey(customerId), when: [{ attribute: "moveId", is: null }] }];

/** Attributes that others count up and down, or that never change; they do not travel with a save. */
const kept: ReadonlySet<string> = new Set([
  "id",
  "customerId",
  "parentAccountId",
  "usedBytes",
  "deviceCount",
  "licencesUsed",
  "licencesUsedToDate",
  "devicesHeld",
  "setMoves",
  "refChanges",
  "createdAt",
]);

/** The timers of an account as they follow from its record. One that is deleted waits for its purge alone. */
export const timersOf = ({ trialEndsAt, trialEndedAt, trialDeleteAt, deletedAt, purgeAt }: AccountRecord): Timers => ({
  "account-trial-end": trialEndedAt === null && deletedAt === null ? trialEndsAt : null,
  "account-trial-delete": deletedAt === null ? trialDeleteAt : null,
  "account-purge": purgeAt,
});

/** Reads what stands in a customer's partition, by ids that are known. */
export const lookingAt = (db: Database) => {
  /** What an account needs is not where it was looked for. @throws Stale where it has gone to another customer since */
  const missing = async (customerId: string, id: string): Promise<never> => {
    const pointer = await findPointer(db.fresh(), id);
    if (pointer && pointer.customerId !== customerId) throw new Stale("It has been moved.");
    throw new Error(`An account of ${customerId} needs ${id}, which does not exist.`);
  };
  const recordAt = async (customerId: string, id: string): Promise<AccountRecord | null> => {
    const item = await db.get(accountKey(customerId, id));
    return item ? AccountRecord.parse(item) : null;
  };
  const contactAt = async (customerId: string, id: string): Promise<ContactRecord> => {
    const item = await db.get(contactKey(customerId, id));
    return item ? readContact(item) : missing(customerId, id);
  };
  return {
    recordAt,
    contactAt,
    /** The parent account of a sub-account; null: it is a parent account itself. */
    async parentOf({ customerId, parentAccountId }: AccountRecord): Promise<AccountRecord | null> {
      if (parentAccountId === null) return null;
      return (await recordAt(customerId, parentAccountId)) ?? missing(customerId, parentAccountId);
    },
    /** The contact of an account that may be on its way from another customer: it has gone ahead, or follows with the account. */
    async contactOf({ customerId, contactId }: AccountRecord, fromId: string): Promise<ContactRecord> {
      if (fromId === customerId) return contactAt(customerId, contactId);
      const item = await db.get(contactKey(customerId, contactId));
      return item ? readContact(item) : contactAt(fromId, contactId);
    },
  };
};

const planGuardsOf = (customerId: string): QueryInput => ({
  pk: customerId,
  prefix: planGuardPrefix,
  limit: plansAtMost,
});
/** Starts reading what tells of the parent accounts of a customer. */
export const prefetchParentAccounts = (db: Database, customerId: string): void =>
  db.prefetchQuery(planGuardsOf(customerId));

/** The writes of accounts, and what they are made of, for whoever knows their customer already: no branch is checked, and no caller needed. */
export const accountWrites = ({ db }: WorkContext) => {
  const { recordAt, contactAt } = lookingAt(db);
  return {
    /** Writes of a new account, its contact among them. @throws on commit: login_taken | plan_taken */
    insert(
      { account, contact, chain }: Pick<AccountPlace, "account" | "contact" | "chain">,
      contactIsNew: boolean,
      /** Whether a plan, user name or reference that others have got meanwhile refuses the change, or calls for another look. */
      takenRefuses = true,
    ): Write[] {
      const { id, customerId, plan, parentAccountId, username } = account;
      return [
        ...(plan === null
          ? []
          : [
              insert(
                planGuardKey(customerId, plan),
                { kind: "plan-account", accountId: id },
                takenRefuses ? planTaken(plan) : undefined,
              ),
            ]),
        insert(loginKey(username), loginItem(account, chain), takenRefuses ? loginTaken(username) : undefined),
        insert(accountKey(customerId, id), { kind: "account", ...account }),
        ...accountRefs(null, account, takenRefuses),
        ...whileNothingMoves(null, account),
        insertPointer(id, chain, { parentAccountId, contactId: contact.id }),
        ...(contactIsNew ? [...insertContact(contact, chain), contactUse(contact, id, 1)] : useContact(contact, id, 1)),
        ...timerChanges(pointerKey(id).pk, {}, timersOf(account)),
      ];
    },

    /**
     * Writes that bring an account from one state to another: what changed, on the condition of the version, with its login, plan guard,
     * contact and timers. @throws on commit: login_taken | plan_taken
     */
    save(before: AccountRecord, after: AccountRecord, chain: Chain): Write[] {
      const { id, customerId } = before;
      const set = Object.fromEntries(
        Object.entries(after).filter(
          ([name, value]) =>
            !kept.has(name) && JSON.stringify(value) !== JSON.stringify(before[name as keyof AccountRecord]),
        ),
      );
      const [oldLogin, newLogin] = [loginKey(before.username), loginKey(after.username)];
      return [
        {
          kind: "update",
          key: accountKey(customerId, id),
          set: { ...set, version: before.version + 1 },
          add: {},
          when: [{ attribute: "version", is: before.version }],
        },
        ...(before.plan !== after.plan && before.plan !== null
          ? [removeWhere(planGuardKey(customerId, before.plan), "accountId", id)]
          : []),
        ...(before.plan !== after.plan && after.plan !== null
          ? [
              insert(
                planGuardKey(customerId, after.plan),
                { kind: "plan-account", accountId: id },
                planTaken(after.plan),
              ),
            ]
          : []),
        ...(oldLogin.pk === newLogin.pk
          ? []
          : [
              removeWhere(oldLogin, "accountId", id),
              insert(newLogin, loginItem(after, chain), loginTaken(after.username)),
            ]),
        ...accountRefs(before, after),
        ...whileNothingMoves(before, after),
        ...(before.contactId === after.contactId
          ? []
          : [
              ...useContact({ id: before.contactId, customerId }, id, -1),
              ...useContact({ id: after.contactId, customerId }, id, 1),
              {
                kind: "update" as const,
                key: pointerKey(id),
                set: { contactId: after.contactId },
                add: {},
                when: [{ exists: true }],
              },
            ]),
        ...timerChanges(pointerKey(id).pk, timersOf(before), timersOf(after)),
      ];
    },

    /** A random password and its hash, or the hash of one that was chosen. Slow on purpose: last of all before the change. */
    async password(chosen: string | undefined): Promise<{ hash: string; temporary: string | null }> {
      const temporary = chosen === undefined ? temporaryPassword() : null;
      return { hash: await hashPassword(chosen ?? String(temporary)), temporary };
    },

    plans: () => readPlans(db),
    /** The contact that an account has. */
    contactOf: ({ customerId, contactId }: AccountRecord): Promise<ContactRecord> => contactAt(customerId, contactId),
    /** The parent accounts of a customer, one for each of its plans; deleted ones hold their plan until they are purged. */
    async parentAccounts(customerId: string): Promise<AccountRecord[]> {
      const { items } = await db.query(planGuardsOf(customerId));
      const guards = items.map((item) => z.object({ accountId: AccountId }).parse(item));
      const found = await Promise.all(guards.map(({ accountId }) => recordAt(customerId, accountId)));
      return found.filter((account) => account !== null);
    },
  };
};
