import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { LocalFunction } from "../../../local/assembly/assembly.ts";
import { createFunctionRunner, FunctionFailed } from "../../../local/lambda/function-runner.ts";
import { openClock } from "../../../local/machine/local-clock.ts";
import { openLog } from "../../../local/machine/log-file.ts";

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

function runnerOf(
  sources: Record<string, string>,
  options: { timeoutMs?: number; hosts?: number; idleMs?: number } = {},
) {
  const home = mkdtempSync(join(tmpdir(), "runner-"));
  const functions = new Map<string, LocalFunction>();
  for (const [id, source] of Object.entries(sources)) {
    const folder = join(home, id);
    mkdirSync(folder);
    writeFileSync(join(folder, "index.mjs"), source);
    functions.set(id, {
      id,
      name: `shop-${id}`,
      arn: `arn:${id}`,
      environment: { WHO: id },
      timeoutMs: options.timeoutMs ?? 5000,
      memoryMb: 256,
      file: join(folder, "index.mjs"),
      handler: "handler",
      statements: [],
    });
  }
  const clock = openClock(home);
  const log = openLog(join(home, "functions.log"));
  const { hosts = 8, idleMs } = options;
  const runner = createFunctionRunner({
    functions,
    clock,
    environment: { DYNAMODB_ENDPOINT: "http://x" },
    log,
    hosts,
    ...(idleMs !== undefined && { idleMs }),
  });
  endings.push(() => runner.stop());
  return { ...runner, clock, logged: () => readFileSync(log.path, "utf8") };
}

