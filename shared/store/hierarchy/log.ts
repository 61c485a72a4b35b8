import * as z from "zod";
import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { sells } from "../../domain/terms/levels.ts";
import { LogEntry, type LogEntryType } from "../../domain/hierarchy/log-entry.ts";
import { loadChain } from "./branch.ts";
import type { Database } from "../table/database.ts";
import { dueKey, type Key, logKey, logPartition } from "../table/keys.ts";
import type { StoreContext, WorkContext } from "./scope.ts";
import type { Item } from "../table/units.ts";
import { insert, type Put } from "../table/writes.ts";

/** Attributes that say nothing to a reader of the log. */
const silent = new Set([
  "version",
  "updatedAt",
  "ancestors",
  "settings",
  "trialNoticeAt",
  "trialDeleteAt",
  "trialEndedAt",
  // Follow from the storage location and the service type.
  "vault",
  "vaultStatus",
  "vaultOrderedAt",
  "vaultReadyAt",
  "vaultAttempts",
  "vaultProblem",
  "formerVaults",
  "locationDecision",
  "vaultDiffers",
  "chosenBy",
  "replicationTargetOf",
  "openMigrations",
]);

/** Attributes that the API shows under another name. */
const shownAs: Record<string, string> = {
  spaceLimit: "space.limitBytes",
  softLimitBytes: "space.softLimitBytes",
  licenceLimit: "licences.limit",
  trialEndsAt: "trial.endsAt",
};

/** Fields that differ between two states of a record, by the names that the API gives them. */
export const difference = (before: Record<string, unknown>, after: Record<string, unknown>): LogEntry["changes"] =>
  Object.keys({ ...before, ...after })
    .filter((name) => !silent.has(name) && JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null))
    .map((name) => ({ path: shownAs[name] ?? name, before: before[name] ?? null, after: after[name] ?? null }));

/** An entry is kept as text: its values are of every kind, and the table has no use for their parts. */
const EntryText = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(LogEntry);

/**
 * A log entry as it is stored where it happened, at its `owner`. `chain` names the customers from the one concerned up to the
 * provider, as they stood then; the logs of all of them get a copy. `actorScope` is the customer of the credential that did it.
 */
export const LogItem = z.object({
  entry: EntryText,
  owner: z.string(),
  chain: z.array(z.string()),
  actorScope: z.string().nullable().default(null),
  pk: z.string(),
  sk: z.string(),
});
export type LogItem = z.infer<typeof LogItem>;

/** The key of an entry in the log of one customer of the chain. */
export const logCopyKey = (home: string, { at, id }: Pick<LogEntry, "at" | "id">): Key =>
  logKey(home, monthOf(at), id.slice(id.indexOf("_") + 1));

/** The copies of an entry for the logs of the other customers of its chain. They say nothing to the history index. */
const logCopies = ({ entry, owner, chain, actorScope }: LogItem): { key: Key; item: Item }[] =>
  chain
    .filter((home) => home !== owner)
    .map((home) => {
      const key = logCopyKey(home, entry);
      return {
        key,
        item: {
          ...key,
          kind: "log-copy",
          entry: JSON.stringify(entry),
          owner,
          chain,
          ...(actorScope !== null && { actorScope }),
        },
      };
    });

/** How long the stream has to bring an entry to whoever files its copies and tells event handlers; then the sweep does. */
const copiesDueMs = 15 * 60_000;

/** Files the copies of an entry. Whatever is done twice is done alike. */
export const fileCopies = (db: Database, entry: LogItem): Promise<void> => db.putAll(logCopies(entry));

/**
 * Takes the timer of an entry away, once its copies are filed and all that hear of it know. A process that ends before leaves the timer, and the
 * sweep does all of it again.
 */
export async function settleEntry(db: Database, { pk, sk }: LogItem): Promise<void> {
  await db.update({
    kind: "update",
    key: { pk, sk },
    set: { duePk: null, dueSk: null },
    add: {},
    when: [{ exists: true }],
  });
}

/** An entry as a branch may see it: who did it is told by kind alone where it was somebody above the branch. */
export function shownTo(scopeId: string, { entry, chain, actorScope }: LogItem): LogEntry {
  const above = actorScope === null || chain.indexOf(actorScope) > chain.indexOf(scopeId) || !chain.includes(scopeId);
  return above ? { ...entry, actor: { ...entry.actor, id: null } } : entry;
}

const monthOf = (at: string): string => at.slice(0, 7);

export interface LogEvent {
  type: LogEntryType;
  /** What it happened to: a customer, or something that belongs to one. */
  node: { id: string; level: CustomerRecord["level"] | null; name: string };
  changes?: LogEntry["changes"];
  /** Why, where whoever does it has to say so. */
  reason?: string;
  /** Of a move: the seller that is to hear of it. */
  tells?: string | undefined;
}

/** Who a log entry says did it; null: the product itself. */
export type Author = Pick<WorkContext, "now" | "id" | "requestId"> & {
  caller: {
    kind: "apiKey" | "user" | "account" | "device" | "enrolmentKey" | "server";
    id: string;
    scopeId: string;
  } | null;
};

/**
 * The write of one log entry, at the reseller (or the level above) that owns the node now; a stream consumer files copies in the
 * logs of the other customers of the chain, and tells the event handlers that hear of it. `chain` is that of the customer concerned, nearest first.
 */
export function logWrite(context: Author, chain: readonly CustomerRecord[], event: LogEvent): Put {
  const owner = chain.find(({ level }) => sells(level));
  if (!owner) throw new Error("A chain ends at a provider.");
  const { caller } = context;
  const entry: LogEntry = {
    id: context.id("logEntry"),
    at: new Date(context.now()).toISOString(),
    type: event.type,
    node: event.node,
    actor: { kind: caller?.kind ?? "system", id: caller?.id ?? null },
    requestId: context.requestId,
    changes: event.changes ?? [],
    reason: event.reason ?? null,
  };
  const key = logCopyKey(owner.id, entry);
  const copiesDue = new Date(Date.parse(entry.at) + copiesDueMs).toISOString();
  return insert(key, {
    kind: "log",
    entry: JSON.stringify(entry),
    owner: owner.id,
    chain: chain.map(({ id }) => id),
    actorScope: caller?.scopeId,
    ...(event.tells !== undefined && { about: "move", tells: event.tells }),
    nodePk: event.node.id,
    nodeSk: key.sk,
    ...dueKey(key.pk + key.sk, "log-copies", copiesDue),
  });
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
