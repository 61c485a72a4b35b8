import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, expect, test, vi } from "vitest";
import { faults } from "../../faults/faults.ts";
import { dump, type Item } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { LogItem } from "../../../shared/store/access/log-items.ts";
import { type Draw, drawFrom } from "../../support/random.ts";
import { dayMs } from "../stages/book.ts";
import { openTrialStage, type TrialStage } from "../stages/trial-stage.ts";
import { shortenWaits } from "../../support/short-waits.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

const seeds = Number(process.env["TRIAL_SEEDS"] ?? 1);
const trialsPerSeed = Number(process.env["TRIALS"] ?? 10);
const firstSeed = Number(process.env["TRIAL_SEED"] ?? 1);
const hourMs = 3_600_000;
/** A moment so near to a notice's time is on no certain side of it: a sweep's own clock is not seen from here. */
const fuzzyMs = 10_000;

type Body = Reply["body"];
/** A customer in trial with an account in trial, and all that somebody has done to them by hand. */
interface Subject {
  customer: Body;
  account: Body;
  sellerAddress: string;
  deleteAfterDays: number;
  /** The ends that were set one after the other, each with the moment from which on it holds, and how many runs there had been. */
  ends: { endsAt: number; since: number; runsBefore: number }[];
  endedByHand: string | null;
  paidByHand: boolean;
}
/** A run of both sweeps. `clean`: alone, without a fault, to its end. */
interface Run {
  at: number;
  clean: boolean;
}
/** What goes wrong while sweeps run: nothing, unless it is said. */
interface Weather {
  /** Of a hundred calls so many meet a fault. */
  faults: number;
  /** Calls until the process dies; from then on none gets through. */
  lives: number;
}
interface Tally {
  seed: number;
  trials: number;
  runs: number;
  faults: number;
  deaths: number;
  jumpsBack: number;
  mails: number;
}

const fine = (): Weather => ({ faults: 0, lives: Infinity });
let stage: TrialStage;
let weather = fine();
let random: Draw = drawFrom(0);
/** What befalls single calls has chances of its own: how many there are differs from run to run, and the seed's story does not. */
let chance: Draw = drawFrom(0);
let happened = { faults: 0, deaths: 0 };
let first: Set<string>;
const placeOf = ({ pk, sk }: Item): string => `${pk} ${sk}`;

beforeAll(async () => {
  stage = await openTrialStage();
  first = new Set((await dump(stage.table)).map(placeOf));
  vi.spyOn(stage.runtime.logger, "error").mockImplementation(() => undefined);
  // Also what keeps a sweep from a burst.
  shortenWaits();
  stage.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context["commandName"]);
      weather.lives -= 1;
      const dies = weather.lives === 0;
      if (weather.lives < 0) throw new Error("The process has died.");
      if (dies) {
        happened.deaths += 1;
        // It dies before the call, or after it has taken effect.
        if (chance(2) === 0) await next(args);
        throw new Error("The process dies.");
      }
      if (chance(100) >= weather.faults) return next(args);
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

interface Seller {
  id: string;
  email: string;
  deleteAfterDays: number;
}
const sellersOf = (count: number): Promise<Seller[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const email = `seller.${index}@example.com`;
      const [days, deleteAfterDays] = [[1, 2, 4, 8, 9, 10][random(6)], 1 + random(6)];
      const { id } = await stage.create(stage.provider.id, { level: "reseller", email });
      await stage.settings(id, { trial: { days, extensionDays: 6, deleteAfterDays } });
      return { id, email, deleteAfterDays };
    }),
  );

async function begin({ id: parentId, email, deleteAfterDays }: Seller, runsBefore: number): Promise<Subject> {
  const username = stage.freshLogin();
  const customer = stage.input({ parentId, email: `${username}@example.com`, inTrial: true });
  const login = { username, password: "nobody guesses this one" };
  const account = await stage.ok("createAccount", { body: { customer, plan: "trial", ...login } });
  const made = await stage.get(account.customerId);
  const end = { endsAt: Date.parse(made.trial.endsAt), since: Date.parse(made.createdAt), runsBefore };
  const untouched = { endedByHand: null, paidByHand: false };
  return { customer: made, account, sellerAddress: email, deleteAfterDays, ends: [end], ...untouched };
}

