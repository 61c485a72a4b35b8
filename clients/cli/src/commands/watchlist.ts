import { pages, type Schemas } from "@tenantry/client";
import { type Command, Option } from "commander";
import { collect, pageSize } from "../input/collect.ts";
import { type CustomerOptions, findCustomer, namingCustomer, ownCustomer } from "../input/find-customer.ts";
import { countOf, given } from "../input/values.ts";
import { moment, words } from "../output/format.ts";
import type { Column } from "../output/table.ts";
import { openSession } from "../session.ts";

type Item = Schemas["WatchlistItem"];
type Reason = Schemas["AttentionCode"];

/** Why a device needs attention, the worst first. The compiler knows where one is missing. */
const reasons = Object.keys({
  identity_conflict: 0,
  data_misplaced: 0,
  repeated_failures: 0,
  overdue: 0,
  never_backed_up: 0,
  licence_missing: 0,
  backup_failed: 0,
  not_seen: 0,
  quota_high: 0,
  pending: 0,
  possible_duplicate: 0,
  agent_outdated: 0,
  backup_warning: 0,
} satisfies Record<Reason, 0>);

const columns: readonly Column<Item>[] = [
  { title: "Device", value: ({ device }) => device.id },
  { title: "Name", value: ({ device }) => device.name, cut: true },
  { title: "Customer", value: ({ customer }) => customer.name, cut: true },
  { title: "Reason", value: ({ code }) => words(code) },
  { title: "Since", value: ({ since }) => moment(since), extra: true },
  { title: "Last backup", value: ({ device }) => moment(device.lastSuccessAt), extra: true },
];

interface Options extends CustomerOptions {
  reason?: Reason;
  limit?: number;
}

async function watchlist(customer: string | undefined, options: Options, command: Command): Promise<void> {
  const session = openSession(command);
  const id = await findCustomer(session, customer, options, ownCustomer);
  const { reason, limit } = options;
  const query = given({ reason, limit: pageSize(limit) });
  const items = await collect(pages(session.tenantry.getWatchlist, { params: { id }, query }), limit);
  session.output.list(
    items.map((item) => ({ ...item, id: item.device.id })),
    columns,
    "No device needs attention.",
  );
}

/** `tenantry watchlist`: what somebody should look at today. */
export function addWatchlist(program: Command): void {
  const command = program.command("watchlist").description("list the devices that need attention, the worst first");
  namingCustomer(command, "id or name of a customer (yours)")
    .addOption(new Option("--reason <reason>", "only devices with this reason").choices(reasons))
    .option("--limit <count>", "at most so many", countOf)
    .action(watchlist);
}
