import * as z from "zod";
import type { Caller } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { rateKey } from "../table/keys.ts";

/** What a credential has left of its minute. */
export interface Rate {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the next minute begins. */
  reset: number;
}

interface Lease {
  minute: number;
  left: number;
  /** Requests of the minute that all functions together have leased, as this one last heard. */
  taken: number;
  /** What the next renewal asks for. */
  next: number;
  /** Requests that are not counted in the table yet. */
  owed: number;
}

/**
 * Counts requests by credential and minute over all functions. A warm function leases a few requests at a time and twice as many
 * each time that it comes back within the minute, so that busy functions seldom write and idle ones hold little back. What is
 * leased and not used is lost for the minute.
 * @param limit requests in a minute
 * @param owes whether the first lease of a minute is written with the second one: then a function that is asked seldom writes nothing, and the
 * limit can be exceeded by a first lease for each warm function
 */
export function createRateLimiter(limit: number, owes = false) {
  const smallest = Math.max(1, Math.floor(limit / 1000));
  const largest = Math.max(1, Math.floor(limit / 20));
  const leases = new Map<string, Lease>();
  const renewals = new Map<string, Promise<void>>();

  const renew = async (db: Database, principal: string, minute: number): Promise<void> => {
    const before = leases.get(principal);
    const isFirst = before?.minute !== minute;
    const share = isFirst ? smallest : before.next;
    if (isFirst && owes) {
      leases.set(principal, { minute, left: share, taken: share, next: Math.min(largest, share * 2), owed: share });
      return;
    }
    const owed = isFirst ? 0 : before.owed;
    const written = await db
      .update({
        kind: "update",
        key: rateKey(principal, minute),
        set: { expiresAt: (minute + 2) * 60 },
        add: { taken: share + owed },
        when: [],
      })
      // The limit protects the service; it must not stop callers when its own counter cannot be reached.
      .catch(() => ({ taken: share + owed }));
    const { taken } = z.object({ taken: z.int() }).parse(written);
    const granted = Math.max(0, Math.min(share, limit - (taken - share)));
    const now = leases.get(principal);
    leases.set(principal, {
      minute,
      left: granted + (now?.minute === minute ? now.left : 0),
      taken,
      next: Math.min(largest, share * 2),
      owed: 0,
    });
  };

  /** Takes one request of the credential's minute. */
  return async (db: Database, principal: string, nowMs: number): Promise<Rate> => {
    const minute = Math.floor(nowMs / 60_000);
    const reset = Math.ceil(((minute + 1) * 60_000 - nowMs) / 1000);
    const current = () => {
      const lease = leases.get(principal);
      return lease?.minute === minute ? lease : undefined;
    };
    // Requests that come together wait for one renewal; a spent minute is not asked again.
    while ((current()?.left ?? 0) <= 0 && (current()?.taken ?? 0) < limit) {
      let renewal = renewals.get(principal);
      if (!renewal) {
        renewal = renew(db, principal, minute).finally(() => renewals.delete(principal));
        renewals.set(principal, renewal);
      }
      await renewal;
    }
    const lease = current();
    if (!lease || lease.left <= 0) return { allowed: false, limit, remaining: 0, reset };
    lease.left -= 1;
    if (leases.size > 1000) for (const [key, { minute: old }] of leases) if (old < minute) leases.delete(key);
    return { allowed: true, limit, remaining: Math.max(0, limit - lease.taken) + lease.left, reset };
  };
}
export type RateLimiter = ReturnType<typeof createRateLimiter>;

/** How many times as many requests as one credential a branch has that stands directly below the provider. */
const topShare = 16;
const leastShare = 2;

/**
 * Counts the requests of all credentials of a branch, for the customer that a credential belongs to and for each above it but the provider. A branch
 * has half of what the branch around it has, so none uses up alone what its neighbours live on.
 * @param limit requests of one credential in a minute
 */
export function createBranchLimiter(limit: number) {
  const byDepth: RateLimiter[] = [];
  for (let share = topShare; share >= leastShare; share /= 2) byDepth.push(createRateLimiter(limit * share, true));
  /** Takes one request of each branch. @returns the one that has none left; null: all had one */
  return async (
    db: Database,
    { scopeId, scopeAncestors }: Pick<Caller, "scopeId" | "scopeAncestors">,
    nowMs: number,
  ): Promise<Rate | null> => {
    // From the level below the provider down.
    const branches = [scopeId, ...scopeAncestors].slice(0, -1).reverse();
    const taken = await Promise.all(
      branches.map((id, depth) => byDepth[Math.min(depth, byDepth.length - 1)]?.(db, id, nowMs)),
    );
    return taken.find((rate) => rate?.allowed === false) ?? null;
  };
}
export type BranchLimiter = ReturnType<typeof createBranchLimiter>;

/** Counts requests by credential and minute in this function alone: for the many that ask seldom, whom a shared count would cost more than it saves. */
export function createLocalLimiter(limit: number): RateLimiter {
  let current = 0;
  let taken = new Map<string, number>();
  return (_db, principal, nowMs) => {
    const minute = Math.floor(nowMs / 60_000);
    if (minute !== current) [current, taken] = [minute, new Map()];
    const used = (taken.get(principal) ?? 0) + 1;
    taken.set(principal, used);
    const reset = Math.ceil(((minute + 1) * 60_000 - nowMs) / 1000);
    return Promise.resolve({ allowed: used <= limit, limit, remaining: Math.max(0, limit - used), reset });
  };
}
