import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openAsyncEvents } from "../../local/lambda/async-events.ts";
import { startStreamPoller } from "../../local/lambda/stream-poller.ts";
import { relayRecords } from "../../shared/http/jobs/relay.ts";
import { createTestTable, enableStream, type TestTable } from "../support/dynamo.ts";

/*
 * The real reader of the stream, the real relay and the real queues, with consumers that fail. Time runs sixty times as fast where the
 * queue waits between tries: one second and two stand for Lambda's one minute and two.
 */
let table: TestTable;
let streamArn: string;
let folder: string;
beforeEach(async () => {
  table = await createTestTable();
  streamArn = await enableStream(table);
});
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tenantry-relay-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const consumer = (id: string) => ({
  id,
  area: "stream",
  batchSize: 10,
  filters: [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["relayed"] } } } }],
});

interface Run {
  seen: Map<string, { sk: string; at: number }[]>;
  givenUp: string[];
  stop: () => Promise<void>;
}
/** Reads the table's stream through a relay to three consumers. */
function run(name: string, fails: (id: string) => boolean, dieAt = Number.POSITIVE_INFINITY): Run {
  const seen = new Map<string, { sk: string; at: number }[]>();
  const givenUp: string[] = [];
  const events = openAsyncEvents({
    folder: join(folder, name, "events"),
    settingsOf: () => ({ retryAttempts: 2, maxAgeMs: 600_000 }),
    async invoke(id, event) {
      const { Records } = event as { Records: { dynamodb: { Keys: { sk: { S: string } } } }[] };
      if (fails(id)) throw new Error("This consumer throws.");
      const of = seen.get(id) ?? [];
      for (const { dynamodb } of Records) of.push({ sk: dynamodb.Keys.sk.S, at: Date.now() });
      seen.set(id, of);
    },
    giveUp: (_event, id) => void givenUp.push(id),
    pace: { retryMs: [1_000, 2_000] },
  });
  events.start();
  const consumers = ["first", "broken", "last"].map(consumer);
  let handedOn = 0;
  const client = new DynamoDBStreamsClient({
    endpoint: table.endpoint,
    region: "eu-central-1",
    credentials: table.credentials,
  });
  const poller = startStreamPoller({
    client,
    streamArn,
    mapping: {
      functionId: "relay",
      sourceArn: "",
      patterns: [],
      batchSize: 10,
      windowMs: 0,
      retryAttempts: 50,
      bisect: true,
      reportsFailures: true,
    },
    async deliver({ Records }) {
      await relayRecords(consumers, Records as Parameters<typeof relayRecords>[1], {
        async invoke({ id }, payload) {
          handedOn += 1;
          // As in a process that was killed: nothing of it goes on.
          if (handedOn > dieAt) await new Promise(() => undefined);
          events.accept(id, payload);
        },
        park: async () => expect.unreachable(),
        report: () => undefined,
      });
      return { batchItemFailures: [] };
    },
    checkpointFile: join(folder, name, "position.json"),
    giveUp: () => expect.unreachable(),
    report: () => undefined,
  });
  return {
    seen,
    givenUp,
    async stop() {
      await Promise.all([Promise.race([poller.stop(), sleep(200)]), events.stop()]);
      client.destroy();
    },
  };
}
const write = (sk: string) =>
  table.client.send(
    new PutItemCommand({
      TableName: table.tableName,
      Item: { pk: { S: "relay" }, sk: { S: sk }, kind: { S: "relayed" } },
    }),
  );

test("a consumer that throws for ten minutes delays no other by more than a second", async () => {
  const { seen, givenUp, stop } = run("throws", (id) => id === "broken");
  const written = new Map<string, number>();
  // Ten seconds of changes, at sixty times the speed.
  for (let nth = 0; nth < 100; nth += 1) {
    const sk = `throws-${String(nth).padStart(3, "0")}`;
    await write(sk);
    written.set(sk, Date.now());
    await sleep(100);
  }
  await sleep(1_500);
  await stop();
  for (const id of ["first", "last"]) {
    const arrived = new Map((seen.get(id) ?? []).map(({ sk, at }) => [sk, at]));
    const delays = [...written].map(([sk, at]) => (arrived.get(sk) ?? Number.POSITIVE_INFINITY) - at);
    expect(Math.max(...delays), id).toBeLessThan(1_000);
  }
  expect(seen.get("broken")).toBeUndefined();
  expect(givenUp.length).toBeGreaterThan(10);
  expect(new Set(givenUp)).toEqual(new Set(["broken"]));
}, 60_000);

test("the position in the stream moves only when everything was handed on", async () => {
  const first = run("killed", () => false, 1);
  for (const sk of ["killed-1", "killed-2", "killed-3"]) await write(sk);
  // One consumer has its batch, the hand-over to the second never ends.
  while (![...first.seen.values()].flat().some(({ sk }) => sk.startsWith("killed"))) await sleep(5);
  await first.stop();
  const second = run("killed", () => false);
  const has = (id: string, sk: string) => (second.seen.get(id) ?? []).some((one) => one.sk === sk);
  const all = ["first", "broken", "last"].flatMap((id) =>
    ["killed-1", "killed-2", "killed-3"].map((sk) => [id, sk] as const),
  );
  for (
    let waited = 0;
    waited < 200 && !all.every(([id, sk]) => has(id, sk) || (first.seen.get(id) ?? []).some((one) => one.sk === sk));
    waited += 1
  )
    await sleep(25);
  for (const [id, sk] of all)
    expect(
      [...(first.seen.get(id) ?? []), ...(second.seen.get(id) ?? [])].map((one) => one.sk),
      id,
    ).toContain(sk);
  // The first batch came again as a whole: nobody knew whether it had arrived.
  expect(has("broken", "killed-1") && has("last", "killed-1")).toBe(true);
  await second.stop();
});
