import { presentDelivery } from "../../shared/domain/events/delivery.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deliveryStore } from "../../shared/store/events/deliveries.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import { events as contracts } from "./contract.ts";

const stores = { handlers: eventHandlerStore, deliveries: deliveryStore };

/** Makes a delivery once more, whatever has become of it. Refuses one of a handler that is switched off. */
export async function redeliver({
  params,
  deps: { handlers, deliveries },
}: Input<typeof contracts.redeliver, typeof stores>) {
  const { handler: found, chain } = await handlers.load(params.id, true);
  const before = await deliveries.load(params.id, params.deliveryId);
  if (!found.active) throw refuse("not_applicable", "id", "The handler is switched off.");
  const { delivery, writes } = deliveries.again(before);
  const { id, name, action } = found;
  const changes = [{ path: "delivery", before: null, after: { id: delivery.id, eventId: delivery.eventId } }];
  return {
    result: presentDelivery(delivery, action.kind === "mail"),
    writes: [...writes, handlers.log(chain, { type: "EventRedelivered", node: { id, level: null, name }, changes })],
  };
}

export const handler = operation(contracts.redeliver, redeliver, stores);
