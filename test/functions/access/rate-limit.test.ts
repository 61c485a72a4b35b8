import { beforeAll, beforeEach, expect, test } from "vitest";
import { type Book, expectRefusal, openBook } from "../stages/book.ts";

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
    expectRefusal(await me(`${viewer.token.slice(0, -2)}zz`), 401, "unauthenticated");
  for (let count = 0; count < limit; count += 1) expect((await me(viewer.token)).status).toBe(200);
});
