import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { endImports } from "../stages/tasks.ts";

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
});
afterAll(() => stream.close());

const bytesOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../examples/imports/${name}`, import.meta.url)));

test.each([
  [
    "cove-customers.csv",
    4,
    { encoding: "utf-8", byteOrderMark: false, separator: ",", lineEnd: "\r\n" },
    { name: "Cedar, Pine & Sons", level: "end-customer", country: "GB", trial: null },
  ],
  [
    "kunden.csv",
    4,
    { encoding: "windows-1252", byteOrderMark: false, separator: ";", lineEnd: "\r\n" },
    {
      name: "Bäckerei Grünwald GmbH",
      externalRef: "10001",
      contactName: "Jürgen Groß",
      address: "Königsallee 5",
      city: "Düsseldorf",
      notes: "Rechnung per Post; keine E-Mail",
      space: { limitBytes: 1_500_000_000_000 },
      licences: { limit: 12 },
    },
  ],
  [
    "accounts-and-devices.csv",
    5,
    { encoding: "utf-8", byteOrderMark: true, separator: ",", lineEnd: "\n" },
    { name: "Norðurljós Hosting", externalRef: "MSP-1" },
  ],
])("%s is imported without a flag", async (name, rows, file, customer) => {
  const { id: customerId } = await fleet.create(fleet.provider.id, { level: "reseller" });
  const { id } = await fleet.ok("createImport", { query: { customerId }, body: bytesOf(name) });
  await endImports(fleet, stream);
  const refused = await fleet.ok("listImportRows", { params: { id }, query: { status: "failed" } });
  expect(refused.items.map(({ line, message, errors }: Record<string, unknown>) => [line, message, errors])).toEqual(
    [],
  );
  expect(await fleet.ok("getImport", { params: { id } })).toMatchObject({
    status: "succeeded",
    counts: { created: rows },
    file,
  });
  const { items } = await fleet.ok("listCustomers", { query: { parentId: customerId, name: customer.name } });
  expect(items).toMatchObject([customer]);
});
