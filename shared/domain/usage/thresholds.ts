import { type CustomerRecord } from "../hierarchy/customer.ts";

/** Shares of a limit at which somebody is told (R7, Q3). */
const shares = [80, 90, 100] as const;

/** A limit and what is used of it. */
interface Use {
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

/** Thresholds of one limit that lie between two states: each is told once per crossing, upwards only. */
export function crossings(what: Crossing["what"], before: Use, after: Use): Crossing[] {
  const { limit, used } = after;
  if (limit === null) return [];
  const [low, high] = [reached(before), reached(after)];
  return shares.filter((share) => share > low && share <= high).map((percent) => ({ what, percent, limit, used }));
}

/** All thresholds that a change of a customer's record crosses: the soft limit, and 80, 90 and 100 % of each limit. */
export function customerCrossings(before: CustomerRecord, after: CustomerRecord): Crossing[] {
  const space = (record: CustomerRecord): Use => ({ limit: record.spaceLimit, used: record.usedBytes });
  const licences = (record: CustomerRecord): Use => ({
    limit: record.licenceLimit,
    used: record.licenceCommitted + record.licenceDrawn,
  });
  const devices = (record: CustomerRecord): Use => ({ limit: record.deviceLimit, used: record.deviceDrawn });
  const soft = after.softLimitBytes;
  const above = (record: CustomerRecord): boolean =>
    record.softLimitBytes !== null && record.usedBytes >= record.softLimitBytes;
  return [
    ...(soft !== null && above(after) && !above(before)
      ? [{ what: "softSpace" as const, percent: null, limit: soft, used: after.usedBytes }]
      : []),
    ...crossings("space", space(before), space(after)),
    ...crossings("licences", licences(before), licences(after)),
    ...crossings("devices", devices(before), devices(after)),
  ];
}
