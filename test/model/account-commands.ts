import { expect } from "vitest";
import type { Reply } from "../support/api.ts";
import { consumeUsage } from "../functions/stages/settle.ts";
import { workAt } from "../functions/stages/tasks.ts";
import type { HeldTask } from "./account-model.ts";
import { type Command, type Step, stepOf } from "./account-requests.ts";
import {
  adopt,
  agree,
  beginTask,
  drain,
  endTasks,
  hear,
  isMoving,
  look,
  openTasks,
  recall,
  type Stage,
  tally,
  work,
} from "./account-stage.ts";
import type { Item } from "./invariants.ts";

type Body = Reply["body"];

const tokenOf = (stage: Stage, { own }: Command, { options }: Step): string =>
  options?.token ?? (own ? stage.topToken : stage.fleet.token);
const send = (stage: Stage, one: Command, asked: Step): Promise<Reply> =>
  stage.fleet.call(asked.operation, asked.input, asked.options ?? { token: tokenOf(stage, one, asked) });
const trace = (stage: Stage, one: Command, { operation, input, ask }: Step, { status, body }: Reply): void => {
  const how = `${one.own ? " by the distributor" : ""}${ask ? ` ${one.turn}` : ""}`;
  const said =
    status < 300 ? (body.task?.id ?? body.id ?? body.device?.id ?? "") : JSON.stringify([body.code, body.errors]);
  stage.trace.push(`${operation}${how} ${JSON.stringify(input)}: ${status} ${said}`);
};

