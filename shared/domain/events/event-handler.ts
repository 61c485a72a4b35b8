import * as z from "zod";
import { LogEntryType } from "../hierarchy/log-entry.ts";
import { normaliseAddress, readAddress } from "../terms/addresses.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, EventHandlerId } from "../terms/ids.ts";
import { line } from "../terms/text.ts";

/** Handlers of one customer, and recipients of one handler, at most. Each event is compared with all handlers of its chain. */
export const handlersAtMost = 20;
export const recipientsAtMost = 10;
/** How long the former secret signs as well after a rotation, in hours: by default, and at most. */
export const overlapHours = { usual: 24, most: 168 } as const;
/** Secrets that sign at the same time, at most. */
export const secretsAtMost = 5;

const types = z
  .array(LogEntryType)
  .min(1)
  .max(LogEntryType.options.length)
  .nullable()
  .meta({ description: "Types of events; null: all" });
const branch = CustomerId.nullable().meta({
  description: "Only events of this customer's branch, which lies in the branch of `customerId`; null: of all of it",
});
const thresholds = z.int().min(1).max(100).nullable().meta({
  description:
    "Of the events ThresholdCrossed only those from this share of the limit on, in per cent; a soft limit counts as 100. null: all. It does not touch other types",
});

/** Which events a handler hears. Each part narrows. */
const EventFilter = z
  .object({ types, branch, thresholds })
  .meta({ id: "EventFilter", description: "Which events the handler hears. Each part narrows" });
export type EventFilter = z.infer<typeof EventFilter>;
const FilterInput = z.strictObject({
  types: types.optional(),
  branch: branch.optional(),
  thresholds: thresholds.optional(),
});

const recipients = z
  .array(z.string().max(400))
  .max(100)
  .meta({ description: `1 to ${recipientsAtMost} mail addresses` });
const url = z
  .string()
  .max(2_000)
  .meta({
    description: "https, port 443 or 8443, without user name and password. It must lead to a public address",
    examples: ["https://hooks.example.com/tenantry"],
  });
/** What a handler does with an event. */
export const HandlerAction = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("mail"), recipients: z.array(z.string()) }),
  z.object({ kind: z.literal("webhook"), url: z.string() }),
]);
export type HandlerAction = z.infer<typeof HandlerAction>;

export const NewEventHandler = z
  .strictObject({
    customerId: CustomerId.meta({ description: "The handler hears events of this customer's branch" }),
    name: line(100),
    filter: FilterInput.optional(),
    action: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("mail"), recipients }),
      z.strictObject({ kind: z.literal("webhook"), url }),
    ]),
    active: z.boolean().optional().meta({ description: "false: it hears nothing; default: true" }),
  })
  .meta({ id: "NewEventHandler" });
export type NewEventHandler = z.infer<typeof NewEventHandler>;

/** A JSON merge patch over a handler. */
export const EventHandlerPatch = z
  .strictObject({
    name: line(100).optional(),
    filter: FilterInput.optional(),
    action: z
      .strictObject({
        kind: z.enum(["mail", "webhook"]).optional().meta({ description: "Cannot be changed" }),
        recipients: recipients.optional(),
        url: url.optional(),
      })
      .optional(),
    active: z.boolean().optional().meta({ description: "true also takes up a handler again that was disabled" }),
    customerId: CustomerId.optional().meta({ description: "Cannot be changed" }),
  })
  .meta({ id: "EventHandlerPatch" });
export type EventHandlerPatch = z.infer<typeof EventHandlerPatch>;

/** Why a handler was disabled by the product. */
export const DisabledReason = z.enum(["failing", "gone"]).meta({
  description:
    "failing: no delivery has succeeded for three days; gone: the receiver answered 410. Switch the handler on again with `active`",
});
export type DisabledReason = z.infer<typeof DisabledReason>;

/** A secret that signs, sealed for the sender; `until` is when it ends, null: it is the present one. */
export const SealedSecret = z.object({ sealed: z.string(), until: z.string().nullable().default(null) });
export type SealedSecret = z.infer<typeof SealedSecret>;

