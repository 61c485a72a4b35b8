import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { softwareAuthenticator, type Untruth } from "../../support/authenticator.ts";
import { expectRefusal } from "../stages/book.ts";
import { ownOrigin, withPasskeys } from "../stages/passkeys.ts";
import { openPeople, type People, userPassword } from "../stages/people.ts";

let people: People;
let passkeys: ReturnType<typeof withPasskeys>;
let line: Awaited<ReturnType<People["line"]>>;
beforeAll(async () => {
  people = await openPeople();
  passkeys = withPasskeys(people);
  line = await people.line();
});
const minuteMs = 60_000;
const person = (role = "viewer") => people.person(line.reseller.id, role);
/** What a refusal says, whoever asked. */
const said = ({ status, body }: Reply) => ({ status, body: { ...body, requestId: "" } });
const accessOf = async (userId: string): Promise<string[]> => {
  const { items } = await people.ok("listAccessLog", { params: { id: line.reseller.id }, query: { limit: "200" } });
  return items
    .filter(({ credential }: { credential: { id: string } | null }) => credential?.id === userId)
    .map(({ type, reason }: { type: string; reason: string | null }) => `${type} ${reason ?? ""}`.trim());
};

describe("a login with a passkey", () => {
  test("needs neither a name nor a password, and no code beside it", async () => {
    const one = await person("admin");
    const { authenticator } = await passkeys.add(one);
    const { seed } = await people.withApp(one);
    const options = await passkeys.loginOptions();
    expect(options).toMatchObject({ rpId: "api.tenantry.example", allowCredentials: [], userVerification: "required" });
    const { status, body } = await passkeys.login(authenticator.get(options));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: "user",
      token: expect.stringMatching(/^ts_/),
      knownClientToken: expect.stringMatching(/^tn_/),
      mustDo: null,
      account: null,
      user: { id: one.user.id, secondFactor: { totp: true, passkeys: 1, recoveryCodesLeft: 10 } },
    });
    expect(body.user.lastLoginAt).toEqual(expect.any(String));
    expect((await people.ok("me", {}, body)).id).toBe(one.user.id);
    expect((await people.ok("listPasskeys", {}, body)).items[0].lastUsedAt).toEqual(expect.any(String));
    // It is fresh: dangerous changes follow at once.
    const key = { body: { customerId: line.reseller.id, role: "viewer", name: "K" } };
    expect((await people.ok("createApiKey", key, body)).createdBy).toBe(one.user.id);
    const known = { knownClientToken: body.knownClientToken };
    expect((await passkeys.loginBy(authenticator, {}, known)).body.knownClientToken).toBeNull();
    // The app goes on to work beside the password.
    people.advance(31_000);
    await people.login(one.user.username, { code: people.totp(seed) });
    await expect.poll(() => accessOf(one.user.id), { timeout: 10_000 }).toContain("LoginSucceeded");
  });

  test("puts the token into a cookie where a browser asks for that", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one, { counts: false });
    const { body, cookies = [] } = await passkeys.loginBy(authenticator, {}, { session: "cookie" });
    expect(body.token).toBeNull();
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-tenantry=ts_\S+; Path=\/; Secure; HttpOnly; SameSite=Strict$/),
    ]);
    const cookie = cookies[0]?.split(";")[0] ?? "";
    expect((await people.call("me", {}, { token: null, cookies: [cookie] })).body.id).toBe(one.user.id);
  });

  test("is refused alike with whatever is untrue", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    const another = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const handleOf = (id: string): string => Buffer.from(id).toString("base64url");
    const stranger = softwareAuthenticator(ownOrigin);
    const unknown = said(await passkeys.loginBy(stranger));
    expect([unknown.status, unknown.body.code]).toEqual([401, "wrong_passkey"]);
    const untruths: Record<string, Untruth> = {
      "another origin": { origin: "https://api.tenantry.example.evil.example" },
      "another RP id": { rpId: "tenantry.example" },
      "another challenge": { challenge: "A".repeat(43) },
      "another kind of ceremony": { type: "webauthn.create" },
      "a page that another site has embedded": { crossOrigin: true },
      "nobody at the authenticator": { absent: true },
      "another key": { key: another },
      "another passkey": { id: stranger.credentialId },
      "no user": { userHandle: "" },
      "an unknown user": { userHandle: handleOf("usr_00000000000000000000000000") },
      "another user": { userHandle: handleOf((await person()).user.id) },
      "a user's id of another form": { userHandle: handleOf(line.reseller.id) },
      "a handle that is no text": { userHandle: "____" },
    };
    for (const [what, untruth] of Object.entries(untruths)) {
      expect([what, said(await passkeys.loginBy(authenticator, untruth))]).toEqual([what, unknown]);
      expect([what, (await passkeys.loginBy(authenticator)).status]).toEqual([what, 200]);
    }
    const unverified = await passkeys.add(one, { verifies: false });
    expect(said(await passkeys.loginBy(unverified.authenticator))).toEqual(unknown);
    await expect.poll(() => accessOf(one.user.id), { timeout: 10_000 }).toContain("LoginFailed wrong_passkey");
  });

  test("counts once, for five minutes, and for no other ceremony", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    const options = await passkeys.loginOptions();
    const response = authenticator.get(options);
    const replies = await Promise.all([passkeys.login(response), passkeys.login(response)]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    expectRefusal(await passkeys.login(response), 401, "wrong_passkey");
    // Neither does the challenge of a proof log anybody in, nor that of a login prove anything.
    expectRefusal(await passkeys.login(authenticator.get(await passkeys.proofOptions(one))), 401, "wrong_passkey");
    const forLogin = authenticator.get(await passkeys.loginOptions());
    expectRefusal(await passkeys.prove(one, forLogin), 401, "wrong_passkey");
    const late = await passkeys.loginOptions();
    people.advance(5 * minuteMs);
    expectRefusal(await passkeys.login(authenticator.get(late)), 401, "wrong_passkey");
  });

  test("writes nothing and uses nothing up where it is rehearsed", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    const response = authenticator.get(await passkeys.loginOptions());
    const request = { query: { dryRun: "true" }, body: { response } };
    const rehearsed = await people.call("loginWithPasskey", request, { token: null });
    expect(rehearsed.status).toBe(200);
    expect((await people.call("me", {}, rehearsed.body)).status).toBe(401);
    expect((await passkeys.login(response)).status).toBe(200);
  });

  test("lets nobody in who has no access any more, as if he were unknown", async () => {
    const unknown = said(await passkeys.loginBy(softwareAuthenticator(ownOrigin)));
    const tomorrow = new Date(people.now() + 24 * 60 * minuteMs).toISOString();
    const endings: Record<string, (id: string) => Promise<unknown>> = {
      disabled: (id) => people.ok("updateUser", { params: { id }, body: { active: false } }),
      deleted: (id) => people.ok("deleteUser", { params: { id } }),
      "without a second factor": (id) => people.ok("resetSecondFactor", { params: { id } }),
      async ended(id) {
        await people.ok("updateUser", { params: { id }, body: { endsAt: tomorrow } });
        people.advance(25 * 60 * minuteMs);
      },
    };
    for (const [how, end] of Object.entries(endings)) {
      const one = await person();
      const { authenticator } = await passkeys.add(one);
      expect([how, (await passkeys.loginBy(authenticator)).status]).toEqual([how, 200]);
      await end(one.user.id);
      expect([how, said(await passkeys.loginBy(authenticator))]).toEqual([how, unknown]);
      // Not even a copy is told of.
      expect([how, said(await passkeys.loginBy(authenticator, { counter: 1 }))]).toEqual([how, unknown]);
    }
  });

  test("is refused and noted where the authenticator has counted backwards", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    expect((await passkeys.loginBy(authenticator, { counter: 9 })).status).toBe(200);
    expectRefusal(await passkeys.loginBy(authenticator, { counter: 9 }), 401, "passkey_copied");
    expect((await passkeys.loginBy(authenticator, { counter: 10 })).status).toBe(200);
    await expect.poll(() => accessOf(one.user.id), { timeout: 10_000 }).toContain("LoginFailed passkey_copied");
  });

  test("may fail a hundred times from one address, and asks for three hundred challenges there", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    const wrong = softwareAuthenticator(ownOrigin).get(await passkeys.loginOptions());
    const there = { sourceIp: "198.51.100.200" };
    for (let nth = 0; nth < 100; nth += 1) expectRefusal(await passkeys.login(wrong, {}, there), 401, "wrong_passkey");
    expectRefusal(await passkeys.login(wrong, {}, there), 429, "rate_limited");
    expect((await passkeys.loginBy(authenticator)).status).toBe(200);
    const ask = () => people.call("startPasskeyLogin", { body: {} }, { token: null, ...there });
    for (let nth = 0; nth < 300; nth += 1) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expectRefusal(refused, 429, "rate_limited");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    people.advance(16 * minuteMs);
    expect((await ask()).status).toBe(200);
  });
});

