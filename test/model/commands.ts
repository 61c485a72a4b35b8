import * as fc from "fast-check";
import { expect } from "vitest";
import type { Customer } from "../../shared/domain/hierarchy/customer.ts";
import type { Reply, TestApi } from "../support/api.ts";
import { complaints, customersIn, lone, partitions } from "./invariants.ts";
import {
  type AllocationInput,
  below,
  createModel,
  type Level,
  type Model,
  type NewInput,
  normalised,
  type PatchInput,
  trialDays,
} from "./model.ts";

/** One step of a history. Numbers pick among what exists when it is run, so that a history can be shrunk. */
interface Words {
  word: number;
  spelling: number;
}
interface Wish extends Words {
  level: Level | "fitting" | null;
  country: string;
  location: string | null;
  type: "all-inclusive" | "software-only" | null;
  set: ("all-inclusive" | "software-only")[] | null;
  trial: boolean | null;
  active: boolean | null;
  ref: number | null;
  space: number | null;
  licences: number | null;
  devices: number | null;
}
type Patch = { [Field in keyof Wish]?: Wish[Field] | undefined };
/** One of several limits; where `among` is not 0, of a customer in the branch that the change is about. */
interface Share {
  target: number;
  among: number;
  space: number | null | undefined;
  licences: number | null | undefined;
  devices: number | null | undefined;
}
export type Command = { target: number; own: boolean } & (
  | { kind: "create"; wish: Wish }
  | { kind: "upsert"; wish: Wish; ref: number }
  | { kind: "update"; patch: Patch }
  | {
      kind: "allot";
      space: number | null | undefined;
      licences: number | null | undefined;
      devices: number | null | undefined;
    }
  | { kind: "activate" | "deactivate" | "get" | "restore" | "endTrial" }
  | { kind: "extendTrial"; days: number }
  | { kind: "move"; to: number }
  | { kind: "allocations"; changes: Share[] }
  | { kind: "delete"; confirm: "name" | "spelling" | "wrong" | "none" }
  | {
      kind: "list";
      level: Level | null;
      active: boolean | null;
      trial: boolean | null;
      deleted: boolean | null;
      byCreation: boolean;
      limit: number;
    }
  | { kind: "branch"; limit: number }
);

