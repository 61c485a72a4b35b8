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

/** An allowance with its place in the hierarchy. */
export interface Standing extends Allowance {
  id: string;
  parentId: string | null;
}
/** What changes of one customer's allowance: its limit from now on, and the differences of what counts below it. */
export interface AllowanceChange {
  limit: number | null;
  committed: number;
  drawn: number;
}
/** Why the new limit of one customer is not possible. */
interface LimitRefusal {
  id: string;
  code: "limit_below_committed" | "allotment_exceeded";
  message: string;
}

/**
 * What several new limits come to, all taken together: only the state that they leave counts, so that what one of them frees, another
 * may take, in whatever order they are given. `standings` are the customers whose limits change and all above them.
 * Where a customer has not enough: refused are those below that take more of it than before, and its own limit where that is lowered.
 */
export function planLimits(
  standings: readonly Standing[],
  limits: ReadonlyMap<string, number | null>,
): { changes: Map<string, AllowanceChange>; refusals: LimitRefusal[] } {
  const known = new Map(standings.map((standing) => [standing.id, standing]));
  const below = Map.groupBy(standings, ({ parentId }) => parentId);
  const limitAfter = ({ id, limit }: Standing): number | null => limits.get(id) ?? (limits.has(id) ? null : limit);
  const changes = new Map<string, AllowanceChange>();
  /** What each takes of its parent more than before. */
  const rises = new Map<string, number>();
  const settle = (standing: Standing): Pick<Allowance, "committed" | "drawn"> => {
    const limit = limitAfter(standing);
    const more = (below.get(standing.id) ?? [])
      .map(settle)
      .reduce((sum, one) => ({ committed: sum.committed + one.committed, drawn: sum.drawn + one.drawn }), {
        committed: 0,
        drawn: 0,
      });
    if (limit !== standing.limit || more.committed !== 0 || more.drawn !== 0)
      changes.set(standing.id, { limit, ...more });
    const before = weight(standing);
    const after = weight({ limit, committed: standing.committed + more.committed, drawn: standing.drawn + more.drawn });
    const rise = { committed: after.committed - before.committed, drawn: after.drawn - before.drawn };
    rises.set(standing.id, rise.committed + rise.drawn);
    return rise;
  };
  for (const standing of standings) if (standing.parentId === null || !known.has(standing.parentId)) settle(standing);

  const refusals = new Map<string, LimitRefusal>();
  const say = (refusal: LimitRefusal): void => {
    const place = `${refusal.code} ${refusal.id}`;
    if (!refusals.has(place)) refusals.set(place, refusal);
  };
  /** Refuses what takes more of a pool: the limits that are raised below it, down to where another limit stands between. */
  const refuseBelow = (id: string, step: number, needed: number, room: number): void => {
    for (const child of below.get(id) ?? []) {
      if ((rises.get(child.id) ?? 0) <= 0) continue;
      if (limitAfter(child) !== child.limit)
        say({
          id: child.id,
          code: "allotment_exceeded",
          message: `All changes together need ${needed} more; ${Math.max(0, room)} is free ${step === 0 ? "at the parent" : "above"}.`,
        });
      if (limitAfter(child) === null) refuseBelow(child.id, step + 1, needed, room);
    }
  };
  for (const [id, { limit, committed, drawn }] of changes) {
    const standing = known.get(id);
    if (!standing) continue;
    const needed = committed + drawn;
    const inUse = standing.committed + standing.drawn;
    const room = limit === null ? largest - standing.committed : limit - inUse;
    const own = limit !== standing.limit && limit !== null;
    if (needed <= room || !(own || needed > 0)) continue;
    if (needed > 0) refuseBelow(id, 0, needed, room);
    if (own && (needed <= 0 || standing.limit === null || limit < standing.limit))
      say({
        id,
        code: "limit_below_committed",
        message: `${inUse + needed} would be committed or drawn below; the limit cannot be ${limit}.`,
      });
  }
  return { changes, refusals: [...refusals.values()] };
}

/** An alert threshold cannot lie above the limit that blocks. @throws DomainError soft_limit_above_limit */
export function checkSoftLimit(soft: number | null, limit: number | null): void {
  if (soft !== null && limit !== null && soft > limit)
    throw new DomainError("soft_limit_above_limit", "The soft limit must not exceed the limit.", [
      { path: "space.softLimitBytes", message: `must be at most ${limit}`, code: "soft_limit_above_limit" },
    ]);
}
