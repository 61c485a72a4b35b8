import * as z from "zod";
import { DomainError, refuse } from "./errors.ts";

/** Sizes and counts stay within what JSON numbers hold exactly. */
export const largest = Number.MAX_SAFE_INTEGER;

/**
 * A counter as the table holds it, where it may grow beyond what a number holds exactly (8 PiB): then it is shown as the largest that
 * one does, instead of stopping everything that reads it.
 */
export const Counter = z
  .union([z.number(), z.bigint()])
  .transform((value) => Math.max(-largest, Math.min(largest, Math.trunc(Number(value)))))
  .default(0);

/**
 * Space or licences of one customer. `committed`: what lies below with limits of its own; `drawn`: what descendants without a
 * limit use. committed + drawn never exceeds a limit when something is committed. Bytes, or a number of licences.
 */
export interface Allowance {
  limit: number | null;
  committed: number;
  drawn: number;
}

/** What can still be committed or drawn; null without a limit. May be negative where reported use has overshot. */
export const free = ({ limit, committed, drawn }: Allowance): number | null =>
  limit === null ? null : limit - committed - drawn;

/** One ancestor's share of a commitment. `restricted` is what the plan relies on: whether that ancestor has a limit. */
export interface Commitment {
  /** 0 for the parent, 1 for the grandparent, … */
  step: number;
  committed: number;
  drawn: number;
  restricted: boolean;
}

/** What a customer counts for at its parent: its limit, or without one what passes through it. */
export const weight = ({ limit, committed, drawn }: Allowance): Pick<Allowance, "committed" | "drawn"> =>
  limit === null ? { committed, drawn } : { committed: limit, drawn: 0 };

/**
 * What a customer's new limit commits at its ancestors (nearest first): the difference goes up through every unrestricted
 * level to the nearest restricted one, so that no limit above is exceeded by way of an unrestricted level in between.
 * @throws DomainError limit_below_committed | allotment_exceeded, at `path`
 */
export function planLimit(
  own: Allowance,
  limit: number | null,
  ancestors: readonly Allowance[],
  path: string,
): Commitment[] {
  const inUse = own.committed + own.drawn;
  if (limit !== null && limit < inUse)
    throw refuse(
      "limit_below_committed",
      path,
      `${inUse} is already committed or drawn below; the limit cannot be ${limit}.`,
    );
  const before = weight(own);
  const after = weight({ ...own, limit });
  const committed = after.committed - before.committed;
  const drawn = after.drawn - before.drawn;
  const plan: Commitment[] = [];
  if (committed === 0 && drawn === 0) return plan;
  for (const [step, ancestor] of ancestors.entries()) {
    const room = free(ancestor);
    const needed = committed + drawn;
    if (needed > 0 && needed > (room ?? largest - ancestor.committed))
      throw refuse(
        "allotment_exceeded",
        path,
        `Needs ${needed} more; ${Math.max(0, room ?? 0)} is free ${step === 0 ? "at the parent" : "above"}.`,
      );
    plan.push({ step, committed, drawn, restricted: room !== null });
    if (room !== null) break;
  }
  return plan;
}

/**
 * What a move commits: the customer's weight leaves the chain of its old parent (`from`, nearest first) and arrives in that of
 * the new one (`to`). An ancestor of both sides keeps what it has. Steps count through `from`, then `to`. A deletion is a move to
 * nowhere, a restoration one from there.
 * @throws DomainError allotment_exceeded, at `path`
 */
export function planMove(
  own: Allowance,
  from: readonly (Allowance & { id: string })[],
  to: readonly (Allowance & { id: string })[],
  path = "parentId",
): Commitment[] {
  const { committed, drawn } = weight(own);
  const upToPool = (chain: typeof from) =>
    chain.slice(0, chain.findIndex(({ limit }) => limit !== null) + 1 || chain.length);
  const leaving = upToPool(from);
  const arriving = upToPool(to);
  const plan: Commitment[] = [];
  if (committed === 0 && drawn === 0) return plan;
  for (const [step, { id, limit }] of leaving.entries())
    if (!arriving.some((other) => other.id === id))
      plan.push({ step, committed: -committed, drawn: -drawn, restricted: limit !== null });
  for (const [step, ancestor] of arriving.entries()) {
    if (leaving.some((other) => other.id === ancestor.id)) continue;
    const room = free(ancestor);
    if (committed + drawn > (room ?? largest - ancestor.committed))
      throw refuse("allotment_exceeded", path, `Needs ${committed + drawn}; ${Math.max(0, room ?? 0)} is free there.`);
    plan.push({ step: from.length + step, committed, drawn, restricted: room !== null });
  }
  return plan;
}

/** An alert threshold cannot lie above the limit that blocks. @throws DomainError soft_limit_above_limit */
export function checkSoftLimit(soft: number | null, limit: number | null): void {
  if (soft !== null && limit !== null && soft > limit)
    throw new DomainError("soft_limit_above_limit", "The soft limit must not exceed the limit.", [
      { path: "space.softLimitBytes", message: `must be at most ${limit}`, code: "soft_limit_above_limit" },
    ]);
}
