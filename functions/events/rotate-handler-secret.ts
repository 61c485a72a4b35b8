import { presentHandler, rotated } from "../../shared/domain/events/event-handler.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { events as contracts } from "./contract.ts";
import { sealedEventHandlers } from "./sealed-handlers.ts";

const stores = { handlers: sealedEventHandlers };

/** Gives a webhook another secret; the former one signs too for a while. Refuses handlers that send mail. */
export async function rotateHandlerSecret({
  params,
  body,
  deps: { handlers },
}: Input<typeof contracts.rotateHandlerSecret, typeof stores>) {
  const { handler: before, chain } = await handlers.load(params.id, true);
  if (before.action.kind !== "webhook") throw refuse("not_applicable", "id", "Mails are not signed by a secret.");
  const { id, name } = before;
  const nowMs = handlers.now();
  const { secret, sealed } = await handlers.newSecret(id);
  const after = {
    ...before,
    secrets: rotated(before.secrets, sealed, nowMs, body.overlapHours),
    version: before.version + 1,
    updatedAt: new Date(nowMs).toISOString(),
  };
  return {
    result: { ...presentHandler(after, nowMs), secret },
    writes: [
      handlers.save(before, after),
      handlers.log(chain, { type: "EventHandlerSecretRotated", node: { id, level: null, name } }),
    ],
  };
}

export const handler = operation(contracts.rotateHandlerSecret, rotateHandlerSecret, stores);
