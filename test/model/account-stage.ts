import { unmarshall } from "@aws-sdk/util-dynamodb";
import { expect } from "vitest";
import { changesOf, openTableStream, type TableRecord } from "../fleet/table-stream.ts";
import { type Fleet, openFleet } from "../functions/stages/fleet.ts";
import { goodPassword } from "../functions/stages/post.ts";
import { consumeUsage } from "../functions/stages/settle.ts";
import { wakes, workAt } from "../functions/stages/tasks.ts";
import type { Reply } from "../support/api.ts";
import { shortenWaits } from "../support/short-waits.ts";
import { makeVaultsReady } from "../support/vaults.ts";
import { accountComplaints } from "./account-invariants.ts";
import {
  type Ask,
  createHeld,
  type Held,
  type HeldDevice,
  type HeldLimits,
  type HeldTask,
  type Home,
} from "./account-model.ts";
import { heldComplaints, totalsComplaints } from "./held-invariants.ts";
import { complaints, customersIn, type Item } from "./invariants.ts";

type Body = Reply["body"];

/** What all histories of a file run on. */
export interface Ground {
  fleet: Fleet;
  next: () => Promise<TableRecord[]>;
  /** Lets work die after so many transactions: nothing that is sent then reaches the table. */
  dying: <T>(after: number, work: () => Promise<T>) => Promise<T | undefined>;
  close: () => void;
}

/** One per test file. */
export async function openGround(): Promise<Ground> {
  const fleet = await openFleet();
  const stream = await openTableStream(fleet.table);
  shortenWaits(2);
  fleet.runtime.logger.setLogLevel("SILENT");
  const body = { deletion: { customersPerHour: 10_000 }, moves: { mergeAndSplit: true } };
  await fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body });
  let left = Number.POSITIVE_INFINITY;
  fleet.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (left <= 0) throw new Error("killed");
      const answer = await next(args);
      if (String(context["commandName"]) === "TransactWriteItemsCommand") left -= 1;
      if (left <= 0) throw new Error("killed");
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "killed" },
  );
  return {
    fleet,
    next: stream.next,
    async dying(after, work) {
      const failures = fleet.failures.length;
      left = after;
      return work()
        .catch(() => undefined)
        .finally(() => {
          left = Number.POSITIVE_INFINITY;
          fleet.failures.length = failures;
        });
    },
    close: stream.close,
  };
}

/** A branch of its own for one history: a distributor with resellers, customers, accounts and devices. */
export interface Stage extends Ground {
  held: Held;
  tag: string;
  top: string;
  topToken: string;
  /** All items that the history has written, as the stream tells of them. */
  items: Map<string, Item>;
  /** Records of the stream that have not been added up, and those that nobody has worked at. */
  told: TableRecord[];
  waiting: TableRecord[];
  locations: Map<string, string>;
  /** Licences that devices have drawn for the first time. */
  firstLicences: number;
  /** How many times limits may have changed. */
  limitChanges: number;
  /** Commands since the first task began that has not ended. */
  openFor: number;
  /** Tasks of two callers were under way at a time: what each did is not known. */
  isUncertain: boolean;
  /** What came of the commands, by kind and outcome, so that a run can tell that it was no idle one. */
  outcomes: Map<string, number>;
  /** What was asked for, and what was answered. */
  trace: string[];
  serial: number;
}

const place = ({ pk, sk }: { pk: string; sk: string }): string => `${pk} ${sk}`;
const itemOf = (image: NonNullable<TableRecord["dynamodb"]["NewImage"]>): Item => unmarshall(image) as Item;
/** What counts requests and remembers answers: every request writes it. */
const isPassing = ({ pk }: Item): boolean => /^(RATE|IDEM|MARK|ACCESS)#/.test(pk);

