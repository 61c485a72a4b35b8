import * as z from "zod";
import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { sells } from "../../domain/terms/levels.ts";
import { keptChanges } from "../../domain/hierarchy/log-changes.ts";
import { LogEntry, type LogEntryType } from "../../domain/hierarchy/log-entry.ts";
import { idPrefixes } from "../../domain/terms/ids.ts";
import type { Database } from "../table/database.ts";
import { dueKey, type Key, logKey } from "../table/keys.ts";
import type { WorkContext } from "./scope.ts";
import type { Item } from "../table/units.ts";
import { insert, type Put } from "../table/writes.ts";

/** An entry as it is written down: in short, since each kilobyte of a write costs, and without the id, which its key has. */
const Written = z.object({
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

/** An entry as text: its values are of every kind, and the table has no use for their parts. */
function textOf({
  at,
  type,
  node,
  actor,
  onBehalfOf,
  operation,
  sourceIp,
  requestId,
  changes,
  reason,
}: LogEntry): string {
  const written: z.input<typeof Written> = {
    at,
    type,
    node: [node.id, node.level, node.name],
    by: [actor.kind, actor.id],
    ...(onBehalfOf && { for: [onBehalfOf.kind, String(onBehalfOf.id)] }),
    ...(operation !== null && { op: operation }),
    ...(sourceIp !== null && { ip: sourceIp }),
    req: requestId,
    ...(changes.length > 0 && { is: changes.map(({ path, before, after }) => [path, before, after]) }),
    ...(reason !== null && { why: reason }),
  };
  return JSON.stringify(written);
}

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
    pk: z.string(),
    sk: z.string(),
  })
  .transform(({ entry: text, ...item }) => ({ ...item, text, entry: entryOf(item.sk, text) }));
export type LogItem = z.infer<typeof LogItem>;

/** Who has a log of what it did. */
const doerIds = ({ actor, onBehalfOf }: Pick<LogEntry, "actor" | "onBehalfOf">): string[] =>
  [actor.id, onBehalfOf?.id].filter((id) => typeof id === "string");

/** The copies of an entry for the logs of the other customers of its chain, and of whoever did it. They say nothing to the history index. */
const logCopies = ({ text, chain, actorScope, behalfScope, pk, sk, entry }: LogItem): { key: Key; item: Item }[] =>
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
      },
    }));

/** How long the stream has to bring the copies; then the sweep files them. */
const copiesDueMs = 15 * 60_000;

/**
 * Files the copies of an entry, and takes its timer away. Whatever is done twice is done alike.
 * A process that ends in between leaves the timer, and the sweep files the copies again.
 */
export async function fileCopies(db: Database, entry: LogItem): Promise<void> {
  const copies = logCopies(entry);
  if (copies.length === 0) return;
  await db.putAll(copies);
  const { pk, sk } = entry;
  await db.update({
    kind: "update",
    key: { pk, sk },
    set: { duePk: null, dueSk: null },
    add: {},
    when: [{ exists: true }],
  });
}

/** The month in whose part of a log an entry stands. */
export const monthOf = (at: string): string => at.slice(0, 7);

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
export type Author = Pick<WorkContext, "now" | "id" | "requestId" | "origin" | "isForCaller"> & {
  caller: {
    kind: "apiKey" | "user" | "account" | "device" | "enrolmentKey" | "server";
    id: string;
    scopeId: string;
    onBehalfOf?: { kind: string; id: string; scopeId: string };
  } | null;
};

/** Who did it, and in whose name. What a job does for somebody is done by the product. */
function doers({ caller, isForCaller }: Author) {
  if (caller === null || !isForCaller) return { actor: caller, behalf: caller?.onBehalfOf ?? null };
  return { actor: null, behalf: caller };
}

/**
 * The write of one log entry, at the reseller (or the level above) that owns the node now; a stream consumer files copies in the
 * logs of the other customers of the chain. `chain` is that of the customer concerned, nearest first.
 */
export function logWrite(context: Author, chain: readonly CustomerRecord[], event: LogEvent): Put {
  const owner = chain.find(({ level }) => sells(level));
  if (!owner) throw new Error("A chain ends at a provider.");
  const { actor, behalf } = doers(context);
  const id = context.id("logEntry");
  const at = new Date(context.now()).toISOString();
  const entry = {
    id,
    at,
    type: event.type,
    node: event.node,
    actor: { kind: actor?.kind ?? "system", id: actor?.id ?? null },
    onBehalfOf: behalf && { kind: behalf.kind, id: behalf.id },
    operation: context.origin?.operation ?? null,
    sourceIp: context.origin?.sourceIp ?? null,
    requestId: context.requestId,
    changes: keptChanges(event.changes ?? []),
    reason: event.reason ?? null,
  } as LogEntry;
  const key = logKey(owner.id, monthOf(at), id.slice(id.indexOf("_") + 1));
  const hasCopies = chain.some((customer) => customer.id !== owner.id) || doerIds(entry).length > 0;
  const copiesDue = new Date(Date.parse(at) + copiesDueMs).toISOString();
  const actorScope = (actor ?? behalf)?.scopeId;
  return insert(key, {
    kind: "log",
    entry: textOf(entry),
    chain: chain.map((customer) => customer.id),
    actorScope,
    ...(behalf && behalf.scopeId !== actorScope && { behalfScope: behalf.scopeId }),
    ...(event.tells !== undefined && { about: "move", tells: event.tells }),
    nodePk: event.node.id,
    nodeSk: key.sk,
    ...(hasCopies && dueKey(key.sk, "log-copies", copiesDue)),
  });
}
