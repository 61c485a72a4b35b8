import { pages, type Schemas } from "@tenantry/client";
import type { Command } from "commander";
import { accountsOfBranch } from "../input/branch.ts";
import { collect, pageSize } from "../input/collect.ts";
import { type AccountOptions, findAccount, namingAccount } from "../input/find-account.ts";
import { optionalCustomer, ownCustomer } from "../input/find-customer.ts";
import { countOf, given } from "../input/values.ts";
import { bytes, limit, moment, orDash } from "../output/format.ts";
import type { Row } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { openSession } from "../session.ts";
import { addAccountChanges } from "./account-changes.ts";

type Account = Schemas["Account"];

const stateOf = ({ state, trial }: Account): string =>
  state === "trial" && trial !== null ? `trial, ${trial.daysLeft} d` : state;

const columns: readonly Column<Account>[] = [
  { title: "Id", value: ({ id }) => id },
  { title: "User name", value: ({ username }) => username, cut: true },
  { title: "Contact", value: ({ contact }) => contact.emailDisplay, cut: true, extra: true },
  { title: "Plan", value: ({ plan }) => plan },
  { title: "State", value: stateOf },
  { title: "Quota", value: ({ effectiveQuota }) => bytes(effectiveQuota.bytes), right: true, extra: true },
  { title: "Used", value: ({ usedBytes }) => bytes(usedBytes), right: true },
  { title: "Devices", value: ({ deviceCount }) => String(deviceCount), right: true, extra: true },
];

/** An account for people. */
export const accountRows = (account: Account): readonly Row[] => [
  ["Id", account.id],
  ["User name", account.username],
  ["Reference", orDash(account.externalRef)],
  ["Customer", account.customerId],
  ["Parent account", orDash(account.parentAccountId)],
  ["Contact", `${account.contact.name}, ${account.contact.emailDisplay}`],
  ["Plan", account.plan],
  ["State", stateOf(account)],
  ["Space", `${bytes(account.usedBytes)} used, ${limit(bytes(account.effectiveQuota.bytes))}`],
  ["Devices", String(account.deviceCount)],
  ["Created", moment(account.createdAt)],
  ...(account.purgeAt === null ? [] : [["Purged", moment(account.purgeAt)] as const]),
];

interface ListOptions {
  customer?: string;
  branch?: boolean;
  limit?: number;
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const session = openSession(command);
  const customerId = await optionalCustomer(session, options.customer);
  const query = given({ customerId, limit: pageSize(options.limit) });
  const accounts = options.branch
    ? accountsOfBranch(session, customerId ?? (await ownCustomer(session)))
    : pages(session.tenantry.listAccounts, { query });
  session.output.list(await collect(accounts, options.limit), columns, "No accounts.");
}

/** `tenantry accounts`: the backup accounts of customers. */
export function addAccounts(program: Command): void {
  const accounts = program.command("accounts").description("backup accounts");
  accounts
    .command("list")
    .description("list the accounts of a customer")
    .option("--customer <customer>", "the customer, by id or name (yours)")
    .option("--branch", "also those of all customers below")
    .option("--limit <count>", "at most so many", countOf)
    .action(list);
  namingAccount(accounts.command("get").description("show one account")).action(
    async (account: string | undefined, options: AccountOptions, command: Command) => {
      const session = openSession(command);
      const id = await findAccount(session, account, options);
      session.output.one(await session.tenantry.getAccount({ params: { id } }), accountRows);
    },
  );
  addAccountChanges(accounts, accountRows);
}
