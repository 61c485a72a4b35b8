import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { freePort } from "../../../local/machine/ports.ts";
import type { Database } from "../../../local/run/database.ts";
import { type LocalStack, type StartLocalOptions, startLocal } from "../../../local/run/start-local.ts";
import { newDatabase } from "../../support/dynamo.ts";

const root = resolve(import.meta.dirname, "../../..");
const scratch = mkdtempSync(join(tmpdir(), "tenantry-run-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const running: LocalStack[] = [];
afterEach(async () => {
  for (const stack of running.splice(0)) await stack.stop();
});

/** What the functions of the app below write down. */
const diary = join(scratch, "diary");
const written = (): string[] => readFileSync(diary, { encoding: "utf8", flag: "a+" }).split("\n").slice(0, -1);
const sources = {
  send: `
    import { createRequire } from "node:module";
    const { SESClient, SendRawEmailCommand } = createRequire("${root}/package.json")("@aws-sdk/client-ses");
    const client = new SESClient({ endpoint: process.env.SES_ENDPOINT, maxAttempts: 1 });
    export const handler = ({ to, id }) => client.send(new SendRawEmailCommand({
      Source: "us@example.com", Destinations: [to], ConfigurationSetName: "ours", Tags: [{ Name: "mail", Value: id }],
      RawMessage: { Data: Buffer.from("From: us@example.com\\r\\nSubject: s\\r\\n\\r\\nText") },
    })).then(({ MessageId }) => MessageId);`,
  hear: `
    import { appendFileSync } from "node:fs";
    export const handler = async ({ detail }) => {
      const served = await fetch(process.env.API).then(() => "open", () => "closed");
      appendFileSync("${diary}", [detail.eventType, detail.mail.tags.mail[0], served].join(" ") + "\\n");
      if (process.env.HANG) await new Promise(() => undefined);
    };`,
  slow: `
    import { appendFileSync } from "node:fs";
    export const handler = async () => {
      appendFileSync("${diary}", "slow began\\n");
      await new Promise((resolve) => setTimeout(resolve, 50_000).unref());
    };`,
  quick: `
    import { appendFileSync } from "node:fs";
    export const handler = async ({ Records }) => appendFileSync("${diary}", "quick " + Records.length + "\\n");`,
};

/** An app that sends a mail when it is asked to, hears of its mails, and has a slow and a quick consumer of its table. */
function assemblyFor(port: number, environment: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(scratch, "assembly-"));
  const resources: Record<string, unknown> = {
    Role: { Type: "AWS::IAM::Role", Properties: {} },
    Table: {
      Type: "AWS::DynamoDB::GlobalTable",
      Properties: {
        TableName: "shop",
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
      },
    },
    Rule: {
      Type: "AWS::Events::Rule",
      Properties: {
        EventPattern: { source: ["aws.ses"], detail: { mail: { tags: { "ses:configuration-set": ["ours"] } } } },
        Targets: [{ Arn: { "Fn::GetAtt": ["hear", "Arn"] } }],
      },
    },
  };
  for (const [id, source] of Object.entries(sources)) {
    mkdirSync(join(folder, id));
    writeFileSync(join(folder, id, "index.mjs"), source);
    resources[id] = {
      Type: "AWS::Lambda::Function",
      Metadata: { "aws:asset:path": id },
      Properties: {
        FunctionName: `shop-${id}`,
        Handler: "index.handler",
        Timeout: 60,
        Code: { S3Key: id },
        Role: { "Fn::GetAtt": ["Role", "Arn"] },
        Environment: { Variables: { API: `http://127.0.0.1:${port}`, ...environment } },
      },
    };
  }
  for (const id of ["slow", "quick"]) {
    resources[`${id}Stream`] = {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: { FunctionName: { Ref: id }, EventSourceArn: { "Fn::GetAtt": ["Table", "StreamArn"] } },
    };
  }
  const app = { type: "aws:cloudformation:stack", properties: { templateFile: "App.template.json" } };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ artifacts: { App: app } }));
  writeFileSync(join(folder, "App.template.json"), JSON.stringify({ Resources: resources }));
  return folder;
}

const databases = new Map<string, Database>();
/** The database of a home, which is that of the next start too. */
async function databaseOf(home: string): Promise<Database> {
  const database = databases.get(home) ?? (await newDatabase());
  databases.set(home, database);
  return database;
}

