/**
 * Drains a burst of queued mails with the function's own bundle on DynamoDB Local in memory, against a mail service of its own that only counts, and
 * checks that each mail was sent once. The mail service and the database are processes of their own, so the memory shown is that of the function.
 */
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { readAssembly } from "../local/assembly/assembly.ts";
import { buildAssembly } from "../local/assembly/build-assembly.ts";
import { startDynamoDbLocal } from "../local/emulators/dynamodb.ts";
import { ensureTable } from "../local/emulators/table.ts";
import { countOf, readArguments, refuseArguments } from "../local/machine/arguments.ts";
import { storageLocations } from "../shared/domain/terms/locations.ts";
import { createIdSource } from "../shared/runtime/ids.ts";
import { dueKey, mailKey } from "../shared/store/table/keys.ts";
import type { MailRecord } from "../shared/store/mail/outbox.ts";
import { insert } from "../shared/store/table/writes.ts";

const usage = `
Usage: npm run bench:mail -- [options]

Drains a burst of queued mails, and measures it.

  --mails N       how many (10000)
  --rate N        mails a second that the installation may send (200)
  --through WAY   what drains them: sweep or stream (sweep)
  --latency MS    milliseconds until the mail service answers (50)
`;
const values = readArguments(usage, {
  mails: { type: "string", default: "10000" },
  rate: { type: "string", default: "200" },
  through: { type: "string", default: "sweep" },
  latency: { type: "string", default: "50" },
  service: { type: "boolean", default: false },
});
const [mails, rate] = [countOf("--mails", values.mails), countOf("--rate", values.rate)];
const latency = countOf("--latency", values.latency);
if (!["sweep", "stream"].includes(values.through)) refuseArguments("--through must be sweep or stream.");

/** What the mail service has seen. */
interface Seen {
  requests: number;
  /** Different mails. */
  sent: number;
  busiestSecond: number;
}

