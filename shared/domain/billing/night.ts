import type { Chain, CustomerRecord } from "../hierarchy/customer.ts";
import { effectiveSettings } from "../terms/settings.ts";
import { nextTime } from "../terms/schedule.ts";
import { dayAt, instantOf } from "../terms/wall-clock.ts";
import { addDays, daysOf } from "./days.ts";
import type { LedgerFacts } from "./ledger-day.ts";

/** The night begins a while after midnight, when the stream has brought what belongs to the day. */
const startMinute = 15;

/** The instant at which a day ends in a zone. */
const endOf = (zone: string, day: string): number => instantOf(zone, Date.parse(`${addDays(day, 1)}T00:00:00Z`));

/** When the ledger looks at a customer next, ISO 8601. */
export const nextNight = (timezone: string, after: number): string =>
  new Date(
    nextTime({ frequency: "daily", weekday: null, day: null, hour: 0, minute: startMinute, timezone }, after),
  ).toISOString();

/** The time zone in which a customer's days begin and end. */
export const zoneOf = (chain: Chain): string => effectiveSettings(chain).timezone.value;

/**
 * The days that are over and have no record yet, oldest first.
 * @param last the last day with a record; null: there is none, and the first is the day of creation
 */
export function daysDue(zone: string, createdAt: string, last: string | null, now: number): string[] {
  const from = last === null ? dayAt(zone, Date.parse(createdAt)) : addDays(last, 1);
  return [...daysOf({ from, to: addDays(dayAt(zone, now), -1) })];
}

/** Whether something has happened by an instant; null: never. */
const hasCome = (at: string | null, by: number): boolean => at !== null && Date.parse(at) <= by;

/** Who sold to a customer at an instant, from the provider down: a move that came later does not count. */
function sellersAt(chain: Chain, at: number): string[] {
  const ids: string[] = [];
  for (const { moved, parentId } of chain) {
    if (moved !== null && moved.at > at) return [...ids, ...moved.from].toReversed();
    if (parentId !== null) ids.push(parentId);
  }
  return ids.toReversed();
}

const isInTrial = ({ trialEndsAt, productionSince }: CustomerRecord, at: number): boolean =>
  (trialEndsAt !== null && !hasCome(trialEndsAt, at)) || (productionSince !== null && !hasCome(productionSince, at));

/** What a record says of a customer itself on a day that is over. What is not dated is as it is now. */
export function standingOn(
  chain: Chain,
  zone: string,
  day: string,
): Pick<
  LedgerFacts,
  "customerId" | "day" | "timeZone" | "name" | "level" | "createdOn" | "sellers" | "state" | "trial"
> {
  const [{ id, name, level, createdAt }] = chain;
  const end = endOf(zone, day);
  const isDeleted = chain.some(({ deletedAt }) => hasCome(deletedAt, end));
  return {
    customerId: id,
    day,
    timeZone: zone,
    name,
    level,
    createdOn: dayAt(zone, Date.parse(createdAt)),
    sellers: sellersAt(chain, end),
    state: isDeleted ? "deleted" : chain.every(({ active }) => active) ? "active" : "inactive",
    trial: chain.some((record) => isInTrial(record, end)),
  };
}

/** The last day that has ended everywhere, and whose night has been long enough ago for every ledger to have it. */
export const closedDay = (now: number): string => addDays(dayAt("UTC", now - nightsMs), -1);
/** When a day will have ended everywhere, and be in every ledger. Milliseconds since the epoch. */
export const closesAt = (day: string): number => Date.parse(`${addDays(day, 1)}T00:00:00Z`) + nightsMs;
/** The earth's last midnight is twelve hours behind that of UTC; the night begins a while after it and is swept every quarter of an hour. */
const nightsMs = 12.75 * 3_600_000;
