import { randomUUID } from "node:crypto";
import { type DynamoDBClient, TransactWriteItemsCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type DynamoDbLocal, startDynamoDbLocal } from "../../../local/emulators/dynamodb.ts";
import { lanes } from "../../../shared/store/tasks/lanes.ts";
import { openTableStream } from "../../fleet/table-stream.ts";
import { dump } from "../../model/invariants.ts";
import { costsOf } from "../../support/api.ts";
import { createTestTable, enableStream } from "../../support/dynamo.ts";
import { isFullSize, sized } from "../../support/size.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { endImports } from "../stages/tasks.ts";

const rowCount = sized(300, 10_000);
/** As many as an import works at side by side. */
const sideBySide = 8;

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
/** Hears of each transaction that was made, as it was sent. */
let heard: ((body: string) => void) | null = null;
let dynamo: DynamoDbLocal;
beforeAll(async () => {
  dynamo = await startDynamoDbLocal();
  await dynamo.ready;
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  fleet.runtime.client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { headers, body } = args.request as { headers: Record<string, string>; body: string };
      if (headers["x-amz-target"]?.endsWith(".TransactWriteItems") === true) heard?.(body);
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "heard" },
  );
});
afterAll(async () => {
  stream.close();
  await dynamo.stop();
});

/** A file of customers. Their notes make them as long as others. */
const fileOf = (tag: string, rows: number): string =>
  [
    "externalRef,name,email,country,notes",
    ...Array.from({ length: rows }, (_, nth) => `${nth},Customer ${tag} ${nth},office@example.com,DE,"Call ${nth}"`),
  ].join("\n");

/** A transaction as it was sent; bytes are texts there. */
const itemsOf = (body: string, tableName: string): TransactWriteItem[] => {
  const { TransactItems } = JSON.parse(body, (key, value: unknown) =>
    key === "B" && typeof value === "string" ? Buffer.from(value, "base64") : value,
  ) as { TransactItems: TransactWriteItem[] };
  for (const item of TransactItems) for (const write of Object.values(item)) write.TableName = tableName;
  return TransactItems;
};
const keysOf = (items: readonly TransactWriteItem[]) =>
  items.map(({ Put, Update, Delete, ConditionCheck }) => {
    const at = Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key;
    return { key: { pk: String(at?.["pk"]?.S), sk: String(at?.["sk"]?.S) } };
  });

/** Sends a transaction until it is made: DynamoDB Local gives one up that waits too long for others, which DynamoDB does not. */
async function send(client: DynamoDBClient, TransactItems: TransactWriteItem[]): Promise<void> {
  const ClientRequestToken = randomUUID();
  for (let attempt = 1; ; attempt += 1)
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));
      return;
    } catch (error) {
      if (!(error instanceof Error && error.name === "InternalServerError") || attempt > 20) throw error;
    }
}

/** Imports a file to its end. @returns seconds that the worker took, and units that it all took */
async function imported(customerId: string, file: string) {
  let writeUnits = 0;
  const log = vi.spyOn(fleet.runtime.logger, "info").mockImplementation(((message: string, entry: object) => {
    if (message === "job" && "writeUnits" in entry) writeUnits += Number(entry.writeUnits);
  }) as never);
  const created = await fleet.call("createImport", { query: { customerId }, body: file });
  expect(created.status).toBe(202);
  writeUnits += costsOf(created).writeUnits;
  const began = performance.now();
  await endImports(fleet, stream);
  const seconds = (performance.now() - began) / 1000;
  log.mockRestore();
  const { counts } = await fleet.ok("getImport", { params: { id: created.body.id } });
  return { seconds, writeUnits, counts };
}

test(
  `${rowCount} customers: a row costs what its create does, plus 20 % at most, and the rate is that of the bare transactions, less 40 % at most`,
  { timeout: sized(120_000, 1_800_000) },
  async () => {
    const { id } = await fleet.create(fleet.provider.id, { level: "reseller" });
    const single = await fleet.call("createCustomer", {
      body: {
        parentId: id,
        externalRef: "single",
        name: "Customer by itself",
        email: "office@example.com",
        country: "DE",
        notes: "Call 0",
      },
    });
    const before = await dump(fleet.table);
    const bodies: string[] = [];
    heard = (body) => bodies.push(body);
    const { seconds, writeUnits, counts } = await imported(id, fileOf("C", rowCount));
    heard = null;
    expect(counts).toEqual({ created: rowCount, updated: 0, unchanged: 0, failed: 0 });
    const perRow = writeUnits / rowCount;
    expect(perRow).toBeLessThanOrEqual(1.2 * costsOf(single).writeUnits);

    // The same transactions in a table as it was before, and nothing else. The database of the run holds what the import has made by now.
    const bare = await createTestTable(dynamo.endpoint);
    await enableStream(bare);
    for (let at = 0; at < before.length; at += 25)
      await bare.documents.send(
        new BatchWriteCommand({
          RequestItems: { [bare.tableName]: before.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
    const inLane = lanes();
    const began = performance.now();
    await pMap(
      bodies,
      (body) => {
        const TransactItems = itemsOf(body, bare.tableName);
        return inLane(keysOf(TransactItems), () => send(bare.client, TransactItems));
      },
      { concurrency: sideBySide },
    );
    const bareSeconds = (performance.now() - began) / 1000;
    const share = bareSeconds / seconds;
    process.stdout.write(
      `${rowCount} rows in ${bodies.length} transactions: ${(rowCount / seconds).toFixed(0)} rows/s imported, ${(rowCount / bareSeconds).toFixed(0)} rows/s bare (${share.toFixed(2)}); ${perRow.toFixed(1)} units per row, ${costsOf(single).writeUnits} for a create\n`,
    );
    // A short run is mostly its beginning.
    expect(share).toBeGreaterThan(isFullSize ? 0.6 : 0.2);
  },
);
