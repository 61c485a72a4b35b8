import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { softwareAuthenticator, type Untruth } from "../../support/authenticator.ts";
import { expectRefusal } from "../stages/book.ts";
import { ownOrigin, withPasskeys } from "../stages/passkeys.ts";
import { openPeople, type People } from "../stages/people.ts";

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

/** The code of a refusal, or else the status. */
const codeOf = async (sent: Promise<Reply>): Promise<string | number> => {
  const { status, body } = await sent;
  return body.code ?? status;
};

/** Answers that are wrong in one thing. */
const untruths: Record<string, Untruth> = {
  "another origin": { origin: "https://api.tenantry.example.evil.example" },
  "the right host without TLS": { origin: "http://api.tenantry.example" },
  "another RP id": { rpId: "tenantry.example" },
  "another challenge": { challenge: "A".repeat(43) },
  "no challenge": { challenge: "" },
  "another kind of ceremony": { type: "payment.get" },
  "a page that another site has embedded": { crossOrigin: true },
  "nobody at the authenticator": { absent: true },
  "another id": { id: "AAAA" },
};

describe("a passkey", () => {
  test("is added, listed, renamed and removed by its user", async () => {
    const one = await person();
    const options = await people.ok("startPasskeyRegistration", {}, one);
    expect(options).toMatchObject({
      rp: { id: "api.tenantry.example", name: expect.any(String) },
      user: { id: Buffer.from(one.user.id).toString("base64url"), name: one.user.username, displayName: "Ann" },
      attestation: "none",
      excludeCredentials: [],
      authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
    });
    const authenticator = softwareAuthenticator(ownOrigin);
    const body = { name: "Yellow key", response: authenticator.create(options) };
    const passkey = await people.ok("createPasskey", { body }, one);
    expect(passkey).toEqual({
      id: expect.stringMatching(/^pky_/),
      version: 1,
      name: "Yellow key",
      synced: false,
      transports: ["usb", "nfc"],
      lastUsedAt: null,
      createdAt: expect.any(String),
      updatedAt: passkey.createdAt,
    });
    const synced = (await passkeys.add(one, { counts: false })).passkey;
    expect(synced.synced).toBe(true);
    expect((await people.ok("listPasskeys", {}, one)).items).toEqual([passkey, synced]);
    const again = await people.ok("startPasskeyRegistration", {}, one);
    expect(again.excludeCredentials[0]).toEqual({
      id: authenticator.credentialId,
      type: "public-key",
      transports: ["usb", "nfc"],
    });
    const taken = { name: "Again", response: authenticator.create(again) };
    expectRefusal(await people.call("createPasskey", { body: taken }, one), 422, "not_applicable");
    const of = { params: { id: passkey.id } };
    const renamed = await people.ok("updatePasskey", { ...of, body: { name: "Blue key" } }, one);
    expect(renamed).toMatchObject({ id: passkey.id, version: 2, name: "Blue key" });
    const stale = { headers: { "if-match": '"1"' }, token: one.token };
    expectRefusal(await people.call("deletePasskey", of, stale), 412, "precondition_failed");
    expect(await people.ok("deletePasskey", of, one)).toEqual(renamed);
    expectRefusal(await people.call("deletePasskey", of, one), 404, "not_found");
    expectRefusal(await people.call("updatePasskey", { ...of, body: {} }, one), 404, "not_found");
    expect((await people.ok("listPasskeys", {}, one)).items).toEqual([synced]);
    expect((await people.ok("getUser", { params: { id: one.user.id } })).secondFactor.passkeys).toBe(1);
    const { items } = await people.ok("listLog", {
      params: { id: line.reseller.id },
      query: { limit: "100" },
    });
    expect(
      items
        .filter(
          ({ type, actor }: { type: string; actor: { id: string } }) =>
            type.startsWith("Passkey") && actor.id === one.user.id,
        )
        .map(({ type, changes: [told] }: { type: string; changes: unknown[] }) => [type, told]),
    ).toEqual([
      ["PasskeyRemoved", { path: "passkey", before: "Blue key", after: null }],
      ["PasskeyUpdated", { path: "passkey", before: "Yellow key", after: "Blue key" }],
      ["PasskeyAdded", { path: "passkey", before: null, after: "Key" }],
      ["PasskeyAdded", { path: "passkey", before: null, after: "Yellow key" }],
    ]);
  });

  test("of somebody else is unknown", async () => {
    const [one, two] = [await person(), await person("admin")];
    const of = { params: { id: (await passkeys.add(one)).passkey.id } };
    expectRefusal(await people.call("deletePasskey", of, two), 404, "not_found");
    expectRefusal(await people.call("updatePasskey", { ...of, body: { name: "Mine" } }, two), 404, "not_found");
    expect((await people.ok("listPasskeys", {}, two)).items).toEqual([]);
  });

  test("is added and removed with a fresh proof only", async () => {
    const one = await person();
    const { passkey } = await passkeys.add(one);
    const options = await people.ok("startPasskeyRegistration", {}, one);
    people.advance(4 * minuteMs);
    expect((await people.call("startPasskeyRegistration", {}, one)).status).toBe(200);
    people.advance(7 * minuteMs);
    const body = { name: "Key", response: softwareAuthenticator(ownOrigin).create(options) };
    expectRefusal(await people.call("createPasskey", { body }, one), 403, "proof_required");
    expectRefusal(await people.call("startPasskeyRegistration", {}, one), 403, "proof_required");
    expectRefusal(await people.call("deletePasskey", { params: { id: passkey.id } }, one), 403, "proof_required");
  });

  test("is one of twenty at most", async () => {
    const one = await person();
    const spare = await people.ok("startPasskeyRegistration", {}, one);
    for (let nth = 0; nth < 20; nth += 1) await passkeys.add(one);
    expectRefusal(await people.call("startPasskeyRegistration", {}, one), 409, "too_many");
    const body = { name: "More", response: softwareAuthenticator(ownOrigin).create(spare) };
    expectRefusal(await people.call("createPasskey", { body }, one), 409, "too_many");
  });
});

