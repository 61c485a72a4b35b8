import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { goodPassword } from "../stages/post.ts";
import { openPeople, type People } from "../stages/people.ts";

let people: People;
let line: Awaited<ReturnType<People["line"]>>;
beforeAll(async () => {
  people = await openPeople();
  line = await people.line();
});
type Body = Awaited<ReturnType<People["ok"]>>;

/** A customer of the reseller with an account, a device of it and its set. */
async function estate(more: object = {}) {
  const customer = await people.create(line.reseller.id, { autoAuthorize: true, ...more });
  const account = await member(customer.id, { plan: "select" });
  return { customer, ...account };
}
/** An account of a customer with a device and its set. */
async function member(customerId: string, how: object) {
  const username = people.freshName("user").replaceAll(" ", ".");
  const contact = { name: "Ann", email: people.freshAddress() };
  const body = { customerId, username, password: goodPassword, contact, ...how };
  const account = await people.ok("createAccount", { body });
  const device = await people.ok("createDevice", {
    body: {
      accountId: account.id,
      machineId: `machine-${username}`,
      name: `PC ${username}`,
      kind: "laptop",
      os: "Linux",
    },
  });
  const set = await people.ok("createBackupSet", {
    body: { deviceId: device.id, name: "Documents", selection: { include: ["/home"] } },
  });
  return { account, username, device, set };
}
const tryLogin = (username: string, password = goodPassword, more: object = {}) =>
  people.call("login", { body: { username, password, ...more } }, { token: null });
async function login(username: string, password = goodPassword): Promise<{ token: string } & Body> {
  const reply = await tryLogin(username, password);
  expect([reply.status, reply.body]).toEqual([200, expect.anything()]);
  return reply.body;
}
const statusOf = async (token: string): Promise<number> => (await people.call("me", {}, { token })).status;
const at = (id: string) => ({ params: { id } });
/** Who the reseller's log says last did something of a type to an account. */
async function actorOf(type: string, nodeId: string): Promise<Body> {
  const { items } = await people.ok("listLog", { ...at(line.reseller.id), query: { limit: "50" } });
  return items.find((entry: Body) => entry.type === type && entry.node.id === nodeId)?.actor;
}

