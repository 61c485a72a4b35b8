import { beforeAll, describe, expect, test } from "vitest";
import { forgetAttempts, loginAttempts, takeAttempt } from "../../../shared/store/access/attempts.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
let serial = 0;
beforeAll(async () => {
  store = await openStore();
});

const now = Date.parse("2030-01-01T12:00:00.000Z");
const { windowMs } = loginAttempts;
const freshName = (): string => `name ${(serial += 1)}`;
const take = (name: string, at = now) =>
  takeAttempt(store.open, "login", name, loginAttempts, at).then(
    () => null,
    (error: { code: string; retryAfter: number }) => error,
  );
const takeAll = async (name: string, at = now): Promise<void> => {
  for (let count = 0; count < 5; count += 1) expect(await take(name, at)).toBeNull();
};
const refused = (retryAfter: number) => ({ code: "rate_limited", retryAfter });

describe("attempts to log in", () => {
  test("are five, of each name by itself; then the time is told when there are more", async () => {
    const [name, other] = [freshName(), freshName()];
    expect(windowMs).toBe(900_000);
    await takeAll(name);
    expect(await take(name)).toMatchObject(refused(900));
    expect(await take(name, now + 1)).toMatchObject(refused(900));
    expect(await take(name, now + windowMs - 1)).toMatchObject(refused(1));
    expect(await take(other)).toBeNull();
  });

  test("count from the first one on, and begin anew when its quarter of an hour is over", async () => {
    const name = freshName();
    expect(await take(name)).toBeNull();
    for (let count = 0; count < 4; count += 1) expect(await take(name, now + windowMs - 1000)).toBeNull();
    expect(await take(name, now + windowMs - 1)).toMatchObject(refused(1));
    await takeAll(name, now + windowMs);
    expect(await take(name, now + windowMs)).toMatchObject(refused(900));
  });

  test("made side by side are no more than five, at the beginning of a quarter of an hour and within it", async () => {
    for (let round = 0; round < 3; round += 1) {
      const name = freshName();
      const results = await Promise.all(Array.from({ length: 12 }, () => take(name)));
      expect(results.filter((result) => result === null).length).toBeLessThanOrEqual(5);
      expect(results.filter((result) => result === null).length).toBeGreaterThan(0);
      const later = await Promise.all(Array.from({ length: 12 }, () => take(name, now + windowMs)));
      expect(later.filter((result) => result === null).length).toBeLessThanOrEqual(5);
      for (const result of [...results, ...later]) if (result) expect(result.code).toBe("rate_limited");
    }
  });

  test("are all there again once they are forgotten", async () => {
    const name = freshName();
    await takeAll(name);
    await store.open().commit([forgetAttempts("login", name, now)]);
    await takeAll(name);
    expect(await take(name)).toMatchObject(refused(900));
  });

  test("are kept no longer than they count", async () => {
    const name = freshName();
    await take(name);
    expect(await store.open().get({ pk: `RATE#login#${name}`, sk: "@" })).toMatchObject({
      taken: 1,
      windowEndsAt: now + windowMs,
      expiresAt: (now + windowMs) / 1000,
    });
  });
});
