import { presentDelivery } from "../../shared/domain/events/delivery.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deliveryStore } from "../../shared/store/events/deliveries.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import { events as contracts } from "./contract.ts";

const stores = { handlers: eventHandlerStore, deliveries: deliveryStore };

/** Delivers an event of its own to a handler. Refuses one that is switched off. */
export async function testEventHandler({
  params,
  deps: { handlers, deliveries },
}: Input<typeof contracts.testEventHandler, typeof stores>) {
  const { handler: found, chain } = await handlers.load(params.id, true);
  if (!found.active) throw refuse("not_applicable", "id", "The handler is switched off.");
  const { id, name, action } = found;
  const { entry, write } = handlers.event(chain, { type: "EventHandlerTested", node: { id, level: null, name } });
  const { delivery, writes } = await deliveries.begin(found, entry);
  return { result: presentDelivery(delivery, action.kind === "mail"), writes: [write, ...writes] };
}

export const handler = operation(contracts.testEventHandler, testEventHandler, stores);
