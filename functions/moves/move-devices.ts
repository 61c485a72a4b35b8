import { checkIds, refusalOf, refuseAll, refuseBeside } from "../../shared/domain/life/customer-move.ts";
import { checkDeviceMove, type DeviceMove, deviceStandsThere } from "../../shared/domain/life/device-move.ts";
import { goingDevice, previewOf } from "../../shared/domain/life/moved-account.ts";
import { presentTask } from "../../shared/domain/tasks/task.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceMoveStore } from "../../shared/store/life/device-moves.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { moves as contracts } from "./contract.ts";
import { foreseen } from "./moving.ts";

const stores = { moves: deviceMoveStore, tasks: taskStore };

/**
 * Starts a task that moves devices to another account, each with its backup sets in a transaction of its own. Refuses all where one cannot be moved,
 * unless the caller asks for those that can. A dry run answers what each row would meet, and what would change.
 */
export async function moveDevices({
  query,
  body,
  deps: { moves, tasks },
}: Input<typeof contracts.moveDevices, typeof stores>) {
  const { ids, accountId } = body;
  checkIds(ids, "device");
  const opening = tasks.open();
  const { chain: to } = await moves.loadTarget(accountId);
  const found = await moves.loadAll(ids, accountId);
  const refusals = found.map((move) => {
    if (move instanceof DomainError) return move;
    return deviceStandsThere(move) ? null : refusalOf(() => checkDeviceMove(move));
  });
  if (query.partial !== "true") refuseAll(refusals, "device");
  const loaded = found.filter((move): move is DeviceMove => !(move instanceof DomainError));
  const around = [...new Set([to[0].id, ...loaded.map(({ from }) => from[0].id)])];
  const open = await opening;
  refuseBeside(open, ids, around);
  const task = tasks.make("move_devices", { accountId }, ids.length, open);
  const isPreview = query.dryRun === "true";
  const going = found.flatMap((move, index) =>
    move instanceof DomainError || deviceStandsThere(move) ? [] : [goingDevice(move, `ids.${index}`)],
  );
  return {
    result: {
      ...presentTask(task, ids, isPreview ? foreseen(refusals) : []),
      preview: isPreview ? previewOf(going, to) : null,
    },
    writes: await tasks.insert(task, { ids, around }),
  };
}

export const handler = operation(contracts.moveDevices, moveDevices, stores);
