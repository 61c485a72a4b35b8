import { type AccountPlace, AccountRecord, presentAccount, quotaOf } from "../../domain/accounts/account.ts";
import type { ContactRecord } from "../../domain/accounts/contact.ts";
import { checkAccountLevel } from "../../domain/accounts/new-account.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { isOnItsWay, type Transit } from "../../domain/hierarchy/transit.ts";
import { DomainError, notFound, refuse } from "../../domain/terms/errors.ts";
import { loadChain, loadLiveChain, orAbsent } from "../hierarchy/branch.ts";
import { readChain } from "../hierarchy/chain.ts";
import { accountRefTaken, accountWrites, loginTaken, lookingAt, planTaken } from "./account-writes.ts";
import { loadContactOf } from "./contacts.ts";
import { type Held, heldPage } from "./held-pages.ts";
import type { Database } from "../table/database.ts";
import {
  accountKey,
  accountRefKey,
  accountPrefix,
  contactKey,
  customerKey,
  loginKey,
  planGuardKey,
  type Key,
  pointerKey,
} from "../table/keys.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { sessionEndedByOther } from "../access/access-log.ts";
import { LoginItem } from "../access/logins.ts";
import { readPlans } from "./plans.ts";
import { findPointer, loadPlace, transitOf } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { Stale, type Write } from "../table/writes.ts";

/** The quota of an account by all that decides it, in bytes; null: unrestricted. */
export async function quotaAt(db: Database, account: AccountRecord): Promise<number | null> {
  const { customerId, parentAccountId } = account;
  const [plans, parentItem] = await Promise.all([
    readPlans(db),
    parentAccountId === null ? undefined : db.get(accountKey(customerId, parentAccountId)),
  ]);
  const parent = parentItem ? AccountRecord.parse(parentItem) : null;
  const chain = await readChain(db, customerId);
  return chain ? quotaOf({ account, parent, plans, chain }).bytes : null;
}

/** What a new or changed account is to have, which others may have already. */
interface Wanted {
  plan?: string | undefined;
  username?: string | undefined;
  contactId?: string | undefined;
}
const wantedKeys = (customerId: string, { plan, contactId }: Wanted): Key[] => [
  ...(plan === undefined ? [] : [planGuardKey(customerId, plan)]),
  ...(contactId === undefined ? [] : [contactKey(customerId, contactId), pointerKey(contactId)]),
];

/** An account as it will be at its new place, where it is on its way there behind its parent account. */
const following = (transit: Transit | null, account: AccountRecord): AccountRecord =>
  isOnItsWay(transit, account.customerId, account.id) && transit
    ? { ...account, customerId: transit.toId, parentAccountId: transit.leadingId }
    : account;

/** An account with what stands around it, for what nobody has asked for; null where it, or its customer, is not there any more. */
export async function readAccountPlace(db: Database, id: string): Promise<AccountPlace | null> {
  const pointer = await findPointer(db, id);
  if (!pointer) return null;
  const { customerId, ancestors, parentAccountId } = pointer;
  const { recordAt, contactAt } = lookingAt(db);
  db.prefetch([
    accountKey(customerId, id),
    ...(parentAccountId === null ? [] : [accountKey(customerId, parentAccountId)]),
  ]);
  const [plans, account, chain] = await Promise.all([
    readPlans(db),
    recordAt(customerId, id),
    readChain(db, customerId, { customerId, ancestors }),
  ]);
  if (!account || !chain) return null;
  if (isOnItsWay(await transitOf(db, chain[0]), customerId, id)) throw new Stale("The account follows its parent.");
  const [parent, contact] = await Promise.all([
    account.parentAccountId === null ? null : recordAt(customerId, account.parentAccountId),
    contactAt(customerId, account.contactId),
  ]);
  return { account, parent, contact, plans, chain };
}

const heldAccounts: Held = {
  prefix: (id = "") => accountPrefix + id,
  accountOf: ({ id }) => String(id),
};

