import * as fc from "fast-check";
import { expect } from "vitest";
import type { Customer } from "../../shared/domain/customer.ts";
import type { Reply, TestApi } from "../support/api.ts";
import { complaints, customersIn, lone, partitions } from "./invariants.ts";
import { below, createModel, type Level, type Model, type NewInput, normalised, type PatchInput } from "./model.ts";

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
}
type Patch = { [Field in keyof Wish]?: Wish[Field] | undefined };
export type Command = { target: number; own: boolean } & (
  | { kind: "create"; wish: Wish }
  | { kind: "upsert"; wish: Wish; ref: number }
  | { kind: "update"; patch: Patch }
  | { kind: "allot"; space: number | null | undefined; licences: number | null | undefined }
  | { kind: "activate" | "deactivate" | "get" }
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
  trial: rarely(fc.boolean(), 3),
  active: rarely(fc.boolean(), 3),
  ref: rarely(fc.nat(2), 2),
  space: fc.oneof(fc.constant(null), size),
  licences: fc.oneof(fc.constant(null), size),
});
const patch: fc.Arbitrary<Patch> = fc.oneof(
  fc.record({ word: fc.nat(words.length - 1), spelling: fc.nat(spellings.length - 1) }),
  wish.map(({ word, spelling, ref }) => ({ word, spelling, ref })),
  fc.record({ set: fc.subarray([...services], { minLength: 1 }) }),
  fc.record({ type: fc.constantFrom(...services) }),
  wish.map(({ set, space, licences }) => ({ set, space, licences })),
  fc.record({ country: fc.constantFrom("AT", "DE", "US"), location: rarely(fc.constantFrom("DE", "FR"), 3) }),
  wish.map(({ level, ref }) => ({ level, ref })),
);

const place = { target: fc.nat(1000), own: fc.boolean() };
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
      space: fc.oneof(fc.constant(undefined), fc.constant(null), size, size),
      licences: fc.oneof(fc.constant(undefined), fc.constant(null), size),
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
  /** The customers of the history, in the order in which they came; the first is the distributor. */
  members: string[];
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
    trial: false,
    isDefault: false,
    ref: null,
    space: null,
    licences: null,
    version: 1,
  });
  const input: NewInput = { level: "distributor", name: `top ${tag}`, email: "top@example.com", country: "DE" };
  const top: Customer = await api.ok("createCustomer", { body: { ...input, parentId: provider.id } });
  model.create(input, provider.id, top.id, null);
  const key = await api.ok("createApiKey", { body: { customerId: top.id, role: "admin", name: tag } });
  return { api, model, tag, top: top.id, topToken: key.token, outcomes, members: [top.id] };
}

const nameOf = ({ tag }: Stage, { word, spelling }: Words): string =>
  (spellings[spelling] ?? String)(`${words[word]} ${tag}`);

/** The customer that a command is about. The distributor and its like are rarely deleted, or histories would end there. */
function targetOf(stage: Stage, { target, kind, own }: Command): string {
  // What lies above a branch does not exist for those inside.
  if (own && target % 9 === 8) return stage.api.provider.id;
  const members = kind === "delete" && target % 6 !== 0 ? stage.members.slice(1) : stage.members;
  return members[target % members.length] ?? stage.top;
}

/** A wish as the body of a request. */
function inputOf(stage: Stage, wish: Wish, parentId: string): NewInput {
  const possible = below[stage.model.get(parentId).level];
  const level =
    wish.level === "fitting" ? possible[wish.word % Math.max(1, possible.length)] : (wish.level ?? undefined);
  return given({
    level: wish.level === "fitting" && possible.length < 2 ? undefined : level,
    name: nameOf(stage, wish),
    email: `${wish.word}@example.com`,
    country: wish.country,
    storageLocation: wish.location ?? undefined,
    serviceType: wish.type ?? undefined,
    servicesToProvide: wish.set ?? undefined,
    inTrial: wish.trial ?? undefined,
    active: wish.active ?? undefined,
    externalRef: wish.ref === null ? undefined : refOf(stage, wish.ref),
    space: wish.space === null ? undefined : { limitBytes: wish.space },
    licences: wish.licences === null ? undefined : { limit: wish.licences },
  }) as NewInput;
}
function patchOf(stage: Stage, fields: Patch): PatchInput {
  const { word, spelling, level, ref, space, licences } = fields;
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
      const { space, licences } = command;
      return { operation: "updateCustomer", params, body: patchOf(stage, { space, licences }) } as const;
    }
    case "activate":
      return { operation: "activateCustomer", params } as const;
    case "deactivate":
      return { operation: "deactivateCustomer", params } as const;
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
    expect(reply.body.trial !== null, what).toBe(model.get(about).trial);
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
    model.create(input, id, reply.body.id, defaultId);
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
  expect(complaints(items, { whole: false })).toEqual([]);
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
      }),
    );
  }
}
