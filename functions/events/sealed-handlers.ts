import { seal } from "../../shared/runtime/sealer.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import type { StoreContext } from "../../shared/store/hierarchy/scope.ts";

/** The event handlers for operations that make secrets. */
export const sealedEventHandlers = (context: StoreContext) => eventHandlerStore(context, seal);
