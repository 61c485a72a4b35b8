import { argon2 } from "node:crypto";
import { ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { goodPassword, openPost, type Post } from "../stages/post.ts";

vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  return { ...crypto, argon2: vi.fn(crypto.argon2) };
});
const derivations = vi.mocked(argon2);

let post: Post;
let reseller: Post["provider"];
const said: string[] = [];
beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
  post = await openPost({ LOG_LEVEL: "DEBUG" });
  reseller = await post.create(post.provider.id, { level: "reseller" });
});
beforeEach(() => {
  derivations.mockClear();
});

const windowMs = 15 * 60_000;
const newPassword = "nor will they guess that";
const account = async (more: object = {}) => post.account((await post.create(reseller.id)).id, more);
const change = (username: string, password: string, next = newPassword, query: Record<string, string> = {}) =>
  post.call("changePassword", { body: { username, password, newPassword: next }, query }, { token: null });
const fail = (username: string, password = "a wrong password") => change(username, password, "what a guesser wants");
const get = (id: string) => post.ok("getAccount", { params: { id } });
const item = async ({ id, customerId }: { id: string; customerId: string }) => {
  const { documents, tableName } = post.table;
  const Key = { pk: customerId, sk: `account#/${id}` };
  return (await documents.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item ?? {};
};
/** An answer as a stranger sees it: all but what tells one request from another. */
const seen = ({ status, headers, body }: Reply) => {
  const { "x-request-id": _, "server-timing": __, ...rest } = headers;
  return JSON.stringify({ status, headers: rest, body: { ...body, requestId: "" } });
};
const expectClosed = (reply: Reply): void => {
  expectRefusal(reply, 429, "rate_limited");
  const seconds = Number(reply.headers["retry-after"]);
  expect(seconds).toBeGreaterThan(0);
  // Beside another attempt that began later it may be told of the later one's end.
  expect(seconds).toBeLessThanOrEqual(901);
};
/** Everything that the table holds, as it lies there. */
async function raw(): Promise<string> {
  const pages: string[] = [];
  let ExclusiveStartKey: ScanCommandOutput["LastEvaluatedKey"];
  do {
    const page: ScanCommandOutput = await post.table.client.send(
      new ScanCommand({
        TableName: post.table.tableName,
        ConsistentRead: true,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    pages.push(JSON.stringify(page.Items));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return pages.join("");
}
const formsOf = (secret: string): string[] => [
  secret,
  secret.replaceAll("-", ""),
  Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1),
  Buffer.from(secret).toString("hex"),
  encodeURIComponent(secret),
];

describe("a temporary password (A4)", () => {
  test("comes by mail, has at least 80 bits, and is changed at first use", async () => {
    const made = await account({ password: undefined });
    expect(made.mustChangePassword).toBe(true);
    await post.deliver(made.detailsMailId);
    const temporary = post.passwordIn(made.detailsMailId);
    // 20 of 32 letters: 100 bits.
    expect(temporary).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
    const reply = await change(made.username, temporary);
    expect([reply.status, reply.body]).toEqual([200, { username: made.username, mustChangePassword: false }]);
    expect(await get(made.id)).toMatchObject({ mustChangePassword: false, version: 2 });
    expectRefusal(await change(made.username, temporary, "a third fine secret"), 401, "wrong_password");
    expect((await change(made.username.toUpperCase(), newPassword, "a third fine secret")).status).toBe(200);
  });

  test("stands in no item of the table and in no line of the log, before and after it is sent, nor with a kept answer", async () => {
    const { id } = await post.create(reseller.id);
    const headers = { "idempotency-key": "temporary-once" };
    const more = { password: undefined, contact: { name: "Ann", email: "once@example.com" }, username: "once" };
    const made = await post.account(id, more, { headers });
    const queued = await raw();
    const sealed = (await post.mailItem(made.detailsMailId)).sealedSecret;
    await post.deliver(made.detailsMailId);
    const again = await post.tryAccount(id, more, { headers });
    expect([again.headers["idempotency-replayed"], again.body]).toEqual(["true", made]);
    const reset = await post.ok("resetPassword", { params: { id: made.id }, body: {} });
    await post.deliver(reset.detailsMailId);
    const sent = await raw();
    expect(queued).toContain(made.detailsMailId);
    expect(queued).toContain(sealed);
    expect(sent).not.toContain(sealed);
    const log = said.join("");
    expect(log).toContain('"operation":"createAccount"');
    for (const mailId of [made.detailsMailId, reset.detailsMailId])
      for (const form of formsOf(post.passwordIn(mailId)))
        for (const [place, text] of Object.entries({ queued, sent, log, answer: JSON.stringify([again, reset]) }))
          expect(text.includes(form), place).toBe(false);
    expect(post.passwordIn(made.detailsMailId)).not.toBe(post.passwordIn(reset.detailsMailId));
  });

  test("that is made again ends the old password at once, and mails the new one", async () => {
    const made = await account();
    const reset = await post.ok("resetPassword", { params: { id: made.id }, body: {} });
    expect(reset).toMatchObject({ mustChangePassword: true, version: 2 });
    expectRefusal(await change(made.username, goodPassword), 401, "wrong_password");
    await post.deliver(reset.detailsMailId);
    expect(post.arrived(reset.detailsMailId)).toMatchObject([{ to: made.contact.email }]);
    expect(await post.mail(reset.detailsMailId)).toMatchObject({ template: "password-reset", state: "sent" });
    expect((await change(made.username, post.passwordIn(reset.detailsMailId))).status).toBe(200);
  });

  test("gives way to one that the operator gives, which must be changed where that is said", async () => {
    const made = await account();
    const reset = (body: object) => post.call("resetPassword", { params: { id: made.id }, body });
    const given = "an operator's choice";
    const first = (await reset({ password: given })).body;
    expect(first).toMatchObject({ mustChangePassword: false, detailsMailId: null });
    expect((await reset({ password: given, mustChangePassword: true })).body.mustChangePassword).toBe(true);
    expectRefusal(await reset({ password: "password1234" }), 422, "password_too_weak", "password");
    expectRefusal(await reset({ password: made.username.padEnd(14, "x") }), 422, "password_too_weak", "password");
    expectRefusal(await reset({ mustChangePassword: false }), 422, "not_applicable", "mustChangePassword");
    expect((await change(made.username, given)).status).toBe(200);
  });
});

describe("a password in the table", () => {
  test("is an argon2id hash with the parameters that OWASP advises, new with each change", async () => {
    const made = await account();
    const before = await item(made);
    expect(before["passwordHash"]).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    await change(made.username, goodPassword);
    const after = await item(made);
    expect(after["passwordHash"]).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(after["passwordHash"]).not.toBe(before["passwordHash"]);
    const text = await raw();
    for (const secret of [goodPassword, newPassword])
      for (const form of formsOf(secret)) expect(text).not.toContain(form);
  });
});

describe("changing a password by the old one", () => {
  test("is told by the log as done by the account", async () => {
    const made = await account();
    await change(made.username, goodPassword);
    const { token } = await post.key(reseller.id);
    const { items } = await post.ok("listLog", { params: { id: reseller.id }, query: { limit: "2" } }, { token });
    const entry = items.find(({ type }: { type: string }) => type === "PasswordChanged");
    expect(entry).toMatchObject({
      node: { id: made.id, name: made.username },
      actor: { kind: "account", id: made.id },
    });
  });

  test("sent again after it took effect succeeds again, and changes nothing more", async () => {
    const made = await account();
    expect((await change(made.username, goodPassword)).status).toBe(200);
    const before = await item(made);
    for (let time = 0; time < 7; time += 1)
      expect((await change(made.username, goodPassword)).body).toEqual({
        username: made.username,
        mustChangePassword: false,
      });
    expect(await item(made)).toEqual(before);
    const { items } = await post.ok("listLog", { params: { id: reseller.id }, query: { limit: "3" } });
    const told = items.filter(({ node }: { node: { id: string } }) => node.id === made.id);
    expect(told.map(({ type }: { type: string }) => type)).toEqual(["PasswordChanged", "AccountCreated"]);
  });

  test("only checks where it is a dry run, uses nothing up where it is right, and an attempt where it is wrong", async () => {
    const made = await account();
    const dry = (password: string) => change(made.username, password, newPassword, { dryRun: "true" });
    expect((await dry(goodPassword)).status).toBe(200);
    expect((await get(made.id)).version).toBe(1);
    for (let count = 0; count < 5; count += 1) expect((await dry(goodPassword)).status).toBe(200);
    for (let count = 0; count < 5; count += 1) expectRefusal(await dry("wrong"), 401, "wrong_password");
    expectClosed(await dry(goodPassword));
    expectClosed(await change(made.username, goodPassword));
  });

  test("to several new ones at once succeeds for one of them", async () => {
    const made = await account();
    const wanted = ["first of the rivals", "second of the rivals", "third of the rivals"];
    const replies = await Promise.all(wanted.map((next) => change(made.username, goodPassword, next)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    const winner = wanted[replies.findIndex(({ status }) => status === 200)];
    expect((await change(made.username, String(winner))).status).toBe(200);
    expect((await get(made.id)).version).toBe(3);
  });

  test.each([
    ["username", { username: undefined }],
    ["username", { username: "" }],
    ["username", { username: "x".repeat(401) }],
    ["password", { password: 5 }],
    ["newPassword", { newPassword: undefined }],
    ["newPassword", { newPassword: "x".repeat(257) }],
    ["more", { more: 1 }],
  ])("has its form: it is refused at %s", async (path, more) => {
    const body = { username: "anna", password: "x", newPassword, ...more };
    expectRefusal(await post.call("changePassword", { body }, { token: null }), 400, "invalid_request", path);
  });
});

describe("a new password that is weak", () => {
  test.each([
    ["short", "kd83jf0s7gh"],
    ["common", "password1234"],
    ["the old one", goodPassword],
  ])("(%s) is refused before anything is looked up, and costs no attempt", async (_, weak) => {
    const made = await account();
    for (const username of [made.username, "nobody.has.this"])
      for (let count = 0; count < 7; count += 1) {
        derivations.mockClear();
        const calls = await post.callsDuring(async () => {
          expectRefusal(await change(username, goodPassword, weak), 422, "password_too_weak", "newPassword");
        });
        expect([calls, derivations.mock.calls.length]).toEqual([[], 0]);
      }
    expect((await change(made.username, goodPassword)).status).toBe(200);
  });

  test("(the login) is refused by the name that was sent", async () => {
    expectRefusal(await change("Franziska", "x", "franziska-1234"), 422, "password_too_weak", "newPassword");
  });
});

describe("whoever does not know the old password", () => {
  /** Accounts that nobody can change the password of any more, one way or another. */
  const gone = {
    async "a deleted account"() {
      const made = await account();
      await post.ok("deleteAccount", { params: { id: made.id }, query: { confirm: made.username } });
      return made.username;
    },
    async "an account of a deleted customer"() {
      const made = await account();
      await post.remove(await post.get(made.customerId));
      return made.username;
    },
    async "an account below a deleted reseller"() {
      const above = await post.create(post.provider.id, { level: "reseller" });
      const made = await post.account((await post.create(above.id)).id);
      await post.remove(above);
      return made.username;
    },
    async "a name that was given up"() {
      const made = await account();
      await post.ok("updateAccount", { params: { id: made.id }, body: { username: post.freshLogin() } });
      return made.username;
    },
  };

  test.each(Object.entries(gone))("hears of %s what he hears of a wrong password", async (_, make) => {
    const wrong = await fail((await account()).username);
    expectRefusal(wrong, 401, "wrong_password");
    expect(seen(await change(await make(), goodPassword))).toBe(seen(wrong));
  });

  test("hears the same of a name that nobody has, byte for byte, for the same work", async () => {
    const made = await account();
    const work = async (username: string) => {
      derivations.mockClear();
      let reply: Reply | undefined;
      const calls = await post.callsDuring(async () => {
        reply = await fail(username);
      });
      const parameters = derivations.mock.calls.map(([algorithm, { memory, passes, parallelism, nonce }]) => [
        algorithm,
        memory,
        passes,
        parallelism,
        Buffer.from(nonce as Uint8Array).length,
      ]);
      return { calls: calls.sort(), parameters, seen: seen(reply as Reply) };
    };
    const [known, unknown] = [await work(made.username), await work("nobody.has.this.name")];
    expect(unknown).toEqual(known);
    expect(known.parameters).toEqual([
      ["argon2id", 19_456, 2, 1, 16],
      ["argon2id", 19_456, 2, 1, 16],
    ]);
    expect(await work("nobody.has.this.name")).toEqual(known);
    expect(await work(made.username)).toEqual(known);
  });

  test("has five attempts in a quarter of an hour, for a name that somebody has and one that nobody has alike", async () => {
    const made = await account({ username: "Straße.5" });
    const answers: string[][] = [];
    for (const [username, respelled] of [
      [made.username, "STRASSE.5"],
      ["Gasse.ß", "GASSE.ss"],
    ] as const) {
      const replies: Reply[] = [];
      // Other spellings are the same name.
      for (let count = 0; count < 5; count += 1) replies.push(await fail(count % 2 === 0 ? username : respelled));
      for (const reply of replies) expectRefusal(reply, 401, "wrong_password");
      derivations.mockClear();
      for (const password of ["wrong again", goodPassword]) {
        const closed = await change(respelled, password);
        expectClosed(closed);
        replies.push({ ...closed, headers: { ...closed.headers, "retry-after": "" } });
      }
      expect(derivations.mock.calls.length).toBe(0);
      answers.push(replies.map(seen));
    }
    expect(answers[0]).toEqual(answers[1]);
    // Nobody else is held up.
    expect((await change((await account()).username, goodPassword)).status).toBe(200);
    post.advance(windowMs - 60_000);
    expectClosed(await change(made.username, goodPassword));
    post.advance(60_000);
    expect((await change(made.username, goodPassword)).status).toBe(200);
    expectRefusal(await fail("Gasse.ß"), 401, "wrong_password");
  });

  test("has no more than five when he makes twelve side by side", async () => {
    const made = await account();
    for (const username of [made.username, "nobody.side.by.side"]) {
      derivations.mockClear();
      const replies = await Promise.all(
        Array.from({ length: 12 }, (_, index) => fail(username, `guess number ${index}`)),
      );
      const verified = replies.filter(({ status }) => status === 401).length;
      expect(verified).toBeGreaterThan(0);
      expect(verified).toBeLessThanOrEqual(5);
      expect(derivations.mock.calls.length).toBe(2 * verified);
      for (const reply of replies) if (reply.status !== 401) expectClosed(reply);
    }
  });

  test("gets all his attempts back once he succeeds", async () => {
    const made = await account();
    for (const [password, next] of [
      [goodPassword, newPassword],
      [newPassword, goodPassword],
    ] as const) {
      for (let count = 0; count < 4; count += 1) expectRefusal(await fail(made.username), 401, "wrong_password");
      expect((await change(made.username, password, next)).status).toBe(200);
    }
    const counts = (await dump(post.table)).filter(
      ({ pk }) => pk.startsWith("RATE#login") && pk.includes(made.username),
    );
    // From this place none is taken. From all places together eight are: a success forgives only what it took itself.
    expect(Object.fromEntries(counts.map(({ pk, taken }) => [pk.split("#")[1], taken]))).toEqual({
      "login-from": 0,
      login: 8,
    });
  });

  test("is answered whatever he sends as a name", async () => {
    for (const username of ["\u0000", "\ud800", "#", "@", " ", "__proto__", "\u202e", "a\nb", "x".repeat(400)])
      expectRefusal(await fail(username), 401, "wrong_password");
  });
});

test("after all of this no password that anybody chose was logged", () => {
  const log = said.join("");
  expect(log).toContain('"operation":"changePassword"');
  for (const secret of [goodPassword, newPassword, "a wrong password", "an operator's choice", "guess number 3"])
    expect(log).not.toContain(secret);
});