describe("a function", () => {
  test("sees exactly its own environment, at its import and after a pause", async () => {
    process.env.OF_THE_HOST = "1";
    const source = `
      const atImport = process.env.WHO;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const afterPause = process.env.WHO;
      export const handler = async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { atImport, afterPause, atCall: process.env.WHO, name: process.env.AWS_LAMBDA_FUNCTION_NAME,
          memory: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, endpoint: process.env.DYNAMODB_ENDPOINT,
          region: process.env.AWS_REGION, host: process.env.OF_THE_HOST ?? null, listed: "OF_THE_HOST" in { ...process.env } };
      };`;
    const { invoke } = runnerOf({ one: source, two: source });
    const [one, two] = await Promise.all([invoke("one", {}), invoke("two", {})]);
    const shared = { memory: "256", endpoint: "http://x", region: "eu-central-1", host: null, listed: false };
    expect(one).toEqual({ atImport: "one", afterPause: "one", atCall: "one", name: "shop-one", ...shared });
    expect(two).toEqual({ atImport: "two", afterPause: "two", atCall: "two", name: "shop-two", ...shared });
    expect(process.env.OF_THE_HOST).toBe("1");
    expect(process.env.WHO).toBeUndefined();
  });

  test("sees the clock as it is set now", async () => {
    const { invoke, clock } = runnerOf({
      one: `export const handler = async () => Number(process.env.TENANTRY_CLOCK_OFFSET_MS);`,
    });
    expect(await invoke("one", {})).toBe(0);
    clock.advance("PT1S");
    expect(await invoke("one", {})).toBe(1000);
  });

  test("gets event and context, and its answer passes through JSON", async () => {
    const { invoke } = runnerOf({
      one: `export const handler = async (event, context) => ({ event, left: context.getRemainingTimeInMillis() > 1000,
        id: context.awsRequestId, name: context.functionName, at: new Date(0), nothing: undefined });`,
    });
    expect(await invoke("one", { a: undefined, b: 1 }, "req-7")).toEqual({
      event: { b: 1 },
      left: true,
      id: "req-7",
      name: "shop-one",
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  test("prints into the log, not onto the terminal", async () => {
    const { invoke, logged } = runnerOf({
      one: `console.log("loading"); export const handler = async () => { await null; console.error("working"); process.stdout.write("raw\\n"); };`,
    });
    await invoke("one", {});
    expect(logged()).toBe("loading\nworking\nraw\n");
  });

  test("works on one event at a time, as an instance in Lambda does, and on several in several instances", async () => {
    const source = `
      import { threadId } from "node:worker_threads";
      export const handler = async () => {
        const from = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 40));
        return { threadId, from, until: Date.now() };
      };`;
    const { invoke, loaded } = runnerOf({ one: source }, { hosts: 3 });
    const runs = (await Promise.all(Array.from({ length: 9 }, () => invoke("one", {})))) as {
      threadId: number;
      from: number;
      until: number;
    }[];
    const ofThreads = [...Map.groupBy(runs, ({ threadId }) => threadId).values()];
    expect(ofThreads.length).toBeLessThanOrEqual(3);
    expect(loaded().hosts).toBeLessThanOrEqual(3);
    for (const of of ofThreads)
      for (const [nth, run] of of.sort((one, other) => one.from - other.from).entries())
        if (nth > 0) expect(run.from).toBeGreaterThanOrEqual(of[nth - 1]!.until);
  });

  test.each([
    [
      "throws where nobody catches it",
      `setTimeout(() => { throw new Error("out of reach"); }, 1); await new Promise(() => {});`,
      /out of reach/,
      30_000,
    ],
    ["ends its process", `process.exit(3);`, /exit code 3/, 30_000],
    ["never gives the thread back", `for (;;);`, /timed out/, 4_000],
    ["uses up its memory", `const all = []; for (;;) all.push(new Array(1e6).fill(Math.random()));`, /memory/, 30_000],
  ])("that %s ends alone, and is there again for the next event", async (_what, crash, said, timeoutMs) => {
    const source = `let calls = 0; export const handler = async ({ crash }) => { calls += 1; if (crash) { ${crash} } return calls; };`;
    const { invoke } = runnerOf({ one: source, other: source }, { timeoutMs });
    expect(await invoke("other", {})).toBe(1);
    expect(await invoke("one", {})).toBe(1);
    await expect(invoke("one", { crash: true })).rejects.toThrow(said);
    expect(await invoke("one", {})).toBe(1);
    expect(await invoke("other", {})).toBe(2);
  });

  test("stays loaded while it is called, and goes when nobody has called for a while", async () => {
    const source = `let calls = 0; export const handler = async () => (calls += 1);`;
    const { invoke, loaded } = runnerOf({ a: source }, { idleMs: 300 });
    expect([await invoke("a", {}), await invoke("a", {})]).toEqual([1, 2]);
    for (let waited = 0; waited < 400 && loaded().hosts > 0; waited += 1) await sleep(10);
    expect(loaded()).toEqual({ hosts: 0, functions: 0 });
    expect(await invoke("a", {})).toBe(1);
  });

  test("waits where all threads are at work", async () => {
    const source = `export const handler = async ({ ms }) => {
      const began = Date.now();
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { began, ended: Date.now() };
    };`;
    const { invoke } = runnerOf({ a: source, b: source, c: source }, { hosts: 2 });
    const call = (id: string, ms: number) => invoke(id, { ms }) as Promise<{ began: number; ended: number }>;
    const [one, two, ...waiting] = await Promise.all([call("a", 60), call("a", 60), call("b", 1), call("c", 1)]);
    const free = Math.min(one?.ended ?? Infinity, two?.ended ?? Infinity);
    expect(Math.min(...waiting.map(({ began }) => began))).toBeGreaterThanOrEqual(free);
  });

  test("that throws is reported with what it threw, and logged", async () => {
    const { invoke, logged } = runnerOf({
      one: `export const handler = async () => { throw Object.assign(new Error("no"), { name: "DomainError", code: "exists" }); };`,
    });
    const error = await invoke("one", {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FunctionFailed);
    expect((error as FunctionFailed).cause).toMatchObject({ name: "DomainError", code: "exists" });
    expect(JSON.parse(logged())).toMatchObject({
      level: "ERROR",
      function_name: "shop-one",
      errorType: "DomainError",
      errorMessage: "no",
    });
  });

  test("that runs out of time is given up, and its instance is not used again", async () => {
    const { invoke } = runnerOf(
      {
        one: `let calls = 0; export const handler = async (event) => { calls += 1; if (event.hang) await new Promise(() => {}); return calls; };`,
      },
      { timeoutMs: 2_000, hosts: 1 },
    );
    expect(await invoke("one", {})).toBe(1);
    const waiting = [invoke("one", { hang: true }), invoke("one", {})];
    await expect(waiting[0]).rejects.toMatchObject({ timedOut: true, message: /timed out after 2\.00 seconds/ });
    expect(await waiting[1]).toBe(1);
  });

  test("that cannot be loaded fails each time it is asked", async () => {
    const { invoke } = runnerOf(
      { one: `throw new Error("no TABLE_NAME");`, two: `export const other = 1;` },
      { hosts: 1 },
    );
    await expect(invoke("one", {})).rejects.toThrow(/no TABLE_NAME/);
    await expect(invoke("one", {})).rejects.toThrow(/no TABLE_NAME/);
    await expect(invoke("two", {})).rejects.toThrow(/exports no function handler/);
    await expect(invoke("three", {})).rejects.toThrow(/no function three/);
  });

  test("has its AWS calls counted as the rights that they need", async () => {
    const { invoke, awsCalls } = runnerOf({
      one: `import { channel } from "node:diagnostics_channel";
        const calls = channel("tenantry:aws-call");
        export const handler = async () => {
          await null;
          calls.publish({ command: "QueryCommand", input: { TableName: "t", IndexName: "due" } });
          calls.publish({ command: "UpdateItemCommand", input: { TableName: "t", Key: { pk: { S: "RATE#key_1" } } } });
          calls.publish({ command: "TransactWriteItemsCommand", input: { TransactItems: [
            { Put: { TableName: "t", Item: { pk: { S: "cus_1" } } } }, { ConditionCheck: { TableName: "t", Key: { pk: "cus_2" } } } ] } });
          calls.publish({ command: "BatchGetItemCommand", input: { RequestItems: { t: { Keys: [{ pk: { S: "cus_1" } }] } } } });
          calls.publish({ command: "SendRawEmailCommand", input: {} });
          calls.publish({ command: "EncryptCommand", input: { KeyId: "arn:aws:kms:key" } });
          calls.publish({ command: "DecryptCommand", input: { KeyId: "arn:aws:kms:key" } });
          calls.publish({ command: "PutObjectCommand", input: { Bucket: "b" } });
        };`,
      two: `export const handler = async () => {};`,
    });
    await Promise.all([invoke("one", {}), invoke("two", {})]);
    expect([...(awsCalls.get("one") ?? [])].sort()).toEqual([
      "dynamodb:BatchGetItem table/t",
      "dynamodb:ConditionCheckItem table/t",
      "dynamodb:PutItem table/t",
      "dynamodb:Query table/t/index/due",
      "dynamodb:UpdateItem table/t RATE#",
      "kms:Decrypt",
      "kms:Encrypt",
      "s3:PutObject b",
      "ses:SendRawEmail",
    ]);
    expect(awsCalls.has("two")).toBe(false);
  });
});
