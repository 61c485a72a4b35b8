import { beforeAll, expect, test, vi } from "vitest";
import { nextTime, type Schedule } from "../../../shared/domain/terms/schedule.ts";
import { faults } from "../../faults/faults.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { drawFrom } from "../../support/random.ts";
import { dayMs } from "../stages/book.ts";
import { openPost, type Post } from "../stages/post.ts";
import { shortenWaits } from "../../support/short-waits.ts";

/*
 * Nights of many subscribers, with everything that may go wrong: calls to the table that fail or take effect unheard, processes that die between any two
 * calls, mails whose answer is lost, and days in which nobody sweeps. REPORT_SUBSCRIBERS and REPORT_DAYS make it larger; REPORT_SEED repeats a run.
 */
const subscribers = Number(process.env["REPORT_SUBSCRIBERS"] ?? 2);
const days = Number(process.env["REPORT_DAYS"] ?? 3);
const seed = Number(process.env["REPORT_SEED"] ?? 20_261_127);
/**
 * Long spans meet both clock changes of all zones: Lord Howe, Berlin and New York in autumn (4 and 25 October, 1 November 2037) and in spring (14 and 28
 * March, 4 April 2038). Short ones meet one each, or two. They lie far ahead, so that nothing expires by the real clock.
 */
const spans =
  days >= 40 ? ["2037-10-01T00:00:00Z", "2038-03-08T00:00:00Z"] : ["2037-10-24T00:00:00Z", "2038-03-27T00:00:00Z"];
const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
const hourMs = 3_600_000;

type Body = Reply["body"];
/** What goes wrong: of a hundred calls so many meet a fault; after so many the process dies. */
interface Weather {
  faults: number;
  lives: number;
}
const fine = (): Weather => ({ faults: 0, lives: Infinity });
let post: Post;
let weather = fine();
const random = drawFrom(seed);
const chance = drawFrom(-seed);
const happened = { faults: 0, deaths: 0, lostAnswers: 0, silences: 0 };

beforeAll(async () => {
  post = await openPost();
  vi.spyOn(post.runtime.logger, "error").mockImplementation(() => undefined);
  shortenWaits();
  post.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      weather.lives -= 1;
      if (weather.lives < 0) throw new Error("The process has died.");
      if (weather.lives === 0) {
        happened.deaths += 1;
        if (chance(2) === 0) await next(args);
        throw new Error("The process dies.");
      }
      if (chance(100) >= weather.faults) return next(args);
      const name = String(context["commandName"]);
      const possible = faults.filter(({ at, error }) => error !== undefined && at.includes(name));
      const fault = possible[chance(possible.length)];
      if (!fault?.error) return next(args);
      happened.faults += 1;
      if (fault.when === "after") await next(args);
      throw fault.error();
    },
    { step: "finalizeRequest", priority: "low", name: "makeWeather" },
  );
});

interface Subscriber {
  id: string;
  addresses: string[];
  schedule: Schedule;
  since: number;
}

/** A subscription at a time of day that the clocks change more often than not. */
async function subscribe(customerId: string, nth: number): Promise<Subscriber> {
  const frequency = (["daily", "daily", "daily", "weekly", "monthly"] as const)[random(5)] ?? "daily";
  const schedule: Schedule = {
    frequency,
    weekday: frequency === "weekly" ? 1 + random(7) : null,
    day: frequency === "monthly" ? ([1, 29, 30, 31][random(4)] ?? 31) : null,
    hour: random(2) === 0 ? 2 : 1 + random(23),
    minute: [0, 15, 30, 45][random(4)] ?? 0,
    timezone: zones[nth % zones.length] ?? "UTC",
  };
  const addresses = Array.from({ length: 1 + random(2) }, (_, of) => `reader.${nth}.${of}@example.com`);
  const kind = ["watchlist", "event-log", "all-customers", "consolidated", "activity"][nth % 5];
  const recipients = addresses.map((email) => ({ email }));
  const since = post.now();
  const { id } = await post.ok("createReportSubscription", { body: { customerId, kind, ...schedule, recipients } });
  return { id, addresses, schedule, since };
}

/** The mails that came to each address, by their ids. */
const arrived = new Map<string, string[]>();
let heardOf = 0;
/** The events of mails that have been accepted since, which come also where the answer was lost. */
async function events(): Promise<void> {
  for (; heardOf < post.mailbox.count(); heardOf += 1) {
    const { to, tags } = post.mailbox.mailAt(heardOf);
    const mail = String(tags["mail"]);
    arrived.set(to, [...(arrived.get(to) ?? []), mail]);
    await post.tell(mail, "Email Sent");
  }
}

