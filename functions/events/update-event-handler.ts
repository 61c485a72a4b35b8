import { patchedHandler, presentHandler, told } from "../../shared/domain/events/event-handler.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { webhookTargets } from "../../shared/runtime/webhook-target.ts";
import { eventHandlerStore } from "../../shared/store/events/event-handlers.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { events as contracts } from "./contract.ts";

const stores = { handlers: eventHandlerStore, targets: webhookTargets };

/** Changes an event handler. Refuses another kind of action or another customer, and URLs that lead to no public address. */
export async function updateEventHandler({
  params,
  body,
  ifMatch,
  deps: { handlers, targets },
}: Input<typeof contracts.updateEventHandler, typeof stores>) {
  const { handler: before, chain } = await handlers.load(params.id, true);
  ifMatch(before.version);
  const patched = patchedHandler(before, body);
  if (body.filter?.branch !== before.filter.branch) await handlers.checkBranch(body.filter?.branch, before.customerId);
  if (patched.action.kind === "webhook" && body.action?.url !== undefined)
    await targets.check(patched.action.url, "action.url");
  const nowMs = handlers.now();
  if (JSON.stringify(patched) === JSON.stringify(before)) return { result: presentHandler(before, nowMs), writes: [] };
  const after = { ...patched, version: before.version + 1, updatedAt: new Date(nowMs).toISOString() };
  return {
    result: presentHandler(after, nowMs),
    writes: [
      handlers.save(before, after),
      ...(after.active && !before.active ? [handlers.wake(after)] : []),
      handlers.log(chain, {
        type: "EventHandlerUpdated",
        node: { id: after.id, level: null, name: after.name },
        changes: difference(told(before), told(after)),
      }),
    ],
  };
}

export const handler = operation(contracts.updateEventHandler, updateEventHandler, stores);
