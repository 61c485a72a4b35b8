import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDynamoDbLocal } from "../../local/emulators/dynamodb.ts";
import { localCredentials } from "../../local/assembly/intrinsics.ts";
import type { SentMail } from "../../local/emulators/mailbox.ts";
import type { Account } from "../../shared/domain/accounts/account.ts";
import type { Reason } from "../../shared/domain/devices/admission.ts";
import type { Customer } from "../../shared/domain/hierarchy/customer.ts";
import type { Deletion } from "../../shared/domain/life/deletion.ts";
import type { Device } from "../../shared/domain/devices/device.ts";
import { openDatabase } from "../../shared/store/table/database.ts";
import { pointerKey, tombstonesPartition, vaultOrderKey } from "../../shared/store/table/keys.ts";
import { createMeter } from "../../shared/store/table/units.ts";
import { type KillableRun, startKillableRun } from "../support/killable-run.ts";
import { randomFrom } from "../support/random.ts";
import type { Call } from "../support/sign-ups.ts";

/*
 * The long run asks for more kills. LIFE_SEED repeats a run as far as its moments go.
 */
const killsPerDay = Number(process.env["LIFE_KILLS"] ?? 1);
/** Whether every day sees kills. Otherwise about every tenth one does, as each kill takes as long as a start. */
const killsDaily = killsPerDay > 1;
/** How often each schedule runs after a kill, when it may find work of before. */
const turns = killsPerDay > 1 ? 3 : 1;
const purgeKills = Number(process.env["LIFE_PURGE_KILLS"] ?? 1);
const seed = Number(process.env["LIFE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const random = randomFrom(seed);
/** The usual run leaves out what others kill too: a purge is killed at every call in test/functions/life/purge.test.ts. */
const isInLongRunOnly = !killsDaily;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** How long after the beginning of some work a kill may come. */
const momentMs = 1000;
const password = "nobody guesses this one";

let run: KillableRun;
let provider: string;
let schedules: string[];

const got = async <T>(path: string): Promise<T> => (await run.call("GET", path)) as T;
const made = async <T>(path: string, body: object): Promise<T> => (await run.call("POST", path, body)) as T;
const now = async (): Promise<number> => Date.parse((await got<{ now: string }>("/_local/clock")).now);

/** Sets the clock forward to a moment, however often the run is killed meanwhile. */
async function passTo(moment: number): Promise<void> {
  for (let left = moment - (await now()); left > 0; left = moment - (await now()))
    await fetch(`${run.url}/_local/clock`, {
      method: "POST",
      body: JSON.stringify({ advance: `PT${(left / 1000).toFixed(3)}S` }),
    }).catch(() => sleep(20));
}
const pass = async (duration: number): Promise<void> => passTo((await now()) + duration);

/** Kills everything at some moment of some work, and starts it again; the work takes itself up again. */
async function killedAmid(work: () => Promise<unknown>): Promise<void> {
  const done = work();
  done.catch(() => undefined);
  await sleep(random() * momentMs);
  await run.kill();
  run.start();
  await run.ready();
  await done;
}
const runSchedules = (): Promise<unknown> =>
  Promise.all(schedules.map((name) => run.call("POST", `/_local/schedules/${name}/run`)));

/** Lets time pass to a moment, when the run may be killed amid all that is due, then runs each schedule again, with what more kills are asked for. */
async function liveTo(moment: number): Promise<void> {
  const killed = killsPerDay > 0 && (killsDaily || random() < 0.1);
  await (killed ? killedAmid(() => passTo(moment)) : passTo(moment));
  const killedIn = Array.from({ length: killsPerDay - 1 }, () => Math.floor(random() * turns));
  for (let turn = 0; turn < turns; turn += 1) {
    await runSchedules();
    for (const place of killedIn) if (place === turn) await killedAmid(runSchedules);
  }
}

const sent = async (): Promise<string[]> =>
  (await got<{ items: SentMail[] }>("/_local/mail")).items.map(({ to, subject }) => `${to}: ${subject}`);
let before = 0;
/** What has been mailed since the beginning. */
const mails = async (): Promise<string[]> => (await sent()).toReversed().slice(before).sort();

/** Exactly these have been mailed, each once. A mail that was under way at a kill is looked at after half an hour, and once more. */
async function expectMails(expected: string[]): Promise<void> {
  for (let step = 0; (await mails()).length < expected.length && step < 6; step += 1) await pass(31 * minuteMs);
  expect(await mails()).toEqual(expected.toSorted());
}

interface Agent {
  deviceId: string;
  call: Call;
}
async function enrol(username: string, machineId: string): Promise<Agent> {
  const computer = { username, password, machineId, name: machineId, kind: "laptop", os: "Linux" };
  const { device, token } = await made<{ device: Device; token: string }>("/agent/enrol", computer);
  return { deviceId: device.id, call: run.callAs(token) };
}
/** Why a device may not back up now; none: it may. */
async function refusals({ call }: Agent): Promise<string[]> {
  const answer = await call("POST", "/agent/backups", { estimatedBytes: 1 });
  return (answer["reasons"] as Reason[]).map(({ code }) => code);
}

const customer = (level: string, parentId: string, name: string, more: object = {}): Promise<Customer> =>
  made<Customer>("/customers", { level, parentId, name, email: "office@branch.example", country: "DE", ...more });
const login = (place: object, username: string, more: object = {}): Promise<Account> =>
  made<Account>("/accounts", {
    ...place,
    username,
    password,
    contact: { name: "Ann", email: "ann@account.example" },
    ...more,
  });

const bytes = 1_000_000;
interface Branch {
  reseller: Customer;
  /** The reseller among them, and its Default Customer. */
  customers: Customer[];
  accounts: Account[];
  /** Each has a backup set, and stores so many bytes. */
  agents: Agent[];
}

/** A reseller with two customers, a site of each, and two accounts and a device for each of these. */
async function openBranch(): Promise<Branch> {
  const reseller = await customer("reseller", provider, "Purged reseller");
  const { items } = await got<{ items: Customer[] }>(`/customers?parentId=${reseller.id}`);
  const branch: Branch = { reseller, customers: [reseller, ...items], accounts: [], agents: [] };
  const loginOf = (name: string): string => name.toLowerCase().replaceAll(" ", "-");
  const furnish = async ({ id, name }: Customer): Promise<void> => {
    const parent = await login({ customerId: id, plan: "select" }, loginOf(name));
    branch.accounts.push(parent, await login({ parentAccountId: parent.id }, `${loginOf(name)}-sub`));
    const agent = await enrol(loginOf(name), `${loginOf(name)}-pc`);
    await agent.call("POST", "/agent/backup-sets", { name: "Files", selection: { include: ["/home"] } });
    await agent.call("POST", "/agent/usage", { usedBytes: bytes, measuredAt: new Date(await now()).toISOString() });
    branch.agents.push(agent);
  };
  for (const nth of [1, 2]) {
    const end = await customer("end-customer", reseller.id, `Purged ${nth}`, { autoAuthorize: true });
    const site = await customer("site", end.id, `Purged ${nth} site`, { autoAuthorize: true });
    branch.customers.push(end, site);
    await furnish(end);
    await furnish(site);
  }
  return branch;
}

/** Waits for the consumers of the stream, which a job waits for too. */
const settled = (): Promise<unknown> => run.call("POST", "/_local/jobs/recountUsage/invoke", {});

/** What is in the table of things that have been removed for good: tombstones and orders, and nothing where they stood. */
async function expectRemains(nodes: string[], customers: string[]): Promise<void> {
  const local = await startDynamoDbLocal({ directory: join(run.home, "data") });
  try {
    await local.ready;
    const client = new DynamoDBClient({
      endpoint: local.endpoint,
      region: "eu-central-1",
      credentials: localCredentials,
    });
    const { TableNames } = await client.send(new ListTablesCommand({}));
    const db = openDatabase(DynamoDBDocumentClient.from(client), String(TableNames?.[0]), createMeter());
    const stones = await db.query({ pk: tombstonesPartition(provider), limit: 1000 });
    expect(stones.items.map((item) => item["id"]).toSorted()).toEqual(nodes.toSorted());
    for (const id of nodes)
      expect(await db.get(pointerKey(id)), id).toMatchObject({ kind: "tombstone", customerId: provider });
    for (const id of customers) {
      expect(await db.get(vaultOrderKey(id, "DE")), id).toMatchObject({ customerId: id });
      const { items } = await db.query({ pk: id, limit: 10 });
      expect(items.filter(({ kind }) => kind !== "tombstone")).toEqual([]);
    }
    client.destroy();
  } finally {
    await local.stop();
  }
}

beforeAll(async () => {
  process.stdout.write(`life-cycle: up to ${killsPerDay} kills a day, ${purgeKills} of a purge, LIFE_SEED=${seed}\n`);
  run = await startKillableRun("tenantry-life-");
  provider = (await got<{ scope: { id: string } }>("/me")).scope.id;
  schedules = (await got<{ items: { name: string }[] }>("/_local/schedules")).items.map(({ name }) => name);
}, 120_000);
afterAll(() => run?.end());

describe("a run that is killed on days that matter", { timeout: 600_000 }, () => {
  test("tells of the end of trials, ends them and what follows on the right day, each once", async () => {
    const seller = await customer("reseller", provider, "Trial reseller", { email: "seller@reseller.example" });
    await run.call("PATCH", `/customers/${seller.id}/settings`, { trial: { deleteAfterDays: 4 } });
    const { id } = await customer("end-customer", seller.id, "Trier", { email: "office@trier.example", inTrial: true });
    const other = await customer("end-customer", seller.id, "Payer", { autoAuthorize: true });
    const account = await login({ customerId: other.id, plan: "trial" }, "trier", { trialDays: 23 });
    const agent = await enrol("trier", "trial-pc");
    expect(await refusals(agent)).toEqual([]);
    await pass(minuteMs);
    before = (await sent()).length;

    const { trial, billedFrom } = await got<Customer>(`/customers/${id}`);
    const endsAt = String(trial?.endsAt);
    expect([trial?.daysLeft, billedFrom]).toEqual([30, endsAt]);
    const inDays = (days: number): number => Date.parse(endsAt) - (30 - days) * dayMs;
    const state = async (): Promise<string> => (await got<Account>(`/accounts/${account.id}`)).state;
    const toCustomer = (end: string): string => `office@trier.example: Your backup trial for Trier ${end}`;
    const toSeller = (end: string): string => `seller@reseller.example: The backup trial of Trier ${end}`;
    const expected: string[] = [];
    const expectDay = async (day: number, moment = inDays(day)): Promise<void> => {
      await passTo(inDays(day) - hourMs);
      expect([await mails(), (await got<Customer>(`/customers/${id}`)).trial?.daysLeft]).toEqual([
        expected.toSorted(),
        31 - day,
      ]);
      await liveTo(moment + (1 + random()) * hourMs);
      const end = { 23: "ends in 7 days", 27: "ends in 3 days", 29: "ends within 24 hours" }[day] ?? "has ended";
      expected.push(toCustomer(end), toSeller(end));
    };

    await expectDay(23);
    expected.push("ann@account.example: The trial of your backup account for Payer has ended");
    await expectMails(expected);
    expect((await got<Customer>(`/customers/${id}`)).trial?.daysLeft).toBe(7);
    expect([await state(), await refusals(agent)]).toEqual(["suspended", ["trial_ended"]]);

    const deleteAt = Date.parse(String((await got<Account>(`/accounts/${account.id}`)).trial?.deleteAt));
    expect(deleteAt).toBeGreaterThanOrEqual(inDays(27));
    await expectDay(27, deleteAt);
    expected.push("ann@account.example: Your backup account for Payer has been deleted");
    await expectMails(expected);
    expect((await got<Customer>(`/customers/${id}`)).trial?.daysLeft).toBe(3);
    expect([await state(), await refusals(agent)]).toEqual(["deleted", ["deleted", "trial_ended"]]);

    await expectDay(29);
    await expectMails(expected);
    expect((await got<Customer>(`/customers/${id}`)).trial?.daysLeft).toBe(1);
    expect((await made<Account>(`/accounts/${account.id}/restore`, {})).state).toBe("suspended");
    await run.call("PATCH", `/accounts/${account.id}`, { plan: "select" });
    expect([await state(), await refusals(agent)]).toEqual(["active", []]);

    await expectDay(30);
    await expectMails(expected);
    const after = await got<Customer>(`/customers/${id}`);
    expect([after.trial, after.billedFrom]).toEqual([null, endsAt]);
    const log = await got<{ items: { type: string }[] }>(`/customers/${id}/log?limit=200`);
    expect(log.items.filter(({ type }) => type === "TrialEnded")).toHaveLength(1);
    const { items } = await got<{ items: Deletion[] }>(`/customers/${provider}/deletions`);
    expect(items).toMatchObject([
      { kind: "account", nodeId: account.id, state: "restored", deletedBy: { kind: "system", id: null } },
    ]);
    for (const later of [31 * minuteMs, 6 * hourMs]) await pass(later);
    expect(await mails()).toEqual(expected.toSorted());
  });

  test("deletes a branch and restores it at once, and removes it for good after its grace, with all that is left of it right", async ({
    skip,
  }) => {
    skip(isInLongRunOnly, "left to the long run");
    const totals = async (): Promise<number[]> => {
      const { space, deviceCount } = await got<Customer>(`/customers/${provider}`);
      return [space.usedBytes, deviceCount];
    };
    const devicesBefore = (await totals())[1] ?? 0;
    const branch = await openBranch();
    const { reseller, customers, accounts, agents } = branch;
    const refused = async (): Promise<string[][]> => Promise.all(agents.map(refusals));
    const none = agents.map(() => []);
    const deletion = async (): Promise<Deletion> => {
      const path = `/customers/${reseller.id}?confirm=${encodeURIComponent(reseller.name)}&onBehalfOf=Its%20owner`;
      const { deletionId } = (await run.call("DELETE", path)) as unknown as Customer;
      return got<Deletion>(`/deletions/${deletionId}`);
    };
    const restore = (kind: string, id: string): Promise<unknown> => run.call("POST", `/${kind}/${id}/restore`);
    const everyNode: [kind: string, id: string][] = [
      ...customers.map(({ id }): [string, string] => ["customers", id]),
      ...accounts.map(({ id }): [string, string] => ["accounts", id]),
      ...agents.map(({ deviceId }): [string, string] => ["devices", deviceId]),
    ];
    const snapshot = async (): Promise<object[]> =>
      Promise.all(everyNode.map(async ([kind, id]) => (id === reseller.id ? {} : got<object>(`/${kind}/${id}`))));

    expect(await refused()).toEqual(none);
    await settled();
    const [whole, withBranch] = [await snapshot(), await totals()];
    expect(withBranch).toEqual([agents.length * bytes, agents.length + devicesBefore]);
    const first = await deletion();
    expect(await refused()).toEqual(agents.map(() => ["deleted"]));
    await restore("customers", reseller.id);
    expect(await snapshot()).toEqual(whole);
    expect(await refused()).toEqual(none);

    const second = await deletion();
    const due = Date.parse(String(second.purgeAt));
    await passTo(due - hourMs);
    expect(await got<Deletion>(`/deletions/${second.id}`)).toEqual(second);
    const begun = async (): Promise<boolean> => (await got<Deletion>(`/deletions/${second.id}`)).state !== "deleted";
    const removed: string[] = [];
    const passing = passTo(due + minuteMs);
    passing.catch(() => undefined);
    for (let kill = 0; kill < purgeKills; kill += 1) {
      await run.until(begun, "the purge has begun");
      await sleep(random() * 2 * momentMs);
      await run.kill();
      run.start();
      await run.ready();
      removed.push(JSON.stringify((await got<Deletion>(`/deletions/${second.id}`)).purged));
    }
    await passing;
    for (let turn = 0; turn < turns; turn += 1) await runSchedules();
    process.stdout.write(`life-cycle: killed amid a purge that had removed ${removed.join(", ")} at the next start\n`);

    const purged = {
      customers: customers.length,
      accounts: accounts.length,
      devices: agents.length,
      backupSets: agents.length,
    };
    const report = (await got<{ items: Deletion[] }>(`/customers/${provider}/deletions`)).items;
    expect(report.slice(0, 2)).toMatchObject([
      {
        id: second.id,
        nodeId: reseller.id,
        state: "purged",
        onBehalfOf: "Its owner",
        usedBytes: agents.length * bytes,
        purged,
      },
      { id: first.id, nodeId: reseller.id, state: "restored" },
    ]);
    expect(Date.parse(String(report[0]?.purgedAt))).toBeGreaterThanOrEqual(due);
    for (const [kind, id] of everyNode)
      await expect(restore(kind, id), `${kind} ${id}`).rejects.toThrow(/: 410 .*"code":"purged"/);

    // The names, the logins and the computers of those that are gone make a branch as before.
    const again = await openBranch();
    expect(await Promise.all(again.agents.map(refusals))).toEqual(none);
    expect(await run.call("POST", "/_local/jobs/recountUsage/invoke", {})).toMatchObject({
      wrong: [],
      repaired: 0,
      busy: [],
    });
    expect(await totals()).toEqual(withBranch);

    await run.kill();
    await expectRemains(
      everyNode.map(([, id]) => id),
      // Those who sell have no data of their own.
      customers.filter(({ level }) => level !== "reseller").map(({ id }) => id),
    );
  });
});
