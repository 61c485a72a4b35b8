import { requestPurge as requested } from "../../shared/domain/life/deletion.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { actorOf } from "../../shared/store/hierarchy/deletion-record.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { deletions as contracts } from "./contract.ts";

const stores = { deletions: deletionStore };

/**
 * Asks to remove what was deleted for good before its grace period ends. Nothing happens until support approves; a later request takes the place of this
 * one. Refuses whoever has lost sight of the customer since, by a move.
 */
export async function requestPurge({
  params,
  body,
  deps: { deletions },
}: Input<typeof contracts.requestPurge, typeof stores>) {
  const { deletion: before, chain, shown } = await deletions.loadForRequest(params.id);
  const at = new Date(deletions.now()).toISOString();
  const after = requested(before, body.reason, actorOf(deletions), at);
  const { nodeId, level, name } = before;
  return {
    result: shown(after),
    writes: [
      ...deletions.save(before, after),
      deletions.log(chain, {
        type: "PurgeRequested",
        node: { id: nodeId, level, name },
        changes: [{ path: "purge.state", before: before.purge === null ? null : "requested", after: "requested" }],
        reason: body.reason,
      }),
    ],
  };
}

export const handler = operation(contracts.requestPurge, requestPurge, stores);
