import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { allPages, dayMs, expectRefusal } from "../stages/book.ts";
import { openTrialStage, type TrialStage } from "../stages/trial-stage.ts";

type Body = Reply["body"];
const hourMs = 3_600_000;
let stage: TrialStage;
beforeAll(async () => {
  stage = await openTrialStage();
});

let serial = 0;
/** A customer in trial with an address of its own, of the reseller unless it is said. */
const inTrial = (more: object = {}, resellerId = stage.resellerId): Promise<Body> =>
  stage.create(resellerId, { inTrial: true, email: `trial.${(serial += 1)}@example.com`, ...more });
const reseller = (more: object = {}): Promise<Body> =>
  stage.create(stage.provider.id, { level: "reseller", email: "other@example.com", ...more });
const daysAfter = (at: string, days: number): string => new Date(Date.parse(at) + days * dayMs).toISOString();
/** Three runs, as of a schedule that comes three times. */
const sweepThrice = async (): Promise<void> => {
  for (let run = 0; run < 3; run += 1) await stage.sweepTrials();
};
const end = (id: string, options: object = {}, query: Record<string, string> = {}) =>
  stage.call("endTrial", { params: { id }, query }, options);
const extend = (id: string, endsAt: string, options: object = {}, query: Record<string, string> = {}) =>
  stage.call("extendTrial", { params: { id }, query, body: { endsAt } }, options);
const both = ({ email }: Body, what: string, seller = "seller@example.com"): string[] => [
  `customer ${email}: ${what}`,
  `seller ${seller}: ${what}`,
];
const timers = async ({ id }: Body): Promise<(string | undefined)[]> =>
  Promise.all(["notice", "end"].map(async (kind) => (await stage.item(id, `timer#trial-${kind}`))?.at));
const trialsListed = async (parentId: string): Promise<string[]> => {
  const { items } = await allPages(stage, "listCustomers", { query: { parentId, trial: "true" } });
  return items.map(({ id }) => id);
};

describe("a trial that runs its course", () => {
  test("tells customer and seller 7, 3 and 1 days before, and ends on its day, each once though swept three times", async () => {
    const customer = await inTrial();
    const { createdAt, trial } = customer;
    expect(trial.endsAt).toBe(daysAfter(createdAt, 30));
    const told: string[] = [];
    for (const [day, left] of [
      [23, 7],
      [27, 3],
      [29, 1],
    ] as const) {
      stage.goTo(daysAfter(createdAt, day), -hourMs);
      await sweepThrice();
      expect(await stage.toldOf(customer)).toEqual(told);
      stage.goTo(daysAfter(createdAt, day));
      await sweepThrice();
      told.push(...both(customer, `${left} days`));
      expect(await stage.toldOf(customer)).toEqual(told);
      expect((await stage.get(customer.id)).trial.daysLeft).toBe(left);
      // A notice changes nothing that a caller could see.
      expect((await stage.get(customer.id)).version).toBe(1);
    }
    stage.goTo(trial.endsAt, -hourMs);
    await sweepThrice();
    expect(await stage.get(customer.id)).toMatchObject({
      version: 1,
      trial: { daysLeft: 1 },
      billedFrom: trial.endsAt,
    });
    expect(await trialsListed(stage.resellerId)).toContain(customer.id);

    stage.goTo(trial.endsAt);
    await sweepThrice();
    expect(await stage.toldOf(customer)).toEqual([...told, ...both(customer, "ended")]);
    expect(await stage.get(customer.id)).toMatchObject({ version: 2, trial: null, billedFrom: trial.endsAt });
    expect(await trialsListed(stage.resellerId)).not.toContain(customer.id);
    expect(await timers(customer)).toEqual([undefined, undefined]);
    const [entry, ...more] = await stage.logged(customer.id, "TrialEnded");
    expect(entry).toMatchObject({
      actor: { kind: "system", id: null },
      changes: [{ path: "trial.endsAt", before: trial.endsAt, after: null }],
    });
    expect(more).toEqual([]);
    stage.advance(40 * dayMs);
    await sweepThrice();
    expect((await stage.toldOf(customer)).length).toBe(8);
  });

  test("ends once when two sweeps and its seller end it at the same time", async () => {
    const customers = await Promise.all(Array.from({ length: 6 }, () => inTrial()));
    stage.goTo(customers.at(-1)?.trial.endsAt, 5_000);
    const [first] = customers;
    const [, , byHand] = await Promise.all([stage.sweepTrials(), stage.sweepTrials(), end(first.id)]);
    expect([200, 422]).toContain(byHand.status);
    await stage.sweepTrials();
    for (const customer of customers) {
      expect(await stage.logged(customer.id, "TrialEnded")).toHaveLength(1);
      const told = (await stage.toldOf(customer)).map((line) => line.replace("early", "ended"));
      expect(told.toSorted()).toEqual(both(customer, "ended"));
      expect((await stage.get(customer.id)).version).toBe(2);
    }
  });

  test("lasts as many days as the settings that apply say when it begins, whatever they say later", async () => {
    const { id } = await reseller();
    await stage.settings(id, { trial: { days: 2 } });
    const short = await inTrial({}, id);
    expect(short.trial).toMatchObject({ endsAt: daysAfter(short.createdAt, 2), daysLeft: 2 });
    await stage.settings(id, { trial: { days: 20 } });
    const longer = await inTrial({}, id);
    expect(longer.trial.endsAt).toBe(daysAfter(longer.createdAt, 20));
    expect(await timers(short)).toEqual([daysAfter(short.createdAt, 1), short.trial.endsAt]);
    await stage.settings(id, { trial: { days: 1 } });
    // Shorter than any notice: there is none.
    expect(await timers(await inTrial({}, id))).toEqual([undefined, expect.any(String)]);
    stage.goTo(short.trial.endsAt);
    await stage.sweepTrials();
    expect(await stage.toldOf(short)).toEqual(both(short, "ended", "other@example.com"));
    expect((await stage.get(longer.id)).trial).toMatchObject({ daysLeft: 18 });
  });
});

