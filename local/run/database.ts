import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { localCredentials } from "../assembly/intrinsics.ts";
import { startDynamoDbLocal } from "../emulators/dynamodb.ts";
import { jsonFile } from "../machine/files.ts";
import { processIdentity } from "../machine/lock.ts";
import { openLog } from "../machine/log-file.ts";

/** Where the tables of a run are. */
export interface Database {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

const Child = z.object({ pid: z.number(), identity: z.string() });

/** Ends the Java of a run that was killed. It holds the data files. */
async function endLeftover(file: string): Promise<void> {
  const left = jsonFile(file, Child).read();
  if (!left) return;
  const alive = (): boolean => processIdentity(left.pid) === left.identity;
  if (alive()) process.kill(left.pid, "SIGKILL");
  for (let waited = 0; alive() && waited < 5000; waited += 20) await sleep(20);
}

/** The database of a run that has begun to start. */
export interface StartedDatabase extends Database {
  /** Resolves once requests are answered. */
  ready: Promise<void>;
  /** Resolves with what to say when it has ended by itself. */
  ended: Promise<Error>;
  stop: () => Promise<void>;
}

/**
 * Starts a DynamoDB Local whose data stand in the home of a run.
 * @param running one that runs already and is used instead; whoever started it stops it
 */
export async function startDatabase(home: string, running?: Database): Promise<StartedDatabase> {
  if (running)
    return { ...running, ready: Promise.resolve(), ended: new Promise(() => {}), stop: () => Promise.resolve() };
  const state = join(home, "state", "dynamodb.json");
  const log = join(home, "logs", "dynamodb.log");
  await endLeftover(state);
  const dynamo = await startDynamoDbLocal({
    directory: join(home, "data"),
    log: openLog(log, { limitBytes: 5_000_000 }),
  });
  jsonFile(state, Child).write({ pid: dynamo.pid, identity: processIdentity(dynamo.pid) ?? "" });
  return {
    endpoint: dynamo.endpoint,
    credentials: localCredentials,
    ready: dynamo.ready,
    ended: dynamo.ended.then(() => new Error(`DynamoDB Local has ended unexpectedly; see ${log}`)),
    stop: () => dynamo.stop(),
  };
}