describe("the login of an account", () => {
  test("says whose it is", async () => {
    const { account, customer, username } = await estate();
    const { kind, user, account: who, token, mustDo } = await login(username.toUpperCase());
    expect([kind, user, mustDo]).toEqual(["account", null, null]);
    expect(who).toEqual({ id: account.id, username, customerId: customer.id });
    expect(token).toMatch(/^tp_/);
    expect(await people.ok("me", {}, { token })).toEqual({
      kind: "account",
      id: account.id,
      role: "customer",
      scope: { id: customer.id, level: "end-customer", name: customer.name },
      account: { id: account.id },
      user: null,
      branding: null,
    });
  });

  test("sees the account, its devices, their sets and jobs", async () => {
    const { account, device, set, username } = await estate();
    const { token } = await login(username);
    expect((await people.ok("getAccount", at(account.id), { token })).id).toBe(account.id);
    const { items } = await people.ok("listDevices", {}, { token });
    expect(items.map(({ id }: Body) => id)).toEqual([device.id]);
    expect((await people.ok("getDevice", at(device.id), { token })).id).toBe(device.id);
    expect((await people.ok("explainAdmission", at(device.id), { token })).drawsLicence).toBeDefined();
    expect((await people.ok("listBackupSets", { query: { deviceId: device.id } }, { token })).items).toHaveLength(1);
    expect((await people.ok("getBackupSet", at(set.id), { token })).id).toBe(set.id);
    expect((await people.ok("listDeviceJobs", at(device.id), { token })).items).toEqual([]);
    expect((await people.ok("getSetReport", at(set.id), { token })).jobs).toEqual([]);
  });

  test("sees nothing of other accounts of its customer, be they above or below it, nor of sites", async () => {
    const parent = await estate();
    const below = await member(parent.customer.id, { customerId: undefined, parentAccountId: parent.account.id });
    const site = await people.create(parent.customer.id, { level: "site", autoAuthorize: true });
    const atSite = await member(site.id, { plan: "select" });
    for (const [mine, others] of [
      [parent, [below, atSite]],
      [below, [parent, atSite]],
      [atSite, [parent, below]],
    ] as const) {
      const { token } = await login(mine.username);
      const { items } = await people.ok("listDevices", {}, { token });
      expect(items.map(({ id }: Body) => id)).toEqual([mine.device.id]);
      for (const state of ["active", "pending"])
        expect((await people.ok("listDevices", { query: { state } }, { token })).items).toHaveLength(
          state === mine.device.state ? 1 : 0,
        );
      for (const other of others) {
        for (const [operation, request] of [
          ["getAccount", at(other.account.id)],
          ["getDevice", at(other.device.id)],
          ["listDevices", { query: { accountId: other.account.id } }],
          ["getBackupSet", at(other.set.id)],
          ["updateAccount", { ...at(other.account.id), body: { userQuotaBytes: 5 } }],
        ] as const)
          expectRefusal(await people.call(operation, request, { token }), 404, "not_found");
      }
    }
    const { token } = await login(parent.username);
    expectRefusal(await people.call("listDevices", { query: { customerId: site.id } }, { token }), 404, "not_found");
  });

  test("may not do what the portal does not have", async () => {
    const { account, device, customer, username } = await estate();
    const { token } = await login(username);
    for (const [operation, request] of [
      ["getCustomer", at(customer.id)],
      ["listAccounts", {}],
      ["deleteDevice", { ...at(device.id), query: { confirm: device.name } }],
      ["resetPassword", { ...at(account.id), body: { password: goodPassword } }],
      ["listPlans", {}],
      ["startTotp", {}],
    ] as const)
      expectRefusal(await people.call(operation, request, { token }), 403, "forbidden");
  });

  test("is answered as a name that nobody has where the password is wrong, and limited as one", async () => {
    const { username } = await estate();
    const [wrong, nobody] = [await tryLogin(username, "wrong"), await tryLogin("nobody.at.all", "wrong")];
    expectRefusal(wrong, 401, "wrong_password");
    expect({ ...wrong.body, requestId: "" }).toEqual({ ...nobody.body, requestId: "" });
    for (let failures = 1; failures < 5; failures += 1) await tryLogin(username, "wrong");
    expectRefusal(await tryLogin(username), 429, "rate_limited");
  });

  test("is noted in the log of access, as the account", { timeout: 40_000 }, async () => {
    const { account, customer, username } = await estate();
    await tryLogin(username, "wrong");
    const { token } = await login(username);
    await people.call("getCustomer", at(customer.id), { token });
    await expect
      .poll(
        async () => {
          const { items } = await people.ok("listAccessLog", at(customer.id));
          return items.map(({ type, credential }: Body) => [type, credential]);
        },
        { timeout: 30_000 },
      )
      .toEqual(
        expect.arrayContaining(
          ["LoginFailed", "LoginSucceeded", "PermissionRefused"].map((type) => [
            type,
            { kind: "account", id: account.id },
          ]),
        ),
      );
  });
});