describe("a sweep that comes late", () => {
  test("tells once of the notices that were missed, with the days that are left", async () => {
    const customer = await inTrial();
    stage.goTo(daysAfter(customer.trial.endsAt, -2.5));
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual(both(customer, "3 days"));
    expect(await timers(customer)).toEqual([daysAfter(customer.trial.endsAt, -1), customer.trial.endsAt]);
    stage.goTo(daysAfter(customer.trial.endsAt, -0.5));
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual([...both(customer, "3 days"), ...both(customer, "1 days")]);
  });

  test("tells of the end alone once it has passed, and production counts from the end that was set", async () => {
    const customer = await inTrial();
    stage.goTo(daysAfter(customer.trial.endsAt, 6));
    expect(await stage.get(customer.id)).toMatchObject({ trial: { daysLeft: 0 }, billedFrom: customer.trial.endsAt });
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual(both(customer, "ended"));
    expect(await stage.get(customer.id)).toMatchObject({ trial: null, billedFrom: customer.trial.endsAt });
    const mail = (await stage.mailsOf("trial-ended")).find(({ matter }) => matter.customer === customer.name);
    expect(mail.matter).toMatchObject({ endedAt: customer.trial.endsAt, early: false });
  });

  test("with its clock set back tells nothing twice and ends nothing early", async () => {
    const customer = await inTrial();
    stage.goTo(daysAfter(customer.trial.endsAt, -3));
    await stage.sweepTrials();
    stage.advance(-hourMs);
    await stage.sweepTrials();
    stage.goTo(customer.trial.endsAt, -hourMs / 2);
    await stage.sweepTrials();
    stage.goTo(customer.trial.endsAt);
    stage.advance(-hourMs);
    await stage.sweepTrials();
    expect((await stage.get(customer.id)).trial).not.toBeNull();
    stage.goTo(customer.trial.endsAt);
    await stage.sweepTrials();
    stage.advance(-hourMs);
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual([
      ...both(customer, "3 days"),
      ...both(customer, "1 days"),
      ...both(customer, "ended"),
    ]);
  });
});

