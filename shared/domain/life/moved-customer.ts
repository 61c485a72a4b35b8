import * as z from "zod";
import {
  type Chain,
  Customer,
  type CustomerRecord,
  devicesIn,
  licencesOf,
  licenceStanding,
  presentCustomer,
  spaceOf,
  spaceStanding,
} from "../hierarchy/customer.ts";
import { planDeviceMove } from "../hierarchy/device-pool.ts";
import { effectiveReplication } from "../hierarchy/effective-replication.ts";
import { effectiveServer, usesCloud } from "../hierarchy/effective-server.ts";
import { ReplicationState } from "../hierarchy/own-storage.ts";
import { free, planMove } from "../terms/allowance.ts";
import { CustomerId, StorageServerId, SubscriptionId } from "../terms/ids.ts";
import { Level } from "../terms/levels.ts";
import { effectiveSettings } from "../terms/settings.ts";
import { counted, type Move, sightOf } from "./customer-move.ts";
import { NodeCounts } from "./deletion.ts";

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

const place = ({ id, level, name }: CustomerRecord) => ({ id, level, name });

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

/** Effective settings that differ between two chains, with the level that each comes from. */
export function changedSettings(before: Chain, after: Chain): MovedCustomer["settings"] {
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
  const { loses, gains } = sightOf({ chain, to });
  return [...loses, ...gains]
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
  const { loses, gains } = sightOf({ chain, to });
  const server = effectiveServer(arrived);
  return {
    customer: presentCustomer(arrived, scopeId, nowMs),
    from: place(parent),
    to: place(to[0]),
    moves: { devices: devicesIn(chain), licences: before.licencesUsed, usedBytes: before.usedBytes },
    preview,
    losesSight: loses.map(place),
    gainsSight: gains.map(place),
    settings: changedSettings(chain, arrived),
    storageServer: server && { id: server.id, kept: server.level === after.level && before.storageServer === null },
    replication: changedReplication(chain, arrived, nowMs),
    room: roomOfMove(chain, to),
  };
}
