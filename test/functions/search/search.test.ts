import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Finding, openFinding } from "../stages/finding.ts";

type Body = Reply["body"];

let stage: Finding;
beforeAll(async () => {
  stage = await openFinding();
});
afterAll(() => stage.close());

const seller = (more: object = {}) => stage.create(stage.provider.id, { level: "reseller", ...more });
const tokenOf = async (customerId: string): Promise<{ token: string }> => ({
  token: (await stage.key(customerId, "viewer")).token,
});
/** What a text finds: the ids, each with what of it was found. */
const matches = async (q: string, query: Record<string, string> = {}, options?: { token: string }) =>
  (await stage.find(q, query, options)).map(({ id, matched }: Body) => [id, matched]);

describe("a search finds", () => {
  test("a customer by each of the first words of its name, by its address and its reference", async () => {
    const { id } = await stage.customer({
      name: "Zahnarzt Dr. Müller-Lüdenscheidt",
      email: "praxis@mueller.example",
      externalRef: "K-1000/7",
    });
    await stage.filed();
    for (const [q, matched] of [
      ["zahn", "name"],
      ["ZAHNARZT DR", "name"],
      ["dr. mül", "name"],
      ["Mull", "name"],
      ["lüdenscheidt", "name"],
      ["praxis@", "email"],
      ["praxis@mueller.example", "email"],
      ["k-1000", "externalRef"],
    ] as const)
      expect([q, await matches(q)]).toEqual([q, [[id, matched]]]);
    for (const q of ["ahnarzt", "müller dr", "example", "1000"]) expect([q, await stage.ids(q)]).toEqual([q, []]);
  });

  test("an account by its user name, its reference and its contact, and a device by its name, its computer and its reference", async () => {
    const customer = await stage.customer({ name: "Werkstatt Eins" });
    const account = await stage.login({
      customerId: customer.id,
      username: "werk.statt-1",
      externalRef: "AC-77",
      contact: { name: "Ilse Bär", email: "ilse@werkstatt.example" },
    });
    const device = await stage.ok("createDevice", {
      body: {
        accountId: account.id,
        ...stage.machine({ name: "LAGER-PC 3", machineId: "4C4C-0042" }),
        externalRef: "INV-9",
      },
    });
    await stage.filed();
    const path = [
      { id: stage.provider.id, level: "provider", name: stage.provider.name, isDefault: false },
      { id: stage.resellerId, level: "reseller", name: (await stage.get(stage.resellerId)).name, isDefault: false },
      { id: customer.id, level: "end-customer", name: customer.name, isDefault: false },
    ];
    const found = { customerId: customer.id, path, deletedAt: null };
    const [own, ofDevice] = [
      { kind: "account", id: account.id, name: "werk.statt-1", accountId: null, ...found },
      { kind: "device", id: device.id, name: "LAGER-PC 3", accountId: account.id, ...found },
    ];
    for (const [q, what, matched] of [
      ["WERK.stat", own, "username"],
      ["ac-7", own, "externalRef"],
      ["bar", own, "contactName"],
      ["ilse b", own, "contactName"],
      ["ilse@werk", own, "contactEmail"],
      ["lager pc", ofDevice, "name"],
      ["4c4c-00", ofDevice, "machineId"],
      ["inv", ofDevice, "externalRef"],
    ] as const)
      expect([q, await stage.find(q)]).toEqual([q, [{ ...what, matched }]]);
    // Of the name of a computer nothing but the beginning.
    expect(await stage.ids("3")).toEqual([]);
  });

  test("names in eight scripts, by plain letters, other cases and full width", async () => {
    const names: [name: string, typed: string][] = [
      ["Łódzka Kancelaria", "lodzka KAN"],
      ["Ёлкин Сервис", "елкин с"],
      ["Άννα Οδοντίατρος", "αννα ο"],
      ["שלום מרפאה", "מרפאה"],
      ["شركة النُّور", "النور"],
      ["डॉक्टर शर्मा", "शर्मा"],
      ["大阪 牙科", "牙"],
      ["ｻﾎﾟｰﾄ 株式会社", "サポート"],
      ["한국 치과", "치과"],
    ];
    const made = await Promise.all(names.map(([name]) => stage.customer({ name })));
    await stage.filed();
    for (const [at, [, typed]] of names.entries())
      expect([typed, await stage.ids(typed)]).toEqual([typed, [made[at].id]]);
  });

  test("only the kind that is asked for", async () => {
    const customer = await stage.customer({ name: "Kindred", email: "kindred@example.com" });
    const account = await stage.login({ customerId: customer.id, username: "kindred.1" });
    const device = await stage.ok("createDevice", {
      body: { accountId: account.id, ...stage.machine({ name: "kindred" }) },
    });
    await stage.filed();
    expect(new Set(await stage.ids("kindred"))).toEqual(new Set([customer.id, account.id, device.id]));
    for (const [kind, { id }] of Object.entries({ customer, account, device }))
      expect([kind, await stage.ids("kindred", { kind })]).toEqual([kind, [id]]);
  });

  test("each thing once, in the order of the words, however small the pages are", async () => {
    const customer = await stage.customer({ name: "Onceler", email: "onceler@example.com", externalRef: "onceler" });
    const contact = { name: "Onceler Onceler Onceler", email: "once@example.com" };
    const logins: Body[] = [];
    for (const username of ["once.b", "once.a", "onceler"])
      logins.push(
        logins.length === 0
          ? await stage.login({ customerId: customer.id, username, contact })
          : await stage.ok("createAccount", {
              body: { parentAccountId: logins[0].id, username, password: "a ladder by the barn", contact },
            }),
      );
    await stage.filed();
    const all = await matches("once");
    // All contacts have the address, which comes before the other words of the third.
    expect(all).toEqual([
      [logins[1].id, "username"],
      [logins[0].id, "username"],
      [logins[2].id, "contactEmail"],
      [customer.id, "externalRef"],
    ]);
    for (const limit of ["1", "2", "3", "200"]) expect([limit, await matches("once", { limit })]).toEqual([limit, all]);
    // A page looks at as many words as it may have items, so it may have fewer.
    const { items, nextCursor } = await stage.ok("search", { query: { q: "onceler o", limit: "2" } });
    expect([items.length, nextCursor === null]).toEqual([2, false]);
  });
});

