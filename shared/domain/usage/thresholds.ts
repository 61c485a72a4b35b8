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

/** What there is to tell of a change, what has been told with it, and whether that is to be remembered anew. */
export interface News {
  crossed: Crossing[];
  told: Told;
  changed: boolean;
}

/**
 * What there is to tell of a change: each share of a limit once per crossing, upwards only. `told` is what was told before. Where the
 * change begins above it, a change before this one was lost, or is late: its crossing is told now. Where it begins below, the use had
 * left a share meanwhile, and reaching it again is told again.
 */
export function news(before: Uses, after: Uses, told: Told): News {
  const crossed: Crossing[] = [];
  const now: Partial<Record<Crossing["what"], number>> = {};
  for (const [what, use] of Object.entries(after) as [Crossing["what"], Use][]) {
    const of = sharesOf(what);
    const most = (one: Use): number => of.findLast((share) => share <= reached(one)) ?? 0;
    const was = before[what] ?? { limit: null, used: 0 };
    const [from, to] = [most(was), most(use)];
    const known = told[what] ?? 0;
    if (to > 0) now[what] = to;
    for (const share of of.filter((one) => one > Math.min(known, from) && one <= Math.max(from, to))) {
      const { limit, used } = share <= to ? use : was;
      if (limit === null) continue;
      crossed.push({ what, percent: what === "softSpace" ? null : (share as Crossing["percent"]), limit, used });
    }
  }
  const all = Object.keys({ ...now, ...told }) as Crossing["what"][];
  return { crossed, told: now, changed: all.some((what) => now[what] !== told[what]) };
}

/** What a customer uses of its limits: the soft limit, and space, licences and devices. */
export const usesOf = (record: CustomerRecord): Uses => ({
  softSpace: { limit: record.softLimitBytes, used: record.usedBytes },
  space: { limit: record.spaceLimit, used: record.usedBytes },
  licences: { limit: record.licenceLimit, used: record.licenceCommitted + record.licenceDrawn },
  devices: { limit: record.deviceLimit, used: record.deviceDrawn },
});
