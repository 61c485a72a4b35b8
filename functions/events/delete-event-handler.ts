import { presentHandler, told } from "../../shared/domain/events/event-handler.ts";
import { removal } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import { events as contracts } from "./contract.ts";

const stores = { handlers: eventHandlerStore };

/** Ends an event handler. What it has not delivered yet is not delivered any more. */
export async function deleteEventHandler({
  params,
  ifMatch,
  deps: { handlers },
}: Input<typeof contracts.deleteEventHandler, typeof stores>) {
  const { handler: found, chain } = await handlers.load(params.id, true);
  ifMatch(found.version);
  const { id, name } = found;
  return {
    result: presentHandler({ ...found, active: false }, handlers.now()),
    writes: [
      ...handlers.remove(found),
      handlers.log(chain, {
        type: "EventHandlerDeleted",
        node: { id, level: null, name },
        changes: removal(told(found)),
      }),
    ],
  };
}

export const handler = operation(contracts.deleteEventHandler, deleteEventHandler, stores);