describe("a passkey beside a password", () => {
  const beside = (username: string, password = userPassword) => ({ username, password });

  test("is asked for where a user has no other second factor, and need not be verified", async () => {
    const one = await person();
    const { username } = one.user;
    const { authenticator } = await passkeys.add(one, { verifies: false });
    const asked = await people.tryLogin(username);
    expectRefusal(asked, 401, "code_required");
    expect(asked.body.detail).toContain("POST /v1/login/passkey");
    expectRefusal(await people.tryLogin(username, { code: "123456" }), 401, "wrong_code");
    const options = await people.ok("startPasskeyLogin", { body: { withPassword: true } }, { token: null });
    expect(options.userVerification).toBe("preferred");
    const { body, status } = await passkeys.login(authenticator.get(options), beside(username));
    expect([status, body.user?.id, body.mustDo]).toEqual([200, one.user.id, null]);
  });

  test("counts for nothing beside a wrong password, or another user's name", async () => {
    const [one, two] = [await person(), await person()];
    const { authenticator } = await passkeys.add(one);
    await passkeys.add(two);
    const wrong = await passkeys.loginBy(authenticator, {}, beside(one.user.username, "wrong"));
    expectRefusal(wrong, 401, "wrong_password");
    expect(said(await passkeys.loginBy(authenticator, {}, beside("nobody.at.all")))).toEqual(said(wrong));
    expectRefusal(await passkeys.loginBy(authenticator, {}, beside(two.user.username)), 401, "wrong_passkey");
    await people.ok("updateUser", { params: { id: one.user.id }, body: { active: false } });
    expect(said(await passkeys.loginBy(authenticator, {}, beside(one.user.username)))).toEqual(said(wrong));
    await expect.poll(() => accessOf(two.user.id), { timeout: 10_000 }).toContain("SecondFactorFailed wrong_passkey");
  });

  test("is refused where a name comes without a password, or the other way round", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    for (const half of [{ username: one.user.username }, { password: userPassword }])
      expectRefusal(await passkeys.loginBy(authenticator, {}, half), 400, "invalid_request");
  });

  test("is guessed at five times", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    const there = { sourceIp: "192.0.2.200" };
    const guess = (password: string) => passkeys.loginBy(authenticator, {}, beside(one.user.username, password), there);
    for (let nth = 0; nth < 5; nth += 1) expectRefusal(await guess("wrong"), 401, "wrong_password");
    expectRefusal(await guess(userPassword), 429, "rate_limited");
    // A passkey by itself is no guess at the name.
    expect((await passkeys.loginBy(authenticator, {}, {}, there)).status).toBe(200);
  });
});