// No word begins another, and none is found in a Default Customer's name.
const words = ["alder", "birch", "cedar", "Straße", "elm", "fir", "ginkgo", "hazel"];
const spellings: ((name: string) => string)[] = [
  (name) => name,
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => `  ${name}\u3000`,
  (name) => name.replaceAll(/[a-z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
  (name) => name.replace(" ", " \u00a0 "),
  (name) => `Default Customer (${name})`,
];
const sizes = [0, 1, 10, 50, 100, 400, 1000];
const levels: Level[] = ["distributor", "sub-distributor", "reseller", "end-customer", "site"];
const services = ["all-inclusive", "software-only"] as const;

const rarely = <T>(arbitrary: fc.Arbitrary<T>, none: number) =>
  fc.oneof({ weight: none, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const size = fc.constantFrom(...sizes);
const wish: fc.Arbitrary<Wish> = fc.record({
  word: fc.nat(words.length - 1),
  spelling: fc.nat(spellings.length - 1),
  level: fc.oneof(
    { weight: 6, arbitrary: fc.constant("fitting" as const) },
    { weight: 1, arbitrary: fc.constantFrom(null, ...levels) },
  ),
  country: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("DE", "FR", "US") },
    { weight: 1, arbitrary: fc.constantFrom("AT", "JP") },
  ),
  location: rarely(fc.constantFrom("DE", "CH"), 6),
  type: rarely(fc.constantFrom(...services), 3),
  set: rarely(fc.subarray([...services], { minLength: 1 }), 6),
  trial: rarely(fc.constantFrom(true, true, false), 1),
  active: rarely(fc.boolean(), 3),
  ref: rarely(fc.nat(2), 2),
  space: fc.oneof(fc.constant(null), size),
  licences: fc.oneof(fc.constant(null), size),
  devices: rarely(size, 3),
});
const patch: fc.Arbitrary<Patch> = fc.oneof(
  fc.record({ word: fc.nat(words.length - 1), spelling: fc.nat(spellings.length - 1) }),
  wish.map(({ word, spelling, ref }) => ({ word, spelling, ref })),
  fc.record({ set: fc.subarray([...services], { minLength: 1 }) }),
  fc.record({ type: fc.constantFrom(...services) }),
  wish.map(({ set, space, licences, devices }) => ({ set, space, licences, devices })),
  fc.record({ country: fc.constantFrom("AT", "DE", "US"), location: rarely(fc.constantFrom("DE", "FR"), 3) }),
  wish.map(({ level, ref }) => ({ level, ref })),
);

const place = { target: fc.nat(1000), own: fc.boolean() };
const limits = {
  space: fc.oneof(fc.constant(undefined), fc.constant(null), size, size),
  licences: fc.oneof(fc.constant(undefined), fc.constant(null), size),
  devices: fc.oneof(fc.constant(undefined), fc.constant(undefined), fc.constant(null), size),
};
const some = fc.option(fc.boolean(), { nil: null, freq: 2 });
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ ...place, kind: fc.constant("create"), wish }) },
  { weight: 5, arbitrary: fc.record({ ...place, kind: fc.constant("upsert"), wish, ref: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ ...place, kind: fc.constant("update"), patch }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ...place,
      kind: fc.constant("allot"),
      ...limits,
    }),
  },
  { weight: 4, arbitrary: fc.record({ ...place, kind: fc.constantFrom("activate", "deactivate", "get") }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...place,
      kind: fc.constant("delete"),
      confirm: fc.constantFrom("name", "name", "spelling", "wrong", "none"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ ...place, kind: fc.constantFrom("restore", "restore", "endTrial") }) },
  { weight: 6, arbitrary: fc.record({ ...place, kind: fc.constant("move"), to: fc.nat(1000) }) },
  {
    weight: 3,
    // From the present end: back, not at all, up to the end of what the top's settings or the year allow, and beyond.
    arbitrary: fc.record({
      ...place,
      kind: fc.constant("extendTrial"),
      days: fc.constantFrom(-40, 0, 10, 10, 10, 11, 335, 336),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...place,
      kind: fc.constant("allocations"),
      changes: fc.array(fc.record({ target: fc.nat(1000), among: fc.nat(7), ...limits }), {
        minLength: 2,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...place,
      kind: fc.constant("list"),
      level: rarely(fc.constantFrom(...levels), 3),
      active: some,
      trial: some,
      deleted: some,
      byCreation: fc.boolean(),
      limit: fc.constantFrom(1, 2, 50),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...place, kind: fc.constant("branch"), limit: fc.constantFrom(1, 3, 50) }) },
);

const refOf = ({ tag }: Stage, ref: number): string => `ref ${ref} ${tag}`;
const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Field in keyof T]: Exclude<T[Field], undefined>;
  };

/** A branch of its own for one history: a distributor under the provider, and the words made unique by a tag. */
export interface Stage {
  api: TestApi;
  model: Model;
  tag: string;
  top: string;
  topToken: string;
  /** What came of the commands, by kind and outcome, so that a run can tell that it was no idle one. */
  outcomes: Map<string, number>;
  /** Days by which the settings of the top let a trial be extended. */
  extensionDays: number;
  /** The customers of the history, in the order in which they came; the first is the distributor. */
  members: string[];
}

const plain: Wish = {
  word: 0,
  spelling: 0,
  level: "fitting",
  country: "DE",
  location: null,
  type: null,
  set: null,
  trial: null,
  active: null,
  ref: null,
  space: null,
  licences: null,
  devices: null,
};
const twoResellers = [
  [0, 7, null],
  [0, 5, null],
  [1, 4, null],
] as const;
const extensions = [10, 340] as const;
/** Settings of the provider under which a history deletes as often, and extends trials by as much, as it likes. */
export async function prepareStages({ ok, provider }: TestApi): Promise<void> {
  const body = { deletion: { customersPerHour: 10_000 }, trial: { extensionDays: Math.max(...extensions) } };
  await ok("updateSettings", { params: { id: provider.id }, body });
}

