import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Session } from "../session.ts";
import { optionalCustomer } from "./find-customer.ts";
import { given } from "./values.ts";

/** How an account was named on the command line. */
export interface AccountOptions {
  ref?: string;
  customer?: string;
}

/** Gives a command that is about one account the ways to name it. */
export const namingAccount = (command: Command): Command =>
  command
    .argument("[account]", "id or user name of the account")
    .option("--ref <reference>", "its external reference, instead of its id or user name")
    .option("--customer <customer>", "with --ref: its customer, by id or name (yours)");

/** The id of an account: by id, user name or external reference. @throws Failure where there is none */
export async function findAccount(
  session: Session,
  account: string | undefined,
  { ref, customer }: AccountOptions,
): Promise<string> {
  if ((account === undefined) === (ref === undefined))
    throw new Failure("Name the account once: by its id or user name, or by --ref.", exitCodes.usage);
  if (account !== undefined && /^acc_\w+$/.test(account)) return account;
  const customerId = await optionalCustomer(session, customer);
  const query = given({ customerId, username: account, externalRef: ref });
  const { items } = await session.tenantry.listAccounts({ query });
  if (items[0] !== undefined) return items[0].id;
  const text =
    account === undefined
      ? `No account with the reference ${ref} is directly at ${customer ?? "your own customer; --customer names another"}.`
      : `No account of your branch has the user name ${account}.`;
  throw new Failure(text, exitCodes.notFound);
}