describe("the mails of a trial", () => {
  test("are one where customer and seller have the same address", async () => {
    const customer = await inTrial({ email: "Seller@Example.com" });
    stage.goTo(customer.trial.endsAt);
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual(["customer Seller@Example.com: ended"]);
  });

  test("have the language, look and name of whom they are for", async () => {
    const seller = await reseller({
      locale: "de-DE",
      timezone: "Europe/Berlin",
      contactName: "Frau Sellner",
      email: "sellner@example.com",
      branding: { color: "#1a2b3c" },
    });
    const customer = await inTrial({ locale: "en-GB", timezone: "Europe/London", contactName: "Ann" }, seller.id);
    stage.goTo(daysAfter(customer.trial.endsAt, -1));
    await stage.sweepTrials();
    const mails = (await stage.mailsOf("trial-notice")).filter(({ matter }) => matter.customer === customer.name);
    expect(mails).toMatchObject([
      {
        to: { name: "Ann", address: customer.email },
        look: { locale: "en-GB", timezone: "Europe/London", color: "#1a2b3c" },
      },
      { to: { name: "Frau Sellner" }, look: { locale: "de-DE", timezone: "Europe/Berlin", color: "#1a2b3c" } },
    ]);
    expect(mails.map(({ matter }) => matter.recipient)).toEqual(["Ann", "Frau Sellner"]);
    await stage.deliver(...mails.map(({ id }) => id));
    const [toCustomer, toSeller] = mails.map(({ id }) => stage.arrived(id)[0]);
    expect(toCustomer?.subject).toContain("within 24 hours");
    expect(toSeller?.subject).toContain("24 Stunden");
    for (const mail of [toCustomer, toSeller]) expect(`${mail?.subject} ${mail?.text}`).toContain(customer.name);
  });

  test("are none where mail is switched off; the change comes all the same", async () => {
    const seller = await reseller();
    await stage.settings(seller.id, { mail: { enabled: false } });
    const customer = await inTrial({}, seller.id);
    stage.goTo(daysAfter(customer.trial.endsAt, -7));
    await stage.sweepTrials();
    expect((await timers(customer))[0]).toBe(daysAfter(customer.trial.endsAt, -3));
    stage.goTo(customer.trial.endsAt);
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual([]);
    expect(await stage.get(customer.id)).toMatchObject({ trial: null, version: 2 });
  });

  test("are none for an address that takes none; the other one has its own", async () => {
    const customer = await inTrial();
    await stage.suppress(customer.email);
    stage.goTo(customer.trial.endsAt);
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual(["seller seller@example.com: ended"]);
    expect((await stage.get(customer.id)).trial).toBeNull();
  });
});

test("the ends of many trials of one seller meet at no item, so that no two transactions are in each other's way", async () => {
  const customers = await Promise.all(Array.from({ length: 8 }, () => inTrial()));
  stage.goTo(customers.at(-1)?.trial.endsAt, 5_000);
  const places: string[][] = [];
  const { middlewareStack } = stage.runtime.client;
  middlewareStack.add(
    (next) => (args) => {
      const { TransactItems = [] } = args.input as { TransactItems?: Record<string, { Key?: Body; Item?: Body }>[] };
      const keys = TransactItems.flatMap(Object.values).map(({ Key, Item }) => Key ?? Item);
      places.push([...new Set(keys.map(({ pk, sk }) => `${JSON.stringify(pk)} ${JSON.stringify(sk)}`))]);
      return next(args);
    },
    { step: "initialize", name: "notePlaces" },
  );
  await stage.sweepTrials().finally(() => middlewareStack.remove("notePlaces"));
  expect(places.filter((written) => written.length > 5).length).toBeGreaterThanOrEqual(8);
  const perCustomer = customers.map(({ id }) => places.filter((written) => written.some((at) => at.includes(id))));
  const all = perCustomer.flatMap((transactions) => [...new Set(transactions.flat())]);
  expect(new Set(all).size).toBe(all.length);
  for (const customer of customers) expect(await stage.toldOf(customer)).toEqual(both(customer, "ended"));
});

