import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { type Finding, openFinding } from "../stages/finding.ts";

type Body = Reply["body"];

let stage: Finding;
/** After how many calls to the table an invocation dies: nothing that it sends then arrives. */
let diesAfter = Number.POSITIVE_INFINITY;
let calls = 0;
beforeAll(async () => {
  stage = await openFinding();
  for (const level of ["error", "warn"] as const)
    vi.spyOn(stage.runtime.logger, level).mockImplementation((() => undefined) as never);
  stage.runtime.client.middlewareStack.add(
    (next) => async (args) => {
      calls += 1;
      if (calls > diesAfter) throw new Error("killed");
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "killed" },
  );
});
afterAll(() => stage.close());

const later = async (minutes: number): Promise<void> => {
  stage.advance(minutes * 60_000);
  await stage.invoke("functions/schedule/sweep-log-copies.ts", {});
};

describe("filing for search", () => {
  test("ends the same whatever comes late, twice, or in another order", async () => {
    const customer = await stage.customer({ name: "First Name" });
    const account = await stage.login({ customerId: customer.id });
    for (const [name, email] of [
      ["Second Name", "second@example.com"],
      ["First Again", "first@example.com"],
      ["Third", "second@example.com"],
    ] as const) {
      await stage.patch(customer.id, { name, email });
      await stage.ok("updateAccount", { params: { id: account.id }, body: { username: `${name.replace(" ", ".")}` } });
    }
    const entries = await stage.entries();
    await stage.file(entries.toReversed());
    expect(await stage.amiss()).toEqual([]);
    for (const entry of entries) await stage.file([entry]);
    expect(await stage.amiss()).toEqual([]);
    expect([await stage.ids("first"), await stage.ids("third")]).toEqual([[], [customer.id, account.id]]);
  });

  test("writes nothing where nothing is to be changed, and only what differs where something is", async () => {
    const customer = await stage.customer({ name: "Quiet Customer", email: "quiet@example.com" });
    await stage.filed();
    const written = async (): Promise<number> => {
      const entries = await stage.entries();
      let count = 0;
      const stack = stage.runtime.client.middlewareStack;
      stack.add(
        (next) => (args) => {
          const { RequestItems = {} } = args.input as { RequestItems?: Record<string, unknown> };
          for (const requests of Object.values(RequestItems)) if (Array.isArray(requests)) count += requests.length;
          return next(args);
        },
        { step: "initialize", name: "written" },
      );
      await stage.file(entries);
      stack.remove("written");
      return count;
    };
    await stage.patch(customer.id, { city: "Bern" });
    expect(await written()).toBe(0);
    // One word goes and one comes, at the provider, the reseller and itself.
    await stage.patch(customer.id, { email: "loud@example.com" });
    expect(await written()).toBe(6);
  });

  test("of the same thing by many at once ends as it is", { timeout: 60_000 }, async () => {
    const customer = await stage.customer();
    const rounds = Array.from({ length: 6 }, (_, nth) => nth);
    for (const round of rounds) {
      const work = rounds.map(async (nth) => {
        await stage.patch(customer.id, {
          name: `Round ${round} of ${(nth * 5) % 6}`,
          email: `r${nth % 3}@example.com`,
        });
      });
      await Promise.allSettled(work);
      const entries = await stage.entries();
      await Promise.allSettled(entries.map((entry) => stage.file([entry])));
    }
    // What waited too long for the others has a timer.
    await later(20);
    expect(await stage.amiss()).toEqual([]);
  });

  test("is done by the timer where its function dies, after whichever call", { timeout: 120_000 }, async () => {
    let survived = false;
    const died: number[] = [];
    for (let dies = 1; !survived; dies += 1) {
      const customer = await stage.customer({ name: `Doomed ${dies}`, email: `doomed.${dies}@example.com` });
      await stage.filed();
      await stage.patch(customer.id, { name: `Doomed anew ${dies}`, externalRef: `doomed-${dies}` });
      const entries = await stage.entries();
      [calls, diesAfter] = [0, dies];
      survived = await stage.file(entries).then(
        () => calls <= dies,
        () => false,
      );
      diesAfter = Number.POSITIVE_INFINITY;
      if (!survived) died.push(dies);
      // Once more in the same minute, by whoever changes it next.
      if (dies % 2 === 0) {
        await stage.patch(customer.id, { email: `risen.${dies}@example.com` });
        await stage.file(await stage.entries()).catch(() => undefined);
      }
      await later(16);
      expect([dies, await stage.amiss()]).toEqual([dies, []]);
    }
    expect(died.length).toBeGreaterThan(10);
  });

  test("of a branch that comes while a part of it is just being filed ends as it is", async () => {
    const [from, to] = [
      await stage.create(stage.provider.id, { level: "reseller" }),
      await stage.create(stage.provider.id, { level: "reseller" }),
    ];
    const customer = await stage.create(from.id, { name: "Interleaved" });
    await stage.filed();
    const site = await stage.create(customer.id, { name: "Interleaved site" });
    const created = await stage.entries();
    // Between what the filing of the site has read and what it writes, the customer moves, and that is filed.
    let moved = false;
    const stack = stage.runtime.client.middlewareStack;
    stack.add(
      (next, context) => async (args) => {
        const claims =
          context["commandName"] === "UpdateItemCommand" && JSON.stringify(args.input).includes(`FILED#${site.id}`);
        if (!claims || moved) return next(args);
        moved = true;
        await stage.ok("moveCustomer", { params: { id: customer.id }, body: { parentId: to.id } });
        await stage.filed();
        return next(args);
      },
      { step: "initialize", name: "interleaved" },
    );
    await stage.file(created);
    stack.remove("interleaved");
    expect(moved).toBe(true);
    expect(await stage.amiss()).toEqual([]);
    expect(await stage.ids("interleaved s", {}, { token: (await stage.key(to.id)).token })).toEqual([site.id]);
  });
});