export async function openStage(api: TestApi, tag: string, outcomes: Stage["outcomes"] = new Map()): Promise<Stage> {
  const { provider } = api;
  const model = createModel({
    id: provider.id,
    parent: null,
    level: "provider",
    name: provider.name,
    email: provider.email,
    country: provider.country,
    location: provider.storageLocation,
    type: "all-inclusive",
    set: ["all-inclusive", "software-only"],
    active: true,
    deleted: false,
    trialEndsAt: null,
    extended: false,
    isDefault: false,
    ref: null,
    space: null,
    licences: null,
    devices: null,
    version: 1,
  });
  const input: NewInput = { level: "distributor", name: `top ${tag}`, email: "top@example.com", country: "DE" };
  const top: Customer = await api.ok("createCustomer", { body: { ...input, parentId: provider.id } });
  model.create(input, provider.id, top.id);
  const key = await api.ok("createApiKey", { body: { customerId: top.id, role: "admin", name: tag } });
  const extensionDays = extensions[tag.charCodeAt(tag.length - 1) % extensions.length] ?? 0;
  if (extensionDays < Math.max(...extensions)) {
    await api.ok("updateSettings", { params: { id: top.id }, body: { trial: { extensionDays } } });
    model.get(top.id).version += 1;
  }
  const stage = { api, model, tag, top: top.id, topToken: key.token, outcomes, extensionDays, members: [top.id] };
  // Customers in trial are deep down: a sixth of the histories begin with one, below a reseller. Others begin with a second reseller to move to.
  const beginnings: Record<number, readonly (readonly [target: number, word: number, trial: true | null])[]> = {
    0: [
      [0, 7, null],
      [1, 6, true],
    ],
    1: twoResellers,
    2: twoResellers,
    3: twoResellers,
  };
  for (const [target, word, trial] of beginnings[tag.charCodeAt(tag.length - 1) % 6] ?? [])
    await step(stage, { kind: "create", own: false, target, wish: { ...plain, word, trial } });
  return stage;
}

const nameOf = ({ tag }: Stage, { word, spelling }: Words): string =>
  (spellings[spelling] ?? String)(`${words[word]} ${tag}`);

/** Other places at which a customer of its level may stand. A Default Customer has none. */
function destinations({ model, members }: Stage, id: string): string[] {
  const { level, parent, isDefault } = model.get(id);
  return isDefault ? [] : members.filter((one) => one !== parent && below[model.get(one).level].includes(level));
}

/** The customer that a command is about. The distributor and its like are rarely deleted, or histories would end there. */
function targetOf(stage: Stage, { target, kind, own }: Command): string {
  const { model, top } = stage;
  // What lies above a branch does not exist for those inside.
  if (own && target % 9 === 8) return stage.api.provider.id;
  if (kind === "allocations" && target % 3 !== 0) return top;
  const wanted = stage.members.filter((id) => {
    const { deleted, trialEndsAt } = model.get(id);
    if (kind === "delete") return id !== top;
    if (kind === "move") return !deleted && destinations(stage, id).length > 0;
    if (kind === "restore") return deleted;
    if (kind === "endTrial" || kind === "extendTrial") return trialEndsAt !== null;
    return true;
  });
  const members = wanted.length > 0 && target % 6 !== 0 ? wanted : stage.members;
  return members[target % members.length] ?? top;
}
/** Where a customer is to be moved: mostly to where one of its level may stand, and mostly to another place. */
function destinationOf(stage: Stage, id: string, to: number): string {
  const fitting = destinations(stage, id);
  const among = fitting.length > 0 && to % 7 !== 0 ? fitting : stage.members;
  return among[to % among.length] ?? stage.top;
}
/** What a command that names several customers is to change of them. */
function sharesOf({ model, members }: Stage, shares: readonly Share[], top: string): AllocationInput[] {
  const inside = members.filter((id) => model.chain(id).some((above) => above.id === top));
  const named = shares.map(({ target, among, space, licences, devices }) => {
    const pool = among > 0 && inside.length > 0 ? inside : members;
    return given({
      id: pool[target % pool.length] ?? top,
      space: space === undefined ? undefined : { limitBytes: space },
      licences: licences === undefined ? undefined : { limit: licences },
      deviceLimit: devices,
    }) as AllocationInput;
  });
  return named.filter(({ id }, index) => named.findIndex((one) => one.id === id) === index);
}

