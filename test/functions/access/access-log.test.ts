import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { createTally } from "../../../shared/http/access/access-recorder.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { forged } from "../../support/forged.ts";

const rateLimit = 100;
let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet({ rateLimit });
});

type Line = {
  type: string;
  at: string;
  count: number;
  credential: { kind: string; id: string } | null;
  sourceIp: string;
  operation: string;
  reason: string | null;
};
const linesOf = async (id: string, token = fleet.token): Promise<Line[]> =>
  (await fleet.ok("listAccessLog", { params: { id } }, { token })).items;
/** Waits until a customer's log of access holds something: nobody waits for its writes. */
const lines = async (id: string, holds: (found: Line[]) => boolean): Promise<Line[]> => {
  await expect.poll(async () => holds(await linesOf(id)), { timeout: 20_000, interval: 100 }).toBe(true);
  return linesOf(id);
};
const items = async (): Promise<Record<string, unknown>[]> => {
  const { documents, tableName: TableName } = fleet.table;
  const { Items = [] } = await documents.send(
    new ScanCommand({
      TableName,
      FilterExpression: "#kind = :access",
      ExpressionAttributeNames: { "#kind": "kind" },
      ExpressionAttributeValues: { ":access": "access" },
    }),
  );
  return Items;
};
/** A request in the next minute, whose limits and lines are new. */
const nextMinute = (): void => fleet.advance(60_000);
const place = (last: number) => ({ sourceIp: `198.51.100.${last}` });
const get = (id: string, token: string, sourceIp: string) =>
  fleet.call("getCustomer", { params: { id } }, { token, sourceIp });

describe("a refused API key", () => {
  test("is told of at its customer, with the reason that the answer does not give", async () => {
    const { id } = await fleet.customer();
    const [wrong, revoked, expired] = [
      await fleet.key(id),
      await fleet.key(id),
      await fleet.key(id, "viewer", { expiresAt: fleet.at(30_000) }),
    ];
    await fleet.ok("revokeApiKey", { params: { id: revoked.id } });
    nextMinute();
    for (const token of [forged(wrong.token), revoked.token, expired.token])
      expectRefusal(await get(id, token, place(1).sourceIp), 401, "unauthenticated");
    const found = await lines(id, (all) => all.length === 3);
    expect(found.map(({ credential, reason }) => [credential?.id, reason]).toSorted()).toEqual(
      [
        [wrong.id, "wrong_secret"],
        [revoked.id, "revoked"],
        [expired.id, "expired"],
      ].toSorted(),
    );
    for (const line of found)
      expect(line).toMatchObject({ type: "CredentialRefused", count: 1, operation: "getCustomer", ...place(1) });
  });

  test("that nobody has is told of at the provider alone, by where it comes from", async () => {
    nextMinute();
    const unknown = `tk_${"0".repeat(26)}_${"A".repeat(43)}`;
    expectRefusal(await get(fleet.resellerId, unknown, place(2).sourceIp), 401, "unauthenticated");
    const isIt = ({ sourceIp }: Line): boolean => sourceIp === place(2).sourceIp;
    const line = (await lines(fleet.provider.id, (all) => all.some(isIt))).find(isIt);
    expect(line).toMatchObject({ type: "CredentialRefused", credential: null, reason: "unknown" });
    expect((await linesOf(fleet.resellerId)).some(isIt)).toBe(false);
  });

  test("leaves one line a minute, however often it comes, and few writes", async () => {
    const { id } = await fleet.customer();
    const key = await fleet.key(id);
    nextMinute();
    const wrong = forged(key.token);
    let writes = 0;
    fleet.runtime.client.middlewareStack.add(
      (next) => (args) => {
        if (JSON.stringify(args.input).includes("ACCESS#")) writes += 1;
        return next(args);
      },
      { step: "initialize", name: "countAccess" },
    );
    for (let times = 0; times < 100; times += 1) await get(id, wrong, place(3).sourceIp);
    // A slow machine may take them over the end of a minute.
    expect(writes).toBeLessThanOrEqual(14);
    fleet.runtime.client.middlewareStack.remove("countAccess");
    const sumOf = (all: Line[]): number => all.reduce((sum, { count }) => sum + count, 0);
    const found = await lines(id, (all) => sumOf(all) >= 50);
    expect(found.length).toBeLessThanOrEqual(2);
    expect(sumOf(found)).toBeLessThanOrEqual(100);
  });
});