async function sweepIn(state: Weather): Promise<void> {
  Object.assign(await post.runtime.client.config.retryStrategy(), { capacity: 500 });
  const calm = state.faults === 0 && state.lives === Infinity;
  // Two of them at a time, now and then.
  const twice = random(5) === 0;
  const work = (file: string) => () => post.invoke(file, {});
  const lost = !calm && random(4) === 0;
  if (lost) {
    happened.lostAnswers += 1;
    await post.mailbox.outage.set("answer-lost", 1);
  }
  weather = { ...state };
  for (const run of [work("functions/schedule/sweep-reports.ts"), work("functions/schedule/sweep-mail.ts")]) {
    const results = await Promise.allSettled(twice ? [run(), run()] : [run()]);
    for (const result of results) if (calm && result.status === "rejected") throw result.reason;
    // Whoever died has been started anew.
    weather = { ...state };
  }
  weather = fine();
  await post.mailbox.outage.set("none");
  await events();
}
const someWeather = (): Weather =>
  [fine(), fine(), { faults: 5, lives: Infinity }, { faults: 0, lives: 10 + random(80) }, { faults: 10, lives: 90 }][
    random(5)
  ] ?? fine();

const timesBetween = (schedule: Schedule, after: number, until: number): string[] => {
  const found: string[] = [];
  for (let at = nextTime(schedule, after); at <= until; at = nextTime(schedule, at))
    found.push(new Date(at).toISOString());
  return found;
};

test(
  `${subscribers} subscribers over ${days} days of each span have every report exactly once, whatever fails (seed ${seed})`,
  { timeout: 120_000 + subscribers * days * 2_000 },
  async () => {
    const began = performance.now();
    // A customer has at most a hundred subscriptions.
    const sellers: string[] = [];
    for (let seller = 0; seller < Math.ceil(subscribers / 90); seller += 1) {
      const { id } = await post.create(post.provider.id, { level: "reseller" });
      await post.create(id);
      sellers.push(id);
    }
    const all: Subscriber[] = [];
    for (const [nth, span] of spans.entries()) {
      post.advance(Date.parse(span) - post.now());
      const count = Math.ceil(subscribers / spans.length);
      for (let one = 0; one < count; one += 1) {
        const number = nth * count + one;
        all.push(await subscribe(sellers[number % sellers.length] ?? "", number));
      }
      for (const end = Date.parse(span) + days * dayMs; post.now() < end;) {
        const silent = random(24) === 0;
        if (silent) happened.silences += 1;
        post.advance(silent ? 2 * dayMs : hourMs + random(5 * hourMs));
        await sweepIn(someWeather());
      }
      // Whatever was left is done in peace. A mail that failed often is tried again within six hours; the claim of a sender that died, and the answer
      // that was lost, are waited for.
      for (const minutes of [...Array.from({ length: 7 }, () => 60), ...Array.from({ length: 6 }, () => 20)]) {
        post.advance(minutes * 60_000);
        await sweepIn(fine());
      }
    }
    // Reports come at quarters of an hour. Those of the last one are ordered five minutes after it; they are built, and mailed, before the next: what the
    // stream should bring is left to it for two minutes each time.
    const quarterMs = 15 * 60_000;
    post.advance(quarterMs - (post.now() % quarterMs) + 5 * 60_000);
    const until = post.now();
    await sweepIn(fine());
    for (let step = 0; step < 2; step += 1) {
      post.advance(3 * 60_000);
      await sweepIn(fine());
    }
    for (const { id, addresses, schedule, since } of all) {
      const due = timesBetween(schedule, since, until);
      const runs: Body[] = [];
      let cursor: string | null = null;
      do {
        const page: Body = await post.ok("listDeliveries", { params: { id }, query: cursor ? { cursor } : {} });
        runs.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      runs.reverse();
      // Each time of the schedule has its report, or is told by the next one that came.
      const ends = runs.map(({ to }) => to);
      expect(due, id).toEqual(expect.arrayContaining(ends));
      expect(
        runs.reduce((sum, { missed }) => sum + 1 + missed, 0),
        `${id} ${JSON.stringify(schedule)}`,
      ).toBe(due.length);
      for (const [nth, { from, state }] of runs.entries()) {
        expect(state, id).toBe("sent");
        if (nth > 0) expect(from, id).toBe(ends[nth - 1]);
      }
      for (const [nth, address] of addresses.entries()) {
        const mails = arrived.get(address) ?? [];
        expect(new Set(mails).size, `${address}: a mail more than once`).toBe(mails.length);
        const deliveries: Body[] = runs.map((run) => run.deliveries[nth]);
        expect(deliveries.filter(({ email }) => email !== address)).toEqual([]);
        expect(deliveries.filter(({ state, mailId }) => state !== "sent" || !mails.includes(mailId))).toEqual([]);
        expect(mails.length, `${address} of ${id}`).toBe(runs.length);
      }
    }
    const unsettled = (await dump(post.table)).filter(({ kind, state }) => kind === "mail" && state !== "sent");
    expect(unsettled).toEqual([]);
    expect(Math.min(happened.faults, happened.deaths, happened.lostAnswers)).toBeGreaterThan(0);
    if (process.env["REPORT_SUBSCRIBERS"] !== undefined)
      process.stdout.write(
        `${JSON.stringify({ subscribers: all.length, mails: post.mailbox.count(), ...happened, seconds: Math.round((performance.now() - began) / 1000) })}\n`,
      );
  },
);