/** Takes in what has been written since. @returns items as they were and as they are, but for what every request writes */
export async function look(stage: Stage): Promise<{ before: Item | null; after: Item | null }[]> {
  const records = await stage.next();
  stage.told.push(
    ...records.filter((one) => (["device", "customer"] as const).some((kind) => changesOf(kind, [one]).length > 0)),
  );
  stage.waiting.push(...wakes(records));
  const changes = [];
  for (const {
    dynamodb: { OldImage, NewImage },
  } of records) {
    const [before, after] = [OldImage && itemOf(OldImage), NewImage && itemOf(NewImage)];
    const one = after ?? before;
    if (!one || isPassing(one)) continue;
    changes.push({ before: before ?? null, after: after ?? null });
    // Above the history stands what other histories change too.
    if (one.pk === stage.fleet.provider.id) continue;
    if (after) stage.items.set(place(one), after);
    else stage.items.delete(place(one));
  }
  return changes;
}
export const itemsOf = (stage: Stage, kind: string): Item[] =>
  [...stage.items.values()].filter((item) => item["kind"] === kind);

export const all = <T>(map: ReadonlyMap<string, T>): T[] => [...map.values()];
export const fresh = (stage: Stage, what: string): string => `${what} ${(stage.serial += 1)} ${stage.tag}`;

/** Where a device's data lie by a grant: where they have always lain. */
export function sameHome({ id, home }: HeldDevice, { location, bucket, prefix }: Body): Home {
  const now = { location: bucket === null ? null : location, prefix };
  if (home) expect(now, `where the data of ${id} lie`).toEqual(home);
  return now;
}

export const learnCustomer = ({ held, locations }: Stage, body: Body): void => {
  const { id, name, level, parentId, storageLocation: location, isDefault, active, space, licences } = body;
  held.customers.set(id, {
    id,
    name,
    level,
    parentId,
    location,
    isDefault,
    active,
    deleted: false,
    space: space.limitBytes,
    licences: licences.limit,
    devices: body.deviceLimit,
  });
  locations.set(id, location);
};
export const learnDevice = ({ held }: Stage, body: Body, token: string | null): void => {
  const { id, name, accountId, customerId, state, usedBytes: used } = body;
  const known = held.devices.get(id);
  // A computer that comes back has a new token.
  if (known) Object.assign(known, { token, name });
  else
    held.devices.set(id, {
      id,
      name,
      accountId,
      customerId,
      state,
      used,
      token,
      deleted: false,
      sets: new Set(),
      home: null,
      everLicensed: false,
    });
};

export function learnAccount({ held }: Stage, body: Body, password: string | null = goodPassword): void {
  const { id, username, customerId, parentAccountId: parentId, contact, contactId } = body;
  // A contact that an account uses goes with that.
  held.rest.delete(contactId);
  const plan = parentId === null ? body.plan : null;
  const email = contact.email;
  held.accounts.set(id, {
    id,
    username,
    password,
    customerId,
    parentId,
    plan,
    email,
    deleted: false,
  });
}

export const tally = ({ outcomes }: Stage, outcome: string): void =>
  void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

/** Takes the task in that an answer tells of. */
export function beginTask(stage: Stage, asked: Ask, token: string, body: Body): HeldTask {
  const { held } = stage;
  // A split answers with its customer too.
  const ask: Ask = body.customer && asked.kind === "accounts" ? { ...asked, to: body.customer.id } : asked;
  const limits = ask.kind === "merge" ? { from: held.limitsOf(ask.from), to: held.limitsOf(ask.to) } : null;
  const isUncertain = ask.kind === "undo" && held.tasks.some(({ id, ...one }) => id === ask.of && one.isUncertain);
  const id = body.task?.id ?? body.id;
  const task: HeldTask = {
    id,
    ask,
    token,
    limits,
    isUncertain,
    ended: false,
    before: new Map(),
    changes: 0,
  };
  stage.isUncertain ||= isUncertain || openTasks(stage).some((one) => one.token !== token);
  held.tasks.push(task);
  return task;
}

/** Works at what waits. */
export async function work(stage: Stage): Promise<void> {
  for (await look(stage); stage.waiting.length > 0; await look(stage))
    await workAt(stage.fleet, stage.waiting.splice(0));
}
export const openTasks = ({ held }: Stage): HeldTask[] => held.tasks.filter(({ ended }) => !ended);
export const isMoving = ({ items }: Stage): boolean => [...items.keys()].some((at) => at.endsWith(" transit"));

