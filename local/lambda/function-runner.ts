import { randomBytes, randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";
import type { Context } from "aws-lambda";
import type { LocalFunction } from "../assembly/assembly.ts";
import { rightsOfCall } from "./aws-calls.ts";
import type { LocalClock } from "../machine/local-clock.ts";
import { localCredentials, pseudoParameters } from "../assembly/intrinsics.ts";
import type { LogFile } from "../machine/log-file.ts";
import { runInSandbox, type Sandbox } from "./sandbox.ts";

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
  /** Resolves when nothing is running any more. */
  idle(): Promise<void>;
  /** The rights that each function has used so far; see `rightsOfCall`. */
  awsCalls: ReadonlyMap<string, Set<string>>;
}

export interface RunnerOptions {
  functions: ReadonlyMap<string, LocalFunction>;
  clock: LocalClock;
  /** What the local run adds to every environment. */
  environment: Readonly<Record<string, string>>;
  log: LogFile;
  /** Awaited before the result of a function that wrote a transaction is handed on; see `commitBarrier`. */
  afterTransaction?(): Promise<void>;
  /** Instances of one function that run at the same time; more requests wait. */
  concurrency?: number;
}

type Handler = (event: unknown, context: Context) => unknown;

/** Lambda's limit for an event and for an answer. */
const payloadLimitBytes = 6 * 1024 * 1024;

interface Pool {
  sandbox: Sandbox;
  idle: Handler[];
  instances: number;
  waiting: ((handler: Handler | undefined) => void)[];
}

/** Runs the bundles in this process, each function in instances of its own that are loaded when they are first needed. */
export function createFunctionRunner(options: RunnerOptions): FunctionRunner {
  const { functions, clock, environment, log, concurrency = 8 } = options;
  // In the module's address, so that several runs in one process do not share instances.
  const run = randomBytes(6).toString("hex");
  const awsCalls = new Map<string, Set<string>>();
  const pools = new Map<string, Pool>();
  const running = new Set<Promise<unknown>>();
  let loaded = 0;

  const poolOf = (fn: LocalFunction): Pool => {
    let pool = pools.get(fn.id);
    if (!pool) {
      const sandbox: Sandbox = {
        environment: environmentOf(fn, environment, clock),
        print: (text) => log.write(text),
        onAwsCall(command, input) {
          const rights = awsCalls.get(fn.id) ?? new Set();
          for (const right of rightsOfCall(command, input)) rights.add(right);
          awsCalls.set(fn.id, rights);
        },
      };
      pool = { sandbox, idle: [], instances: 0, waiting: [] };
      pools.set(fn.id, pool);
    }
    return pool;
  };

  const load = async (fn: LocalFunction, pool: Pool): Promise<Handler> => {
    const address = `${pathToFileURL(fn.file).href}?function=${fn.id}&run=${run}&instance=${++loaded}`;
    const module = (await runInSandbox(pool.sandbox, () => import(address))) as Record<string, unknown>;
    const handler = module[fn.handler];
    if (typeof handler !== "function") throw new Error(`${fn.file} exports no function ${fn.handler}`);
    return handler as Handler;
  };

  const acquire = async (fn: LocalFunction, pool: Pool): Promise<Handler> => {
    const free = pool.idle.pop();
    if (free) return free;
    if (pool.instances >= concurrency) {
      const handed = await new Promise<Handler | undefined>((resolve) => pool.waiting.push(resolve));
      if (handed) return handed;
    } else {
      pool.instances += 1;
    }
    try {
      return await load(fn, pool);
    } catch (error) {
      release(pool, undefined);
      throw error;
    }
  };

  /** Gives an instance back, or (undefined) gives it up, in which case whoever waits may load another. */
  const release = (pool: Pool, handler: Handler | undefined): void => {
    const next = pool.waiting.shift();
    if (next) next(handler);
    else if (handler) pool.idle.push(handler);
    else pool.instances -= 1;
  };

  const call = async (fn: LocalFunction, event: unknown, requestId: string): Promise<unknown> => {
    const pool = poolOf(fn);
    const payload = JSON.stringify(event ?? null);
    if (payload.length > payloadLimitBytes) throw new RangeError(`The event is larger than ${payloadLimitBytes} bytes`);
    const handler = await acquire(fn, pool);
    const deadline = Date.now() + fn.timeoutMs;
    let timer: NodeJS.Timeout | undefined;
    let timedOut = false;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        timedOut = true;
        reject(new Error(`Task timed out after ${(fn.timeoutMs / 1000).toFixed(2)} seconds`));
      }, fn.timeoutMs);
    });
    try {
      const context = contextOf(fn, requestId, deadline);
      let transacted = false;
      const sandbox: Sandbox = {
        ...pool.sandbox,
        onAwsCall(command, input) {
          pool.sandbox.onAwsCall(command, input);
          transacted ||= command.startsWith("TransactWrite");
        },
      };
      const answer = runInSandbox(sandbox, async () => handler(JSON.parse(payload), context));
      const result = await Promise.race([answer, tooLate]);
      if (transacted) await options.afterTransaction?.();
      const text = JSON.stringify(result ?? null);
      if (text.length > payloadLimitBytes) throw new RangeError(`The answer is larger than ${payloadLimitBytes} bytes`);
      return JSON.parse(text);
    } catch (error) {
      throw timedOut ? new FunctionFailed(fn.id, error, true) : error;
    } finally {
      clearTimeout(timer);
      // As in Lambda, an instance that ran out of time is not used again: whatever it still does must not meet the next event.
      release(pool, timedOut ? undefined : handler);
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
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    awsCalls,
  };
}

/** Exactly what the template and Lambda itself would give, and what only a local run has. */
function environmentOf(
  fn: LocalFunction,
  local: Readonly<Record<string, string>>,
  clock: LocalClock,
): Record<string, string | undefined> {
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
    AWS_SESSION_TOKEN: "local",
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
  Object.defineProperty(environment, "TENANTRY_CLOCK_OFFSET_MS", {
    get: () => String(clock.offset()),
    enumerable: true,
    configurable: true,
  });
  return environment;
}

const contextOf = (fn: LocalFunction, requestId: string, deadline: number): Context => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: fn.name,
  functionVersion: "$LATEST",
  invokedFunctionArn: fn.arn,
  memoryLimitInMB: String(fn.memoryMb),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${fn.name}`,
  logStreamName: "local",
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
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
