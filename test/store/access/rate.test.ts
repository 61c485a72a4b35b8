import { beforeAll, expect, test } from "vitest";
import { createRateLimiter } from "../../../shared/store/access/rate.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});

const minute = 60_000;
const start = 30_000_000 * minute;

test("fifty requests at once, from one function or several, get no more than the limit; of one function all of it", async () => {
  for (const [limit, functions] of [
    [20, 1],
    [20, 3],
    [7, 2],
    [49, 5],
    [1, 4],
  ] as const) {
    const principal = `key_${limit}_${functions}`;
    const limiters = Array.from({ length: functions }, () => createRateLimiter(limit));
    const rates = await Promise.all(
      Array.from({ length: 50 }, (_, index) => limiters[index % functions]?.(store.open(), principal, start)),
    );
    const allowed = rates.filter((rate) => rate?.allowed).length;
    expect(allowed, `${limit} over ${functions}`).toBeLessThanOrEqual(limit);
    // What a function has leased and does not use is lost to the others for the minute.
    if (functions === 1) expect(allowed).toBe(limit);
    else expect(allowed).toBeGreaterThanOrEqual(Math.min(limit, functions));
    for (const rate of rates) {
      expect(rate?.remaining).toBeGreaterThanOrEqual(0);
      expect(rate?.remaining).toBeLessThan(limit);
    }
  }
});

test("the next minute begins anew, a spent one is not asked again, and credentials do not share", async () => {
  const take = createRateLimiter(3);
  const db = store.open();
  const one = (principal: string, now: number) => take(db, principal, now);
  for (let count = 0; count < 3; count += 1) expect((await one("a", start + 5_000)).allowed).toBe(true);
  expect(await one("a", start + 5_000)).toEqual({ allowed: false, limit: 3, remaining: 0, reset: 55 });
  const reads = await Promise.all([one("b", start), one("a", start + minute)]);
  expect(reads.map(({ allowed }) => allowed)).toEqual([true, true]);
  const before = await store.open().get({ pk: "RATE#a", sk: String(start / minute) });
  await one("a", start + 10_000);
  const after = await store.open().get({ pk: "RATE#a", sk: String(start / minute) });
  expect(before).toMatchObject({ expiresAt: (start / minute + 2) * 60 });
  expect(Number(after?.["taken"])).toBeLessThanOrEqual(Number(before?.["taken"]) + 1);
});

test("a function leases several requests at a time, so that most of a busy minute write nothing", async () => {
  const take = createRateLimiter(200);
  let writes = 0;
  const db = store.open();
  const counting = {
    ...db,
    update: (update: Parameters<typeof db.update>[0]) => {
      writes += 1;
      return db.update(update);
    },
  };
  for (let count = 0; count < 200; count += 1) expect((await take(counting, "lease", start)).allowed).toBe(true);
  expect((await take(counting, "lease", start)).allowed).toBe(false);
  expect(writes).toBeLessThan(40);
  const item = await store.open().get({ pk: "RATE#lease", sk: String(start / minute) });
  expect(item?.["taken"]).toBeGreaterThanOrEqual(200);
});
