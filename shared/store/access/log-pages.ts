import * as z from "zod";
import type { LogEntryType } from "../../domain/hierarchy/log-entry.ts";
import type { LogEntry } from "../../domain/hierarchy/logged-entry.ts";
import { ulidAt, ulidTime } from "../../domain/terms/ids.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { monthOf } from "../hierarchy/log.ts";
import { LogItem, shownTo } from "./log-items.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { logPartition } from "../table/keys.ts";
import type { Item } from "../table/units.ts";

/** Which entries of a log are asked for. Times in ISO 8601: after `from`, and up to `to`. */
export interface LogFilter {
  from?: string | undefined;
  to?: string | undefined;
  /** Who did it, or in whose name. */
  actorId?: string | undefined;
  /** What it happened to. */
  nodeId?: string | undefined;
  type?: LogEntryType | undefined;
  operation?: string | undefined;
}

/** Where a page of the log goes on: in the part of a month, or of the index behind an entry (`month` is its partition then). */
export const LogPosition = z.object({ month: z.string(), after: z.string() });
type Position = z.infer<typeof LogPosition>;

const later = (one: string, other: string): string => (one > other ? one : other);
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
  next: Position | null;
}

/** Entries that are read at once where a whole period is, or where others are among them than those that are asked for. */
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
/** There is no log of this product from before. */
const firstMonth = "2026-01";
/** Text of entries in one answer, as the table holds it: shown, an entry is up to twice as long. */
const bytesAtMost = 2_500_000;
/** Stands for the newest entry of a month. */
const monthStart = "~";
/** Entries that one request reads at most to find those that are asked for; then the page ends early, and says where to go on. */
const entriesRead = 1000;

/** An id is made before its entry is, but by a job that works for long. The keys leave that much room; the entries tell the time itself. */
const keySlackMs = 10 * 60_000;
const ulidNear = (at: string | undefined, ms: number): string | undefined =>
  at === undefined ? undefined : ulidAt(Date.parse(at) + ms);

/** What is looked for, and from where on. */
interface Search {
  filter: LogFilter;
  /** The branch that it is asked of. */
  branchId: string;
  limit: number;
  position: Position | null;
  /** Entries that one query reads. */
  size: number;
  /** Entries that are read at most. */
  most: number;
}
/** What a search has come to. */
interface Found {
  /** What is asked for, newest first, each entry with its place. */
  wanted: { item: LogItem; place: Position }[];
  /** Whether something was read that the caller sees, or nothing at all. */
  isKnown: boolean;
  /** Where the search goes on, null at the end; and where it would if there were nothing up to here. */
  rest: Position | null;
  beyond: Position | null;
}

/** How many entries fit into an answer, of which Lambda takes 6 MB: at least one. */
function fitting(wanted: Found["wanted"]): number {
  let bytes = 0;
  const tooMuch = wanted.findIndex(({ item }) => (bytes += Buffer.byteLength(item.text)) > bytesAtMost);
  return tooMuch < 0 ? wanted.length : Math.max(1, tooMuch);
}

/** Whether an entry is one that a reader sees, as its own part of a search by actor. */
function isSeen(scopeId: string, { actorId }: LogFilter, item: LogItem): boolean {
  if (!item.chain.includes(scopeId)) return false;
  if (actorId === undefined) return true;
  const { actor, onBehalfOf } = shownTo(scopeId, item);
  return actor.id === actorId || onBehalfOf?.id === actorId;
}
function isAskedFor({ filter, branchId }: Search, { chain, entry }: LogItem): boolean {
  const { at, type, operation, node } = entry;
  const { from = "", to = "~", nodeId = node.id } = filter;
  return (
    chain.includes(branchId) &&
    node.id === nodeId &&
    at > from &&
    at <= to &&
    type === (filter.type ?? type) &&
    operation === (filter.operation ?? operation)
  );
}

/** Takes in what is read until there is enough. */
function gathering(scopeId: string, search: Search) {
  const wanted: Found["wanted"] = [];
  let [read, seen] = [0, 0];
  return {
    wanted,
    isKnown: (): boolean => read === 0 || seen > 0,
    goesOn: (): boolean => wanted.length <= search.limit && read < search.most,
    take(items: readonly Item[], placeOf: (item: LogItem) => Position): void {
      read += items.length;
      for (const one of items) {
        const item = LogItem.parse(one);
        if (!isSeen(scopeId, search.filter, item)) continue;
        seen += 1;
        if (isAskedFor(search, item)) wanted.push({ item, place: placeOf(item) });
      }
    },
  };
}

