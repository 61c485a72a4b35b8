import { seal } from "../runtime/sealer.ts";
import { outboxStore } from "../store/mail/outbox.ts";
import type { StoreContext } from "../store/hierarchy/scope.ts";

/** The outbox for operations whose mails may carry a secret. */
export const outbox = (context: StoreContext) => outboxStore(context, seal);