async function start(home: string, options: Partial<StartLocalOptions> = {}): Promise<LocalStack> {
  const [port, database] = [await freePort(), await databaseOf(home)];
  const stack = await startLocal({ home, port, quiet: true, assembly: assemblyFor(port), database, ...options });
  running.push(stack);
  return stack;
}
const newHome = () => mkdtempSync(join(scratch, "home-"));

describe("a local run", { timeout: 60_000 }, () => {
  test("tells the app what became of its mails, and first of those that a kill left untold", async () => {
    rmSync(diary, { force: true });
    const home = newHome();
    const first = await start(home);
    const messageId = await first.invoke("send", { to: "bounce@simulator.amazonses.com", id: "mai_1" });
    await first.settle();
    expect(written()).toEqual(["Send mai_1 open", "Bounce mai_1 open"]);
    expect(first.mail()).toMatchObject([{ messageId, tags: { mail: "mai_1" } }]);
    await first.stop();

    // As a kill leaves it between the mail, which is on the disk, and its event.
    const line = JSON.parse(readFileSync(join(home, "mail.jsonl"), "utf8")) as { email: object };
    const untold = { ...line, tags: { mail: "mai_2" }, email: { ...line.email, messageId: "other" } };
    appendFileSync(join(home, "mail.jsonl"), `${JSON.stringify(untold)}\n`);
    await start(home);
    expect(written().slice(2)).toEqual(["Send mai_2 closed", "Bounce mai_2 closed"]);
  });

  test("tells again what was being told when it was killed", async () => {
    rmSync(diary, { force: true });
    const home = newHome();
    const port = await freePort();
    const assembly = assemblyFor(port, { HANG: "1" });
    const options: StartLocalOptions = { home, port, quiet: true, assembly, database: await databaseOf(home) };
    const child = spawn(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `const { startLocal } = await import(${JSON.stringify(join(root, "local/run/start-local.ts"))});
         const stack = await startLocal(${JSON.stringify(options)});
         await stack.invoke("send", { to: "a@example.com", id: "mai_1" });`,
      ],
      { stdio: "inherit" },
    );
    for (let waited = 0; written().length < 1 && waited < 20_000; waited += 20) await sleep(20);
    child.kill("SIGKILL");
    await once(child, "exit");
    await start(home);
    expect(written()).toEqual(["Send mai_1 open", "Send mai_1 closed"]);
  });

  test("tells of a mail whose sender never heard that it was accepted", async () => {
    rmSync(diary, { force: true });
    const stack = await start(newHome());
    const send = (id: string) => stack.invoke("send", { to: "a@example.com", id });
    await stack.mailOutage("down");
    await expect(send("mai_1")).rejects.toThrow(/ECONNREFUSED/);
    await stack.mailOutage("answer-lost", 1);
    await expect(send("mai_2")).rejects.toThrow();
    await send("mai_3");
    await stack.settle();
    expect(written().sort()).toEqual(["Send mai_2 open", "Send mai_3 open"]);
  });

  test("has a key for secrets that only its owner can read, and keeps it", async () => {
    const home = newHome();
    const file = join(home, "seal-key");
    await (await start(home)).stop();
    const key = readFileSync(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await (await start(home)).stop();
    expect(readFileSync(file)).toEqual(key);
    writeFileSync(file, "short");
    await expect(start(home)).rejects.toThrow(/seal-key is damaged/);
  });

  test("is not held up by a slow consumer: neither the others, nor its end", async () => {
    rmSync(diary, { force: true });
    const home = newHome();
    const stack = await start(home, { stopGraceMs: 300 });
    const client = new DynamoDBClient({
      ...stack.database,
      region: "eu-central-1",
    });
    await client.send(new PutItemCommand({ TableName: "shop", Item: { pk: { S: "1" } } }));
    for (let waited = 0; written().length < 2 && waited < 10_000; waited += 20) await sleep(20);
    await client.send(new PutItemCommand({ TableName: "shop", Item: { pk: { S: "2" } } }));
    client.destroy();
    for (let waited = 0; written().length < 3 && waited < 10_000; waited += 20) await sleep(20);
    expect(written().sort()).toEqual(["quick 1", "quick 1", "slow began"]);

    const began = Date.now();
    await stack.stop();
    expect(Date.now() - began).toBeLessThan(5_000);
    // What was cut off comes again.
    await start(home, { stopGraceMs: 300 });
    for (let waited = 0; written().length < 4 && waited < 10_000; waited += 20) await sleep(20);
    expect(written().at(-1)).toBe("slow began");
  });
});