/** Reads the log of the caller's branch. */
export const logStore = (context: StoreContext) => {
  const { db, caller } = context;
  const { scopeId } = caller;
  const now = (): string => new Date(context.now()).toISOString();

  const keysOf = ({ from, to }: LogFilter) => ({
    from: ulidNear(from, -keySlackMs),
    until: ulidNear(to, keySlackMs),
  });
  const monthQuery = (home: string, month: string, after: string | undefined, { filter, size }: Search) => ({
    pk: logPartition(home, month),
    ...keysOf(filter),
    after,
    limit: size,
    newestFirst: true,
  });
  const startOf = ({ filter: { to }, position }: Search): { month: string; after: string | undefined } => ({
    month: position?.month ?? monthOf(to !== undefined && to < now() ? to : now()),
    after: position === null || position.after === monthStart ? undefined : position.after,
  });

  /** Reads the log that somebody holds month by month, newest first; several months at a time where they hold nothing. */
  async function readMonths(home: string, oldest: string, search: Search): Promise<Found> {
    const { filter } = search;
    const start = startOf(search);
    const since = later(oldest, monthOf(filter.from ?? oldest));
    const months = monthsBack(start.month, since);
    const found = gathering(scopeId, search);
    const last = Math.min(months.length, monthsAtMost);
    let place = 0;
    let { after } = start;
    while (place < last && found.goesOn()) {
      const atOnce = place === 0 || after !== undefined ? 1 : monthsAtOnce;
      const names = months.slice(place, Math.min(place + atOnce, last));
      const begun = after;
      const pages = await Promise.all(
        names.map((name, nth) => db.query(monthQuery(home, name, nth === 0 ? begun : undefined, search))),
      );
      after = undefined;
      for (const [nth, page] of pages.entries()) {
        const month = names[nth] ?? "";
        found.take(page.items, ({ sk }) => ({ month, after: sk }));
        after = page.last?.sk;
        if (after !== undefined) break;
        place += 1;
      }
    }
    const at = (month: string | undefined, sk?: string): Position | null =>
      month === undefined ? null : { month, after: sk ?? monthStart };
    const [rest, beyond] = [at(months[place], after), at(months[monthsAtMost])];
    return { wanted: found.wanted, isKnown: found.isKnown(), rest, beyond };
  }

  /** Reads what happened to one node, newest first, from the history index (eventually consistent). */
  async function readNode(nodeId: string, search: Search): Promise<Found> {
    const found = gathering(scopeId, search);
    // An index page goes on from the table's key: sk equals nodeSk, and pk travels in the place of the month.
    let rest = search.position;
    do {
      const page = await db.queryIndex({
        index: "history",
        partition: nodeId,
        ...keysOf(search.filter),
        after: rest ? { nodePk: nodeId, nodeSk: rest.after, pk: rest.month, sk: rest.after } : undefined,
        limit: search.size,
        newestFirst: true,
      });
      found.take(page.items, ({ pk, sk }) => ({ month: pk, after: sk }));
      rest = page.last ? { month: String(page.last["pk"]), after: String(page.last["nodeSk"]) } : null;
    } while (rest !== null && found.goesOn());
    return { wanted: found.wanted, isKnown: found.isKnown(), rest, beyond: null };
  }

  return {
    /**
     * What happened in a customer's branch, newest first. A page may hold less than was asked for, and still say where to go on. What the
     * caller may not see is as if it were not there, and so is whoever it may not know. The current month of a branch answers in the round
     * trip that checks the branch.
     * @param most entries that are read at most @throws DomainError not_found
     */
    async list(
      branchId: string,
      filter: LogFilter,
      limit: number,
      position: Position | null,
      most = entriesRead,
    ): Promise<LogPage> {
      const { actorId, nodeId, type, operation } = filter;
      const isMixed = [actorId, type, operation].some((value) => value !== undefined);
      const search = { filter, branchId, limit, position, most, size: isMixed ? entriesOfPage : limit + 1 };
      const reading =
        nodeId !== undefined
          ? readNode(nodeId, search)
          : actorId !== undefined
            ? readMonths(actorId, later(monthOf(ulidTime(actorId)), firstMonth), search)
            : null;
      if (reading === null) {
        const { month, after } = startOf(search);
        db.prefetchQuery(monthQuery(branchId, month, after, search));
      }
      const [chain, found] = await Promise.all([loadChain(context, branchId), reading]);
      const { wanted, isKnown, rest, beyond } =
        found ?? (await readMonths(branchId, monthOf(chain[0].createdAt), search));
      const shown = wanted.slice(0, Math.min(limit, fitting(wanted)));
      const more = shown.length < wanted.length ? (shown.at(-1)?.place ?? null) : rest;
      return {
        items: shown.map(({ item }) => shownTo(scopeId, item)),
        // Whether there is more must not tell of somebody that the caller does not know.
        next: isKnown ? more : beyond,
      };
    },
  };
};
