import { AsyncLocalStorage } from "node:async_hooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomFrom } from "../../support/random.ts";
import { shortenWaits } from "../../support/short-waits.ts";
import { sized } from "../../support/size.ts";
import { dayMs } from "../stages/book.ts";
import { openVaultStage, type VaultStage } from "../stages/vaults.ts";
import { hourMs, minuteMs } from "./minutes.ts";

/*
 * Of all calls to the storage 30 % fail and of 10 % the answer is lost, and whoever provisions or clears dies between any two calls, to the
 * storage or to the table. In the end every vault is ready with one manifest, and what was removed is gone. VAULT_SEED repeats a run.
 */
const customers = sized(20, 500);
const seed = Number(process.env["VAULT_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const random = randomFrom(seed);
let stage: VaultStage;
beforeAll(async () => {
  stage = await openVaultStage();
  shortenWaits();
  killInvocations();
});
afterAll(() => stage.close());

/** What becomes of a call to the storage. */
const weather = (_operation: string, when: "before" | "after"): "pass" | "fail" | "drop" => {
  const chance = random();
  if (when === "before") return chance < 0.3 ? "fail" : "pass";
  return chance < 0.1 ? "drop" : "pass";
};

/** An invocation that is killed at its n-th call to the table: before the call arrives, or before its answer does. */
interface Life {
  nth: number;
  when: "before" | "after";
  calls: number;
}
const lives = new AsyncLocalStorage<Life>();
class Killed extends Error {
  override name = "Killed";
}
const killInvocations = (): void =>
  stage.runtime.client.middlewareStack.add(
    (next) => async (args) => {
      const life = lives.getStore();
      if (!life) return next(args);
      life.calls += 1;
      if (life.calls > life.nth || (life.calls === life.nth && life.when === "before")) throw new Killed();
      const answer = await next(args);
      if (life.calls === life.nth) throw new Killed();
      return answer;
    },
    { step: "initialize", name: "killInvocations" },
  );
/** Runs something that is killed at a call, where it gets there. @returns whether it lived to its end */
async function dying(nth: number, when: Life["when"], work: () => Promise<unknown>): Promise<boolean> {
  const life: Life = { nth, when, calls: 0 };
  // Whoever dies does not answer; what it answers all the same is of no account.
  const ending = lives.run(life, work).then(
    () => true,
    (error: unknown) => {
      if (life.calls < nth) throw error;
    },
  );
  return (await ending) === true && life.calls < nth;
}
/** Runs something that may be killed on its way. @returns whether it lived to its end */
async function mayDie(work: () => Promise<unknown>): Promise<boolean> {
  const [nth, when] = [1 + Math.floor(random() * 40), random() < 0.5 ? ("before" as const) : ("after" as const)];
  if (random() < 0.6) return dying(nth, when, work);
  await work();
  return true;
}

describe("whoever is killed at any call to the table", () => {
  /** Kills `work` at one call after the other, until it lives to its end. @returns how many times it was killed */
  async function atEveryCall(
    work: (die: <T>(at: () => Promise<T>) => Promise<boolean>) => Promise<boolean>,
  ): Promise<number> {
    let kills = 0;
    for (const when of ["before", "after"] as const)
      for (let [nth, lived] = [1, false]; !lived; nth += sized(2, 1)) {
        lived = await work((at) => dying(nth, when, at));
        if (!lived) kills += 1;
      }
    return kills;
  }

  test("while it provisions a vault leaves one that gets ready, with one manifest", async () => {
    const kills = await atEveryCall(async (die) => {
      const { id } = await stage.customer({ country: "DE" });
      stage.advance(61 * minuteMs);
      const lived = await die(() => stage.sweep());
      stage.advance(61 * minuteMs);
      await stage.sweep();
      expect(await stage.item(id)).toMatchObject({ vaultStatus: "ready" });
      expect(await stage.versions("DE", `${id}/`)).toEqual([`${id}/.tenantry/vault.json`]);
      return lived;
    });
    expect(kills).toBeGreaterThan(sized(1, 4));
  }, 300_000);

  test("while it clears a vault leaves one that is cleared", async () => {
    await stage.ok("updateSettings", {
      params: { id: stage.provider.id },
      body: { deletion: { customersPerHour: 10_000 } },
    });
    const kills = await atEveryCall(async (die) => {
      const customer = await stage.customer({ country: "DE" });
      stage.advance(61 * minuteMs);
      await stage.sweep();
      for (let file = 0; file < 3; file += 1) await stage.put("DE", `${customer.id}/dev/${file}`);
      expect((await stage.remove(customer)).status).toBe(200);
      stage.advance(31 * dayMs);
      await stage.invoke("functions/schedule/sweep-purges.ts", {});
      stage.advance(26 * hourMs);
      const lived = await die(() => stage.sweep());
      for (let turn = 0; turn < 5; turn += 1) {
        stage.advance(16 * minuteMs);
        await stage.sweep();
      }
      expect(await stage.versions("DE", `${customer.id}/`)).toEqual([]);
      return lived;
    });
    expect(kills).toBeGreaterThan(sized(1, 4));
  }, 300_000);
});

test(`${customers} customers all end ready with one manifest each, and purges leave nothing (seed ${seed})`, async () => {
  let deaths = 0;
  stage.disturb(weather);
  const made: { id: string; name: string }[] = [];
  const locations = ["DE", "NL", "CH", "US"] as const;
  for (let nth = 0; nth < customers; nth += 1) {
    made.push(await stage.customer({ country: locations[nth % locations.length] }));
    // Of some the stream's word is lost.
    const batch = made.slice(-10).map(({ id }) => id);
    if (nth % 10 === 9 && random() < 0.8 && !(await mayDie(() => stage.consume(...batch)))) deaths += 1;
  }
  const statuses = async () => {
    const found = await Promise.all(made.map(({ id }) => stage.item(id)));
    return found.map((item) => item?.vaultStatus as string);
  };
  let rounds = 0;
  for (let left = customers; left > 0 && rounds < 200; rounds += 1) {
    stage.advance(61 * minuteMs);
    if (!(await mayDie(() => stage.sweep()))) deaths += 1;
    left = (await statuses()).filter((status) => status !== "ready").length;
  }
  expect((await statuses()).filter((status) => status !== "ready")).toEqual([]);
  stage.disturb(undefined);
  for (const [nth, { id }] of made.entries())
    expect(await stage.versions(locations[nth % locations.length] ?? "DE", `${id}/`)).toEqual([
      `${id}/.tenantry/vault.json`,
    ]);

  // Half of them go again, with what they have stored.
  const gone = made.filter((_customer, nth) => nth % 2 === 0);
  for (const [nth, { id }] of gone.entries())
    for (let file = 0; file < 3; file += 1) await stage.put(locations[(nth * 2) % 4] ?? "DE", `${id}/dev/${file}`);
  await stage.ok("updateSettings", {
    params: { id: stage.provider.id },
    body: { deletion: { customersPerHour: 10_000 } },
  });
  for (const customer of gone) expect((await stage.remove(customer)).status).toBe(200);
  stage.advance(31 * dayMs);
  await stage.invoke("functions/schedule/sweep-purges.ts", {});
  stage.advance(26 * hourMs);
  const left = async (): Promise<number> => {
    stage.disturb(undefined);
    const counts = await Promise.all(
      gone.map(({ id }, nth) => stage.versions(locations[(nth * 2) % 4] ?? "DE", `${id}/`)),
    );
    return counts.flat().length;
  };
  for (let turn = 0; turn < 100; turn += 1) {
    stage.disturb(weather);
    if (!(await mayDie(() => stage.sweep()))) deaths += 1;
    stage.advance(16 * minuteMs);
    if ((await left()) === 0) break;
  }
  expect(await left()).toBe(0);
  const kept = made.filter((_customer, nth) => nth % 2 === 1);
  for (const { id } of kept) expect((await stage.get(id)).vault.status).toBe("ready");
  const calls = Object.fromEntries(stage.storage.calls);
  process.stdout.write(`${JSON.stringify({ customers, rounds, deaths, calls })}\n`);
}, 600_000);
