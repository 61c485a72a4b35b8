import { countBranch } from "@tenantry/client";
import type { Command } from "commander";
import { type CustomerOptions, findCustomer, namingCustomer, ownCustomer } from "../input/find-customer.ts";
import { type Column, table } from "../output/table.ts";
import { openSession } from "../session.ts";

interface Line {
  what: string;
  count: number;
}
const columns: readonly Column<Line>[] = [
  { title: "What", value: ({ what }) => what },
  { title: "Count", value: ({ count }) => String(count), right: true },
];

/** A kind with its total, and below it what it is made of; what there is none of is left out. */
const linesOf = (kind: string, total: number, ...parts: readonly Readonly<Record<string, number>>[]): Line[] => [
  { what: kind, count: total },
  ...parts.flatMap((part) =>
    Object.entries(part).flatMap(([name, count]) => (count === 0 ? [] : [{ what: `  ${name}`, count }])),
  ),
];

async function counts(customer: string | undefined, options: CustomerOptions, command: Command): Promise<void> {
  const session = openSession(command);
  const id = await findCustomer(session, customer, options, ownCustomer);
  const found = await countBranch(session.tenantry, { params: { id } });
  const { customers, accounts, devices } = found.counts;
  session.output.either(found, () =>
    table(
      [
        ...linesOf("customers", customers.total, customers.byLevel, customers.byState),
        ...linesOf("accounts", accounts.total, accounts.byState),
        ...linesOf("devices", devices.total, devices.byState, { "needing attention": found.totals.needAttention }),
      ],
      columns,
    ),
  );
}

/** `tenantry counts`: how much there is below a customer. */
export function addCounts(program: Command): void {
  const about = "count customers, accounts and devices below a customer, by level and state";
  namingCustomer(program.command("counts").description(about), "id or name (yours)").action(counts);
}