describe("a passkey as the second factor", () => {
  test("satisfies a level that demands one, until the last is removed", async () => {
    const branch = await people.line();
    const body = { access: { secondFactor: "required" } };
    await people.ok("updateSettings", { params: { id: branch.distributor.id }, body });
    const one = await people.person(branch["end-customer"].id, "admin");
    const refused = await people.call("me", {}, one);
    expectRefusal(refused, 403, "second_factor_required");
    expect(refused.body.detail).toContain("POST /v1/me/passkey/options");
    const { authenticator, passkey } = await passkeys.add(one);
    expect((await people.call("me", {}, one)).status).toBe(200);
    const login = await passkeys.loginBy(authenticator);
    expect(login.body.mustDo).toBeNull();
    expect((await people.call("me", {}, login.body)).status).toBe(200);
    await people.ok("deletePasskey", { params: { id: passkey.id } }, one);
    expectRefusal(await people.call("me", {}, one), 403, "second_factor_required");
    expect(await people.login(one.user.username)).toMatchObject({ mustDo: "set_up_second_factor" });
  });

  test("has recovery codes, which go with the last second factor", async () => {
    const one = await person();
    const { username } = one.user;
    const codesLeft = async () =>
      (await people.ok("getUser", { params: { id: one.user.id } })).secondFactor.recoveryCodesLeft;
    expectRefusal(await people.call("renewRecoveryCodes", {}, one), 422, "not_applicable");
    const { passkey } = await passkeys.add(one);
    const { recoveryCodes } = await people.ok("renewRecoveryCodes", {}, one);
    const [first = "", second = ""] = recoveryCodes;
    expect((await people.login(username, { code: first })).user).toMatchObject({
      secondFactor: { totp: false, passkeys: 1, recoveryCodesLeft: 9 },
    });
    expectRefusal(await people.tryLogin(username, { code: first }), 401, "wrong_code");
    await people.ok("prove", { body: { code: second } }, one);
    expect(await codesLeft()).toBe(8);
    // The app brings codes of its own; without it those go on to stand in for the passkey.
    await people.withApp(one);
    expect((await people.ok("removeTotp", {}, one)).secondFactor).toEqual({
      totp: false,
      passkeys: 1,
      recoveryCodesLeft: 10,
    });
    await people.ok("deletePasskey", { params: { id: passkey.id } }, one);
    expect(await codesLeft()).toBe(0);
    await people.login(username);
  });

  test("is removed together with the app by an administrator, who ends the sessions too", async () => {
    const [one, admin] = [await person(), await person("admin")];
    const { authenticator } = await passkeys.add(one);
    await passkeys.add(one);
    await people.withApp(one);
    const reset = await people.ok("resetSecondFactor", { params: { id: one.user.id } }, admin);
    expect(reset.secondFactor).toEqual({ totp: false, passkeys: 0, recoveryCodesLeft: 0 });
    expect((await people.call("listPasskeys", {}, one)).status).toBe(401);
    expectRefusal(await passkeys.loginBy(authenticator), 401, "wrong_passkey");
    const again = await people.login(one.user.username);
    expect((await people.ok("listPasskeys", {}, again)).items).toEqual([]);
    const query = { limit: "100", type: "SecondFactorRemoved" };
    const { items } = await people.ok("listLog", { params: { id: line.reseller.id }, query });
    const removed = items.find(({ node }: { node: { id: string } }) => node.id === one.user.id);
    const gone = { path: "passkey", before: "Key", after: null };
    expect([removed.actor.id, removed.changes]).toEqual([admin.user.id, [gone, gone]]);
    await passkeys.add(admin);
    expectRefusal(await people.call("resetSecondFactor", { params: { id: admin.user.id } }, admin), 409, "own_access");
  });
});
