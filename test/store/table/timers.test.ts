import { beforeAll, describe, expect, test } from "vitest";
import { timerKey } from "../../../shared/store/table/keys.ts";
import { dueTimers } from "../../../shared/store/table/sweep.ts";
import { timerChanges, timerPut } from "../../../shared/store/table/timers.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});

const kind = "account-purge";
const [one, two, three] = ["2030-01-01T00:00:00.000Z", "2030-01-02T00:00:00.000Z", "2030-01-03T00:00:00.000Z"] as const;
const change = (owner: string, before: string | null, after: string | null) =>
  store.open().commit(timerChanges(owner, { [kind]: before }, { [kind]: after }));
const timerOf = (owner: string) => store.open().get(timerKey(owner, kind));
async function dueUntil(at: string): Promise<string[]> {
  const owners: string[] = [];
  for await (const page of dueTimers(store.open(), kind, Date.parse(at)))
    owners.push(...page.map(({ ownerPk }) => ownerPk));
  return owners;
}

describe("the timer of an item", () => {
  test("is set, moved and taken away with the time that it stands for", async () => {
    await change("owner", null, two);
    expect(await timerOf("owner")).toMatchObject({ kind: "timer", timer: kind, at: two, dueSk: `${two}#owner` });
    expect([await dueUntil(one), await dueUntil(two)]).toEqual([[], ["owner"]]);
    await change("owner", two, three);
    expect([await dueUntil(two), await dueUntil(three)]).toEqual([[], ["owner"]]);
    await change("owner", three, one);
    expect(await dueUntil(one)).toEqual(["owner"]);
    await change("owner", one, null);
    expect(await timerOf("owner")).toBeUndefined();
    expect(await dueUntil(three)).toEqual([]);
  });

  test("is left alone where its time stays", () => {
    expect(timerChanges("owner", { [kind]: null }, {})).toEqual([]);
    expect(timerChanges("owner", { [kind]: one }, { [kind]: one })).toEqual([]);
  });

  test("gives way to what its record says, wherever a sweep has put it off to", async () => {
    await change("held", null, two);
    await store.open().commit([timerPut("held", kind, three)]);
    await change("held", two, one);
    expect(await timerOf("held")).toMatchObject({ at: one });
    await store.open().commit([timerPut("held", kind, three)]);
    await change("held", one, null);
    expect(await timerOf("held")).toBeUndefined();
  });

  test("of each kind is one of its own", async () => {
    await store.open().commit([timerPut("both", kind, one), timerPut("both", "account-trial-end", two)]);
    await change("both", one, null);
    expect(await store.open().get(timerKey("both", "account-trial-end"))).toMatchObject({ at: two });
  });
});
