import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, expect, test } from "vitest";
import { type AsyncEvents, openAsyncEvents } from "../../../local/lambda/async-events.ts";
import { startAwsEndpoint } from "../../../local/lambda/aws-endpoint.ts";
import type { LocalFunction } from "../../../local/assembly/assembly.ts";

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});
const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "tenantry-events-"));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

interface Stage {
  events: AsyncEvents;
  folder: string;
  givenUp: [event: unknown, functionId: string, reason: string][];
}
function open(
  invoke: (functionId: string, event: unknown) => Promise<unknown>,
  { folder = freshFolder(), retryMs = [5, 5], maxAgeMs = 60_000 } = {},
): Stage {
  const givenUp: Stage["givenUp"] = [];
  const events = openAsyncEvents({
    folder,
    settingsOf: () => ({ retryAttempts: 2, maxAgeMs }),
    invoke,
    giveUp: (...what) => void givenUp.push(what),
    pace: { retryMs },
  });
  endings.push(() => events.stop());
  return { events, folder, givenUp };
}

test("an event is on disk before it is accepted, and goes once its function has returned", async () => {
  const seen: unknown[] = [];
  const { events, folder } = open(async (_id, event) => seen.push(event));
  events.accept("one", '{"n":1}');
  expect(readdirSync(folder)).toHaveLength(1);
  expect(seen).toEqual([]);
  events.start();
  expect(await events.caughtUp()).toBe(1);
  expect(seen).toEqual([{ n: 1 }]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a function that fails is tried three times, then its event is given up", async () => {
  let tries = 0;
  const { events, givenUp, folder } = open(async () => {
    tries += 1;
    throw new Error("no");
  });
  events.start();
  events.accept("one", '{"n":1}');
  await events.caughtUp();
  expect(tries).toBe(3);
  expect(givenUp).toEqual([[{ n: 1 }, "one", "no"]]);
  expect(readdirSync(folder)).toEqual([]);
});

test("an event that has waited too long is not tried again", async () => {
  let tries = 0;
  const { events, givenUp } = open(
    async () => {
      tries += 1;
      await sleep(1_100);
      throw new Error("no");
    },
    // Longer than any pause between the event's acceptance and its first try.
    { maxAgeMs: 1_000 },
  );
  events.start();
  events.accept("one", "{}");
  await events.caughtUp();
  expect([tries, givenUp.length]).toEqual([1, 1]);
});

test("an event that was left behind for too long is given up without a try", async () => {
  const folder = freshFolder();
  const first = openAsyncEvents({
    folder,
    settingsOf: () => ({ retryAttempts: 2, maxAgeMs: 10 }),
    invoke: () => expect.unreachable(),
    giveUp: () => undefined,
  });
  first.accept("one", '{"n":1}');
  await sleep(20);
  let tries = 0;
  const { events, givenUp } = open(async () => (tries += 1), { folder, maxAgeMs: 10 });
  events.start();
  await events.caughtUp();
  expect(tries).toBe(0);
  expect(givenUp).toEqual([[{ n: 1 }, "one", expect.stringContaining("waited")]]);
  expect(readdirSync(folder)).toEqual([]);
});

test("what a run that ended left behind is processed by the next, in the order in which it was accepted", async () => {
  const folder = freshFolder();
  const never = new Promise<never>(() => undefined);
  const first = openAsyncEvents({
    folder,
    settingsOf: () => ({ retryAttempts: 2, maxAgeMs: 60_000 }),
    invoke: () => never,
    giveUp: () => undefined,
  });
  first.start();
  for (let n = 0; n < 12; n += 1) first.accept("one", `{"n":${n}}`);
  // Nobody ends it: as after a kill, its events lie there, some of them begun.
  const seen: unknown[] = [];
  const { events } = open(async (_id, event) => seen.push((event as { n: number }).n), { folder });
  events.start();
  events.accept("one", '{"n":12}');
  await events.caughtUp();
  expect(seen).toEqual(Array.from({ length: 13 }, (_, n) => n));
  expect(readdirSync(folder)).toEqual([]);
});

test("functions that fail, or never return, hold up no other function", async () => {
  const times: number[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const { events } = open(async (id) => {
    if (id === "stuck") await released;
    if (id === "broken") throw new Error("no");
    times.push(Date.now());
  });
  endings.push(release);
  events.start();
  for (let nth = 0; nth < 20; nth += 1) {
    events.accept("stuck", "{}");
    events.accept("broken", "{}");
  }
  const began = Date.now();
  events.accept("good", "{}");
  while (times.length === 0) await sleep(1);
  expect(times[0]! - began).toBeLessThan(1_000);
});

test("Lambda's and SQS's own clients are answered once what they sent is kept", async () => {
  const accepted: [string, string][] = [];
  const messages: [string, string][] = [];
  const known = { id: "sendMail", name: "tenantry-local-stream-sendMail" } as LocalFunction;
  const { url, stop } = await startAwsEndpoint({
    functions: new Map([[known.id, known]]),
    accept: (...what) => void accepted.push(what),
    message: (...what) => void messages.push(what),
    assumeRole: () => "",
  });
  endings.push(stop);
  const access = { endpoint: url, region: "eu-central-1", credentials: { accessKeyId: "x", secretAccessKey: "x" } };
  const lambda = new LambdaClient({ ...access, maxAttempts: 1 });
  const invoke = (FunctionName: string, Payload: string, InvocationType: "Event" | "RequestResponse" = "Event") =>
    lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload: Buffer.from(Payload) }));
  expect((await invoke(known.name, '{"a":1}')).StatusCode).toBe(202);
  await expect(invoke("tenantry-local-stream-unknown", "{}")).rejects.toThrow("Function not found");
  await expect(invoke(known.name, "{}", "RequestResponse")).rejects.toThrow("asynchronous");
  await expect(invoke(known.name, JSON.stringify("x".repeat(1_048_576)))).rejects.toThrow("1048576");
  expect(accepted).toEqual([["sendMail", '{"a":1}']]);
  const sqs = new SQSClient(access);
  await sqs.send(new SendMessageCommand({ QueueUrl: "failures", MessageBody: '{"b":2}' }));
  expect(messages).toEqual([["failures", '{"b":2}']]);
  lambda.destroy();
  sqs.destroy();
});
