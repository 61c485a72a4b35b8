import { randomUUID } from "node:crypto";
import { Cron } from "croner";
import * as z from "zod";
import type { Schedule } from "../assembly/assembly.ts";
import { jsonFile } from "../machine/files.ts";
import { pseudoParameters } from "../assembly/intrinsics.ts";
import type { LocalClock } from "../machine/local-clock.ts";

/** What came of one run. Times are those of the installation's clock. */
export type ScheduleRun = { name: string; startedAt: string; finishedAt: string } & (
  { succeeded: true; result: unknown } | { succeeded: false; error: string }
);

export interface Schedules {
  list(): { name: string; expression: string; enabled: boolean; lastRunAt: string | null; nextRunAt: string | null }[];
  /** Runs one now, after the run that may be under way. Undefined where there is none of the name. */
  run(name: string): Promise<ScheduleRun> | undefined;
  /** Runs whatever is due, each once, however often it was missed. */
  runDue(): Promise<ScheduleRun[]>;
  /** Ends after the runs under way. */
  stop(): Promise<void>;
}

const units = { minute: 60_000, minutes: 60_000, hour: 3_600_000, hours: 3_600_000, day: 86_400_000, days: 86_400_000 };

/**
 * When a schedule is next due after a moment.
 * @param expression `rate(5 minutes)` or AWS's `cron(minute hour day month weekday year)`
 * @returns milliseconds since the epoch; undefined where it never is again
 * @throws Error where the expression is neither
 */
export function nextRun(expression: string, afterMs: number, timezone: string): number | undefined {
  const rate = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(expression);
  if (rate) return afterMs + Number(rate[1]) * units[rate[2] as keyof typeof units];
  const cron = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression);
  if (!cron) throw new Error(`The local run does not know the schedule ${expression}`);
  // AWS's question mark means "whatever", and its week begins with Sunday as 1.
  const fields = cron.slice(1).map((field) => field.replace("?", "*"));
  const job = new Cron(`0 ${fields.join(" ")}`, {
    timezone,
    alternativeWeekdays: true,
    domAndDow: true,
    sloppyRanges: true,
  });
  return job.nextRun(new Date(afterMs))?.getTime();
}

/** Fires the schedules by the installation's clock. When each last ran is remembered, so that a restart makes up for what was missed. */
export function startSchedules(options: {
  schedules: readonly Schedule[];
  clock: LocalClock;
  stateFile: string;
  invoke(functionId: string, event: unknown): Promise<unknown>;
  report(problem: string): void;
  /** Milliseconds between looks at the clock. */
  tickMs?: number;
}): Schedules {
  const { schedules, clock, invoke, report, tickMs = 1000 } = options;
  const file = jsonFile(options.stateFile, z.record(z.string(), z.number()));
  const lastRun: Record<string, number> = file.read() ?? {};
  for (const { name, expression, timezone } of schedules) {
    lastRun[name] ??= clock.now(); // the first run comes one period after the schedule appears
    nextRun(expression, 0, timezone); // what is wrong with it is said at once
  }
  file.write(lastRun);
  const running = new Map<string, Promise<ScheduleRun>>();

  const due = ({ name, expression, timezone, enabled }: Schedule): boolean => {
    const next = enabled ? nextRun(expression, lastRun[name] ?? 0, timezone) : undefined;
    return next !== undefined && next <= clock.now();
  };

  const start = async (schedule: Schedule): Promise<ScheduleRun> => {
    const startedMs = clock.now();
    const startedAt = new Date(startedMs).toISOString();
    const outcome = await invoke(schedule.functionId, eventOf(schedule, startedAt)).then(
      (result) => ({ succeeded: true as const, result }),
      (error: unknown) => ({
        succeeded: false as const,
        error: error instanceof Error ? error.message : String(error),
      }),
    );
    // Written after the run: one that is killed halfway is overdue at the next start, and runs again.
    lastRun[schedule.name] = startedMs;
    file.write(lastRun);
    if (!outcome.succeeded) report(`The schedule ${schedule.name} failed: ${outcome.error}`);
    return { name: schedule.name, startedAt, finishedAt: new Date(clock.now()).toISOString(), ...outcome };
  };

  /** Queues a run behind the one under way, so that a schedule never meets itself. */
  const enqueue = (schedule: Schedule, onlyIfDue: boolean): Promise<ScheduleRun> => {
    const { name } = schedule;
    const before = running.get(name);
    const run = before
      ? before.then((earlier) => (onlyIfDue && !due(schedule) ? earlier : start(schedule)))
      : start(schedule);
    running.set(name, run);
    void run.finally(() => {
      if (running.get(name) === run) running.delete(name);
    });
    return run;
  };

  const runDue = (): Promise<ScheduleRun[]> =>
    Promise.all(schedules.filter(due).map((schedule) => enqueue(schedule, true)));

  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    for (const schedule of schedules) if (due(schedule) && !running.has(schedule.name)) void enqueue(schedule, true);
    timer = setTimeout(tick, tickMs);
    timer.unref();
  };
  tick();

  return {
    list: () =>
      schedules.map((schedule) => {
        const { name, expression, timezone, enabled } = schedule;
        const last = lastRun[name];
        const next = enabled ? nextRun(expression, last ?? clock.now(), timezone) : undefined;
        return {
          name,
          expression,
          enabled,
          lastRunAt: last === undefined ? null : new Date(last).toISOString(),
          nextRunAt: next === undefined ? null : new Date(next).toISOString(),
        };
      }),
    run(name) {
      const schedule = schedules.find((candidate) => candidate.name === name);
      return schedule && enqueue(schedule, false);
    },
    runDue,
    async stop() {
      clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}

/** The event that a schedule's function gets: the template's own, or what the service sends without one. */
function eventOf({ input, source, arn }: Schedule, time: string): unknown {
  if (input !== undefined) return JSON.parse(input.replaceAll("<aws.scheduler.scheduled-time>", time));
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source,
    account: pseudoParameters["AWS::AccountId"],
    time,
    region: pseudoParameters["AWS::Region"],
    resources: [arn],
    detail: source === "aws.scheduler" ? "{}" : {},
  };
}
