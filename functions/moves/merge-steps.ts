import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import * as z from "zod";
import { SamePlan } from "../../shared/domain/life/account-move.ts";
import { deletedCustomer } from "../../shared/domain/life/deleted-customer.ts";
import { Limits, limitsAhead, limitsLast, QuotaRule } from "../../shared/domain/life/merge.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { changedAllocations } from "../../shared/domain/usage/allocations.ts";
import { loadChain, loadLiveChain } from "../../shared/store/hierarchy/branch.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import type { StoreContext } from "../../shared/store/hierarchy/scope.ts";
import { accountMoveStore } from "../../shared/store/life/account-moves.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { rememberOrigin } from "../../shared/store/life/undo.ts";
import { giveRest } from "../../shared/store/life/merge-rest.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import type { RowStep } from "../../shared/store/tasks/work.ts";
import { allocationStore } from "../../shared/store/usage/allocations.ts";
import { moveAccount } from "./row-steps.ts";

/** The limits that both customers had before. */
const BeforeMerge = z.object({ from: Limits, to: Limits });

type Changes = Parameters<typeof changedAllocations>[0];

/** The writes that change limits of the two customers. @throws DomainError changes_refused */
export async function limitWrites(context: StoreContext, changes: Changes): Promise<Write[]> {
  if (changes.length === 0) return [];
  const allocations = allocationStore(context);
  const { scopeId, refuseOnOwn, storage } = allocations;
  const { places } = await allocations.load(
    scopeId,
    changes.map(({ id }) => id),
  );
  const changed = changedAllocations(changes, places, { scopeId, refuseOnOwn, nowMs: allocations.now(), storage });
  await allocations.countDevices(changed, false);
  return allocations.save(changed, false);
}

/** The writes that delete the customer that has nothing left, with its grace. */
function deletion(context: StoreContext, from: Chain, to: Chain): Write[] {
  const [customers, deletions] = [customerStore(context), deletionStore(context)];
  const [{ id, level, name, usedBytes }] = from;
  const { record, licences, count } = deletedCustomer(from, name, deletions.newId(), context.now());
  const counts = { usedBytes, deviceCount: 0, licences: count };
  const told = { kind: "customer" as const, nodeId: id, customerId: id, level, name, ...counts };
  return [
    ...customers.mark(from, record, licences),
    ...deletions.insert(
      from,
      String(record.deletionId),
      { ...told, deletedAt: String(record.deletedAt) },
      record.purgeAt,
    ),
    customers.log(from, {
      type: "CustomerDeleted",
      node: { id, level, name },
      changes: differenceIn(["deletedAt", "purgeAt"], from[0], record),
    }),
    logWrite(context, to, {
      type: "CustomerMerged",
      node: { id: to[0].id, level: to[0].level, name: to[0].name },
      changes: [{ path: "customer", before: { id, name }, after: null }],
    }),
  ];
}

/**
 * Ends a merge: what the emptied customer still holds goes along, both get their limits, and it is deleted.
 * @param origins what is remembered before anything is changed: it says that this row has begun, and what an undo puts back
 */
async function endMerge(
  context: StoreContext,
  { fromCustomerId, customerId, taskId }: { fromCustomerId: string; customerId: string; taskId: string },
  rule: QuotaRule,
  final: Limits,
  origins: readonly Write[],
): Promise<Write[]> {
  const { db, random } = context;
  const open = () => db.fresh();
  const { leads } = await accountMoveStore(context).emptying(fromCustomerId);
  if (leads.length > 0)
    throw new DomainError(
      "move_refused",
      `${leads.length} accounts have not been moved, so the customer is not deleted; merge it again once nothing stands against them.`,
    );
  await open().commit(origins);
  const to = await loadChain(context, customerId);
  await giveRest(open, random, fromCustomerId, to, (origin, first) =>
    rememberOrigin(taskId, `rest#${first}`, origin, context.now()),
  );
  const [from] = await loadLiveChain(context, fromCustomerId);
  const changes = limitsLast(rule, final, from, to[0]);
  if (changes.length > 0) await db.commit(await limitWrites({ ...context, db: open() }, changes));
  const later = { ...context, db: open() };
  const [left, there] = [await loadLiveChain(later, fromCustomerId), await loadChain(later, customerId)];
  return deletion(later, left, there);
}

/** Does one row of a merge: the target's limits, one account, or what is left of the other customer. */
export const mergeRow: RowStep = async (context, id, task, turn) => {
  const { customerId = "", fromCustomerId = "", quotas, _limits: limits = "" } = task.parameters;
  const [rule, final] = [QuotaRule.parse(quotas), Limits.parse(JSON.parse(limits))];
  const { _before: before = "" } = task.parameters;
  const earlier = BeforeMerge.parse(JSON.parse(before));
  const limitsBefore = (): Write =>
    rememberOrigin(task.id, customerId, { what: "limits", customerId, limits: earlier.to }, context.now());
  if (id === customerId) {
    const [to] = await loadChain(context, customerId);
    // A merge that does not come to its end is undone too.
    return [...(await limitWrites(context, limitsAhead(final, to))), limitsBefore()];
  }
  if (id === fromCustomerId) {
    const merged = { what: "merged", customerId: fromCustomerId, nowAt: customerId, limits: earlier.from } as const;
    return endMerge(context, { fromCustomerId, customerId, taskId: task.id }, rule, final, [
      rememberOrigin(task.id, fromCustomerId, merged, context.now()),
      ...(rule === "keep" ? [] : [limitsBefore()]),
    ]);
  }
  const wishes = { onSamePlan: SamePlan.parse(task.parameters["onSamePlan"]) };
  return moveAccount(context, id, { taskId: task.id, customerId, wishes }, turn, rule !== "keep");
};