/**
 * Takes in what became of tasks that have ended.
 * @param isAlone nothing else has changed since the one of them was asked for
 * @returns those, as the API tells of them
 */
export async function hear(stage: Stage, isAlone = false): Promise<Body[]> {
  const tasks = await Promise.all(
    openTasks(stage).map(async (task) => {
      const body: Body = await stage.fleet.ok("getTask", { params: { id: task.id } });
      return { task, body };
    }),
  );
  const ended = tasks.filter(({ body }) => body.endedAt !== null);
  for (const { task, body } of ended.toSorted((one, other) => (one.body.endedAt < other.body.endedAt ? -1 : 1))) {
    task.ended = true;
    task.isUncertain ||= stage.isUncertain;
    const { rows } = body.result;
    stage.trace.push(`${task.id} ${task.ask.kind} ${body.status}: ${JSON.stringify(rows)}`);
    for (const { id, status, code } of rows) {
      tally(stage, `row of ${task.ask.kind} ${status === "failed" ? code : status}`);
      const wrong = status === "succeeded" && !stage.isUncertain ? stage.held.apply(task, id) : [];
      if (isAlone) expect(wrong, `what should have stood against the row of ${id}`).toEqual([]);
    }
    const isDone = rows.every(({ status }: Body) => status === "succeeded");
    if (body.status !== "cancelled") expect(body.status, JSON.stringify(body)).toBe(isDone ? "succeeded" : "failed");
    if (task.ask.kind === "merge" || task.ask.kind === "undo") takeLimits(stage, task, isDone);
  }
  if (stage.isUncertain) recall(stage);
  if (openTasks(stage).length === 0 && !isMoving(stage)) stage.isUncertain = false;
  return ended.map(({ body }) => body);
}

/** Takes in the limits that a merge, or its undoing, has led to, and compares them where nothing else has changed any meanwhile. */
function takeLimits(stage: Stage, task: HeldTask, isDone: boolean): void {
  const { held } = stage;
  const { ask, limits, isUncertain } = task;
  const stored = (id: string): HeldLimits => {
    const item: Record<string, unknown> = stage.items.get(`${id} @`) ?? {};
    return {
      space: amount(item["spaceLimit"]),
      licences: amount(item["licenceLimit"]),
      devices: amount(item["deviceLimit"]),
    };
  };
  const isAlone = isDone && !isUncertain && openTasks(stage).length === 0;
  if (ask.kind === "merge" && limits && isAlone && task.changes === stage.limitChanges) {
    const rule = ask.isWhole ? ask.quotas : "keep";
    expect(stored(ask.to), `limits of ${ask.to}`).toEqual(held.mergedLimits(rule, limits.from, limits.to));
  }
  const undone = ask.kind === "undo" ? held.tasks.find(({ id }) => id === ask.of) : undefined;
  if (
    undone?.ask.kind === "merge" &&
    undone.ask.isWhole &&
    undone.limits &&
    isAlone &&
    undone.changes === stage.limitChanges
  )
    for (const side of ["from", "to"] as const)
      expect(stored(undone.ask[side]), `limits of ${undone.ask[side]}`).toEqual(undone.limits[side]);
  if (ask.kind === "merge" || undone?.ask.kind === "merge") stage.limitChanges += 1;
  task.changes = stage.limitChanges;
  for (const customer of held.customers.values()) Object.assign(customer, stored(customer.id));
}

/** Brings all tasks to their end, also those whose worker has died. */
export async function endTasks(stage: Stage): Promise<void> {
  await work(stage);
  await hear(stage);
  for (let turn = 0; turn < 8 && (openTasks(stage).length > 0 || isMoving(stage)); turn += 1) {
    stage.fleet.advance(10 * 60_000);
    await stage.fleet.invoke("functions/schedule/sweep-tasks.ts", {});
    await work(stage);
    await hear(stage);
  }
  expect(openTasks(stage)).toEqual([]);
  stage.openFor = 0;
}

/** Brings what devices use to all counters. */
export async function drain(stage: Stage): Promise<void> {
  for (await look(stage); stage.told.length > 0; await look(stage))
    await consumeUsage(stage.fleet, stage.told.splice(0));
}

