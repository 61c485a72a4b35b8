import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { complaints, dump } from "../../model/invariants.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { allPages } from "../stages/book.ts";
import { endImports } from "../stages/tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
});
afterAll(() => stream.close());

let serial = 0;
const tag = (): string => `T${(serial += 1)}`;
const reseller = () => fleet.create(fleet.provider.id, { level: "reseller" });

/** Imports a file to its end. */
async function imported(
  customerId: string,
  file: string | Uint8Array,
  query: Record<string, string> = {},
): Promise<Body> {
  const { id } = await fleet.ok("createImport", { query: { customerId, ...query }, body: file });
  await endImports(fleet, stream);
  return fleet.ok("getImport", { params: { id } });
}
const rowsOf = async ({ id }: Body, query: Record<string, string> = {}): Promise<Body[]> =>
  (await allPages(fleet, "listImportRows", { params: { id }, query: { limit: "200", ...query } })).items;
const childrenOf = async (parentId: string): Promise<Body[]> =>
  (await allPages(fleet, "listCustomers", { query: { parentId, limit: "200" } })).items;
const sound = async (): Promise<void> =>
  expect(complaints(await dump(fleet.table), { whole: true, moves: true, services: false })).toEqual([]);

describe("a file of customers, accounts and devices", () => {
  test("makes what its rows say, in whatever order they come", async () => {
    const { id } = await reseller();
    const name = tag();
    const file = [
      "kind,externalRef,parent,name,email,country,level,username,password,plan,machineId,deviceKind,os,space",
      `device,D-1,A-1,PC 1,,,,,,,machine-${name},laptop,Windows 11,`,
      `account,A-1,C-1,Anna,anna@example.com,,,anna-${name},Kiefer-Tal-77-Moos,select,,,,`,
      `customer,C-1,,${name} GmbH,office@example.com,DE,end-customer,,,,,,,"1,5 TB"`,
      `customer,S-1,C-1,${name} Nord,nord@example.com,DE,site,,,,,,,`,
    ].join("\n");
    const done = await imported(id, file);
    expect(await rowsOf(done)).toMatchObject([
      { line: 2, kind: "device", status: "created", externalRef: "D-1" },
      { line: 3, kind: "account", status: "created" },
      { line: 4, kind: "customer", status: "created", row: { name: `${name} GmbH`, space: "1,5 TB" } },
      { line: 5, status: "created" },
    ]);
    expect(done).toMatchObject({
      status: "succeeded",
      progress: { done: 4, failed: 0, total: 4 },
      counts: { created: 4, updated: 0, unchanged: 0, failed: 0 },
      file: { format: "csv", encoding: "utf-8", separator: ",", lineEnd: "\n", byteOrderMark: false },
    });
    const [device, account, customer] = await rowsOf(done);
    expect(await fleet.getDevice(device?.id)).toMatchObject({
      name: "PC 1",
      accountId: account?.id,
      customerId: customer?.id,
    });
    expect(await fleet.get(customer?.id)).toMatchObject({ parentId: id, space: { limitBytes: 1_500_000_000_000 } });
    const again = await imported(id, file);
    expect(again).toMatchObject({ status: "succeeded", counts: { created: 0, updated: 0, unchanged: 4, failed: 0 } });
    expect((await rowsOf(again)).map((row) => row.id)).toEqual((await rowsOf(done)).map((row) => row.id));
    await sound();
  });

  test("is refused row by row, and the others go on", async () => {
    const { id } = await reseller();
    const name = tag();
    const taken = await fleet.create(id, { name: `${name} taken` });
    const file = [
      "externalRef;Parent;Name;E-Mail;Country;Space",
      `1;;${name} one;one@example.com;DE;10 GB`,
      `2;;${taken.name};two@example.com;DE;10 GB`,
      `3;;${name} three;no address;DE;much`,
      `1;;${name} four;four@example.com;DE;`,
      `5;nobody;${name} five;five@example.com;DE;`,
      `6;2;${name} six;six@example.com;DE;`,
      `7;1;${name} seven;;DE;`,
    ].join("\r\n");
    const dry = await imported(id, file, { dryRun: "true" });
    expect(await childrenOf(id)).toHaveLength(2);
    const done = await imported(id, file);
    const rows = await rowsOf(done);
    expect(
      rows.map(({ line, status, code, errors }) => [line, status, code, errors.map(({ path }: Body) => path)]),
    ).toEqual([
      [2, "created", null, []],
      [3, "failed", "name_taken", ["Name"]],
      [4, "failed", "invalid_request", ["Space", "E-Mail"]],
      [5, "failed", "invalid_request", ["externalRef"]],
      [6, "failed", "parent_not_found", ["Parent"]],
      [7, "failed", "parent_not_imported", ["Parent"]],
      [8, "created", null, []],
    ]);
    expect(done).toMatchObject({ status: "failed", error: { code: "rows_failed" }, counts: { created: 2, failed: 5 } });
    expect((await rowsOf(dry)).map((row) => ({ ...row, id: null }))).toEqual(rows.map((row) => ({ ...row, id: null })));
    expect((await rowsOf(done, { status: "failed" })).map(({ line }) => line)).toEqual([3, 4, 5, 6, 7]);
    await sound();
  });
});
