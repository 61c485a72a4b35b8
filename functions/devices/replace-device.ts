import { checkReplacement, replacement } from "../../shared/domain/devices/replacement.ts";
import { graceDays } from "../../shared/domain/terms/settings.ts";
import { trialEndAfter } from "../../shared/domain/terms/trial.ts";
import { inOrder } from "../../shared/domain/terms/in-order.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { replaceDevice as replaceWrites, setsToMove } from "../../shared/store/devices/replacements.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore, deletions: deletionStore };

/**
 * Gives all that a device has to the newer device of the same computer, and deletes it: account, place in the limit, licence, state, throttle,
 * backup sets, history and data, in one transaction. The same replacement again changes nothing. Refuses devices of two customers, deleted
 * ones, one that waits and has nothing to hand over, and more backup sets than one transaction moves.
 */
export async function replaceDevice({
  params,
  body,
  deps: { devices, deletions },
}: Input<typeof contracts.replaceDevice, typeof stores>) {
  const [{ device: older, chain, pointer }, { device: newer, pointer: newerPlace }] = await inOrder([
    devices.loadWithAccount(params.id),
    devices.loadWithAccount(body.by),
  ]);
  if (older.deletedAt !== null && older.replacedBy === newer.id)
    return { result: { device: devices.present(newer, chain), replaced: devices.present(older, chain) }, writes: [] };
  checkReplacement(older, newer);
  const sets = await setsToMove(devices.context.db, older, newer);
  const now = devices.now();
  const deletedAt = new Date(now).toISOString();
  const purgeAt = trialEndAfter(now, graceDays(chain));
  const deletionId = deletions.newId();
  const after = replacement(older, newer, chain[0], { deletionId, deletedAt, purgeAt });
  const { id, name, customerId } = older;
  return {
    result: { device: devices.present(after.newer, chain), replaced: devices.present(after.older, chain) },
    writes: [
      ...replaceWrites(
        chain,
        { before: older, after: after.older, place: pointer },
        { before: newer, after: after.newer, place: newerPlace },
        sets,
      ),
      ...deletions.insert(
        chain,
        deletionId,
        {
          kind: "device" as const,
          nodeId: id,
          name,
          level: null,
          customerId,
          usedBytes: 0,
          deviceCount: newer.state === "pending" ? 0 : 1,
          licences: older.licensed && newer.licensed ? 1 : 0,
          deletedAt,
        },
        purgeAt,
      ),
      devices.log(chain, {
        type: "DeviceReplaced",
        node: { id, level: null, name },
        changes: [{ path: "replacedBy", before: null, after: newer.id }],
      }),
    ],
  };
}

export const handler = operation(contracts.replaceDevice, replaceDevice, stores);
