import { beforeAll, expect, test } from "vitest";
import { costsOf, type Reply } from "../../support/api.ts";
import { allPages, expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet({ rateLimit: 1_000_000 });
});

const device = async (accountId: string): Promise<Body> =>
  fleet.ok("createDevice", { body: { accountId, ...fleet.machine() } });
const batch = async (ids: readonly string[], options?: object): Promise<Body[]> =>
  (await fleet.ok("getBatch", { query: { ids: ids.join(",") } }, options)).items;
/** What is in an item, whatever it is. */
const inside = (item: Body): Body => item[item.kind];

/** Ids of listed things, but of the Default Customer that each reseller has. */
const idsOf = (items: readonly Body[]): string[] =>
  items.filter((item) => inside(item).isDefault !== true).map((item) => inside(item).id);

/** A reseller with customers, a site, accounts and devices, and a key of it. Names begin so that the tree has the order in which they are made. */
async function book() {
  const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
  const make = (parentId: string, name: string, level: string) =>
    fleet.create(parentId, { name: fleet.freshName(name), level, autoAuthorize: true });
  const [one, two, none] = [
    await make(reseller.id, "1", "end-customer"),
    await make(reseller.id, "2", "end-customer"),
    await make(reseller.id, "3", "end-customer"),
  ];
  const site = await make(one.id, "1 site", "site");
  const accounts = [];
  for (const { id } of [one, site, two]) accounts.push(await fleet.login({ customerId: id }));
  const devices = [];
  for (const { id } of accounts) devices.push(await device(id), await device(id));
  const { token } = await fleet.key(reseller.id, "viewer");
  return { reseller, one, two, none, site, accounts, devices, token };
}

test("gets customers, accounts and devices by their ids, in their order and as they are got singly", async () => {
  const { reseller, site, accounts, devices, token } = await book();
  const ids = [devices[3], reseller, accounts[1], site, devices[0]].map(({ id }) => id as string);
  const items = await batch(ids, { token });
  expect(items.map(({ kind }) => kind)).toEqual(["device", "customer", "account", "customer", "device"]);
  const singly = { customer: "getCustomer", account: "getAccount", device: "getDevice" } as const;
  for (const [nth, item] of items.entries())
    expect(inside(item)).toEqual(
      await fleet.ok(singly[item.kind as keyof typeof singly], { params: { id: ids[nth] ?? "" } }, { token }),
    );
});

test("leaves out what nobody has and what is another branch's, with the same answer", async () => {
  const [own, other] = [await book(), await book()];
  const foreign = [other.reseller, other.site, other.accounts[0], other.devices[0]].map(({ id }) => id as string);
  const unknown = ["cus", "acc", "dev"].map((kind) => `${kind}_01ARZ3NDEKTSV4RRFFQ69G5FAV`);
  const { token } = own;
  const items = await batch([...foreign, own.one.id, ...unknown], { token });
  expect(items.map((item) => inside(item).id)).toEqual([own.one.id]);
  expect(await batch(foreign, { token })).toEqual(await batch(unknown, { token }));
});

