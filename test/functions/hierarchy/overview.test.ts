import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dump } from "../../model/invariants.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Moving, openMoving } from "../stages/moving.ts";

let fleet: Moving;
beforeAll(async () => {
  fleet = await openMoving();
}, 120_000);
afterAll(() => fleet.close());

/** Files the copies of all entries, as the stream would. */
async function fileLog(): Promise<void> {
  const entries = (await dump(fleet.table)).filter(({ kind }) => kind === "log");
  const Records = entries.map(({ pk, sk, ...rest }) => ({
    eventName: "INSERT",
    dynamodb: { SequenceNumber: "1", Keys: marshall({ pk, sk }), NewImage: marshall({ pk, sk, ...rest }) },
  }));
  await fleet.invoke("functions/stream/file-log-entries.ts", { Records });
}

test("an overview says in one answer what the operations for each part of it say", async () => {
  const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
  const customer = await fleet.create(reseller.id, { autoAuthorize: true, inTrial: true });
  const login = await fleet.login({ customerId: customer.id });
  for (let nth = 0; nth < 10; nth += 1)
    await fleet.ok("createDevice", { body: { accountId: login.id, ...fleet.machine() } });
  await fleet.settled();
  await fileLog();
  const from = fleet.at().slice(0, 10);
  for (let night = 0; night < 3; night += 1) {
    fleet.advance(86_400_000);
    await fleet.invoke("functions/schedule/sweep-ledger.ts", {});
  }
  const to = fleet.at().slice(0, 10);
  for (const { id } of [reseller, customer]) {
    const read = (operation: "getCustomer" | "getWatchlist" | "getStorage" | "listLog", query = {}) =>
      fleet.ok(operation, { params: { id }, query });
    const overview = await fleet.ok("getOverview", { params: { id } });
    const { counts, items } = await read("getWatchlist", { limit: "8" });
    const { items: days } = await fleet.ok("getUsage", { params: { id }, query: { from, to } });
    expect(days.length).toBeGreaterThanOrEqual(3);
    expect(overview).toEqual({
      customer: await read("getCustomer"),
      devices: 10,
      attention: { counts, items },
      storage: await read("getStorage"),
      log: (await read("listLog", { limit: "8" })).items,
      trend: days.map(({ period, branch }: { period: string; branch: object }) => ({ day: period, ...branch })),
    });
    expect(overview.log).toHaveLength(8);
  }
});

test("a deleted customer has none", async () => {
  const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
  const gone = await fleet.create(reseller.id);
  await fleet.remove(gone);
  expectRefusal(await fleet.call("getOverview", { params: { id: gone.id } }), 409, "customer_deleted");
});
