/**
 * Rolls a minute of usage up through the two consumers of the stream, side by side, on DynamoDB Local in memory, and checks every counter. It shows
 * how much is written at each level for 1,000 reports, and how often transactions meet.
 *
 * All customers stand under one reseller, so that its counter is the one that everything goes to.
 */
import { resolve } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { readAssembly } from "../local/assembly/assembly.ts";
import { buildAssembly } from "../local/assembly/build-assembly.ts";
import { startDynamoDbLocal } from "../local/emulators/dynamodb.ts";
import { ensureTable } from "../local/emulators/table.ts";
import { countOf, readArguments } from "../local/machine/arguments.ts";
import { createIdSource } from "../shared/runtime/ids.ts";
import { accountKey, customerKey, deviceKey, type Key } from "../shared/store/table/keys.ts";
import { changesOf, openTableStream, type TableRecord } from "../test/fleet/table-stream.ts";

const usage = `
Usage: npm run bench:usage -- [options]

Rolls a minute of usage up to the reseller, and measures it.

  --devices N     how many report (10000)
  --customers N   how many customers they belong to (200)
`;
const values = readArguments(usage, {
  devices: { type: "string", default: "10000" },
  customers: { type: "string", default: "200" },
});
const [deviceCount, customerCount] = [countOf("--devices", values.devices), countOf("--customers", values.customers)];
const batchSize = 500;
const bytesOf = (index: number): number => 1_000_000 + index;

