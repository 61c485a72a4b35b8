import { setTimeout as sleep } from "node:timers/promises";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
  type Shard,
} from "@aws-sdk/client-dynamodb-streams";
import * as z from "zod";
import type { StreamMapping } from "../assembly/assembly.ts";
import { jsonFile } from "../machine/files.ts";
import { matchesPattern } from "../assembly/filter-pattern.ts";
import { isRecord } from "../assembly/intrinsics.ts";

export interface StreamPoller {
  /** Something may have been written: look at once instead of after the idle pause. */
  poke(): void;
  /**
   * Resolves when all that was committed before the call has been delivered or given up.
   * @returns how many records have been handed over since the poller began
   */
  caughtUp(): Promise<number>;
  /** Ends after the batch in hand. */
  stop(): Promise<void>;
}

export interface StreamPollerOptions {
  client: DynamoDBStreamsClient;
  streamArn: string;
  mapping: StreamMapping;
  /** Hands a batch to the function; rejects where it failed. */
  deliver(event: { Records: unknown[] }): Promise<unknown>;
  /** Where it is remembered how far the function has come. */
  checkpointFile: string;
  /** Takes a record that is given up. */
  giveUp(record: unknown, reason: string): void;
  report(problem: string): void;
  pace?: Partial<typeof defaultPace>;
}

/** Milliseconds between looks when there is work and when there is none, between retries, and between looks at the list of shards. */
const defaultPace = { busyMs: 40, idleMs: 400, retryMs: 100, retryLimitMs: 5000, discoverMs: 10_000 };

const Checkpoints = z.object({
  streamArn: z.string(),
  shards: z.record(z.string(), z.object({ position: z.string().optional(), done: z.boolean().optional() })),
});

/** A record as Lambda hands it over, with the number that orders it within its shard. */
interface Entry {
  sequence: string;
  event: Record<string, unknown>;
}

const isNamed = (error: unknown, ...names: string[]): boolean => error instanceof Error && names.includes(error.name);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Does for one event source mapping what Lambda does: reads every shard in order from where the function had come to, filters, batches,
 * invokes, and retries. A record is delivered at least once, also across a kill: the position moves only after the function has returned.
 */