describe("an account that has logged in", () => {
  test("lists and ends its sessions, and logs out", async () => {
    const { username } = await estate();
    const [one, two] = [await login(username), await login(username)];
    const { items } = await people.ok("listSessions", {}, one);
    expect(items.map(({ current }: Body) => current)).toEqual([true, false]);
    await people.ok("endSession", at(items[1].id), one);
    expect([await statusOf(one.token), await statusOf(two.token)]).toEqual([200, 401]);
    await people.ok("logout", {}, one);
    expect(await statusOf(one.token)).toBe(401);
  });

  test("changes its password by the old one, which ends its other sessions and is in the log", async () => {
    const { account, username } = await estate();
    const [one, two] = [await login(username), await login(username)];
    const change = (password: string, newPassword: string) =>
      people.call("changeOwnPassword", { body: { password, newPassword } }, one);
    expectRefusal(await change("wrong", "a harbour full of cranes"), 401, "wrong_password");
    expectRefusal(await change(goodPassword, "short"), 422, "password_too_weak");
    expect((await change(goodPassword, "a harbour full of cranes")).body).toEqual({ username });
    expect([await statusOf(one.token), await statusOf(two.token)]).toEqual([200, 401]);
    expect((await people.ok("listSessions", {}, one)).items).toHaveLength(1);
    await login(username, "a harbour full of cranes");
    expect(await actorOf("PasswordChanged", account.id)).toMatchObject({ kind: "account", id: account.id });
  });

  test("has to choose a password first where it must", async () => {
    const { account, username } = await estate();
    await people.ok("resetPassword", {
      ...at(account.id),
      body: { password: "first of all a fox", mustChangePassword: true },
    });
    const one = await login(username, "first of all a fox");
    expect(one.mustDo).toBe("change_password");
    expectRefusal(await people.call("listDevices", {}, one), 403, "password_change_required");
    const body = { password: "first of all a fox", newPassword: "a harbour full of cranes" };
    await people.ok("changeOwnPassword", { body }, one);
    await people.ok("listDevices", {}, one);
  });

  test("changes its own quota and nothing else, within what its customer has", async () => {
    const { account, customer, username } = await estate({ space: { limitBytes: 1_000 } });
    const one = await login(username);
    const patch = (body: object) => people.call("updateAccount", { ...at(account.id), body }, one);
    expect((await patch({ userQuotaBytes: 500 })).body.userQuotaBytes).toBe(500);
    expectRefusal(await patch({ userQuotaBytes: 1_001 }), 422, "quota_not_allowed");
    for (const body of [
      { hardQuotaBytes: 5 },
      { active: false },
      { username: "another" },
      { userQuotaBytes: 5, plan: "basic" },
    ])
      expectRefusal(await patch(body), 403, "forbidden");
    const portal = { portal: { changeQuota: false } };
    await people.ok("updateSettings", { ...at(line.reseller.id), body: portal });
    await people.ok("updateSettings", { ...at(customer.id), body: { portal: { changeQuota: true } } });
    expectRefusal(await patch({ userQuotaBytes: 400 }), 403, "forbidden");
    await people.ok("updateSettings", { ...at(line.reseller.id), body: { portal: null } });
    expect((await patch({ userQuotaBytes: null })).status).toBe(200);
    expect(await actorOf("AccountUpdated", account.id)).toMatchObject({ kind: "account", id: account.id });
  });
});

