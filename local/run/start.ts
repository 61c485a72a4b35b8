// `npm start`: the local run in the foreground, until Ctrl-C.
import { join, relative } from "node:path";
import process from "node:process";
import { readArguments } from "../machine/arguments.ts";
import { CannotStart } from "../machine/cannot-start.ts";
import { firstLogin } from "./first-login.ts";
import { type LocalStack, startLocal } from "./start-local.ts";

readArguments(
  `
Usage: npm start

Runs the whole installation on this machine until Ctrl-C.

  PORT            port of the API (8787)
  TENANTRY_HOME   folder of everything that it remembers (.tenantry)
`,
  {},
);
const began = Date.now();
// As in Lambda.
process.env.TZ = "UTC";

const home = process.env.TENANTRY_HOME ?? ".tenantry";
const port = Number(process.env.PORT ?? 8787);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const fail = (error: unknown): never => {
  process.stderr.write(
    `${error instanceof CannotStart ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
};

let stack: LocalStack | undefined;
/** Where the console is; with a code that lets the first administrator in, as long as nobody has a password. */
let link = "";
let stoppingSince: number | undefined;
async function stop(code: number): Promise<void> {
  if (stoppingSince !== undefined) {
    // Ctrl-C reaches this process twice, from the terminal and from its parent. A later second one means it.
    if (Date.now() - stoppingSince > 1500) process.exit(130);
    return;
  }
  stoppingSince = Date.now();
  say("Stopping ...");
  await stack?.stop();
  process.exit(code);
}
process.on("SIGINT", () => void stop(0));
process.on("SIGTERM", () => void stop(0));
process.on("SIGHUP", () => void stop(0));
// The channel to the parent closes when the parent dies, even by SIGKILL.
process.on("disconnect", () => void stop(0));

// Whoever read the output may be gone; that is no reason to fail, least of all while saying so.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

// A promise that a function left behind must not end the server. In AWS it would end that one function's instance.
for (const event of ["unhandledRejection", "uncaughtException"] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(`Not handled by any function: ${error instanceof Error ? error.stack : String(error)}\n`);
  });
}

/** The address of the console, as it lets whoever reads it in. The code is in the fragment, which browsers send to no server. */
async function linkToConsole({ url, adminKey, home: folder, mail, now }: LocalStack): Promise<string> {
  const page = `${url}/console/`;
  if (adminKey === undefined) return page;
  const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}/v1${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  try {
    const code = await firstLogin({ home: folder, call, mail, now });
    return code === null
      ? page
      : `${page}login.html#code=${code}\n            lets the first administrator choose a password, once`;
  } catch (error) {
    process.stderr.write(`No link for the first administrator: ${error instanceof Error ? error.message : ""}\n`);
    return page;
  }
}

if (!Number.isInteger(port) || port < 0 || port > 65_535)
  fail(new CannotStart("PORT must be a number from 0 to 65535."));
say("Starting Tenantry ...");
try {
  stack = await startLocal({ home, port, console: true });
  link = await linkToConsole(stack);
} catch (error) {
  fail(error);
}
if (stack && stoppingSince === undefined) {
  const fromHere = relative(process.cwd(), stack.home);
  const shown = fromHere.startsWith("..") || fromHere === "" ? stack.home : fromHere;
  const inHome = (name: string): string => join(shown, name);
  say(`
Tenantry is ready after ${((Date.now() - began) / 1000).toFixed(1)} s.

  Console   ${link}
  API       ${stack.url}/v1
  Reference ${stack.url}/v1/docs
  Mailbox   ${stack.mailboxUrl}
  Admin key ${stack.adminKey === undefined ? "not available, see above" : inHome("admin-key")}
  Logs      ${inHome("logs/functions.log")}

  curl -H "Authorization: Bearer $(cat ${inHome("admin-key")})" ${stack.url}/v1/me

Ctrl-C stops it. Everything is kept in ${shown}.`);
  void stack.failed.then(async (error) => {
    process.stderr.write(`${error.message}\n`);
    await stop(1);
  });
} else {
  await stack?.stop();
}