export const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const amount = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** Takes what the table says into the model, where the order in which things came about is not known. */
export function recall(stage: Stage): void {
  const { held, items } = stage;
  for (const record of itemsOf(stage, "customer")) {
    const { pk: id, name, level, parentId, storageLocation, isDefault, active, deletedAt } = record;
    const customer = {
      id,
      name: String(name),
      level: String(level),
      parentId: String(parentId),
      location: String(storageLocation),
      isDefault: isDefault === true,
      deleted: deletedAt !== undefined,
      active: active !== false,
      space: amount(record["spaceLimit"]),
      licences: amount(record["licenceLimit"]),
      devices: amount(record["deviceLimit"]),
    };
    held.customers.set(id, Object.assign(held.customers.get(id) ?? customer, customer));
  }
  for (const record of itemsOf(stage, "account")) {
    const id = String(record["id"]);
    const contact = items.get(`${record.pk} contact#${String(record["contactId"])}`);
    const known = held.accounts.get(id);
    const account = {
      id,
      username: String(record["username"]),
      customerId: record.pk,
      plan: text(record["plan"]),
      password: known?.password ?? null,
      parentId: text(record["parentAccountId"]),
      deleted: record["deletedAt"] !== undefined,
      email: String(contact?.["email"]),
    };
    held.accounts.set(id, Object.assign(known ?? account, account));
  }
  for (const record of itemsOf(stage, "device")) {
    const id = String(record["id"]);
    const known = held.devices.get(id);
    const deleted = record["deletedAt"] !== undefined;
    const state = deleted ? (known?.state ?? "active") : (record["state"] as HeldDevice["state"]);
    const sets = itemsOf(stage, "set").filter(({ deviceId }) => deviceId === id);
    const device = {
      id,
      name: String(record["name"]),
      accountId: text(record["accountId"]),
      customerId: record.pk,
      state,
      deleted,
      token: known?.token ?? null,
      used: amount(record["usedBytes"]) ?? 0,
      sets: new Set(sets.map((set) => String(set["id"]))),
      home: known?.home ?? null,
      everLicensed: record["everLicensed"] === true,
    };
    held.devices.set(id, Object.assign(known ?? device, device));
  }
  for (const one of held.rest.values()) one.customerId = restPlace(stage, one) ?? one.customerId;
}
const restPlace = ({ items }: Stage, { id, kind }: { id: string; kind: string }): string | null =>
  text(items.get(kind === "key" || kind === "enrolment-key" ? `KEY#${id} @` : `ID#${id} @`)?.["customerId"]);

/** The table agrees with the model: everything stands where it is to stand. */
export function agree(stage: Stage, what: string): void {
  const { held, items } = stage;
  const about = (kind: string) =>
    Object.fromEntries(itemsOf(stage, kind).map((item) => [String(item["id"]), item] as const));
  const [customers, accounts, devices, sets] = ["customer", "account", "device", "set"].map(about);
  const stand = {
    customers: all(held.customers).map(({ id, parentId, deleted, active, space, licences, devices: limit }) => [
      id,
      { parentId, deleted, active, space, licences, limit },
    ]),
    accounts: all(held.accounts).map(({ id, customerId, parentId, plan, deleted, email }) => [
      id,
      { customerId, parentId, plan, deleted, email },
    ]),
    devices: all(held.devices).map((device) => {
      const { id, accountId, deleted, used } = device;
      return [id, { customerId: held.customerOf(device), accountId, deleted, used, sets: [...device.sets].toSorted() }];
    }),
  };
  const stored = {
    customers: Object.entries(customers ?? {}).map(([id, item]) => [
      id,
      {
        parentId: item["parentId"],
        deleted: item["deletedAt"] !== undefined,
        active: item["active"] !== false,
        space: amount(item["spaceLimit"]),
        licences: amount(item["licenceLimit"]),
        limit: amount(item["deviceLimit"]),
      },
    ]),
    accounts: Object.entries(accounts ?? {}).map(([id, item]) => [
      id,
      {
        customerId: item.pk,
        parentId: text(item["parentAccountId"]),
        plan: text(item["plan"]),
        deleted: item["deletedAt"] !== undefined,
        email: text(items.get(`${item.pk} contact#${String(item["contactId"])}`)?.["email"]),
      },
    ]),
    devices: Object.entries(devices ?? {}).map(([id, item]) => [
      id,
      {
        customerId: item.pk,
        accountId: text(item["accountId"]),
        deleted: item["deletedAt"] !== undefined,
        used: amount(item["usedBytes"]) ?? 0,
        sets: Object.entries(sets ?? {})
          .filter(([, set]) => set["deviceId"] === id)
          .map(([set]) => set)
          .toSorted(),
      },
    ]),
  };
  for (const kind of ["customers", "accounts", "devices"] as const)
    expect(Object.fromEntries(stored[kind]), `${kind} after ${what}`).toEqual(Object.fromEntries(stand[kind]));
  for (const one of held.rest.values()) {
    expect([one.id, restPlace(stage, one)], what).toEqual([one.id, one.customerId]);
  }
}