describe("a search shows", () => {
  test("nobody anything outside of the own branch, nor how much of it there is", async () => {
    const [one, other] = [await seller({ name: "Scope One" }), await seller({ name: "Scope Other" })];
    const mine = await stage.create(one.id, { name: "Scopemate mine" });
    for (let nth = 0; nth < 5; nth += 1) await stage.create(other.id, { name: `Scopemate ${nth}` });
    const site = await stage.create(mine.id, { name: "Scopemate site" });
    await stage.filed();
    const at = async (customerId: string) => {
      const { body } = await stage.call("search", { query: { q: "scopem", limit: "2" } }, await tokenOf(customerId));
      return body;
    };
    const first = await at(one.id);
    expect([first.items.map(({ id }: Body) => id), first.nextCursor]).toEqual([[mine.id, site.id], null]);
    expect(first.items[1].path.map(({ id }: Body) => id)).toEqual([one.id, mine.id, site.id]);
    // The customer itself is in its branch, what is above it is not.
    const own = await at(mine.id);
    expect(own.items.map(({ path }: Body) => path.map(({ id }: Body) => id))).toEqual([[mine.id], [mine.id, site.id]]);
    expect((await at(site.id)).items.map(({ id }: Body) => id)).toEqual([site.id]);
    expect(await stage.ids("scope o", {}, await tokenOf(mine.id))).toEqual([]);
    expect(await stage.ids("scopem", {}, await tokenOf(stage.provider.id))).toHaveLength(7);
  });

  test("things as they are, at once: what is out of date in the index is not shown", async () => {
    const customer = await stage.customer({ name: "Before Change", email: "before@example.com" });
    await stage.filed();
    await stage.patch(customer.id, { name: "After Change", email: "after@example.com" });
    expect(await stage.ids("before")).toEqual([]);
    // Its other words still lead to it, and to what it is called now.
    expect(await stage.find("change")).toMatchObject([{ id: customer.id, name: "After Change", matched: "name" }]);
    expect(await stage.ids("after")).toEqual([]);
    await stage.filed();
    expect(await matches("after c")).toEqual([[customer.id, "name"]]);
    expect(await stage.ids("before")).toEqual([]);
  });

  test("what has become of contacts: all accounts that use one follow it, and one that gets another", async () => {
    const customer = await stage.customer();
    const parent = await stage.login({
      customerId: customer.id,
      contact: { name: "Carla Shared", email: "carla@example.com" },
    });
    const sub = await stage.ok("createAccount", {
      body: { parentAccountId: parent.id, username: stage.freshLogin(), password: "a ladder by the barn" },
    });
    await stage.filed();
    expect(new Set(await stage.ids("carla shared"))).toEqual(new Set([parent.id, sub.id]));
    const params = { id: parent.contactId };
    await stage.ok("updateContact", { params, body: { name: "Dora Shared", email: "dora@example.com" } });
    await stage.filed();
    expect([await stage.ids("carla"), new Set(await stage.ids("dora@"))]).toEqual([[], new Set([parent.id, sub.id])]);
    const contact = await stage.ok("createContact", {
      body: { customerId: customer.id, name: "Emil", email: "emil@example.com" },
    });
    await stage.ok("updateAccount", {
      params: { id: sub.id },
      body: { contactId: contact.id, username: "emils.login" },
    });
    await stage.filed();
    expect([await stage.ids("dora"), await matches("emil")]).toEqual([[parent.id], [[sub.id, "contactName"]]]);
    expect(await stage.amiss()).toEqual([]);
  });

  test("no deleted customer, and nothing below it, until it is restored", async () => {
    const customer = await stage.customer({ name: "Deletable" });
    const account = await stage.login({ customerId: customer.id, username: "deletable.account" });
    const site = await stage.create(customer.id, { name: "Deletable site" });
    await stage.filed();
    const all = await stage.ids("deletable");
    expect(new Set(all)).toEqual(new Set([customer.id, account.id, site.id]));
    await stage.remove(customer);
    expect(await stage.ids("deletable")).toEqual([]);
    await stage.filed();
    expect(await stage.ids("deletable")).toEqual([]);
    await stage.ok("restoreCustomer", { params: { id: customer.id } });
    expect(await stage.ids("deletable")).toEqual(all);
    await stage.filed();
    expect(await stage.amiss()).toEqual([]);
  });

  test("deleted accounts and devices as deleted, until they are purged", async () => {
    const account = await stage.login({ username: "purgeable.account" });
    const device = await stage.ok("createDevice", {
      body: { accountId: account.id, ...stage.machine({ name: "Purgeable" }) },
    });
    await stage.filed();
    await stage.ok("deleteDevice", { params: { id: device.id }, query: { confirm: "Purgeable" } });
    expect(await stage.find("purgeable")).toMatchObject([
      { id: device.id, deletedAt: expect.stringContaining("T") },
      { id: account.id, deletedAt: null },
    ]);
    await stage.filed();
    stage.advance(31 * 86_400_000);
    await stage.invoke("functions/schedule/sweep-purges.ts", {});
    await stage.filed();
    expect(await stage.ids("purgeable")).toEqual([account.id]);
    expect(await stage.amiss()).toEqual([]);
  });

  test("nothing to machines, nor to whoever logs in by an account", async () => {
    const account = await stage.login({ username: "portal.search" });
    const { token } = await stage.ok(
      "login",
      { body: { username: account.username, password: account.password } },
      { token: null },
    );
    expectRefusal(await stage.call("search", { query: { q: "portal" } }, { token }), 403, "forbidden");
    const device = await stage.device();
    expectRefusal(await stage.call("search", { query: { q: "pc" } }, { token: device.token }), 401, "unauthenticated");
  });
});

