import { type CustomerRecord } from "../hierarchy/customer.ts";

/** Shares of a limit at which somebody is told (R7, Q3). */
const shares = [80, 90, 100] as const;

/** A limit and what is used of it. */
export interface Use {
  limit: number | null;
  used: number;
}

/** A threshold that was crossed upwards. `percent` null: the soft limit. */
export interface Crossing {
  what: "space" | "softSpace" | "licences" | "devices" | "quota";
  percent: (typeof shares)[number] | null;
  limit: number;
  used: number;
}

/** The highest share that a use has reached, 0 below all. */
const reached = ({ limit, used }: Use): number =>
  limit === null || limit <= 0 ? 0 : (shares.findLast((share) => used * 100 >= limit * share) ?? 0);

/** The highest share of each limit that somebody was told of last. Absent: of none. */
export type Told = Readonly<Partial<Record<Crossing["what"], number>>>;

/** The uses of one thing by what they are limited in. */
export type Uses = Readonly<Partial<Record<Crossing["what"], Use>>>;

/** Whether there may be something to tell: a limit is reached in part. Most changes need no look at what was told. */
export const isNear = (uses: Uses): boolean => Object.values(uses).some((use) => reached(use) > 0);

const sharesOf = (what: Crossing["what"]): readonly number[] => (what === "softSpace" ? [100] : shares);

/**
 * What there is to tell of a change: each share of a limit once per crossing, upwards only. `told` is what was told before; a share
 * below it that the use had left meanwhile is told again, and one above it that no change told of is told now.
 * @returns the crossings, and what has been told with them
 */
export function news(before: Uses, after: Uses, told: Told): { crossed: Crossing[]; told: Told } {
  const crossed: Crossing[] = [];
  const now: Partial<Record<Crossing["what"], number>> = {};
  for (const [what, use] of Object.entries(after) as [Crossing["what"], Use][]) {
    const { limit, used } = use;
    const of = sharesOf(what);
    const most = (share: number): number => of.findLast((one) => one <= share) ?? 0;
    const high = most(reached(use));
    const was = before[what];
    const low = Math.min(told[what] ?? 0, was ? most(reached(was)) : 0);
    if (high > 0) now[what] = high;
    if (limit === null) continue;
    for (const share of of.filter((share) => share > low && share <= high))
      crossed.push({ what, percent: what === "softSpace" ? null : (share as Crossing["percent"]), limit, used });
  }
  return { crossed, told: now };
}

/** What a customer uses of its limits: the soft limit, and space, licences and devices. */
export const usesOf = (record: CustomerRecord): Uses => ({
  softSpace: { limit: record.softLimitBytes, used: record.usedBytes },
  space: { limit: record.spaceLimit, used: record.usedBytes },
  licences: { limit: record.licenceLimit, used: record.licenceCommitted + record.licenceDrawn },
  devices: { limit: record.deviceLimit, used: record.deviceDrawn },
});
