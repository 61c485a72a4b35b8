// What runs in the thread of a host: it loads the bundles of several functions, and works on one event at a time. Plain JavaScript, because
// each thread would pay for compiling types anew.
import { subscribe } from "node:diagnostics_channel";
import { enableCompileCache } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

/** @typedef {{ id: string, file: string, handler: string, environment: Record<string, string> }} Code */
/** @typedef {{ code: Code, payload: string, context: object, deadline: number, clockOffsetMs: number }} Invocation */

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const { cacheFolder } = /** @type {{ cacheFolder: string | null }} */ (workerData);
if (cacheFolder !== null) enableCompileCache(cacheFolder);

// By messages rather than by the thread's streams, so that what is printed arrives before the answer does.
for (const stream of [process.stdout, process.stderr])
  stream.write = /** @type {typeof stream.write} */ (
    (chunk, ...rest) => {
      const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      port.postMessage({ kind: "print", text });
      const done = rest.find((argument) => typeof argument === "function");
      if (done) queueMicrotask(() => done());
      return true;
    }
  );

/** What tells which rights a call needs, as JSON. */
const inputOf = (/** @type {unknown} */ input) =>
  JSON.stringify(input ?? null, (_key, value) => (typeof value === "bigint" ? String(value) : value));
subscribe("tenantry:aws-call", (message) => {
  const { command, input } = /** @type {{ command: string, input: unknown }} */ (message);
  port.postMessage({ kind: "aws-call", command, input: inputOf(input) });
});

/** An error as it can be sent: what it is called, what it says, and its own fields as far as JSON has them. */
const told = (/** @type {unknown} */ error) => {
  if (!(error instanceof Error))
    return { isError: false, message: String(error), name: typeof error, stack: "", fields: "{}" };
  let fields = "{}";
  try {
    fields = JSON.stringify({ ...error });
  } catch {
    // It holds what JSON cannot; the name and the message have to do.
  }
  return { isError: true, name: error.name, message: error.message, stack: error.stack ?? "", fields };
};

let current = "";
/** Puts a function's own environment in the place of that of the function before. */
const enter = (/** @type {Code} */ { id, environment }, /** @type {number} */ clockOffsetMs) => {
  if (current !== id) {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(environment, name)) delete process.env[name];
    current = id;
  }
  // What a run is told while it goes on reaches functions that have been loaded before.
  Object.assign(process.env, environment);
  process.env.TENANTRY_CLOCK_OFFSET_MS = String(clockOffsetMs);
};

/** @type {Map<string, (event: unknown, context: object) => unknown>} */
const handlers = new Map();
const load = async (/** @type {Code} */ { id, file, handler: name }) => {
  const known = handlers.get(id);
  if (known) return known;
  const module = await import(`${pathToFileURL(file).href}?function=${id}`);
  const handler = module[name];
  if (typeof handler !== "function") throw new Error(`${file} exports no function ${name}`);
  handlers.set(id, handler);
  return handler;
};

const work = async (/** @type {Invocation} */ { code, payload, context, deadline, clockOffsetMs }) => {
  enter(code, clockOffsetMs);
  const handler = await load(code);
  const given = {
    ...context,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
  return JSON.stringify((await handler(JSON.parse(payload), given)) ?? null);
};
port.on("message", (/** @type {Invocation} */ invocation) => {
  work(invocation).then(
    (text) => port.postMessage({ kind: "answer", text }),
    // What could not be loaded would fail for ever: the host is not used for it again.
    (error) => port.postMessage({ kind: "failure", loaded: handlers.has(invocation.code.id), error: told(error) }),
  );
});
