import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { type Book, expectRefusal, openBook } from "../stages/book.ts";
import { forged } from "../../support/forged.ts";

let book: Book;
const limit = 20;
const minuteMs = 60_000;
beforeAll(async () => {
  book = await openBook({ rateLimit: limit });
});
/** Each test begins with a fresh minute, early in it. */
beforeEach(() => {
  const now = Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"]);
  book.advance(minuteMs - (now % minuteMs) + 100);
});
const me = (token = book.token) => book.call("me", {}, { token });

test("after its requests of a minute a credential is told to wait, and until when", async () => {
  for (let count = 1; count <= limit; count += 1) {
    const { status, headers } = await me();
    expect(status).toBe(200);
    expect(headers["ratelimit-policy"]).toBe(`"default";q=${limit};w=60`);
    expect(headers["ratelimit"]).toMatch(new RegExp(`^"default";r=${limit - count};t=(60|5\\d)$`));
  }
  const refused = await me();
  expectRefusal(refused, 429, "rate_limited");
  const [, left, reset] = /r=(\d+);t=(\d+)/.exec(refused.headers["ratelimit"] ?? "") ?? [];
  expect([left, reset]).toEqual(["0", refused.headers["retry-after"]]);
  expect(Number(reset)).toBeGreaterThan(50);
  book.advance(minuteMs);
  expect((await me()).status).toBe(200);
});

test("many at once get exactly what the minute has", async () => {
  const replies = await Promise.all(Array.from({ length: 2 * limit }, () => me()));
  const served = replies.filter(({ status }) => status === 200);
  expect(served).toHaveLength(limit);
  for (const reply of replies) if (reply.status !== 200) expectRefusal(reply, 429, "rate_limited");
});

test("each credential has its own, and a change over the limit writes nothing", async () => {
  const reseller = await book.create(book.provider.id, { level: "reseller" });
  const { token } = await book.key(reseller.id);
  for (let count = 0; count < limit; count += 1) expect((await me(token)).status).toBe(200);
  expectRefusal(await book.tryCreate(reseller.id, { name: "Over" }, { token }), 429, "rate_limited");
  expectRefusal(await book.tryCreate(reseller.id, { name: "" }, { token }), 429, "rate_limited");
  expect((await me()).status).toBe(200);
  const { items } = await book.ok("listCustomers", { query: { parentId: reseller.id } });
  expect(items).toHaveLength(1);
});

test("who is nobody or may not is refused without being counted", async () => {
  const viewer = await book.key(book.provider.id, "viewer");
  for (let count = 0; count < 2 * limit; count += 1)
    expectRefusal(await me(forged(viewer.token)), 401, "unauthenticated");
  for (let count = 0; count < limit; count += 1) expect((await me(viewer.token)).status).toBe(200);
});

describe("all credentials of a branch together", () => {
  /** As many credentials of a customer, each with its own minute. */
  async function keysOf(customerId: string, count: number): Promise<string[]> {
    const tokens: string[] = [];
    while (tokens.length < count) {
      if (tokens.length % 8 === 0) book.advance(minuteMs);
      tokens.push((await book.key(customerId, "viewer")).token);
    }
    return tokens;
  }
  /** Uses up the minute of each credential. @returns how many requests were served, and the first refusal */
  async function flood(tokens: readonly string[]): Promise<{ served: number; refused?: Reply }> {
    let served = 0;
    for (const token of tokens)
      for (let count = 0; count < limit; count += 1) {
        const reply = await me(token);
        if (reply.status !== 200) return { served, refused: reply };
        served += 1;
      }
    return { served };
  }

  test("are told to wait where the branch has used up its minute; a neighbour and the level above are served", async () => {
    const distributor = await book.create(book.provider.id, { level: "distributor" });
    const [loud, quiet] = [
      await book.create(distributor.id, { level: "reseller" }),
      await book.create(distributor.id, { level: "reseller" }),
    ];
    const neighbour = await book.key(quiet.id);
    const above = await book.key(distributor.id);
    const tokens = await keysOf(loud.id, 10);
    const { served, refused } = await flood(tokens);
    // A branch below one that stands directly below the provider: eight times what a credential has.
    expect(served).toBe(8 * limit);
    if (!refused) throw new Error("There is one.");
    expectRefusal(refused, 429, "rate_limited");
    expect(refused.body.detail).toBe("The credentials of this branch have made too many requests.");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.stringify(refused.headers)).not.toContain("branch");
    for (const { token } of [neighbour, above])
      for (let count = 0; count < limit; count += 1) expect((await me(token)).status).toBe(200);
    book.advance(minuteMs);
    expect((await flood(tokens.slice(0, 1))).served).toBe(limit);
  });

  test("count for the customers above, also what their own customers ask", async () => {
    const reseller = await book.create(book.provider.id, { level: "reseller" });
    const customers = await Promise.all(Array.from({ length: 3 }, () => book.create(reseller.id)));
    const keys = [];
    for (const { id } of customers) keys.push(await keysOf(id, 8));
    const { token } = await book.key(reseller.id);
    book.advance(minuteMs);
    const taken: number[] = [];
    for (const tokens of keys) taken.push((await flood(tokens)).served);
    // 16 times for the reseller: what the first two leave is all that the third one gets.
    expect(taken).toEqual([8 * limit, 8 * limit, 0]);
    expectRefusal(await me(token), 429, "rate_limited");
  });

  test("a refused request writes nothing but, once, that it was refused", async () => {
    const reseller = await book.create(book.provider.id, { level: "reseller" });
    const { token } = await book.key(reseller.id);
    for (let count = 0; count < limit; count += 1) expect((await me(token)).status).toBe(200);
    const written: string[] = [];
    book.runtime.client.middlewareStack.add(
      (next, context) => (args) => {
        const name = String(context["commandName"]);
        if (/Write|Update|Put/.test(name)) written.push(name);
        return next(args);
      },
      { step: "initialize", name: "writes" },
    );
    for (let count = 0; count < 50; count += 1) expect((await me(token)).status).toBe(429);
    book.runtime.client.middlewareStack.remove("writes");
    expect(written).toEqual(["UpdateItemCommand"]);
  });
});