/** Versions of an account, its sub-accounts and its devices, or of one device, as far as it is one of these. */
function versions({ items, held }: Stage, id: string): [string, unknown][] {
  const accounts = held.accounts.has(id) ? [id, ...held.subsOf(id).map((sub) => sub.id)] : [];
  const ids = new Set([id, ...accounts]);
  return [...items.values()]
    .filter(
      ({ kind, id: own, accountId }) =>
        (kind === "account" || kind === "device") && (ids.has(String(own)) || ids.has(String(accountId))),
    )
    .map((item): [string, unknown] => [String(item["id"]), item["version"]])
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** Whether a write only mends what an item remembers of the levels above it, or notes when a key was last used, which it does once an hour. */
const isHealed = ({ before, after }: { before: Item | null; after: Item | null }): boolean => {
  const passes = (name: string): boolean =>
    name === "ancestors" || (name === "lastSeenAt" && after?.pk.startsWith("KEY#") === true);
  // The database does not keep the order of attributes.
  const bare = (item: Item | null): string =>
    JSON.stringify(
      Object.entries(item ?? {})
        .filter(([name]) => !passes(name))
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  return before !== null && after !== null && bare(before) === bare(after);
};
/** Runs one command against the API and the model, and compares. */
export async function step(stage: Stage, one: Command): Promise<void> {
  if (openTasks(stage).length > 0 && (stage.openFor += 1) > 3) await endTasks(stage);
  if (one.kind === "drain") {
    await endTasks(stage);
    await drain(stage);
    agree(stage, "the stream was drained");
    return;
  }
  const asked = stepOf(stage, one);
  if (!asked) {
    tally(stage, `${one.kind} idle`);
    return;
  }
  const { operation, input, ask, follow } = asked;
  const what = `${operation} ${JSON.stringify(input)}`;
  if (ask) await look(stage);
  const wasMoving = isMoving(stage);
  const reply = await send(stage, one, asked);
  const isOk = reply.status < 300;
  trace(stage, one, asked, reply);
  tally(stage, `${one.kind} ${isOk ? "ok" : reply.body.code}`);
  expect(reply.status, `${what}: ${JSON.stringify([reply.body, stage.fleet.failures])}`).toBeLessThan(500);
  if (isOk) follow?.(reply.body);
  // Whether a row was before or behind another plan is not known.
  if (one.kind === "changeAccount" && openTasks(stage).length > 0) stage.isUncertain = true;
  const changes = await look(stage);
  if (one.kind === "enrol" || one.kind === "approve") adopt(stage);
  // What is on its way may be brought along also where the answer is no.
  if (ask && !isOk && !wasMoving)
    expect(
      changes.filter((change) => !isHealed(change)),
      `${what} was refused`,
    ).toEqual([]);
  if (ask && isOk) await follows(stage, one, beginTask(stage, ask, tokenOf(stage, one, asked), reply.body));
  if (openTasks(stage).length === 0 && !isMoving(stage)) agree(stage, what);
}

/** How long a turn of work lasts: as in the function that the stream calls. */
const turnMs = 40_000;

/** Lets a task be worked at, now or later, and looks at what became of it. */
async function follows(stage: Stage, { turn }: Command, task: HeldTask): Promise<void> {
  task.changes = stage.limitChanges;
  if (turn === "later") return;
  if (turn !== "now") {
    await look(stage);
    await stage.dying(turn, () => work(stage));
    await look(stage);
    await hear(stage);
    return;
  }
  const isAlone = openTasks(stage).length === 1 && !isMoving(stage);
  const before = new Map(
    [...stage.held.accounts.keys(), ...stage.held.devices.keys()].map((id) => [id, versions(stage, id)]),
  );
  const begun = performance.now();
  await work(stage);
  let ended = await hear(stage, isAlone);
  // On a busy machine a turn may be over before it has done anything: then, and only then, the sweep goes on.
  const wasOver = performance.now() - begun > turnMs;
  for (let more = 0; isAlone && wasOver && ended.length === 0 && more < 3; more += 1) {
    stage.fleet.advance(2 * 60_000);
    await stage.fleet.invoke("functions/schedule/sweep-tasks.ts", {});
    await work(stage);
    ended = await hear(stage, isAlone);
  }
  const rows: Body[] = ended.find(({ id }) => id === task.id)?.result.rows ?? [];
  if (!isAlone) return;
  expect(ended).toHaveLength(1);
  // An account whose sub-account has gone ahead has one less, and one that another row has put below it has one more; it is as it was itself.
  const done = new Set(
    rows
      .filter(({ status }: Body) => status === "succeeded")
      .flatMap(({ id }: Body) => versions(stage, id).map(([about]) => about)),
  );
  for (const { id, status } of rows)
    if (status === "failed" && before.has(id)) {
      const was = new Map(before.get(id));
      for (const [about, version] of versions(stage, id))
        if (!done.has(about)) expect([about, version], `the row of ${id} has failed`).toEqual([about, was.get(about)]);
    }
}

/** Runs several commands at a time, with what was asked for before being worked at beside them, twice at once. */
export async function together(stage: Stage, batch: readonly Command[]): Promise<void> {
  await look(stage);
  const steps = batch.flatMap((one) => {
    const asked = stepOf(stage, one);
    return asked ? [{ one, asked }] : [];
  });
  const [waiting, told] = [stage.waiting.splice(0), stage.told.splice(0)];
  const [replies] = await Promise.all([
    Promise.all(steps.map(({ one, asked }) => send(stage, one, asked))),
    workAt(stage.fleet, waiting),
    workAt(stage.fleet, waiting),
    consumeUsage(stage.fleet, told),
  ]);
  for (const [index, { one, asked }] of steps.entries()) {
    const reply = replies[index];
    if (!reply) continue;
    const isOk = reply.status < 300;
    trace(stage, one, asked, reply);
    tally(stage, `${one.kind} ${isOk ? "ok" : reply.body.code}`);
    const about = JSON.stringify([asked.operation, asked.input, reply.body, stage.fleet.failures]);
    expect([200, 201, 202, 401, 403, 404, 409, 410, 422, 503], about).toContain(reply.status);
    if (reply.status === 503) expect(reply.headers["retry-after"]).toBeDefined();
    if (isOk) asked.follow?.(reply.body);
    if (isOk && asked.ask) beginTask(stage, asked.ask, tokenOf(stage, one, asked), reply.body);
  }
  stage.isUncertain = true;
  await look(stage);
  await hear(stage);
  recall(stage);
}
