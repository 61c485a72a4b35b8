import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { randomInt } from "node:crypto";
import { type AccountRecord, atFirst } from "../../shared/domain/accounts/account.ts";
import { type ContactRecord, newContact } from "../../shared/domain/accounts/contact.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { newAccountTerms } from "../../shared/domain/accounts/new-account.ts";
import { accountWrites } from "../../shared/store/accounts/account-writes.ts";
import { nobodysHash } from "../../shared/store/access/credentials.ts";
import type { LogEvent } from "../../shared/store/hierarchy/log.ts";
import { prefetchPlans } from "../../shared/store/accounts/plans.ts";
import type { WorkContext } from "../../shared/store/hierarchy/scope.ts";
import type { Write } from "../../shared/store/table/writes.ts";

/** The parent account below which a device's account is to stand, or that there is none yet. */
export interface AccountChoice {
  plan: string | null;
  parent: AccountRecord | null;
}

const letters = "abcdefghijkmnpqrstuvwxyz23456789";
const suffix = (): string => Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join("");
/** A login that nobody had before, made of the computer's name. */
const usernameFor = (name: string): string =>
  `${
    name
      .normalize("NFKC")
      .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
      .slice(0, 60) || "device"
  }-${suffix()}`;

/**
 * An account for a device that came with an enrolment key: below the parent account of its plan, or that parent account itself where the
 * customer has none yet. It has no password until somebody sets one; the device has its own token. The log entry is for whoever lets it in.
 * @throws DomainError plan_required | plan_unknown | plan_retired
 */
export async function accountForDevice(
  context: WorkContext,
  chain: Chain,
  name: string,
  choice: AccountChoice,
): Promise<{ account: AccountRecord; writes: Write[]; event: LogEvent }> {
  const accounts = accountWrites(context);
  const now = context.now();
  const { parent } = choice;
  const [plans, parentsContact] = await Promise.all([accounts.plans(), parent && accounts.contactOf(parent)]);
  const terms = newAccountTerms(
    { plan: parent ? undefined : (choice.plan ?? undefined) },
    { parent, chain, plans },
    now,
  );
  const [customer] = chain;
  const contact: ContactRecord =
    parentsContact ??
    newContact(
      { name: customer.contactName ?? customer.name, email: customer.email, phone: customer.phone },
      { id: context.id("contact"), customerId: customer.id, accountCount: 1, nowMs: now },
      null,
    );
  const createdAt = new Date(now).toISOString();
  const account: AccountRecord = {
    ...atFirst,
    ...terms,
    id: context.id("account"),
    customerId: customer.id,
    parentAccountId: parent?.id ?? null,
    externalRef: null,
    username: usernameFor(name),
    contactId: contact.id,
    passwordHash: nobodysHash,
    mustChangePassword: false,
    hardQuotaBytes: null,
    userQuotaBytes: null,
    deviceCount: 1,
    devicesHeld: 1,
    createdAt,
    updatedAt: createdAt,
  };
  return {
    account,
    writes: accounts.insert({ account, contact, chain }, parent === null, false),
    event: {
      type: "AccountCreated",
      node: { id: account.id, level: null, name: account.username },
      changes: creation(account),
    },
  };
}

/**
 * Where the account of a device is to stand: below the customer's parent account for the plan, or below its only one where no plan is
 * said. Null where that does not decide it, or that account is deleted.
 */
export async function chooseAccount(
  context: WorkContext,
  chain: Chain,
  plan: string | null,
): Promise<AccountChoice | null> {
  // The account that is chosen for will want them.
  prefetchPlans(context.db);
  const parents = await accountWrites(context).parentAccounts(chain[0].id);
  if (plan !== null) {
    const parent = parents.find((account) => account.plan === plan) ?? null;
    return parent?.deletedAt ? null : { plan, parent };
  }
  const [only, ...more] = parents.filter(({ deletedAt }) => deletedAt === null);
  return only && more.length === 0 ? { plan: only.plan, parent: only } : null;
}
