import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { complaints, dump } from "../../model/invariants.ts";
import { allPages } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { endImports } from "../stages/tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;
type Item = Awaited<ReturnType<typeof dump>>[number];

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
});
afterAll(() => stream.close());

/** The whole file of a branch. */
async function exported(id: string): Promise<string> {
  let [text, cursor] = ["", undefined as string | undefined];
  do {
    const query = { limit: "3", ...(cursor !== undefined && { cursor }) };
    const reply = await fleet.call("exportBranch", { params: { id }, query });
    expect(reply.status).toBe(200);
    text += reply.body;
    cursor = /[?&]cursor=([^&>]+)/.exec(reply.headers["link"] ?? "")?.[1];
    if (cursor !== undefined) cursor = decodeURIComponent(cursor);
  } while (cursor !== undefined);
  return text;
}

/** Everything below a customer, without ids, times and what devices have done; customers are told by their names. */
async function branchOf(id: string): Promise<unknown[]> {
  const names = new Map<string, string>();
  const all: unknown[] = [];
  for (const kind of ["customer", "account", "device"]) {
    const { items } = await allPages(fleet, "listDescendants", { params: { id }, query: { kind, limit: "200" } });
    for (const thing of items) names.set(thing[kind].id, thing[kind].name ?? thing[kind].username);
    const own = new Set(["version", "createdAt", "updatedAt", "path", "detailsMailId", "vault", "billedFrom"]);
    all.push(
      ...items.map((thing: Body) =>
        JSON.parse(JSON.stringify(thing[kind]), (key, value: unknown) =>
          own.has(key)
            ? undefined
            : typeof value === "string"
              ? (names.get(value) ?? value.replace(/^(cus|acc|dev|con)_.*/, "$1"))
              : value,
        ),
      ),
    );
  }
  return all;
}

/** Puts the table back to what it held before. */
async function wipe(before: readonly Item[]): Promise<void> {
  const keyOf = ({ pk, sk }: Item): string => `${String(pk)}\n${String(sk)}`;
  const kept = new Set(before.map(keyOf));
  const requests = [
    ...(await dump(fleet.table))
      .filter((item) => !kept.has(keyOf(item)))
      .map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
    ...before.map((Item) => ({ PutRequest: { Item } })),
  ];
  for (let at = 0; at < requests.length; at += 25)
    await fleet.table.documents.send(
      new BatchWriteCommand({ RequestItems: { [fleet.table.tableName]: requests.slice(at, at + 25) } }),
    );
}

test("a branch that is exported, wiped and imported is equal, with names in eight scripts", async () => {
  const { id } = await fleet.create(fleet.provider.id, { level: "distributor" });
  const before = await dump(fleet.table);
  const make = (parentId: string, name: string, more: object = {}) => fleet.create(parentId, { name, ...more });
  const seller = await make(id, "Ковальчук Бэкап", { level: "reseller", externalRef: "1", tags: ["a|b", "c\\d"] });
  const other = await make(id, "Παπαδόπουλος Α.Ε.", { level: "reseller", externalRef: "2", phone: "+30 210 555" });
  const customers = [
    await make(seller.id, "株式会社山田", { externalRef: "1", space: { limitBytes: 1_500_000_000_000 } }),
    await make(seller.id, "ישראל גיבויים", { externalRef: "2", notes: 'Zeile "eins",\nZeile zwei; drei' }),
    await make(seller.id, "شركة النسخ الاحتياطي", { active: false }),
    await make(other.id, "สำรองข้อมูล", { externalRef: "1", licences: { limit: 7 }, deviceLimit: 9 }),
    await make(other.id, "हिमालय बैकअप", { inTrial: true }),
    await make(other.id, "'=Łódź, Größe & Söhne 😀"),
  ];
  const [first, second] = customers;
  await make(String(first?.id), "支店・東京", { level: "site", externalRef: "1" });
  const standard = (await allPages(fleet, "listCustomers", { query: { parentId: seller.id } })).items.find(
    (one: Body) => one.isDefault,
  );
  await fleet.ok("updateCustomer", { params: { id: standard.id }, body: { name: "Sonstige Kunden", city: "Köln" } });
  for (const [nth, customer] of [first, second, standard].entries()) {
    const contact = { name: `Zoë ${nth}`, email: `zoe${nth}@example.com`, phone: "+49 30 1" };
    const account = await fleet.ok("createAccount", {
      body: {
        customerId: customer.id,
        plan: "select",
        username: `Łogin.${nth}`,
        password: "nobody guesses this",
        contact,
        externalRef: "1",
      },
    });
    const below = await fleet.ok("createAccount", {
      body: {
        parentAccountId: account.id,
        username: `sub.${nth}`,
        password: "nobody guesses this",
        active: false,
        hardQuotaBytes: 5_000,
      },
    });
    for (const accountId of [account.id, below.id])
      await fleet.ok("createDevice", {
        body: {
          accountId,
          name: "ПК-1",
          machineId: `machine-${nth}-${accountId === below.id}`,
          kind: "server",
          os: "Linux",
          externalRef: "d",
        },
      });
  }
  await fleet.ok("deactivateCustomer", { params: { id: standard.id } });
  const text = await exported(id);
  const wanted = await branchOf(id);
  expect(wanted.length).toBeGreaterThan(20);

  await wipe(before);
  expect(await branchOf(id)).toEqual([]);
  const created = await fleet.ok("createImport", { query: { customerId: id }, body: text });
  await endImports(fleet, stream);
  const refused = await fleet.ok("listImportRows", { params: { id: created.id }, query: { status: "failed" } });
  expect(refused.items).toEqual([]);
  // Nobody knows the passwords of the accounts, and the trial of a customer begins anew.
  const apart = (all: unknown[]): unknown =>
    JSON.parse(JSON.stringify(all), (key, value: unknown) =>
      key === "mustChangePassword" || key === "endsAt" ? null : value,
    );
  expect(apart(await branchOf(id))).toEqual(apart(wanted));
  expect(await exported(id)).toBe(text);
  expect(complaints(await dump(fleet.table), { whole: true, moves: true, services: false })).toEqual([]);
});