/** Somebody extends a trial, ends it, or moves an account to a paid plan; what is over is refused. */
async function doByHand(subject: Subject, runsBefore: number): Promise<void> {
  const { customer, account } = subject;
  const { endsAt: before } = subject.ends.at(-1) ?? { endsAt: 0 };
  const params = { id: customer.id };
  switch (random(3)) {
    case 0: {
      const endsAt = Math.max(before, stage.now()) + 1 + random(5 * dayMs);
      const body = { endsAt: new Date(endsAt).toISOString() };
      const since = stage.now();
      const { status } = await stage.call("extendTrial", { params, body });
      expect([200, 422]).toContain(status);
      if (status === 200) subject.ends.push({ endsAt, since, runsBefore });
      return;
    }
    case 1: {
      const { status, body } = await stage.call("endTrial", { params });
      expect([200, 422]).toContain(status);
      if (status === 200) subject.endedByHand = body.billedFrom;
      return;
    }
    default: {
      const { status } = await stage.call("updateAccount", { params: { id: account.id }, body: { plan: "select" } });
      expect([200, 409]).toContain(status);
      if (status === 200) subject.paidByHand = true;
    }
  }
}

/** One run of both sweeps, or of two of each at once, in some weather. */
async function sweepIn(state: Weather, twice: boolean): Promise<Run> {
  const at = stage.now();
  Object.assign(await stage.runtime.client.config.retryStrategy(), { capacity: 500 });
  weather = { ...state };
  const clean = state.faults === 0 && state.lives === Infinity && !twice;
  const sweeps = twice
    ? [stage.sweepTrials(), stage.sweepAccountTrials(), stage.sweepTrials(), stage.sweepAccountTrials()]
    : [stage.sweepTrials(), stage.sweepAccountTrials()];
  const results = await Promise.allSettled(sweeps);
  weather = fine();
  if (clean)
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
      for (const { left } of Object.values(result.value)) expect(left).toBe(0);
    }
  return { at, clean };
}
const someWeather = (): Weather =>
  [fine(), fine(), { faults: 12, lives: Infinity }, { faults: 0, lives: 20 + random(60) }, { faults: 5, lives: 60 }][
    random(5)
  ] ?? fine();

/** Time goes on, back, or on while nobody sweeps; then so many runs as the schedule brings. */
async function step(runs: Run[], tally: Tally): Promise<void> {
  switch (random(8)) {
    case 0:
      stage.advance(-hourMs);
      tally.jumpsBack += 1;
      break;
    case 1:
      stage.advance(3 * dayMs);
      break;
    case 2:
    case 3:
      stage.advance(dayMs);
      break;
    default:
      stage.advance(random(18 * hourMs));
  }
  for (let run = random(4); run > 0; run -= 1) runs.push(await sweepIn(someWeather(), random(4) === 0));
}

/** The notices that an end calls for: of each the time from which on it is due, and until when. */
const noticesOf = (endsAt: number): { from: number; until: number }[] =>
  [7, 3, 1].map((days, index) => ({
    from: endsAt - days * dayMs,
    until: endsAt - ([3, 1, 0][index] ?? 0) * dayMs,
  }));
const iso = (ms: number): string => new Date(ms).toISOString();

