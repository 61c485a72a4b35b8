import { newHandler, presentHandler, told } from "../../shared/domain/events/event-handler.ts";
import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { webhookTargets } from "../../shared/runtime/webhook-target.ts";
import { events as contracts } from "./contract.ts";
import { sealedEventHandlers } from "./sealed-handlers.ts";

const stores = { handlers: sealedEventHandlers, targets: webhookTargets };

/** Creates an event handler of a customer. Refuses URLs that lead to no public address. The secret of a webhook is in this answer (and its replay) and nowhere else. */
export async function createEventHandler({
  body,
  deps: { handlers, targets },
}: Input<typeof contracts.createEventHandler, typeof stores>) {
  const chain = await handlers.loadOwner(body.customerId);
  await handlers.checkBranch(body.filter?.branch, body.customerId);
  if (body.action.kind === "webhook") await targets.check(body.action.url, "action.url");
  const [id, nowMs] = [handlers.newId(), handlers.now()];
  const made = body.action.kind === "webhook" ? await handlers.newSecret(id) : null;
  const record = newHandler(body, { id, nowMs, sealed: made?.sealed ?? null });
  return {
    result: { ...presentHandler(record, nowMs), secret: made?.secret ?? null },
    writes: [
      ...handlers.insert(record, chain),
      handlers.log(chain, {
        type: "EventHandlerCreated",
        node: { id, level: null, name: record.name },
        changes: creation(told(record)),
      }),
    ],
  };
}

export const handler = operation(contracts.createEventHandler, createEventHandler, stores);
