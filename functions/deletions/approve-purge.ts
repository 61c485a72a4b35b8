import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { approvePurge as approved } from "../../shared/domain/life/deletion.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { actorOf } from "../../shared/store/hierarchy/deletion-record.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { earlyPurgeStore } from "../../shared/store/life/early-purge.ts";
import { deletions as contracts } from "./contract.ts";

const stores = { deletions: deletionStore, purges: earlyPurgeStore };

/**
 * Approves that what was deleted is removed for good now. Refuses where nobody has asked for it, whoever has asked, and a key of his own
 * making.
 */
export async function approvePurge({
  params,
  deps: { deletions, purges },
}: Input<typeof contracts.approvePurge, typeof stores>) {
  const { deletion: before, chain, shown } = await deletions.load(params.id);
  const at = new Date(deletions.now()).toISOString();
  const creator = await purges.creatorOf(before.purge?.requestedBy.id ?? null);
  const who = { ...actorOf(deletions), createdBy: deletions.caller.createdBy };
  const after = approved(before, who, creator, at);
  // Again is no error: it is due already.
  if (typeof before.purge?.approvedAt === "string") return { result: shown(before), writes: [] };
  const { nodeId, level, name } = before;
  return {
    result: shown(after),
    writes: [
      ...deletions.save(before, after),
      ...(await purges.bringForward(before, String(after.purgeAt))),
      deletions.log(chain, {
        type: "PurgeApproved",
        node: { id: nodeId, level, name },
        changes: differenceIn(["purgeAt"], before, after),
      }),
    ],
  };
}

export const handler = operation(contracts.approvePurge, approvePurge, stores);
