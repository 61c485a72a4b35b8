import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { filesWith, secretsInText, streamOf } from "../support/secrets.ts";
import { type Call, callOnce, createReseller, signUp, temporaryPasswordIn } from "../support/sign-ups.ts";

/*
 * Passwords go every way that they can go, also wrong ones, and then everything that the run has written is searched for them. Only the
 * mailbox, which stands for the recipients, may hold the temporary ones.
 */
let stack: LocalStack;
let home: string;
let stream: string;
const chosen: string[] = [];
let temporary: string[];
/** What is no secret and must be found, or the search proves nothing. */
const username = `found-${randomBytes(9).toString("hex")}`;

/** A password of the caller's, remembered as one that nobody may find. Signs that formats escape, and letters that encodings change, are among it. */
const own = (): string => {
  const password = `${randomBytes(9).toString("base64url")} "ü" ${randomBytes(9).toString("base64url")}`;
  chosen.push(password);
  return password;
};
/** A password that is refused as too simple. */
const simple = (): string => {
  const password = randomBytes(3).toString("base64url").repeat(5);
  chosen.push(password);
  return password;
};
const post = async (path: string, body: unknown): Promise<number> =>
  (
    await fetch(`${stack.url}/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.adminKey ?? ""}`, "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    })
  ).status;

async function useEveryWay(call: Call): Promise<void> {
  const reseller = await createReseller(call, "Secret reseller");
  // Temporary ones: through the stream, after an outage, with a lost answer, and after a reset.
  await signUp(call, reseller, { accounts: 8, clients: 4, name: "sent" });
  await stack.settle();
  await stack.mailOutage("down");
  const [waiting] = await signUp(call, reseller, { accounts: 8, clients: 4, name: "waiting" });
  await stack.settle();
  await stack.mailOutage("answer-lost", 4);
  await call("POST", "/_local/clock", { advance: "PT5M" });
  await call("POST", `/accounts/${waiting?.accountId}/reset-password`, {});
  await stack.settle();

  // Those of callers: for a new account, with a reset, and by the user; each also refused in every way.
  const customer = { parentId: reseller, name: "Own password", email: "own@example.com", country: "DE" };
  const first = own();
  const { id } = await call("POST", "/accounts", { customer, plan: "select", username, password: first });
  const second = own();
  await call("POST", `/accounts/${String(id)}/reset-password`, { password: second });
  await call("POST", "/password", { username, password: second, newPassword: own() });
  const sub = { parentAccountId: id, username: "refused" };
  const [typo, unfinished] = [own(), own()];
  const refusals: [string, unknown, number][] = [
    ["/accounts", { ...sub, password: simple() }, 422],
    ["/accounts", { ...sub, username, password: own() }, 409],
    ["/accounts", { ...sub, pasword: typo }, 400],
    ["/accounts", { ...sub, password: [own()] }, 400],
    ["/accounts", `{ "parentAccountId": "${String(id)}", "password": ${JSON.stringify(unfinished)}`, 400],
    ["/accounts?dryRun=true", { ...sub, password: own() }, 201],
    [`/accounts/${String(id)}/reset-password`, { password: simple() }, 422],
    ["/password", { username, password: own(), newPassword: own() }, 401],
    ["/password", { username: "nobody", password: own(), newPassword: own() }, 401],
    ["/password", { username, password: own(), newPassword: simple() }, 422],
  ];
  for (const [path, body, status] of refusals)
    expect({ path, status: await post(path, body) }).toEqual({ path, status });
  await call("POST", "/_local/clock", { advance: "PT1H" });
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tenantry-secrets-"));
  stack = await startLocal({ home, port: 0, quiet: true });
  await useEveryWay(callOnce(stack));
  temporary = stack.mail().flatMap(({ text }) => temporaryPasswordIn(text) ?? []);
  stream = await streamOf(stack.database);
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("after passwords have gone every way", () => {
  const everywhereElse = (secrets: readonly string[]): Record<string, string[]> => {
    const { "mail.jsonl": _, ...elsewhere } = filesWith(home, secrets);
    return elsewhere;
  };

  test("there are some to look for, and the search finds what is there", () => {
    expect(temporary).toHaveLength(17);
    expect(new Set(temporary).size).toBe(17);
    expect(filesWith(home, temporary)["mail.jsonl"]).toEqual(temporary);
    expect(Object.keys(filesWith(home, [username])).filter((file) => file.startsWith("data/"))).not.toEqual([]);
    expect(secretsInText(stream, [username])).toEqual([username]);
    const hidden = Buffer.from(`so ${username} or so`).toString("base64");
    expect(secretsInText(hidden, [username])).toEqual([username]);
  });

  test("no file of the running installation holds a temporary password but the mailbox", () =>
    expect(everywhereElse(temporary)).toEqual({}));
  test("no file of the running installation holds a password of a caller", () =>
    expect(filesWith(home, chosen)).toEqual({}));
  test("no record of the stream holds any", () => expect(secretsInText(stream, [...temporary, ...chosen])).toEqual([]));
  test("no file holds any once the installation is stopped, but the mailbox", async () => {
    await stack.stop();
    expect(everywhereElse([...temporary, ...chosen])).toEqual({});
  });
});
