import { Worker } from "node:worker_threads";
import * as z from "zod";

/** The code of a function, and what it finds in its environment. */
export interface Code {
  id: string;
  /** The module that exports the handler, and the name of the export. */
  file: string;
  handler: string;
  environment: Record<string, string>;
}

export interface Invocation {
  code: Code;
  /** The event as JSON. */
  payload: string;
  context: object;
  timeoutMs: number;
  clockOffsetMs: number;
}

/** What an invocation came to. */
export interface Outcome {
  /** The answer as JSON. */
  text: string;
  /** Whether it wrote a transaction. */
  transacted: boolean;
}

/** A thread that has loaded some functions, and works on one event at a time. */
export interface Host {
  /** The functions that it has loaded. */
  readonly loaded: ReadonlySet<string>;
  /** When it was used last, in milliseconds since the epoch. */
  readonly lastUsed: number;
  /** Whether it can take another event. */
  readonly alive: boolean;
  /** @throws what the function threw; TimedOut; Error where the thread ended */
  invoke(invocation: Invocation): Promise<Outcome>;
  end(): Promise<void>;
}

export interface HostOptions {
  /** Where compiled code is kept, which makes the next start faster; null: nowhere. */
  cacheFolder: string | null;
  print(text: string): void;
  onAwsCall(functionId: string, command: string, input: unknown): void;
}

/** The function did not answer in its time. */
export class TimedOut extends Error {
  override name = "TimedOut";
}

const Thrown = z.object({
  isError: z.boolean(),
  name: z.string(),
  message: z.string(),
  stack: z.string(),
  fields: z.string(),
});
const Message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("print"), text: z.string() }),
  z.object({ kind: z.literal("aws-call"), command: z.string(), input: z.string() }),
  z.object({ kind: z.literal("answer"), text: z.string() }),
  z.object({ kind: z.literal("failure"), loaded: z.boolean(), error: Thrown }),
]);

/** Many times what the functions of a host need. One that leaks ends its own thread, not the run. */
const heapLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 };

/** The error that a function threw, as far as it could be sent. */
const asThrown = ({ isError, name, message, stack, fields }: z.infer<typeof Thrown>): unknown =>
  isError ? Object.assign(new Error(message), { name, stack }, JSON.parse(fields) as object) : message;

/** Starts a host. */
export function startHost(options: HostOptions): Host {
  const worker = new Worker(new URL("host.mjs", import.meta.url), {
    workerData: { cacheFolder: options.cacheFolder },
    env: {},
    execArgv: [],
    resourceLimits: heapLimits,
  });
  worker.unref();
  const loaded = new Set<string>();
  let alive = true;
  let lastUsed = Date.now();
  let current:
    { id: string; transacted: boolean; resolve(outcome: Outcome): void; reject(error: unknown): void } | undefined;
  const settle = (act: (of: NonNullable<typeof current>) => void): void => {
    const of = current;
    current = undefined;
    if (of) act(of);
  };

  worker.on("message", (raw: unknown) => {
    const message = Message.parse(raw);
    switch (message.kind) {
      case "print":
        options.print(message.text);
        break;
      case "aws-call":
        if (current) {
          current.transacted ||= message.command.startsWith("TransactWrite");
          options.onAwsCall(current.id, message.command, JSON.parse(message.input));
        }
        break;
      case "answer":
        settle(({ resolve, transacted }) => resolve({ text: message.text, transacted }));
        break;
      case "failure":
        if (!message.loaded) alive = false;
        settle(({ reject }) => reject(asThrown(message.error)));
        break;
      default:
        message satisfies never;
    }
  });
  worker.on("error", (error) => {
    alive = false;
    settle(({ reject }) => reject(error));
  });
  worker.on("exit", (code) => {
    alive = false;
    settle(({ reject }) => reject(new Error(`The function ended its process with exit code ${code}.`)));
  });

  return {
    loaded,
    get lastUsed() {
      return lastUsed;
    },
    get alive() {
      return alive;
    },
    async invoke({ code, payload, context, timeoutMs, clockOffsetMs }) {
      let timer: NodeJS.Timeout | undefined;
      loaded.add(code.id);
      try {
        return await new Promise<Outcome>((resolve, reject) => {
          current = { id: code.id, transacted: false, resolve, reject };
          timer = setTimeout(() => {
            // As in Lambda: what ran out of time is ended, and does not go on behind the next event.
            alive = false;
            current = undefined;
            reject(new TimedOut(`Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`));
          }, timeoutMs);
          worker.ref();
          worker.postMessage({ code, payload, context, deadline: Date.now() + timeoutMs, clockOffsetMs });
        });
      } finally {
        clearTimeout(timer);
        worker.unref();
        lastUsed = Date.now();
      }
    },
    async end() {
      alive = false;
      await worker.terminate();
    },
  };
}
