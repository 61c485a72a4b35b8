import { beforeAll, describe, expect, test } from "vitest";
import { dump } from "../../model/invariants.ts";
import { expectRefusal } from "../stages/book.ts";
import { type LoggedIn, openPeople, type People, userPassword } from "../stages/people.ts";

let people: People;
let line: Awaited<ReturnType<People["line"]>>;
beforeAll(async () => {
  people = await openPeople();
  line = await people.line();
});
const minuteMs = 60_000;
const statusOf = async (token: string): Promise<number> => (await people.call("me", {}, { token })).status;
const person = (role = "viewer", more: object = {}) => people.person(line.reseller.id, role, more);

describe("a session", () => {
  test("ends after an hour without use, and goes on for twelve with it", async () => {
    const idle = await person();
    people.advance(61 * minuteMs);
    expect(await statusOf(idle.token)).toBe(401);
    const busy = await people.login(idle.user.username);
    for (let passed = 0; passed + 50 < 12 * 60; passed += 50) {
      people.advance(50 * minuteMs);
      expect([passed, await statusOf(busy.token)]).toEqual([passed, 200]);
    }
    people.advance(50 * minuteMs);
    expect(await statusOf(busy.token)).toBe(401);
  });

  test("is listed, and ended by its user or by logging out; sessions of others are unknown", async () => {
    const one = await person();
    const two = await people.login(one.user.username);
    const { items } = await people.ok("listSessions", {}, one);
    expect(items).toHaveLength(2);
    expect(items.map(({ current }: { current: boolean }) => current)).toEqual([true, false]);
    const admin = await person("admin");
    expect((await people.ok("listUserSessions", { params: { id: one.user.id } }, admin)).items).toHaveLength(2);
    const own = (await people.ok("listSessions", {}, admin)).items[0];
    expectRefusal(await people.call("endSession", { params: { id: own.id } }, one), 404, "not_found");
    expect(await statusOf(admin.token)).toBe(200);
    await people.ok("endSession", { params: { id: items[1].id } }, one);
    expect([await statusOf(two.token), await statusOf(one.token)]).toEqual([401, 200]);
    expect(await people.ok("logout", {}, one)).toEqual({ loggedOut: true });
    expect(await statusOf(one.token)).toBe(401);
  });

  test("is no use where its secret is another, or it is another user's", async () => {
    const [one, two] = [await person(), await person()];
    const [head, secret] = [one.token.slice(0, -43), one.token.slice(-43)];
    for (const token of [
      `${head}${secret.replace(/^./, (first) => (first === "A" ? "B" : "A"))}`,
      `ts_${two.token.slice(3, 29)}${one.token.slice(29)}`,
      one.token.slice(0, -1),
      `${one.token} `.repeat(2),
    ])
      expect((await people.call("me", {}, { token })).status).toBe(401);
  });

  test("tells its user who he is, and the branding that holds for him", async () => {
    const branch = await people.line();
    const branding = { color: "#1a7f5a", supportUrl: "https://help.example.com" };
    await people.ok("updateCustomer", { params: { id: branch.distributor.id }, body: { branding } });
    const { user } = await people.person(branch.reseller.id, "viewer");
    const session = (await people.login(user.username)) as LoggedIn;
    const shown = await people.ok("me", {}, session);
    expect(shown).toMatchObject({ kind: "user", role: "viewer", account: null, branding });
    expect(shown.user).toEqual({ ...(await people.ok("getUser", { params: { id: user.id } })), createdBy: null });
  });

  test("does not let a key into what a person does for himself", async () => {
    for (const operation of ["listSessions", "logout", "startTotp"] as const)
      expectRefusal(await people.call(operation), 401, "unauthenticated");
  });

  test("ends with a new password everywhere but where it was chosen", async () => {
    const one = await person();
    const two = await people.login(one.user.username);
    const change = (password: string, newPassword: string) =>
      people.call("changeOwnPassword", { body: { password, newPassword } }, one);
    expectRefusal(await change("wrong", "a harbour full of cranes"), 401, "wrong_password");
    expectRefusal(await change(userPassword, "short"), 422, "password_too_weak");
    expectRefusal(await change(userPassword, userPassword), 422, "password_too_weak");
    expect((await change(userPassword, "a harbour full of cranes")).status).toBe(200);
    expect([await statusOf(one.token), await statusOf(two.token)]).toEqual([200, 401]);
    expectRefusal(await people.tryLogin(one.user.username), 401, "wrong_password");
    await people.login(one.user.username, { password: "a harbour full of cranes" });
  });
});

