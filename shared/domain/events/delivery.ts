import * as z from "zod";
import { LogEntryType } from "../hierarchy/log-entry.ts";
import { LogEntry } from "../hierarchy/logged-entry.ts";
import { CustomerId, DeliveryId, EventHandlerId, LogEntryId, MailId } from "../terms/ids.ts";
import type { MatterOf } from "../mail/mail.ts";
import type { EventHandlerRecord } from "./event-handler.ts";

const hourMs = 3_600_000;
/** How long a delivery is tried again, and how long it is kept. */
export const retriedMs = 3 * 24 * hourMs;
export const deliveryKeptMs = 30 * 24 * hourMs;
/** Attempts of a delivery that are kept, the last ones. */
const attemptsKept = 30;
/** What is shown of a request and of an answer, in characters. */
const requestShown = 4_096;
export const answerKept = 2_048;

const firstPauseMs = 30_000;
const longestPauseMs = 8 * hourMs;
/** Pause after so many attempts: half a minute, three times as long each time, up to eight hours, a fifth more or less. @param random 0 to 1 */
export const retryPauseMs = (attempts: number, random: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 3 ** Math.max(0, attempts - 1)) * (0.8 + 0.4 * random);

/** Failures in a row after which a receiver counts as down: it is then asked seldom, for one delivery at a time. */
export const patience = 3;
const longestRestMs = 15 * 60_000;
/** How long a receiver that is down is left alone, by the failures in a row. @param random 0 to 1 */
export const restMs = (failures: number, random: number): number =>
  Math.min(longestRestMs, firstPauseMs * 2 ** Math.max(0, failures - patience)) * (0.8 + 0.4 * random);

/** Whether a receiver has been failing for so long that its handler is disabled. */
export const hasFailedForLong = (failingSince: string | null, failures: number, nowMs: number): boolean =>
  failingSince !== null && nowMs - Date.parse(failingSince) >= retriedMs && failures >= 2 * patience;

/** One attempt to deliver. */
export const Attempt = z
  .object({
    at: z.string(),
    status: z.int().nullable().default(null).meta({ description: "Of the answer; null: there was none" }),
    problem: z.string().nullable().default(null).meta({ description: "Why it does not count; null: delivered" }),
    durationMs: z.int(),
  })
  .meta({ id: "DeliveryAttempt" });
export type Attempt = z.infer<typeof Attempt>;

const DeliveryState = z.enum(["pending", "delivered", "failed", "left_out"]).meta({
  description:
    "pending: waits for its turn or another attempt; failed: three days of attempts have not helped; left_out: of a mail that told of more events than it lists, and only counts this one",
});

/** The delivery of one event to one handler, as the table holds it. `data` is the event as JSON, as the handler's customer may see it. */
export const DeliveryRecord = z.object({
  id: DeliveryId,
  handlerId: EventHandlerId,
  customerId: CustomerId,
  eventId: LogEntryId,
  type: LogEntryType,
  nodeId: z.string(),
  sequence: z.int(),
  occurredAt: z.string(),
  data: z.string(),
  state: DeliveryState,
  /** Attempts in all, and since somebody asked for another one. */
  attempts: z.int().default(0),
  retries: z.int().default(0),
  retryUntil: z.string(),
  nextAttemptAt: z.string().nullable().default(null),
  log: z.array(Attempt).default([]),
  url: z.string().nullable().default(null),
  answer: z.string().nullable().default(null),
  mailIds: z.array(MailId).default([]),
  createdAt: z.string(),
  settledAt: z.string().nullable().default(null),
});
export type DeliveryRecord = z.infer<typeof DeliveryRecord>;

/** A delivery as the API shows it. */
export const EventDelivery = z
  .object({
    id: DeliveryId.meta({ description: "The same at each attempt: the header `webhook-id`" }),
    handlerId: EventHandlerId,
    eventId: LogEntryId,
    type: LogEntryType,
    nodeId: z.string().meta({ description: "What it happened to" }),
    sequence: z.int().meta({ description: "Counts the deliveries of this handler about this node, from 1" }),
    state: DeliveryState,
    attempts: z.int(),
    nextAttemptAt: z.string().nullable(),
    createdAt: z.string(),
    settledAt: z.string().nullable(),
    log: z.array(Attempt).meta({ description: `The last ${attemptsKept} attempts, the latest last` }),
    request: z
      .object({ url: z.string().nullable(), body: z.string() })
      .nullable()
      .meta({ description: `What was sent, cut to ${requestShown} characters; null: it goes by mail` }),
    answer: z
      .string()
      .nullable()
      .meta({ description: `The last answer, cut to ${answerKept} characters; null: there was none` }),
    mailIds: z.array(MailId).meta({ description: "The mails that tell of it; see getMail" }),
  })
  .meta({ id: "EventDelivery" });
export type EventDelivery = z.infer<typeof EventDelivery>;

/** What a webhook is sent, byte for byte the same at each attempt. */
export const webhookBody = ({ id, type, occurredAt, sequence, data }: DeliveryRecord): string =>
  JSON.stringify({ id, type, timestamp: occurredAt, sequence, data: JSON.parse(data) as unknown });

