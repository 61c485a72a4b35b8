import { randomUUID } from "node:crypto";
import type { LocalFunction } from "../assembly/assembly.ts";
import { localCredentials, localSessionToken, pseudoParameters } from "../assembly/intrinsics.ts";
import type { LocalClock } from "../machine/local-clock.ts";
import type { LogFile } from "../machine/log-file.ts";
import { rightsOfCall } from "./aws-calls.ts";
import { startHost, TimedOut } from "./host.ts";
import { createHostPool } from "./host-pool.ts";

/** A function threw, could not be loaded, or ran out of time. `cause` is what it threw. */
export class FunctionFailed extends Error {
  readonly timedOut: boolean;
  constructor(id: string, cause: unknown, timedOut = false) {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`${id} failed: ${said}`, { cause });
    this.name = "FunctionFailed";
    this.timedOut = timedOut;
  }
}

export interface FunctionRunner {
  /**
   * Invokes a function by its id, as Lambda does: event and result pass through JSON, one event at a time per instance.
   * @throws FunctionFailed
   */
  invoke(id: string, event: unknown, requestId?: string): Promise<unknown>;
  /** Adds to the environment of all functions that are loaded from now on. */
  tell(variables: Readonly<Record<string, string>>): void;
  /** Resolves when nothing is running any more. */
  idle(): Promise<void>;
  /** The rights that each function has used so far; see `rightsOfCall`. */
  awsCalls: ReadonlyMap<string, Set<string>>;
  /** Threads, and functions loaded in them, at this moment. */
  loaded(): { hosts: number; functions: number };
  /** Ends all threads. */
  stop(): Promise<void>;
}

export interface RunnerOptions {
  functions: ReadonlyMap<string, LocalFunction>;
  clock: LocalClock;
  /** What the local run adds to every environment. */
  environment: Readonly<Record<string, string>>;
  log: LogFile;
  /** Awaited before the result of a function that wrote a transaction is handed on; see `commitBarrier`. */
  afterTransaction?(): Promise<void>;
  /** Events that are worked on at the same time; more wait. */
  hosts?: number;
  /** A thread that nobody has used for so long is ended. */
  idleMs?: number;
  /** Where compiled code is kept between starts. */
  cacheFolder?: string;
}

/** Lambda's limit for an event and for an answer. */
const payloadLimitBytes = 6 * 1024 * 1024;

/**
 * Runs the bundles in a few threads. Each thread works on one event at a time and keeps the functions that it has loaded; threads that are
 * idle end when nobody has used them for a while, or when there is no room for what is needed now.
 */
export function createFunctionRunner(options: RunnerOptions): FunctionRunner {
  const { functions, clock, environment, log } = options;
  const awsCalls = new Map<string, Set<string>>();
  const running = new Set<Promise<unknown>>();
  const pool = createHostPool({
    ...(options.hosts !== undefined && { hosts: options.hosts }),
    ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
    start: () =>
      startHost({
        cacheFolder: options.cacheFolder ?? null,
        print: (text) => log.write(text),
        onAwsCall(id, command, input) {
          const rights = awsCalls.get(id) ?? new Set();
          for (const right of rightsOfCall(command, input)) rights.add(right);
          awsCalls.set(id, rights);
        },
      }),
  });
  const codes = new Map(
    [...functions.values()].map((fn) => {
      const { id, file, handler } = fn;
      return [id, { id, file, handler, environment: environmentOf(fn, environment) }];
    }),
  );

  const call = async (fn: LocalFunction, event: unknown, requestId: string): Promise<unknown> => {
    const payload = JSON.stringify(event ?? null);
    if (payload.length > payloadLimitBytes) throw new RangeError(`The event is larger than ${payloadLimitBytes} bytes`);
    const code = codes.get(fn.id);
    if (!code) throw new Error(`there is no function ${fn.id}`);
    const host = await pool.acquire(fn.id);
    try {
      const { text, transacted } = await host.invoke({
        code,
        payload,
        context: contextOf(fn, requestId),
        timeoutMs: fn.timeoutMs,
        clockOffsetMs: clock.offset(),
      });
      if (transacted) await options.afterTransaction?.();
      if (text.length > payloadLimitBytes) throw new RangeError(`The answer is larger than ${payloadLimitBytes} bytes`);
      return JSON.parse(text);
    } catch (error) {
      throw error instanceof TimedOut ? new FunctionFailed(fn.id, error, true) : error;
    } finally {
      pool.release(host);
    }
  };

  const invoke = async (id: string, event: unknown, requestId: string = randomUUID()): Promise<unknown> => {
    const fn = functions.get(id);
    if (!fn) throw new FunctionFailed(id, new Error(`there is no function ${id}`));
    try {
      return await call(fn, event, requestId);
    } catch (error) {
      const failure = error instanceof FunctionFailed ? error : new FunctionFailed(id, error);
      log.write(crashLine(fn, requestId, failure, clock.now()));
      throw failure;
    }
  };

  return {
    invoke(id, event, requestId) {
      const invocation = invoke(id, event, requestId);
      const settled = invocation.then(
        () => undefined,
        () => undefined,
      );
      running.add(settled);
      void settled.then(() => running.delete(settled));
      return invocation;
    },
    tell(variables) {
      for (const { environment: own } of codes.values()) Object.assign(own, variables);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    loaded: () => pool.size(),
    stop: () => pool.stop(),
    awsCalls,
  };
}

/** Exactly what the template and Lambda itself would give, and what only a local run has. */
function environmentOf(fn: LocalFunction, local: Readonly<Record<string, string>>): Record<string, string> {
  const region = pseudoParameters["AWS::Region"] ?? "";
  const environment: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_SESSION_TOKEN: localSessionToken,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LAMBDA_TASK_ROOT: fn.file.slice(0, fn.file.lastIndexOf("/")),
    _HANDLER: `index.${fn.handler}`,
    ...fn.environment,
    ...local,
  };
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

const contextOf = (fn: LocalFunction, requestId: string) => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: fn.name,
  functionVersion: "$LATEST",
  invokedFunctionArn: fn.arn,
  memoryLimitInMB: String(fn.memoryMb),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${fn.name}`,
  logStreamName: "local",
});

const crashLine = (fn: LocalFunction, requestId: string, failure: FunctionFailed, nowMs: number): string => {
  const { cause } = failure;
  return JSON.stringify({
    timestamp: new Date(nowMs).toISOString(),
    level: "ERROR",
    function_name: fn.name,
    requestId,
    errorType: cause instanceof Error ? cause.name : typeof cause,
    errorMessage: cause instanceof Error ? cause.message : String(cause),
    stackTrace: cause instanceof Error ? (cause.stack?.split("\n").slice(1) ?? []) : [],
  });
};