describe("a session in a cookie", () => {
  const cookieOf = async (username: string): Promise<string> => {
    const reply = await people.tryLogin(username, { session: "cookie" });
    expect(reply.body.token).toBeNull();
    const [cookie = ""] = reply.cookies;
    expect(cookie).toMatch(/^__Host-tenantry=ts_[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    return cookie.split(";")[0] ?? "";
  };
  const send = (operation: "me" | "updateCustomer", cookie: string, headers: Record<string, string> = {}) =>
    people.call(operation, operation === "me" ? {} : { params: { id: line.reseller.id }, body: { notes: "seen" } }, {
      token: null,
      cookies: [cookie],
      headers: { host: "console.example", ...headers },
    });

  test("is as good as a bearer token for reading, and for changes from the own pages only", async () => {
    const { user } = await person("admin");
    const cookie = await cookieOf(user.username);
    expect((await send("me", cookie)).status).toBe(200);
    const own = [
      { "sec-fetch-site": "same-origin", origin: "https://console.example" },
      { "sec-fetch-site": "same-origin" },
      { origin: "https://console.example" },
    ];
    for (const headers of own) expect((await send("updateCustomer", cookie, headers)).status).toBe(200);
    const foreign: Record<string, string>[] = [
      {},
      { origin: "null" },
      { origin: "https://evil.example" },
      { origin: "https://console.example.evil.example" },
      { origin: "https://console.example/", "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "cross-site", origin: "https://console.example" },
      { "sec-fetch-site": "same-site", origin: "https://console.example" },
      { "sec-fetch-site": "none" },
      { "sec-fetch-site": "same-origin", origin: "https://evil.example" },
    ];
    for (const headers of foreign)
      expectRefusal(await send("updateCustomer", cookie, headers), 403, "cross_site_request");
  });

  test("does not count beside a header, nor twice, and goes with the logout", async () => {
    const { user } = await person();
    const cookie = await cookieOf(user.username);
    const headers = { authorization: "Bearer nonsense" };
    expect((await send("me", cookie, headers)).status).toBe(401);
    const twice = await people.call("me", {}, { token: null, cookies: [cookie, cookie] });
    expect(twice.status).toBe(401);
    const left = await people.call(
      "logout",
      {},
      {
        token: null,
        cookies: [cookie],
        headers: { "sec-fetch-site": "same-origin" },
      },
    );
    expect(left.cookies).toEqual(["__Host-tenantry=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"]);
    expect((await send("me", cookie)).status).toBe(401);
  });
});

describe("a second factor", () => {
  test("is asked for with the password, and no code counts twice", async () => {
    const one = await person("admin");
    const { seed, recoveryCodes } = await people.withApp(one);
    expect(recoveryCodes).toHaveLength(10);
    expectRefusal(await people.tryLogin(one.user.username), 401, "code_required");
    expectRefusal(await people.tryLogin(one.user.username, { password: "wrong" }), 401, "wrong_password");
    // The code that set the app up is used.
    expectRefusal(await people.tryLogin(one.user.username, { code: people.totp(seed) }), 401, "wrong_code");
    people.advance(31_000);
    const code = people.totp(seed);
    const replies = await Promise.all(
      [1, 2, 3].map((nth) => people.tryLogin(one.user.username, { code }, { sourceIp: `192.0.2.2${nth}` })),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401, 401]);
    for (const { status, body } of replies) if (status !== 200) expect(body.code).toBe("wrong_code");
    const [first = ""] = recoveryCodes;
    expect((await people.login(one.user.username, { code: first.toUpperCase() })).user).toMatchObject({
      secondFactor: { totp: true, recoveryCodesLeft: 9 },
    });
    expectRefusal(await people.tryLogin(one.user.username, { code: first }), 401, "wrong_code");
    expect(JSON.stringify(await dump(people.table)).includes(seed)).toBe(false);
  });

  test("can be removed and set up again, with a fresh proof", async () => {
    const one = await person();
    const { seed, recoveryCodes } = await people.withApp(one);
    expectRefusal(await people.call("startTotp", {}, one), 422, "not_applicable");
    people.advance(11 * minuteMs);
    for (const operation of ["removeTotp", "renewRecoveryCodes"] as const)
      expectRefusal(await people.call(operation, {}, one), 403, "proof_required");
    expectRefusal(await people.call("prove", { body: { code: "000000" } }, one), 401, "wrong_code");
    expectRefusal(await people.call("prove", { body: { password: "wrong" } }, one), 401, "wrong_password");
    expectRefusal(await people.call("prove", { body: {} }, one), 400, "invalid_request");
    await people.ok("prove", { body: { code: people.totp(seed) } }, one);
    const anew = await people.ok("renewRecoveryCodes", {}, one);
    expect(anew.recoveryCodes.filter((code: string) => recoveryCodes.includes(code))).toEqual([]);
    expect((await people.ok("removeTotp", {}, one)).secondFactor).toEqual({
      totp: false,
      recoveryCodesLeft: 0,
      passkeys: 0,
    });
    expectRefusal(await people.call("removeTotp", {}, one), 422, "not_applicable");
    await people.login(one.user.username);
  });

  test("is demanded by a level for its branch, which no level below can lift", async () => {
    const branch = await people.line();
    const access = (id: string, secondFactor: string | null) =>
      people.ok("updateSettings", { params: { id }, body: { access: { secondFactor } } });
    await access(branch.distributor.id, "required");
    await access(branch.reseller.id, "optional");
    const { user } = await people.person(branch["end-customer"].id, "admin");
    const session = (await people.login(user.username)) as LoggedIn & { mustDo: string };
    expect(session.mustDo).toBe("set_up_second_factor");
    expectRefusal(await people.call("me", {}, session), 403, "second_factor_required");
    expectRefusal(await people.call("listCustomers", {}, session), 403, "second_factor_required");
    const { seed } = await people.withApp(session);
    expect((await people.call("me", {}, session)).status).toBe(200);
    people.advance(31_000);
    expect(await people.login(user.username, { code: people.totp(seed) })).toMatchObject({ mustDo: null });
    const above = await people.person(branch.distributor.id, "admin");
    const app = await people.withApp(above);
    expect(app.recoveryCodes).toHaveLength(10);
    await people.ok("resetSecondFactor", { params: { id: user.id } }, above);
    expect(await people.login(user.username)).toMatchObject({ mustDo: "set_up_second_factor" });
  });

  test("is demanded of who is logged in already, with the next request, and not any more once the demand is lifted", async () => {
    const branch = await people.line();
    const demand = (id: string, secondFactor: string | null) =>
      people.ok("updateSettings", { params: { id }, body: { access: { secondFactor } } });
    const scopeId = branch["end-customer"].id;
    const [one, other] = [await people.person(scopeId, "admin"), await people.person(scopeId, "admin")];
    await people.withApp(other);
    const change = { params: { id: scopeId }, body: { city: "Bern" } };
    const key = { headers: { "idempotency-key": "before-the-demand" } };
    const changed = await people.ok("updateCustomer", change, { ...one, ...key });
    await demand(branch.distributor.id, "required");
    const refused = async (operation: Parameters<People["call"]>[0], request = {}, options = {}) =>
      expectRefusal(await people.call(operation, request, { ...one, ...options }), 403, "second_factor_required");
    await refused("me");
    await refused("getCustomer", { params: { id: scopeId } });
    await refused("getCustomer", { params: { id: branch.reseller.id } });
    await refused("listPlans");
    await refused("listUsers");
    await refused("updateCustomer", { params: { id: scopeId }, body: { city: "Basel" } });
    // What was answered before is not told again either.
    await refused("updateCustomer", change, key);
    expect((await people.call("me", {}, other)).status).toBe(200);
    expect((await people.call("listSessions", {}, one)).status).toBe(200);
    expect((await people.ok("getCustomer", { params: { id: scopeId } })).version).toBe(changed.version);
    await demand(branch.distributor.id, null);
    expect((await people.call("me", {}, one)).status).toBe(200);
    await demand(branch.reseller.id, "required");
    await refused("me");
    await people.withApp(one);
    expect((await people.call("me", {}, one)).status).toBe(200);
  });
});

test("dangerous changes ask a user for a fresh proof, and a key for none", async () => {
  const one = await person("admin");
  const customer = await people.create(line.reseller.id, { level: "end-customer" });
  people.advance(11 * minuteMs);
  const asked = { params: { id: customer.id }, query: { confirm: customer.name } };
  expectRefusal(await people.call("deleteCustomer", asked, one), 403, "proof_required");
  const key = { body: { customerId: line.reseller.id, role: "viewer", name: "K" } };
  expectRefusal(await people.call("createApiKey", key, one), 403, "proof_required");
  await people.ok("prove", { body: { password: userPassword } }, one);
  expect((await people.ok("createApiKey", key, one)).createdBy).toBe(one.user.id);
  await people.ok("deleteCustomer", asked, one);
  await people.ok("restoreCustomer", { params: { id: customer.id } });
  await people.ok("deleteCustomer", asked);
});

describe("whoever guesses", () => {
  const guess = (username: string, sourceIp: string, more: object = {}) =>
    people.tryLogin(username, { password: "wrong", ...more }, { sourceIp });

  test("has five attempts a name and address; an unknown name is answered alike", async () => {
    const { user } = await person();
    for (const username of [user.username, "nobody.at.all"]) {
      for (let nth = 0; nth < 5; nth += 1) expectRefusal(await guess(username, "192.0.2.10"), 401, "wrong_password");
      const refused = await guess(username, "192.0.2.10");
      expectRefusal(refused, 429, "rate_limited");
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    }
    const [known, unknown] = [await guess(user.username, "192.0.2.11"), await guess("nobody.else", "192.0.2.11")];
    expect({ ...known.body, requestId: "" }).toEqual({ ...unknown.body, requestId: "" });
    // The victim comes from elsewhere.
    expect((await people.tryLogin(user.username, {}, { sourceIp: "192.0.2.12" })).status).toBe(200);
  });

  test("from many addresses stops strangers, but not a client that is known, nor who has a code", async () => {
    const { user, knownClientToken } = await person();
    const other = await person();
    const attack = async (username: string) => {
      for (let nth = 0; nth < 50; nth += 1) {
        const { status } = await guess(username, `198.51.100.${Math.floor(nth / 4)}`);
        expect([nth, status]).toEqual([nth, 401]);
      }
      expectRefusal(await guess(username, "198.51.100.99"), 429, "rate_limited");
    };
    await attack(user.username);
    const there = { sourceIp: "203.0.113.1" };
    expectRefusal(await people.tryLogin(user.username, {}, there), 429, "rate_limited");
    expectRefusal(
      await people.tryLogin(user.username, { knownClientToken: other.knownClientToken }, there),
      429,
      "rate_limited",
    );
    const known = await people.tryLogin(user.username, { knownClientToken }, there);
    expect([known.status, known.body.knownClientToken]).toEqual([200, null]);
    // A password that is chosen anew gives all attempts back.
    await people.ok("requestPasswordReset", { body: { username: user.username } }, { token: null, ...there });
    const body = { code: await people.codeFor(user.email), newPassword: "a harbour full of cranes" };
    expect(await people.ok("completePasswordReset", { body }, { token: null })).toEqual({ username: user.username });
    expect((await people.tryLogin(user.username, { password: "a harbour full of cranes" }, there)).status).toBe(200);
    const third = await person();
    const { seed } = await people.withApp(third);
    await attack(third.user.username);
    people.advance(31_000);
    expect((await people.tryLogin(third.user.username, { code: people.totp(seed) }, there)).status).toBe(200);
  });

  test("asks for another password of a name in vain: the answer tells nothing, and the code works once, for an hour", async () => {
    const { user, token } = await person();
    const ask = (username: string) => people.call("requestPasswordReset", { body: { username } }, { token: null });
    const [known, unknown] = [await ask(user.username), await ask("nobody.here")];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    const code = await people.codeFor(user.email);
    const choose = (given: string, newPassword = "a harbour full of cranes") =>
      people.call("completePasswordReset", { body: { code: given, newPassword } }, { token: null });
    expectRefusal(await choose(code, "short"), 422, "password_too_weak");
    expect((await choose(code)).status).toBe(200);
    expect(await statusOf(token)).toBe(401);
    expectRefusal(await choose(code), 410, "link_invalid");
    await ask(user.username);
    const late = await people.codeFor(user.email);
    people.advance(61 * minuteMs);
    expectRefusal(await choose(late), 410, "link_invalid");
    for (let nth = 0; nth < 12; nth += 1) await choose(late);
    expectRefusal(await choose(late), 429, "rate_limited");
  });
});

test("logins, wrong passwords and wrong codes are in the log of access of the user's customer", async () => {
  const one = await person("admin");
  const { seed } = await people.withApp(one);
  await people.tryLogin(one.user.username, { password: "wrong" }, { sourceIp: "192.0.2.77" });
  people.advance(31_000);
  await people.tryLogin(one.user.username, { code: "000000" }, { sourceIp: "192.0.2.77" });
  await people.login(one.user.username, { code: people.totp(seed) });
  const seen = async (): Promise<string[]> => {
    const { items } = await people.ok("listAccessLog", { params: { id: line.reseller.id }, query: { limit: "200" } });
    return items
      .filter(({ credential }: { credential: { id: string } | null }) => credential?.id === one.user.id)
      .map(({ type }: { type: string }) => type);
  };
  await expect.poll(seen).toEqual(expect.arrayContaining(["LoginSucceeded", "LoginFailed", "SecondFactorFailed"]));
});
