import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Schedule } from "../../../local/assembly/assembly.ts";
import { openClock } from "../../../local/machine/local-clock.ts";
import { nextRun, type Schedules, startSchedules } from "../../../local/lambda/schedules.ts";

const hourly: Schedule = {
  name: "sweep",
  functionId: "sweep",
  arn: "arn:schedule",
  expression: "rate(1 hour)",
  timezone: "UTC",
  input: undefined,
  source: "aws.scheduler",
  enabled: true,
};

const started: Schedules[] = [];
afterEach(() => Promise.all(started.splice(0).map((schedules) => schedules.stop())));

function begin(
  home: string,
  invoke: (id: string, event: unknown) => Promise<unknown>,
  schedule: Partial<Schedule> = {},
) {
  const clock = openClock(home);
  const schedules = startSchedules({
    schedules: [{ ...hourly, ...schedule }],
    clock,
    stateFile: join(home, "schedules.json"),
    invoke,
    report: () => undefined,
    tickMs: 10,
  });
  started.push(schedules);
  return { clock, schedules };
}
const newHome = (): string => mkdtempSync(join(tmpdir(), "schedules-"));

describe("the clock", () => {
  test("stays ahead after a restart, and only goes forward", () => {
    const home = newHome();
    const clock = openClock(home);
    expect(clock.offset()).toBe(0);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
    clock.advance("PT1H");
    clock.advance("P1D");
    expect(clock.advance("-PT1H")).toBeUndefined();
    expect(clock.offset()).toBe(25 * 3_600_000);
    expect(openClock(home).offset()).toBe(25 * 3_600_000);
  });
});

describe("a schedule", () => {
  test("does not run before its first period is over", async () => {
    const events: unknown[] = [];
    const { schedules } = begin(newHome(), async (_id, event) => events.push(event));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await schedules.runDue()).toEqual([]);
    expect(events).toEqual([]);
  });

  test("runs once when the clock is set forward by many periods, with the service's event", async () => {
    const events: unknown[] = [];
    const { clock, schedules } = begin(newHome(), async (_id, event) => events.push(event));
    clock.advance("P31D");
    expect(await schedules.runDue()).toMatchObject([{ name: "sweep", succeeded: true }]);
    expect(await schedules.runDue()).toEqual([]);
    expect(events).toMatchObject([
      { source: "aws.scheduler", "detail-type": "Scheduled Event", resources: ["arn:schedule"] },
    ]);
  });

  test("runs by itself when its time comes", async () => {
    let ran: () => void;
    const run = new Promise<void>((resolve) => (ran = resolve));
    const { clock } = begin(newHome(), async () => ran());
    clock.advance("PT2H");
    await run;
  });

  test("that was missed while nothing ran runs once at the next start", async () => {
    const home = newHome();
    await begin(home, async () => undefined).schedules.stop();
    openClock(home).advance("P3D");
    let runs = 0;
    const { schedules } = begin(home, async () => (runs += 1));
    await schedules.runDue();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(runs).toBe(1);
  });

  test("that was killed halfway runs again", async () => {
    const home = newHome();
    const { clock, schedules } = begin(home, () => new Promise(() => undefined));
    clock.advance("PT2H");
    void schedules.runDue();
    started.pop(); // it never ends
    let runs = 0;
    await begin(home, async () => (runs += 1)).schedules.runDue();
    expect(runs).toBe(1);
  });

  test("never meets itself", async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const { clock, schedules } = begin(newHome(), async () => {
      runs += 1;
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 30));
      running -= 1;
    });
    clock.advance("PT2H");
    await Promise.all([schedules.runDue(), schedules.run("sweep"), schedules.run("sweep"), schedules.runDue()]);
    expect(most).toBe(1);
    expect(runs).toBe(3); // once because it was due, twice because it was asked for
  });

  test("says that it failed, and is tried again at its next time only", async () => {
    const { schedules, clock } = begin(newHome(), async () => {
      throw new Error("broken");
    });
    expect(await schedules.run("sweep")).toMatchObject({ succeeded: false, error: "broken" });
    expect(await schedules.runDue()).toEqual([]);
    clock.advance("PT1H");
    expect(await schedules.runDue()).toHaveLength(1);
  });

  test("that is disabled runs only when it is asked for", async () => {
    const { schedules, clock } = begin(newHome(), async () => 7, {
      enabled: false,
      input: '{"a":"<aws.scheduler.scheduled-time>"}',
    });
    clock.advance("P1D");
    expect(await schedules.runDue()).toEqual([]);
    expect(await schedules.run("sweep")).toMatchObject({ result: 7 });
    expect(schedules.list()).toMatchObject([{ name: "sweep", enabled: false, nextRunAt: null }]);
  });

  test("of another name is unknown", () => {
    expect(begin(newHome(), async () => undefined).schedules.run("other")).toBeUndefined();
  });
});

test.each([
  ["rate(5 minutes)", "UTC", "2026-01-01T00:05:00.000Z"],
  ["rate(1 day)", "UTC", "2026-01-02T00:00:00.000Z"],
  ["cron(30 3 * * ? *)", "UTC", "2026-01-01T03:30:00.000Z"],
  ["cron(30 3 * * ? *)", "Europe/Berlin", "2026-01-01T02:30:00.000Z"],
  ["cron(0 8 ? * 2 *)", "UTC", "2026-01-05T08:00:00.000Z"], // 2 is Monday
  ["cron(0 8 1 2/3 ? *)", "UTC", "2026-02-01T08:00:00.000Z"],
  ["cron(0 8 ? * MON-FRI 2027)", "UTC", "2027-01-01T08:00:00.000Z"],
])("%s in %s is next due at %s", (expression, timezone, next) => {
  expect(new Date(nextRun(expression, Date.UTC(2026, 0, 1), timezone) ?? 0).toISOString()).toBe(next);
});

test("an expression that is neither rate nor cron is refused", () => {
  expect(() => nextRun("at(2026-01-01T00:00:00)", 0, "UTC")).toThrow(/at\(/);
});
