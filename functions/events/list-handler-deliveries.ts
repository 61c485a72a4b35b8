import * as z from "zod";
import { presentDelivery } from "../../shared/domain/events/delivery.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deliveryStore } from "../../shared/store/events/deliveries.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import { events as contracts } from "./contract.ts";

const stores = { handlers: eventHandlerStore, deliveries: deliveryStore };

/** Lists the deliveries of a handler, those of the latest events first. */
export async function listHandlerDeliveries({
  params,
  page,
  deps: { handlers, deliveries },
}: Input<typeof contracts.listHandlerDeliveries, typeof stores>) {
  // Before anything is begun: it may refuse the cursor.
  const position = page.position(z.string());
  const [{ handler: found }, { deliveries: items, next }] = await Promise.all([
    handlers.load(params.id, false),
    deliveries.list(params.id, page.limit, position),
  ]);
  const byMail = found.action.kind === "mail";
  return { items: items.map((item) => presentDelivery(item, byMail)), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listHandlerDeliveries, listHandlerDeliveries, stores);