test("gets a hundred things in three round trips, and refuses more, the same twice, and what is no id", async () => {
  const { reseller, token } = await book();
  const ids: string[] = [];
  for (let nth = 0; nth < 34; nth += 1) {
    const { id } = await fleet.create(reseller.id, { autoAuthorize: true });
    const account = await fleet.login({ customerId: id });
    ids.push(id, account.id, (await device(account.id)).id);
  }
  const hundred = ids.slice(0, 100);
  const reply = await fleet.call("getBatch", { query: { ids: hundred.join(",") } }, { token });
  expect(reply.body.items.map((item: Body) => inside(item).id)).toEqual(hundred);
  expect(costsOf(reply).roundTrips).toBeLessThanOrEqual(3);
  const refused = async (query: Record<string, string>): Promise<void> =>
    expectRefusal(await fleet.call("getBatch", { query }, { token }), 400, "invalid_request", "ids");
  await refused({ ids: ids.slice(0, 101).join(",") });
  await refused({ ids: [...hundred.slice(0, 2), hundred[0]].join(",") });
  await refused({});
  for (const text of ["", "x", `${hundred[0]},`, `${hundred[0]} ${hundred[1]}`, "con_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    await refused({ ids: text });
});

test("lists everything of one kind in a branch by one cursor, whatever the size of the pages", async () => {
  const { reseller, one, two, none, site, accounts, devices, token } = await book();
  const expected: Record<string, string[]> = {
    customer: [one.id, site.id, two.id, none.id],
    account: accounts.map(({ id }) => id),
    device: devices.map(({ id }) => id as string),
  };
  const list = async (kind: string, query: Record<string, string> = {}, id: string = reseller.id) => {
    const { items } = await allPages(
      fleet,
      "listDescendants",
      { params: { id }, query: { kind, ...query } },
      { token },
    );
    expect(new Set(items.map((item) => item.kind))).toEqual(new Set(items.length > 0 ? [kind] : []));
    return idsOf(items);
  };
  for (const [kind, ids] of Object.entries(expected))
    for (const limit of ["1", "2", "3", "50"])
      expect([kind, limit, await list(kind, { limit })]).toEqual([kind, limit, ids]);
  expect(await list("customer", { level: "site" })).toEqual([site.id]);
  expect(await list("customer", { level: "distributor" })).toEqual([]);
  // From the middle of the tree: the accounts of the customer itself are among it.
  expect(await list("customer", {}, one.id)).toEqual([site.id]);
  expect(await list("account", {}, one.id)).toEqual(expected["account"]?.slice(0, 2));
  expect(await list("device", {}, site.id)).toEqual(expected["device"]?.slice(2, 4));
  expect(await list("account", {}, none.id)).toEqual([]);
  // What is deleted goes with its branch; what is listed by its customer until it is purged is listed here too.
  await fleet.remove(two);
  expect(await list("customer")).toEqual([one.id, site.id, none.id]);
  expect(await list("device")).toEqual(expected["device"]?.slice(0, 4));
});

test("refuses a list of another branch, of no kind, and filters that do not fit", async () => {
  const [own, other] = [await book(), await book()];
  const ask = (id: string, query: Record<string, string>) =>
    fleet.call("listDescendants", { params: { id }, query }, { token: own.token });
  const [foreign, unknown] = [other.reseller.id, "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"];
  for (const kind of ["customer", "account", "device"])
    for (const id of [foreign, unknown]) expectRefusal(await ask(id, { kind }), 404, "not_found");
  expectRefusal(await ask(own.reseller.id, {}), 400, "invalid_request", "kind");
  expectRefusal(await ask(own.reseller.id, { kind: "contact" }), 400, "invalid_request", "kind");
  expectRefusal(await ask(own.reseller.id, { kind: "device", level: "site" }), 400, "invalid_request", "level");
  expectRefusal(await ask(own.reseller.id, { kind: "device", state: "active" }), 400, "invalid_request", "state");
  const { nextCursor: cursor } = (await ask(own.reseller.id, { kind: "customer", limit: "1" })).body;
  expectRefusal(await ask(own.reseller.id, { kind: "account", cursor }), 400, "invalid_cursor");
});

test("goes through more customers than a page looks at, and says so by its cursor", async () => {
  const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
  const ids: string[] = [];
  for (let nth = 0; nth < 230; nth += 1)
    ids.push((await fleet.create(reseller.id, { name: `Many ${String(nth).padStart(3, "0")}` })).id);
  const last = await fleet.login({ customerId: ids.at(-1) });
  const { token } = await fleet.key(reseller.id, "viewer");
  const { items, pages } = await allPages(
    fleet,
    "listDescendants",
    { params: { id: reseller.id }, query: { kind: "account" } },
    { token },
  );
  expect(items.map((item) => item.account.id)).toEqual([last.id]);
  expect(pages.map(({ body }) => body.items.length)).toEqual([0, 1]);
  const customers = await allPages(
    fleet,
    "listDescendants",
    { params: { id: reseller.id }, query: { kind: "customer", limit: "100" } },
    { token },
  );
  expect(idsOf(customers.items)).toEqual(ids);
});