test("a right that is refused is told of, with whose key it was", async () => {
  const { id } = await fleet.customer();
  const viewer = await fleet.key(id, "viewer");
  nextMinute();
  expectRefusal(
    await fleet.call("listApiKeys", { query: { customerId: id } }, { token: viewer.token, ...place(4) }),
    403,
    "forbidden",
  );
  expect(await lines(id, (all) => all.length === 1)).toMatchObject([
    {
      type: "PermissionRefused",
      credential: { kind: "apiKey", id: viewer.id },
      operation: "listApiKeys",
      reason: "forbidden",
      ...place(4),
    },
  ]);
});

test("a limit is told of once a minute: further requests over it write nothing", async () => {
  const { id } = await fleet.customer();
  const { token } = await fleet.key(id);
  nextMinute();
  const statuses = new Set<number>();
  for (let times = 0; times < rateLimit + 20; times += 1)
    statuses.add((await get(id, token, place(5).sourceIp)).status);
  expect(statuses).toEqual(new Set([200, 429]));
  for (const line of await lines(id, (all) => all.length > 0))
    expect(line).toMatchObject({ type: "RateLimited", count: 1, ...place(5) });
});

describe("a login", () => {
  const change = (username: string, password: string, newPassword: string, last: number) =>
    fleet.call("changePassword", { body: { username, password, newPassword } }, { token: null, ...place(last) });

  test("that fails, and one that succeeds, are told of at the customer of the account", async () => {
    const { id, username, password, customerId } = await fleet.login();
    nextMinute();
    expect((await change(username, "not the right one", "what a guesser wants", 6)).status).toBe(401);
    await lines(customerId, (all) => all.length === 1);
    expect((await change(username, password, "nor will they guess that", 6)).status).toBe(200);
    const credential = { kind: "account", id };
    const found = await lines(customerId, (all) => all.length === 3);
    expect(found.toSorted((one, other) => (one.type < other.type ? -1 : 1))).toMatchObject([
      { type: "LoginFailed", credential, reason: "wrong_password", operation: "changePassword", ...place(6) },
      { type: "LoginSucceeded", credential, reason: null, operation: "changePassword", ...place(6) },
      { type: "SessionEnded", credential, reason: "password_changed", operation: "changePassword", ...place(6) },
    ]);
  });

  test("of an unknown name is told of at the provider, and the name is kept nowhere, nor is any password", async () => {
    nextMinute();
    const [name, secret] = ["this.was.my.password", "and this one too"];
    for (let times = 0; times < 3; times += 1) await change(name, secret, "what a guesser wants", 7);
    const isIt = ({ sourceIp }: Line): boolean => sourceIp === place(7).sourceIp;
    const found = (await lines(fleet.provider.id, (all) => all.some(isIt))).filter(isIt);
    expect(found).toMatchObject([{ type: "LoginFailed", credential: null }]);
    const text = JSON.stringify(await items());
    for (const word of [name, secret, "not the right one", "nor will they guess that", "what a guesser wants"])
      expect(text).not.toContain(word);
    expect(text).not.toMatch(/t[a-z]_[0-9A-Z]{26}_/);
  });
});