/** What the table says of one seed's trials at the end. */
interface Outcome {
  /** Log entries by type and what they are about. */
  entries: Map<string, Body[]>;
  /** Mails by the customer's name or the account's id. */
  mails: Map<string, Body[]>;
  records: Map<string, Body>;
  timers: Item[];
}
function outcomeOf(items: readonly Item[]): Outcome {
  const entries = items
    .filter(({ kind }) => kind === "log")
    .map((item): Body => LogItem.parse(item).entry)
    .toSorted((one, other) => (one.at < other.at ? -1 : 1));
  const mails: Body[] = items.filter(({ kind }) => kind === "mail");
  const records: Body[] = items.filter(({ kind }) => kind === "customer" || kind === "account");
  return {
    entries: Map.groupBy(entries, ({ type, node }) => `${type} ${node.id}`),
    mails: Map.groupBy(mails, ({ accountId, matter }) => accountId ?? matter.customer),
    records: new Map(records.map((record) => [record.id, record])),
    timers: items.filter(({ kind, timer }) => kind === "timer" && String(timer).includes("trial")),
  };
}

/** Each notice at most once, to both, with the days that were left; and none missing that a run had come for. */
function expectNotices(
  { customer, sellerAddress, ends, endedByHand }: Subject,
  mails: readonly Body[],
  runs: readonly Run[],
) {
  const notices = mails.filter(({ matter }) => matter.template === "trial-notice");
  for (const { queuedAt, matter } of notices) {
    expect(ends.map(({ endsAt }) => iso(endsAt))).toContain(matter.endsAt);
    expect(matter.daysLeft).toBe(Math.ceil((Date.parse(matter.endsAt) - Date.parse(queuedAt)) / dayMs));
    expect(matter.daysLeft).toBeLessThanOrEqual(7);
  }
  for (const [index, { endsAt, since, runsBefore }] of ends.entries()) {
    const later = ends[index + 1];
    const gone = Math.min(later?.since ?? Infinity, endedByHand === null ? Infinity : Date.parse(endedByHand));
    const mine = runs.slice(runsBefore, later?.runsBefore);
    for (const { from, until } of noticesOf(endsAt)) {
      const toldAt = (address: string): string[] =>
        notices
          .filter(({ to, matter }) => to.address === address && matter.endsAt === iso(endsAt))
          .map(({ queuedAt }) => queuedAt)
          .filter((at) => Date.parse(at) >= from && Date.parse(at) < until);
      const told = toldAt(customer.email);
      expect(toldAt(sellerAddress), "customer and seller are told together").toEqual(told);
      expect(told.length, "a notice more than once").toBeLessThanOrEqual(1);
      // A run came for it in time, and none before had been further on.
      const due = mine.findIndex(({ at, clean }) => clean && at > from + fuzzyMs && at < until - fuzzyMs);
      const ahead = mine.slice(0, due).some(({ at }) => at > until - fuzzyMs);
      if (due >= 0 && !ahead && from > since + fuzzyMs && (mine[due]?.at ?? 0) < gone - fuzzyMs)
        expect(told.length, "a notice that was due").toBe(1);
    }
  }
}

/** Exactly one end, not early, with its mails; and of the account one suspension and one deletion, unless it was paid for. */
function expectEnds(subject: Subject, { entries, mails, records }: Outcome): void {
  const { customer, account, sellerAddress, endedByHand, paidByHand, deleteAfterDays } = subject;
  const endsAt = iso(subject.ends.at(-1)?.endsAt ?? 0);
  const ended = entries.get(`TrialEnded ${customer.id}`) ?? [];
  expect(ended.length, "ends of a trial").toBe(1);
  if (endedByHand === null || endedByHand === endsAt) expect(ended[0].at >= endsAt, "an early end").toBe(true);
  const { trialEndsAt, trialNoticeAt, productionSince } = records.get(customer.id);
  expect([trialEndsAt, trialNoticeAt, productionSince]).toEqual([undefined, undefined, endedByHand ?? endsAt]);
  const told = (mails.get(customer.name) ?? []).filter(({ matter }) => matter.template === "trial-ended");
  expect(told.map(({ to }) => to.address).toSorted()).toEqual([customer.email, sellerAddress].toSorted());
  for (const { matter } of told)
    expect([matter.endedAt, matter.early]).toEqual([productionSince, productionSince !== endsAt]);

  const suspended = entries.get(`AccountTrialEnded ${account.id}`) ?? [];
  const deleted = entries.get(`AccountDeleted ${account.id}`) ?? [];
  const toUser = (mails.get(account.id) ?? []).map(({ matter }) => matter.template);
  for (const { at } of suspended) expect(at >= account.trial.endsAt, "an early suspension").toBe(true);
  if (paidByHand) {
    expect([suspended.length < 2, deleted.length]).toEqual([true, 0]);
    expect(toUser).toEqual(suspended.map(() => "account-trial-ended"));
    expect(records.get(account.id)).toMatchObject({ plan: "select", active: true });
    return;
  }
  expect([suspended.length, deleted.length], "suspensions and deletions").toEqual([1, 1]);
  const { trialDeleteAt, deletedAt } = records.get(account.id);
  expect(trialDeleteAt).toBe(iso(Date.parse(suspended[0].at) + deleteAfterDays * dayMs));
  expect(deletedAt >= trialDeleteAt, "an early deletion").toBe(true);
  expect(toUser.toSorted()).toEqual(["account-trial-deleted", "account-trial-ended"]);
}

