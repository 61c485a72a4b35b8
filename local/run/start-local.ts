import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import * as z from "zod";
import { ensureAdminKey } from "./admin-key.ts";
import { type Assembly, type LocalFunction, readAssembly } from "../assembly/assembly.ts";
import { buildAssembly } from "../assembly/build-assembly.ts";
import { buildConsole } from "../assembly/build-console.ts";
import { CannotStart } from "../machine/cannot-start.ts";
import { createControl } from "./control.ts";
import { openAsyncEvents } from "../lambda/async-events.ts";
import { startAwsEndpoint } from "../lambda/aws-endpoint.ts";
import { startEventBus } from "../lambda/event-bus.ts";
import { createIndexPage } from "./index-page.ts";
import { jsonFile } from "../machine/files.ts";
import { createFunctionRunner } from "../lambda/function-runner.ts";
import { createConsolePages } from "../gateway/console-pages.ts";
import { startGateway } from "../gateway/gateway.ts";
import { localSessionToken, pseudoParameters } from "../assembly/intrinsics.ts";
import { openClock } from "../machine/local-clock.ts";
import { LockHeld, takeLock } from "../machine/lock.ts";
import { openLog } from "../machine/log-file.ts";
import { type Database, startDatabase } from "./database.ts";
import type { MailOutage } from "../emulators/mail-outage.ts";
import { type SentMail, startMailbox } from "../emulators/mailbox.ts";
import { portIsFree } from "../machine/ports.ts";
import { createSessions } from "../storage/sessions.ts";
import { startStorageEndpoint, type StorageEndpoint } from "../storage/storage-endpoint.ts";
import { assumeRole } from "../storage/token-service.ts";
import { startSchedules } from "../lambda/schedules.ts";
import { ensureSealKey } from "./seal-key.ts";
import { ensureSessionKey } from "./session-key.ts";
import { startStreamPoller, type StreamPoller } from "../lambda/stream-poller.ts";
import { commitBarrier, ensureTable } from "../emulators/table.ts";

export interface StartLocalOptions {
  /** Folder of everything that this installation remembers. */
  home: string;
  /** 0: any free port. */
  port: number;
  /** Says nothing. */
  quiet?: boolean;
  /** A synthesized assembly to run instead of building one from the sources. */
  assembly?: string;
  /** The web console is built where its sources have changed, and served at `/console/`. */
  console?: boolean;
  /** Holds its tables, instead of a DynamoDB Local of its own. Nothing of it is in the home then. */
  database?: Database;
  /** How long a stop waits for the functions under way, all together. What is cut off is delivered again at the next start. */
  stopGraceMs?: number;
}

export interface LocalStack {
  url: string;
  home: string;
  /** The first API key; undefined where its file was deleted. */
  adminKey: string | undefined;
  mailboxUrl: string;
  s3Endpoint: string;
  /** What is stored. */
  storage: StorageEndpoint;
  database: Database;
  tableName: string;
  /** The template's functions by id, each with its environment and its role's statements. */
  functions: ReadonlyMap<string, LocalFunction>;
  /** The rights that each function has used; see `rightsOfCall`. */
  awsCalls: ReadonlyMap<string, Set<string>>;
  invoke(id: string, payload: unknown): Promise<unknown>;
  mail(): SentMail[];
  /** The installation's time. */
  now(): number;
  /** Puts the mail service out of order, or (`none`) in order again. */
  mailOutage: MailOutage["set"];
  /** Resolves when all that was committed has been through the stream's consumers, and what they wrote or mailed as well. */
  settle(): Promise<void>;
  /** Resolves with the reason if it breaks down by itself. */
  failed: Promise<Error>;
  stop(): Promise<void>;
}

/** Where the run on a home answers. The command line reads it too. */
const runFile = (home: string) =>
  jsonFile(
    join(home, "state", "run.json"),
    z.object({ pid: z.number(), url: z.string(), mailboxUrl: z.string().optional() }),
  );