export function startStreamPoller(options: StreamPollerOptions): StreamPoller {
  const { client, streamArn, mapping, report } = options;
  const pace = { ...defaultPace, ...options.pace };
  const ending = new AbortController();
  const stopped = (): boolean => ending.signal.aborted;
  const file = jsonFile(options.checkpointFile, Checkpoints);
  let shards: z.infer<typeof Checkpoints>["shards"] = {};
  try {
    const saved = file.read();
    if (saved?.streamArn === streamArn) shards = saved.shards;
  } catch (error) {
    // Delivering again is allowed, losing is not: a position that cannot be read is no position.
    report(`${messageOf(error)}. ${mapping.functionId} reads the stream from its beginning.`);
  }
  const save = (): void => file.write({ streamArn, shards });

  /** What each running reader has read to the end of, by the number of the `caughtUp` call that asked. */
  const readers = new Map<string, { clean: number; done: Promise<void> }>();
  let asked = 0;
  let discovered = 0;
  let delivered = 0;
  let wake = new AbortController();
  const poke = (): void => {
    wake.abort();
    wake = new AbortController();
  };
  /** A pause that ends early when the poller is poked or stopped. */
  const pause = (ms: number, interruptible = true): Promise<void> =>
    sleep(ms, undefined, {
      signal: interruptible ? AbortSignal.any([wake.signal, ending.signal]) : ending.signal,
    }).catch(() => undefined);

  const invoke = async (batch: Entry[]): Promise<{ failedFrom: number; reason: string } | undefined> => {
    try {
      delivered += batch.length;
      const result = await options.deliver({ Records: batch.map(({ event }) => event) });
      if (!mapping.reportsFailures) return undefined;
      const failed = failedSequences(result);
      if (failed.length === 0) return undefined;
      const indexes = failed.map((sequence) => batch.findIndex((entry) => entry.sequence === sequence));
      // As in AWS, a number that is none of the batch's means that all of it failed.
      return { failedFrom: Math.max(0, Math.min(...indexes)), reason: "reported as failed" };
    } catch (error) {
      return { failedFrom: 0, reason: messageOf(error) };
    }
  };

  const deliverBatch = async (shardId: string, batch: Entry[]): Promise<void> => {
    const parts = [batch];
    const reached = (entry: Entry | undefined): void => {
      if (!entry) return;
      shards[shardId] = { position: entry.sequence };
      save();
    };
    let part = parts.shift();
    for (let tries = 0; part !== undefined && !stopped();) {
      const failure = await invoke(part);
      if (!failure) {
        reached(part.at(-1));
        part = parts.shift();
        tries = 0;
        continue;
      }
      if (failure.failedFrom > 0) {
        reached(part[failure.failedFrom - 1]);
        part = part.slice(failure.failedFrom);
        tries = 0;
      } else if (mapping.bisect && part.length > 1) {
        // Splitting does not count as a retry; it finds the record that cannot be processed.
        const middle = Math.ceil(part.length / 2);
        parts.unshift(part.slice(middle));
        part = part.slice(0, middle);
      } else if (mapping.retryAttempts >= 0 && tries >= mapping.retryAttempts) {
        for (const { event } of part) options.giveUp(event, failure.reason);
        report(`${mapping.functionId} gave up on ${part.length} record(s) after ${tries + 1} tries: ${failure.reason}`);
        reached(part.at(-1));
        part = parts.shift();
        tries = 0;
      } else {
        tries += 1;
        await pause(Math.min(pace.retryMs * 2 ** (tries - 1), pace.retryLimitMs), false);
      }
    }
  };

  const open = async (shardId: string): Promise<string | undefined> => {
    const position = shards[shardId]?.position;
    const from = (type: "AFTER_SEQUENCE_NUMBER" | "TRIM_HORIZON"): Promise<string | undefined> =>
      client
        .send(
          new GetShardIteratorCommand({
            StreamArn: streamArn,
            ShardId: shardId,
            ShardIteratorType: type,
            ...(type === "AFTER_SEQUENCE_NUMBER" && { SequenceNumber: position }),
          }),
        )
        .then(({ ShardIterator }) => ShardIterator);
    if (position === undefined) return from("TRIM_HORIZON");
    try {
      return await from("AFTER_SEQUENCE_NUMBER");
    } catch (error) {
      if (!isNamed(error, "TrimmedDataAccessException")) throw error;
      report(`${mapping.functionId} was away for longer than the stream keeps records; it goes on with the oldest.`);
      return from("TRIM_HORIZON");
    }
  };

  const readShard = async (shardId: string, reader: { clean: number }): Promise<void> => {
    let iterator = await open(shardId);
    let pending: Entry[] = [];
    let pendingSince = 0;
    let wait = pace.busyMs;
    while (iterator !== undefined && !stopped()) {
      const round = asked;
      const { Records = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: 1000 }),
      );
      iterator = NextShardIterator;
      for (const record of Records) {
        const entry = toEntry(record, streamArn);
        const matches =
          mapping.patterns.length === 0 || mapping.patterns.some((one) => matchesPattern(one, entry.event));
        if (matches) {
          if (pending.length === 0) pendingSince = Date.now();
          pending.push(entry);
        } else if (pending.length === 0) {
          // Not saved: after a crash these records are filtered again, which costs nothing.
          shards[shardId] = { position: entry.sequence };
        }
      }
      while (pending.length > 0 && !stopped()) {
        // Whoever waits for the function to catch up does not wait for its window.
        const due = pending.length >= mapping.batchSize || iterator === undefined || asked > reader.clean;
        if (!due && Date.now() - pendingSince < mapping.windowMs) break;
        const batch = pending.slice(0, mapping.batchSize);
        pending = pending.slice(batch.length);
        await deliverBatch(shardId, batch);
      }
      if (iterator === undefined || stopped()) break;
      if (Records.length === 0 && pending.length === 0) reader.clean = round;
      if (Records.length > 0) {
        wait = pace.busyMs;
        continue;
      }
      const wakeBefore = wake;
      await pause(wait);
      wait = wakeBefore.signal.aborted ? pace.busyMs : Math.min(wait * 1.5, pace.idleMs);
    }
    if (!stopped()) {
      shards[shardId] = { ...shards[shardId], done: true };
      save();
    }
  };

  /** Reads one shard to its end, through whatever goes wrong on the way. */
  const followShard = async (shardId: string, reader: { clean: number }): Promise<void> => {
    while (!stopped()) {
      try {
        await readShard(shardId, reader);
        return;
      } catch (error) {
        if (stopped()) return;
        if (isNamed(error, "ResourceNotFoundException")) return; // the shard was trimmed away
        if (isNamed(error, "TrimmedDataAccessException")) delete shards[shardId];
        else if (!isNamed(error, "ExpiredIteratorException"))
          report(`${mapping.functionId} cannot read the stream: ${messageOf(error)}`);
        await pause(isNamed(error, "ExpiredIteratorException") ? 0 : 1000, false);
      }
    }
  };

  const discover = async (): Promise<void> => {
    const round = asked;
    const listed = await listShards(client, streamArn);
    const ids = new Set(listed.map(({ ShardId }) => ShardId));
    for (const id of Object.keys(shards)) if (!ids.has(id)) delete shards[id];
    for (const { ShardId: id, ParentShardId: parent } of listed) {
      if (id === undefined || readers.has(id) || shards[id]?.done === true) continue;
      // A child's records come after its parent's.
      if (parent !== undefined && ids.has(parent) && shards[parent]?.done !== true) continue;
      const reader = { clean: 0, done: Promise.resolve() };
      readers.set(id, reader);
      reader.done = followShard(id, reader).finally(() => {
        readers.delete(id);
        lookAgain.abort();
      });
    }
    discovered = round;
  };
  let lookAgain = new AbortController();
  const watching = (async () => {
    while (!stopped()) {
      lookAgain = new AbortController();
      await discover().catch((error: unknown) => {
        if (!stopped()) report(`The stream cannot be described: ${messageOf(error)}`);
      });
      await sleep(pace.discoverMs, undefined, { signal: AbortSignal.any([lookAgain.signal, ending.signal]) }).catch(
        () => undefined,
      );
    }
    await Promise.all([...readers.values()].map(({ done }) => done));
  })();

  return {
    poke,
    async caughtUp() {
      const round = ++asked;
      lookAgain.abort();
      while (!stopped()) {
        const all = [...readers.values()];
        if (discovered >= round && all.every(({ clean }) => clean >= round)) break;
        poke();
        await sleep(10);
      }
      return delivered;
    },
    async stop() {
      ending.abort();
      await watching;
      save();
    },
  };
}

