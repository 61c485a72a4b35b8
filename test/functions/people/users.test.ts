import { beforeAll, describe, expect, test } from "vitest";
import { dump } from "../../model/invariants.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { openPeople, type People, userPassword } from "../stages/people.ts";

let people: People;
let line: Awaited<ReturnType<People["line"]>>;
let other: Awaited<ReturnType<People["line"]>>;
beforeAll(async () => {
  people = await openPeople();
  line = await people.line();
  other = await people.line();
});
const hourMs = 3_600_000;
const inFuture = (ms: number): string => new Date(people.now() + ms).toISOString();
const get = (id: string, token?: string) =>
  people.call("getUser", { params: { id } }, token === undefined ? {} : { token });
const patch = (id: string, body: object, token?: string) =>
  people.call("updateUser", { params: { id }, body }, token === undefined ? {} : { token });

describe("a user who is invited", () => {
  test("gets a mail, chooses a password, logs in, and sees his branch as far as his role goes", async () => {
    const { user, code } = await people.invited(line.reseller.id, "operator", { name: "Olga" });
    expect(user).toMatchObject({
      customerId: line.reseller.id,
      role: "operator",
      name: "Olga",
      username: user.email,
      state: "invited",
      active: true,
      mustChangePassword: false,
      secondFactor: { totp: false, recoveryCodesLeft: 0, passkeys: 0 },
      lastLoginAt: null,
    });
    expectRefusal(await people.tryLogin(user.username), 401, "wrong_password");
    expect(await people.ok("acceptInvitation", { body: { code, password: userPassword } }, { token: null })).toEqual({
      username: user.username,
    });
    const {
      token,
      mustDo,
      user: shown,
    } = (await people.login(user.username)) as never as { token: string; mustDo: null; user: object };
    expect([mustDo, shown]).toEqual([null, expect.objectContaining({ state: "active", invitation: null })]);
    expect(token).toMatch(/^ts_[0-9A-Z]{52}_[A-Za-z0-9_-]{43}$/);
    expect(await people.ok("me", {}, { token })).toEqual({
      kind: "user",
      id: user.id,
      role: "operator",
      scope: { id: line.reseller.id, level: "reseller", name: line.reseller.name },
      account: null,
      user: expect.objectContaining({ id: user.id, username: user.username, state: "active" }),
      branding: null,
    });
    expect(await people.get(line.site.id, { token })).toMatchObject({ id: line.site.id });
    expectRefusal(
      await people.call("getCustomer", { params: { id: line.distributor.id } }, { token }),
      404,
      "not_found",
    );
    expectRefusal(await people.call("getCustomer", { params: { id: other.reseller.id } }, { token }), 404, "not_found");
    expectRefusal(await people.tryCreate(line.reseller.id, {}, { token }), 403, "forbidden");
    expectRefusal(await people.call("listUsers", {}, { token }), 403, "forbidden");
  });

  test("cannot use the code twice, nor after seven days, nor after another invitation", async () => {
    const accept = (code: string) =>
      people.call("acceptInvitation", { body: { code, password: userPassword } }, { token: null });
    const first = await people.invited(line.reseller.id, "viewer");
    expect((await accept(first.code)).status).toBe(200);
    expectRefusal(await accept(first.code), 410, "link_invalid");
    expectRefusal(await people.call("inviteUser", { params: { id: first.user.id } }), 422, "not_applicable");

    const second = await people.invited(line.reseller.id, "viewer");
    await people.ok("inviteUser", { params: { id: second.user.id } });
    expectRefusal(await accept(second.code), 410, "link_invalid");
    const anew = await people.codeFor(second.user.email);
    people.advance(7 * dayMs + 1_000);
    expectRefusal(await accept(anew), 410, "link_invalid");
    expectRefusal(await accept("tc_nonsense"), 410, "link_invalid");
    await people.ok("inviteUser", { params: { id: second.user.id } });
    expectRefusal(
      await people.call("acceptInvitation", {
        body: { code: await people.codeFor(second.user.email), password: "short" },
      }),
      422,
      "password_too_weak",
    );
  });

  test("is refused where no mail can be sent, and can be given a password instead, to be changed at first", async () => {
    await people.ok("updateSettings", { params: { id: other.reseller.id }, body: { mail: { enabled: false } } });
    const body = { customerId: other.reseller.id, role: "admin", name: "Bo", email: people.freshAddress() };
    expectRefusal(await people.call("createUser", { body }), 422, "mail_disabled");
    expectRefusal(await people.call("createUser", { body: { ...body, password: "short" } }), 422, "password_too_weak");
    const user = await people.ok("createUser", { body: { ...body, username: "bo.web", password: userPassword } });
    expect(user).toMatchObject({ username: "bo.web", state: "active", mustChangePassword: true });
    const { token } = await people.login("BO.web");
    for (const operation of ["me", "listCustomers", "createUser"] as const)
      expectRefusal(
        await people.call(operation, operation === "createUser" ? { body } : {}, { token }),
        403,
        "password_change_required",
      );
    const change = { password: userPassword, newPassword: "another meadow of cranes" };
    await people.ok("changeOwnPassword", { body: change }, { token });
    expect((await people.call("me", {}, { token })).status).toBe(200);
  });
});

