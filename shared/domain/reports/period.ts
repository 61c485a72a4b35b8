import { lastTime, nextTime, type Schedule } from "../terms/schedule.ts";

/** A period that a report is about: from one time at which it came to another, without the first instant and with the last. ISO 8601. */
export interface Period {
  from: string;
  to: string;
  /** Reports that should have come in between and did not: what they would have told is in this one. */
  missed: number;
}

/**
 * The period of the report that is due: up to the last time that has come, whatever was missed before it.
 * @param dueAt when it was due, which is a time of the schedule as it was then
 * @param reportedUntil what the last report told of; null: there was none
 */
export function duePeriod(schedule: Schedule, dueAt: string, reportedUntil: string | null, now: number): Period {
  const due = Date.parse(dueAt);
  const last = lastTime(schedule, now + 1);
  const to = Math.max(due, last);
  let missed = 0;
  for (let at = due; at < to && missed < mostMissed; at = nextTime(schedule, at)) missed += 1;
  const from = reportedUntil === null ? lastTime(schedule, due) : Date.parse(reportedUntil);
  return { from: new Date(Math.min(from, to)).toISOString(), to: new Date(to).toISOString(), missed };
}
/** What was missed is counted as far as somebody would. */
const mostMissed = 1_000;
