import * as z from "zod";
import { nextTime } from "../terms/schedule.ts";
import { dayAt } from "../terms/wall-clock.ts";
import { daysInMonth, monthBefore, monthOf, type Period } from "./days.ts";

/** A month of the calendar. */
export const Month = z
  .string()
  .regex(/^(?!0000)\d{4}-(?:0[1-9]|1[0-2])$/, { error: "must be a month such as 2026-11" })
  .meta({ description: "A month of the calendar", examples: ["2026-11"] });

/** All days of a month. */
export const periodOfMonth = (month: string): Period => ({
  from: `${month}-01`,
  to: `${month}-${daysInMonth(`${month}-01`)}`,
});

/** Invoices come in the morning of the seller. */
const hour = 6;

/** When a payer is invoiced next, ISO 8601. @param dayOfMonth in a shorter month its last day */
export const nextTimeOfRun = (dayOfMonth: number, timezone: string, after: number): string =>
  new Date(
    nextTime({ frequency: "monthly", weekday: null, day: dayOfMonth, hour, minute: 0, timezone }, after),
  ).toISOString();

/** The month that is invoiced at a time. */
export const invoicedMonth = (timezone: string, at: string): string =>
  monthOf(monthBefore(dayAt(timezone, Date.parse(at))).from);

/** The latest day that has begun anywhere: clocks are up to 14 hours ahead of UTC. */
export const latestDay = (now: number): string => dayAt("UTC", now + 14 * 3_600_000);
