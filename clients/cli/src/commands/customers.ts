import { pages, type Schemas } from "@tenantry/client";
import { type Command, Option } from "commander";
import { collect, pageSize } from "../input/collect.ts";
import {
  findCustomer,
  namingCustomer,
  optionalCustomer,
  ownCustomer,
  type CustomerOptions,
} from "../input/find-customer.ts";
import { countOf, given } from "../input/values.ts";
import { bytes, limit, moment, orDash } from "../output/format.ts";
import type { Row } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { openSession } from "../session.ts";
import { addCustomerChanges } from "./customer-changes.ts";
import { levels } from "./levels.ts";

type Customer = Schemas["Customer"];

const stateOf = ({ deletedAt, active, effectivelyActive, trial }: Customer): string => {
  if (deletedAt !== null) return "deleted";
  if (!active) return "inactive";
  if (!effectivelyActive) return "inactive above";
  return trial === null ? "active" : `trial, ${trial.daysLeft} d`;
};

const columns: readonly Column<Customer>[] = [
  { title: "Id", value: ({ id }) => id },
  { title: "Name", value: ({ name }) => name, cut: true },
  { title: "Level", value: ({ level }) => level },
  { title: "Reference", value: ({ externalRef }) => orDash(externalRef), cut: true, extra: true },
  { title: "State", value: stateOf },
  { title: "Limit", value: ({ space }) => bytes(space.limitBytes), right: true, extra: true },
  { title: "Used", value: ({ space }) => bytes(space.usedBytes), right: true },
  { title: "Devices", value: ({ deviceCount }) => String(deviceCount), right: true, extra: true },
];

/** A customer for people. */
export const customerRows = (customer: Customer): readonly Row[] => [
  ["Id", customer.id],
  ["Name", customer.name],
  ["Level", customer.level],
  ["Reference", orDash(customer.externalRef)],
  ["Path", customer.path.map(({ name }) => name).join(" › ")],
  ["State", stateOf(customer)],
  ["Mail", customer.emailDisplay],
  ["Country", customer.country],
  ["Storage", customer.storageLocation],
  ["Space", `${bytes(customer.space.usedBytes)} used, ${limit(bytes(customer.space.limitBytes))}`],
  ["Licences", `${customer.licences.used} used, ${limit(orDash(customer.licences.limit))}`],
  ["Devices", `${customer.deviceCount}, ${limit(orDash(customer.deviceLimit))}`],
  ["Created", moment(customer.createdAt)],
  ...(customer.purgeAt === null ? [] : [["Purged", moment(customer.purgeAt)] as const]),
];

interface ListOptions {
  parent?: string;
  name?: string;
  level?: Customer["level"];
  inactive?: boolean;
  trial?: boolean;
  deleted?: boolean;
  sort?: "name" | "createdAt";
  limit?: number;
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const session = openSession(command);
  const { name, level, inactive, trial, deleted, sort } = options;
  // The service takes these filters for the children of one customer only.
  const ofOne = name !== undefined || inactive || trial || deleted || sort === "createdAt";
  const parentId =
    (await optionalCustomer(session, options.parent)) ?? (ofOne ? await ownCustomer(session) : undefined);
  const active = inactive === true ? false : undefined;
  const query = given({ parentId, name, level, active, trial, deleted, sort, limit: pageSize(options.limit) });
  const items = await collect(pages(session.tenantry.listCustomers, { query }), options.limit);
  session.output.list(items, columns, "No customers.");
}

/** `tenantry customers`: the levels of the branch. */
export function addCustomers(program: Command): void {
  const customers = program.command("customers").description("distributors, resellers, customers and sites");
  customers
    .command("list")
    .description("list the whole branch, or the children of one customer")
    .option("--parent <customer>", "only its direct children, by id or name")
    .option("--name <start>", "only children whose names begin so")
    .addOption(new Option("--level <level>", "only this level").choices(levels))
    .option("--inactive", "only inactive children")
    .option("--trial", "only children in trial")
    .option("--deleted", "only deleted children, which can be restored")
    .addOption(new Option("--sort <field>", "order of children").choices(["name", "createdAt"]))
    .option("--limit <count>", "at most so many", countOf)
    .action(list);
  namingCustomer(customers.command("get").description("show one customer"), "id or name of the customer").action(
    async (customer: string | undefined, options: CustomerOptions, command: Command) => {
      const session = openSession(command);
      const id = await findCustomer(session, customer, options);
      session.output.one(await session.tenantry.getCustomer({ params: { id } }), customerRows);
    },
  );
  addCustomerChanges(customers, customerRows);
}