describe("a rebuild", () => {
  const rebuild = (payload: object = {}) => stage.invoke("functions/setup/rebuild-search.ts", payload) as Promise<Body>;

  test("fills the index of what was there before; a dry run counts and writes nothing", async () => {
    const seller = await stage.create(stage.provider.id, { level: "reseller", name: "Rebuilt Seller" });
    const customer = await stage.create(seller.id, { name: "Rebuilt", autoAuthorize: true });
    const account = await stage.login({ customerId: customer.id, username: "rebuilt.account" });
    await stage.device(customer.id, { name: "rebuilt-pc" });
    const gone = await stage.create(seller.id, { name: "Rebuilt and deleted" });
    await stage.remove(gone);
    // Nobody files any of it.
    await stage.entries();
    expect(await stage.ids("rebuilt")).toEqual([]);
    const before = new Set((await dump(stage.table)).map((item) => JSON.stringify(item)));
    const counted = await rebuild({ customerId: seller.id, dryRun: true });
    // The seller, its Default Customer, both others, the account, the device and the account that it has got.
    expect(counted).toMatchObject({ customers: 4, things: 7, failed: [] });
    expect(counted.outdated).toBe((await stage.amiss()).length);
    expect(new Set((await dump(stage.table)).map((item) => JSON.stringify(item)))).toEqual(before);
    expect(await rebuild({ customerId: seller.id })).toEqual(counted);
    expect(await stage.amiss()).toEqual([]);
    expect(await stage.ids("rebuilt.acc")).toEqual([account.id]);
    expect(await rebuild()).toMatchObject({ outdated: 0, failed: [] });
  });

  test("puts back what is missing, rights what says something else, and takes away what leads nowhere", async () => {
    const customer = await stage.customer({ name: "Damaged Goods", email: "damaged@example.com" });
    await stage.filed();
    const { documents, tableName: TableName } = stage.table;
    const own = (await dump(stage.table)).filter(
      ({ pk, id }) => pk === `FIND#${stage.provider.id}#customer` && id === customer.id,
    );
    const [first, second, third] = own;
    if (!first || !second || !third) throw new Error("There are three words.");
    const { DeleteCommand, PutCommand } = await import("@aws-sdk/lib-dynamodb");
    await documents.send(new DeleteCommand({ TableName, Key: { pk: first.pk, sk: first.sk } }));
    await documents.send(new PutCommand({ TableName, Item: { ...second, ancestors: [] } }));
    await documents.send(new PutCommand({ TableName, Item: { ...third, sk: `nonsense\u0001name#${customer.id}` } }));
    const nobody = "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8";
    await documents.send(
      new PutCommand({ TableName, Item: { ...third, id: nobody, sk: `nobody\u0001name#${nobody}` } }),
    );
    // Whatever stands in the index, a search shows what is true.
    expect(await stage.ids("nonsense")).toEqual([]);
    expect(await stage.ids("nobody")).toEqual([]);
    expect(await stage.amiss()).toHaveLength(5);
    expect(await rebuild({ dryRun: true })).toMatchObject({ outdated: 4 });
    expect(await rebuild()).toMatchObject({ outdated: 4, failed: [] });
    expect(await stage.amiss()).toEqual([]);
    expect(await rebuild()).toMatchObject({ outdated: 0 });
  });

  test("leaves to whoever is at work what that one has, and finishes what somebody has died at", async () => {
    const customer = await stage.customer({ name: "Held Up" });
    await stage.filed();
    const { documents, tableName: TableName } = stage.table;
    const key = { pk: `FILED#${customer.id}`, sk: "@" };
    const busy = (busyUntil: number) =>
      documents.send(
        new UpdateCommand({
          TableName,
          Key: key,
          UpdateExpression: "SET busyUntil = :until",
          ExpressionAttributeValues: { ":until": busyUntil },
        }),
      );
    await stage.patch(customer.id, { name: "Held Down" });
    await stage.entries();
    await busy(stage.now() + 60_000);
    expect((await rebuild()).failed).toEqual([customer.id]);
    stage.advance(61_000);
    expect((await rebuild()).failed).toEqual([]);
    expect(await stage.amiss()).toEqual([]);
  });

  test("refuses a payload that does not fit", async () => {
    await expect(rebuild({ customer: "x" })).rejects.toThrow("does not fit");
  });
});
