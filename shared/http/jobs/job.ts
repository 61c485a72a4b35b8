import type { Grant } from "../contract.ts";

/** Rings the operator's bell when a function logs a line whose JSON field `message` is this. Jobs with the same name share one alarm. */
export interface MessageAlarm {
  message: string;
  /** After `tenantry-<stage>-`; the subject of the mail. */
  name: string;
  /** What it means and what to do; the text of the mail. */
  description: string;
}

/** A function that consumes the table's stream. */
export interface StreamJob {
  kind: "stream";
  summary: string;
  grants: readonly Grant[];
  /** EventBridge-style pattern over the stream record; records that do not match never reach the function. */
  filter: Record<string, unknown>;
  batchSize: number;
  batchingWindowSeconds: number;
  /** Tries after the first before a record goes to the dead-letter queue; it does not block the stream for longer. */
  retryAttempts: number;
  alarmOnMessage?: MessageAlarm;
}

/** A function that hears what becomes of the mails that were sent, by EventBridge. */
export interface EventJob {
  kind: "event";
  summary: string;
  grants: readonly Grant[];
  /** Amazon SES's event types: Send, Bounce, Complaint, Reject … of this installation's mails only. */
  mailEvents: readonly string[];
  alarmOnMessage?: MessageAlarm;
}

/** A function that runs by the clock. */
export interface ScheduleJob {
  kind: "schedule";
  summary: string;
  grants: readonly Grant[];
  rateMinutes: number;
  alarmOnMessage?: MessageAlarm;
}

/** A function that only IAM may invoke; it has no route and no event. */
export interface InvokeJob {
  kind: "invoke";
  summary: string;
  grants: readonly Grant[];
}

/** The function that answers where no route matches. */
export interface FallbackJob {
  kind: "fallback";
  summary: string;
  grants: readonly Grant[];
}

export type Job = (StreamJob | EventJob | ScheduleJob | InvokeJob | FallbackJob) & { id: string; area: string };

/** Names an area's jobs. The file of a job is `functions/<area>/<kebab-case id>.ts`, its handler export `handler`. */
export const defineJobs = <
  const Jobs extends Record<string, StreamJob | EventJob | ScheduleJob | InvokeJob | FallbackJob>,
>(
  area: string,
  jobs: Jobs,
): { [Id in keyof Jobs & string]: Job & { id: Id } } =>
  Object.fromEntries(Object.entries(jobs).map(([id, job]) => [id, { ...job, id, area }])) as never;