/** A handler as the table holds it, at its customer. */
export const EventHandlerRecord = z.object({
  id: EventHandlerId,
  version: z.int(),
  customerId: CustomerId,
  name: z.string(),
  filter: EventFilter,
  action: HandlerAction,
  active: z.boolean(),
  disabledAt: z.string().nullable().default(null),
  disabledReason: DisabledReason.nullable().default(null),
  /** Of a webhook: the present secret first. */
  secrets: z.array(SealedSecret).default([]),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type EventHandlerRecord = z.infer<typeof EventHandlerRecord>;

/** A handler as the API shows it. */
export const EventHandler = z
  .object({
    id: EventHandlerId,
    version: z.int(),
    customerId: CustomerId,
    name: z.string(),
    filter: EventFilter,
    action: HandlerAction,
    active: z.boolean(),
    disabledAt: z.string().nullable().meta({ description: "When the product itself has switched it off" }),
    disabledReason: DisabledReason.nullable(),
    formerSecretUntil: z
      .string()
      .nullable()
      .meta({ description: "Until when a secret from before a rotation signs too; null: only the present one signs" }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "EventHandler" });
export type EventHandler = z.infer<typeof EventHandler>;

/** A handler with a secret that was just made, which is shown this once. */
export const EventHandlerWithSecret = EventHandler.extend({
  secret: z
    .string()
    .nullable()
    .meta({ description: "Signs the calls of a webhook (`whsec_…`); shown only here. null: it is no webhook" }),
}).meta({ id: "EventHandlerWithSecret" });

/** The secrets that sign at a moment, the present one first. */
export const signing = ({ secrets }: Pick<EventHandlerRecord, "secrets">, nowMs: number): SealedSecret[] =>
  secrets.filter(({ until }) => until === null || Date.parse(until) > nowMs);

/** A handler as its caller sees it. */
export function presentHandler({ secrets, ...shown }: EventHandlerRecord, nowMs: number): EventHandler {
  const former = signing({ secrets }, nowMs).flatMap(({ until }) => until ?? []);
  return { ...shown, formerSecretUntil: former.toSorted().at(-1) ?? null };
}

/**
 * What the log tells of a handler. Of an address only where it leads: what comes behind may be a secret between the receiver and its caller.
 */
export const told = ({ name, filter, action, active }: EventHandlerRecord) => ({
  name,
  ...filter,
  ...(action.kind === "mail" ? { recipients: action.recipients } : { url: new URL(action.url).origin }),
  active,
});

/** @throws DomainError invalid_event_handler, with each recipient that is wrong */
function readRecipients(given: readonly string[]): string[] {
  const seen = new Set<string>();
  const complaints: { path: string; message: string }[] = [];
  if (given.length < 1 || given.length > recipientsAtMost)
    complaints.push({ path: "action.recipients", message: `must be 1 to ${recipientsAtMost} addresses` });
  const read = given.map((text, place): string => {
    const path = `action.recipients.${place}`;
    const one = readAddress(text);
    if ("error" in one) complaints.push({ path, message: one.error });
    const address = "address" in one ? one.address : text;
    if (seen.has(normaliseAddress(address))) complaints.push({ path, message: "is there twice" });
    seen.add(normaliseAddress(address));
    return address;
  });
  if (complaints.length > 0)
    throw new DomainError(
      "invalid_event_handler",
      "The event handler is not possible; see errors.",
      complaints.map((complaint) => ({ ...complaint, code: "invalid_event_handler" })),
    );
  return read;
}

/** A new handler. @param sealed its secret, of a webhook @throws DomainError invalid_event_handler */
export function newHandler(
  { customerId, name, filter = {}, action, active = true }: NewEventHandler,
  { id, nowMs, sealed }: { id: string; nowMs: number; sealed: string | null },
): EventHandlerRecord {
  const at = new Date(nowMs).toISOString();
  const { types = null, branch = null, thresholds = null } = filter;
  return {
    id,
    version: 1,
    customerId,
    name,
    filter: { types: types && [...new Set(types)], branch, thresholds },
    action: action.kind === "mail" ? { kind: "mail", recipients: readRecipients(action.recipients) } : action,
    active,
    disabledAt: null,
    disabledReason: null,
    secrets: sealed === null ? [] : [{ sealed, until: null }],
    createdAt: at,
    updatedAt: at,
  };
}

const immutable = (path: string, what: string) =>
  new DomainError("immutable", `A handler keeps its ${what}.`, [
    { path, message: "cannot be changed; create another handler", code: "immutable" },
  ]);

/** What the action of a handler is after a patch. @throws DomainError immutable | invalid_event_handler */
function patchedAction(before: HandlerAction, patch: NonNullable<EventHandlerPatch["action"]>): HandlerAction {
  if (patch.kind !== undefined && patch.kind !== before.kind) throw immutable("action.kind", "kind");
  const foreign = before.kind === "mail" ? "url" : "recipients";
  if (patch[foreign] !== undefined) throw immutable(`action.${foreign}`, "kind");
  return before.kind === "mail"
    ? { kind: "mail", recipients: patch.recipients ? readRecipients(patch.recipients) : before.recipients }
    : { kind: "webhook", url: patch.url ?? before.url };
}

/** A handler after a merge patch. Whoever switches it on takes up again what was disabled. @throws DomainError immutable | invalid_event_handler */
export function patchedHandler(before: EventHandlerRecord, patch: EventHandlerPatch): EventHandlerRecord {
  const { customerId, name = before.name, filter = {}, action, active = before.active } = patch;
  if (customerId !== undefined && customerId !== before.customerId) throw immutable("customerId", "customer");
  const { types = before.filter.types, branch = before.filter.branch, thresholds = before.filter.thresholds } = filter;
  return {
    ...before,
    name,
    filter: { types: types && [...new Set(types)], branch, thresholds },
    action: action ? patchedAction(before.action, action) : before.action,
    active,
    ...(active && { disabledAt: null, disabledReason: null }),
  };
}

/** The secrets of a handler once another one signs. What signs already does so for the overlap, or as long as it was to. */
export function rotated(before: readonly SealedSecret[], sealed: string, nowMs: number, hours: number): SealedSecret[] {
  const until = new Date(nowMs + hours * 3_600_000).toISOString();
  const former = signing({ secrets: [...before] }, nowMs)
    .map((one) => ({ ...one, until: one.until !== null && one.until < until ? one.until : until }))
    .filter((one) => Date.parse(one.until) > nowMs);
  return [{ sealed, until: null }, ...former].slice(0, secretsAtMost);
}
