import { beforeAll, describe, expect, test, vi } from "vitest";
import { sendRateKey } from "../../../shared/store/table/keys.ts";
import { createSendRate } from "../../../shared/store/mail/send-rate.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});

let second = 2_000_000_000;
/** A clock that stands at the last millisecond of a second until it is moved, so that nobody sleeps for long. */
const clock = (): number => second * 1000 + 999;
/** Waits until a count has come to a number, and fails where it goes beyond. */
async function comesTo(expected: number, count: () => number): Promise<void> {
  await vi.waitFor(() => expect(count()).toBeGreaterThanOrEqual(expected), { timeout: 20_000, interval: 10 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(count()).toBe(expected);
}

describe("the sends of a second", () => {
  test.each([
    [30, 3],
    [25, 2],
    [7, 2],
    [1, 3],
    [400, 2],
  ])("are %i for the whole installation, however many functions ask (%i)", async (perSecond, functions) => {
    second += 100;
    const deadline = clock() + 60_000;
    const seconds = 2;
    let granted = 0;
    const refused: boolean[] = [];
    const waiting = Array.from({ length: functions }, () => createSendRate(store.open, perSecond, clock, deadline)).map(
      (take) =>
        Promise.all(
          Array.from({ length: perSecond * seconds + 1 }, async () => {
            if (await take()) granted += 1;
            else refused.push(false);
          }),
        ),
    );
    for (let count = 1; count <= seconds; count += 1) {
      await comesTo(perSecond * count, () => granted);
      second += 1;
    }
    // Those that wait beyond the deadline get none.
    second += 60;
    await Promise.all(waiting);
    expect(granted).toBe(perSecond * seconds);
    expect(refused).toHaveLength(functions * (perSecond * seconds + 1) - granted);
  });

  test("are counted by an item that is kept for a minute, a tenth of them at a time", async () => {
    second += 100;
    const take = createSendRate(store.open, 50, clock, clock() + 1);
    for (let count = 0; count < 6; count += 1) expect(await take()).toBe(true);
    expect(await store.open().get(sendRateKey(second))).toMatchObject({ taken: 10, expiresAt: second + 60 });
  });

  test("that were leased in one second are not used in the next", async () => {
    second += 100;
    const take = createSendRate(store.open, 50, clock, clock() + 60_000);
    expect(await take()).toBe(true);
    second += 1;
    expect(await take()).toBe(true);
    expect(await store.open().get(sendRateKey(second))).toMatchObject({ taken: 5 });
  });

  test("are given to nobody once the deadline has come", async () => {
    const take = createSendRate(store.open, 50, clock, clock());
    expect(await take()).toBe(false);
  });
});
