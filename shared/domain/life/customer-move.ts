import * as z from "zod";
import {
  type Chain,
  Customer,
  type CustomerRecord,
  deletedIn,
  devicesIn,
  effectivelyActive,
  licencesOf,
  licenceStanding,
  presentCustomer,
  spaceOf,
  spaceStanding,
} from "../hierarchy/customer.ts";
import { checkDeviceRoom, knowsBranch, planDeviceMove } from "../hierarchy/device-pool.ts";
import { effectiveReplication } from "../hierarchy/effective-replication.ts";
import { effectiveServer, usesCloud } from "../hierarchy/effective-server.ts";
import { ReplicationState } from "../hierarchy/own-storage.ts";
import { offeredBy } from "../hierarchy/new-customer.ts";
import { free, planMove } from "../terms/allowance.ts";
import { NodeCounts } from "./deletion.ts";
import { DomainError, type ErrorCode, type FieldError, refuse } from "../terms/errors.ts";
import { CustomerId, StorageServerId, SubscriptionId } from "../terms/ids.ts";
import { allowedUnder, Level } from "../terms/levels.ts";
import { serviceTypeOf } from "../terms/service-types.ts";
import { effectiveSettings } from "../terms/settings.ts";

export const CustomerMove = z
  .strictObject({ parentId: CustomerId.meta({ description: "The customer that it is to stand under" }) })
  .meta({ id: "CustomerMove" });

/** How many customers one request moves. */
const movedAtOnce = 1000;
export const CustomerMoves = z
  .strictObject({
    ids: z.array(CustomerId).meta({
      description: "The customers to move, each once, of any levels that may stand under the new parent",
      minItems: 1,
      maxItems: movedAtOnce,
      uniqueItems: true,
    }),
    parentId: CustomerId.meta({ description: "The customer that they are to stand under" }),
  })
  .meta({ id: "CustomerMoves" });

/** @throws DomainError invalid_ids of a list that is empty, too long, or names a customer twice */
export function checkIds(ids: readonly string[]): void {
  if (ids.length === 0) throw refuse("invalid_ids", "ids", "Name at least one customer.");
  if (ids.length > movedAtOnce)
    throw refuse("invalid_ids", "ids", `Name at most ${movedAtOnce} customers; ${ids.length} are named.`);
  const twice = ids.findIndex((id, index) => ids.indexOf(id) < index);
  if (twice >= 0) throw refuse("invalid_ids", `ids.${twice}`, `${ids[twice]} is named twice.`);
}

const Place = z.object({ id: CustomerId, level: Level, name: z.string() });
const ReplicationSide = z.object({ state: ReplicationState, storageServerId: StorageServerId.nullable() });
const Subscribed = z.array(z.object({ id: SubscriptionId, customerId: CustomerId, kind: z.string() }));
const Room = z.object({ before: z.int().nullable(), after: z.int().nullable() });

/** What a move does, as it is previewed and as it is answered. */
export const MovedCustomer = z
  .object({
    customer: Customer,
    from: Place,
    to: Place,
    moves: z.object({ devices: z.int(), licences: z.int(), usedBytes: z.int() }).meta({
      description: "What goes along, with all below it. Accounts, devices, keys and subscriptions keep their ids",
    }),
    preview: z
      .object({
        nodes: NodeCounts.meta({ description: "What goes along, by kind; deleted ones too" }),
        complete: z.boolean().meta({ description: "false: there is more than was counted" }),
        reports: z.object({
          goAlong: z.int().meta({ description: "The customer's own report subscriptions, which stay as they are" }),
          endAt: Subscribed.meta({ description: "Of the levels that it leaves: these report on it no longer" }),
          beginAt: Subscribed.meta({ description: "Of the levels that it comes to: these report on it from then on" }),
        }),
      })
      .nullable()
      .meta({ description: "Of a dry run only" }),
    losesSight: z.array(Place).meta({ description: "Whose users and keys no longer see it, nearest first" }),
    gainsSight: z.array(Place).meta({ description: "Whose users and keys see it from now on, nearest first" }),
    settings: z
      .array(
        z.object({
          path: z.string(),
          before: z.object({ value: z.unknown(), level: z.string() }),
          after: z.object({ value: z.unknown(), level: z.string() }),
        }),
      )
      .meta({ description: "Effective settings that change, with the level that each comes from" }),
    storageServer: z.object({ id: StorageServerId, kept: z.boolean() }).nullable().meta({
      description:
        "Of software-only customers: the server that devices store on. kept: a level that it leaves has chosen it, and it is now the customer's own choice, so that devices go on where their data lie",
    }),
    replication: z
      .object({ before: ReplicationSide, after: ReplicationSide })
      .nullable()
      .meta({ description: "Of software-only customers, where copies to a second server begin, end, or go elsewhere" }),
    room: z
      .array(Place.extend({ space: Room, licences: Room, devices: Room }))
      .meta({ description: "What is free at the levels on both sides that have a limit; null: unrestricted" }),
  })
  .meta({ id: "MovedCustomer" });
