import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { openVaultStage, type VaultStage } from "../stages/vaults.ts";

/* A customer may change between all-inclusive and software-only while neither it nor a site of it may have data stored. */
let stage: VaultStage;
beforeAll(async () => {
  stage = await openVaultStage();
});
afterAll(() => stage.close());

const change = (id: string, serviceType: string, query?: Record<string, string>) =>
  stage.call("updateCustomer", { params: { id }, body: { serviceType }, ...(query && { query }) });
const site = (parentId: string, more: object = {}) => stage.create(parentId, { autoAuthorize: true, ...more });
/** A device that has been allowed to back up once. */
async function storing(customerId: string): Promise<void> {
  const device = await stage.device(customerId);
  expect((await stage.backup(device)).body.allowed).toBe(true);
}

describe("the sites of an end-customer follow its service type", () => {
  test("with a vault ordered for each that stays, and for those that are deleted and may come back", async () => {
    const customer = await stage.customer({ serviceType: "software-only" });
    const [one, other] = [await site(customer.id), await site(customer.id, { country: "CH" })];
    await stage.remove(other);
    const versions = new Map([one, other].map(({ id }) => [id, id === other.id ? 2 : 1]));
    expect([one.vault, other.vault]).toEqual([null, null]);
    const dry = await change(customer.id, "all-inclusive", { dryRun: "true" });
    expect([dry.status, (await stage.get(one.id)).serviceType]).toEqual([200, "software-only"]);
    expect((await change(customer.id, "all-inclusive")).status).toBe(200);
    for (const [{ id }, location] of [
      [one, "DE"],
      [other, "CH"],
    ] as const) {
      const item = await stage.item(id);
      expect(item).toMatchObject({ vaultStatus: "provisioning", vault: { location, prefix: `${id}/` } });
      // Nothing else of a site has changed.
      expect(item.version).toBe(versions.get(id));
    }
    const read = await stage.get(one.id);
    expect(read).toMatchObject({ serviceType: "all-inclusive", vault: { status: "provisioning" } });
    await stage.consume(customer.id, one.id);
    await storing(one.id);
  });

  test("and lose it with it, which stays where it is until they are removed", async () => {
    const customer = await stage.customer();
    const one = await site(customer.id);
    await stage.consume(customer.id, one.id);
    expect((await change(customer.id, "software-only")).body).toMatchObject({ vault: null });
    expect(await stage.get(one.id)).toMatchObject({ serviceType: "software-only", vault: null });
    expect(await stage.item(one.id)).toMatchObject({ formerVaults: [{ location: "DE" }] });
    expect(await stage.versions("DE", `${one.id}/`)).toHaveLength(1);
  });
});

describe("the service type stays", () => {
  test.each(["the end-customer", "one of its sites"])("while a device of %s may have data stored", async (whose) => {
    const customer = await stage.customer();
    const one = await site(customer.id);
    await stage.consume(customer.id, one.id);
    await storing(whose === "one of its sites" ? one.id : customer.id);
    expectRefusal(await change(customer.id, "software-only"), 409, "data_stored", "serviceType");
    expect(await stage.get(customer.id)).toMatchObject({ serviceType: "all-inclusive", vault: { status: "ready" } });
  });

  test("where a device of a site begins to store in the same moment", async () => {
    const customer = await stage.customer();
    const one = await site(customer.id);
    await stage.consume(customer.id, one.id);
    const device = await stage.device(one.id);
    const stack = stage.runtime.client.middlewareStack;
    stack.add(
      (next, context) => async (args) => {
        if (context["commandName"] === "TransactWriteItemsCommand" && stack.remove("beforeCommit"))
          expect((await stage.backup(device)).body.allowed).toBe(true);
        return next(args);
      },
      { step: "initialize", name: "beforeCommit" },
    );
    expectRefusal(await change(customer.id, "software-only"), 409, "data_stored", "serviceType");
  });

  test("where a site would store in a location that is closed", async () => {
    const customer = await stage.customer({ serviceType: "software-only" });
    await site(customer.id, { country: "BE" });
    const close = (closedLocations: string[]) =>
      stage.ok("updateSettings", { params: { id: stage.provider.id }, body: { storage: { closedLocations } } });
    await close(["BE"]);
    expectRefusal(await change(customer.id, "all-inclusive"), 409, "location_closed", "serviceType");
    await close([]);
    expect((await change(customer.id, "all-inclusive")).status).toBe(200);
  });

  test("with more sites than one transaction takes", async () => {
    const customer = await stage.customer({ serviceType: "software-only" });
    for (let nth = 0; nth < 40; nth += 1) await site(customer.id);
    await site(customer.id);
    expectRefusal(await change(customer.id, "all-inclusive"), 409, "too_many");
  });
});

test("40 sites change with their end-customer in one transaction", async () => {
  const customer = await stage.customer({ serviceType: "software-only" });
  const sites: string[] = [];
  for (let nth = 0; nth < 40; nth += 1) sites.push((await site(customer.id)).id);
  expect((await change(customer.id, "all-inclusive")).status).toBe(200);
  const items = await Promise.all(sites.map((id) => stage.item(id)));
  expect(new Set(items.map(({ vaultStatus }) => vaultStatus))).toEqual(new Set(["provisioning"]));
});
