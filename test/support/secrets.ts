import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type Shard,
} from "@aws-sdk/client-dynamodb-streams";
import type { Database } from "../../local/run/database.ts";

/**
 * Forms in which a secret might stand somewhere, each as the bytes to look for: as it is, as a JSON string and in a URL holds it, in hexadecimal,
 * and in base64 at any of the three places within a group. Each form is looked for by its halves, since the pages of a database may cut it in two.
 */
function traces(secret: string): Buffer[] {
  const bytes = Buffer.from(secret, "utf8");
  const base64 = [0, 1, 2].map((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // Without the characters that depend on what stands around.
    return padded.slice(before === 0 ? 0 : before + 1).replace(/.?=+$/, "");
  });
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString("hex"),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ];
  return [...new Set(forms)].flatMap((form) => {
    const middle = Math.floor(form.length / 2);
    return [Buffer.from(form.slice(0, middle)), Buffer.from(form.slice(middle))];
  });
}

/** Answers which of some secrets stand in some bytes, whole or in part. One walk over the bytes, however many secrets there are. */
function searchFor(secrets: readonly string[]): (bytes: Buffer) => string[] {
  const byBeginning = new Map<number, { trace: Buffer; secret: string }[]>();
  for (const secret of secrets)
    for (const trace of traces(secret)) {
      const beginning = trace.readUInt32BE();
      byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), { trace, secret }]);
    }
  return (bytes) => {
    const found = new Set<string>();
    let lastFour = 0;
    for (let end = 0; end < bytes.length; end += 1) {
      lastFour = ((lastFour << 8) | (bytes[end] ?? 0)) >>> 0;
      for (const { trace, secret } of byBeginning.get(lastFour) ?? [])
        if (end >= 3 && bytes.subarray(end - 3, end - 3 + trace.length).equals(trace)) found.add(secret);
    }
    return secrets.filter((secret) => found.has(secret));
  };
}

/** Files below a folder that hold any of some secrets, each with those that it holds. */
export function filesWith(folder: string, secrets: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const search = searchFor(secrets);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const held = search(readFileSync(file));
    if (held.length > 0) found[relative(folder, file)] = held;
  }
  return found;
}

/** All records that the stream of a local run still holds, as one text, bytes in base64. */
export async function streamOf(database: Database): Promise<string> {
  const client = new DynamoDBStreamsClient({
    ...database,
    region: "eu-central-1",
  });
  const records: unknown[] = [];
  for (const { StreamArn } of (await client.send(new ListStreamsCommand({}))).Streams ?? []) {
    let last: string | undefined;
    const shards: Shard[] = [];
    do {
      const { StreamDescription } = await client.send(
        new DescribeStreamCommand({ StreamArn, ...(last !== undefined && { ExclusiveStartShardId: last }) }),
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      last = StreamDescription?.LastEvaluatedShardId;
    } while (last !== undefined);
    for (const { ShardId } of shards) {
      const from = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
      let { ShardIterator } = await client.send(new GetShardIteratorCommand(from));
      // A shard that is still open never ends; a few empty answers in a row stand for its end.
      for (let empty = 0; ShardIterator !== undefined && empty < 5;) {
        const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }));
        records.push(...Records);
        ShardIterator = NextShardIterator;
        if (Records.length > 0) empty = 0;
        else await sleep(10 * (empty += 1));
      }
    }
  }
  client.destroy();
  return JSON.stringify(records, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
  );
}

/** The secrets that stand in a text, whole or in part. */
export const secretsInText = (text: string, secrets: readonly string[]): string[] =>
  searchFor(secrets)(Buffer.from(text, "utf8"));
