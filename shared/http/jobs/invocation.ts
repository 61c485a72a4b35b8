import { DomainError } from "../../domain/terms/errors.ts";
import { metered } from "../../runtime/dynamo.ts";
import { type FunctionRuntime, runtime } from "../../runtime/function-runtime.ts";
import { type Database, openDatabase } from "../../store/table/database.ts";
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
      const context = workContext(runtime, db, requestId, () => now);
      const author: Author = { ...context, caller: null };
      const isolated = isolation(logger);
      const deps: JobDeps = { db, open, now, clock, env, ids, logger, requestId, context, author, ...isolated };
      const result = await metered(meter, () => work(event, deps));
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
const again = (records: readonly StreamRecord[]): Again => ({
  batchItemFailures: records.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })),
});
const failing =
  (job: string, message: string) =>
  ({ dynamodb }: StreamRecord): Failing => ({
    level: "warn",
    message,
    about: { job, sequenceNumber: dynamodb.SequenceNumber },
  });

/**
 * The Lambda handler of a stream consumer. `handle` gets one change at a time, in order, and must leave a change that comes twice as it
 * is. The first one that fails is named to Lambda, and comes again with all behind it.
 */
export const consumer = (id: string, handle: (change: ItemChange, deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<Again> => {
    for (const record of StreamEvent.parse(event).Records) {
      const { failed } = await deps.each(
        [record],
        (one) => handle(changeOf(one), deps),
        failing(id, "change not consumed"),
      );
      if (failed.length > 0) return again(failed);
    }
    return again([]);
  });

/**
 * The same for changes that need not wait for each other: all of a batch are handled, also behind one that fails. Those that failed are
 * named to Lambda, and the first of them comes again with all behind it.
 */
export const eachConsumer = (id: string, handle: (change: ItemChange, deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<Again> => {
    const { failed } = await deps.each(
      StreamEvent.parse(event).Records,
      (record) => handle(changeOf(record), deps),
      failing(id, "change not consumed"),
    );
    return again(failed);
  });

/**
 * The Lambda handler of a stream consumer that takes the changes of a batch side by side. `handle` must leave changes that come twice
 * as they are. A record that cannot be read is named to Lambda once the others are done.
 */
export const batchConsumer = (id: string, handle: (changes: ItemChange[], deps: JobDeps) => Promise<void>) =>
  job(id, async (event, deps): Promise<Again> => {
    const { done, failed } = await deps.each(
      StreamEvent.parse(event).Records,
      changeOf,
      failing(id, "change not readable"),
    );
    await handle(done, deps);
    return again(failed);
  });
