import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../../shared/store/table/database.ts";
import { complaints, dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { type Book, expectRefusal, openBook } from "../stages/book.ts";
import { contextOf } from "../../store/stages/stage.ts";

type Body = Reply["body"];
interface Rebuilt {
  customers: number;
  links: number;
  outdated: number;
  rebuilt: number;
  busy: string[];
}

let book: Book;
let stores: typeof import("../../../shared/store/hierarchy/rebuild.ts") &
  typeof import("../../../shared/store/hierarchy/lists/listing.ts") &
  typeof import("../../../shared/store/hierarchy/lists/branch-walk.ts") &
  typeof import("../../../shared/store/hierarchy/lists/children.ts") &
  typeof import("../../../shared/store/table/database.ts") &
  typeof import("../../../shared/store/table/units.ts");
beforeAll(async () => {
  book = await openBook({ rateLimit: 1_000_000 });
  stores = {
    ...(await import("../../../shared/store/hierarchy/rebuild.ts")),
    ...(await import("../../../shared/store/hierarchy/lists/listing.ts")),
    ...(await import("../../../shared/store/hierarchy/lists/branch-walk.ts")),
    ...(await import("../../../shared/store/hierarchy/lists/children.ts")),
    ...(await import("../../../shared/store/table/database.ts")),
    ...(await import("../../../shared/store/table/units.ts")),
  };
});

const open = (): Database => stores.openDatabase(book.runtime.client, book.table.tableName, stores.createMeter());
const rebuild = (payload: object = {}) => book.invoke("functions/setup/rebuild-links.ts", payload) as Promise<Rebuilt>;
const names = async (parentId: string, query: Record<string, string> = {}): Promise<string[]> =>
  (await book.ok("listCustomers", { query: { parentId, limit: "200", ...query } })).items.map(({ name }: Body) => name);
/** What is wrong with the links of the whole table. */
const amiss = async (): Promise<string[]> => complaints(await dump(book.table), { whole: true });

/** Puts the links under a customer where they stood before names were sorted by base letters. */
async function toFormerKeys(parentId: string): Promise<number> {
  const { documents, tableName: TableName } = book.table;
  let moved = 0;
  for (const item of await dump(book.table)) {
    const [view = "", rest = ""] = item.sk.split("\u0002");
    const begin = view.startsWith("level#")
      ? view.slice(0, view.indexOf("#", 6) + 1)
      : view.slice(0, view.indexOf("#") + 1);
    if (item.pk !== parentId || item["kind"] !== "link" || rest === "") continue;
    await documents.send(new PutCommand({ TableName, Item: { ...item, sk: begin + rest } }));
    await documents.send(new DeleteCommand({ TableName, Key: { pk: item.pk, sk: item.sk } }));
    moved += 1;
  }
  return moved;
}

/** A distributor with children in every view, whose links have the former keys. */
async function ofOld(tag: string): Promise<{ parent: Body; children: Body[]; moved: number }> {
  const parent = await book.create(book.provider.id, { level: "distributor" });
  const children: Body[] = [];
  for (const [name, more] of [
    ["Äpfel", {}],
    ["Östlich", { active: false }],
    ["Łódź", { level: "sub-distributor" }],
    ["Plain", {}],
    ["Größe", {}],
  ] as const)
    children.push(await book.create(parent.id, { level: "reseller", ...more, name: `${name} ${tag}` }));
  await book.remove(children[4]);
  return { parent, children, moved: await toFormerKeys(parent.id) };
}

describe("a rebuild of links", () => {
  test("brings links of former keys to the present ones; a dry run counts them and writes nothing", async () => {
    const { parent, moved } = await ofOld("one");
    // Two views each, by name and by level, three of the one that is inactive, one of the one that is deleted.
    expect(moved).toBe(8);
    expect(await names(parent.id)).toEqual(["Plain one", "Äpfel one", "Östlich one", "Łódź one"]);
    const before = await dump(book.table);
    const counted = await rebuild({ customerId: parent.id, dryRun: true });
    // Each is missing where it should stand, and stands where it should not.
    expect(counted).toMatchObject({ customers: 10, outdated: 16, rebuilt: 0, busy: [] });
    expect(new Set((await dump(book.table)).map((item) => JSON.stringify(item)))).toEqual(
      new Set(before.map((item) => JSON.stringify(item))),
    );

    expect(await rebuild({ customerId: parent.id })).toEqual({ ...counted, rebuilt: 16 });
    expect(await names(parent.id)).toEqual(["Äpfel one", "Łódź one", "Östlich one", "Plain one"]);
    expect(await names(parent.id, { level: "reseller" })).toEqual(["Äpfel one", "Östlich one", "Plain one"]);
    expect(await names(parent.id, { active: "false" })).toEqual(["Östlich one"]);
    expect(await names(parent.id, { deleted: "true" })).toEqual(["Größe one"]);
    expect(await names(parent.id, { name: "apf" })).toEqual(["Äpfel one"]);
    expect(await amiss()).toEqual([]);
    expect(await rebuild()).toMatchObject({ outdated: 0, rebuilt: 0, busy: [] });
  });

  test("is not needed for customers to be changed: their links of former keys go with the change", async () => {
    const { parent, children } = await ofOld("two");
    const [renamed, woken, gone, , restored] = children;
    expect((await book.patch(renamed.id, { name: "Birne two" })).status).toBe(200);
    await book.ok("activateCustomer", { params: { id: woken.id } });
    expect((await book.remove(gone)).status).toBe(200);
    await book.ok("restoreCustomer", { params: { id: restored.id } });
    expect((await names(parent.id)).toSorted()).toEqual(
      ["Birne two", "Größe two", "Plain two", "Östlich two"].toSorted(),
    );
    expect(await names(parent.id, { deleted: "true" })).toEqual(["Łódź two"]);
    expect(await names(parent.id, { active: "false" })).toEqual([]);
    // Each of those changes told something new in every link of its customer.
    expect(await amiss()).toEqual([]);
  });

  test("takes away what leads nowhere, puts back what is missing, and rights what tells something else", async () => {
    const parent = await book.create(book.provider.id, { level: "reseller" });
    const child = await book.create(parent.id, { name: "Übel" });
    const { documents, tableName: TableName } = book.table;
    const links = (await dump(book.table)).filter(({ pk, id }) => pk === parent.id && id === child.id);
    const [byName, byCreation] = [
      links.find(({ sk }) => sk.startsWith("customer#")),
      links.find(({ sk }) => sk.startsWith("created#")),
    ];
    const nobody = {
      ...byName,
      sk: "customer#nobody\u0001cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8",
      id: "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8",
    };
    await documents.send(new PutCommand({ TableName, Item: nobody }));
    await documents.send(new PutCommand({ TableName, Item: { ...byName, active: false } }));
    await documents.send(new DeleteCommand({ TableName, Key: { pk: parent.id, sk: byCreation?.sk } }));
    expect(await amiss()).toHaveLength(3);
    expect(await rebuild({ customerId: parent.id })).toMatchObject({ outdated: 3, rebuilt: 3 });
    expect(await amiss()).toEqual([]);
  });

  test("leaves a customer that is renamed in between to its new name, and looks again", async () => {
    const parent = await book.create(book.provider.id, { level: "reseller" });
    const child = await book.create(parent.id, { name: "Ärger three" });
    await toFormerKeys(parent.id);
    let renames = 0;
    const racing = (): Database => {
      const db = open();
      return {
        ...db,
        commit: async (writes) => {
          if ((renames += 1) === 1) await book.patch(child.id, { name: "Ölig three" });
          await db.commit(writes);
        },
      };
    };
    const found = await stores.rebuildChildren(racing, parent.id, false);
    expect(renames).toBe(1);
    expect(found).toMatchObject({ outdated: 0, rebuilt: 0, busy: [] });
    expect(await names(parent.id, { name: "olig" })).toEqual(["Ölig three"]);
    expect(await names(parent.id, { name: "arger" })).toEqual([]);
    expect(await amiss()).toEqual([]);
  });

  test("names a customer that does not cease to be changed, and goes on", async () => {
    const { parent, children } = await ofOld("four");
    const [restless] = children;
    let serial = 0;
    const racing = (): Database => {
      const db = open();
      return {
        ...db,
        commit: async (writes) => {
          if (writes.some(({ key }) => key.pk === restless.id))
            await book.patch(restless.id, { notes: `note ${(serial += 1)}` });
          await db.commit(writes);
        },
      };
    };
    const found = await stores.rebuildChildren(racing, parent.id, false);
    expect(found.busy).toEqual([restless.id]);
    expect(await rebuild({ customerId: parent.id })).toMatchObject({ rebuilt: 4, busy: [] });
    expect(await amiss()).toEqual([]);
  });

  test("shows lists each customer once all the while, and loses no change made beside it", async () => {
    const parent = await book.create(book.provider.id, { level: "reseller" });
    const children: Body[] = [];
    for (let index = 0; index < 24; index += 1)
      children.push(await book.create(parent.id, { name: `Ä${String.fromCodePoint(97 + index)} five` }));
    const fixed = children.slice(12).map(({ id }) => id);
    expect(await toFormerKeys(parent.id)).toBe(24);
    let running = true;
    const reading = (async () => {
      let reads = 0;
      for (; running || reads < 3; reads += 1) {
        const { items } = await book.ok("listCustomers", { query: { parentId: parent.id, limit: "200" } });
        const ids = items.map(({ id }: Body) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).toEqual(expect.arrayContaining(fixed));
      }
    })();
    const changing = Promise.all([
      ...children.slice(0, 4).map(({ id }, index) => book.patch(id, { name: `Ö${index} five` })),
      ...children.slice(4, 8).map((child) => book.remove(child)),
      ...children.slice(8, 12).map(({ id }) => book.ok("deactivateCustomer", { params: { id } })),
      ...[0, 1, 2, 3].map((index) => book.create(parent.id, { name: `Ü${index} five` })),
    ]);
    const [found] = await Promise.all([rebuild({ customerId: parent.id }), changing]);
    running = false;
    await reading;
    await rebuild({ customerId: parent.id });
    expect(found.busy).toEqual([]);
    expect(await names(parent.id)).toHaveLength(25);
    expect(await amiss()).toEqual([]);
  });

  test("refuses a payload that does not fit", async () => {
    await expect(rebuild({ customerId: "x" })).rejects.toThrow("The payload does not fit");
    await expect(rebuild({ dryrun: true })).rejects.toThrow("The payload does not fit");
  });
});

test("a cursor from before the order of lists has changed is refused, and says so", async () => {
  const parent = await book.create(book.provider.id, { level: "reseller" });
  const listing = stores.listingStore(contextOf(open(), book.provider.id));
  const refusal = { code: "invalid_cursor", message: expect.stringContaining("begin again") };
  const old = stores.ChildPosition.parse({ after: "customer#x\u0001cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8" });
  await expect(listing.children(parent.id, {}, 10, old)).rejects.toMatchObject(refusal);
  const trail = stores.BranchPosition.parse({ trail: [old.after] });
  await expect(listing.branch(parent.id, undefined, 10, trail)).rejects.toMatchObject(refusal);
  const mine = await book.call("listCustomers", { query: { parentId: parent.id, limit: "1", cursor: "x.y" } });
  expectRefusal(mine, 400, "invalid_cursor", "cursor");
});
