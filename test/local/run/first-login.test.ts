import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { SentMail } from "../../../local/emulators/mailbox.ts";
import { firstLogin } from "../../../local/run/first-login.ts";

const provider = "cus_01J00000000000000000000000";
const userId = "usr_01J00000000000000000000001";
const dayMs = 86_400_000;

interface FakeUser {
  id: string;
  state: string;
  invitation: { expiresAt: string } | null;
}
let home: string;
let now: number;
let users: FakeUser[];
let mails: SentMail[];
let calls: string[];
/** Mails that do not come. */
let lost: boolean;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "first-login-"));
  now = Date.UTC(2026, 0, 1);
  [users, mails, calls, lost] = [[], [], [], false];
});

const codeOf = (count: number): string => `tc_${userId.slice(4)}_${String(count).padStart(43, "x")}`;
/** Stands for the API: whoever is invited gets a mail, as the real one sends it. */
const call = async (method: string, path: string): Promise<unknown> => {
  calls.push(`${method} ${path.split("?", 1)[0]}`);
  if (path === "/me") return { scope: { id: provider } };
  if (method === "GET") return { items: users, nextCursor: null };
  const user = { id: userId, state: "invited", invitation: { expiresAt: new Date(now + 7 * dayMs).toISOString() } };
  users = [user];
  if (!lost) {
    const messageId = String(mails.length + 1);
    mails.unshift({ messageId, text: `Your code: ${codeOf(mails.length + 1)}\n` } as SentMail);
  }
  return user;
};
const login = () => firstLogin({ home, call, mail: () => mails, now: () => now, patienceMs: 200 });

test("invites the first administrator, and names the code of the mail", async () => {
  expect(await login()).toBe(codeOf(1));
  expect(calls).toEqual(["GET /me", "GET /users", "POST /users"]);
  expect(statSync(join(home, "state", "first-login.json")).mode & 0o077).toBe(0);
});

test("the next start names the same code, and sends no other mail", async () => {
  await login();
  now += 5 * dayMs;
  expect(await login()).toBe(codeOf(1));
  expect(mails).toHaveLength(1);
});

test("a code that will soon not count is replaced", async () => {
  await login();
  now += 7 * dayMs - 60_000;
  expect(await login()).toBe(codeOf(2));
  expect(calls.at(-1)).toBe(`POST /users/${userId}/invite`);
});

test("a code that somebody else has replaced is not named", async () => {
  await login();
  users = [{ id: userId, state: "invited", invitation: { expiresAt: new Date(now + 8 * dayMs).toISOString() } }];
  expect(await login()).toBe(codeOf(2));
});

test("where somebody has a password there is no link", async () => {
  await login();
  users = [{ id: userId, state: "active", invitation: null }];
  expect(await login()).toBeNull();
  expect(calls.filter((one) => one.startsWith("POST"))).toHaveLength(1);
});

test("does not wait for ever for a mail that does not come", async () => {
  lost = true;
  expect(await login()).toBeNull();
});
