import { pages } from "@tenantry/client";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Session } from "../session.ts";

/** How a customer was named on the command line. */
export interface CustomerOptions {
  ref?: string;
  parent?: string;
}

/** Gives a command that is about one customer the ways to name it. */
export const namingCustomer = (command: Command, about: string): Command =>
  command
    .argument("[customer]", about)
    .option("--ref <reference>", "its external reference, instead of its id or name")
    .option("--parent <customer>", "with --ref: the customer above it, by id or name (yours)");

/** Names as the service compares them. */
const comparable = (name: string): string => name.normalize("NFKC").toLowerCase().trim().replaceAll(/\s+/g, " ");

/** The id of the customer that the credential belongs to. */
export const ownCustomer = async ({ tenantry }: Session): Promise<string> => (await tenantry.me()).scope.id;

/** Finds a customer by its name, which is unique: among the children first, which one request answers, then in the whole branch. */
async function idOfName({ tenantry }: Session, name: string): Promise<string> {
  const wanted = comparable(name);
  const { scope } = await tenantry.me();
  if (comparable(scope.name) === wanted) return scope.id;
  const lists = [{ parentId: scope.id, name, limit: 200 }, { limit: 200 }];
  for (const query of lists)
    for await (const customer of pages(tenantry.listCustomers, { query }))
      if (comparable(customer.name) === wanted) return customer.id;
  throw new Failure(
    `No customer of your branch has the name "${name}". Look at: tenantry customers list`,
    exitCodes.notFound,
  );
}

const idOf = (session: Session, customer: string): Promise<string> | string =>
  /^cus_\w+$/.test(customer) ? customer : idOfName(session, customer);

/** The id of the customer that an option names, by id or name; undefined where it was not given. */
export const optionalCustomer = async (session: Session, customer: string | undefined): Promise<string | undefined> =>
  customer === undefined ? undefined : await idOf(session, customer);

/**
 * The id of the customer that a command is about: by id, name or external reference.
 * @param whenNone what it is where nothing was said; default: that is wrong usage
 */
export async function findCustomer(
  session: Session,
  customer: string | undefined,
  { ref, parent }: CustomerOptions,
  whenNone?: (session: Session) => Promise<string>,
): Promise<string> {
  if (customer !== undefined && ref !== undefined)
    throw new Failure("Name the customer once: by its id or name, or by --ref.", exitCodes.usage);
  if (customer !== undefined) return await idOf(session, customer);
  if (ref === undefined) {
    if (whenNone !== undefined) return await whenNone(session);
    throw new Failure("Which customer? Name its id or name, or --ref with its external reference.", exitCodes.usage);
  }
  const parentId = await optionalCustomer(session, parent);
  const query = { externalRef: ref, ...(parentId !== undefined && { parentId }) };
  const { items } = await session.tenantry.listCustomers({ query });
  if (items[0] !== undefined) return items[0].id;
  const where = parent === undefined ? "your own customer; --parent names another" : parent;
  throw new Failure(`No customer with the reference ${ref} is directly below ${where}.`, exitCodes.notFound);
}
