/**
 * Sweeps a burst of trials that are due, on DynamoDB Local in memory, and checks that each was handled once. The sweeper is a process of its
 * own, so the memory shown is that of the function. Units are those of the product's own meter.
 * Every customer and reseller has an address of its own, so each trial is told of in two mails.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient, paginateQuery } from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { readAssembly } from "../local/assembly/assembly.ts";
import { buildAssembly } from "../local/assembly/build-assembly.ts";
import { startDynamoDbLocal } from "../local/emulators/dynamodb.ts";
import { ensureTable } from "../local/emulators/table.ts";
import { countOf, readArguments, refuseArguments } from "../local/machine/arguments.ts";
import type { Chain, CustomerRecord } from "../shared/domain/hierarchy/customer.ts";
import { newCustomer, newProvider } from "../shared/domain/hierarchy/new-customer.ts";
import { dayMs } from "../shared/domain/terms/trial.ts";
import { createIdSource } from "../shared/runtime/ids.ts";
import { everyLocation, type StoragePlan } from "../shared/domain/terms/storage-plan.ts";
import { insertCustomers } from "../shared/store/hierarchy/customers.ts";
import { linkPrefix } from "../shared/store/table/keys.ts";
import type { Item } from "../shared/store/table/units.ts";

const usage = `
Usage: npm run bench:trials -- [options]

Sweeps a burst of trials that are due, and measures it.

  --trials N      how many (20000)
  --what WHAT     ends: trials that ended within three days of silence, all notices told;
                  notices: trials that end in half a day (ends)
  --resellers N   how many resellers they belong to (100)
`;
const values = readArguments(usage, {
  trials: { type: "string", default: "20000" },
  what: { type: "string", default: "ends" },
  resellers: { type: "string", default: "100" },
  sweeper: { type: "boolean", default: false },
});
const [trials, resellers] = [countOf("--trials", values.trials), countOf("--resellers", values.resellers)];
if (!["ends", "notices"].includes(values.what)) refuseArguments("--what must be ends or notices.");
const ends = values.what === "ends";
const buckets = 10;

/** What the sweeper tells at its end. */
interface Report {
  seconds: number;
  runs: number;
  done: number;
  left: number;
  readUnits: number;
  writeUnits: number;
  transactions: number;
  cancelled: number;
  peakRssMbByTenth: number[];
  /** What the heap holds at the end of each tenth once all garbage is gone. */
  heapMbByTenth: number[];
}

/** Runs the schedule's function until nothing is due, and tells its parent what that took. */
async function sweepAll(): Promise<void> {
  const { runtime } = await import("../shared/runtime/function-runtime.ts");
  const { handler } = await import("../functions/schedule/sweep-trials.ts");
  const report: Report = {
    seconds: 0,
    runs: 0,
    done: 0,
    left: 0,
    readUnits: 0,
    writeUnits: 0,
    transactions: 0,
    cancelled: 0,
    peakRssMbByTenth: Array.from({ length: buckets }, () => 0),
    heapMbByTenth: [],
  };
  runtime.logger.info = ((message: string, entry: { readUnits: number; writeUnits: number }) => {
    if (message !== "job") return;
    report.readUnits += entry.readUnits;
    report.writeUnits += entry.writeUnits;
  }) as typeof runtime.logger.info;
  runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context["commandName"] !== "TransactWriteItemsCommand") return next(args);
      report.transactions += 1;
      if (report.transactions % Math.ceil(trials / buckets) === 0) {
        globalThis.gc?.();
        report.heapMbByTenth.push(Math.round(process.memoryUsage().heapUsed / 1e6));
      }
      return next(args).catch((error: unknown) => {
        report.cancelled += 1;
        throw error;
      });
    },
    { step: "deserialize", priority: "high", name: "countTransactions" },
  );
  const sampler = setInterval(() => {
    const bucket = Math.min(buckets - 1, Math.floor((report.transactions / trials) * buckets));
    const megabytes = Math.round(process.memoryUsage().rss / 1e6);
    report.peakRssMbByTenth[bucket] = Math.max(report.peakRssMbByTenth[bucket] ?? 0, megabytes);
  }, 50);
  const began = performance.now();
  for (let more = true; more;) {
    const { notices, ends: ended } = await handler({});
    const [done, left] = [notices.done + ended.done, notices.left + ended.left];
    report.runs += 1;
    report.done += done;
    report.left += left;
    more = done > 0;
  }
  report.seconds = (performance.now() - began) / 1000;
  clearInterval(sampler);
  process.send?.(report);
  process.disconnect();
}

