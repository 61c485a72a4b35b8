import { accountStandsThere, checkAccountMove, SamePlan } from "../../shared/domain/life/account-move.ts";
import { refusalOf, standsThere } from "../../shared/domain/life/customer-move.ts";
import { checkDeviceMove, deviceStandsThere } from "../../shared/domain/life/device-move.ts";
import { accountMoveStore, type LoadedAccountMove } from "../../shared/store/life/account-moves.ts";
import { deviceMoveStore } from "../../shared/store/life/device-moves.ts";
import { moveStore } from "../../shared/store/life/moves.ts";
import { goOn } from "../../shared/store/life/transits.ts";
import { rememberOrigin } from "../../shared/store/life/undo.ts";
import { transitOf } from "../../shared/store/hierarchy/pointers.ts";
import type { StoreContext } from "../../shared/store/hierarchy/scope.ts";
import { GoesOn, type RowStep, type RowTurn } from "../../shared/store/tasks/work.ts";
import { Contended, type Write } from "../../shared/store/table/writes.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { largest } from "../../shared/domain/terms/allowance.ts";
import { workOut } from "./moving.ts";

/** Moves one customer. */
export const moveCustomerRow: RowStep = async (context, id, { id: taskId, parameters }) => {
  const moves = moveStore(context);
  const found = await moves.load(id, String(parameters["parentId"]));
  if (standsThere(found)) return [];
  const origin = { what: "customer" as const, parentId: String(found.chain[0].parentId), nowAt: found.to[0].id };
  return [rememberOrigin(taskId, id, origin, context.now()), ...(await workOut(moves, found, false)).writes];
};

/** What a row that is refused because of another move comes to: that one ends, so it is tried again. */
const patiently = (rule: () => void): void => {
  const refusal = refusalOf(rule);
  if (!refusal) return;
  const { errors } = refusal;
  const passes = errors.length > 0 && errors.every(({ code }) => code === "move_running");
  throw passes ? new Contended("Another move is under way.") : refusal;
};

/** Brings what follows an account to where that has gone. @throws GoesOn where the turn ends first */
async function bringRest(
  context: StoreContext,
  { to: [customer], account }: Pick<LoadedAccountMove, "to" | "account">,
  { clock, until, random }: RowTurn,
): Promise<void> {
  const transit = await transitOf(context.db, customer);
  if (transit?.leadId !== account.id) return;
  const turn = { open: () => context.db.fresh(), clock, until, random, context };
  if (!(await goOn(turn, transit))) throw new GoesOn();
}

/**
 * Moves one account: it goes at once, and what does not go with it follows.
 * @param bringsLicences its licences come with their share of the limit, as in a merge by which limits go together
 */
export async function moveAccount(
  context: StoreContext,
  id: string,
  { taskId, customerId, wishes }: { taskId: string; customerId: string; wishes: LoadedAccountMove["wishes"] },
  turn: RowTurn,
  bringsLicences = false,
): Promise<readonly Write[]> {
  const moves = accountMoveStore(context);
  const found = await moves.load(id, customerId, wishes);
  if (accountStandsThere(found)) {
    await bringRest(context, found, turn);
    return [];
  }
  // What comes with its share of the limit finds room; space follows at the end of a merge.
  const check = (move: LoadedAccountMove): void =>
    patiently(() => checkAccountMove(bringsLicences ? { ...move, to: roomy(move.to) } : move));
  check(found);
  const { moves: later, move } = await moves.refreshed(found);
  check(move);
  // Beside them stands the note that the row is done.
  const { writes, transit } = await later.writes(move, taskId, 1, bringsLicences);
  if (!transit) return writes;
  await context.db.commit(writes);
  const arrived = await accountMoveStore({ ...context, db: context.db.fresh() }).load(id, customerId, wishes);
  await bringRest(context, arrived, turn);
  return [];
}
export const moveAccountRow: RowStep = (context, id, { id: taskId, parameters }, turn) => {
  const { customerId = "", onSamePlan, plan } = parameters;
  const wishes = { onSamePlan: SamePlan.parse(onSamePlan), plan };
  return moveAccount(context, id, { taskId, customerId, wishes }, turn);
};

/** A target whose own limits of space and licences do not count, since they grow with what comes. */
const roomy = ([target, ...above]: Chain): Chain => [
  { ...target, spaceLimit: null, licenceLimit: target.licenceLimit === null ? null : largest },
  ...above,
];

/** Moves one device with its backup sets. */
export const moveDeviceRow: RowStep = async (context, id, { id: taskId, parameters }) => {
  const moves = deviceMoveStore(context);
  const found = await moves.load(id, String(parameters["accountId"]));
  if (deviceStandsThere(found)) return [];
  patiently(() => checkDeviceMove(found));
  const origin = {
    what: "device" as const,
    accountId: String(found.device.accountId),
    nowAt: found.target.account.id,
  };
  return [rememberOrigin(taskId, id, origin, context.now()), ...(await moves.writes(found))];
};