/** A delivery as its caller sees it. @param byMail it goes by mail */
export function presentDelivery(record: DeliveryRecord, byMail: boolean): EventDelivery {
  const { customerId: _, occurredAt: __, data: ___, retries: ____, retryUntil: _____, url, ...shown } = record;
  return { ...shown, request: byMail ? null : { url, body: webhookBody(record).slice(0, requestShown) } };
}

/** A new delivery, which is due at once. */
export function newDelivery(
  { id: handlerId, customerId }: Pick<EventHandlerRecord, "id" | "customerId">,
  entry: LogEntry,
  { id, sequence, nowMs }: { id: string; sequence: number; nowMs: number },
): DeliveryRecord {
  const at = new Date(nowMs).toISOString();
  return {
    id,
    handlerId,
    customerId,
    eventId: entry.id,
    type: entry.type,
    nodeId: entry.node.id,
    sequence,
    occurredAt: entry.at,
    data: JSON.stringify(entry),
    state: "pending",
    attempts: 0,
    retries: 0,
    retryUntil: new Date(nowMs + retriedMs).toISOString(),
    nextAttemptAt: at,
    log: [],
    url: null,
    answer: null,
    mailIds: [],
    createdAt: at,
    settledAt: null,
  };
}

/** A delivery after an attempt. One that has failed is tried again after a pause, until its time is over. @param random 0 to 1 */
export function attempted(
  before: DeliveryRecord,
  attempt: Attempt,
  { url, answer }: { url: string; answer: string | null },
  nowMs: number,
  random: number,
): DeliveryRecord {
  const [attempts, retries] = [before.attempts + 1, before.retries + 1];
  const log = [...before.log, attempt].slice(-attemptsKept);
  const after = { ...before, attempts, retries, log, url, answer };
  const at = new Date(nowMs).toISOString();
  if (attempt.problem === null) return { ...after, state: "delivered", nextAttemptAt: null, settledAt: at };
  const next = new Date(nowMs + retryPauseMs(retries, random)).toISOString();
  if (at >= before.retryUntil) return { ...after, state: "failed", nextAttemptAt: null, settledAt: at };
  // The last attempt is made when the time is over.
  return { ...after, nextAttemptAt: next < before.retryUntil ? next : before.retryUntil };
}

/** A delivery that a mail has told of, or has only counted. @param mailIds none where it went to nobody, and `problem` says why */
export function mailed(
  before: DeliveryRecord,
  { mailIds, problem, leftOut }: { mailIds: readonly string[]; problem: string | null; leftOut: boolean },
  nowMs: number,
): DeliveryRecord {
  const at = new Date(nowMs).toISOString();
  return {
    ...before,
    attempts: before.attempts + 1,
    log: [...before.log, { at, status: null, problem, durationMs: 0 }].slice(-attemptsKept),
    state: problem !== null ? "failed" : leftOut ? "left_out" : "delivered",
    nextAttemptAt: null,
    mailIds: [...mailIds],
    settledAt: at,
  };
}

/** A delivery that is to be made once more, whatever became of it. */
export const redelivered = (before: DeliveryRecord, nowMs: number): DeliveryRecord => ({
  ...before,
  state: "pending",
  retries: 0,
  retryUntil: new Date(nowMs + retriedMs).toISOString(),
  nextAttemptAt: new Date(nowMs).toISOString(),
  settledAt: null,
});

const Crossed = z.object({ percent: z.int().nullable() });
/** Mails of handlers themselves: a failure of one must not lead to the next. */
const OwnMail = z.object({ template: z.enum(["events", "event-handler-disabled"]) });

/** The share of a limit that an event tells of, in per cent; a soft limit is reached as a whole. null: it tells of none. */
const percentOf = ({ type, changes }: LogEntry): number | null =>
  type === "ThresholdCrossed" ? (Crossed.safeParse(changes[0]?.after).data?.percent ?? 100) : null;

/** An event as a mail tells of it. */
export function mailLine({ data, type, occurredAt: at }: DeliveryRecord): MatterOf<"events">["events"][number] {
  const entry = LogEntry.parse(JSON.parse(data));
  return { type, node: entry.node.name, at, percent: percentOf(entry) };
}

/**
 * Whether a handler hears an event. None hears of itself, and none that mails of mails of handlers: nothing that a handler does leads to
 * another delivery of its own.
 * @param chain the customers from the one concerned up to the provider, as they stood then
 */
export function hears(
  { id, customerId, active, filter, action, createdAt }: EventHandlerRecord,
  entry: LogEntry,
  chain: readonly string[],
): boolean {
  if (!active || entry.node.id === id || entry.at < createdAt) return false;
  if (!chain.includes(customerId) || (filter.branch !== null && !chain.includes(filter.branch))) return false;
  if (filter.types !== null && !filter.types.includes(entry.type)) return false;
  const percent = percentOf(entry);
  if (percent !== null && filter.thresholds !== null && percent < filter.thresholds) return false;
  const ownMail = entry.type === "MailFailed" && OwnMail.safeParse(entry.changes[0]?.after).success;
  return !(ownMail && action.kind === "mail");
}