/** Accounts that came about with a device. */
export function adopt(stage: Stage): void {
  for (const item of itemsOf(stage, "account")) {
    const id = String(item["id"]);
    if (stage.held.accounts.has(id)) continue;
    const contact = stage.items.get(`${item.pk} contact#${String(item["contactId"])}`) ?? null;
    const parentAccountId = text(item["parentAccountId"]);
    learnAccount(stage, { ...item, parentAccountId, plan: text(item["plan"]), contact }, null);
  }
}

/** Ends what is under way, and looks for anything that is wrong. */
export async function verify(stage: Stage, isKnown = true): Promise<void> {
  const { fleet, held, items } = stage;
  await endTasks(stage);
  await drain(stage);
  if (isKnown) agree(stage, "all");
  const all_ = [...items.values()];
  expect([
    ...complaints(all_, { whole: false, moves: true, hints: false, services: false }),
    ...accountComplaints(all_),
    ...heldComplaints(all_),
    ...totalsComplaints(all_),
  ]).toEqual([]);
  for (const { id, storageLocation } of customersIn(all_)) {
    expect(stage.locations.get(id) ?? storageLocation, `storage location of ${id}`).toBe(storageLocation);
  }
  if (isKnown) expect(items.get(`${stage.top} @`)?.["licencesUsedToDate"] ?? 0).toBe(stage.firstLicences);
  for (const device of held.devices.values()) {
    if (!device.token || !device.home || device.deleted) continue;
    const query = { dryRun: "true" };
    const { body, status } = await fleet.call("authorizeBackup", { body: {}, query }, { token: device.token });
    if (status === 200 && body.allowed) sameHome(device, body.grant);
    tally(stage, `home ${status === 200 ? String(body.allowed) : body.code}`);
  }
  expect(fleet.failures).toEqual([]);
}

/** Opens a branch with two resellers. */
export async function openStage(ground: Ground, tag: string, outcomes: Stage["outcomes"] = new Map()): Promise<Stage> {
  const { fleet } = ground;
  const stage: Stage = {
    ...ground,
    held: createHeld(),
    tag,
    top: "",
    topToken: "",
    items: new Map(),
    told: [],
    waiting: [],
    locations: new Map(),
    firstLicences: 0,
    limitChanges: 0,
    openFor: 0,
    isUncertain: false,
    outcomes,
    trace: [],
    serial: 0,
  };
  // Vaults that histories before this one have left on order belong to those.
  await makeVaultsReady(fleet.table);
  await ground.next();
  const top = await fleet.create(fleet.provider.id, { level: "distributor", name: fresh(stage, "Top") });
  learnCustomer(stage, top);
  Object.assign(stage, { top: top.id, topToken: (await fleet.key(top.id)).token });
  for (let nth = 0; nth < 2; nth += 1) {
    const seller = await fleet.create(top.id, { level: "reseller", name: fresh(stage, "Reseller") });
    learnCustomer(stage, seller);
    const { items } = await fleet.ok("listCustomers", { query: { parentId: seller.id } });
    for (const customer of items) learnCustomer(stage, customer);
  }
  await look(stage);
  return stage;
}