describe("switching to another account of the same customer", () => {
  const switchTo = (one: { token: string }, accountId: string) =>
    people.call("switchAccount", { body: { accountId } }, one);

  test("needs no other login, and shows that account instead", async () => {
    const first = await estate();
    const below = await member(first.customer.id, { customerId: undefined, parentAccountId: first.account.id });
    const second = await member(first.customer.id, { plan: "basic" });
    const one = await login(first.username);
    const listed = async () => (await people.ok("listOwnAccounts", {}, one)).items;
    expect((await listed()).map(({ id, current }: Body) => [id, current])).toEqual([
      [first.account.id, true],
      [below.account.id, false],
      [second.account.id, false],
    ]);
    for (const other of [second, below]) {
      const { body } = await switchTo(one, other.account.id);
      expect(body).toEqual({ id: other.account.id, username: other.username, customerId: first.customer.id });
      expect(await people.ok("me", {}, one)).toMatchObject({ id: first.account.id, account: { id: other.account.id } });
      const { items } = await people.ok("listDevices", {}, one);
      expect(items.map(({ id }: Body) => id)).toEqual([other.device.id]);
      expectRefusal(await people.call("getAccount", at(first.account.id), one), 404, "not_found");
      expect((await listed()).find(({ current }: Body) => current).id).toBe(other.account.id);
    }
    await people.ok("updateAccount", { ...at(below.account.id), body: { userQuotaBytes: 5 } }, one);
    expect(await actorOf("AccountUpdated", below.account.id)).toMatchObject({ kind: "account", id: first.account.id });
    // What is its own stays that of the account that has logged in.
    const body = { password: goodPassword, newPassword: "a harbour full of cranes" };
    expect(await people.ok("changeOwnPassword", { body }, one)).toEqual({ username: first.username });
    expect((await people.ok("listSessions", {}, one)).items).toHaveLength(1);
    expect((await tryLogin(below.username)).status).toBe(200);
    expect((await switchTo(one, first.account.id)).status).toBe(200);
    expect((await people.ok("getAccount", at(first.account.id), one)).id).toBe(first.account.id);
  });

  test("finds no account of another customer, none that is suspended or deleted, and is nobody else's", async () => {
    const [first, foreign] = [await estate(), await estate()];
    const suspended = await member(first.customer.id, { plan: "basic" });
    await people.ok("updateAccount", { ...at(suspended.account.id), body: { active: false } });
    const deleted = await member(first.customer.id, { customerId: undefined, parentAccountId: first.account.id });
    await people.ok("deleteAccount", { ...at(deleted.account.id), query: { confirm: deleted.username } });
    const site = await people.create(first.customer.id, { level: "site", autoAuthorize: true });
    const atSite = await member(site.id, { plan: "select" });
    const one = await login(first.username);
    const unknown = await switchTo(one, "acc_00000000000000000000000000");
    for (const { account } of [foreign, suspended, deleted, atSite]) {
      const reply = await switchTo(one, account.id);
      expectRefusal(reply, 404, "not_found");
      expect({ ...reply.body, requestId: "" }).toEqual({ ...unknown.body, requestId: "" });
    }
    expect((await people.ok("listOwnAccounts", {}, one)).items).toHaveLength(1);
    const admin = await people.person(line.reseller.id, "admin");
    expectRefusal(await switchTo(admin, first.account.id), 403, "forbidden");
    expectRefusal(await people.call("listOwnAccounts", {}, admin), 403, "forbidden");
  });

  test("is not allowed where a level above forbids it", async () => {
    const first = await estate();
    const second = await member(first.customer.id, { plan: "basic" });
    await people.ok("updateSettings", { ...at(first.customer.id), body: { portal: { switchAccounts: false } } });
    const one = await login(first.username);
    expect((await people.ok("listOwnAccounts", {}, one)).items.map(({ id }: Body) => id)).toEqual([first.account.id]);
    expectRefusal(await switchTo(one, second.account.id), 403, "forbidden");
  });

  test("ends with the account that it is switched to, or once it is forbidden", async () => {
    const first = await estate();
    const second = await member(first.customer.id, { plan: "basic" });
    const ends: (() => Promise<unknown>)[] = [
      () => people.ok("updateSettings", { ...at(first.customer.id), body: { portal: { switchAccounts: false } } }),
      () => people.ok("updateAccount", { ...at(second.account.id), body: { active: false } }),
      () => people.ok("resetPassword", { ...at(first.account.id), body: { password: goodPassword } }),
    ];
    for (const end of ends) {
      await people.ok("updateSettings", { ...at(first.customer.id), body: { portal: null } });
      await people.ok("updateAccount", { ...at(second.account.id), body: { active: true } });
      const one = await login(first.username);
      expect((await switchTo(one, second.account.id)).status).toBe(200);
      expect(await statusOf(one.token)).toBe(200);
      await end();
      expect(await statusOf(one.token)).toBe(401);
    }
  });
});

