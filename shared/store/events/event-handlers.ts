import type { Chain } from "../../domain/hierarchy/customer.ts";
import { EventHandlerRecord, handlersAtMost } from "../../domain/events/event-handler.ts";
import type { LogEntry } from "../../domain/hierarchy/logged-entry.ts";
import { DomainError, notFound, refuse } from "../../domain/terms/errors.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { LogItem, shownTo } from "../access/log-items.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { insertPointer, loadPlace } from "../hierarchy/pointers.ts";
import type { Seal, StoreContext } from "../hierarchy/scope.ts";
import { wakeLane } from "../table/event-lane.ts";
import { eventHandlerKey, eventHandlerPrefix, pointerKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { insert, type Update, type Write } from "../table/writes.ts";

/** A handler as the table holds it. @throws z.ZodError where it is none */
export const readHandler = (item: Item): EventHandlerRecord => EventHandlerRecord.parse(item);

/** The write that brings a handler from one state to another, on the condition of its version. */
export const saveHandler = (before: EventHandlerRecord, after: EventHandlerRecord): Update => ({
  kind: "update",
  key: eventHandlerKey(before.customerId, before.id),
  set: Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof EventHandlerRecord]),
    ),
  ),
  add: {},
  when: [{ attribute: "version", is: before.version }],
});

/** The event handlers of the caller's branch. `seal` seals their secrets for the function that sends. */
export const eventHandlerStore = (context: StoreContext, seal?: Seal) => {
  const { db } = context;
  return {
    /** A handler with its customer's chain. @throws DomainError not_found | customer_deleted where `live` is asked for */
    async load(id: string, live: boolean): Promise<{ handler: EventHandlerRecord; chain: Chain }> {
      const { chain, read } = await loadPlace(context, id, "event handler", live, ({ customerId }) =>
        db.get(eventHandlerKey(customerId, id)),
      );
      if (!read) throw notFound("event handler");
      return { handler: readHandler(read), chain };
    },
    /** The customer that a new handler is to belong to. @throws DomainError not_found | customer_deleted | too_many */
    async loadOwner(customerId: string): Promise<Chain> {
      const [chain, { items }] = await Promise.all([
        loadLiveChain(context, customerId),
        db.query({ pk: customerId, prefix: eventHandlerPrefix, limit: handlersAtMost }),
      ]);
      if (items.length >= handlersAtMost)
        throw new DomainError("too_many", `A customer has at most ${handlersAtMost} event handlers.`);
      return chain;
    },
    /**
     * Checks the branch that a handler is to hear of.
     * @throws DomainError not_found where the caller does not see it, invalid_event_handler where it lies outside the customer's own branch
     */
    async checkBranch(branchId: string | null | undefined, customerId: string): Promise<void> {
      if (branchId === null || branchId === undefined) return;
      const chain = await loadChain(context, branchId);
      if (!chain.some(({ id }) => id === customerId))
        throw refuse("invalid_event_handler", "filter.branch", "must lie in the branch of the handler's customer");
    },
    /** A page of a customer's handlers, oldest first. @throws DomainError not_found */
    async list(customerId: string, limit: number, after: string | null) {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix: eventHandlerPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const shown = items.slice(0, limit);
      return {
        handlers: shown.map(readHandler),
        next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
      };
    },

    /** A secret for signatures, as Standard Webhooks writes it, and the same sealed for the function that sends. */
    async newSecret(handlerId: string): Promise<{ secret: string; sealed: string }> {
      if (!seal) throw new Error("This function cannot seal secrets.");
      const secret = `whsec_${Buffer.from(context.secret(), "base64url").toString("base64")}`;
      return { secret, sealed: await seal(secret, handlerId) };
    },
    insert: (record: EventHandlerRecord, chain: Chain): Write[] => [
      insert(eventHandlerKey(record.customerId, record.id), { kind: "event-handler", ...record }),
      insertPointer(record.id, chain),
    ],
    save: saveHandler,
    remove: ({ id, customerId, version }: EventHandlerRecord): Write[] => [
      { kind: "delete", key: eventHandlerKey(customerId, id), when: [{ attribute: "version", is: version }] },
      { kind: "delete", key: pointerKey(id), when: [{ exists: true }] },
      // Whoever delivers finds it gone, and removes what it has left.
      wakeLane(id, context.now()),
    ],
    /** The write by which a handler that is switched on again takes up what it has not delivered. */
    wake: ({ id }: EventHandlerRecord): Write => wakeLane(id, context.now()),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    /** A log entry about a handler, as its customer may see it, and its write. */
    event(chain: Chain, event: LogEvent): { entry: LogEntry; write: Write } {
      const write = logWrite(context, chain, event);
      return { entry: shownTo(chain[0].id, LogItem.parse(write.item)), write };
    },
    now: (): number => context.now(),
    newId: (): string => context.id("eventHandler"),
  };
};
