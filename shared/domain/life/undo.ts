import * as z from "zod";
import { AccountId, CustomerId } from "../terms/ids.ts";
import { DomainError } from "../terms/errors.ts";
import { Limits } from "./merge.ts";

const time = z.string().nullable();

/** Where something was before a task moved it, and where the task put it: what undoing that takes. */
export const Origin = z.discriminatedUnion("what", [
  z.object({ what: z.literal("customer"), parentId: CustomerId, nowAt: CustomerId }),
  z.object({ what: z.literal("device"), accountId: AccountId, nowAt: AccountId }),
  z.object({
    what: z.literal("account"),
    customerId: CustomerId,
    nowAt: CustomerId,
    /** null: it was a sub-account. */
    plan: z.string().nullable(),
    /** Whose sub-account it was; null: nobody's, or moved before this was recorded. */
    parentId: AccountId.nullable().default(null),
    trial: z.object({ trialEndsAt: time, trialEndedAt: time, trialDeleteAt: time }),
    /** Sub-accounts that it had, where it became one itself. */
    subs: z.array(AccountId),
  }),
  /** The target's limits before a merge changed them. */
  z.object({ what: z.literal("limits"), customerId: CustomerId, limits: Limits }),
  /** The emptied customer's limits, and where what else it held has gone. */
  z.object({ what: z.literal("merged"), customerId: CustomerId, nowAt: CustomerId, limits: Limits }),
  /** What the emptied customer held beside its accounts, of one kind. */
  z.object({ what: z.literal("rest"), kind: z.string(), ids: z.array(z.string()) }),
]);
export type Origin = z.infer<typeof Origin>;

/** Why something cannot go back to where it was. */
export const movedSince = (): DomainError =>
  new DomainError("undo_conflict", "It has been moved since, so it stays where it is.");

/** Why a sub-account cannot go back by itself. */
export const leadStays = (): DomainError =>
  new DomainError("undo_conflict", "Its parent account has not gone back, so it stays where it is.");

/**
 * An account takes its sub-accounts along. One that the same task has brought from another customer must have gone back to that before: else it would
 * end at a customer where it has never been.
 * @param origins where the task has found the sub-accounts that the account has now; null: it has not moved that one
 * @throws DomainError undo_conflict
 */
export function refuseStrangers(customerId: string, origins: readonly (readonly [id: string, Origin | null])[]): void {
  const stranger = origins.find(([, origin]) => origin?.what === "account" && origin.customerId !== customerId);
  if (stranger)
    throw new DomainError(
      "undo_conflict",
      `Its sub-account ${stranger[0]} came from another customer with the same task and cannot go back, so both stay.`,
    );
}

/** Sub-accounts that go back one by one, at most. */
const subsAtMost = 500;

/**
 * What undoing a task has to put back, in order: the customer that a merge has emptied comes first, what was moved last goes back first, and
 * limits come last.
 * @param ids the rows of the task, in their order @param origins where each was before
 * @returns `leads`: of sub-accounts that go back by themselves, the account that they belonged to
 * @throws DomainError not_undoable where nothing was moved, or that is too long ago
 */
export function undoing(
  ids: readonly string[],
  origins: ReadonlyMap<string, Origin>,
): { rows: string[]; leads: Record<string, string>; limits: boolean } {
  const of = (what: Origin["what"]): string[] =>
    [...origins].flatMap(([id, origin]) => (origin.what === what ? [id] : []));
  const leads: Record<string, string> = {};
  const moved = ids.toReversed().flatMap((id) => {
    const origin = origins.get(id);
    if (origin?.what === "customer" || origin?.what === "device") return [id];
    if (origin?.what !== "account") return [];
    for (const sub of origin.subs) leads[sub] = id;
    return [id, ...origin.subs];
  });
  const rows = [...of("merged"), ...moved, ...of("limits")];
  if (rows.length === 0)
    throw new DomainError("not_undoable", "The task has moved nothing, or it did so more than 30 days ago.");
  if (Object.keys(leads).length > subsAtMost)
    throw new DomainError("not_undoable", `More than ${subsAtMost} sub-accounts would have to go back one by one.`);
  return { rows, leads, limits: of("limits").length > 0 };
}
