import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { restoredCustomer } from "../../shared/domain/life/deleted-customer.ts";
import { checkDeviceMove, deviceStandsThere } from "../../shared/domain/life/device-move.ts";
import { standsThere } from "../../shared/domain/life/customer-move.ts";
import { movedSince, type Origin } from "../../shared/domain/life/undo.ts";
import { loadChain } from "../../shared/store/hierarchy/branch.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import type { StoreContext } from "../../shared/store/hierarchy/scope.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { deviceMoveStore } from "../../shared/store/life/device-moves.ts";
import { giveBack } from "../../shared/store/life/merge-rest.ts";
import { moveStore } from "../../shared/store/life/moves.ts";
import { originOf, originsOf } from "../../shared/store/life/undo.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import type { RowStep } from "../../shared/store/tasks/work.ts";
import { accountBack } from "./account-back.ts";
import { limitWrites } from "./merge-steps.ts";
import { workOut } from "./moving.ts";

type OriginOf<What extends Origin["what"]> = Extract<Origin, { what: What }>;

async function customerBack(
  context: StoreContext,
  id: string,
  { parentId, nowAt }: OriginOf<"customer">,
): Promise<Write[]> {
  const moves = moveStore(context);
  const found = await moves.load(id, parentId);
  if (standsThere(found)) return [];
  if (found.chain[0].parentId !== nowAt) throw movedSince();
  return (await workOut(moves, found, false)).writes;
}

async function deviceBack(
  context: StoreContext,
  id: string,
  { accountId, nowAt }: OriginOf<"device">,
): Promise<Write[]> {
  const moves = deviceMoveStore(context);
  const found = await moves.load(id, accountId);
  if (deviceStandsThere(found)) return [];
  if (found.device.accountId !== nowAt) throw movedSince();
  checkDeviceMove(found);
  return moves.writes(found);
}

/** Both customers of a merge have the limits again that they had before. */
async function limitsBack(context: StoreContext, undone: string): Promise<Write[]> {
  const origins = [...(await originsOf(context.db, undone, context.now())).values()];
  const changes = origins.flatMap((origin) => {
    if (origin.what !== "limits" && origin.what !== "merged") return [];
    const { spaceLimit, licenceLimit, deviceLimit } = origin.limits;
    return [
      { id: origin.customerId, space: { limitBytes: spaceLimit }, licences: { limit: licenceLimit }, deviceLimit },
    ];
  });
  return limitWrites(context, changes);
}

/** The emptied customer is there again, with what else it held. Its limits come once its accounts are back. */
async function customerRestored(
  context: StoreContext,
  undone: string,
  { customerId, nowAt }: OriginOf<"merged">,
): Promise<Write[]> {
  const [customers, deletions] = [customerStore(context), deletionStore(context)];
  const chain = await deletions.orGone(customerId, "customer", () => customers.load(customerId));
  const [before] = chain;
  const origins = await originsOf(context.db, undone, context.now());
  const rest = [...origins.values()].filter((origin) => origin.what === "rest");
  if (before.deletedAt === null) {
    await giveBack(() => context.db.fresh(), context.random, nowAt, chain, rest);
    return [];
  }
  const { record, licences } = restoredCustomer(chain, context.now());
  const { id, level, name } = record;
  await context.db.commit([
    ...customers.mark(chain, record, licences),
    ...deletions.settle(before.deletionId, "deleted", { state: "restored", restoredAt: record.updatedAt }),
    customers.log(chain, {
      type: "CustomerRestored",
      node: { id, level, name },
      changes: differenceIn(["deletedAt", "purgeAt"], before, record),
    }),
  ]);
  const there = await loadChain({ ...context, db: context.db.fresh() }, customerId);
  await giveBack(() => context.db.fresh(), context.random, nowAt, there, rest);
  return [];
}

/** Puts one thing back that another task has moved. */
export const undoRow: RowStep = async (context, id, { id: taskId, parameters }, turn) => {
  const { taskId: undone = "", _leads: leads = "{}" } = parameters;
  const about = (JSON.parse(leads) as Record<string, string>)[id] ?? id;
  const origin = await originOf(context.db, undone, about, context.now());
  if (!origin) return [];
  switch (origin.what) {
    case "customer":
      return customerBack(context, id, origin);
    case "device":
      return deviceBack(context, id, origin);
    case "account":
      return accountBack(
        context,
        id,
        { taskId, undone, lead: about === id ? null : about },
        origin,
        turn,
        parameters["_limits"] === "true",
      );
    case "limits":
      return limitsBack(context, undone);
    case "merged":
      return customerRestored(context, undone, origin);
    case "rest":
      return [];
  }
};