export type MovedCustomer = z.infer<typeof MovedCustomer>;

/** A move that is asked for: both chains as they were read, nearest first, and who has the customer's reference at the new parent. */
export interface Move {
  chain: Chain;
  to: Chain;
  refTakenBy: string | null;
}

const place = ({ id, level, name }: CustomerRecord) => ({ id, level, name });

/** The levels of one chain that the other does not have. */
const only = (chain: readonly CustomerRecord[], other: readonly CustomerRecord[]): CustomerRecord[] =>
  chain.filter(({ id }) => !other.some((one) => one.id === id));

/** The levels that lose sight of the customer, and those that gain it, nearest first. */
export const sightOf = ({ chain: [, ...from], to }: Pick<Move, "chain" | "to">) => ({
  loses: only(from, to),
  gains: only(to, from),
});

const say = (code: ErrorCode, path: string, message: string): FieldError[] => [{ code, path, message }];

/** What a rule has to say: the complaint that it throws. */
function complaintOf(rule: () => unknown, path: string): FieldError[] {
  const refusal = refusalOf(rule);
  if (!refusal) return [];
  const [{ message } = { message: refusal.message }] = refusal.errors;
  return say(refusal.code, path, message);
}

/** Whether the customer stands where a customer of its level may stand. */
function misplaced({ chain: [record, parent], to }: Move): FieldError[] {
  const [target] = to;
  if (!parent) return say("level_not_allowed", "", "The provider stands under nobody.");
  if (record.isDefault) return say("default_customer", "", "The Default Customer stays with its reseller.");
  if (to.some(({ id }) => id === record.id))
    return say("move_below_itself", "parentId", `${target.name} is the customer itself, or stands below it.`);
  if (!allowedUnder(target.level).includes(record.level))
    return say("level_not_allowed", "parentId", `A ${record.level} cannot stand under a ${target.level}.`);
  return [];
}

function notReady({ chain: [record], to }: Move): FieldError[] {
  if (deletedIn(to)) return say("customer_deleted", "parentId", `${to[0].name}, or a level above it, is deleted.`);
  const isMoving = [record, ...to].some(({ moveId }) => moveId !== null);
  return [
    ...(effectivelyActive(to)
      ? []
      : say("target_inactive", "parentId", `${to[0].name}, or a level above it, is deactivated; activate it first.`)),
    ...(isMoving
      ? say(
          "move_running",
          "",
          "Accounts of the customer, or of a level at the target, are being moved; try again later.",
        )
      : []),
  ];
}

/** The service types that the customer uses, or provides, and that the new levels above do not provide. */
function notProvided({ chain, to }: Move): FieldError[] {
  const [record] = chain;
  if (record.level === "site")
    return serviceTypeOf(chain) === to[0].serviceType
      ? []
      : say(
          "service_type_not_allowed",
          "parentId",
          `A site has the service type of its end-customer; ${to[0].name} is ${to[0].serviceType}.`,
        );
  const { set } = offeredBy(to);
  return [...new Set([record.serviceType, ...record.servicesToProvide])]
    .filter((type) => !set.includes(type))
    .flatMap((type) => say("service_type_not_allowed", "parentId", `${type} is not provided there.`));
}

