import type { Grant } from "../contract.ts";
import type { FilterPattern } from "./filter.ts";

/** Rings the operator's bell when a function logs a line whose JSON field `message` is this. Jobs with the same name share one alarm. */
export interface MessageAlarm {
  message: string;
  /** After `tenantry-<stage>-`; the subject of the mail. */
  name: string;
  /** What it means and what to do; the text of the mail. */
  description: string;
}

/** What the jobs of every kind have. */
interface Common {
  summary: string;
  grants: readonly Grant[];
  alarmOnMessage?: MessageAlarm;
}

/** How a function reads the table's stream itself. AWS lets two functions read a stream, so there are two of these at the most. */
interface StreamReader extends Common {
  batchSize: number;
  batchingWindowSeconds: number;
  /** Batches of one shard that are processed at the same time, 1 to 10. More than 1 keeps the order of the changes of one item only. */
  parallelizationFactor: number;
  /** Tries after the first before a record goes to the dead-letter queue; it does not block the stream for longer. */
  retryAttempts: number;
}

/** A function that reads the table's stream itself, because it depends on the order of changes. */
export interface OrderedJob extends StreamReader {
  kind: "stream";
  follows: "ordered";
  /** Patterns over the stream record. A record that matches none of them never reaches the function. */
  filters: readonly FilterPattern[];
}

/** A function that the relay hands changes on to, as an asynchronous invocation. Changes may come twice, and in any order. */
export interface RelayedJob extends Common {
  kind: "stream";
  follows: "relayed";
  filters: readonly FilterPattern[];
  /** Records of one invocation, at most. */
  batchSize: number;
  /** Tries after the first, 0 to 2, before the batch goes to the dead-letter queue. */
  retryAttempts: number;
  /** How long a batch may wait for the function, 1 to 360 minutes. */
  maxAgeMinutes: number;
  /** How long the function may work, 1 to 15 minutes. Default: 1. */
  timeoutMinutes?: number;
}

/** The function that reads the table's stream for all relayed ones. */
export interface RelayJob extends StreamReader {
  kind: "relay";
}

/** A function that hears what becomes of the mails that were sent, by EventBridge. */
export interface EventJob extends Common {
  kind: "event";
  /** Amazon SES's event types: Send, Bounce, Complaint, Reject … of this installation's mails only. */
  mailEvents: readonly string[];
}

/** A function that runs by the clock. */
export interface ScheduleJob extends Common {
  kind: "schedule";
  rateMinutes: number;
}

/** A function that only IAM may invoke; it has no route and no event. */
export interface InvokeJob extends Common {
  kind: "invoke";
}

/** The function that answers where no route matches. */
export interface FallbackJob extends Common {
  kind: "fallback";
}

type AnyJob = OrderedJob | RelayedJob | RelayJob | EventJob | ScheduleJob | InvokeJob | FallbackJob;
/** A job with its name and the folder that its file stands in. */
export type Named<J> = J & { id: string; area: string };
export type Job = Named<AnyJob>;

/** Names an area's jobs. The file of a job is `functions/<area>/<kebab-case id>.ts`, its handler export `handler`. */
export const defineJobs = <const Jobs extends Record<string, AnyJob>>(
  area: string,
  jobs: Jobs,
): { [Id in keyof Jobs & string]: Named<Jobs[Id]> & { id: Id } } =>
  Object.fromEntries(Object.entries(jobs).map(([id, job]) => [id, { ...job, id, area }])) as never;

/** Whether a job gets its changes from the relay. */
export const isRelayed = (job: Job): job is Named<RelayedJob> => job.kind === "stream" && job.follows === "relayed";
