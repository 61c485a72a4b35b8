import * as z from "zod";
import type { LogEntry } from "../../domain/hierarchy/log-entry.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { LogItem, monthOf } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { logPartition } from "../table/keys.ts";

/** Whether a customer lies in the branch of a reader, as the chain of an entry stood then. */
const isWithin = (scopeId: string, chain: readonly string[], customerId: string | null): boolean => {
  if (customerId === scopeId) return true;
  const [reader, customer] = [chain.indexOf(scopeId), chain.indexOf(customerId ?? "")];
  return customer >= 0 && customer <= reader;
};

/** An entry as a reader may see it: who did it is told by kind alone, and not from where, where that was somebody above the reader's branch. */
function shownTo(scopeId: string, { entry, chain, actorScope, behalfScope }: LogItem): LogEntry {
  const { actor, onBehalfOf } = entry;
  const sees = isWithin(scopeId, chain, actorScope);
  const seesBehalf = isWithin(scopeId, chain, behalfScope ?? actorScope);
  return {
    ...entry,
    actor: sees ? actor : { ...actor, id: null },
    onBehalfOf: onBehalfOf === null || seesBehalf ? onBehalfOf : { ...onBehalfOf, id: null },
    sourceIp: sees ? entry.sourceIp : null,
  };
}

/** Where a page of the log goes on. */
export const LogPosition = z.object({ month: z.string(), after: z.string() });

const monthsBack = (from: string, until: string): string[] => {
  const months: string[] = [];
  let [year = 0, month = 0] = from.split("-").map(Number);
  for (let name = from; name >= until; name = `${year}-${String(month).padStart(2, "0")}`) {
    months.push(name);
    month -= 1;
    if (month === 0) [year, month] = [year - 1, 12];
  }
  return months;
};

export interface LogPage {
  items: LogEntry[];
  next: z.infer<typeof LogPosition> | null;
}

/** Entries that are read at once where a whole period is. */
const entriesOfPage = 200;

/** All that happened in a customer's branch within a period, newest first; without `from` itself, and with `to`. ISO 8601. */
export async function* logEntries(
  open: () => Database,
  customerId: string,
  { from, to }: { from: string; to: string },
): AsyncGenerator<LogEntry> {
  for (const month of monthsBack(monthOf(to), monthOf(from))) {
    let after: string | undefined;
    do {
      const page = await open().query({
        pk: logPartition(customerId, month),
        after,
        limit: entriesOfPage,
        newestFirst: true,
      });
      for (const item of page.items) {
        const read = LogItem.parse(item);
        if (read.entry.at <= from) return;
        if (read.entry.at <= to) yield shownTo(customerId, read);
      }
      after = page.last?.sk;
    } while (after !== undefined);
  }
}

/** Months that one request looks into at a time, and at most. */
const monthsAtOnce = 6;
const monthsAtMost = 24;

/** Reads the log of the caller's branch. */
export const logStore = (context: StoreContext) => ({
  /** What happened in a customer's branch, newest first. The current month answers in the round trip that checks the branch. */
  async listBranch(id: string, limit: number, position: z.infer<typeof LogPosition> | null): Promise<LogPage> {
    const start = position?.month ?? monthOf(new Date(context.now()).toISOString());
    const month = (name: string, after: string | undefined) =>
      context.db.query({ pk: logPartition(id, name), limit: limit + 1, after, newestFirst: true });
    const [chain, first] = await Promise.all([loadChain(context, id), month(start, position?.after)]);
    const found = first.items.map((item) => ({ month: start, ...LogItem.parse(item) }));
    const older = monthsBack(start, monthOf(chain[0].createdAt)).slice(1);
    let looked = 0;
    while (found.length <= limit && looked < Math.min(older.length, monthsAtMost)) {
      const names = older.slice(looked, looked + monthsAtOnce);
      const pages = await Promise.all(names.map((name) => month(name, undefined)));
      for (const [index, { items }] of pages.entries())
        for (const item of items) found.push({ month: names[index] ?? "", ...LogItem.parse(item) });
      looked += names.length;
    }
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const unread = older[looked];
    const next =
      found.length > limit && last
        ? { month: last.month, after: last.sk }
        : unread === undefined
          ? null
          : { month: unread, after: "~" };
    return { items: items.map((item) => shownTo(context.caller.scopeId, item)), next };
  },

  /** What happened to the customer itself, newest first, from the history index (eventually consistent). */
  async listNode(id: string, limit: number, position: z.infer<typeof LogPosition> | null): Promise<LogPage> {
    // An index page goes on from the table's key: sk equals nodeSk, and pk travels in the place of the month.
    const after = position ? { nodePk: id, nodeSk: position.after, pk: position.month, sk: position.after } : undefined;
    const [, page] = await Promise.all([
      loadChain(context, id),
      context.db.queryIndex({ index: "history", partition: id, limit, after, newestFirst: true }),
    ]);
    const last = page.last as { pk: string; sk: string; nodeSk: string } | undefined;
    const { scopeId } = context.caller;
    // What happened before the customer was moved here belongs to the branch that it came from.
    const seen = page.items.map((item) => LogItem.parse(item)).filter(({ chain }) => chain.includes(scopeId));
    return {
      items: seen.map((item) => shownTo(scopeId, item)),
      next: last ? { month: last.pk, after: last.nodeSk } : null,
    };
  },
});
