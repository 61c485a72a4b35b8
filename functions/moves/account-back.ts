import { accountStandsThere } from "../../shared/domain/life/account-move.ts";
import { leadStays, movedSince, type Origin, refuseStrangers } from "../../shared/domain/life/undo.ts";
import type { StoreContext } from "../../shared/store/hierarchy/scope.ts";
import { accountMoveStore } from "../../shared/store/life/account-moves.ts";
import { originOf } from "../../shared/store/life/undo.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import type { RowTurn } from "../../shared/store/tasks/work.ts";
import { moveAccount } from "./row-steps.ts";

/**
 * An account goes back with its plan and trial; one that was a sub-account, to the parent account that it had, or else to the one that is there for its
 * plan.
 * @param lead where it was moved with its parent account, and goes back by itself: that parent account
 */
export async function accountBack(
  context: StoreContext,
  id: string,
  { taskId, undone, lead }: { taskId: string; undone: string; lead: string | null },
  { customerId, nowAt, plan, parentId, trial }: Extract<Origin, { what: "account" }>,
  turn: RowTurn,
  bringsLicences: boolean,
): Promise<readonly Write[]> {
  const moves = accountMoveStore(context);
  const above = lead ?? parentId;
  const planAbove = above === null ? null : await moves.planAt(customerId, above);
  const wishes =
    plan === null || lead !== null
      ? { onSamePlan: "sub-account" as const, plan: planAbove ?? undefined }
      : { onSamePlan: "refuse" as const, plan, trial };
  const found = await moves.load(id, customerId, wishes);
  if (!accountStandsThere(found)) {
    if (found.from[0].id !== nowAt) throw movedSince();
    if (lead !== null && planAbove === null) throw leadStays();
    const origins = found.subs.map(async (sub) => {
      return [sub.id, await originOf(context.db, undone, sub.id, context.now())] as const;
    });
    refuseStrangers(customerId, await Promise.all(origins));
  }
  return moveAccount(context, id, { taskId, customerId, wishes }, turn, bringsLicences);
}
