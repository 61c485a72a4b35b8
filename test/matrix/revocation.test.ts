import { fileURLToPath } from "node:url";
import pMap from "p-map";
import { beforeAll, expect, test, vi } from "vitest";
import { type OperationId, routes } from "../../functions/routes.ts";
import { operationFile } from "../../shared/http/contract.ts";
import { type Answer, eventOf, type Reply, replyOf, type Request } from "../support/api.ts";
import { drawFrom } from "../support/random.ts";
import { type Fleet, openFleet } from "../functions/stages/fleet.ts";
import { goodPassword } from "../functions/stages/post.ts";

/** How many races: 10,000 in the long run. */
const races = Number(process.env["REVOCATIONS"] ?? 100);
const seed = Number(process.env["REVOCATIONS_SEED"] ?? 1);

type Call = (operation: OperationId, request: Request, token: string) => Promise<Reply>;
/** A right that somebody has until it is taken. */
interface Right {
  /** Makes use of it. */
  use: (call: Call) => Promise<Reply>;
  /** Takes it. */
  take: (call: Call) => Promise<Reply>;
  /** What it is answered with from then on. */
  refused: number;
}
/** One way of taking a right. Another kind is another entry. */
type Kind = (nth: number) => Promise<Right>;

const root = new URL("../../", import.meta.url);
const used: readonly OperationId[] = [
  "getCustomer",
  "listCustomers",
  "revokeApiKey",
  "deleteCustomer",
  "moveCustomer",
  "enrol",
  "listOwnBackupSets",
  "renewStorageServerToken",
  "checkInStorageServer",
  "updateUser",
  "deleteUser",
  "endUserSessions",
  "changeOwnPassword",
  "updateCustomer",
  "updateSettings",
  "listDevices",
  "getAccount",
  "resetPassword",
  "updateAccount",
  "deleteAccount",
  "deactivateCustomer",
];
/** The functions of a warm machine of their own: modules with caches that no other one shares. */
async function openMachine(): Promise<Call> {
  vi.resetModules();
  const handlers = new Map<OperationId, (event: unknown, context: unknown) => Promise<Answer>>();
  for (const id of used) {
    const file = fileURLToPath(new URL(operationFile(routes[id]), root));
    handlers.set(
      id,
      ((await import(file)) as { handler: (event: unknown, context: unknown) => Promise<Answer> }).handler,
    );
  }
  return async (id, request, token) => {
    const handler = handlers.get(id);
    if (!handler) throw new Error(`No machine has the function ${id}.`);
    return replyOf(await handler(eventOf(routes[id], request, { token }), {}));
  };
}

let fleet: Fleet;
let machines: Call[];
let other: { id: string };
beforeAll(async () => {
  fleet = await openFleet();
  const deletion = { customersPerHour: 10_000 };
  await fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body: { deletion } });
  other = await fleet.create(fleet.provider.id, { level: "reseller" });
  // These load what the stage has loaded already anew.
  machines = [];
  for (let nth = 0; nth < 3; nth += 1) machines.push(await openMachine());
}, 120_000);

/** A user who has logged in, and chosen a password. */
async function person(
  nth: number,
  customerId = fleet.resellerId,
): Promise<{ id: string; token: string; password: string; another: () => Promise<string> }> {
  const username = `user.${nth}`;
  const who = { role: "admin", name: "Ann", email: `${username}@example.com`, username, password: goodPassword };
  const { id } = await fleet.ok("createUser", { body: { customerId, ...who } });
  const login = async (given: string): Promise<string> =>
    (await fleet.ok("login", { body: { username, password: given } }, { token: null })).token;
  const token = await login(goodPassword);
  const password = `${goodPassword}, own`;
  await fleet.ok("changeOwnPassword", { body: { password: goodPassword, newPassword: password } }, { token });
  return { id, token, password, another: () => login(password) };
}
const at = (id: string) => ({ params: { id } });

/** An account that has logged in to the portal. */
async function portalLogin(): Promise<{
  account: { id: string; customerId: string; username: string };
  token: string;
}> {
  const account = await fleet.login();
  const body = { username: account.username, password: account.password };
  const { token } = await fleet.ok("login", { body }, { token: null });
  return { account, token };
}
/** A session of an account that something ends. */
const portalKind =
  (take: (call: Call, account: { id: string; customerId: string; username: string }) => Promise<Reply>): Kind =>
  async (nth) => {
    const { account, token } = await portalLogin();
    return {
      use: (call) => (nth % 2 === 0 ? call("getAccount", at(account.id), token) : call("listDevices", {}, token)),
      take: (call) => take(call, account),
      refused: 401,
    };
  };