/** A wish as the body of a request. */
function inputOf(stage: Stage, wish: Wish, parentId: string): NewInput {
  const possible = below[stage.model.get(parentId).level];
  const level =
    wish.level === "fitting" ? possible[wish.word % Math.max(1, possible.length)] : (wish.level ?? undefined);
  // Most wishes for a trial are of those that can have one, or few customers would come about.
  const fits = possible.includes("end-customer") || wish.level !== "fitting" || wish.word === 0;
  return given({
    level: wish.level === "fitting" && possible.length < 2 ? undefined : level,
    name: nameOf(stage, wish),
    email: `${wish.word}@example.com`,
    country: wish.country,
    storageLocation: wish.location ?? undefined,
    serviceType: wish.type ?? undefined,
    servicesToProvide: wish.set ?? undefined,
    inTrial: fits ? (wish.trial ?? undefined) : undefined,
    active: wish.active ?? undefined,
    externalRef: wish.ref === null ? undefined : refOf(stage, wish.ref),
    space: wish.space === null ? undefined : { limitBytes: wish.space },
    licences: wish.licences === null ? undefined : { limit: wish.licences },
    deviceLimit: wish.devices ?? undefined,
  }) as NewInput;
}
function patchOf(stage: Stage, fields: Patch): PatchInput {
  const { word, spelling, level, ref, space, licences, devices } = fields;
  return given({
    level: level === "fitting" || level === null ? undefined : level,
    name: word === undefined ? undefined : nameOf(stage, { word, spelling: spelling ?? 0 }),
    country: fields.country,
    storageLocation: fields.location ?? undefined,
    serviceType: fields.type ?? undefined,
    servicesToProvide: fields.set ?? undefined,
    externalRef: ref === undefined ? undefined : ref === null ? null : refOf(stage, ref),
    space: space === undefined ? undefined : { limitBytes: space },
    licences: licences === undefined ? undefined : { limit: licences },
    deviceLimit: devices,
  }) as PatchInput;
}

/** A request that a command stands for. */
export function requestOf(stage: Stage, command: Command) {
  const id = targetOf(stage, command);
  const params = { id };
  switch (command.kind) {
    case "create":
      return { operation: "createCustomer", body: { ...inputOf(stage, command.wish, id), parentId: id } } as const;
    case "upsert": {
      const input = { ...inputOf(stage, command.wish, id), externalRef: refOf(stage, command.ref) };
      return { operation: "upsertCustomer", body: { ...input, parentId: id } } as const;
    }
    case "update":
      return { operation: "updateCustomer", params, body: patchOf(stage, command.patch) } as const;
    case "allot": {
      const { space, licences, devices } = command;
      return { operation: "updateCustomer", params, body: patchOf(stage, { space, licences, devices }) } as const;
    }
    case "activate":
      return { operation: "activateCustomer", params } as const;
    case "deactivate":
      return { operation: "deactivateCustomer", params } as const;
    case "restore":
      return { operation: "restoreCustomer", params } as const;
    case "endTrial":
      return { operation: "endTrial", params } as const;
    case "extendTrial": {
      const from = Date.parse(stage.model.get(id).trialEndsAt ?? new Date().toISOString());
      const endsAt = new Date(from + command.days * 86_400_000).toISOString();
      return { operation: "extendTrial", params, body: { endsAt } } as const;
    }
    case "move":
      return { operation: "moveCustomer", params, body: { parentId: destinationOf(stage, id, command.to) } } as const;
    case "allocations":
      return {
        operation: "updateAllocations",
        params,
        body: { changes: sharesOf(stage, command.changes, id) },
      } as const;
    case "delete": {
      const { name } = stage.model.get(id);
      const said = { name, spelling: ` ${name.toUpperCase()} `, wrong: `${name}?`, none: undefined }[command.confirm];
      return { operation: "deleteCustomer", params, query: said === undefined ? {} : { confirm: said } } as const;
    }
    default:
      return { operation: "getCustomer", params } as const;
  }
}