describe("the next request of an account that has logged in is refused, and so is its login", () => {
  const after: Record<string, (of: Awaited<ReturnType<typeof estate>>) => Promise<unknown>> = {
    "once it is suspended": ({ account }) => people.ok("updateAccount", { ...at(account.id), body: { active: false } }),
    "once it is deleted": ({ account, username }) =>
      people.ok("deleteAccount", { ...at(account.id), query: { confirm: username } }),
    "once its customer is suspended": ({ customer }) => people.ok("deactivateCustomer", at(customer.id)),
    "once its customer is deleted": ({ customer }) =>
      people.ok("deleteCustomer", { ...at(customer.id), query: { confirm: customer.name } }),
    "once the portal is closed": ({ customer }) =>
      people.ok("updateSettings", { ...at(customer.id), body: { portal: { enabled: false } } }),
    "once a second factor is demanded": ({ customer }) =>
      people.ok("updateSettings", { ...at(customer.id), body: { access: { secondFactor: "required" } } }),
    "once its password is reset, also to the same one": ({ account }) =>
      people.ok("resetPassword", { ...at(account.id), body: { password: goodPassword } }),
    "once it changes its password without a session": ({ username }) =>
      people.ok(
        "changePassword",
        { body: { username, password: goodPassword, newPassword: "a harbour full of cranes" } },
        { token: null },
      ),
  };
  test.each(Object.keys(after))("%s", async (how) => {
    const of = await estate();
    const { token } = await login(of.username);
    expect(await statusOf(token)).toBe(200);
    await after[how]?.(of);
    expect(await statusOf(token)).toBe(401);
    const stays = how.includes("same one");
    expect((await tryLogin(of.username)).status).toBe(stays ? 200 : 401);
  });

  test("once it belongs to another customer, where it logs in anew", async () => {
    const { account, customer, device, username } = await estate();
    const there = await people.create(line.reseller.id, { autoAuthorize: true });
    const to = { customer: there, ...(await member(there.id, { plan: "basic" })) };
    const one = await login(username);
    const { id } = await people.ok("moveAccounts", { body: { ids: [account.id], customerId: to.customer.id } });
    expect((await people.ok("me", {}, one)).scope.id).toBe(customer.id);
    people.advance(3 * 60_000);
    await people.invoke("functions/schedule/sweep-tasks.ts", {});
    expect((await people.ok("getTask", at(id))).status).toBe("succeeded");
    for (const [operation, request] of [
      ["me", {}],
      ["getDevice", at(device.id)],
      ["getDevice", at(to.device.id)],
      ["listSessions", {}],
    ] as const)
      expectRefusal(await people.call(operation, request, one), 401, "unauthenticated");
    const anew = await login(username);
    expect(anew.account).toEqual({ id: account.id, username, customerId: to.customer.id });
    const { items } = await people.ok("listDevices", {}, anew);
    expect(items.map((found: Body) => found.id)).toEqual([device.id]);
    expect((await people.ok("listSessions", {}, anew)).items).toHaveLength(1);
    expectRefusal(await people.call("getDevice", at(to.device.id), anew), 404, "not_found");
  });

  test("once the account that it has switched to belongs to another customer", async () => {
    const [first, to] = [await estate(), await people.create(line.reseller.id, { autoAuthorize: true })];
    const second = await member(first.customer.id, { plan: "basic" });
    const one = await login(first.username);
    await people.ok("switchAccount", { body: { accountId: second.account.id } }, one);
    expect(await statusOf(one.token)).toBe(200);
    const { id } = await people.ok("moveAccounts", { body: { ids: [second.account.id], customerId: to.id } });
    people.advance(3 * 60_000);
    await people.invoke("functions/schedule/sweep-tasks.ts", {});
    expect((await people.ok("getTask", at(id))).status).toBe("succeeded");
    expect(await statusOf(one.token)).toBe(401);
    expect(await statusOf((await login(first.username)).token)).toBe(200);
  });

  test("once its parent account is suspended", async () => {
    const parent = await estate();
    const below = await member(parent.customer.id, { customerId: undefined, parentAccountId: parent.account.id });
    const { token } = await login(below.username);
    await people.ok("updateAccount", { ...at(parent.account.id), body: { active: false } });
    expect([await statusOf(token), (await tryLogin(below.username)).status]).toEqual([401, 401]);
  });
});
