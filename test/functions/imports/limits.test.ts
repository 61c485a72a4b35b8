import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importLimits } from "../../../shared/domain/imports/import.ts";
import { openTableStream } from "../../fleet/table-stream.ts";
import { dump } from "../../model/invariants.ts";
import { randomFrom } from "../../support/random.ts";
import { allPages } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { endImports } from "../stages/tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
});
afterAll(() => stream.close());

const header = "externalRef,name,email,country,notes";
const reseller = async (): Promise<string> => (await fleet.create(fleet.provider.id, { level: "reseller" })).id;
const childrenOf = async (parentId: string): Promise<string[]> =>
  (await allPages(fleet, "listCustomers", { query: { parentId, limit: "200" } })).items
    .filter(({ isDefault }: Body) => !isDefault)
    .map(({ name }: Body) => name);
const at = (id: string) => ({ params: { id } });

/** Sends a file in pieces of so many bytes, in an order of its own. The first one creates the import. */
async function sent(customerId: string, file: string, piece: number, seed = 1): Promise<Body> {
  const bytes = Buffer.from(file);
  const parts = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, nth) =>
    bytes.subarray(nth * piece, (nth + 1) * piece),
  );
  const [first, ...others] = parts.map((part, nth) => ({ part, number: nth + 1 }));
  const created = await fleet.ok("createImport", {
    query: { customerId, parts: String(parts.length) },
    body: first?.part,
  });
  const random = randomFrom(seed);
  const order = others.map((one) => ({ one, rank: random() })).toSorted((one, other) => one.rank - other.rank);
  let last = created;
  for (const { one } of order)
    last = await fleet.ok("putImportPart", { params: { id: created.id, part: String(one.number) }, body: one.part });
  return last;
}

const ended = async ({ id }: Body): Promise<Body> => {
  await endImports(fleet, stream);
  return fleet.ok("getImport", at(id));
};

describe("a file that comes in parts", () => {
  test("is imported once the last part is there, in whatever order they come and wherever it was cut", async () => {
    const id = await reseller();
    const names = Array.from({ length: 12 }, (_, nth) => `Größe ${id.slice(-6)} ${nth}`);
    const file = [header, ...names.map((name, nth) => `${nth},${name},office@example.com,DE,"Zeile 1\nZeile 2"`)].join(
      "\n",
    );
    // 97 bytes cut letters of two bytes, and quotes.
    const before = await sent(id, file, 97);
    expect(before).toMatchObject({ status: "queued" });
    expect(await ended(before)).toMatchObject({ status: "succeeded", counts: { created: 12, failed: 0 } });
    expect((await childrenOf(id)).toSorted()).toEqual(names.toSorted());
  });

  test("waits for what is missing; a part may be sent again, and not be another one", async () => {
    const id = await reseller();
    const [one, two] = [`${header}\n1,Part ${id.slice(-6)},`, "office@example.com,DE,\n"];
    const created = await fleet.ok("createImport", { query: { customerId: id, parts: "2" }, body: one });
    await endImports(fleet, stream);
    expect(await fleet.ok("getImport", at(created.id))).toMatchObject({ status: "uploading", endedAt: null });
    expect(await childrenOf(id)).toEqual([]);
    const put = (part: string, body: string) => fleet.call("putImportPart", { params: { id: created.id, part }, body });
    const before = await dump(fleet.table);
    const refused = [await put("3", two), await put("1", two), await put("0", two), await put("two", two)];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
      [422, "not_applicable"],
      [422, "immutable"],
      [400, "invalid_request"],
      [400, "invalid_request"],
    ]);
    expect(await dump(fleet.table)).toEqual(before);
    expect((await put("1", one)).status).toBe(202);
    expect((await put("2", two)).status).toBe(202);
    expect(await ended(created)).toMatchObject({ status: "succeeded", counts: { created: 1 } });
    // Nothing begins anew when a part comes once more.
    expect((await put("2", two)).status).toBe(202);
    await endImports(fleet, stream);
    expect(await childrenOf(id)).toHaveLength(1);
  });
});

test("a row over 64 kB is refused by itself, and the others are made", async () => {
  const id = await reseller();
  const row = (nth: number, notes = ""): string => `${nth},Row ${nth} ${id.slice(-6)},office@example.com,DE,${notes}`;
  const file = [header, row(1), row(2, "x".repeat(importLimits.rowBytes)), row(3), ""].join("\n");
  const done = await ended(await fleet.ok("createImport", { query: { customerId: id }, body: file }));
  expect(done).toMatchObject({ status: "failed", error: { code: "rows_failed" }, counts: { created: 2, failed: 1 } });
  const { items } = await fleet.ok("listImportRows", { ...at(done.id), query: { status: "failed" } });
  expect(items).toMatchObject([
    { line: 3, status: "failed", errors: [{ message: expect.stringMatching(/65536 bytes/) }] },
  ]);
});

describe("a file that cannot be imported is refused as a whole, before anything is made:", () => {
  const line = (nth: number): string => `${nth},Row ${nth},office@example.com,DE,`;
  const cases: [string, (tag: string) => string, RegExp][] = [
    ["one without rows", () => `${header}\n`, /no rows/],
    ["one that is no CSV", () => `${header}\n1,"Open quote,office@example.com,DE\n`, /quot/i],
    ["a picture", () => `\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR\u0000\u0000`, /./],
    ["one without a column that it needs", () => `externalRef,email,country\n1,office@example.com,DE\n`, /name/],
  ];
  for (const [what, file, words] of cases)
    test(what, async () => {
      const id = await reseller();
      const reply = await fleet.call("createImport", { query: { customerId: id }, body: file(id) });
      const found = reply.status === 202 ? await ended(reply.body) : reply.body;
      const problem = reply.status === 202 ? found.error : { code: found.code, message: JSON.stringify(found) };
      expect([reply.status, problem.code]).toEqual([expect.any(Number), "file_unreadable"]);
      expect([202, 422]).toContain(reply.status);
      expect(problem.message).toMatch(words);
      expect(await childrenOf(id)).toEqual([]);
    });

  test("100,001 rows", { timeout: 120_000 }, async () => {
    const id = await reseller();
    const file = [header, ...Array.from({ length: importLimits.rows + 1 }, (_, nth) => line(nth))].join("\n");
    const done = await ended(await sent(id, file, importLimits.partBytes));
    expect(done).toMatchObject({
      status: "failed",
      error: { code: "file_unreadable", message: expect.stringMatching(/100000|100,000/) },
      counts: { created: 0, failed: 0 },
    });
    expect(await childrenOf(id)).toEqual([]);
  });
});