const projectRoot = resolve(import.meta.dirname, "../..");
const projectVersion = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"))).version;
/**
 * Starts the whole installation in this process, except for DynamoDB Local, which is Java: the functions of the synthesized app behind an
 * HTTP API, the consumers of its stream, its schedules, mail and object storage. Several can run side by side, each in a home of its own.
 * @throws CannotStart where the home is in use or the port is taken
 */
export async function startLocal(options: StartLocalOptions): Promise<LocalStack> {
  const home = resolve(options.home);
  const say = (text: string): void => void (options.quiet !== true && process.stdout.write(`${text}\n`));
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const running = runFile(home);
  const release = await takeLock(join(home, "run.lock"), 4000).catch((error: unknown) => {
    if (!(error instanceof LockHeld)) throw error;
    const known = running.read();
    const where = known?.pid === error.pid ? ` at ${known.url}` : "";
    throw new CannotStart(
      `Tenantry already runs on ${home}${where} (process ${error.pid}). ` +
        `Stop it with "kill ${error.pid}", or choose another folder with TENANTRY_HOME.`,
    );
  });
  /** What has been started, to be ended in the opposite order. */
  const endings: (() => Promise<unknown> | void)[] = [release];
  const endAll = async (): Promise<void> => {
    for (let end = endings.pop(); end; end = endings.pop()) {
      try {
        await end();
      } catch (error) {
        say(`While stopping: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  try {
    return await start(home, options, say, endings, endAll);
  } catch (error) {
    await endAll();
    throw error;
  }
}

async function start(
  home: string,
  options: StartLocalOptions,
  say: (text: string) => void,
  endings: (() => Promise<unknown> | void)[],
  endAll: () => Promise<void>,
): Promise<LocalStack> {
  const file = (...parts: string[]): string => join(home, ...parts);
  mkdirSync(file("logs"), { recursive: true });
  const trouble = openLog(file("logs", "local.log"));
  endings.push(() => trouble.close());
  const report = (problem: string): void => {
    trouble.write(`${new Date().toISOString()} ${problem}`);
    say(problem);
  };
  const clock = openClock(home);
  let stopping = false;
  // Asked at once, since only at the end is it really taken: whoever waits for the port shall find everything ready.
  if (!(await portIsFree(options.port))) throw portTaken(options.port);

  const { endpoint, credentials, ...database } = await startDatabase(home, options.database);
  endings.push(() => database.stop());
  const failed = new Promise<Error>((fail) => {
    void database.ended.then((error) => {
      if (!stopping) fail(error);
    });
  });

  const [folder, mailbox, consoleFolder] = await Promise.all([
    options.assembly ?? buildAssembly(projectRoot, say),
    startMailbox(file("mail.jsonl"), clock.now),
    options.console === true ? buildConsole(projectRoot, say) : undefined,
  ]);
  endings.push(() => mailbox.stop());
  const assembly = readAssembly(folder);
  const sessions = createSessions(ensureSessionKey(home));
  const { roles } = assembly;
  const objects = await startStorageEndpoint({
    directory: file("objects"),
    buckets: assembly.buckets,
    own: { ...credentials, sessionToken: localSessionToken },
    sessions,
    roles,
    now: clock.now,
    // Agents keep the address for as long as they have leave to back up.
    portFile: file("state", "storage.json"),
  });
  endings.push(() => objects.stop());
  await database.ready;

  const access = { endpoint, credentials, region: pseudoParameters["AWS::Region"] ?? "" };
  const client = new DynamoDBClient(access);
  endings.push(() => client.destroy());
  const tables = await ensureTables(assembly, client);
  const barriers = assembly.tables.map((table) => commitBarrier(client, table));

  const sealKeyFile = ensureSealKey({ home, tableIsNew: tables.created, warn: report });

  const deadLetter = (functionId: string, reason: string, what: Record<string, unknown>): void => {
    // Opened for each, so that one that comes while the run stops is kept too. Only too many of them go, never old ones.
    const letters = openLog(file("logs", "dead-letters.jsonl"), { turnMs: Infinity, keepMs: Infinity });
    letters.write(JSON.stringify({ at: new Date(clock.now()).toISOString(), function: functionId, reason, ...what }));
    letters.close();
  };
  const events = openAsyncEvents({
    folder: file("state", "events"),
    settingsOf: (id) => assembly.asyncSettings.get(id) ?? { retryAttempts: 2, maxAgeMs: 6 * 3_600_000 },
    invoke: (id, event) => runner.invoke(id, event).finally(poke),
    giveUp(event, functionId, reason) {
      deadLetter(functionId, reason, { event });
      report(`${functionId} gave up on an asynchronous event: ${reason}`);
    },
  });
  const aws = await startAwsEndpoint({
    functions: assembly.functions,
    accept: events.accept,
    message: (queue, body) => deadLetter(queue, "put aside", { message: body }),
    assumeRole: (form) => assumeRole({ sessions, roles, now: clock.now }, form),
  });
  endings.push(() => aws.stop());

  const log = openLog(file("logs", "functions.log"));
  endings.push(() => log.close());
  const runner = createFunctionRunner({
    functions: assembly.functions,
    clock,
    environment: {
      DYNAMODB_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      SES_ENDPOINT: mailbox.url,
      S3_ENDPOINT: objects.url,
      AWS_LOCAL_ENDPOINT: aws.url,
      SEAL_KEY_FILE: sealKeyFile,
      SHOW_COSTS: "true",
    },
    log,
    cacheFolder: join(folder, "compiled"),
    afterTransaction: async () => void (await Promise.all(barriers.map((barrier) => barrier()))),
  });
  let graceEnds: number | undefined;
  const withinGrace = async (work: Promise<unknown>): Promise<void> => {
    graceEnds ??= Date.now() + (options.stopGraceMs ?? 10_000);
    await Promise.race([work, sleep(Math.max(0, graceEnds - Date.now()), undefined, { ref: false })]);
  };
  endings.push(() => runner.stop());
  endings.push(() => withinGrace(runner.idle()));

  // Before the stream and the schedules, which may want to find a provider.
  const adminKey = assembly.functions.has("bootstrapProvider")
    ? await ensureAdminKey({
        home,
        now: clock.now,
        tableIsNew: tables.created,
        bootstrap: (payload) => runner.invoke("bootstrapProvider", payload),
        warn: report,
      })
    : undefined;

  const pollers: StreamPoller[] = [];
  const poke = (): void => {
    for (const poller of pollers) poller.poke();
  };
  const bus = startEventBus({
    mailbox,
    rules: assembly.rules,
    invoke: (id, event) => runner.invoke(id, event).finally(poke),
    checkpointFile: file("state", "mail-events.json"),
    giveUp: (event, functionId, reason) => deadLetter(functionId, reason, { event }),
    report,
  });
  endings.push(() => withinGrace(bus.stop()));
  // Whoever sends again what it does not know of shall know all that was sent before the last run was killed.
  await bus.caughtUp();
  events.start();
  endings.push(() => withinGrace(events.stop()));

  const streams = new DynamoDBStreamsClient(access);
  endings.push(() => streams.destroy());
  for (const mapping of assembly.mappings) {
    const streamArn = tables.streamOf(mapping.sourceArn);
    pollers.push(
      startStreamPoller({
        client: streams,
        streamArn,
        mapping,
        deliver: (event) => runner.invoke(mapping.functionId, event),
        checkpointFile: file("state", `stream-${mapping.functionId}.json`),
        giveUp: (record, reason) => deadLetter(mapping.functionId, reason, { record }),
        report,
      }),
    );
  }
  endings.push(() => withinGrace(Promise.all(pollers.map((poller) => poller.stop()))));
  const settle = async (): Promise<void> => {
    // A consumer may write what another consumes, or send a mail whose events a third hears: it is over when a round has brought nothing new.
    const round = async (): Promise<number> => {
      const counts = await Promise.all([...pollers, events, bus].map((source) => source.caughtUp()));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    for (let before = -1, after = await round(); after !== before && !stopping; after = await round()) before = after;
  };

  const schedules = startSchedules({
    schedules: assembly.schedules,
    clock,
    stateFile: file("state", "schedules.json"),
    invoke: (id, event) => runner.invoke(id, event).finally(poke),
    report,
  });
  endings.push(() => withinGrace(schedules.stop()));

  const index = createIndexPage({ version: projectVersion(), mailboxUrl: mailbox.url, home });
  const consolePages =
    consoleFolder === undefined
      ? undefined
      : createConsolePages(consoleFolder, join(projectRoot, "console", "headers.json"));
  let loopback = false;
  const gateway = await startGateway({
    assembly,
    runner,
    clock,
    control: createControl({
      clock,
      schedules,
      mail: mailbox.list,
      outage: mailbox.outage,
      loopback: {
        allowed: () => loopback,
        allow(allowed) {
          loopback = allowed;
          runner.tell({ WEBHOOK_LOOPBACK: String(allowed) });
        },
      },
      settle,
      jobs: operatorJobs(assembly),
      invoke: (id, payload) => runner.invoke(id, payload).finally(poke),
    }),
    page: (request) => index(request) ?? consolePages?.(request),
    port: options.port,
    onAnswered: poke,
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw portTaken(options.port);
  });
  endings.push(() => gateway.stop());
  // What mails link to; the stage itself has no name of its own.
  runner.tell({ PUBLIC_URL: gateway.url });
  runFile(home).write({ pid: process.pid, url: gateway.url, mailboxUrl: mailbox.url });

  return {
    url: gateway.url,
    home,
    adminKey,
    mailboxUrl: mailbox.url,
    s3Endpoint: objects.url,
    storage: objects,
    database: { endpoint, credentials },
    tableName: assembly.tables[0]?.name ?? "",
    functions: assembly.functions,
    awsCalls: runner.awsCalls,
    invoke: (id, payload) => runner.invoke(id, payload).finally(poke),
    mail: mailbox.list,
    now: clock.now,
    mailOutage: mailbox.outage.set,
    settle,
    failed,
    async stop() {
      stopping = true;
      await endAll();
    },
  };
}

/** Functions that neither a route, nor the stream, a schedule, an event or another function starts. */
function operatorJobs({ functions, routes, fallback, mappings, schedules, rules }: Assembly): string[] {
  const started = [...routes, ...(fallback ? [fallback] : []), ...mappings, ...schedules, ...rules];
  const ids = new Set(started.map(({ functionId }) => functionId));
  const byOthers = new Set(
    [...functions.values()]
      .flatMap(({ statements }) => statements)
      .filter(({ Action }) => Action.includes("lambda:InvokeFunction"))
      .flatMap(({ Resource }) => Resource),
  );
  return [...functions.values()].filter(({ id, arn }) => !ids.has(id) && !byOthers.has(arn)).map(({ id }) => id);
}

const portTaken = (port: number): CannotStart =>
  new CannotStart(
    `Port ${port} is in use by another program. Choose another one, for example: PORT=${port + 1} npm start`,
  );

/** Makes the template's tables. */
async function ensureTables(
  assembly: Assembly,
  client: DynamoDBClient,
): Promise<{ created: boolean; streamOf(templateArn: string): string }> {
  const streams = new Map<string, string>();
  let created = false;
  for (const table of assembly.tables) {
    const made = await ensureTable(client, table);
    created ||= made.created;
    if (made.streamArn !== undefined) streams.set(table.name, made.streamArn);
  }
  return {
    created,
    streamOf(templateArn) {
      const name = /:table\/([^/]+)\/stream\//.exec(templateArn)?.[1];
      const streamArn = streams.get(name ?? "");
      if (streamArn === undefined) throw new Error(`No table of the template has the stream ${templateArn}`);
      return streamArn;
    },
  };
}
