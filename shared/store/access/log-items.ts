import * as z from "zod";
import { LogEntry } from "../../domain/hierarchy/logged-entry.ts";
import { idPrefixes } from "../../domain/terms/ids.ts";
import { doerIds, monthOf, type WrittenEntry } from "../hierarchy/log.ts";
import type { Database } from "../table/database.ts";
import { type Key, logKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";

/** What `logWrite` writes down. Who only writes does without it. */
const Written: z.ZodType<WrittenEntry> = z.object({
  at: z.string(),
  type: z.string(),
  node: z.tuple([z.string(), z.string().nullable(), z.string()]),
  by: z.tuple([z.string(), z.string().nullable()]),
  for: z.tuple([z.string(), z.string()]).optional(),
  op: z.string().optional(),
  ip: z.string().optional(),
  req: z.string(),
  is: z.array(z.tuple([z.string(), z.unknown(), z.unknown()])).optional(),
  why: z.string().optional(),
});

/** An entry by its text. Those that were written before there was a short form hold everything by the names of the API. */
function entryOf(ulid: string, text: string): LogEntry {
  const value = JSON.parse(text) as object;
  if ("id" in value) return LogEntry.parse(value);
  const { at, type, node, by, for: behalf, op, ip, req, is = [], why } = Written.parse(value);
  return LogEntry.parse({
    id: `${idPrefixes.logEntry}_${ulid}`,
    at,
    type,
    node: { id: node[0], level: node[1], name: node[2] },
    actor: { kind: by[0], id: by[1] },
    onBehalfOf: behalf === undefined ? null : { kind: behalf[0], id: behalf[1] },
    operation: op,
    sourceIp: ip,
    requestId: req,
    changes: is.map(([path, before, after]) => ({ path, before, after })),
    reason: why,
  });
}

/**
 * A log entry as it is stored where it happened. `chain` names the customers from the one concerned up to the provider, as they stood
 * then; the logs of all of them get a copy. `actorScope` is the customer of the credential that did it, `behalfScope` that of the one in
 * whose name it acted, where that is another one.
 */
export const LogItem = z
  .object({
    entry: z.string(),
    chain: z.array(z.string()),
    actorScope: z.string().nullable().default(null),
    behalfScope: z.string().nullable().default(null),
    /** Its time to live, in seconds; null: it is kept for good. */
    expiresAt: z.int().nullable().default(null),
    pk: z.string(),
    sk: z.string(),
  })
  .transform(({ entry: text, ...item }) => ({ ...item, text, entry: entryOf(item.sk, text) }));
export type LogItem = z.infer<typeof LogItem>;

/** The copies of an entry for the logs of the other customers of its chain, and of whoever did it. They say nothing to the history index. */
const logCopies = ({
  text,
  chain,
  actorScope,
  behalfScope,
  expiresAt,
  pk,
  sk,
  entry,
}: LogItem): { key: Key; item: Item }[] =>
  [...new Set([...chain, ...doerIds(entry)])]
    .map((home) => logKey(home, monthOf(entry.at), sk))
    .filter((key) => key.pk !== pk)
    .map((key) => ({
      key,
      item: {
        ...key,
        kind: "log-copy",
        entry: text,
        chain,
        ...(actorScope !== null && { actorScope }),
        ...(behalfScope !== null && { behalfScope }),
        ...(expiresAt !== null && { expiresAt }),
      },
    }));

/** The key of an entry in the log of one customer of its chain, or of whoever did it. */
export const logCopyKey = (home: string, { at, id }: Pick<LogEntry, "at" | "id">): Key =>
  logKey(home, monthOf(at), id.slice(id.indexOf("_") + 1));

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

/** Whether a customer lies in the branch of a reader, as the chain of an entry stood then. */
const isWithin = (scopeId: string, chain: readonly string[], customerId: string | null): boolean => {
  if (customerId === scopeId) return true;
  const [reader, customer] = [chain.indexOf(scopeId), chain.indexOf(customerId ?? "")];
  return customer >= 0 && customer <= reader;
};

/** An entry as a reader may see it: who did it is told by kind alone, and not from where, where that was somebody above the reader's branch. */
export function shownTo(scopeId: string, { entry, chain, actorScope, behalfScope }: LogItem): LogEntry {
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
