import * as z from "zod";
import { presentHandler } from "../../shared/domain/events/event-handler.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import { events as contracts } from "./contract.ts";

const stores = { handlers: eventHandlerStore };

/** Lists the event handlers of one customer, oldest first. */
export async function listEventHandlers({
  branchId,
  page,
  deps: { handlers },
}: Input<typeof contracts.listEventHandlers, typeof stores>) {
  const { handlers: items, next } = await handlers.list(branchId, page.limit, page.position(z.string()));
  return { items: items.map((item) => presentHandler(item, handlers.now())), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listEventHandlers, listEventHandlers, stores);