describe("ending a trial by hand", () => {
  test("begins production and invoices now, with a mail to both, and no sweep does anything more", async () => {
    const customer = await inTrial();
    stage.advance(10 * dayMs);
    const { status, body } = await end(customer.id, { headers: { "if-match": '"1"' } });
    expect([status, body.trial, body.version]).toEqual([200, null, 2]);
    expect(Math.abs(Date.parse(body.billedFrom) - stage.now())).toBeLessThan(10_000);
    expect(await timers(customer)).toEqual([undefined, undefined]);
    stage.goTo(customer.trial.endsAt);
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual(both(customer, "early"));
    expect(await stage.get(customer.id)).toEqual(body);
    expect(await stage.logged(customer.id, "TrialEnded")).toMatchObject([{ actor: { kind: "apiKey" } }]);
  });

  test("whose end has passed unnoticed leaves the end that was set, as the sweep would have", async () => {
    const customer = await inTrial();
    stage.goTo(daysAfter(customer.trial.endsAt, 2));
    const { body } = await end(customer.id);
    expect(body).toMatchObject({ trial: null, billedFrom: customer.trial.endsAt });
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual(both(customer, "ended"));
  });

  test("is refused without a trial, again, on a stale version, deleted, and to the customer itself", async () => {
    const customer = await inTrial();
    const { token } = await stage.key(customer.id);
    expectRefusal(await end(customer.id, { token }), 403, "forbidden");
    expectRefusal(await end(customer.id, { headers: { "if-match": '"7"' } }), 412, "precondition_failed");
    const paying = await stage.create(stage.resellerId);
    expectRefusal(await end(paying.id), 422, "not_applicable");
    expectRefusal(await end(stage.resellerId), 422, "not_applicable");
    expect((await stage.get(customer.id)).trial).toEqual(customer.trial);
    expect((await end(customer.id)).status).toBe(200);
    expectRefusal(await end(customer.id), 422, "not_applicable");
    expect(await stage.logged(customer.id, "TrialEnded")).toHaveLength(1);
    const deleted = await inTrial();
    await stage.remove(deleted);
    expectRefusal(await end(deleted.id), 409, "customer_deleted");
    const elsewhere = await stage.key((await reseller()).id);
    expectRefusal(await end(deleted.id, elsewhere), 404, "not_found");
  });

  test("as a dry run shows what would be, and leaves it and its mails", async () => {
    const customer = await inTrial();
    const { status, body } = await end(customer.id, {}, { dryRun: "true" });
    expect([status, body.trial]).toEqual([200, null]);
    expect(await stage.get(customer.id)).toEqual(customer);
    expect(await stage.toldOf(customer)).toEqual([]);
  });
});

