import type { Grant } from "./contract.ts";

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
}

/** A function that runs by the clock. */
export interface ScheduleJob {
  kind: "schedule";
  summary: string;
  grants: readonly Grant[];
  rateMinutes: number;
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

export type Job = (StreamJob | ScheduleJob | InvokeJob | FallbackJob) & { id: string; area: string };

/** Names an area's jobs. The file of a job is `functions/<area>/<kebab-case id>.ts`, its handler export `handler`. */
export const defineJobs = <const Jobs extends Record<string, StreamJob | ScheduleJob | InvokeJob | FallbackJob>>(
  area: string,
  jobs: Jobs,
): { [Id in keyof Jobs & string]: Job & { id: Id } } =>
  Object.fromEntries(Object.entries(jobs).map(([id, job]) => [id, { ...job, id, area }])) as never;
