import type { Schemas } from "@tenantry/client";
import type { Command } from "commander";
import { confirmation } from "../input/confirmation.ts";
import { bodyOf, type Field, withFields } from "../input/fields.ts";
import { type AccountOptions, findAccount, namingAccount } from "../input/find-account.ts";
import { optionalCustomer } from "../input/find-customer.ts";
import { countOf, flagOf, sizeOf } from "../input/values.ts";
import type { Row } from "../output/output.ts";
import { changeQuery, changing, noteChange, openSession } from "../session.ts";

type Account = Schemas["Account"];
type Rows = (account: Account) => readonly Row[];

const fields: readonly Field[] = [
  { flags: "--username <name>", path: "username", about: "what its user logs in with" },
  { flags: "--plan <code>", path: "plan", about: "service plan, such as select" },
  { flags: "--contact-id <id>", path: "contactId", about: "a contact that is there already" },
  {
    flags: "--hard-quota <size>",
    path: "hardQuotaBytes",
    about: "quota that the seller sets",
    parse: sizeOf,
    clears: true,
  },
  {
    flags: "--user-quota <size>",
    path: "userQuotaBytes",
    about: "quota that the user sets",
    parse: sizeOf,
    clears: true,
  },
];
const newFields: readonly Field[] = [
  ...fields,
  { flags: "--contact-name <name>", path: "contact.name", about: "a new contact: its name" },
  { flags: "--contact-email <address>", path: "contact.email", about: "a new contact: its address" },
  { flags: "--trial-days <days>", path: "trialDays", about: "begins with a trial of so many days", parse: countOf },
  { flags: "--parent-account <id>", path: "parentAccountId", about: "makes it a sub-account of this account" },
  { flags: "--ref <reference>", path: "externalRef", about: "its reference in a system of yours" },
];
const changeFields: readonly Field[] = [
  ...fields,
  { flags: "--active <yes|no>", path: "active", about: "no suspends it", parse: flagOf },
  { flags: "--new-ref <reference>", path: "externalRef", about: "another external reference", clears: true },
];

const creations = [
  ["create", "createAccount", "create an account; its contact gets the password by mail", "Created"],
  ["upsert", "upsertAccount", "create the account with this --ref, or bring it into line", "Up to date:"],
] as const;

/** Adds the commands that change accounts. */
export function addAccountChanges(accounts: Command, rows: Rows): void {
  for (const [name, operation, about, done] of creations)
    changing(withFields(accounts.command(name).description(about), newFields))
      .option("--customer <customer>", "its customer, by id or name")
      .action(async ({ customer }: { customer?: string }, command: Command) => {
        const session = openSession(command);
        const customerId = await optionalCustomer(session, customer);
        const input = bodyOf<Schemas["AccountUpsert"]>(command, newFields);
        const body = { ...input, ...(customerId !== undefined && { customerId }) };
        const account = await session.tenantry[operation]({ body, query: changeQuery(session) });
        noteChange(session, `${done} ${account.username}.`);
        session.output.one(account, rows);
      });
  const naming = (name: string, about: string): Command =>
    changing(namingAccount(accounts.command(name).description(about)));
  withFields(naming("update", "change fields of an account"), changeFields).action(
    async (named: string | undefined, options: AccountOptions, command: Command) => {
      const session = openSession(command);
      const id = await findAccount(session, named, options);
      const body = bodyOf<Schemas["AccountPatch"]>(command, changeFields);
      const account = await session.tenantry.updateAccount({ params: { id }, body, query: changeQuery(session) });
      noteChange(session, `Changed ${account.username}.`);
      session.output.one(account, rows);
    },
  );
  naming("delete", "delete an account and its sub-accounts; it can be restored for a time")
    .option("--confirm <username>", "its user name, repeated")
    .action(async (named: string | undefined, options: AccountOptions & { confirm?: string }, command: Command) => {
      const session = openSession(command);
      const id = await findAccount(session, named, options);
      const { username } = await session.tenantry.getAccount({ params: { id } });
      const query = { ...changeQuery(session), confirm: await confirmation(session, username, options.confirm) };
      const account = await session.tenantry.deleteAccount({ params: { id }, query });
      noteChange(session, `Deleted ${username}.`);
      session.output.one(account, rows);
    });
  naming("restore", "restore a deleted account").action(
    async (named: string | undefined, options: AccountOptions, command: Command) => {
      const session = openSession(command);
      const id = await findAccount(session, named, options);
      const account = await session.tenantry.restoreAccount({ params: { id }, query: changeQuery(session) });
      noteChange(session, `Restored ${account.username}.`);
      session.output.one(account, rows);
    },
  );
  naming("reset-password", "mail its contact a temporary password; the old one ends at once").action(
    async (named: string | undefined, options: AccountOptions, command: Command) => {
      const session = openSession(command);
      const id = await findAccount(session, named, options);
      const account = await session.tenantry.resetPassword({ params: { id }, body: {}, query: changeQuery(session) });
      noteChange(session, `A temporary password goes to ${account.contact.emailDisplay}.`);
      session.output.one(account, rows);
    },
  );
}
