import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { logRetentionDays } from "../../domain/terms/settings.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { sells } from "../../domain/terms/levels.ts";
import { keptChanges } from "../../domain/hierarchy/log-changes.ts";
import type { LogEntryType } from "../../domain/hierarchy/log-entry.ts";
import type { LogEntry } from "../../domain/hierarchy/logged-entry.ts";
import { dueKey, logKey } from "../table/keys.ts";
import type { WorkContext } from "./scope.ts";
import { insert, type Put } from "../table/writes.ts";

/** An entry as it is written down: in short, since each kilobyte of a write costs, and without the id, which its key has. */
export interface WrittenEntry {
  at: string;
  type: string;
  node: [id: string, level: string | null, name: string];
  by: [kind: string, id: string | null];
  for?: [kind: string, id: string] | undefined;
  op?: string | undefined;
  ip?: string | undefined;
  req: string;
  is?: [path: string, before: unknown, after: unknown][] | undefined;
  why?: string | undefined;
}

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
  const written: WrittenEntry = {
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

/** Who has a log of what it did. */
export const doerIds = ({ actor, onBehalfOf }: Pick<LogEntry, "actor" | "onBehalfOf">): string[] =>
  [actor.id, onBehalfOf?.id].filter((id) => typeof id === "string");

/** How long the stream has to bring an entry to whoever files its copies and tells event handlers; then the sweep does. */
const copiesDueMs = 15 * 60_000;

/** The end of an entry by the settings of those whom it concerns, as its time to live; absent: it is kept for good. */
function endOf(chain: readonly CustomerRecord[], at: string): { expiresAt?: number } {
  const days = logRetentionDays(chain);
  return days === null ? {} : { expiresAt: Math.ceil((Date.parse(at) + days * dayMs) / 1000) };
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
 * logs of the other customers of the chain, and tells the event handlers that hear of it. `chain` is that of the customer concerned, nearest first.
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
    ...endOf(chain, at),
    ...dueKey(key.sk, "log-copies", copiesDue),
  });
}
