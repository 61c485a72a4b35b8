import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileOnce, readAhead } from "../../../shared/store/search/filing.ts";
import { type Database, openDatabase } from "../../../shared/store/table/database.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import { dump, type Item } from "../../model/invariants.ts";
import { costsOf, type Reply } from "../../support/api.ts";
import { type Finding, openFinding } from "../stages/finding.ts";

type Body = Reply["body"];

let stage: Finding;
beforeAll(async () => {
  stage = await openFinding();
});
afterAll(() => stage.close());

/** Writes items past all functions. */
async function write(items: readonly Item[]): Promise<void> {
  const { documents, tableName } = stage.table;
  for (let start = 0; start < items.length; start += 25) {
    const RequestItems = { [tableName]: items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } })) };
    const { UnprocessedItems = {} } = await documents.send(new BatchWriteCommand({ RequestItems }));
    expect(UnprocessedItems).toEqual({});
  }
}

let serial = 0;
/** Puts as many more customers beside one as are asked for: its record and what is filed of it, each time for another id. */
async function multiply(customer: Body, count: number): Promise<void> {
  const own = (await dump(stage.table)).filter(
    ({ pk, id, kind }) => (pk === customer.id && kind === "customer") || (pk.startsWith("FIND#") && id === customer.id),
  );
  const text = JSON.stringify(own);
  const copies = Array.from({ length: count }, () => {
    const id = `cus_01JZX0N4Y8M1Q2R3S4T5${String((serial += 1)).padStart(6, "0")}`;
    return JSON.parse(text.replaceAll(customer.id, id)) as Item[];
  });
  await write(copies.flat());
}

describe("a search", () => {
  test(
    "takes 3 round trips and reads as much, whether 50 customers stand in the branch or 5,000, and whatever stands elsewhere",
    { timeout: 300_000 },
    async () => {
      const sellers = [];
      for (let nth = 0; nth < 2; nth += 1) sellers.push(await stage.create(stage.provider.id, { level: "reseller" }));
      const [own, other] = sellers as [Body, Body];
      const { token } = await stage.key(own.id, "viewer");
      const customers = [
        await stage.create(own.id, { name: "Multitude" }),
        await stage.create(other.id, { name: "Multitude too" }),
      ] as const;
      const account = await stage.login({ customerId: customers[0].id, username: "multitude" });
      await stage.ok("createDevice", { body: { accountId: account.id, ...stage.machine({ name: "multitude" }) } });
      await stage.filed();
      const costs = async () => {
        const all = [];
        for (const as of [{ token }, undefined])
          for (const query of [{}, { kind: "customer" }, { kind: "device" }]) {
            const reply = await stage.call("search", { query: { q: "multi", limit: "20", ...query } }, as);
            expect(reply.status).toBe(200);
            all.push({ ...costsOf(reply), items: reply.body.items.length });
          }
        return all;
      };
      await multiply(customers[0], 50);
      const few = await costs();
      expect(Math.max(...few.map(({ roundTrips }) => roundTrips))).toBe(3);
      // Two kinds of word with the customers, one with each of the others.
      expect(few.map(({ items }) => items)).toEqual([20, 20, 1, 20, 20, 1]);
      await multiply(customers[0], 5_000);
      await multiply(customers[1], 500);
      const many = await costs();
      expect(many.map(({ roundTrips, items }) => [roundTrips, items])).toEqual(
        few.map(({ roundTrips, items }) => [roundTrips, items]),
      );
      for (const [at, { readUnits }] of many.entries())
        expect(Math.abs(readUnits - (few[at]?.readUnits ?? 0))).toBeLessThanOrEqual(2);
      // 20 records with what is known of their branch, and three pages of words.
      expect(Math.max(...many.map(({ readUnits }) => readUnits))).toBeLessThanOrEqual(40);
      process.stdout.write(`${JSON.stringify({ few, many })}\n`);
    },
  );
});

describe("filing", () => {
  /** What filing a thing costs until there is nothing to do, in units. */
  const costsOfFiling = async (id: string) => {
    const meter = createMeter();
    const open = (): Database => openDatabase(stage.runtime.client, stage.table.tableName, meter);
    for (let outcome = ""; outcome !== "as it is";) {
      const db = open();
      await readAhead(db, [id]);
      outcome = await fileOnce(db, () => stage.now(), id);
    }
    const { readUnits, writeUnits } = meter.costs();
    return { readUnits, writeUnits };
  };

  test("writes one unit for each word and level, and two for itself; what changes no word costs no write", async () => {
    const distributor = await stage.create(stage.provider.id, { level: "distributor" });
    const reseller = await stage.create(distributor.id, { level: "reseller" });
    // Three words, an address and a reference, at four levels.
    const customer = await stage.create(reseller.id, {
      name: "Praxis Dr. Müller",
      externalRef: "K-1",
      autoAuthorize: true,
    });
    expect(await costsOfFiling(customer.id)).toEqual({ readUnits: 10, writeUnits: 5 * 4 + 2 });
    // A user name, the two words of a contact, and its address.
    const account = await stage.login({
      customerId: customer.id,
      contact: { name: "Ida Müller", email: "ida@example.com" },
    });
    expect(await costsOfFiling(account.id)).toEqual({ readUnits: 16, writeUnits: 4 * 4 + 2 });
    // A name and a machine id.
    const device = await stage.ok("createDevice", { body: { accountId: account.id, ...stage.machine() } });
    expect(await costsOfFiling(device.id)).toEqual({ readUnits: 14, writeUnits: 2 * 4 + 2 });
    expect(await costsOfFiling(device.id)).toEqual({ readUnits: 7, writeUnits: 0 });
    await stage.patch(customer.id, { email: "new@example.com" });
    // One word goes and one comes at each level.
    expect(await costsOfFiling(customer.id)).toMatchObject({ writeUnits: 2 * 4 + 2 });
  });
});