describe("a search refuses", () => {
  test.each([
    ["nothing", {}, "q"],
    ["an empty text", { q: " " }, "q"],
    ["what nobody sees", { q: "\u200b\u2060" }, "q"],
    ["control characters", { q: "a\u0000b" }, "q"],
    ["what is too long", { q: "x".repeat(201) }, "q"],
    ["a kind that is none", { q: "x", kind: "contact" }, "kind"],
    ["other filters", { q: "x", customerId: "y" }, ""],
  ])("%s", async (_, query, path) => {
    expectRefusal(
      await stage.call("search", { query: query as never }),
      400,
      "invalid_request",
      path === "" ? undefined : path,
    );
  });

  test("the cursor of another search", async () => {
    for (let nth = 0; nth < 3; nth += 1) await stage.customer({ name: `Cursory ${nth}` });
    await stage.filed();
    const { nextCursor: cursor } = await stage.ok("search", { query: { q: "curs", limit: "1" } });
    for (const query of [{ q: "cur" }, { q: "curs", kind: "device" }])
      expectRefusal(await stage.call("search", { query: { ...query, cursor } }), 400, "invalid_cursor");
    expect((await stage.ok("search", { query: { q: "curs", limit: "1", cursor } })).items).toHaveLength(1);
  });

  test("nobody a text of punctuation, or of symbols alone", async () => {
    const star = await stage.customer({ name: "★★" });
    const dots = await stage.customer({ name: "…!" });
    await stage.filed();
    expect([await stage.ids("★"), await stage.ids("...")]).toEqual([[star.id], [dots.id]]);
  });

  test("nobody a text that is longer than what is filed, which is compared to its end", async () => {
    const name = "語".repeat(60);
    const one = await stage.customer({ name: `${name}一` });
    const two = await stage.customer({ name: `${name}二` });
    await stage.filed();
    expect(new Set(await stage.ids(name))).toEqual(new Set([one.id, two.id]));
    expect([await stage.ids(`${name}一`), await stage.ids(`${name}三`)]).toEqual([[one.id], []]);
  });
});
