import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../../support/api.ts";
import { customersIn, lone } from "../../model/invariants.ts";

let api: TestApi;
let serial = 0;
let line: { id: string; parentId: string }[];
beforeAll(async () => {
  api = await startTestApi();
  line = await newLine();
});

/** A distributor, sub-distributor, reseller, end-customer and site, each under the one before. */
async function newLine() {
  const nodes: { id: string; parentId: string }[] = [];
  for (const level of ["distributor", "sub-distributor", "reseller", "end-customer", "site"]) {
    const parentId = nodes.at(-1)?.id ?? api.provider.id;
    const body = { parentId, level, name: `line ${(serial += 1)}`, email: "a@example.com", country: "DE" };
    nodes.push({ id: (await api.ok("createCustomer", { body })).id, parentId });
  }
  return nodes;
}
const idsUp = (): string[] => [
  ...line
    .map(({ id }) => id)
    .toReversed()
    .slice(1),
  api.provider.id,
];
const setHint = (id: string, ancestors: readonly string[]) =>
  api.table.documents.send(
    new UpdateCommand({
      TableName: api.table.tableName,
      Key: { pk: id, sk: "@" },
      UpdateExpression: "SET ancestors = :a",
      ExpressionAttributeValues: { ":a": ancestors },
    }),
  );
const read = (id: string) => api.call("getCustomer", { params: { id } });
const stored = async (id: string) => customersIn(await lone(api.table, [id]))[0];

test(
  "whatever a hint says, the chain that is shown is the true one, and the hint is mended",
  { timeout: 60_000 },
  async () => {
    const site = line.at(-1)?.id ?? "";
    const strangers = (await newLine()).map(({ id }) => id);
    const truth = idsUp();
    const { version } = (await read(site)).body;
    const unknown = "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8";
    const hint = fc.array(fc.constantFrom(...truth, ...strangers, unknown, site), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(hint, fc.constantFrom(truth.slice(1), truth.slice(0, 2), [...truth, unknown], [])),
        async (wrong) => {
          await setHint(site, wrong);
          const reply = await read(site);
          expect(reply.status).toBe(200);
          expect(reply.body.path.map(({ id }: { id: string }) => id)).toEqual([site, ...truth].toReversed());
          expect(reply.body.version).toBe(version);
          expect((await stored(site))?.ancestors).toEqual(truth);
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  },
);

test("a right hint costs two round trips and is not written again; a wrong one costs one more for each step", async () => {
  const site = line.at(-1)?.id ?? "";
  const trips = async () => Number(/roundtrips;dur=(\d+)/.exec((await read(site)).headers["server-timing"] ?? "")?.[1]);
  await read(site);
  expect(await trips()).toBe(2);
  await setHint(site, idsUp().slice(0, 2));
  // Three ancestors are not in the hint; the last is the caller's own customer, which is read with the credential or on its own.
  expect(await trips()).toBeGreaterThan(2);
  expect(await trips()).toBe(2);
});

test("below an ancestor that does not exist nothing exists", async () => {
  const broken = await newLine();
  const [, middle] = broken;
  const site = broken.at(-1)?.id ?? "";
  expect((await read(site)).status).toBe(200);
  const Key = { pk: middle?.id, sk: "@" };
  const [Item] = await lone(api.table, [middle?.id ?? ""]);
  await api.table.documents.send(new DeleteCommand({ TableName: api.table.tableName, Key }));
  for (const { id } of broken.slice(1)) expect((await read(id)).status).toBe(404);
  const body = { parentId: broken[2]?.id, name: "orphan", email: "a@example.com", country: "DE" };
  expect((await api.call("createCustomer", { body })).status).toBe(404);
  expect((await read(broken[0]?.id ?? "")).status).toBe(200);
  await api.table.documents.send(new PutCommand({ TableName: api.table.tableName, Item }));
  expect((await read(site)).status).toBe(200);
});

test("a reader whose repair of a hint meets a conflict still answers", async () => {
  const site = line.at(-1)?.id ?? "";
  await setHint(site, []);
  api.runtime.client.middlewareStack.add(
    (next, context) => (args) => {
      if (context["commandName"] !== "UpdateItemCommand") return next(args);
      throw Object.assign(new Error("Transaction is ongoing for the item"), { name: "TransactionConflictException" });
    },
    { step: "finalizeRequest", priority: "low", name: "conflict" },
  );
  const reply = await read(site);
  api.runtime.client.middlewareStack.remove("conflict");
  expect(`${reply.status} ${reply.body.code}`).toBe("200 undefined");
});