describe("the log of access", () => {
  test("is shown to admins of the branch, and to nobody else", async () => {
    const { id } = await fleet.customer();
    const reply = async (scope: string, role: "admin" | "operator" | "viewer") => {
      const { token } = await fleet.key(scope, role);
      return fleet.call("listAccessLog", { params: { id } }, { token });
    };
    for (const scope of [id, fleet.resellerId, fleet.provider.id])
      expect((await reply(scope, "admin")).status).toBe(200);
    for (const role of ["operator", "viewer"] as const) expectRefusal(await reply(id, role), 403, "forbidden");
    expectRefusal(await reply((await fleet.customer()).id, "admin"), 404, "not_found");
  });

  test("is kept for 400 days", async () => {
    for (const { expiresAt, at } of await items())
      expect(Number(expiresAt) * 1000 - Date.parse(String(at))).toBeGreaterThanOrEqual(400 * dayMs);
  });

  test("is listed page by page, newest first, and by time", async () => {
    const { id } = await fleet.customer();
    const viewer = await fleet.key(id, "viewer");
    const at: string[] = [];
    for (let times = 0; times < 4; times += 1) {
      fleet.advance(20 * dayMs);
      await fleet.call("listApiKeys", { query: { customerId: id } }, { token: viewer.token, ...place(8) });
      at.unshift((await lines(id, (all) => all.length === times + 1))[0]?.at ?? "");
    }
    expect((await linesOf(id)).map((line) => line.at)).toEqual(at);
    const pages: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: "1", ...(cursor !== null && { cursor }) };
      const page = await fleet.ok("listAccessLog", { params: { id }, query });
      pages.push(...page.items.map((line: Line) => line.at));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual(at);
    const [last = "", third = "", second = ""] = at;
    const within = async (query: Record<string, string>) =>
      (await fleet.ok("listAccessLog", { params: { id }, query })).items.map((line: Line) => line.at);
    expect(await within({ from: second })).toEqual([last, third]);
    expect(await within({ from: second, to: third })).toEqual([third]);
    expect(await within({ to: second })).toEqual(at.slice(2));
  });

  test("holds up no answer and changes none where it cannot be written", async () => {
    const { id } = await fleet.customer();
    const viewer = await fleet.key(id, "viewer");
    nextMinute();
    fleet.runtime.client.middlewareStack.add(
      (next) => async (args) => {
        if (JSON.stringify(args.input).includes("ACCESS#")) {
          await new Promise((resolve) => setTimeout(resolve, 3_000));
          throw new Error("gone");
        }
        return next(args);
      },
      { step: "initialize", name: "loseAccess" },
    );
    const begun = performance.now();
    const reply = await fleet.call("listApiKeys", { query: { customerId: id } }, { token: viewer.token });
    expectRefusal(reply, 403, "forbidden");
    expect(performance.now() - begun).toBeLessThan(3_000);
    fleet.runtime.client.middlewareStack.remove("loseAccess");
  });
});

describe("of many refusals in a minute", () => {
  const told = (events: readonly string[]): (number | null)[] => {
    const tally = createTally(100);
    return events.map((line) => tally(line, 0));
  };

  test("few are written, which stand for at least half of them", () => {
    for (const many of [1, 2, 3, 100, 10_000]) {
      const written = told(Array.from({ length: many }, () => "one line")).filter((count) => count !== 0);
      expect(written.length).toBeLessThanOrEqual(Math.floor(Math.log2(many)) + 1);
      const sum = written.reduce<number>((all, count) => all + (count ?? 0), 0);
      expect(sum).toBeGreaterThan(many / 2);
      expect(sum).toBeLessThanOrEqual(many);
    }
  });

  test("a hundred lines are begun at most, and in the next minute others", () => {
    const written = told(Array.from({ length: 5_000 }, (_, nth) => `line ${nth}`));
    expect(written.filter((count) => count === 1)).toHaveLength(100);
    expect(written.filter((count) => count === null)).toHaveLength(4_900);
    const tally = createTally(1);
    expect([tally("a", 0), tally("b", 0), tally("b", 60_000), tally("a", 60_000)]).toEqual([1, null, 1, null]);
  });
});