async function everyPage(stage: Stage, token: string, query: Record<string, string>): Promise<Customer[]> {
  const items: Customer[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { items: Customer[]; nextCursor: string | null } = await stage.api.ok(
      "listCustomers",
      { query: { ...query, ...(cursor !== "" && { cursor }) } },
      { token },
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Runs one command against the API and the model, and compares. */
export async function step(stage: Stage, command: Command): Promise<void> {
  const { api, model, members } = stage;
  const id = targetOf(stage, command);
  const scope = command.own ? stage.top : api.provider.id;
  const token = command.own ? stage.topToken : api.token;
  const request = requestOf(stage, command);
  const what = `${command.kind} at ${model.get(id).level} ${model.get(id).name}, ${JSON.stringify(request)}`;
  const send = (): Promise<Reply> => {
    const { operation, ...input } = request;
    return api.call(operation, input, { token });
  };
  /** The customer as answered, and as read again, agree with the model. */
  const agree = (reply: Reply, about: string): void => {
    expect(reply.body, what).toMatchObject(model.view(about, scope));
    expect(reply.body.trial?.endsAt ?? null, what).toBe(model.get(about).trialEndsAt);
    if (reply.body.trial) expect(reply.body.trial.extendedAt !== null, what).toBe(model.get(about).extended);
    expect(reply.body.deletedAt !== null, what).toBe(model.get(about).deleted);
    expect(reply.body.purgeAt !== null, what).toBe(model.get(about).deleted);
    expect(reply.headers["etag"], what).toBe(`"${model.get(about).version}"`);
  };
  const created = async (reply: Reply, input: NewInput): Promise<void> => {
    let defaultId: string | null = null;
    if (reply.body.level === "reseller") {
      const page = await api.ok("listCustomers", { query: { parentId: reply.body.id } });
      expect(page.items, what).toHaveLength(1);
      defaultId = page.items[0].id;
    }
    const { createdAt, trial } = reply.body;
    const ends = new Date(Date.parse(createdAt) + trialDays * 86_400_000).toISOString();
    expect(trial?.endsAt, what).toBe(input.inTrial === true ? ends : undefined);
    model.create(input, id, reply.body.id, { defaultId, trialEndsAt: trial?.endsAt });
    members.push(reply.body.id, ...(defaultId === null ? [] : [defaultId]));
    agree(reply, reply.body.id);
  };

  const judge = (reply: Reply, refused: ReadonlySet<string>, status: number): boolean => {
    const outcome = reply.status < 300 ? "success" : String(reply.body.code);
    stage.outcomes.set(outcome, (stage.outcomes.get(outcome) ?? 0) + 1);
    if (refused.size > 0) expect([...refused], `${what}: ${JSON.stringify(reply.body)}`).toContain(outcome);
    else expect(`${outcome} ${reply.status}`, what).toBe(`success ${status}`);
    return refused.size === 0;
  };

  switch (command.kind) {
    case "create": {
      const input = inputOf(stage, command.wish, id);
      const reply = await send();
      if (judge(reply, model.refusesCreate(input, id, scope), 201)) await created(reply, input);
      return;
    }
    case "upsert": {
      const input = { ...inputOf(stage, command.wish, id), externalRef: refOf(stage, command.ref) };
      const existing = model.children(id).find(({ ref }) => ref === input.externalRef);
      const reply = await send();
      if (!judge(reply, model.refusesUpsert(input, id, scope), existing ? 200 : 201)) return;
      if (!existing) return created(reply, input);
      const { inTrial: _, active: __, ...patch } = input;
      model.update(existing.id, patch);
      return agree(reply, existing.id);
    }
    case "update":
    case "allot": {
      const body = command.kind === "update" ? patchOf(stage, command.patch) : patchOf(stage, command);
      const reply = await send();
      if (!judge(reply, model.refusesUpdate(id, body, scope), 200)) return;
      model.update(id, body);
      return agree(reply, id);
    }
    case "activate":
    case "deactivate": {
      const reply = await send();
      if (!judge(reply, model.refusesActivation(id, scope), 200)) return;
      model.activate(id, command.kind === "activate");
      return agree(reply, id);
    }
    case "delete": {
      const reply = await send();
      const confirm = "query" in request ? request.query.confirm : undefined;
      if (!judge(reply, model.refusesDelete(id, confirm, scope), 200)) return;
      model.delete(id);
      return agree(reply, id);
    }
    case "restore": {
      const reply = await send();
      if (!judge(reply, model.refusesRestore(id, scope), 200)) return;
      model.restore(id);
      return agree(reply, id);
    }
    case "endTrial": {
      const reply = await send();
      if (!judge(reply, model.refusesTrialEnd(id, scope), 200)) return;
      model.endTrial(id);
      return agree(reply, id);
    }
    case "extendTrial": {
      if (request.operation !== "extendTrial") return;
      const { endsAt } = request.body;
      const reply = await send();
      if (!judge(reply, model.refusesExtension(id, endsAt, stage.extensionDays, scope), 200)) return;
      model.extendTrial(id, endsAt);
      agree(reply, id);
      // Few customers of a history are in trial: that it can be done but once is seen at each of them.
      return step(stage, command);
    }
    case "move": {
      if (request.operation !== "moveCustomer") return;
      const { parentId } = request.body;
      const { codes, findings } = model.refusesMove(id, parentId, scope);
      const reply = await send();
      if (!judge(reply, codes, 200)) {
        if (reply.body.code === "move_refused")
          expect(new Set(reply.body.errors.map(({ code }: { code: string }) => code)), what).toEqual(findings);
        return;
      }
      if (model.get(id).parent !== parentId) stage.outcomes.set("moved", (stage.outcomes.get("moved") ?? 0) + 1);
      model.move(id, parentId);
      expect(reply.body.customer, what).toMatchObject(model.view(id, scope));
      return;
    }
    case "allocations": {
      if (request.operation !== "updateAllocations") return;
      const { changes } = request.body;
      const { codes, each } = model.refusesAllocations(id, changes, scope);
      const reply = await send();
      if (!judge(reply, codes, 200)) {
        for (const { path, code } of each.length > 0 ? reply.body.errors : [])
          expect([...(each[Number(path.split(".")[1])] ?? [])], `${what}: ${path}`).toContain(code);
        return;
      }
      for (const change of changes) model.update(change.id, change);
      const rows = changes.map((change) => {
        const { version, space, licences, deviceLimit, deviceCount } = model.view(change.id, scope);
        return { kind: "customer", id: change.id, version, space, licences, deviceLimit, deviceCount };
      });
      expect(reply.body.items, what).toMatchObject(rows);
      return;
    }
    case "get": {
      const reply = await send();
      if (judge(reply, model.gate(id, scope, false), 200)) agree(reply, id);
      return;
    }
    case "list": {
      const { level, active, trial, deleted, byCreation, limit } = command;
      const filter = given({
        level: level ?? undefined,
        active: active ?? undefined,
        trial: trial ?? undefined,
        deleted: deleted === true ? true : undefined,
      });
      const unsorted = byCreation && filter.deleted === undefined;
      const query = {
        parentId: id,
        limit: String(limit),
        ...Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)])),
        ...(unsorted && { sort: "createdAt" }),
      };
      if (model.gate(id, scope, false).size > 0) {
        judge(await api.call("listCustomers", { query }, { token }), model.gate(id, scope, false), 200);
        return;
      }
      const items = await everyPage(stage, token, query);
      const wanted = model.list(id, filter);
      if (unsorted) wanted.sort((one, other) => (one.id < other.id ? -1 : 1));
      expect(items, what).toMatchObject(wanted.map((node) => model.view(node.id, scope)));
      return;
    }
    case "branch": {
      if (model.gate(stage.top, stage.top, false).size > 0) return;
      const items = await everyPage(stage, stage.topToken, { limit: String(command.limit) });
      expect(items, what).toMatchObject(model.branch(stage.top).map((node) => model.view(node.id, stage.top)));
    }
  }
}

