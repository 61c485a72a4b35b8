import { hears } from "../../domain/events/delivery.ts";
import type { EventHandlerRecord } from "../../domain/events/event-handler.ts";
import { effectivelyActive } from "../../domain/hierarchy/customer.ts";
import { readChain } from "../hierarchy/chain.ts";
import { type LogItem, shownTo } from "../access/log-items.ts";
import type { Database } from "../table/database.ts";
import { eventHandlerPrefix } from "../table/keys.ts";
import { persist } from "../table/persist.ts";
import { handlersAtMost } from "../../domain/events/event-handler.ts";
import { deliveryWrites } from "./deliveries.ts";
import { readHandler } from "./event-handlers.ts";

/** The handlers that hear an event. What many events of one view have in common is read once. */
export async function handlersOf(db: Database, { entry, chain }: LogItem): Promise<EventHandlerRecord[]> {
  const ofCustomer = (pk: string) => ({ pk, prefix: eventHandlerPrefix, limit: handlersAtMost });
  for (const id of chain) db.prefetchQuery(ofCustomer(id));
  const pages = await Promise.all(chain.map((id) => db.query(ofCustomer(id))));
  const heard = pages
    .flatMap(({ items }) => items)
    .map(readHandler)
    .filter((handler) => hears(handler, entry, chain));
  // One whose customer is deleted or switched off hears nothing.
  const chains = await Promise.all(heard.map(({ customerId }) => readChain(db, customerId)));
  return heard.filter((_, place) => {
    const above = chains[place];
    return above && effectivelyActive(above);
  });
}

/** Makes the delivery of an event to a handler, once. */
export const queueDelivery = (
  open: () => Database,
  random: () => number,
  handler: EventHandlerRecord,
  item: LogItem,
  nowMs: number,
): Promise<void> =>
  persist(random, async () => {
    const db = open();
    await db.commit(await deliveryWrites(db, handler, shownTo(handler.customerId, item), nowMs));
  });