/** The accounts of the caller's branch. */
export const accountStore = (context: StoreContext) => {
  const { db } = context;
  const { recordAt, parentOf, contactOf } = lookingAt(db);

  /** @param also what else a change will want of the customer's partition, to be read along */
  const load = async (
    id: string,
    live: boolean,
    also: (customerId: string) => Key[] = () => [],
  ): Promise<AccountPlace> => {
    const { chain, read, transit } = await loadPlace(context, id, "account", live, async (pointer) => {
      const { customerId, parentAccountId, contactId } = pointer;
      const around = [
        parentAccountId && accountKey(customerId, parentAccountId),
        contactId && contactKey(customerId, contactId),
      ];
      db.prefetch([
        accountKey(customerId, id),
        ...also(customerId),
        ...around.filter((key) => typeof key === "object" && key !== null),
      ]);
      const [plans, account] = await Promise.all([readPlans(db), recordAt(customerId, id)]);
      if (!account) throw notFound("account");
      return { account, plans };
    });
    const account = following(transit, read.account);
    const [parent, contact] = await Promise.all([parentOf(account), contactOf(account, read.account.customerId)]);
    return { account, parent, contact, plans: read.plans, chain };
  };

  /** Accounts with all that their presentation needs, in one further round trip at most. */
  const withSurroundings = async (
    records: readonly AccountRecord[],
    transit: Transit | null,
    chain: Chain,
    plans: AccountPlace["plans"],
  ) => {
    const placed = records.map((record) => following(transit, record));
    const known = new Map(placed.map((record) => [record.id, record]));
    const customerId = chain[0].id;
    const parents = [
      ...new Set(placed.flatMap(({ parentAccountId: id }) => (id !== null && !known.has(id) ? [id] : []))),
    ];
    db.prefetch([
      ...parents.map((id) => accountKey(customerId, id)),
      ...new Set(placed.map(({ contactId }) => contactKey(customerId, contactId))),
    ]);
    return Promise.all(
      placed.map(async (account, index): Promise<AccountPlace> => {
        const { parentAccountId } = account;
        const [parent, contact] = await Promise.all([
          known.get(parentAccountId ?? "") ?? parentOf(account),
          contactOf(account, records[index]?.customerId ?? customerId),
        ]);
        return { account, parent, contact, plans, chain };
      }),
    );
  };

  return {
    /** An account with what stands around it. @throws DomainError not_found */
    load: (id: string): Promise<AccountPlace> => load(id, false),
    /** The same, for a change to what is `wanted`. @throws DomainError not_found | customer_deleted */
    loadLive(id: string, wanted: Wanted = {}): Promise<AccountPlace> {
      if (wanted.username !== undefined) db.prefetch([loginKey(wanted.username)]);
      return load(id, true, (customerId) => wantedKeys(customerId, wanted));
    },

    /**
     * What a new account of a customer needs: the customer's chain, the plans, and who holds its plan and its login now.
     * @throws DomainError not_found | customer_deleted
     */
    async loadOwner(
      customerId: string,
      wanted: { plan?: string | undefined; username: string; contactId?: string | undefined },
    ) {
      db.prefetch([loginKey(wanted.username), ...wantedKeys(customerId, wanted)]);
      const [chain, plans] = await Promise.all([loadLiveChain(context, customerId), readPlans(db)]);
      return { chain, plans };
    },
    /** The parent account of a new sub-account, with its customer's chain. @throws DomainError not_found | customer_deleted */
    async loadParent(id: string, wanted: { username: string; contactId?: string | undefined }): Promise<AccountPlace> {
      db.prefetch([loginKey(wanted.username)]);
      return load(id, true, (customerId) => wantedKeys(customerId, wanted));
    },
    /** A contact of the customer. @throws DomainError not_found | contact_of_other_customer */
    loadContact: (chain: Chain, id: string): Promise<ContactRecord> => loadContactOf(context, chain, id),

    /**
     * @param unless a reference: where an account has got it by now, it is that one which has the rest, and the change is worked out again
     * @throws DomainError login_taken | plan_taken, as far as that is known before the change is committed
     */
    async checkFree(
      chain: Chain,
      { plan, username }: { plan: string | null; username: string | null },
      unless: { parentId: string; ref: string } | null = null,
    ): Promise<void> {
      const customerId = chain[0].id;
      const [login, guard] = await Promise.all([
        username === null ? undefined : db.get(loginKey(username)),
        plan === null ? undefined : db.get(planGuardKey(customerId, plan)),
      ]);
      if (unless && (guard || login) && (await db.fresh().get(accountRefKey(unless.parentId, unless.ref))))
        throw new Stale("There is an account with the reference by now.");
      if (guard) {
        const holder = await recordAt(customerId, String(guard["accountId"]));
        if (holder?.deletedAt)
          throw refuse(
            "plan_taken",
            "plan",
            `The deleted account ${holder.id} keeps the plan until it is purged at ${holder.purgeAt}.`,
          );
        throw planTaken(String(plan), String(guard["accountId"]));
      }
      if (login) throw loginTaken(String(username));
    },

    /**
     * Makes sure that an account can have a reference. That of a sub-account waits for a move of its customer: what follows a parent account has been
     * looked through.
     * @throws DomainError external_ref_taken | move_running
     */
    async checkRef(
      chain: Chain,
      { parentAccountId, externalRef: ref }: Pick<AccountRecord, "parentAccountId" | "externalRef">,
    ): Promise<void> {
      if (ref === null) return;
      if (parentAccountId !== null && chain[0].moveId !== null)
        throw new DomainError("move_running", "Accounts of this customer are being moved; try again later.");
      const there = await db.get(accountRefKey(parentAccountId ?? chain[0].id, ref));
      if (there) throw accountRefTaken(ref, String(there["accountId"]));
    },

    /** The account that has a reference among the parent accounts of a customer, or the sub-accounts of a parent account; null: none. */
    async findByRef(parentId: string, ref: string, username?: string): Promise<string | null> {
      // Read together: whoever has got the reference meanwhile has the login too.
      if (username !== undefined) db.prefetch([loginKey(username)]);
      const item = await db.get(accountRefKey(parentId, ref));
      return item ? String(item["accountId"]) : null;
    },

    /** The chain of a customer that has accounts. @throws DomainError not_found | not_applicable */
    async see(customerId: string): Promise<Chain> {
      const chain = await loadChain(context, customerId);
      checkAccountLevel(chain, "customerId");
      return chain;
    },

    /** A page of a customer's accounts, oldest first; deleted ones are among them until they are purged. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ places: AccountPlace[]; next: string | null; chain: Chain }> {
      db.prefetchQuery({ pk: customerId, prefix: accountPrefix, after: after ?? undefined, limit: limit + 1 });
      const [chain, plans] = await Promise.all([loadChain(context, customerId), readPlans(db)]);
      checkAccountLevel(chain, "customerId");
      const { items, transit } = await heldPage(db, chain[0], heldAccounts, limit, after, context.now());
      const shown = items.slice(0, limit).map((item) => AccountRecord.parse(item));
      return {
        chain,
        places: await withSurroundings(shown, transit, chain, plans),
        next: items.length > limit ? String(items[limit - 1]?.["sk"]) : null,
      };
    },

    /** The account with a user name, where it is one of this customer's branch. @throws DomainError not_found where the customer is not seen */
    async findByUsername(customerId: string, username: string): Promise<AccountPlace | null> {
      const item = await db.get(loginKey(username));
      const found = async (): Promise<AccountPlace | null> => {
        // A user may have the name.
        const login = LoginItem.safeParse(item).data;
        if (!login) return null;
        const { accountId, customerId: at, ancestors, parentAccountId } = login;
        // Read with the pointer, on the way to what it would tell.
        db.prefetch([
          ...[at, ...ancestors].map(customerKey),
          accountKey(at, accountId),
          ...(parentAccountId === null ? [] : [accountKey(at, parentAccountId)]),
        ]);
        return orAbsent(load(accountId, false));
      };
      const [, place] = await Promise.all([loadChain(context, customerId), found()]);
      return place?.chain.some(({ id }) => id === customerId) ? place : null;
    },

    /** How many accounts a customer has after a position of its list; a thousand stands for more. */
    async countAfter(customerId: string, after: string): Promise<number> {
      const { items } = await db.query({ pk: customerId, prefix: accountPrefix, after, limit: 1000 });
      return items.length;
    },

    ...accountWrites(context),
    present: (place: AccountPlace) => presentAccount(place, context.now()),
    /** The line in the log of access that another password has ended the sessions of an account. */
    noteEnd: (account: AccountRecord): Write => sessionEndedByOther(context, account, "password_changed"),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (kind: "account" | "contact"): string => context.id(kind),
    caller: context.caller,
  };
};
export type AccountStore = ReturnType<typeof accountStore>;