/** The mail service: accepts everything, counts by the mail's tag, and tells its parent how far it is. */
async function serveMail(): Promise<void> {
  const times = new Map<string, number>();
  const seconds = new Map<number, number>();
  let requests = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const id = new URLSearchParams(Buffer.concat(chunks).toString()).get("Tags.member.1.Value") ?? "";
      requests += 1;
      times.set(id, (times.get(id) ?? 0) + 1);
      const second = Math.floor(Date.now() / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
      setTimeout(() => {
        response
          .writeHead(200, { "content-type": "text/xml" })
          .end(
            '<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendRawEmailResult>' +
              `<MessageId>${id}</MessageId></SendRawEmailResult></SendRawEmailResponse>`,
          );
      }, latency);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.({ port: (server.address() as AddressInfo).port });
  process.on("message", () => {
    const seen: Seen = { requests, sent: times.size, busiestSecond: Math.max(0, ...seconds.values()) };
    process.send?.(seen);
  });
  process.on("disconnect", () => process.exit(0));
}

const password = randomBytes(15).toString("base64url");
/** A mail as `outboxStore.queue` writes it, due at once. */
function queuedMail(id: string, index: number, sealedSecret: string, at: string): Record<string, unknown> {
  const [storage] = storageLocations;
  if (!storage) throw new Error("There is no storage location.");
  const record: MailRecord = {
    id,
    customerId: "cus_00000000000000000000000000",
    ancestors: [],
    accountId: null,
    contactId: null,
    to: { name: `Recipient ${index}`, address: `recipient-${index}@example.com` },
    matter: {
      template: "account-details",
      recipient: `Recipient ${index}`,
      customer: `Customer ${index}`,
      account: { username: `user-${index}`, planName: "Select", quotaBytes: null, trialEndsAt: null },
      storage,
      password: "temporary",
    },
    look: {
      senderName: "Bench",
      locale: index % 2 === 0 ? "en" : "de",
      timezone: "Europe/Berlin",
      logoUrl: null,
      color: null,
      supportUrl: null,
      setupUrl: "https://example.com/setup",
    },
    sealedSecret,
    state: "queued",
    attempts: 0,
    claim: null,
    queuedAt: at,
    dueAt: at,
    claimedAt: null,
    sentAt: null,
    settledAt: null,
    messageId: null,
    problem: null,
  };
  const key = mailKey(id);
  return insert(key, { kind: "mail", ...record, ...dueKey(key.pk, "mail", at) }).item;
}

type Handler = (event: unknown) => Promise<unknown>;
const buckets = 20;

async function drain(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "tenantry-bench-"));
  const service = fork(import.meta.filename, ["--service", "--latency", String(latency)]);
  const [{ port }] = (await once(service, "message")) as [{ port: number }];
  let asked: Promise<Seen> | undefined;
  /** Questions that come together share an answer. */
  const ask = (): Promise<Seen> => {
    if (!asked) {
      asked = once(service, "message").then(([seen]) => {
        asked = undefined;
        return seen as Seen;
      });
      service.send("how far");
    }
    return asked;
  };
  const dynamo = await startDynamoDbLocal();
  await dynamo.ready;
  try {
    const assembly = readAssembly(await buildAssembly(resolve(import.meta.dirname, ".."), () => undefined));
    const id = values.through === "stream" ? "sendMail" : "sweepMail";
    const fn = assembly.functions.get(id);
    const [table] = assembly.tables;
    if (!fn || !table) throw new Error(`The assembly has no ${id} or no table.`);

    writeFileSync(join(home, "seal-key"), randomBytes(32), { mode: 0o600 });
    Object.assign(process.env, fn.environment, {
      LOG_LEVEL: "ERROR",
      MAIL_RATE_PER_SECOND: String(rate),
      DYNAMODB_ENDPOINT: dynamo.endpoint,
      SES_ENDPOINT: `http://127.0.0.1:${port}`,
      SEAL_KEY_FILE: join(home, "seal-key"),
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    });
    const client = new DynamoDBClient({ endpoint: dynamo.endpoint, region: "eu-central-1" });
    await ensureTable(client, table);
    const documents = DynamoDBDocumentClient.from(client);
    const { seal } = await import("../shared/runtime/sealer.ts");

    const ids = createIdSource();
    const at = new Date().toISOString();
    const mailOf = async (index: number): Promise<Record<string, unknown>> => {
      const mailId = ids.id("mail", Date.now());
      return queuedMail(mailId, index, await seal(password, mailId), at);
    };
    /** What the stream would bring; the sweep finds its mails itself. */
    const images: Record<string, unknown>[] = [];
    for (let first = 0; first < mails; first += 25) {
      const items = await Promise.all(Array.from({ length: Math.min(25, mails - first) }, (_, i) => mailOf(first + i)));
      let requests = items.map((Item) => ({ PutRequest: { Item } }));
      while (requests.length > 0) {
        const { UnprocessedItems } = await documents.send(
          new BatchWriteCommand({ RequestItems: { [table.name]: requests } }),
        );
        requests = (UnprocessedItems?.[table.name] ?? []) as typeof requests;
      }
      if (values.through === "stream") images.push(...items);
    }

    const { [fn.handler]: handler } = (await import(pathToFileURL(fn.file).href)) as Record<string, Handler>;
    if (!handler) throw new Error(`${fn.file} exports no ${fn.handler}.`);
    const peaks: number[] = Array.from({ length: buckets }, () => 0);
    let sampling = true;
    const sampler = (async () => {
      while (sampling) {
        const bucket = Math.min(buckets - 1, Math.floor(((await ask()).sent / mails) * buckets));
        peaks[bucket] = Math.max(peaks[bucket] ?? 0, process.memoryUsage().rss);
        await sleep(100);
      }
    })();

    const began = performance.now();
    let runs = 0;
    for (let sent = -1, now = 0; now < mails && now !== sent; now = (await ask()).sent) {
      sent = now;
      if (values.through === "sweep") {
        await handler({});
        runs += 1;
        continue;
      }
      for (; images.length > 0; runs += 1) {
        const Records = images.splice(0, 25).map((image, index) => ({
          eventName: "INSERT",
          dynamodb: { SequenceNumber: String(runs * 25 + index), NewImage: marshall(image) },
        }));
        await handler({ Records });
      }
    }
    const seconds = (performance.now() - began) / 1000;
    sampling = false;
    await sampler;

    const { requests, sent, busiestSecond } = await ask();
    const report = {
      mails,
      through: values.through,
      rate,
      latencyMs: latency,
      seconds: Number(seconds.toFixed(1)),
      perSecond: Number((sent / seconds).toFixed(1)),
      busiestSecond,
      invocations: runs,
      sent,
      duplicates: requests - sent,
      peakRssMbByTwentieth: peaks.map((bytes) => Math.round(bytes / 1e6)),
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    process.exitCode = sent === mails && requests === sent ? 0 : 1;
    client.destroy();
  } finally {
    service.disconnect();
    await dynamo.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

await (values.service ? serveMail() : drain());
