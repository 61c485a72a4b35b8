import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pMap from "p-map";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomFrom } from "../support/random.ts";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import type { Reason } from "../../shared/domain/devices/admission.ts";
import {
  type Account,
  type Customer,
  type Device,
  expectedReasons,
  licencesGone,
  lineOf,
  totalsOf,
  type World,
} from "../fleet/oracle.ts";
import { newDatabase } from "../support/dynamo.ts";

const size = {
  devices: Number(process.env["FLEET_DEVICES"] ?? 10),
  customers: Number(process.env["FLEET_CUSTOMERS"] ?? 5),
  days: Number(process.env["FLEET_DAYS"] ?? 2),
  seed: Number(process.env["FLEET_SEED"] ?? 20_261_122),
};
const clients = 8;
const gigabyte = 1_000_000_000;
const password = (turn: number): string => `nobody guesses number ${turn}`;

let stack: LocalStack;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tenantry-fleet-"));
  stack = await startLocal({ home, port: 0, quiet: true, database: await newDatabase() });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Chance that is the same in each run. */
const chance = randomFrom(size.seed);
const below = (bound: number): number => Math.floor(chance() * bound);
const oneOf = <T>(of: readonly T[]): T => of[below(of.length)] as T;

// Bodies of every shape; each place asserts what it reads.
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;
interface Reply {
  status: number;
  body: Body;
}
/** Credentials of the provider, which have a rate of requests each. */
const tokens: string[] = [];
let turn = 0;
const nextToken = (): string => tokens[(turn += 1) % tokens.length] ?? stack.adminKey ?? "";
/** One request, repeated while it is told to come again. */
async function send(method: string, path: string, body?: unknown, token = nextToken()): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(`${stack.url}${path.startsWith("/_local") ? "" : "/v1"}${path}`, {
      method,
      headers: {
        ...(token !== "" && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
        }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const again =
      answer.status === 503 || answer.status === 429 || (answer.status === 409 && answer.headers.has("retry-after"));
    const reply = { status: answer.status, body: await answer.json() };
    if (!again || tries === 20) return reply;
    await sleep(Math.min(1_000, 50 * tries));
  }
}
async function ok(method: string, path: string, body?: unknown, token?: string): Promise<Body> {
  const reply = await send(method, path, body, token);
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
}

const world: World = { customers: new Map(), accounts: new Map(), devices: new Map() };
/** What only the simulation needs to know. */
const logins = new Map<string, { username: string; turn: number }>();
const agents = new Map<string, { token: string; name: string; setId: string | null }>();
const keys = new Map<string, string>();
let now = 0;

async function addCustomer(
  level: Customer["level"],
  parentId: string,
  name: string,
  more: object = {},
): Promise<string> {
  const { id } = await ok("POST", "/customers", {
    level,
    parentId,
    name,
    email: "a@example.com",
    country: "DE",
    ...more,
  });
  const open = { active: true, deleted: false, spaceLimit: null, licenceLimit: null, deviceLimit: null };
  world.customers.set(id, { id, level, parentId, drawnToDate: 0, ...open });
  return id;
}
function know(account: Body): void {
  world.accounts.set(account.id, {
    id: account.id,
    customerId: account.customerId,
    parentId: account.parentAccountId,
    active: true,
    mustChangePassword: account.mustChangePassword,
    trialEndsAt: account.trial && account.parentAccountId === null ? Date.parse(account.trial.endsAt) : null,
    hardQuota: account.hardQuotaBytes,
  });
}
async function addLogin(customerId: string, plan: string, more: object = {}): Promise<void> {
  const username = `${plan}.${customerId}`;
  const contact = { name: "Ann", email: "ann@example.com" };
  const login = { customerId, plan, username, password: password(0), contact, ...more };
  const account = await ok("POST", "/accounts", login);
  know(account);
  logins.set(account.id, { username, turn: 0 });
}

/** Three resellers; of each three customers one is a site of the one before, and one lets nobody in by itself. */
async function openBook(): Promise<void> {
  const { items } = await ok("GET", "/customers?limit=1");
  const open = { active: true, deleted: false, spaceLimit: null, licenceLimit: null, deviceLimit: null };
  world.customers.set(items[0].id, { id: items[0].id, level: "provider", parentId: null, drawnToDate: 0, ...open });
  for (let nth = 0; nth < 10 + size.devices / 20; nth += 1)
    tokens.push((await ok("POST", "/api-keys", { customerId: items[0].id, role: "admin", name: `Key ${nth}` })).token);
  const resellers: string[] = [];
  for (let nth = 0; nth < 3; nth += 1) resellers.push(await addCustomer("reseller", items[0].id, `Reseller ${nth}`));
  let last = "";
  for (let nth = 0; nth < size.customers; nth += 1) {
    const kind = nth % 3;
    const reseller = resellers[Math.floor(nth / 3) % 3] as string;
    last = await addCustomer(kind === 1 ? "site" : "end-customer", kind === 1 ? last : reseller, `Customer ${nth}`, {
      autoAuthorize: kind !== 2,
    });
    await addLogin(last, "select");
    if (kind !== 1) await addLogin(last, "trial", { trialDays: 2 + below(4) });
    keys.set(last, (await ok("POST", `/customers/${last}/enrolment-keys`, { name: "Office", plan: "select" })).token);
  }
}

let computers = 0;
/** A computer enrols: every other by a login of its customer, the rest by the key. Who is full lets nobody in. */
async function enrol(customerId: string): Promise<void> {
  const nth = (computers += 1);
  const name = `PC-${nth}`;
  const usable = [...world.accounts.values()].filter((one) => one.customerId === customerId && logins.has(one.id));
  const account = nth % 2 === 0 ? oneOf(usable) : undefined;
  const login = logins.get(account?.id ?? "");
  const proof = login
    ? { username: login.username, password: password(login.turn) }
    : { enrolmentKey: keys.get(customerId) };
  const full = lineOf(world, customerId).some(
    ({ id, deviceLimit }) => deviceLimit !== null && totalsOf(world, id).devices >= deviceLimit,
  );
  const reply = await send(
    "POST",
    "/agent/enrol",
    { ...proof, machineId: `m-${nth}`, name, kind: "laptop", os: "Linux" },
    "",
  );
  if (full && reply.status !== 202) {
    expect([reply.status, reply.body.code]).toEqual([reply.status, "device_limit"]);
    return;
  }
  expect([201, 202], JSON.stringify(reply.body)).toContain(reply.status);
  const { device, token } = reply.body;
  expect(device.state).toBe(reply.status === 201 ? "active" : "pending");
  if (device.accountId !== null && !world.accounts.has(device.accountId))
    know(await ok("GET", `/accounts/${device.accountId}`));
  const { id, accountId, state: began } = device;
  world.devices.set(id, { id, customerId, accountId, state: began, licensed: false, used: 0 });
  agents.set(id, { token, name, setId: null });
}

async function approve(device: Device): Promise<void> {
  const reply = await send("POST", `/devices/${device.id}/approve`, {});
  const full = lineOf(world, device.customerId).some(
    ({ id, deviceLimit }) => deviceLimit !== null && totalsOf(world, id).devices >= deviceLimit,
  );
  const deleted = lineOf(world, device.customerId).some((one) => one.deleted);
  expect(reply.status < 300, JSON.stringify(reply.body)).toBe(!full && !deleted);
  if (reply.status >= 300) return;
  if (!world.accounts.has(reply.body.accountId)) know(await ok("GET", `/accounts/${reply.body.accountId}`));
  Object.assign(device, { state: "active", accountId: reply.body.accountId });
}

/** Something that a person changes. What is refused changes nothing. */
const changes: Record<string, () => Promise<void>> = {
  async "a customer is switched on or off"() {
    // Most come back soon, so that enough is allowed.
    const off = [...world.customers.values()].filter((one) => !one.active && !one.deleted);
    const all = [...world.customers.values()].filter(({ level }) => level !== "provider");
    const customer = oneOf(off.length > 0 && chance() < 0.7 ? off : all);
    const active = !customer.active;
    const reply = await send("POST", `/customers/${customer.id}/${active ? "activate" : "deactivate"}`);
    if (reply.status === 200) customer.active = active;
  },
  async "an account is switched on or off"() {
    const off = [...world.accounts.values()].filter(({ active }) => !active);
    const account = oneOf(off.length > 0 && chance() < 0.5 ? off : [...world.accounts.values()]);
    const reply = await send("PATCH", `/accounts/${account.id}`, { active: !account.active });
    if (reply.status === 200) account.active = !account.active;
  },
  async "licences are set"() {
    const customer = oneOf([...world.customers.values()].filter(({ level }) => level !== "provider"));
    const limit = chance() < 0.3 ? null : licencesGone(world, customer.id) + below(3);
    const reply = await send("PATCH", `/customers/${customer.id}`, { licences: { limit } });
    if (reply.status === 200) customer.licenceLimit = limit;
  },
  async "space is set"() {
    const customer = oneOf([...world.customers.values()].filter(({ level }) => level !== "provider"));
    const { used } = totalsOf(world, customer.id);
    const limit = chance() < 0.4 ? null : Math.max(0, used + Math.floor((chance() - 0.3) * gigabyte));
    const reply = await send("PATCH", `/customers/${customer.id}`, { space: { limitBytes: limit } });
    if (reply.status === 200) customer.spaceLimit = limit;
  },
  async "the number of devices is set"() {
    const customer = oneOf([...world.customers.values()].filter(({ level }) => level !== "provider"));
    const limit = chance() < 0.4 ? null : Math.max(0, totalsOf(world, customer.id).devices + below(4) - 1);
    const reply = await send("PATCH", `/customers/${customer.id}`, { deviceLimit: limit });
    if (reply.status === 200) customer.deviceLimit = limit;
  },
  async "an account's quota is set"() {
    const { accountId } = oneOf([...world.devices.values()]);
    const account = world.accounts.get(accountId ?? "") ?? oneOf([...world.accounts.values()]);
    const own = [...world.devices.values()].filter((device) => device.accountId === account.id);
    const hardQuotaBytes = chance() < 0.3 ? null : below(1 + 2 * own.reduce((sum, { used }) => sum + used, 0));
    const reply = await send("PATCH", `/accounts/${account.id}`, { hardQuotaBytes });
    if (reply.status === 200) account.hardQuota = hardQuotaBytes;
  },
  async "a password must be changed, or is"() {
    const [id, login] = oneOf([...logins]);
    const account = world.accounts.get(id) as Account;
    const next = password(login.turn + 1);
    const reply = account.mustChangePassword
      ? await send(
          "POST",
          "/password",
          { username: login.username, password: password(login.turn), newPassword: next },
          "",
        )
      : await send("POST", `/accounts/${id}/reset-password`, { password: next, mustChangePassword: true });
    if (reply.status !== 200) return;
    account.mustChangePassword = !account.mustChangePassword;
    login.turn += 1;
  },
  async "a device is suspended, or no longer"() {
    const device = oneOf([...world.devices.values()]);
    const to = device.state === "suspended" ? "active" : "suspended";
    const reply = await send("POST", `/devices/${device.id}/${to === "active" ? "activate" : "deactivate"}`);
    if (reply.status === 200) device.state = to;
  },
  async "a device is deleted"() {
    const device = oneOf([...world.devices.values()]);
    const reply = await send("DELETE", `/devices/${device.id}?confirm=${agents.get(device.id)?.name ?? ""}`);
    if (reply.status === 200) Object.assign(device, { state: "deleted", licensed: false });
  },
};

const asText = (reasons: Reason[]): string[] =>
  reasons
    .map(({ code, level, nodeId, limit, used, requested }) => {
      const figures =
        used === undefined ? "" : ` ${used}${requested === undefined ? "" : ` + ${requested}`} of ${limit}`;
      return `${code} of ${level} ${nodeId}${figures}`;
    })
    .toSorted();
const refusals = new Map<string, number>();
let asked = 0;
let allowed = 0;

/** A device asks, and is answered as the oracle says; people who ask for it are told the same with all figures. */
async function ask(device: Device): Promise<void> {
  const agent = agents.get(device.id);
  if (!agent) return;
  const estimatedBytes = below(3) * 10_000_000;
  const expected = expectedReasons(
    world,
    device,
    estimatedBytes,
    now,
    (level) => level === "end-customer" || level === "site",
  );
  if (chance() < 0.2) {
    const told = await ok("GET", `/devices/${device.id}/admission?estimatedBytes=${estimatedBytes}`);
    expect(asText(told.reasons), device.id).toEqual(expectedReasons(world, device, estimatedBytes, now, () => true));
  }
  const answer = await ok("POST", "/agent/backups", { estimatedBytes }, agent.token);
  expect(asText(answer.reasons), `${device.id} ${JSON.stringify(device)}`).toEqual(expected);
  expect(answer.allowed).toBe(expected.length === 0);
  expect(answer.grant === null).toBe(expected.length > 0);
  asked += 1;
  for (const { code } of answer.reasons as Reason[]) refusals.set(code, (refusals.get(code) ?? 0) + 1);
  if (!answer.allowed) return;
  allowed += 1;
  if (device.licensed) return;
  device.licensed = true;
  (world.customers.get(device.customerId) as Customer).drawnToDate += 1;
}

/** A device that was let reports its job, once or twice, and what it stores. */
async function backUp(device: Device, day: number): Promise<void> {
  const agent = agents.get(device.id);
  if (!agent) return;
  agent.setId ??= (
    await ok("POST", "/agent/backup-sets", { name: "Files", selection: { include: ["/home"] } }, agent.token)
  ).id;
  const at = new Date(now).toISOString();
  const job = {
    jobId: `day-${day}`,
    backupSetId: agent.setId,
    type: "backup",
    startedAt: at,
    endedAt: at,
    bytes: 10,
    files: 1,
  };
  const status = oneOf(["succeeded", "warning", "failed"]);
  for (let times = chance() < 0.2 ? 2 : 1; times > 0; times -= 1)
    await ok("POST", "/agent/jobs", { ...job, status }, agent.token);
  const used = Math.max(0, device.used + Math.floor((chance() - 0.2) * 100_000_000));
  const report = { usedBytes: used, measuredAt: new Date(now + day).toISOString() };
  expect((await ok("POST", "/agent/usage", report, agent.token)).stale).toBe(false);
  if (chance() < 0.1) {
    const old = { usedBytes: used + 1, measuredAt: new Date(now - 3_600_000).toISOString() };
    expect((await ok("POST", "/agent/usage", old, agent.token)).stale).toBe(true);
  }
  device.used = used;
}

const eachOf = (devices: Device[], work: (device: Device) => Promise<void>): Promise<unknown> =>
  pMap(devices, work, { concurrency: clients });

async function live(day: number): Promise<void> {
  await ok("POST", "/_local/clock", { advance: "P1D" });
  now = Date.parse((await ok("GET", "/_local/clock")).now);
  const alive = [...keys.keys()].filter((id) => lineOf(world, id).every(({ deleted }) => !deleted));
  const newcomers = day === 1 ? Math.floor(size.devices * 0.8) : Math.ceil((size.devices * 0.2) / (size.days - 1));
  for (let nth = 0; nth < newcomers && world.devices.size < size.devices; nth += 1)
    await enrol(alive[(nth + day) % alive.length] as string);
  for (const device of world.devices.values()) if (device.state === "pending" && chance() < 0.5) await approve(device);
  await stack.settle();
  if (day > 1) for (let turn = 0; turn < size.customers; turn += 1) await oneOf(Object.values(changes))();
  if (day === size.days - 1) {
    const id = alive.findLast((one) => world.customers.get(one)?.level === "end-customer") ?? "";
    const { name } = await ok("GET", `/customers/${id}`);
    await ok("DELETE", `/customers/${id}?confirm=${encodeURIComponent(name)}`);
    (world.customers.get(id) as Customer).deleted = true;
  }
  await stack.settle();

  // Who has no licence yet asks one after the other, so that it is certain who gets the last one.
  const devices = [...world.devices.values()];
  const newer = devices.filter(({ licensed }) => !licensed);
  const older = devices.filter(({ licensed }) => licensed);
  for (const device of newer) await ask(device);
  await eachOf(older, ask);
  const may = devices.filter(
    (device) => device.licensed && expectedReasons(world, device, 0, now, () => true).length === 0,
  );
  await eachOf(may, (device) => backUp(device, day));
  await stack.settle();
}

async function expectCountersRight(): Promise<void> {
  expect(await stack.invoke("recountUsage", {})).toMatchObject({ wrong: [], repaired: 0 });
  for (const { id } of world.customers.values()) {
    const customer = await ok("GET", `/customers/${id}`);
    const totals = totalsOf(world, id);
    expect(
      [customer.space.usedBytes, customer.deviceCount, customer.licences.used, customer.licences.usedToDate],
      id,
    ).toEqual([totals.used, totals.devices, totals.licences, totals.licencesToDate]);
    const pool = lineOf(world, id).find(({ licenceLimit }) => licenceLimit !== null);
    expect(customer.licences.available, id).toBe(
      pool ? Number(pool.licenceLimit) - licencesGone(world, pool.id) : null,
    );
  }
  await pMap(
    world.accounts.values(),
    async ({ id }) => {
      const own = [...world.devices.values()].filter(({ accountId }) => accountId === id);
      const account = await ok("GET", `/accounts/${id}`);
      const counted = own.filter((device) => device.state === "active" || device.state === "suspended");
      expect([account.usedBytes, account.deviceCount], id).toEqual([
        own.reduce((sum, { used }) => sum + used, 0),
        counted.length,
      ]);
    },
    { concurrency: clients },
  );
}

test(
  `${size.devices} devices of ${size.customers} customers are let and refused over ${size.days} days as the oracle says (seed ${size.seed})`,
  { timeout: 300_000 + size.devices * size.days * 500 },
  async () => {
    const began = performance.now();
    await openBook();
    for (let day = 1; day <= size.days; day += 1) await live(day);
    await expectCountersRight();
    expect(Math.min(allowed, asked - allowed)).toBeGreaterThan(asked / 5);
    expect(refusals.size, [...refusals.keys()].join(", ")).toBeGreaterThanOrEqual(6);
    if (process.env["FLEET_DEVICES"] !== undefined)
      process.stdout.write(
        `${JSON.stringify({ ...size, seconds: Math.round((performance.now() - began) / 1000), asked, allowed, refusals: Object.fromEntries(refusals) })}\n`,
      );
  },
);
