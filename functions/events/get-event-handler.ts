import { presentHandler } from "../../shared/domain/events/event-handler.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import { events as contracts } from "./contract.ts";

const stores = { handlers: eventHandlerStore };

/** Answers an event handler of the caller's branch, without its secret. */
export async function getEventHandler({
  params,
  deps: { handlers },
}: Input<typeof contracts.getEventHandler, typeof stores>) {
  const { handler: found } = await handlers.load(params.id, false);
  return presentHandler(found, handlers.now());
}

export const handler = operation(contracts.getEventHandler, getEventHandler, stores);