/** The part of the table that belongs to a history. */
export async function part({ api, members, model }: Stage) {
  const nodes = members.map((id) => model.get(id));
  const month = new Date(Number(process.env["TENANTRY_CLOCK_OFFSET_MS"] ?? 0) + Date.now()).toISOString().slice(0, 7);
  const refs = nodes.filter(({ ref }) => ref !== null).map(({ parent, ref }) => `REF#${parent}#${ref}`);
  const [inPartitions, guards] = await Promise.all([
    partitions(api.table, [...members, ...members.map((id) => `LOG#${id}#${month}`)]),
    lone(api.table, [...new Set([...nodes.map(({ name }) => `NAME#${normalised(name)}`), ...refs])]),
  ]);
  return [...inPartitions, ...guards];
}

/** The table agrees with the model and with itself. */
export async function verify(stage: Stage): Promise<void> {
  const { model, members } = stage;
  const items = await part(stage);
  expect(complaints(items, { whole: false, hints: false })).toEqual([]);
  const stored = new Map(customersIn(items).map((record) => [record.id, record]));
  expect([...stored.keys()].sort()).toEqual([...members].sort());
  for (const id of members) {
    const node = model.get(id);
    expect(stored.get(id)).toMatchObject(
      given({
        version: node.version,
        parentId: node.parent ?? undefined,
        level: node.level,
        name: node.name,
        storageLocation: node.location,
        active: node.active,
        spaceCommitted: model.committed(id, "space"),
        licenceCommitted: model.committed(id, "licences"),
        spaceDrawn: 0,
        licenceDrawn: 0,
        spaceLimit: node.space ?? undefined,
        licenceLimit: node.licences ?? undefined,
        deviceLimit: node.devices ?? undefined,
        devicesCounted: node.devices === null ? undefined : true,
        deviceDrawn: 0,
      }),
    );
  }
}