async function listShards(client: DynamoDBStreamsClient, streamArn: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let last: string | undefined;
  do {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({ StreamArn: streamArn, ...(last !== undefined && { ExclusiveStartShardId: last }) }),
    );
    shards.push(...(StreamDescription?.Shards ?? []));
    last = StreamDescription?.LastEvaluatedShardId;
  } while (last !== undefined);
  return shards;
}

/** Sequence numbers under `batchItemFailures`. An entry without one means the whole batch, as in AWS. */
function failedSequences(result: unknown): string[] {
  const failures = isRecord(result) ? result.batchItemFailures : undefined;
  if (!Array.isArray(failures)) return [];
  return failures.map((failure: unknown) => (isRecord(failure) ? String(failure.itemIdentifier ?? "") : ""));
}

function toEntry(record: StreamRecord, streamArn: string): Entry {
  const { ApproximateCreationDateTime: created, Keys, NewImage, OldImage, ...rest } = record.dynamodb ?? {};
  return {
    sequence: rest.SequenceNumber ?? "",
    event: {
      eventID: record.eventID,
      eventName: record.eventName,
      eventVersion: record.eventVersion ?? "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: record.awsRegion,
      dynamodb: {
        ...(created && { ApproximateCreationDateTime: Math.floor(created.getTime() / 1000) }),
        ...(Keys && { Keys: plain(Keys) }),
        ...(NewImage && { NewImage: plain(NewImage) }),
        ...(OldImage && { OldImage: plain(OldImage) }),
        ...rest,
      },
      eventSourceARN: streamArn,
    },
  };
}

/** Attribute values as JSON carries them: bytes become base64. */
const plain = (image: Record<string, AttributeValue>): unknown =>
  JSON.parse(
    JSON.stringify(wholeMap(image), (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    ),
  );

/** What comes without a type here is an empty map, which Lambda gives as one. */
const whole = (value: AttributeValue): AttributeValue => {
  if (Object.keys(value).length === 0) return { M: {} };
  if (value.M) return { M: wholeMap(value.M) };
  return value.L ? { L: value.L.map(whole) } : value;
};
const wholeMap = (map: Record<string, AttributeValue>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, whole(value)]));
