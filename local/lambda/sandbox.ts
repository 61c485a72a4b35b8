import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { format } from "node:util";
import * as z from "zod";

/** What the code of one function sees of the process, while it is imported and while it runs. */
export interface Sandbox {
  environment: Record<string, string | undefined>;
  /** Takes what it prints. */
  print(text: string): void;
  /** Hears of each call to AWS. */
  onAwsCall(command: string, input: unknown): void;
}

const current = new AsyncLocalStorage<Sandbox>();
let installed = false;

/** Message of the channel on which the functions publish their calls. */
const AwsCall = z.object({ command: z.string(), input: z.unknown() });

/**
 * Runs code that sees the sandbox's environment as `process.env` and prints into it. Each function has a process of its own in AWS; here
 * they share one, so the process answers by who asks. Whatever the code starts and awaits later stays in its sandbox.
 */
export function runInSandbox<Result>(sandbox: Sandbox, work: () => Result): Result {
  if (!installed) install();
  installed = true;
  return current.run(sandbox, work);
}

function install(): void {
  const own = process.env;
  const environment = (): NodeJS.ProcessEnv => current.getStore()?.environment ?? own;
  process.env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get: (_target, name) => (typeof name === "string" ? environment()[name] : undefined),
      has: (_target, name) => typeof name === "string" && environment()[name] !== undefined,
      set(_target, name, value) {
        environment()[String(name)] = String(value);
        return true;
      },
      deleteProperty: (_target, name) => delete environment()[String(name)],
      ownKeys: () => Object.keys(environment()),
      getOwnPropertyDescriptor(_target, name) {
        const value = typeof name === "string" ? environment()[name] : undefined;
        return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
      },
    },
  );
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    const intercepted = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
      const sandbox = current.getStore();
      if (!sandbox) return Reflect.apply(write, stream, [chunk, ...rest]) as boolean;
      sandbox.print(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      const done = rest.find((argument) => typeof argument === "function");
      if (typeof done === "function") queueMicrotask(() => Reflect.apply(done, undefined, []) as void);
      return true;
    };
    stream.write = intercepted;
  }
  // A host may have replaced the console by one that does not write to the streams above.
  for (const method of ["debug", "error", "info", "log", "trace", "warn"] as const) {
    const own = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      const sandbox = current.getStore();
      if (sandbox) sandbox.print(format(...values));
      else own(...values);
    };
  }
  subscribe("tenantry:aws-call", (message) => {
    const call = AwsCall.safeParse(message);
    if (call.success) current.getStore()?.onAwsCall(call.data.command, call.data.input);
  });
}
