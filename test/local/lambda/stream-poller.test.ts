import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StreamMapping } from "../../../local/assembly/assembly.ts";
import { startStreamPoller, type StreamPoller } from "../../../local/lambda/stream-poller.ts";
import { createTestTable, enableStream, type TestTable } from "../../support/dynamo.ts";

interface Delivered {
  eventName: string;
  eventSource: string;
  eventSourceARN: string;
  dynamodb: {
    Keys: { pk: { S: string } };
    NewImage?: Record<string, unknown>;
    SequenceNumber: string;
    StreamViewType: string;
  };
}

let table: TestTable;
let streams: DynamoDBStreamsClient;
let streamArn: string;
let checkpointFile: string;
let deadLetters: Delivered[];
let problems: string[];
let pollers: StreamPoller[];

beforeEach(async () => {
  table = await createTestTable();
  streamArn = await enableStream(table);
  streams = new DynamoDBStreamsClient({
    endpoint: table.endpoint,
    region: "eu-central-1",
    credentials: table.credentials,
  });
  checkpointFile = join(mkdtempSync(join(tmpdir(), "poller-")), "stream.json");
  [deadLetters, problems, pollers] = [[], [], []];
});

afterEach(async () => {
  await Promise.all(pollers.map((poller) => poller.stop()));
});

const everything: StreamMapping = {
  functionId: "consumer",
  sourceArn: "",
  patterns: [],
  batchSize: 100,
  windowMs: 0,
  retryAttempts: 2,
  bisect: true,
  reportsFailures: false,
};

function startPoller(deliver: (records: Delivered[]) => unknown, mapping: Partial<StreamMapping> = {}): StreamPoller {
  const poller = startStreamPoller({
    client: streams,
    streamArn,
    mapping: { ...everything, ...mapping },
    deliver: async ({ Records }) => deliver(Records as Delivered[]),
    checkpointFile,
    giveUp: (record) => void deadLetters.push(record as Delivered),
    report: (problem) => void problems.push(problem),
    pace: { retryMs: 1, retryLimitMs: 5 },
  });
  pollers.push(poller);
  return poller;
}

const put = (...names: string[]) =>
  names.reduce<Promise<unknown>>(
    (before, pk) =>
      before.then(() => table.documents.send(new PutCommand({ TableName: table.tableName, Item: { pk, sk: "@" } }))),
    Promise.resolve(),
  );
const keys = (records: Delivered[]): string[] => records.map(({ dynamodb }) => dynamodb.Keys.pk.S);

describe("a mapping's function", () => {
  test("gets every change in order, as Lambda hands it over", async () => {
    const seen: Delivered[] = [];
    await table.documents.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { pk: "before", sk: "@", n: 1, bytes: new Uint8Array([1, 2]) },
      }),
    );
    const poller = startPoller((records) => void seen.push(...records));
    await put("a", "b");
    await table.documents.send(new DeleteCommand({ TableName: table.tableName, Key: { pk: "a", sk: "@" } }));
    await poller.caughtUp();
    expect(keys(seen)).toEqual(["before", "a", "b", "a"]);
    expect(seen.map(({ eventName }) => eventName)).toEqual(["INSERT", "INSERT", "INSERT", "REMOVE"]);
    expect(seen[0]).toMatchObject({
      eventSource: "aws:dynamodb",
      eventSourceARN: streamArn,
      dynamodb: { NewImage: { n: { N: "1" }, bytes: { B: "AQI=" } }, StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
  });

  test("gets only what its filter lets through, in batches of its size", async () => {
    const batches: string[][] = [];
    await put("x1", "y1", "x2", "y2", "x3");
    const poller = startPoller((records) => void batches.push(keys(records)), {
      batchSize: 2,
      patterns: [{ dynamodb: { Keys: { pk: { S: [{ prefix: "x" }] } } } }],
    });
    await poller.caughtUp();
    expect(batches).toEqual([["x1", "x2"], ["x3"]]);
  });

  test("gets what comes within its window in one batch", async () => {
    const batches: string[][] = [];
    const poller = startPoller((records) => void batches.push(keys(records)), { windowMs: 1000 });
    await put("a", "b", "c");
    poller.poke();
    await expect.poll(() => batches, { timeout: 10_000 }).toEqual([["a", "b", "c"]]);
  });

  test("gets all at once, whatever its window, where somebody waits until it has caught up", async () => {
    const seen: string[] = [];
    const poller = startPoller((records) => void seen.push(...keys(records)), { windowMs: 3_600_000 });
    await put("a", "b");
    await poller.caughtUp();
    expect(seen).toEqual(["a", "b"]);
  });

  test("gets a change within a fraction of a second, also after a long pause", async () => {
    let arrived: (at: number) => void = () => undefined;
    const poller = startPoller(() => arrived(Date.now()));
    await poller.caughtUp();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    // The quickest of a few: the machine may be busy with other tests.
    const delays: number[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) {
      const arrival = new Promise<number>((resolve) => (arrived = resolve));
      const written = Date.now();
      await put(name);
      poller.poke();
      delays.push((await arrival) - written);
    }
    expect(Math.min(...delays)).toBeLessThan(400);
  });
});