describe("who may give which access", () => {
  test("is decided by role and branch; a name that is taken is refused, of an account too", async () => {
    const admin = await people.person(line.reseller.id, "admin");
    const { token } = admin;
    const body = { customerId: line["end-customer"].id, role: "viewer", name: "Vi", email: people.freshAddress() };
    const made = await people.ok("createUser", { body }, { token });
    expect(made.createdBy).toBe(admin.user.id);
    expect((await get(made.id)).body.createdBy).toBe(admin.user.id);
    for (const customerId of [line.distributor.id, other.reseller.id, "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8"])
      expectRefusal(await people.call("createUser", { body: { ...body, customerId } }, { token }), 404, "not_found");
    expectRefusal(
      await people.call("createUser", { body: { ...body, role: "support" } }, { token }),
      422,
      "role_not_allowed",
    );
    expectRefusal(await people.call("createUser", { body }, { token }), 409, "login_taken");
    const { username } = await people.account(line["end-customer"].id);
    const again = { ...body, email: people.freshAddress(), username };
    expectRefusal(await people.call("createUser", { body: again }, { token }), 409, "login_taken");
    expectRefusal(await people.tryAccount(line.site.id, { username: made.username }), 409, "login_taken");
    expectRefusal(
      await people.call("createUser", { body: { ...again, username: "past", endsAt: "2020-01-01T00:00:00Z" } }),
      422,
      "expiry_in_past",
    );
    for (const viewer of [
      await people.person(line.reseller.id, "viewer"),
      await people.person(line.reseller.id, "billing"),
    ])
      expectRefusal(await people.call("createUser", { body }, { token: viewer.token }), 403, "forbidden");
  });

  test("nobody changes what he may do himself, and only the own branch is seen", async () => {
    const { user, token } = await people.person(line.reseller.id, "admin");
    for (const body of [
      { role: "viewer" },
      { active: false },
      { endsAt: inFuture(hourMs) },
      { customerId: line["end-customer"].id },
    ])
      expectRefusal(await patch(user.id, body, token), 409, "own_access");
    expect((await patch(user.id, { name: "Ann Other", locale: "de" }, token)).body).toMatchObject({
      name: "Ann Other",
      locale: "de",
    });
    expectRefusal(await people.call("deleteUser", { params: { id: user.id } }, { token }), 409, "own_access");
    const above = await people.user(line.distributor.id, "admin");
    const beside = await people.user(other.reseller.id, "viewer").catch(() => null);
    for (const id of [above.id, ...(beside ? [beside.id] : []), "usr_01JZX0N4Y8M1Q2R3S4T5V6W7X8"]) {
      expectRefusal(await get(id, token), 404, "not_found");
      expectRefusal(await patch(id, { name: "X" }, token), 404, "not_found");
      expectRefusal(await people.call("deleteUser", { params: { id } }, { token }), 404, "not_found");
      expectRefusal(await people.call("endUserSessions", { params: { id } }, { token }), 404, "not_found");
      expectRefusal(await people.call("listUserSessions", { params: { id } }, { token }), 404, "not_found");
      expectRefusal(await people.call("inviteUser", { params: { id } }, { token }), 404, "not_found");
      expectRefusal(await people.call("resetSecondFactor", { params: { id } }, { token }), 404, "not_found");
    }
    const { items } = await people.ok("listUsers", {}, { token });
    expect(items.every(({ customerId }: { customerId: string }) => customerId === line.reseller.id)).toBe(true);
    expect(items.length).toBeGreaterThan(2);
  });
});