describe("a registration", () => {
  test("is refused with what is untrue", async () => {
    const one = await person();
    for (const [what, untruth] of Object.entries(untruths)) {
      const options = await people.ok("startPasskeyRegistration", {}, one);
      const authenticator = softwareAuthenticator(ownOrigin);
      const body = (wrong: Untruth = {}) => ({ body: { name: "Key", response: authenticator.create(options, wrong) } });
      expect([what, await codeOf(people.call("createPasskey", body(untruth), one))]).toEqual([what, "wrong_passkey"]);
      // The challenge is not used up by what was wrong.
      expect([what, await codeOf(people.call("createPasskey", body(), one))]).toEqual([what, 201]);
    }
  });

  test("counts once, for five minutes, for whom it was begun, and for nothing else", async () => {
    const [one, two] = [await person(), await person()];
    const authenticator = softwareAuthenticator(ownOrigin);
    const create = (options: unknown, as = one) => {
      const response = authenticator.create(options as Parameters<typeof authenticator.create>[0]);
      return people.call("createPasskey", { body: { name: "Key", response } }, as);
    };
    const options = await people.ok("startPasskeyRegistration", {}, one);
    expectRefusal(await create(options, two), 401, "wrong_passkey");
    const { passkey } = await passkeys.add(one);
    const { challenge } = await passkeys.proofOptions(one);
    expectRefusal(await create({ ...options, challenge }), 401, "wrong_passkey");
    const { id } = (await create(options)).body;
    await people.ok("deletePasskey", { params: { id } }, one);
    expectRefusal(await create(options), 401, "wrong_passkey");
    const late = await people.ok("startPasskeyRegistration", {}, one);
    people.advance(5 * minuteMs);
    expectRefusal(await create(late), 401, "wrong_passkey");
    expect((await people.ok("listPasskeys", {}, one)).items).toEqual([passkey]);
  });

  test("is refused where the answer cannot be read", async () => {
    const one = await person();
    const options = await people.ok("startPasskeyRegistration", {}, one);
    const right = softwareAuthenticator(ownOrigin).create(options);
    const create = (response: object) => people.call("createPasskey", { body: { name: "Key", response } }, one);
    for (const response of [
      { ...right.response, clientDataJSON: "" },
      { ...right.response, clientDataJSON: Buffer.from("null").toString("base64url") },
      { ...right.response, clientDataJSON: Buffer.from('{"challenge":7}').toString("base64url") },
      { ...right.response, attestationObject: "" },
      { ...right.response, attestationObject: "AAAA" },
      { ...right.response, attestationObject: right.response.attestationObject.slice(0, -8) },
    ])
      expectRefusal(await create({ ...right, response }), 401, "wrong_passkey");
    for (const wrong of [
      { ...right, type: "password" },
      { ...right, id: "a b" },
      { ...right, response: { ...right.response, attestationObject: "ä" } },
      { ...right, response: {} },
    ])
      expectRefusal(await create(wrong), 400, "invalid_request");
    // Fields that browsers may come to send are none of ours.
    expect((await create({ ...right, authenticatorAttachment: "platform", later: { more: 1 } })).status).toBe(201);
  });
});

