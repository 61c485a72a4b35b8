import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { type AccountInput, type AccountRecord, atFirst, localeOf } from "../../shared/domain/accounts/account.ts";
import { accountDetails } from "../../shared/domain/accounts/account-mail.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { newAccountTerms, refuseToCustomers } from "../../shared/domain/accounts/new-account.ts";
import { checkPassword } from "../../shared/domain/access/password.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { outbox } from "../../shared/http/outbox.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { contactStore } from "../../shared/store/accounts/contacts.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { accounts as contracts } from "./contract.ts";
import { newAccountPlace } from "./new-account-place.ts";

export const stores = {
  accounts: accountStore,
  contacts: contactStore,
  customers: customerStore,
  subscriptions: subscriptionStore,
  outbox,
};

/** @throws DomainError not_applicable where a temporary password would not have to be changed */
function mustChange({ password, mustChangePassword }: AccountInput): boolean {
  if (password === undefined && mustChangePassword === false)
    throw refuse("not_applicable", "mustChangePassword", "A temporary password must be changed at first use.");
  return mustChangePassword ?? password === undefined;
}

/**
 * The answer and the writes of a new account. Refuses a login name that is taken, a second parent account for a plan, a plan on a sub-account, quotas over
 * the customer's limit, weak passwords, and a temporary password that could not be mailed.
 * @param takenRefuses whether what others have got meanwhile refuses the change, or calls for another look
 */
export async function newAccount(
  body: AccountInput,
  deps: Input<typeof contracts.createAccount, typeof stores>["deps"],
  takenRefuses = true,
) {
  const { accounts, outbox } = deps;
  const mustChangePassword = mustChange(body);
  const { chain, plans, parent, contact, contactIsNew, before } = await newAccountPlace(body, deps);
  refuseToCustomers(accounts.caller.scopeId, chain, body);
  const terms = newAccountTerms(body, { parent, chain, plans }, accounts.now());
  if (body.password === undefined) outbox.checkMay(chain, contact, "password");
  else checkPassword(body.password, body.username, "password");
  // A customer that is made here has no account yet.
  const ref = body.externalRef ?? null;
  const unless = takenRefuses || ref === null ? null : { parentId: parent?.id ?? chain[0].id, ref };
  const wanted = { plan: before.length > 0 ? null : terms.plan, username: body.username };
  await accounts.checkFree(chain, wanted, unless);
  if (before.length === 0) await accounts.checkRef(chain, { parentAccountId: parent?.id ?? null, externalRef: ref });

  const { hash, temporary } = await accounts.password(body.password);
  const createdAt = new Date(accounts.now()).toISOString();
  const account: AccountRecord = {
    ...atFirst,
    ...terms,
    id: accounts.newId("account"),
    customerId: chain[0].id,
    parentAccountId: parent?.id ?? null,
    username: body.username,
    externalRef: ref,
    contactId: contact.id,
    passwordHash: hash,
    mustChangePassword,
    active: body.active ?? true,
    hardQuotaBytes: body.hardQuotaBytes ?? null,
    userQuotaBytes: body.userQuotaBytes ?? null,
    deviceCount: 0,
    createdAt,
    updatedAt: createdAt,
  };
  const used = contactIsNew ? contact : { ...contact, accountCount: contact.accountCount + 1 };
  const place = { account, parent, contact: used, plans, chain };
  const queued =
    temporary === null
      ? null
      : await outbox.queue(
          {
            matter: accountDetails(place, "temporary"),
            to: { name: contact.name, address: contact.email },
            accountId: account.id,
            contactId: contact.id,
            locale: localeOf(contact, chain),
            secret: temporary,
          },
          chain,
          "password",
        );
  account.detailsMailId = queued?.mail.id ?? null;
  return {
    result: accounts.present(place),
    writes: [
      ...before,
      ...accounts.insert(place, contactIsNew, takenRefuses),
      ...(queued?.writes ?? []),
      accounts.log(chain, {
        type: "AccountCreated",
        node: { id: account.id, level: null, name: account.username },
        changes: creation(account),
      }),
    ],
  };
}

/** Creates a backup account in one of the three ways of A1, with all that belongs to it in one transaction. */
export const createAccount = ({ body, deps }: Input<typeof contracts.createAccount, typeof stores>) =>
  newAccount(body, deps);

export const handler = operation(contracts.createAccount, createAccount, stores);
