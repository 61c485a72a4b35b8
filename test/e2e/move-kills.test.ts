import { setTimeout as sleep } from "node:timers/promises";
import pMap from "p-map";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KillableRun, startKillableRun } from "../support/killable-run.ts";
import { randomFrom } from "../support/random.ts";
import { createReseller } from "../support/sign-ups.ts";

/*
 * The long run asks for more: twenty kills among 1,000 customers. MOVE_SEED repeats a run as far as its moments go.
 */
const kills = Number(process.env["MOVE_KILLS"] ?? 1);
const customers = Number(process.env["MOVE_CUSTOMERS"] ?? 60);
const seed = Number(process.env["MOVE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const random = randomFrom(seed);

type Json = Record<string, unknown>;
let run: KillableRun;
beforeAll(async () => {
  process.stdout.write(`move-kills: ${kills} kills, ${customers} customers, MOVE_SEED=${seed}\n`);
  run = await startKillableRun("tenantry-moves-");
}, 120_000);
afterAll(() => run.end());

const all = async (path: string): Promise<Json[]> => {
  const items: Json[] = [];
  for (let cursor: unknown = ""; cursor !== null;) {
    const page = await run.call("GET", `${path}&limit=200${cursor === "" ? "" : `&cursor=${String(cursor)}`}`);
    items.push(...(page["items"] as Json[]));
    cursor = page["nextCursor"];
  }
  return items;
};

test(
  "each of many customers is moved exactly once, however often the installation is killed meanwhile",
  { timeout: 1_800_000 },
  async () => {
    const [from, to] = [
      await createReseller(run.call, "Former reseller"),
      await createReseller(run.call, "New reseller"),
    ];
    const ids = await pMap(
      Array.from({ length: customers }, (_, nth) => nth),
      async (nth) => {
        const body = { parentId: from, name: `Moved ${nth}`, email: "office@example.com", country: "DE" };
        return String((await run.call("POST", "/customers", body))["id"]);
      },
      { concurrency: 16 },
    );
    const { id } = await run.call("POST", "/customer-moves", { ids, parentId: to });
    const task = (): Promise<Json> => run.call("GET", `/tasks/${String(id)}`);
    const doneOf = (one: Json): number => (one["progress"] as { done: number }).done;
    const places = Array.from({ length: kills }, () => Math.floor(random() * customers)).sort(
      (one, other) => one - other,
    );
    const killedAt: number[] = [];
    for (const place of places) {
      await run.until(async () => doneOf(await task()) >= place, `${place} customers are moved`);
      await sleep(random() * 60);
      await run.kill();
      run.start();
      await run.ready();
      killedAt.push(doneOf(await task()));
      // Whoever worked at it when the run was killed is believed to do so for a while. The answer comes once the task has been worked at.
      const body = JSON.stringify({ advance: "PT3M" });
      void fetch(`${run.url}/_local/clock`, { method: "POST", body }).catch(() => undefined);
    }
    await run.until(async () => (await task())["endedAt"] !== null, "the task has ended");
    process.stdout.write(`move-kills: killed after ${killedAt.join(", ")} rows\n`);
    const { status, progress, result } = await task();
    expect([status, progress]).toEqual(["succeeded", { done: customers, failed: 0, total: customers }]);
    expect((result as { rows: Json[] }).rows.map((row) => [row["id"], row["status"]])).toEqual(
      ids.map((one) => [one, "succeeded"]),
    );
    const there = (await all(`/customers?parentId=${to}`)).filter(({ isDefault }) => isDefault !== true);
    expect(there.map((one) => one["id"]).sort()).toEqual([...ids].sort());
    // The version counts every move.
    expect(new Set(there.map(({ version }) => version))).toEqual(new Set([2]));
    expect((await all(`/customers?parentId=${from}`)).every(({ isDefault }) => isDefault === true)).toBe(true);
    const arrived = (await all(`/customers/${to}/log?`)).filter(({ type }) => type === "CustomerArrived");
    expect(arrived.map(({ node }) => (node as Json)["id"]).sort()).toEqual([...ids].sort());
  },
);
