import { beforeAll, expect, test } from "vitest";
import { dueKey, type Key, timerKey } from "../../../shared/store/table/keys.ts";
import { sweep, type SweepTurn } from "../../../shared/store/table/sweep.ts";
import { timerPut } from "../../../shared/store/table/timers.ts";
import { insert, removeWhere } from "../../../shared/store/table/writes.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});

const now = Date.parse("2030-01-01T12:00:00.000Z");
const at = (offset: number): string => new Date(now + offset).toISOString();
async function setTimers(kind: "trial-end" | "purge" | "key-expiry", owners: readonly string[], offset: number) {
  for (let start = 0; start < owners.length; start += 50)
    await store
      .open()
      .commit(
        owners
          .slice(start, start + 50)
          .map((owner) => insert(timerKey(owner, kind), { at: at(offset), ...dueKey(owner, kind, at(offset)) })),
      );
}
/** A run at a moment. */
const turnAt = (moment = now): SweepTurn => ({
  open: () => store.open(),
  clock: Date.now,
  now: moment,
  until: Date.now() + 60_000,
  random: Math.random,
  report: () => undefined,
});
const done = (key: Key, offset: number) => [removeWhere(key, "at", at(offset))];
/** Owners that all stand in one shard, so that it has more than a page. */
const inOneShard = (count: number, kind: "purge" | "trial-end", tag: string): string[] => {
  const owners: string[] = [];
  for (let index = 0; owners.length < count; index += 1) {
    const owner = `${tag}-${index}`;
    if (dueKey(owner, kind, "").duePk.endsWith("#3")) owners.push(owner);
  }
  return owners;
};

test("a sweep handles every timer that has come, each once, over several pages of one shard, and no other", async () => {
  const due = inOneShard(130, "purge", "due");
  await setTimers("purge", due, -1000);
  await setTimers("purge", ["later-1", "later-2"], 1);
  await setTimers("trial-end", ["other-kind"], -1000);
  const seen: string[] = [];
  const result = await sweep(turnAt(), "purge", async ({ key, ownerPk }) => {
    seen.push(ownerPk);
    return done(key, -1000);
  });
  expect(result).toEqual({ done: 130, left: 0 });
  expect(seen.toSorted()).toEqual(due.toSorted());
  expect(await sweep(turnAt(), "purge", async ({ key }) => done(key, -1000))).toEqual({
    done: 0,
    left: 0,
  });
  // A timer comes at its very millisecond.
  const later = await sweep(turnAt(now + 1), "purge", async ({ key }) => done(key, 1));
  expect(later).toEqual({ done: 2, left: 0 });
  expect(await store.open().get(timerKey("other-kind", "trial-end"))).toBeDefined();
});

test("what is left and what somebody else handled in between stops neither the page nor the next one", async () => {
  const owners = inOneShard(120, "trial-end", "mixed");
  await setTimers("trial-end", owners, -5000);
  const result = await sweep(turnAt(), "trial-end", async ({ key, ownerPk }) => {
    if (ownerPk === "other-kind") return done(key, -1000);
    const place = owners.indexOf(ownerPk);
    if (place % 3 === 0) return null;
    if (place % 3 === 1) await store.open().commit(done(key, -5000));
    return done(key, -5000);
  });
  expect(result).toEqual({ done: 41, left: 80 });
  const again = await sweep(turnAt(), "trial-end", async ({ key }) => done(key, -5000));
  expect(again).toEqual({ done: 40, left: 0 });
});

test("two sweeps at once handle each timer once", async () => {
  const owners = Array.from({ length: 60 }, (_, index) => `both-${index}`);
  await setTimers("key-expiry", owners, 0);
  const effect = (ownerPk: string) =>
    ({ kind: "update", key: { pk: ownerPk, sk: "@" }, set: {}, add: { handled: 1 }, when: [] }) as const;
  const run = () => sweep(turnAt(), "key-expiry", async ({ key, ownerPk }) => [...done(key, 0), effect(ownerPk)]);
  const results = await Promise.all([run(), run()]);
  expect(results.reduce((sum, result) => sum + result.done, 0)).toBe(60);
  const items = await store.open().getAll(owners.map((pk) => ({ pk, sk: "@" })));
  expect(items.map((item) => item?.["handled"])).toEqual(owners.map(() => 1));
});

test("a timer that was set anew between a sweep's look and its write stays as it was set", async () => {
  const owner = "set-anew";
  await setTimers("purge", [owner], -1000);
  // Somebody brings the purge forward while the sweep is putting it off.
  let changed = false;
  const result = await sweep(turnAt(now), "purge", async ({ ownerPk, kind }) => {
    if (ownerPk !== owner) return null;
    if (!changed) await store.open().commit([timerPut(owner, kind, at(77))]);
    changed = true;
    return [timerPut(owner, kind, at(9_000))];
  });
  expect(result.done).toBe(0);
  expect(await store.open().get(timerKey(owner, "purge"))).toMatchObject({ at: at(77) });
});
