import * as z from "zod";
import {
  EventHandler,
  EventHandlerPatch,
  EventHandlerWithSecret,
  NewEventHandler,
  overlapHours,
} from "../../shared/domain/events/event-handler.ts";
import { LogEntryType } from "../../shared/domain/hierarchy/log-entry.ts";
import { LogEntry } from "../../shared/domain/hierarchy/logged-entry.ts";
import { EventDelivery } from "../../shared/domain/events/delivery.ts";
import { CustomerId, DeliveryId, EventHandlerId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: EventHandlerId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const events = defineArea("events", {
  listEvents: {
    route: "GET /v1/events",
    summary: "List events",
    description:
      "Lists the events of the last 30 days in a customer's branch, for programs that have no address to be called at. They come in the order in which they were filed: a moment after they happened, and now and then an event before an earlier one; `at` says when it happened.\n\n`resumeCursor` is there on every page, also on the last one. Ask with it again later, and you get what has been filed since: nothing twice, and nothing left out. A cursor belongs to the key that it was given to; with another key begin anew, and skip the ids that you know. With `types` a page may hold few events, or none, and still have a next one.",
    permission: "branch:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
      types: z
        .string()
        .max(2_000)
        .transform((text) => text.split(","))
        .pipe(z.array(LogEntryType))
        .optional()
        .meta({ description: "Types of events, separated by commas; default: all", type: "string" }),
    }),
    success: {
      status: 200,
      body: pageOf(LogEntry).extend({
        resumeCursor: z.string().meta({ description: "Goes on behind this page, also where there is no more today" }),
      }),
    },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  createEventHandler: {
    route: "POST /v1/event-handlers",
    summary: "Create an event handler",
    description:
      "Sends a mail or calls a webhook whenever something happens in a customer's branch, be it changed by somebody or found by the product: every entry of the log is an event. `filter` says which of them.\n\nA webhook's calls are signed by the rules of [Standard Webhooks](https://www.standardwebhooks.com). The answer has the secret, once.\n\nA URL must lead to a public address, today and at each call; redirects are not followed.",
    permission: "events:write",
    branch: "body.customerId",
    query: ChangeQuery,
    body: NewEventHandler,
    success: { status: 201, body: EventHandlerWithSecret },
    errors: ["invalid_event_handler", "url_not_allowed", "too_many"],
    grants: [...read, "table:Query", "table:PutItem", "seal:Encrypt"],
  },
  listEventHandlers: {
    route: "GET /v1/event-handlers",
    summary: "List event handlers",
    description: "Lists the event handlers of one customer, oldest first.",
    permission: "branch:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
    }),
    success: { status: 200, body: pageOf(EventHandler) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getEventHandler: {
    route: "GET /v1/event-handlers/{id}",
    summary: "Get an event handler",
    description: "Returns an event handler, and whether and why it was disabled. Its secret is not shown again.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: EventHandler },
    errors: [],
    grants: read,
  },
  updateEventHandler: {
    route: "PATCH /v1/event-handlers/{id}",
    summary: "Update an event handler",
    description:
      "Changes an event handler by JSON merge patch. It applies to events from now on, and to all deliveries that have not been made yet where the address changes. `active: true` also takes up a handler that was disabled.",
    permission: "events:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: EventHandlerPatch,
    success: { status: 200, body: EventHandler },
    errors: ["invalid_event_handler", "url_not_allowed", "immutable"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  deleteEventHandler: {
    route: "DELETE /v1/event-handlers/{id}",
    summary: "Delete an event handler",
    description: "Ends an event handler. What it was to deliver still is not delivered any more.",
    permission: "events:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: EventHandler },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
  rotateHandlerSecret: {
    route: "POST /v1/event-handlers/{id}/secret",
    summary: "Rotate the secret of a webhook",
    description: `Gives a webhook another secret, which this answer has once. For some hours, ${overlapHours.usual} if you say nothing, each call carries two signatures, by the present and by the former secret, so that receivers can be changed one after the other. With \`overlapHours: 0\` the former one ends at once.`,
    permission: "events:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({
        overlapHours: z
          .int()
          .min(0)
          .max(overlapHours.most)
          .default(overlapHours.usual)
          .meta({ description: "How long the former secret signs too" }),
      })
      .meta({ id: "SecretRotation" }),
    success: { status: 200, body: EventHandlerWithSecret },
    errors: ["not_applicable"],
    grants: [...read, "table:PutItem", "table:UpdateItem", "seal:Encrypt"],
  },
  testEventHandler: {
    route: "POST /v1/event-handlers/{id}/test",
    summary: "Test an event handler",
    description:
      "Makes a delivery of the event EventHandlerTested, whatever the filter says, as soon as anything else would be delivered. listHandlerDeliveries shows what has become of it.",
    permission: "events:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 202, body: EventDelivery, description: "Queued" },
    errors: ["not_applicable"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  listHandlerDeliveries: {
    route: "GET /v1/event-handlers/{id}/deliveries",
    summary: "List the deliveries of an event handler",
    description:
      "Lists what an event handler has delivered in the last 30 days, newest event first: with each attempt, and with what was sent and answered, cut.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery,
    success: { status: 200, body: pageOf(EventDelivery) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  redeliver: {
    route: "POST /v1/event-handlers/{id}/deliveries/{deliveryId}/redeliver",
    summary: "Deliver an event again",
    description:
      "Makes a delivery once more, whatever has become of it, and tries for three days where that fails. It has the same id and says the same. A handler that is switched off delivers nothing: switch it on first.",
    permission: "events:write",
    branch: "params.id",
    params: z.strictObject({ id: EventHandlerId, deliveryId: DeliveryId }),
    query: ChangeQuery,
    success: { status: 202, body: EventDelivery, description: "Queued" },
    errors: ["not_applicable"],
    grants: [...read, "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
});
