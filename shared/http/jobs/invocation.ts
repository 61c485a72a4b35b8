import { DomainError } from "../../domain/terms/errors.ts";
import { metered } from "../../runtime/dynamo.ts";
import { type FunctionRuntime, runtime } from "../../runtime/function-runtime.ts";
import { type Database, openDatabase } from "../../store/table/database.ts";
import { hintsMended } from "../../store/hierarchy/chain.ts";
import type { Author } from "../../store/hierarchy/log.ts";
import type { WorkContext } from "../../store/hierarchy/scope.ts";
import { StreamEvent } from "../../store/table/stream.ts";
import { createMeter } from "../../store/table/units.ts";
import { type Failing, type Isolation, isolation } from "./isolation.ts";
import { changeOf, type ItemChange } from "./item-change.ts";
import { workContext } from "../work-context.ts";

/** What a function without a route works with. */
export interface JobDeps extends Isolation {
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
      const context = workContext(runtime, db, requestId, () => now, { operation: id, sourceIp: null });
      const author: Author = { ...context, caller: null };
      const isolated = isolation(logger);
      const deps: JobDeps = { db, open, now, clock, env, ids, logger, requestId, context, author, ...isolated };
      const result = await metered(meter, () => work(event, deps));
      await hintsMended();
      runtime.logger.info("job", entry());
      return result;
    } catch (error) {
      if (error instanceof DomainError) runtime.logger.warn("job refused", { ...entry(), code: error.code });
      else runtime.logger.error("job failed", { ...entry(), error: error instanceof Error ? error : String(error) });
      throw error;
    }
  };

type StreamRecord = StreamEvent["Records"][number];
/** The records of a batch that come again, as Lambda wants them named. */
interface Again {
  batchItemFailures: { itemIdentifier: string }[];
}
const failing =
  (job: string, message: string) =>
  ({ dynamodb }: StreamRecord): Failing => ({
    level: "warn",
    message,
    about: { job, sequenceNumber: dynamodb.SequenceNumber },
  });

/**
 * The Lambda handler of a job that reads the stream itself. It takes the changes of a batch together. `handle` must leave changes that come
 * twice as they are. A record that cannot be read is named to Lambda once the others are done.
 */
export const orderedConsumer = (id: string, handle: (changes: ItemChange[], deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<Again> => {
    const { done, failed } = await deps.each(
      StreamEvent.parse(event).Records,
      changeOf,
      failing(id, "change not readable"),
    );
    await handle(done, deps);
    return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
  });

/** An asynchronous event comes again as a whole, and only if its function throws. */
const throwIfAny = (failed: readonly StreamRecord[], all: number): void => {
  if (failed.length > 0) throw new Error(`${failed.length} of ${all} changes could not be consumed.`);
};

/**
 * The Lambda handler of a job that the relay hands changes on to, one after the other. `handle` must leave a change that comes twice, or
 * behind a later one, as it is. One that fails holds up no other; the batch comes again once all have been tried.
 */
export const relayedEach = (id: string, handle: (change: ItemChange, deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<void> => {
    const { Records } = StreamEvent.parse(event);
    const { failed } = await deps.each(
      Records,
      (record) => handle(changeOf(record), deps),
      failing(id, "change not consumed"),
    );
    throwIfAny(failed, Records.length);
  });

/** The same for a job that takes the changes of a batch side by side. */
export const relayedBatch = (id: string, handle: (changes: ItemChange[], deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<void> => {
    const { Records } = StreamEvent.parse(event);
    const { done, failed } = await deps.each(Records, changeOf, failing(id, "change not readable"));
    await handle(done, deps);
    throwIfAny(failed, Records.length);
  });