/** Takes away what a seed has left. */
async function clear(items: readonly Item[]): Promise<void> {
  const { documents, tableName } = stage.table;
  for (let start = 0; start < items.length; start += 25) {
    const part = items.slice(start, start + 25).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: part } }));
  }
}

async function live(seed: number): Promise<Tally> {
  random = drawFrom(seed);
  chance = drawFrom(-seed);
  happened = { faults: 0, deaths: 0 };
  const tally: Tally = { seed, trials: trialsPerSeed, runs: 0, faults: 0, deaths: 0, jumpsBack: 0, mails: 0 };
  const runs: Run[] = [];
  const subjects: Subject[] = [];
  const sellers = await sellersOf(4);
  while (subjects.length < trialsPerSeed) {
    const chosen = Array.from({ length: Math.min(5, trialsPerSeed - subjects.length) }, () => sellers[random(4)]);
    const begun = chosen.map((seller) => (seller ? [begin(seller, runs.length)] : []));
    subjects.push(...(await Promise.all(begun.flat())));
    if (random(4) === 0) await step(runs, tally);
    else stage.advance(random(6 * hourMs));
  }
  const last = (): number =>
    Math.max(
      ...subjects.map(({ ends, account }) => Math.max(ends.at(-1)?.endsAt ?? 0, Date.parse(account.trial.endsAt))),
    );
  while (stage.now() < last() + 3 * dayMs) {
    await step(runs, tally);
    const subject = subjects[random(subjects.length)];
    if (subject && random(3) === 0) await doByHand(subject, runs.length);
  }
  for (const days of [0, 7]) {
    stage.advance(days * dayMs);
    runs.push(await sweepIn(fine(), false));
  }
  const left = (await dump(stage.table)).filter((item) => !first.has(placeOf(item)));
  const outcome = outcomeOf(left);
  expect(outcome.timers, "timers that are left").toEqual([]);
  for (const subject of subjects) {
    expectNotices(subject, outcome.mails.get(subject.customer.name) ?? [], runs);
    expectEnds(subject, outcome);
  }
  await clear(left);
  const mails = [...outcome.mails.values()].reduce((sum, some) => sum + some.length, 0);
  return { ...tally, ...happened, runs: runs.length, mails };
}

test.each(Array.from({ length: seeds }, (_, index) => firstSeed + index))(
  `each of ${trialsPerSeed} trials ends exactly once, none early, with its mails, however the clock jumps and whatever fails (seed %i)`,
  { timeout: 600_000 },
  async (seed) => {
    const began = performance.now();
    const tally = await live(seed);
    const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
    if (process.env["TRIAL_SEEDS"] !== undefined) process.stdout.write(`${JSON.stringify({ ...tally, seconds })}\n`);
    expect(tally.runs).toBeGreaterThan(5);
    expect(tally.faults + tally.deaths).toBeGreaterThan(0);
  },
);