describe("the next request of a user", () => {
  const works = async (token: string): Promise<number> => (await people.call("me", {}, { token })).status;

  test("is refused once he is switched off, deleted, logged out by others, or his access has ended", async () => {
    const admin = await people.person(line.reseller.id, "admin");
    const one = async () => people.person(line.reseller.id, "viewer");
    const cut: [string, (id: string) => Promise<unknown>][] = [
      ["switched off", (id) => people.ok("updateUser", { params: { id }, body: { active: false } }, admin)],
      ["deleted", (id) => people.ok("deleteUser", { params: { id } }, admin)],
      ["logged out", (id) => people.ok("endUserSessions", { params: { id } }, admin)],
      ["without his second factor", (id) => people.ok("resetSecondFactor", { params: { id } }, admin)],
    ];
    for (const [what, end] of cut) {
      const { user, token } = await one();
      expect([what, await works(token)]).toEqual([what, 200]);
      await end(user.id);
      expect([what, await works(token)]).toEqual([what, 401]);
    }
    const { user, token } = await one();
    await people.ok("updateUser", { params: { id: user.id }, body: { endsAt: inFuture(10 * 60_000) } }, admin);
    expect(await works(token)).toBe(200);
    people.advance(11 * 60_000);
    expect(await works(token)).toBe(401);
    expectRefusal(await people.tryLogin(user.username), 401, "wrong_password");
    expect((await get(user.id)).body.state).toBe("ended");
  });

  test("is by his new role and scope", async () => {
    const { user, token } = await people.person(line.reseller.id, "admin");
    await people.ok("updateUser", { params: { id: user.id }, body: { role: "viewer" } });
    expectRefusal(await people.call("listUsers", {}, { token }), 403, "forbidden");
    expect(await works(token)).toBe(200);
    await people.ok("updateUser", { params: { id: user.id }, body: { customerId: line["end-customer"].id } });
    expect(await works(token)).toBe(401);
    const { token: anew } = await people.login(user.username);
    expect((await people.ok("me", {}, { token: anew })).scope.id).toBe(line["end-customer"].id);
    expectRefusal(
      await people.call("getCustomer", { params: { id: line.reseller.id } }, { token: anew }),
      404,
      "not_found",
    );
    const { items } = await people.ok("listUsers", { query: { customerId: line["end-customer"].id } });
    expect(items).toContainEqual(expect.objectContaining({ id: user.id }));
  });

  test("is refused where his customer is deleted", async () => {
    const customer = await people.create(line.reseller.id, { level: "end-customer" });
    const { token } = await people.person(customer.id, "admin");
    expect(await works(token)).toBe(200);
    await people.ok("deleteCustomer", { params: { id: customer.id }, query: { confirm: customer.name } });
    expect(await works(token)).toBe(401);
  });
});

test("no password, code or hash is shown, and none stands in the table in clear", async () => {
  const { user, code } = await people.invited(other.distributor.id, "viewer");
  const text = JSON.stringify(await dump(people.table));
  // The whole table is too long to be shown.
  expect([user.id, code.slice(-43), userPassword].map((part) => text.includes(part))).toEqual([true, false, false]);
  for (const { status, body } of [await get(user.id)]) {
    expect(status).toBe(200);
    expect(Object.keys(body).filter((name) => /hash|secret|seed|generation|ancestors|totpStep/i.test(name))).toEqual(
      [],
    );
  }
});

test("the provider keeps an administrator, also where two are removed at a time", async () => {
  const provider = people.provider.id;
  const [one, two] = [await people.person(provider, "admin"), await people.person(provider, "admin")];
  // As long as there is the first key, it stands in for everybody.
  const keys = (await people.ok("listApiKeys", { query: { customerId: provider } })).items as {
    id: string;
    role: string;
    state: string;
  }[];
  for (const { id, role, state } of keys)
    if (role === "admin" && state === "active")
      await people.ok("revokeApiKey", { params: { id } }, one).catch(() => undefined);
  const outcomes = await Promise.all([
    people.call("deleteUser", { params: { id: two.user.id } }, one),
    people.call("updateUser", { params: { id: one.user.id }, body: { role: "viewer" } }, two),
  ]);
  expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(outcomes.find(({ status }) => status !== 200)?.body.code).toMatch(/^(last_admin|unauthenticated|forbidden)$/);
});
