import type { AccountInput, AccountRecord } from "../../shared/domain/accounts/account.ts";
import type { ContactRecord, ContactInput } from "../../shared/domain/accounts/contact.ts";
import { newContact } from "../../shared/domain/accounts/contact.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { checkAccountLevel, checkParentAccount } from "../../shared/domain/accounts/new-account.ts";
import { may } from "../../shared/domain/access/roles.ts";
import type { ServicePlan } from "../../shared/domain/accounts/service-plan.ts";
import type { AccountStore } from "../../shared/store/accounts/accounts.ts";
import type { contactStore } from "../../shared/store/accounts/contacts.ts";
import type { CustomerStore } from "../../shared/store/hierarchy/customers.ts";
import type { SubscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { creation } from "../customers/create-customer.ts";

/** Where a new account is to stand, and whom its mails go to. */
interface NewPlace {
  chain: Chain;
  plans: readonly ServicePlan[];
  parent: AccountRecord | null;
  contact: ContactRecord;
  contactIsNew: boolean;
  /** What comes before it in the same transaction: the writes of a new customer. */
  before: readonly Write[];
}
interface Stores {
  accounts: AccountStore;
  contacts: ReturnType<typeof contactStore>;
  customers: CustomerStore;
  subscriptions: Pick<SubscriptionStore, "begin">;
}

/** The place of a new account, in the one of the three ways of A1 that the request takes. */
export const newAccountPlace = (input: AccountInput, stores: Stores): Promise<NewPlace> =>
  input.parentAccountId !== undefined
    ? belowAccount(input.parentAccountId, input, stores)
    : input.customer !== undefined
      ? ofNewCustomer(input.customer, input, stores)
      : ofCustomer(String(input.customerId), input, stores);

/** Of a new customer, made in the same transaction. @throws DomainError forbidden for a role that may not create customers */
async function ofNewCustomer(
  customer: NonNullable<AccountInput["customer"]>,
  input: AccountInput,
  { accounts, contacts, customers, subscriptions }: Stores,
): Promise<NewPlace> {
  if (!may(accounts.caller.role, "customers:write"))
    throw new DomainError("forbidden", `The role ${accounts.caller.role} may not create customers.`);
  if (input.contactId !== undefined)
    throw refuse("contact_of_other_customer", "contactId", "A new customer has no contacts yet; send a `contact`.");
  const details: ContactInput = input.contact ?? {
    name: customer.contactName ?? customer.name,
    email: customer.email,
    phone: customer.phone,
    locale: customer.locale,
  };
  const [{ chain: parents, plans }, suppression] = await Promise.all([
    accounts.loadOwner(customer.parentId ?? accounts.caller.scopeId, { username: input.username }),
    contacts.suppressionOf(details.email),
  ]);
  const { chain, writes } = creation({ customers, subscriptions }, customer, parents);
  checkAccountLevel(chain, "customer.parentId");
  const place = { id: accounts.newId("contact"), customerId: chain[0].id, accountCount: 1, nowMs: accounts.now() };
  const contact = newContact(details, place, suppression);
  return { chain, plans, parent: null, contact, contactIsNew: true, before: writes };
}

/** A further parent account of a customer that there is. */
async function ofCustomer(customerId: string, input: AccountInput, stores: Stores): Promise<NewPlace> {
  const { accounts, contacts } = stores;
  const [{ chain, plans }] = await Promise.all([
    accounts.loadOwner(customerId, input),
    input.contact && contacts.suppressionOf(input.contact.email),
  ]);
  checkAccountLevel(chain, "customerId");
  if (!input.contact && input.contactId === undefined)
    throw refuse("contact_required", "contact", "Send a new `contact`, or the `contactId` of an existing one.");
  return { chain, plans, parent: null, ...(await contactOf(input, chain, stores)), before: [] };
}

/** A sub-account, whose contact is its parent's where nothing else is said. */
async function belowAccount(parentAccountId: string, input: AccountInput, stores: Stores): Promise<NewPlace> {
  const { accounts, contacts } = stores;
  if (input.customer !== undefined)
    throw refuse("not_applicable", "customer", "A sub-account belongs to its parent account's customer.");
  const [{ account: parent, contact, chain, plans }] = await Promise.all([
    accounts.loadParent(parentAccountId, input),
    input.contact && contacts.suppressionOf(input.contact.email),
  ]);
  if (input.customerId !== undefined && input.customerId !== chain[0].id)
    throw refuse("not_applicable", "customerId", "The parent account belongs to another customer.");
  checkParentAccount(parent);
  const chosen =
    input.contact === undefined && input.contactId === undefined
      ? { contact, contactIsNew: false }
      : await contactOf(input, chain, stores);
  return { chain, plans, parent, ...chosen, before: [] };
}

/** The contact that a request names for an account of a customer, or the new one that it describes. */
async function contactOf(
  { contact, contactId }: AccountInput,
  chain: Chain,
  { accounts, contacts }: Stores,
): Promise<{ contact: ContactRecord; contactIsNew: boolean }> {
  if (contact === undefined)
    return { contact: await accounts.loadContact(chain, String(contactId)), contactIsNew: false };
  const place = { id: accounts.newId("contact"), customerId: chain[0].id, accountCount: 1, nowMs: accounts.now() };
  return { contact: newContact(contact, place, await contacts.suppressionOf(contact.email)), contactIsNew: true };
}
