import { seal } from "../runtime/sealer.ts";
import { eventHandlerStore } from "../store/events/event-handlers.ts";
import type { StoreContext } from "../store/hierarchy/scope.ts";

/** The event handlers for operations that make secrets. */
export const sealedEventHandlers = (context: StoreContext) => eventHandlerStore(context, seal);
