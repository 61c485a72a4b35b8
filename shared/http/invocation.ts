import { DomainError } from "../domain/errors.ts";
import { metered } from "../runtime/dynamo.ts";
import { type FunctionRuntime, runtime } from "../runtime/function-runtime.ts";
import { type Database, openDatabase } from "../store/database.ts";
import type { Author } from "../store/log.ts";
import type { WorkContext } from "../store/scope.ts";
import { itemOf, StreamEvent } from "../store/stream.ts";
import { createMeter, type Item } from "../store/units.ts";
import { workContext } from "./work-context.ts";

/** What a function without a route works with. */
export interface JobDeps {
  db: Database;
  /** Milliseconds since the epoch. */
  now: number;
  ids: FunctionRuntime["ids"];
  logger: FunctionRuntime["logger"];
  requestId: string;
  /** A fresh view of the table, for work that must not see what was read before. */
  open: () => Database;
  /** The clock, for work that takes its time. */
  clock: FunctionRuntime["clock"];
  env: FunctionRuntime["env"];
  /** What changes that nobody has asked for are made from, at the time `now`. */
  context: WorkContext;
  /** What log entries say of who did it: the product itself. */
  author: Author;
}

/** The Lambda handler of a job: counted and logged like a request; an error fails the invocation, so that its event comes again. */
export const job =
  <T>(id: string, work: (event: unknown, deps: JobDeps) => Promise<T>) =>
  async (event: unknown): Promise<T> => {
    const meter = createMeter();
    const now = runtime.clock();
    const requestId = runtime.ids.id("request", now);
    const started = performance.now();
    const entry = () => ({ job: id, requestId, durationMs: Math.round(performance.now() - started), ...meter.costs() });
    try {
      const { client, env, ids, logger, clock } = runtime;
      const open = (): Database => openDatabase(client, env.TABLE_NAME, meter);
      const db = open();
      const context = workContext(runtime, db, requestId, () => now);
      const author: Author = { ...context, caller: null };
      const deps: JobDeps = { db, open, now, clock, env, ids, logger, requestId, context, author };
      const result = await metered(meter, () => work(event, deps));
      runtime.logger.info("job", entry());
      return result;
    } catch (error) {
      if (error instanceof DomainError) runtime.logger.warn("job refused", { ...entry(), code: error.code });
      else runtime.logger.error("job failed", { ...entry(), error: error instanceof Error ? error : String(error) });
      throw error;
    }
  };

/** A change of one item as the table's stream tells it. */
export interface ItemChange {
  /** Its number in the stream: later changes of an item have greater ones. */
  sequence: string;
  /** When it was made, in milliseconds since the epoch, to the second. */
  at: number;
  eventName: "INSERT" | "MODIFY" | "REMOVE";
  before: Item | undefined;
  after: Item | undefined;
}

type StreamRecord = StreamEvent["Records"][number];
/** @throws Error where an image cannot be read */
const changeOf = ({ eventName, dynamodb }: StreamRecord): ItemChange => ({
  sequence: dynamodb.SequenceNumber,
  at: dynamodb.ApproximateCreationDateTime * 1000,
  eventName,
  before: dynamodb.OldImage && itemOf(dynamodb.OldImage),
  after: dynamodb.NewImage && itemOf(dynamodb.NewImage),
});

/**
 * The Lambda handler of a stream consumer. `handle` gets one change at a time, in order, and must leave a change that comes twice as it
 * is. The first one that fails is named to Lambda, and comes again with all behind it.
 */
export const consumer = (id: string, handle: (change: ItemChange, deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    for (const record of StreamEvent.parse(event).Records) {
      const { SequenceNumber } = record.dynamodb;
      try {
        await handle(changeOf(record), deps);
      } catch (error) {
        deps.logger.warn("change not consumed", {
          job: id,
          sequenceNumber: SequenceNumber,
          error: error instanceof Error ? error : String(error),
        });
        return { batchItemFailures: [{ itemIdentifier: SequenceNumber }] };
      }
    }
    return { batchItemFailures: [] };
  });

/**
 * The Lambda handler of a stream consumer that takes the changes of a batch side by side. `handle` must leave changes that come twice
 * as they are. A record that cannot be read is named to Lambda once the others are done.
 */
export const batchConsumer = (id: string, handle: (changes: ItemChange[], deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    const unreadable: { itemIdentifier: string }[] = [];
    const changes = StreamEvent.parse(event).Records.flatMap((record): ItemChange[] => {
      const { SequenceNumber } = record.dynamodb;
      try {
        return [changeOf(record)];
      } catch (error) {
        deps.logger.warn("change not readable", { job: id, sequenceNumber: SequenceNumber, error: String(error) });
        unreadable.push({ itemIdentifier: SequenceNumber });
        return [];
      }
    });
    await handle(changes, deps);
    return { batchItemFailures: unreadable };
  });
