import { accountStandsThere, checkAccountMove, SamePlan } from "../../shared/domain/life/account-move.ts";
import { standsThere } from "../../shared/domain/life/customer-move.ts";
import { checkDeviceMove, deviceStandsThere } from "../../shared/domain/life/device-move.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { accountMoveStore, type LoadedAccountMove } from "../../shared/store/life/account-moves.ts";
import { deviceMoveStore } from "../../shared/store/life/device-moves.ts";
import { moveStore } from "../../shared/store/life/moves.ts";
import { goOn } from "../../shared/store/life/transits.ts";
import { transitOf } from "../../shared/store/hierarchy/pointers.ts";
import type { StoreContext } from "../../shared/store/hierarchy/scope.ts";
import type { RowStep, RowTurn } from "../../shared/store/tasks/work.ts";
import { Contended } from "../../shared/store/table/writes.ts";
import { workOut } from "./moving.ts";

/** Moves one customer. */
export const moveCustomerRow: RowStep = async (context, id, { parameters }) => {
  const moves = moveStore(context);
  const found = await moves.load(id, String(parameters["parentId"]));
  return standsThere(found) ? [] : (await workOut(moves, found, false)).writes;
};

/** What a row that is refused because of another move comes to: that one ends, so it is tried again. */
const patiently = (rule: () => void): void => {
  try {
    rule();
  } catch (error) {
    const passes =
      error instanceof DomainError &&
      error.errors.length > 0 &&
      error.errors.every(({ code }) => code === "move_running");
    throw passes ? new Contended("Another move is under way.") : error;
  }
};

/** Brings what follows an account to where that has gone. @throws DomainError unavailable where the turn ends first: another one goes on */
async function bringRest(
  context: StoreContext,
  { to: [customer], account }: Pick<LoadedAccountMove, "to" | "account">,
  { clock, until, random }: RowTurn,
): Promise<void> {
  const transit = await transitOf(context.db, customer);
  if (transit?.leadId !== account.id) return;
  const turn = { open: () => context.db.fresh(), clock, until, random, context };
  if (!(await goOn(turn, transit))) throw new DomainError("unavailable", "The rest of the account follows.");
}

/** Moves one account: it goes at once, and what does not go with it follows. */
export const moveAccountRow: RowStep = async (context, id, { id: taskId, parameters }, turn) => {
  const { customerId = "", onSamePlan, plan } = parameters;
  const moves = accountMoveStore(context);
  const wishes = { onSamePlan: SamePlan.parse(onSamePlan), plan };
  const found = await moves.load(id, customerId, wishes);
  if (accountStandsThere(found)) {
    await bringRest(context, found, turn);
    return [];
  }
  patiently(() => checkAccountMove(found));
  // The note that the row is done.
  const { writes, transit } = await moves.writes(found, taskId, 1);
  if (!transit) return writes;
  await context.db.commit(writes);
  const arrived = await accountMoveStore({ ...context, db: context.db.fresh() }).load(id, customerId, wishes);
  await bringRest(context, arrived, turn);
  return [];
};

/** Moves one device with its backup sets. */
export const moveDeviceRow: RowStep = async (context, id, { parameters }) => {
  const moves = deviceMoveStore(context);
  const found = await moves.load(id, String(parameters["accountId"]));
  if (deviceStandsThere(found)) return [];
  patiently(() => checkDeviceMove(found));
  return moves.writes(found);
};
