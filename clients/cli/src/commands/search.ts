import { pages, type Schemas } from "@tenantry/client";
import { type Command, Option } from "commander";
import { collect, pageSize } from "../input/collect.ts";
import { countOf, given } from "../input/values.ts";
import type { Column } from "../output/table.ts";
import { openSession } from "../session.ts";

type Match = Schemas["Match"];
type Kind = Match["kind"];

/** What can be found. The compiler knows where one is missing. */
const kinds = Object.keys({ customer: 0, account: 0, device: 0 } satisfies Record<Kind, 0>);

const foundBy: Readonly<Record<Match["matched"], string>> = {
  name: "name",
  externalRef: "reference",
  email: "mail address",
  username: "user name",
  contactName: "contact",
  contactEmail: "mail address of contact",
  machineId: "machine id",
};

const columns: readonly Column<Match>[] = [
  { title: "Id", value: ({ id }) => id },
  { title: "Name", value: ({ name, deletedAt }) => (deletedAt === null ? name : `${name} (deleted)`), cut: true },
  { title: "Kind", value: ({ kind }) => kind },
  { title: "Found by", value: ({ matched }) => foundBy[matched], extra: true },
  { title: "Where", value: ({ path }) => path.map(({ name }) => name).join(" › "), cut: true, extra: true },
];

/** Usually enough; whoever looks for something types more words rather than reads on. */
const usualLimit = 50;

async function search(
  words: readonly string[],
  { kind, limit }: { kind?: Kind; limit: number },
  command: Command,
): Promise<void> {
  const { tenantry, output } = openSession(command);
  const query = { q: words.join(" "), ...given({ kind, limit: pageSize(limit + 1) }) };
  const found = await collect(pages(tenantry.search, { query }), limit + 1);
  output.list(found.slice(0, limit), columns, "Nothing found.");
  if (found.length > limit) output.note(`There is more: add a word, or --limit ${limit * 2}.`);
}

/** `tenantry search`: customers, accounts and devices by the beginnings of what they are called. */
export function addSearch(program: Command): void {
  program
    .command("search")
    .description("find customers, accounts and devices by the beginning of a name, address, reference or machine id")
    .argument("<words...>", "what it begins with")
    .addOption(new Option("--kind <kind>", "only this kind").choices(kinds))
    .option("--limit <count>", `at most so many (${usualLimit})`, countOf, usualLimit)
    .action(search);
}