/** What the new levels above have no room for. Nothing is raised by a move. */
function noRoom(move: Move): FieldError[] {
  const { chain, to } = move;
  const [record, parent, ...above] = chain;
  if (!parent) return [];
  const from: Chain = [parent, ...above];
  const full = only(to, from).find(
    ({ spaceLimit, usedBytes }) => spaceLimit !== null && usedBytes + record.usedBytes > spaceLimit,
  );
  return [
    ...complaintOf(() => planMove(spaceStanding(record), from.map(spaceStanding), to.map(spaceStanding)), "space"),
    ...(full
      ? say(
          "space_exceeded",
          "space",
          `${full.name} may use ${full.spaceLimit} bytes and uses ${full.usedBytes}; ${record.usedBytes} more do not fit.`,
        )
      : []),
    ...complaintOf(
      () => planMove(licenceStanding(record), from.map(licenceStanding), to.map(licenceStanding)),
      "licences",
    ),
    ...complaintOf(() => {
      const { line, plan } = planDeviceMove(counted(record), from, to);
      checkDeviceRoom(plan, line);
    }, "deviceLimit"),
  ];
}

/** A record as it stands once the devices of its branch have been counted. */
const counted = (record: CustomerRecord): CustomerRecord =>
  knowsBranch(record) ? record : { ...record, deviceDrawn: record.deviceCount };

function taken({ chain: [record], refTakenBy }: Move): FieldError[] {
  if (refTakenBy === null || refTakenBy === record.id) return [];
  return say("external_ref_taken", "externalRef", `The reference "${record.externalRef}" is taken there.`);
}

/**
 * Refuses a move that is not possible, with all that stands against it at once.
 * @throws DomainError move_refused
 */
export function checkMove(move: Move): void {
  const wrong = misplaced(move);
  const findings = [
    ...wrong,
    ...notReady(move),
    ...(wrong.length > 0 ? [] : [...notProvided(move), ...noRoom(move)]),
    ...taken(move),
  ];
  if (findings.length > 0)
    throw new DomainError("move_refused", "The customer cannot be moved there; `errors` says why.", findings);
}