const dynamo = await startDynamoDbLocal();
await dynamo.ready;
try {
  const assembly = readAssembly(await buildAssembly(resolve(import.meta.dirname, ".."), () => undefined));
  const fn = assembly.functions.get("rollUp");
  const [table] = assembly.tables;
  if (!fn || !table) throw new Error("The assembly has no rollUp or no table.");
  Object.assign(process.env, fn.environment, {
    LOG_LEVEL: "INFO",
    DYNAMODB_ENDPOINT: dynamo.endpoint,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  const client = new DynamoDBClient({ endpoint: dynamo.endpoint, region: "eu-central-1" });
  await ensureTable(client, table);
  const documents = DynamoDBDocumentClient.from(client);
  const { runtime } = await import("../shared/runtime/function-runtime.ts");

  const spent = new Map<string, { invocations: number; writeUnits: number; roundTrips: number }>();
  runtime.logger.info = ((message: string, entry: { job: string; writeUnits: number; roundTrips: number }) => {
    if (message !== "job") return;
    const sum = spent.get(entry.job) ?? { invocations: 0, writeUnits: 0, roundTrips: 0 };
    spent.set(entry.job, {
      invocations: sum.invocations + 1,
      writeUnits: sum.writeUnits + entry.writeUnits,
      roundTrips: sum.roundTrips + entry.roundTrips,
    });
  }) as typeof runtime.logger.info;
  let [transactions, cancelled] = [0, 0];
  runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context["commandName"] !== "TransactWriteItemsCommand") return next(args);
      transactions += 1;
      return next(args).catch((error: unknown) => {
        cancelled += 1;
        throw error;
      });
    },
    { step: "deserialize", priority: "high", name: "countTransactions" },
  );

  // As much of each record as the consumers look at, and as long as they are.
  const ids = createIdSource();
  const notes = "x".repeat(500);
  const customer = (id: string, parentId: string | null) => ({
    ...customerKey(id),
    kind: "customer",
    id,
    usedBytes: 0,
    notes,
    ...(parentId !== null && { parentId }),
  });
  const [providerId, resellerId] = [ids.id("customer", Date.now()), ids.id("customer", Date.now())];
  const places = Array.from({ length: customerCount }, () => ({
    customerId: ids.id("customer", Date.now()),
    accountId: ids.id("account", Date.now()),
  }));
  const devices = Array.from({ length: deviceCount }, (_, index) => {
    const { customerId, accountId } = places[index % places.length] ?? { customerId: "", accountId: "" };
    const id = ids.id("device", Date.now());
    const key = deviceKey(customerId, accountId, id);
    return { key, item: { ...key, kind: "device", id, customerId, accountId, usedBytes: 0, notes } };
  });
  const items: Record<string, unknown>[] = [
    customer(providerId, null),
    customer(resellerId, providerId),
    ...places.flatMap(({ customerId, accountId }) => [
      customer(customerId, resellerId),
      { ...accountKey(customerId, accountId), kind: "account", id: accountId, customerId, usedBytes: 0, notes },
    ]),
    ...devices.map(({ item }) => item),
  ];
  const parts = Array.from({ length: Math.ceil(items.length / 25) }, (_, nth) => items.slice(nth * 25, nth * 25 + 25));
  await pMap(
    parts,
    (part) =>
      documents.send(
        new BatchWriteCommand({ RequestItems: { [table.name]: part.map((Item) => ({ PutRequest: { Item } })) } }),
      ),
    { concurrency: 8 },
  );
  const stream = await openTableStream({ endpoint: dynamo.endpoint, tableName: table.name, documents });
  await stream.next();

  const reportsBegan = performance.now();
  await pMap(
    devices,
    ({ key }, index) =>
      documents.send(
        new UpdateCommand({
          TableName: table.name,
          Key: key,
          UpdateExpression: "SET usedBytes = :used",
          ExpressionAttributeValues: { ":used": bytesOf(index) },
        }),
      ),
    { concurrency: 32 },
  );
  const reportSeconds = (performance.now() - reportsBegan) / 1000;

  type Handler = (event: unknown) => Promise<unknown>;
  const { handler } = (await import("../functions/stream/roll-up.ts")) as { handler: Handler };
  const waiting: Record<"device" | "customer", TableRecord[]> = { device: [], customer: [] };
  const began = performance.now();
  do {
    const records = await stream.next();
    for (const kind of ["device", "customer"] as const) waiting[kind].push(...changesOf(kind, records));
    const Records = (["device", "customer"] as const).flatMap((kind) => waiting[kind].splice(0, batchSize));
    if (Records.length > 0) await handler({ Records });
  } while (waiting.device.length + waiting.customer.length > 0 || changesOf("customer", await peek()).length > 0);
  async function peek(): Promise<TableRecord[]> {
    const records = await stream.next();
    for (const kind of ["device", "customer"] as const) waiting[kind].push(...changesOf(kind, records));
    return records;
  }
  const seconds = (performance.now() - began) / 1000;

  const usedAt = async (Key: Key): Promise<unknown> =>
    (await documents.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }))).Item?.["usedBytes"];
  const facts = new Map<string, number>();
  for (const [index, { item }] of devices.entries())
    facts.set(item.customerId, (facts.get(item.customerId) ?? 0) + bytesOf(index));
  const total = [...facts.values()].reduce((sum, one) => sum + one, 0);
  let wrong = 0;
  for (const { customerId, accountId } of places)
    for (const key of [customerKey(customerId), accountKey(customerId, accountId)])
      if ((await usedAt(key)) !== (facts.get(customerId) ?? 0)) wrong += 1;
  for (const id of [resellerId, providerId]) if ((await usedAt(customerKey(id))) !== total) wrong += 1;

  const perThousand = (count: number): number => Number(((count * 1000) / deviceCount).toFixed(1));
  const report = {
    reports: deviceCount,
    customers: customerCount,
    reportSeconds: Number(reportSeconds.toFixed(1)),
    rollUpSeconds: Number(seconds.toFixed(1)),
    transactions,
    transactionsPerThousand: perThousand(transactions),
    cancelled,
    levels: Object.fromEntries(
      [...spent].map(([job, sum]) => [job, { ...sum, writeUnitsPerThousand: perThousand(sum.writeUnits) }]),
    ),
    wrongCounters: wrong,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = wrong === 0 ? 0 : 1;
  stream.close();
  client.destroy();
} finally {
  await dynamo.stop();
}
