import { setTimeout as sleep } from "node:timers/promises";
import process from "node:process";
import { type Input, pages, type Schemas } from "@tenantry/client";
import type { Command } from "commander";
import { collect, pageSize } from "../input/collect.ts";
import { type CustomerOptions, findCustomer, namingCustomer, ownCustomer } from "../input/find-customer.ts";
import { countOf, given, momentOf } from "../input/values.ts";
import { moment, orDash } from "../output/format.ts";
import { lineWidth } from "../output/output.ts";
import { type Column, table } from "../output/table.ts";
import { openSession, type Session } from "../session.ts";

type Entry = Schemas["LogEntry"];

const actorOf = ({ actor, onBehalfOf }: Entry): string =>
  [actor, ...(onBehalfOf === null ? [] : [onBehalfOf])].map(({ kind, id }) => id ?? kind).join(" for ");

const columns: readonly Column<Entry>[] = [
  { title: "Time", value: ({ at }) => moment(at) },
  { title: "What", value: ({ type }) => type },
  { title: "Of", value: ({ node }) => node.name, cut: true },
  { title: "By", value: actorOf },
  { title: "Operation", value: ({ operation }) => orDash(operation), extra: true },
  {
    title: "Changes",
    value: ({ changes }) => orDash(changes.map(({ path }) => path).join(", ")),
    cut: true,
    extra: true,
  },
];

type Query = NonNullable<Input<"listLog">["query"]>;
interface Options extends CustomerOptions {
  follow?: boolean;
  since?: string;
  until?: string;
  operation?: string;
  actor?: string;
  node?: string;
  type?: string;
  limit?: number;
}

/** Entries that were written at the same time may be filed in another order than their times: so long is looked back. */
const overlapMs = 15_000;
const pauseMs = 2_000;

/** The moment to look back to, by the service's own clock: shortly before the newest entry, whatever it is about. */
async function lookBack({ tenantry }: Session, id: string): Promise<string> {
  const { items } = await tenantry.listLog({ params: { id }, query: { limit: 1 } });
  return new Date(Date.parse(items[0]?.at ?? new Date().toISOString()) - overlapMs).toISOString();
}

/** Prints entries as they come, oldest first, until the process is ended. */
async function follow(session: Session, id: string, query: Query, first: () => Promise<Entry[]>): Promise<never> {
  const since = (from: string): Promise<Entry[]> =>
    collect(pages(session.tenantry.listLog, { params: { id }, query: { ...query, from, limit: 200 } }));
  const print = (entries: readonly Entry[]): void => {
    if (session.output.json) for (const entry of entries) process.stdout.write(`${JSON.stringify(entry)}\n`);
    else if (entries.length > 0) process.stdout.write(table(entries, columns, lineWidth()).replace(/^.*\n/, ""));
  };
  let from = await lookBack(session, id);
  let seen = await since(from);
  const shown = await first();
  print(shown.toReversed());
  seen.push(...shown);
  for (;;) {
    await sleep(pauseMs);
    const next = await lookBack(session, id);
    const found = await since(from);
    const known = new Set(seen.map((entry) => entry.id));
    print(found.filter((entry) => !known.has(entry.id)).toReversed());
    [seen, from] = [found, next];
  }
}

async function log(customer: string | undefined, options: Options, command: Command): Promise<void> {
  const session = openSession(command);
  const id = await findCustomer(session, customer, options, ownCustomer);
  const { since, until, operation, actor, node, type } = options;
  // Asking for a time means all of it; else the newest entries are enough.
  const limit = options.limit ?? (since === undefined ? (options.follow ? 10 : 50) : undefined);
  const filter = { from: since, to: until, operation, actorId: actor, nodeId: node, type: type as Query["type"] };
  const query = given(filter);
  const newest = (): Promise<Entry[]> =>
    collect(pages(session.tenantry.listLog, { params: { id }, query: { ...query, limit: pageSize(limit) } }), limit);
  if (options.follow === true) return await follow(session, id, query, newest);
  session.output.list(await newest(), columns, "No entries.");
}

/** `tenantry log`: who changed what. */
export function addLog(program: Command): void {
  const command = program.command("log").description("show who changed what, the newest first");
  namingCustomer(command, "id or name of a customer (yours)")
    .option("-f, --follow", "show the newest, then wait for more until Ctrl-C; with --json as JSON lines")
    .option("--since <moment>", "from then on: 24h, 7d, 2026-11-30 or a full time", momentOf)
    .option("--until <moment>", "up to then", momentOf)
    .option("--operation <name>", "only what this operation changed, such as updateCustomer")
    .option("--actor <id>", "only what this key, user or device changed")
    .option("--node <id>", "only what happened to this customer, account, device or key")
    .option("--type <type>", "only this kind of entry, such as CustomerCreated")
    .option("--limit <count>", "at most so many (50, with --since all)", countOf)
    .action(log);
}