/** What a rule refuses; null where it lets pass. */
export function refusalOf(rule: () => unknown): DomainError | null {
  try {
    rule();
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/**
 * Refuses several moves at once, as long as one of them is not possible: what is out of sight comes before all else.
 * @param refusals of each, in their order
 * @throws DomainError not_found | move_refused, with every complaint at its row
 */
export function refuseAll(refusals: readonly (DomainError | null)[]): void {
  const found = refusals.flatMap((refusal, index) => (refusal ? [{ refusal, index }] : []));
  if (found.length === 0) return;
  const errors = found.flatMap(({ refusal: { code, message, errors: own }, index }): FieldError[] =>
    own.length === 0
      ? [{ code, path: `ids.${index}`, message }]
      : own.map(({ path, ...rest }) => ({
          code,
          ...rest,
          path: path === "" ? `ids.${index}` : `ids.${index}.${path}`,
        })),
  );
  if (found.some(({ refusal: { code } }) => code === "not_found"))
    throw new DomainError("not_found", "No such customer; `errors` says which.", errors);
  throw new DomainError("move_refused", "Not all of the customers can be moved there; `errors` says why.", errors);
}

/**
 * The storage server that devices below a customer store on by a choice of the levels that it leaves: it becomes the customer's own choice.
 * null: nothing has to be kept.
 */
export function keptServer({ chain, to }: Pick<Move, "chain" | "to">): { id: string; customerId: string } | null {
  const server = effectiveServer(chain);
  if (server === null || chain[0].storageServer !== null) return null;
  const after = effectiveServer([chain[0], ...to]);
  return after?.id === server.id ? null : { id: server.id, customerId: server.customerId };
}

/** What changes of the copies to a second server: they follow the levels above, as settings do. */
function changedReplication(before: Chain, after: Chain, nowMs: number): MovedCustomer["replication"] {
  if (usesCloud(before)) return null;
  const side = (chain: Chain) => {
    const { state, server } = effectiveReplication(chain, nowMs);
    return { state, storageServerId: server.value?.id ?? null };
  };
  const [old, now] = [side(before), side(after)];
  return old.state === now.state && old.storageServerId === now.storageServerId ? null : { before: old, after: now };
}

type Sourced = { value: unknown; source: { level: string } };
const isSourced = (value: object): value is Sourced => "source" in value && "value" in value;
/** Effective settings by their paths. */
function flat(settings: object, path = ""): Map<string, Sourced> {
  const found = new Map<string, Sourced>();
  for (const [name, value] of Object.entries(settings) as [string, object][]) {
    const at = path === "" ? name : `${path}.${name}`;
    for (const [inner, one] of isSourced(value) ? [[at, value] as const] : flat(value, at)) found.set(inner, one);
  }
  return found;
}

function changedSettings(before: Chain, after: Chain): MovedCustomer["settings"] {
  const [old, now] = [flat(effectiveSettings(before)), flat(effectiveSettings(after))];
  return [...old].flatMap(([path, was]) => {
    const is = now.get(path);
    if (!is || JSON.stringify(was.value) === JSON.stringify(is.value)) return [];
    const shown = ({ value, source }: Sourced) => ({ value, level: source.level });
    return [{ path, before: shown(was), after: shown(is) }];
  });
}

/** What is free at the levels on both sides that have a limit, before and after. */
function roomOfMove(chain: Chain, to: Chain): MovedCustomer["room"] {
  const [record, parent, ...above] = chain;
  if (!parent) return [];
  const from: Chain = [parent, ...above];
  const both = [...from, ...to];
  const taken = (plan: readonly { step: number; committed: number; drawn: number }[]) =>
    new Map(plan.map(({ step, committed, drawn }) => [both[step]?.id, committed + drawn]));
  const space = taken(planMove(spaceStanding(record), from.map(spaceStanding), to.map(spaceStanding)));
  const licences = taken(planMove(licenceStanding(record), from.map(licenceStanding), to.map(licenceStanding)));
  const { line, plan } = planDeviceMove(counted(record), from, to);
  const devices = new Map(plan.map(({ step, count }) => [line[step]?.id, count]));
  const room = (before: number | null, less = 0) => ({ before, after: before === null ? null : before - less });
  return [...only(from, to), ...only(to, from)]
    .filter(({ spaceLimit, licenceLimit, deviceLimit }) =>
      [spaceLimit, licenceLimit, deviceLimit].some((limit) => limit !== null),
    )
    .map((node) => ({
      ...place(node),
      space: room(free(spaceOf(node)), space.get(node.id)),
      licences: room(free(licencesOf(node)), licences.get(node.id)),
      devices: room(node.deviceLimit === null ? null : node.deviceLimit - node.deviceDrawn, devices.get(node.id)),
    }));
}

/** The new levels above as they stand once the customer has arrived: what it draws on there is less by what it brings. */
function weighed([record, ...from]: Chain, to: Chain): Chain {
  const plan = planMove(licenceStanding(record), from.map(licenceStanding), to.map(licenceStanding));
  const [target, ...above] = to.map((node, step) => {
    const share = plan.find((one) => one.step === from.length + step);
    if (!share) return node;
    const { licenceCommitted, licenceDrawn } = node;
    return {
      ...node,
      licenceCommitted: licenceCommitted + share.committed,
      licenceDrawn: licenceDrawn + share.drawn,
    };
  });
  return [target ?? to[0], ...above];
}

/**
 * What a move does, as its caller may see it. Whoever moves a customer sees both sides of the move up to what stands above both.
 * @param after the customer's record under its new parent
 */
export function presentMove(
  { chain, to }: Pick<Move, "chain" | "to">,
  after: CustomerRecord,
  scopeId: string,
  nowMs: number,
  preview: MovedCustomer["preview"] = null,
): MovedCustomer {
  const [before, parent] = chain;
  if (!parent) throw new Error("The provider is never moved.");
  const arrived: Chain = [after, ...weighed(chain, to)];
  const [left, gained] = [only(chain, arrived), only(to, chain)];
  const server = effectiveServer(arrived);
  return {
    customer: presentCustomer(arrived, scopeId, nowMs),
    from: place(parent),
    to: place(to[0]),
    moves: { devices: devicesIn(chain), licences: before.licencesUsed, usedBytes: before.usedBytes },
    preview,
    losesSight: left.map(place),
    gainsSight: gained.map(place),
    settings: changedSettings(chain, arrived),
    storageServer: server && { id: server.id, kept: server.level === after.level && before.storageServer === null },
    replication: changedReplication(chain, arrived, nowMs),
    room: roomOfMove(chain, to),
  };
}