describe("after a restart", () => {
  test("goes on behind what was processed", async () => {
    await put("a", "b");
    const first = startPoller(() => undefined);
    await first.caughtUp();
    await first.stop();
    await put("c");
    const seen: string[] = [];
    await startPoller((records) => void seen.push(...keys(records))).caughtUp();
    expect(seen).toEqual(["c"]);
  });

  test("delivers again what was under way when the process was killed", async () => {
    await put("a", "b", "c");
    let reached: () => void;
    const atSecond = new Promise<void>((resolve) => (reached = resolve));
    // This one never returns from its second batch, as if it had been killed in it.
    startPoller((records) => (keys(records)[0] === "b" ? (reached(), new Promise(() => undefined)) : undefined), {
      batchSize: 1,
    });
    await atSecond;
    pollers = [];
    const seen: string[] = [];
    await startPoller((records) => void seen.push(...keys(records))).caughtUp();
    expect(seen).toEqual(["b", "c"]);
  });

  test("begins again where the memory is damaged, and says so", async () => {
    await put("a");
    writeFileSync(checkpointFile, '{"streamArn":');
    const seen: string[] = [];
    await startPoller((records) => void seen.push(...keys(records))).caughtUp();
    expect(seen).toEqual(["a"]);
    expect(problems.join()).toContain("from its beginning");
    expect(JSON.parse(readFileSync(checkpointFile, "utf8"))).toMatchObject({ streamArn });
  });
});

describe("a function that fails", () => {
  test("is tried again until it succeeds", async () => {
    await put("a");
    let tries = 0;
    const poller = startPoller(() => {
      tries += 1;
      if (tries < 3) throw new Error("not yet");
    });
    await poller.caughtUp();
    expect(tries).toBe(3);
    expect(deadLetters).toEqual([]);
  });

  test("loses only the record that cannot be processed, after all its tries", async () => {
    await put("a", "b", "bad", "c", "d");
    const done: string[] = [];
    let triesOfBad = 0;
    const poller = startPoller((records) => {
      if (keys(records).includes("bad")) {
        if (records.length === 1) triesOfBad += 1;
        throw new Error("cannot");
      }
      done.push(...keys(records));
    });
    await poller.caughtUp();
    expect(done).toEqual(["a", "b", "c", "d"]);
    expect(keys(deadLetters)).toEqual(["bad"]);
    expect(triesOfBad).toBe(3); // the first and two retries
    expect(problems.join()).toContain("cannot");
  });

  test("loses the whole batch where the mapping does not split", async () => {
    await put("a", "bad");
    const poller = startPoller(
      () => {
        throw new Error("cannot");
      },
      { bisect: false, retryAttempts: 0 },
    );
    await poller.caughtUp();
    expect(keys(deadLetters)).toEqual(["a", "bad"]);
  });

  test("goes on from the record that it reports, and the ones before are not repeated", async () => {
    await put("a", "b", "bad", "c");
    const batches: string[][] = [];
    let healed = false;
    const poller = startPoller(
      (records) => {
        batches.push(keys(records));
        const bad = records.find(({ dynamodb }) => dynamodb.Keys.pk.S === "bad");
        if (!bad || healed) return { batchItemFailures: [] };
        healed = true;
        return { batchItemFailures: [{ itemIdentifier: bad.dynamodb.SequenceNumber }] };
      },
      { reportsFailures: true },
    );
    await poller.caughtUp();
    expect(batches).toEqual([
      ["a", "b", "bad", "c"],
      ["bad", "c"],
    ]);
  });

  test("does not move on while a record without a limit of tries fails", async () => {
    await put("bad", "c");
    const seen = new Set<string>();
    let tries = 0;
    let enough: () => void;
    const often = new Promise<void>((resolve) => (enough = resolve));
    startPoller(
      (records) => {
        for (const key of keys(records)) seen.add(key);
        if (++tries === 8) enough();
        throw new Error("cannot");
      },
      { batchSize: 1, retryAttempts: -1 },
    );
    await often;
    expect([...seen]).toEqual(["bad"]);
    expect(deadLetters).toEqual([]);
  });
});
