import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { goodPassword } from "../stages/post.ts";

/** Hashes that were worked out; what each costs has no part in this. */
const hashes = vi.hoisted(() => ({ made: 0 }));
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) => {
    hashes.made += 1;
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  };
  return { ...crypto, argon2 };
});

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});
const windowMs = 15 * 60_000;
const limit = 100;
let address = "";
let serial = 0;
beforeEach(() => {
  address = `198.51.100.${(serial += 1)}`;
});

const anybody = (sourceIp: string) => ({ token: null, sourceIp });
const tryPassword = (username: string, password: string, sourceIp = address) =>
  fleet.call(
    "changePassword",
    { body: { username, password, newPassword: `${goodPassword} anew` } },
    anybody(sourceIp),
  );
const machine = (name: string) => ({ machineId: name, name, kind: "laptop", os: "Linux" });
const tryEnrol = (username: string, password: string, sourceIp = address) =>
  fleet.call("enrol", { body: { username, password, ...machine(`machine-${username}`) } }, anybody(sourceIp));
const nobody = () => `nobody.${(serial += 1)}`;

/** Uses up what an address has. */
const spray = async (attempt: typeof tryPassword, sourceIp = address): Promise<void> => {
  for (let start = 0; start < limit; start += 10)
    await Promise.all(
      Array.from({ length: 10 }, async () =>
        expectRefusal(await attempt(nobody(), "Summer2026!?", sourceIp), 401, "wrong_password"),
      ),
    );
};

describe.each([
  ["changing a password", tryPassword],
  ["enrolling by a login", tryEnrol],
])("one password on many names from one address, by %s,", (_what, attempt) => {
  test("is refused after a hundred failures, with the time to wait, before anything is hashed", async () => {
    await spray(attempt);
    const before = hashes.made;
    const refused = await attempt(nobody(), "Summer2026!?");
    expectRefusal(refused, 429, "rate_limited");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(windowMs / 1000);
    expect(hashes.made).toBe(before);
    // Another address is another matter, and so is this one after the window.
    expectRefusal(await attempt(nobody(), "Summer2026!?", "192.0.2.1"), 401, "wrong_password");
    fleet.advance(windowMs + 1_000);
    expectRefusal(await attempt(nobody(), "Summer2026!?"), 401, "wrong_password");
  });
});

test("a flood at the same moment gets no more hashes than the limit and a few", async () => {
  const before = hashes.made;
  const answers = await Promise.all(Array.from({ length: 200 }, () => tryPassword(nobody(), "Summer2026!?")));
  const tried = answers.filter(({ status }) => status === 401);
  expect(tried.length).toBeLessThanOrEqual(limit);
  // A wrong password is compared twice: it may be the new one, sent again.
  expect(hashes.made - before).toBeLessThanOrEqual(2 * limit);
  // 503: the table of this test had no time for it.
  for (const { status } of answers) expect([401, 429, 503]).toContain(status);
});

test("all addresses of an IPv6 network of 64 bits count together", async () => {
  const network = `2001:db8:0:${serial}`;
  for (let start = 0; start < limit; start += 10)
    await Promise.all(
      Array.from({ length: 10 }, (_, nth) => tryPassword(nobody(), "Summer2026!?", `${network}::${start + nth}`)),
    );
  expectRefusal(await tryPassword(nobody(), "Summer2026!?", `${network}:a:b:c:d`), 429, "rate_limited");
  expectRefusal(await tryPassword(nobody(), "Summer2026!?", `2001:db8:1:${serial}::1`), 401, "wrong_password");
});

test("an office of many people who know their passwords is never refused, and a success forgives no failures", async () => {
  const { id: customerId } = await fleet.customer();
  const username = fleet.freshLogin();
  await fleet.ok("createAccount", {
    body: {
      customerId,
      plan: "select",
      username,
      password: goodPassword,
      contact: { name: "Ann", email: "a@example.com" },
    },
  });
  for (let nth = 0; nth < limit - 1; nth += 1) await tryPassword(nobody(), "Summer2026!?");
  for (let nth = 0; nth < 20; nth += 1) {
    const { status } = await fleet.call(
      "enrol",
      { body: { username, password: goodPassword, ...machine("office") } },
      anybody(address),
    );
    expect(status).toBeLessThan(300);
  }
  // One failure is left, as before.
  expectRefusal(await tryPassword(nobody(), "Summer2026!?"), 401, "wrong_password");
  expectRefusal(await tryPassword(nobody(), "Summer2026!?"), 429, "rate_limited");
});

test("an address that is shut out uses up no name's attempts", async () => {
  const { id: customerId } = await fleet.customer();
  const username = fleet.freshLogin();
  await fleet.ok("createAccount", {
    body: {
      customerId,
      plan: "select",
      username,
      password: goodPassword,
      contact: { name: "Ann", email: "a@example.com" },
    },
  });
  await spray(tryPassword);
  for (let nth = 0; nth < 10; nth += 1) expectRefusal(await tryPassword(username, "wrong"), 429, "rate_limited");
  expect((await tryPassword(username, goodPassword, "192.0.2.200")).status).toBe(200);
});