describe("extending a trial", () => {
  test("moves the end and begins the notices anew", async () => {
    const customer = await inTrial();
    stage.goTo(daysAfter(customer.trial.endsAt, -1));
    await stage.sweepTrials();
    const endsAt = daysAfter(customer.trial.endsAt, 10);
    const { status, body } = await extend(customer.id, endsAt, { headers: { "if-match": '"1"' } });
    expect([status, body.version]).toEqual([200, 2]);
    expect(body.trial).toEqual({ endsAt, daysLeft: 11, extendedAt: expect.any(String) });
    expect(await stage.logged(customer.id, "TrialExtended")).toMatchObject([
      { changes: expect.arrayContaining([{ path: "trial.endsAt", before: customer.trial.endsAt, after: endsAt }]) },
    ]);
    const told = both(customer, "1 days");
    for (const left of [7, 3, 1]) {
      stage.goTo(daysAfter(endsAt, -left));
      await stage.sweepTrials();
      told.push(...both(customer, `${left} days`));
      expect(await stage.toldOf(customer)).toEqual(told);
    }
    stage.goTo(endsAt);
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual([...told, ...both(customer, "ended")]);
    expect((await stage.get(customer.id)).billedFrom).toBe(endsAt);
  });

  test("is refused a second time, also where the first one is only just over", async () => {
    const customer = await inTrial();
    expect((await extend(customer.id, daysAfter(customer.trial.endsAt, 1))).status).toBe(200);
    expectRefusal(await extend(customer.id, daysAfter(customer.trial.endsAt, 2)), 422, "trial_extended");
    const rivals = await inTrial();
    const replies = await Promise.all([1, 2, 3].map((days) => extend(rivals.id, daysAfter(rivals.trial.endsAt, days))));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 422, 422]);
    expect(await stage.logged(rivals.id, "TrialExtended")).toHaveLength(1);
  });

  test("is refused into the past, to no later end, beyond the settings and beyond a year, and changes nothing", async () => {
    const seller = await reseller();
    const customer = await inTrial({}, seller.id);
    const { endsAt } = customer.trial;
    for (const past of [daysAfter(customer.createdAt, -1), daysAfter(endsAt, -1), endsAt])
      expectRefusal(await extend(customer.id, past), 422, "invalid_time", "endsAt");
    expectRefusal(await extend(customer.id, daysAfter(endsAt, 31)), 422, "trial_too_long", "endsAt");
    for (const wrong of ["tomorrow", "2030-01-01", ""])
      expectRefusal(await extend(customer.id, wrong), 400, "invalid_request", "endsAt");
    expectRefusal(
      await extend(customer.id, daysAfter(endsAt, 1), { headers: { "if-match": '"9"' } }),
      412,
      "precondition_failed",
    );
    expectRefusal(await extend((await stage.create(seller.id)).id, daysAfter(endsAt, 1)), 422, "not_applicable");
    const { token } = await stage.key(customer.id);
    expectRefusal(await extend(customer.id, daysAfter(endsAt, 1), { token }), 403, "forbidden");
    expect(await stage.get(customer.id)).toEqual(customer);

    await stage.settings(stage.provider.id, { trial: { extensionDays: 365 } });
    expectRefusal(await extend(customer.id, daysAfter(customer.createdAt, 366)), 422, "trial_too_long", "endsAt");
    expect((await extend(customer.id, daysAfter(customer.createdAt, 365), {}, { dryRun: "true" })).status).toBe(200);
    await stage.settings(seller.id, { trial: { extensionDays: 0 } });
    expectRefusal(await extend(customer.id, daysAfter(endsAt, 1)), 422, "trial_too_long", "endsAt");
    await stage.settings(stage.provider.id, { trial: null });
    expect(await stage.get(customer.id)).toEqual(customer);
  });
});

describe("a trial in a deleted branch", () => {
  test("stands still: no mail, no end, its record as it was; what has come is done after the restoration", async () => {
    const seller = await reseller();
    const [own, below] = [await inTrial(), await inTrial({}, seller.id)];
    await stage.remove(own);
    await stage.remove(seller);
    const records = await Promise.all([own, below].map(({ id }) => stage.item(id)));
    stage.goTo(daysAfter(below.trial.endsAt, -7));
    await stage.sweepTrials();
    stage.goTo(below.trial.endsAt);
    await stage.sweepTrials();
    expect(await Promise.all([own, below].map(({ id }) => stage.item(id)))).toEqual(records);
    for (const customer of [own, below]) {
      expect(await stage.toldOf(customer)).toEqual([]);
      const [, endTimer] = await timers(customer);
      expect(Date.parse(String(endTimer))).toBeGreaterThan(stage.now());
    }
    await stage.ok("restoreCustomer", { params: { id: own.id } });
    await stage.ok("restoreCustomer", { params: { id: seller.id } });
    stage.advance(6 * hourMs);
    await stage.sweepTrials();
    for (const [customer, address] of [
      [own, "seller@example.com"],
      [below, "other@example.com"],
    ]) {
      expect(await stage.toldOf(customer)).toEqual(both(customer, "ended", address));
      expect(await stage.get(customer.id)).toMatchObject({ trial: null, billedFrom: customer.trial.endsAt });
      expect(await timers(customer)).toEqual([undefined, undefined]);
      expect(await stage.logged(customer.id, "TrialEnded")).toHaveLength(1);
    }
  });

  test("that is restored in time goes on with the notice that is next", async () => {
    const customer = await inTrial();
    await stage.remove(customer);
    stage.goTo(daysAfter(customer.trial.endsAt, -7));
    await stage.sweepTrials();
    await stage.ok("restoreCustomer", { params: { id: customer.id } });
    stage.goTo(daysAfter(customer.trial.endsAt, -3));
    await stage.sweepTrials();
    expect(await stage.toldOf(customer)).toEqual(both(customer, "3 days"));
    expect((await timers(customer))[0]).toBe(daysAfter(customer.trial.endsAt, -1));
  });
});