const ids = createIdSource();
const plan: StoragePlan = { stage: "bench", account: "000000000000", locations: everyLocation() };
/** The items of new customers, as creating them writes them. */
const itemsOf = (records: readonly CustomerRecord[], above: readonly CustomerRecord[]): Item[] =>
  insertCustomers(records, above).flatMap((write) => (write.kind === "put" ? [write.item] : []));

/** The items of all customers, a few at a time. */
function* book(now: number): Generator<{ items: Item[]; resellerId?: string }> {
  const newId = (): string => ids.id("customer", now);
  const input = (name: string, email: string) => ({ name, email, country: "DE" }) as const;
  const provider = newProvider(input("Bench provider", "admin@example.com"), newId(), now);
  yield { items: itemsOf([provider], []) };
  for (let nth = 0; nth < resellers; nth += 1) {
    const seller = { ...input(`Reseller ${nth}`, `reseller-${nth}@example.com`), level: "reseller" } as const;
    const { records } = newCustomer(seller, [provider], newId, { now, plan });
    const parents: Chain = [records[0], provider];
    yield { items: itemsOf(records, [provider]), resellerId: records[0].id };
    for (let index = nth; index < trials; index += resellers) {
      // Of 30 days: those that end spread over three days, up to now; those that are told end in half a day.
      const age = ends ? 30 * dayMs + 1000 + (index % 3_000) * 86_400 : 29.5 * dayMs;
      const customer = { ...input(`Customer ${index}`, `customer-${index}@example.com`), inTrial: true };
      const made = newCustomer(customer, parents, newId, { now: now - age, plan }).records;
      const told = made.map((record) => (ends ? { ...record, trialNoticeAt: null } : record));
      yield { items: itemsOf(told, parents) };
    }
  }
}

async function bench(): Promise<void> {
  const dynamo = await startDynamoDbLocal();
  await dynamo.ready;
  try {
    const assembly = readAssembly(await buildAssembly(resolve(import.meta.dirname, ".."), () => undefined));
    const fn = assembly.functions.get("sweepTrials");
    const [table] = assembly.tables;
    if (!fn || !table) throw new Error("The assembly has no sweepTrials or no table.");
    const client = new DynamoDBClient({
      endpoint: dynamo.endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await ensureTable(client, table);
    const documents = DynamoDBDocumentClient.from(client);
    const put = async (items: readonly Item[]): Promise<void> => {
      await documents.send(
        new BatchWriteCommand({ RequestItems: { [table.name]: items.map((Item) => ({ PutRequest: { Item } })) } }),
      );
    };
    const resellerIds: string[] = [];
    function* parts(): Generator<Item[]> {
      const part: Item[] = [];
      for (const { items, resellerId } of book(Date.now())) {
        if (resellerId !== undefined) resellerIds.push(resellerId);
        part.push(...items);
        while (part.length >= 25) yield part.splice(0, 25);
      }
      if (part.length > 0) yield part;
    }
    await pMap(parts(), put, { concurrency: 4 });

    const sweeper = fork(import.meta.filename, [...process.argv.slice(2), "--sweeper"], {
      execArgv: ["--expose-gc"],
      env: {
        ...process.env,
        ...fn.environment,
        LOG_LEVEL: "ERROR",
        MAIL_FROM: "bench@example.com",
        DYNAMODB_ENDPOINT: dynamo.endpoint,
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    });
    const [report] = (await once(sweeper, "message")) as [Report];

    let inTrial = 0;
    for (const pk of resellerIds)
      for await (const page of paginateQuery(
        { client: documents },
        {
          TableName: table.name,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :trial)",
          ExpressionAttributeValues: { ":pk": pk, ":trial": linkPrefix({ by: "trial" }) },
          Select: "COUNT",
        },
      ))
        inTrial += page.Count ?? 0;
    const each = (count: number): number => Number((count / trials).toFixed(2));
    const shown = {
      trials,
      what: values.what,
      ...report,
      seconds: Number(report.seconds.toFixed(1)),
      perSecond: Number((report.done / report.seconds).toFixed(1)),
      readUnitsPerTrial: each(report.readUnits),
      writeUnitsPerTrial: each(report.writeUnits),
      stillInTrial: inTrial,
    };
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
    process.exitCode = report.done === trials && inTrial === (ends ? 0 : trials) ? 0 : 1;
    client.destroy();
  } finally {
    await dynamo.stop();
  }
}

await (values.sweeper ? sweepAll() : bench());