describe("a proof by a passkey", () => {
  test("is fresh for dangerous changes", async () => {
    const one = await person("admin");
    const { authenticator } = await passkeys.add(one);
    people.advance(11 * minuteMs);
    const key = { body: { customerId: line.reseller.id, role: "viewer", name: "K" } };
    expectRefusal(await people.call("createApiKey", key, one), 403, "proof_required");
    const options = await passkeys.proofOptions(one);
    expect(options).toMatchObject({
      rpId: "api.tenantry.example",
      allowCredentials: [{ id: authenticator.credentialId, type: "public-key", transports: ["usb", "nfc"] }],
    });
    const { body, status } = await passkeys.prove(one, authenticator.get(options));
    expect([status, Math.round((Date.parse(body.provedUntil) - people.now()) / minuteMs)]).toEqual([200, 10]);
    expect((await people.ok("createApiKey", key, one)).createdBy).toBe(one.user.id);
    const [used] = (await people.ok("listPasskeys", {}, one)).items;
    expect(Date.parse(used.lastUsedAt)).toBeGreaterThan(Date.parse(used.createdAt) + 10 * minuteMs);
  });

  test("is refused with what is untrue", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    const another = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    for (const [what, untruth] of Object.entries({ ...untruths, "another key": { key: another } })) {
      const options = await passkeys.proofOptions(one);
      const answer = authenticator.get(options, untruth);
      expect([what, await codeOf(passkeys.prove(one, answer))]).toEqual([what, "wrong_passkey"]);
      expect([what, await codeOf(passkeys.prove(one, authenticator.get(options)))]).toEqual([what, 200]);
      // Five failures in a quarter of an hour are too many.
      people.advance(4 * minuteMs);
    }
  });

  test("counts once, for five minutes, for whom it was begun, and for nothing else", async () => {
    const [one, two] = [await person(), await person()];
    const { authenticator } = await passkeys.add(one);
    const other = await passkeys.add(two);
    const first = await passkeys.proofOptions(one);
    // Another user's passkey, another user's challenge, and a challenge for something else.
    for (const response of [
      other.authenticator.get(first),
      authenticator.get(await passkeys.proofOptions(two)),
      authenticator.get({ ...first, challenge: (await people.ok("startPasskeyRegistration", {}, one)).challenge }),
    ])
      expectRefusal(await passkeys.prove(one, response), 401, "wrong_passkey");
    const response = authenticator.get(first);
    const replies = await Promise.all([passkeys.prove(one, response), passkeys.prove(one, response)]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    people.advance(4 * minuteMs);
    expectRefusal(await passkeys.prove(one, response), 401, "wrong_passkey");
    people.advance(15 * minuteMs);
    const late = await passkeys.proofOptions(one);
    people.advance(5 * minuteMs);
    expectRefusal(await passkeys.prove(one, authenticator.get(late)), 401, "wrong_passkey");
  });

  test("is refused with a key or a name that is not the passkey's, and with one that was removed", async () => {
    const one = await person();
    const { authenticator, passkey } = await passkeys.add(one);
    const spare = await passkeys.add(one);
    const options = await passkeys.proofOptions(one);
    const handle = Buffer.from("usr_00000000000000000000000000").toString("base64url");
    expectRefusal(await passkeys.prove(one, authenticator.get(options, { userHandle: handle })), 401, "wrong_passkey");
    const { credentialId: id } = spare.authenticator;
    expectRefusal(await passkeys.prove(one, authenticator.get(options, { id })), 401, "wrong_passkey");
    await people.ok("deletePasskey", { params: { id: passkey.id } }, one);
    expectRefusal(await passkeys.prove(one, authenticator.get(options)), 401, "wrong_passkey");
    expect((await passkeys.prove(one, spare.authenticator.get(options))).status).toBe(200);
    await people.ok("deletePasskey", { params: { id: spare.passkey.id } }, one);
    expectRefusal(await people.call("startPasskeyProof", {}, one), 422, "not_applicable");
  });

  test("is refused and noted where the authenticator has counted backwards", async () => {
    const one = await person("admin");
    const { authenticator } = await passkeys.add(one);
    const prove = async (counter?: number) =>
      passkeys.prove(
        one,
        authenticator.get(await passkeys.proofOptions(one), counter === undefined ? {} : { counter }),
      );
    expect((await prove(7)).status).toBe(200);
    for (const counter of [7, 3, 0]) expectRefusal(await prove(counter), 401, "passkey_copied");
    expect((await prove(8)).status).toBe(200);
    const platform = await passkeys.add(one, { counts: false });
    for (let nth = 0; nth < 2; nth += 1)
      expect((await passkeys.prove(one, platform.authenticator.get(await passkeys.proofOptions(one)))).status).toBe(
        200,
      );
    const seen = async (): Promise<string[]> => {
      const { items } = await people.ok("listAccessLog", { params: { id: line.reseller.id }, query: { limit: "200" } });
      return items
        .filter(({ credential }: { credential: { id: string } | null }) => credential?.id === one.user.id)
        .map(({ type, reason }: { type: string; reason: string }) => `${type} ${reason}`);
    };
    await expect.poll(seen, { timeout: 10_000 }).toContain("SecondFactorFailed passkey_copied");
  });

  test("may fail five times in a quarter of an hour, and still succeed", async () => {
    const one = await person();
    const { authenticator } = await passkeys.add(one);
    const options = await passkeys.proofOptions(one);
    const wrong = authenticator.get(options, { challenge: "B".repeat(43) });
    for (let nth = 0; nth < 5; nth += 1) expectRefusal(await passkeys.prove(one, wrong), 401, "wrong_passkey");
    expectRefusal(await passkeys.prove(one, wrong), 429, "rate_limited");
    expect((await passkeys.prove(one, authenticator.get(options))).status).toBe(200);
  });
});
