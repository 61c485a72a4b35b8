import * as z from "zod";
import { AccountRecord, accountState } from "../../domain/accounts/account.ts";
import { type Chain, deletedIn } from "../../domain/hierarchy/customer.ts";
import { AccountId, CustomerId } from "../../domain/terms/ids.ts";
import { readChain } from "../hierarchy/chain.ts";
import type { Database } from "../table/database.ts";
import { accountKey, customerKey, loginKey } from "../table/keys.ts";
import type { Update } from "../table/writes.ts";

/** Who holds a login name, and as a hint what stands above. */
export const LoginItem = z.object({
  accountId: AccountId,
  customerId: CustomerId,
  ancestors: z.array(CustomerId).default([]),
  parentAccountId: AccountId.nullable().default(null),
});

/** The item of a login name that an account of a customer holds. */
export const loginItem = ({ id: accountId, parentAccountId }: AccountRecord, chain: Chain) => ({
  kind: "login",
  accountId,
  parentAccountId,
  customerId: chain[0].id,
  ancestors: chain.slice(1).map(({ id }) => id),
});

/** Keys that nothing stands under, as many as an account with its customer and those above has. */
const nobody = Array.from({ length: 5 }, (_, step) => customerKey(`nobody-${step}`));

/** An account with its parent account and its customer's chain. */
export interface LoginPlace {
  account: AccountRecord;
  parent: AccountRecord | null;
  chain: Chain;
}

/**
 * The account that a login name belongs to, with its customer's chain; null where there is none, or it is deleted. Reads as much and
 * as often for a name that nobody has.
 */
export async function findLogin(db: Database, username: string): Promise<LoginPlace | null> {
  // A user may have the name.
  const login = LoginItem.safeParse(await db.get(loginKey(username))).data;
  if (!login) {
    await db.getAll(nobody);
    return null;
  }
  return placeOfLogin(db, login);
}

/** The same by the item of a login name, or by what else remembers where an account stands. */
export async function placeOfLogin(db: Database, login: z.infer<typeof LoginItem>): Promise<LoginPlace | null> {
  const { accountId, customerId, ancestors, parentAccountId } = login;
  const key = accountKey(customerId, accountId);
  db.prefetch([
    key,
    ...(parentAccountId === null ? [] : [accountKey(customerId, parentAccountId)]),
    ...[customerId, ...ancestors].map(customerKey),
  ]);
  const [chain, found] = await Promise.all([readChain(db, customerId, { customerId, ancestors }), db.get(key)]);
  if (!chain || !found || deletedIn(chain)) return null;
  const account = AccountRecord.parse(found);
  const above = account.parentAccountId === null ? null : await db.get(accountKey(customerId, account.parentAccountId));
  const parent = above ? AccountRecord.parse(above) : null;
  return accountState({ account, parent }) === "deleted" ? null : { account, parent, chain };
}

/** The write that gives an account another password, chosen by whom it belongs to. */
export const savePassword = (account: AccountRecord, passwordHash: string, now: number): Update => ({
  kind: "update",
  key: accountKey(account.customerId, account.id),
  set: {
    passwordHash,
    mustChangePassword: false,
    updatedAt: new Date(now).toISOString(),
    version: account.version + 1,
  },
  add: {},
  when: [{ attribute: "version", is: account.version }],
});