const kinds: Record<string, Kind> = {
  "a key that is revoked": async () => {
    const { id, token } = await fleet.key(fleet.resellerId);
    return {
      use: (call) => call("getCustomer", at(fleet.resellerId), token),
      take: (call) => call("revokeApiKey", at(id), fleet.token),
      refused: 401,
    };
  },
  "a key that lists": async () => {
    const { id, token } = await fleet.key(fleet.resellerId, "viewer");
    return {
      use: (call) => call("listCustomers", { query: { limit: "1" } }, token),
      take: (call) => call("revokeApiKey", at(id), fleet.token),
      refused: 401,
    };
  },
  "a key whose customer is deleted": async () => {
    const { id, name } = await fleet.create(fleet.resellerId);
    const { token } = await fleet.key(id);
    return {
      use: (call) => call("getCustomer", at(id), token),
      take: (call) => call("deleteCustomer", { ...at(id), query: { confirm: name } }, fleet.token),
      refused: 401,
    };
  },
  "a customer that is moved away": async () => {
    const { id } = await fleet.create(fleet.resellerId);
    const { token } = await fleet.key(fleet.resellerId);
    return {
      use: (call) => call("getCustomer", at(id), token),
      take: (call) => call("moveCustomer", { ...at(id), body: { parentId: other.id } }, fleet.token),
      refused: 404,
    };
  },
  "a device whose computer enrols anew": async () => {
    const { username } = await fleet.login();
    const body = { username, password: goodPassword, ...fleet.machine() };
    const { token } = await fleet.ok("enrol", { body }, { token: null });
    return {
      use: (call) => call("listOwnBackupSets", {}, token),
      take: (call) => call("enrol", { body }, ""),
      refused: 401,
    };
  },
  "a user who is disabled": async (nth) => {
    const { id, token } = await person(nth);
    return {
      use: (call) => call("getCustomer", at(fleet.resellerId), token),
      take: (call) => call("updateUser", { ...at(id), body: { active: false } }, fleet.token),
      refused: 401,
    };
  },
  "a user who is deleted": async (nth) => {
    const { id, token } = await person(nth);
    return {
      use: (call) => call("listCustomers", { query: { limit: "1" } }, token),
      take: (call) => call("deleteUser", at(id), fleet.token),
      refused: 401,
    };
  },
  "a user whose sessions are ended": async (nth) => {
    const { id, token } = await person(nth);
    return {
      use: (call) => call("getCustomer", at(fleet.resellerId), token),
      take: (call) => call("endUserSessions", at(id), fleet.token),
      refused: 401,
    };
  },
  "a session of a user who changes the password in another one": async (nth) => {
    const { token, password, another } = await person(nth);
    const other = await another();
    return {
      use: (call) => call("getCustomer", at(fleet.resellerId), other),
      take: (call) => call("changeOwnPassword", { body: { password, newPassword: `${password} and new` } }, token),
      refused: 401,
    };
  },
  "a user who gets a lower role": async (nth) => {
    const { id, token } = await person(nth);
    return {
      use: (call) =>
        call("updateCustomer", { ...at(fleet.resellerId), body: { city: "Bern" }, query: { dryRun: "true" } }, token),
      take: (call) => call("updateUser", { ...at(id), body: { role: "viewer" } }, fleet.token),
      refused: 403,
    };
  },
  "a user of whom a second factor is demanded": async (nth) => {
    const { id } = await fleet.create(fleet.resellerId);
    const { token } = await person(nth, id);
    const access = { secondFactor: "required" };
    return {
      use: (call) => call("getCustomer", at(id), token),
      take: (call) => call("updateSettings", { ...at(id), body: { access } }, fleet.token),
      refused: 403,
    };
  },
  "a key whose reseller is deactivated": async () => {
    const { id } = await fleet.create(fleet.provider.id, { level: "reseller" });
    const { token } = await fleet.key(id);
    return {
      use: (call) => call("updateCustomer", { ...at(id), body: { city: "Bern" }, query: { dryRun: "true" } }, token),
      take: (call) => call("deactivateCustomer", at(id), fleet.token),
      refused: 403,
    };
  },
  "a user who gets another scope": async (nth) => {
    const { id, token } = await person(nth);
    return {
      use: (call) => call("getCustomer", at(fleet.resellerId), token),
      take: (call) => call("updateUser", { ...at(id), body: { customerId: other.id } }, fleet.token),
      refused: 401,
    };
  },
  "an account whose password is reset": portalKind((call, { id }) =>
    call("resetPassword", { ...at(id), body: { password: goodPassword } }, fleet.token),
  ),
  "an account that is suspended": portalKind((call, { id }) =>
    call("updateAccount", { ...at(id), body: { active: false } }, fleet.token),
  ),
  "an account that is deleted": portalKind((call, { id, username }) =>
    call("deleteAccount", { ...at(id), query: { confirm: username } }, fleet.token),
  ),
  "an account whose portal is closed": portalKind((call, { customerId }) =>
    call("updateSettings", { ...at(customerId), body: { portal: { enabled: false } } }, fleet.token),
  ),
  "a storage server that gets another token": async (nth) => {
    const body = { customerId: fleet.resellerId, name: `Server ${nth}`, url: "https://198.51.101.7/" };
    const { server, token } = await fleet.ok("createStorageServer", { body });
    return {
      use: (call) => call("checkInStorageServer", { body: { usedBytes: 1 }, query: { dryRun: "true" } }, token),
      take: (call) => call("renewStorageServerToken", at(server.id), fleet.token),
      refused: 401,
    };
  },
};

test(`what is taken is gone for the next request, on every warm machine (${races} races)`, async () => {
  const late: string[] = [];
  const draw = drawFrom(seed);
  const names = Object.keys(kinds);
  const turns = Array.from({ length: races }, (_, nth) => ({
    nth,
    name: names[nth % names.length] ?? "",
    taker: draw(3),
  }));
  let refusals = 0;
  await pMap(
    turns,
    async ({ nth, name, taker }) => {
      const right = await kinds[name]?.(nth);
      const by = machines[taker];
      if (!right || !by) throw new Error(`There is no race ${name}.`);
      // Every machine has seen that it is allowed.
      for (const reply of await Promise.all(machines.map(right.use))) expect([name, reply.status]).toEqual([name, 200]);
      // Requests that are under way while it is taken may end either way.
      const underWay = machines.map(right.use);
      expect([name, (await right.take(by)).status < 300]).toEqual([name, true]);
      const after = await Promise.all(machines.map(right.use));
      for (const { status } of after)
        if (status === right.refused) refusals += 1;
        else late.push(`${name}: ${status} in race ${nth}`);
      await Promise.all(underWay);
    },
    { concurrency: 4 },
  );
  expect(late).toEqual([]);
  expect(refusals).toBe(races * machines.length);
}, 7_200_000);
