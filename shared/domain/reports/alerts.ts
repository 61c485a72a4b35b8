import type * as z from "zod";
import { LimitAlert } from "../mail/mail.ts";
import type { Crossing } from "../usage/thresholds.ts";
import { nextTime } from "../terms/schedule.ts";

/** What was crossed where, as a mail tells it. */
export const Alert = LimitAlert;
export type Alert = z.infer<typeof Alert>;

/** Mails about limits that somebody gets at once on one day (in UTC); what comes then waits for the digest. */
export const atOnceADay = 5;
/** Alerts that one mail lists at most. */
export const listedAtMost = 40;
/** When digests come, in the zone of the reader. */
const digestHour = 7;

/** When the next digest of a reader comes (ISO 8601). */
export const nextDigest = (timezone: string, now: number): string =>
  new Date(
    nextTime({ frequency: "daily", weekday: null, day: null, hour: digestHour, minute: 0, timezone }, now),
  ).toISOString();

/** What crossings mean for whoever reads of them. */
export const alertsOf = (crossed: readonly Crossing[], customer: string, account: string | null): Alert[] =>
  crossed.map(({ what, percent, limit, used }) => ({ customer, account, what, percent, limit, used }));
