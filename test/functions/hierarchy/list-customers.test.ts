import { BatchWriteCommand, GetCommand } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { beforeAll, describe, expect, test } from "vitest";
import { CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { baseLetters, normaliseName } from "../../../shared/domain/terms/names.ts";
import { insertCustomers } from "../../../shared/store/hierarchy/customers.ts";
import { costsOf } from "../../support/api.ts";
import { allPages, type Book, expectRefusal, openBook } from "../stages/book.ts";

/** Children of the larger parent, in fifties. */
const manyChildren = Number(process.env["LIST_CHILDREN"] ?? 200);

let book: Book;
beforeAll(async () => {
  book = await openBook();
});

type Named = { id: string; name: string };
const namesOf = (items: Named[]): string[] => items.map(({ name }) => name);
const idsOf = (items: Named[]): string[] => items.map(({ id }) => id);
const list = async (query: Record<string, string>, token = book.token) =>
  (await book.ok("listCustomers", { query }, { token })).items;
const reseller = (more: object = {}) => book.create(book.provider.id, { level: "reseller", ...more });

/** Writes children straight into the table, by the writes of the store. */
async function fill(parentId: string, names: readonly string[], more: Partial<CustomerRecord> = {}): Promise<void> {
  const { Item } = await book.table.documents.send(
    new GetCommand({ TableName: book.table.tableName, Key: { pk: parentId, sk: "@" } }),
  );
  const parent = CustomerRecord.parse(Item);
  const sample = await book.create(parentId, { name: book.freshName("~ sample") });
  const { Item: model } = await book.table.documents.send(
    new GetCommand({ TableName: book.table.tableName, Key: { pk: sample.id, sk: "@" } }),
  );
  const record = CustomerRecord.parse(model);
  const items = names.flatMap((name) =>
    insertCustomers([{ ...record, ...more, id: `cus_${ulid()}`, name }], [parent]).flatMap((write) =>
      write.kind === "put" ? [write.item] : [],
    ),
  );
  const batches = Array.from({ length: Math.ceil(items.length / 25) }, (_, index) =>
    items.slice(index * 25, index * 25 + 25),
  );
  for (let start = 0; start < batches.length; start += 8)
    await Promise.all(
      batches.slice(start, start + 8).map((batch) =>
        book.table.documents.send(
          new BatchWriteCommand({
            RequestItems: { [book.table.tableName]: batch.map((Item) => ({ PutRequest: { Item } })) },
          }),
        ),
      ),
    );
  await book.ok("deleteCustomer", { params: { id: sample.id }, query: { confirm: sample.name } });
}

describe("the children of a customer", () => {
  test("come in name order, whatever the order of creation and the spelling", async () => {
    const parent = await reseller();
    const names = ["zebra", "Apfel", "äpfel", "apfel2", "Émile", "ｂａｎａｎａ", "Banane", "10", "9", "Ähre", "日本"];
    for (const name of names) await book.create(parent.id, { name });
    const shown = namesOf(await list({ parentId: parent.id }));
    const compare = (form: (name: string) => string, one: string, other: string): number =>
      Buffer.compare(Buffer.from(form(one)), Buffer.from(form(other)));
    const all = [...names, `Default Customer (${parent.name})`];
    expect(shown).toEqual(
      all.sort((one, other) => compare(baseLetters, one, other) || compare(normaliseName, one, other)),
    );
  });

  test("come by their base letters first, as people look names up", async () => {
    const parent = await reseller({ name: "~ Nordic" });
    const sorted = "10th 2nd Apfel Äpfel Łódź Lodzer Ørsted Östlich Straße Strassen Zebra Zoo".split(" ");
    const names = sorted.map((name) => `${name}-8`);
    for (const name of names.toReversed()) await book.create(parent.id, { name });
    const shown = namesOf(await list({ parentId: parent.id }));
    expect(shown).toEqual([...names.slice(0, 4), `Default Customer (${parent.name})`, ...names.slice(4)]);
    const { items } = await allPages(book, "listCustomers", { query: { parentId: parent.id, limit: "1" } });
    expect(items.map(({ name }) => name)).toEqual(shown);
  });

  test("are found by the base letters of what their name begins with, with and without marks", async () => {
    const parent = await reseller();
    for (const name of ["Äpfel 3", "Apfel 3", "Müller 3", "Mulch 3", "Øst 3"]) await book.create(parent.id, { name });
    const found = async (name: string) => namesOf(await list({ parentId: parent.id, name }));
    for (const name of ["a", "ä", "Ä", "apf", "äpf"]) expect(await found(name)).toEqual(["Apfel 3", "Äpfel 3"]);
    expect(await found("mul")).toEqual(["Mulch 3", "Müller 3"]);
    expect(await found("mü")).toEqual(["Mulch 3", "Müller 3"]);
    expect(await found("müll")).toEqual(["Müller 3"]);
    expect(await found("ost")).toEqual(["Øst 3"]);
    expect(await found("\u0308")).toEqual([]);
  });

  test("keep names that differ in marks alone apart", async () => {
    const parent = await reseller();
    await book.create(parent.id, { name: "Resume 7" });
    await book.create(parent.id, { name: "Résumé 7" });
    expectRefusal(await book.tryCreate(parent.id, { name: "RÉSUMÉ 7" }), 409, "name_taken", "name");
  });

  test("have the longest names, in every view, whatever the letters", async () => {
    const parent = await book.create(book.provider.id, { level: "distributor" });
    const names = ["が".repeat(200), `${"ế".repeat(199)}x`, `${"ế".repeat(199)}y`, "ﬁ".repeat(200)];
    for (const name of names) await book.create(parent.id, { level: "sub-distributor", name, active: false });
    expect(namesOf(await list({ parentId: parent.id, level: "sub-distributor" })).toSorted()).toEqual(names.toSorted());
    expect(namesOf(await list({ parentId: parent.id, name: "ế".repeat(150) }))).toEqual([names[1], names[2]]);
  });

  test("come with a name before the longer names that begin with it", async () => {
    const parent = await reseller();
    const names = ["Acme", "Acme Berlin", "Acme!", "Acme#2", "Acme-3", "Acme3"];
    for (const name of names.toReversed()) await book.create(parent.id, { name: `Zz${name}` });
    expect(namesOf(await list({ parentId: parent.id, name: "zz" }))).toEqual(names.map((name) => `Zz${name}`));
  });

  test("are found by the beginning of their name in any case, width and spacing", async () => {
    const parent = await reseller();
    for (const name of ["Müller Bern", "MÜLLER  Basel", "Mülltonne", "Meier"]) await book.create(parent.id, { name });
    for (const name of ["müller", "MÜLLER ", "Ｍüller", "mu\u0308ller"])
      expect(namesOf(await list({ parentId: parent.id, name }))).toEqual(["MÜLLER  Basel", "Müller Bern"]);
    expect(namesOf(await list({ parentId: parent.id, name: "Müller  b" }))).toHaveLength(2);
    expect(namesOf(await list({ parentId: parent.id, name: "müller-" }))).toEqual([]);
  });

  test("are chosen by level, state, trial and deletion, alone and together", async () => {
    const parent = await book.create(book.provider.id, { level: "distributor" });
    const sub = await book.create(parent.id, { level: "sub-distributor", name: "Filter A" });
    const seller = await book.create(parent.id, { level: "reseller", name: "Filter B" });
    const idle = await book.create(parent.id, { level: "reseller", name: "Filter C", active: false });
    const gone = await book.create(parent.id, { level: "reseller", name: "Filter D" });
    await book.remove(gone);
    const idleGone = await book.create(parent.id, { level: "sub-distributor", name: "Filter E", active: false });
    await book.remove(idleGone);
    const parentId = parent.id;
    expect(idsOf(await list({ parentId }))).toEqual(idsOf([sub, seller, idle]));
    expect(idsOf(await list({ parentId, level: "reseller" }))).toEqual(idsOf([seller, idle]));
    expect(idsOf(await list({ parentId, active: "false" }))).toEqual(idsOf([idle]));
    expect(idsOf(await list({ parentId, active: "true" }))).toEqual(idsOf([sub, seller]));
    expect(idsOf(await list({ parentId, active: "true", level: "reseller" }))).toEqual(idsOf([seller]));
    expect(idsOf(await list({ parentId, deleted: "true" }))).toEqual(idsOf([gone, idleGone]));
    expect(idsOf(await list({ parentId, deleted: "true", level: "reseller" }))).toEqual(idsOf([gone]));
    expect(idsOf(await list({ parentId, deleted: "true", active: "false" }))).toEqual(idsOf([idleGone]));
    expect(idsOf(await list({ parentId, deleted: "false" }))).toEqual(idsOf([sub, seller, idle]));
    expect(await list({ parentId, level: "site" })).toEqual([]);

    const trying = await book.create(seller.id, { name: "Trial A", inTrial: true });
    const paying = await book.create(seller.id, { name: "Paying B" });
    expect(idsOf(await list({ parentId: seller.id, trial: "true" }))).toEqual([trying.id]);
    const others = idsOf(await list({ parentId: seller.id, trial: "false" }));
    expect(others).toContain(paying.id);
    expect(others).not.toContain(trying.id);
    expect(await list({ parentId: seller.id, trial: "true", name: "paying" })).toEqual([]);
  });

  test("change their lists with their state", async () => {
    const parent = await reseller();
    const one = await book.create(parent.id, { name: "Wanderer", inTrial: true });
    const inactive = async () => idsOf(await list({ parentId: parent.id, active: "false" }));
    await book.ok("deactivateCustomer", { params: { id: one.id } });
    expect(await inactive()).toEqual([one.id]);
    await book.patch(one.id, { name: "Aaa Wanderer" });
    expect(namesOf(await list({ parentId: parent.id, active: "false" }))).toEqual(["Aaa Wanderer"]);
    await book.ok("activateCustomer", { params: { id: one.id } });
    expect(await inactive()).toEqual([]);
    expect(namesOf(await list({ parentId: parent.id }))[0]).toBe("Aaa Wanderer");
    await book.remove({ id: one.id, name: "Aaa Wanderer" });
    expect(await list({ parentId: parent.id, trial: "true" })).toEqual([]);
    expect(idsOf(await list({ parentId: parent.id, deleted: "true" }))).toEqual([one.id]);
  });

  test("come by creation where that is asked for, of both service types in one order", async () => {
    const parent = await book.create(book.provider.id, { level: "distributor" });
    const made: Named[] = [];
    for (const [name, more] of [
      ["zz", { servicesToProvide: ["software-only"] }],
      ["aa", { servicesToProvide: ["all-inclusive"] }],
      ["mm", {}],
      ["bb", { servicesToProvide: ["software-only"] }],
      ["yy", { servicesToProvide: ["all-inclusive"] }],
    ] as const)
      made.push(await book.create(parent.id, { level: "reseller", name: `By creation ${name}`, ...more }));
    for (const limit of ["1", "2", "50"]) {
      const query = { parentId: parent.id, sort: "createdAt", limit };
      expect(idsOf((await allPages(book, "listCustomers", { query })).items)).toEqual(idsOf(made));
    }
    const byName = { parentId: parent.id, sort: "name" };
    expect(idsOf(await list(byName))).toEqual(idsOf(await list({ parentId: parent.id })));
  });

  test("parameters that contradict each other are refused at their place", async () => {
    const parentId = book.provider.id;
    const refusedAt = async (query: Record<string, string>, ...paths: string[]) => {
      const reply = await book.call("listCustomers", { query });
      expectRefusal(reply, 400, "invalid_request");
      expect(reply.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(paths);
    };
    await refusedAt({ name: "a" }, "name");
    await refusedAt({ active: "true", trial: "false" }, "active", "trial");
    await refusedAt({ sort: "createdAt" }, "sort");
    await refusedAt({ parentId, sort: "createdAt", name: "a" }, "name");
    await refusedAt({ parentId, externalRef: "a", level: "site" }, "level");
    await refusedAt({ limit: "0" }, "limit");
    await refusedAt({ limit: "201" }, "limit");
    await refusedAt({ limit: "1.5" }, "limit");
    await refusedAt({ limit: "" }, "limit");
    await refusedAt({ active: "yes" }, "active");
    await refusedAt({ level: "client" }, "level");
  });
});

describe("paging", () => {
  test("through hundreds gives each exactly once, in every size of page", async () => {
    const parent = await reseller();
    const names = Array.from({ length: 205 }, (_, index) => `Paged ${String(index).padStart(3, "0")}`);
    await fill(parent.id, names.toReversed());
    for (const limit of ["1", "7", "50", "200"]) {
      const { items, pages } = await allPages(book, "listCustomers", { query: { parentId: parent.id, limit } });
      expect(namesOf(items)).toEqual([`Default Customer (${parent.name})`, ...names]);
      for (const page of pages.slice(0, -1)) expect(page.body.items).toHaveLength(Number(limit));
    }
    const { token } = await book.key(parent.id);
    for (const limit of ["7", "50"]) {
      const { items } = await allPages(book, "listCustomers", { query: { limit } }, { token });
      expect(namesOf(items)).toEqual([parent.name, `Default Customer (${parent.name})`, ...names]);
    }
    const filtered = { parentId: parent.id, limit: "40", name: "paged 1" };
    expect(namesOf((await allPages(book, "listCustomers", { query: filtered })).items)).toEqual(
      names.filter((name) => name.startsWith("Paged 1")),
    );
    const byTwo = { parentId: parent.id, limit: "30", active: "true", trial: "false" };
    expect((await allPages(book, "listCustomers", { query: byTwo })).items).toHaveLength(206);
  });

  test("goes on where it was, also when the last one shown was renamed or deleted", async () => {
    const parent = await reseller();
    const made = [];
    for (const name of ["Step a", "Step b", "Step c", "Step d"]) made.push(await book.create(parent.id, { name }));
    const query = { parentId: parent.id, limit: "2", name: "step" };
    const first = await book.ok("listCustomers", { query });
    expect(namesOf(first.items)).toEqual(["Step a", "Step b"]);
    await book.remove(made[1]);
    const second = await book.ok("listCustomers", { query: { ...query, cursor: first.nextCursor } });
    expect(namesOf(second.items)).toEqual(["Step c", "Step d"]);
    expect(second.nextCursor).toBeNull();
  });

  test("takes a cursor only as it was given, for the same list and the same credential", async () => {
    const parent = await reseller();
    for (let count = 0; count < 3; count += 1) await book.create(parent.id);
    const query = { parentId: parent.id, limit: "1" };
    const cursor: string = (await book.ok("listCustomers", { query })).nextCursor;
    const other = await book.key(parent.id);
    const refused = async (changed: Record<string, string>, token = book.token) =>
      expectRefusal(await book.call("listCustomers", { query: changed }, { token }), 400, "invalid_cursor", "cursor");
    for (let at = 0; at < cursor.length; at += 7) {
      const letter = cursor[at] === "A" ? "B" : "A";
      await refused({ ...query, cursor: cursor.slice(0, at) + letter + cursor.slice(at + 1) });
    }
    for (const altered of ["x", ".", "a.b", `${cursor}A`, `${cursor}=`, `${cursor}.`, cursor.slice(1), ` ${cursor}`])
      await refused({ ...query, cursor: altered });
    await refused({ ...query, cursor, name: "cust" });
    await refused({ ...query, cursor, active: "true" });
    await refused({ ...query, cursor, parentId: book.provider.id });
    await refused({ limit: "1", cursor });
    await refused({ ...query, cursor }, other.token);
    expectRefusal(await book.call("listLog", { params: { id: parent.id }, query: { cursor } }), 400, "invalid_cursor");
    // Another size of page is the same list.
    expect((await book.call("listCustomers", { query: { ...query, limit: "2", cursor } })).body.items).toHaveLength(2);
  });

  test(`costs the same for 100 children as for ${manyChildren}, and the last page as the first`, async () => {
    const pagesOf = async (children: number) => {
      const parent = await reseller({ name: `Parent of ${String(children).padStart(4, "0")}` });
      const names = Array.from({ length: children - 1 }, (_, index) =>
        `Child ${children} ${String(index).padStart(4, "0")}`.padEnd(16, "x"),
      );
      await fill(parent.id, names);
      const { items, pages } = await allPages(book, "listCustomers", { query: { parentId: parent.id, limit: "50" } });
      expect(new Set(idsOf(items)).size).toBe(children);
      return pages.map(costsOf);
    };
    const few = await pagesOf(100);
    const many = await pagesOf(manyChildren);
    expect([few.length, many.length]).toEqual([2, manyChildren / 50]);
    expect(few[0]?.readUnits).toBeGreaterThan(50);
    for (const { readUnits, writeUnits, roundTrips } of [...few, ...many]) {
      expect(roundTrips).toBeLessThanOrEqual(3);
      expect(writeUnits).toBe(0);
      // A page of 50 reads 51 links; the last one finds 50. The links differ by at most one unit.
      expect(Math.abs(readUnits - (few[0]?.readUnits ?? 0))).toBeLessThanOrEqual(1);
    }
  }, 60_000);
});

describe("the caller's whole branch", () => {
  test("comes with itself first, then depth first in name order, each exactly once in every size of page", async () => {
    const distributor = await book.create(book.provider.id, { level: "distributor", name: "Whole" });
    const expected = ["Whole"];
    for (const letter of ["a", "b", "c"]) {
      const sub = await book.create(distributor.id, { level: "sub-distributor", name: `Whole ${letter}` });
      expected.push(sub.name);
      for (const digit of ["1", "2"]) {
        const seller = await book.create(sub.id, { name: `Whole ${letter}${digit}` });
        const standard = `Default Customer (${seller.name})`;
        expected.push(seller.name, standard);
        for (const end of ["x", "y"]) {
          const customer = await book.create(seller.id, { name: `Whole ${letter}${digit}${end}` });
          expected.push(customer.name);
          if (end === "y") continue;
          for (const place of ["p", "q"])
            expected.push((await book.create(customer.id, { name: `${customer.name}${place}` })).name);
        }
      }
    }
    const { token } = await book.key(distributor.id);
    for (const limit of ["1", "2", "3", "7", "50", "200"]) {
      const { items } = await allPages(book, "listCustomers", { query: { limit } }, { token });
      expect(namesOf(items)).toEqual(expected);
      for (const item of items) expect(namesOf(item.path).at(0)).toBe("Whole");
    }
    for (const level of ["distributor", "reseller", "site"]) {
      const { items } = await allPages(book, "listCustomers", { query: { level, limit: "3" } }, { token });
      expect(items.every((item) => item.level === level)).toBe(true);
      expect(namesOf(items)).toHaveLength({ distributor: 1, reseller: 6, site: 12 }[level] ?? 0);
    }
    // What is deleted goes with everything below it.
    const gone = (await list({ parentId: distributor.id }))[1];
    await book.remove(gone);
    const { items } = await allPages(book, "listCustomers", { query: { limit: "5" } }, { token });
    expect(namesOf(items)).toEqual(expected.filter((name) => !name.includes("Whole b")));
  }, 60_000);
});

describe("the tree", () => {
  test("goes as deep as asked, in name order, without what is deleted", async () => {
    const line = await book.line();
    const second = await book.create(line.reseller.id, { name: "Aaa second", active: false, inTrial: true });
    const gone = await book.create(line.reseller.id);
    await book.remove(gone);
    const tree = (depth?: string) =>
      book.ok("getTree", { params: { id: line.reseller.id }, query: depth === undefined ? {} : { depth } });
    const shallow = await tree();
    expect(shallow).toMatchObject({ id: line.reseller.id, level: "reseller", active: true, nextCursor: null });
    expect(namesOf(shallow.children)).toEqual([
      "Aaa second",
      line["end-customer"].name,
      `Default Customer (${line.reseller.name})`,
    ]);
    expect(shallow.children.map(({ children }: { children: unknown }) => children)).toEqual([null, null, null]);
    expect(shallow.children[0]).toMatchObject({ id: second.id, active: false, inTrial: true, isDefault: false });
    expect(shallow.children[2]).toMatchObject({ isDefault: true });
    const deep = await tree("2");
    expect(deep.children[1].children).toMatchObject([{ id: line.site.id, level: "site", children: null }]);
    expect(deep.children[0].children).toEqual([]);
    expect(await tree("1")).toEqual(shallow);
    const whole = await book.ok("getTree", { params: { id: line.distributor.id }, query: { depth: "5" } });
    expect(whole.children[0].children[0].children[1].children[0].id).toBe(line.site.id);
    for (const depth of ["0", "6", "1.0", "", "-1"])
      expectRefusal(
        await book.call("getTree", { params: { id: line.reseller.id }, query: { depth } }),
        400,
        "invalid_request",
        "depth",
      );
  });

  test("shows fifty children, and a cursor with which listCustomers goes on", async () => {
    const parent = await reseller();
    const names = Array.from({ length: 60 }, (_, index) => `Wide ${String(index).padStart(2, "0")}`);
    await fill(parent.id, names);
    const { children, nextCursor } = await book.ok("getTree", { params: { id: parent.id } });
    expect(children).toHaveLength(50);
    const rest = await book.ok("listCustomers", { query: { parentId: parent.id, cursor: nextCursor } });
    expect([...namesOf(children), ...namesOf(rest.items)]).toEqual([`Default Customer (${parent.name})`, ...names]);
    expect(rest.nextCursor).toBeNull();
  });
});

describe("the look-up by external reference", () => {
  test("finds the one child with it, exactly as it was given", async () => {
    const parent = await reseller();
    const other = await reseller();
    const one = await book.create(parent.id, { externalRef: "Ref #7/ü" });
    await book.create(other.id, { externalRef: "Ref #7/ü" });
    const find = (externalRef: string, parentId = parent.id) => list({ parentId, externalRef });
    expect(await find("Ref #7/ü")).toEqual([one]);
    expect(await find("ref #7/ü")).toEqual([]);
    expect(await find("Ref #7")).toEqual([]);
    const { token } = await book.key(parent.id);
    expect(idsOf(await list({ externalRef: "Ref #7/ü" }, token))).toEqual([one.id]);
    const elsewhere = { query: { parentId: other.id, externalRef: "Ref #7/ü" } };
    expectRefusal(await book.call("listCustomers", elsewhere, { token }), 404, "not_found");
  });
});
