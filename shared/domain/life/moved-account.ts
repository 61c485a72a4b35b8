import * as z from "zod";
import { locationOf } from "../devices/data-place.ts";
import { type Chain, type CustomerRecord, licencesOf } from "../hierarchy/customer.ts";
import { planDeviceTransfer } from "../hierarchy/device-pool.ts";
import { free } from "../terms/allowance.ts";
import { CustomerId } from "../terms/ids.ts";
import { Level } from "../terms/levels.ts";
import { type AccountMove, planLicenceTransfer, planThere, type Weight, weightOf } from "./account-move.ts";
import { type DeviceMove, weightOfDevice } from "./device-move.ts";
import { refusalOf, sightOf } from "./customer-move.ts";
import { changedSettings, MovedCustomer } from "./moved-customer.ts";

const Place = z.object({ id: CustomerId, level: Level, name: z.string() });
const Room = z.object({ before: z.int().nullable(), after: z.int().nullable() });

/** What a move of accounts or devices would do, as far as it is possible: what goes, and what changes for it. */
export const MovePreview = z
  .object({
    moves: z
      .object({
        accounts: z.int(),
        devices: z.int(),
        backupSets: z.int(),
        licences: z.int(),
        usedBytes: z.int(),
      })
      .meta({ description: "What goes along, with sub-accounts, and with what is deleted and may be restored" }),
    to: Place,
    from: z
      .array(
        z.object({
          customer: Place,
          losesSight: z.array(Place).meta({ description: "Whose users and keys no longer see it, nearest first" }),
          gainsSight: z.array(Place).meta({ description: "Whose users and keys see it from now on, nearest first" }),
          settings: MovedCustomer.shape.settings,
          room: z
            .array(Place.extend({ space: Room, licences: Room, devices: Room }))
            .meta({ description: "What is free at the levels on both sides that have a limit; null: unrestricted" }),
        }),
      )
      .meta({ description: "One for each customer that something is moved from" }),
    warnings: z
      .array(
        z.object({ code: z.enum(["data_stay", "plan_changes", "trial_ends"]), path: z.string(), message: z.string() }),
      )
      .meta({
        description:
          "What is not refused, and may surprise. data_stay: data stay in another storage location; plan_changes: an account gets another plan; trial_ends: its trial ends",
      }),
  })
  .meta({ id: "MovePreview" });
export type MovePreview = z.infer<typeof MovePreview>;

/** What one row of a request moves, as a preview counts it. */
interface Going {
  path: string;
  from: Chain;
  weight: Weight;
  accounts: number;
  devices: number;
  backupSets: number;
  warnings: MovePreview["warnings"];
}

const place = ({ id, level, name }: CustomerRecord) => ({ id, level, name });

const dataStay = (path: string, from: CustomerRecord, to: CustomerRecord): MovePreview["warnings"] =>
  from.storageLocation === to.storageLocation
    ? []
    : [
        {
          code: "data_stay",
          path,
          message: `Data that are stored stay in ${from.storageLocation}, and new ones go there too; ${to.name} stores in ${to.storageLocation}.`,
        },
      ];

/** One account of a request, as a preview counts it. */
export function goingAccount(move: AccountMove, path: string): Going {
  const { account, parent, subs, from, to, survey, plans } = move;
  const lead = parent ?? account;
  const code = planThere(move);
  const isTrial = plans.find((plan) => plan.code === code)?.trial ?? false;
  return {
    path,
    from,
    weight: weightOf(move),
    accounts: 1 + subs.length,
    devices: survey.devices,
    backupSets: survey.backupSets,
    warnings: [
      ...(survey.stored > 0 ? dataStay(path, from[0], to[0]) : []),
      ...(code === lead.plan
        ? []
        : [{ code: "plan_changes" as const, path, message: `${lead.plan} becomes ${code}.` }]),
      ...(lead.trialEndsAt !== null && !isTrial
        ? [{ code: "trial_ends" as const, path, message: "The trial ends; the account goes on with its new plan." }]
        : []),
    ],
  };
}

/** One device of a request, as a preview counts it. */
export function goingDevice({ device, from, target }: DeviceMove, path: string): Going {
  const to = target.chain;
  const stays = device.everLicensed && locationOf(device, from[0]) !== to[0].storageLocation;
  return {
    path,
    from,
    weight: weightOfDevice(device),
    accounts: 0,
    devices: 1,
    backupSets: device.setCount,
    warnings:
      stays && from[0].id !== to[0].id
        ? dataStay(path, { ...from[0], storageLocation: locationOf(device, from[0]) }, to[0])
        : [],
  };
}

const sumOf = (going: readonly Going[]): Weight =>
  going.reduce(
    (sum, { weight }) => ({
      devices: sum.devices + weight.devices,
      licences: sum.licences + weight.licences,
      licencesToDate: sum.licencesToDate + weight.licencesToDate,
      usedBytes: sum.usedBytes + weight.usedBytes,
    }),
    { devices: 0, licences: 0, licencesToDate: 0, usedBytes: 0 },
  );

/** What is free at the levels on both sides that have a limit, before and after. Where there is not enough the move is refused. */
function roomOf(from: Chain, to: Chain, { devices, licences, usedBytes }: Weight): MovePreview["from"][number]["room"] {
  const both = [...from, ...to];
  const drawn = new Map<string | undefined, number>();
  // Where it is refused, that is told elsewhere.
  const refused = refusalOf(() => {
    for (const { step, drawn: by } of planLicenceTransfer(from, to, licences)) drawn.set(both[step]?.id, by);
  });
  if (refused) drawn.clear();
  const { line, plan } = planDeviceTransfer(from, to, devices);
  const counts = new Map(plan.map(({ step, count }) => [line[step]?.id, count]));
  const room = (before: number | null, less: number) => ({ before, after: before === null ? null : before - less });
  const shared = (id: string): boolean => from.some((one) => one.id === id) && to.some((one) => one.id === id);
  return line
    .filter(
      (node) =>
        !shared(node.id) && [node.spaceLimit, node.licenceLimit, node.deviceLimit].some((limit) => limit !== null),
    )
    .map((node) => {
      const arrives = to.some(({ id }) => id === node.id) ? 1 : -1;
      return {
        ...place(node),
        space: room(node.spaceLimit === null ? null : node.spaceLimit - node.usedBytes, arrives * usedBytes),
        licences: room(free(licencesOf(node)), drawn.get(node.id) ?? 0),
        devices: room(node.deviceLimit === null ? null : node.deviceLimit - node.deviceDrawn, counts.get(node.id) ?? 0),
      };
    });
}
/** What a request would move, all its rows together. */
export function previewOf(going: readonly Going[], to: Chain): MovePreview {
  const { devices: _, ...weight } = sumOf(going);
  const sources = Map.groupBy(going, ({ from }) => from[0].id);
  return {
    moves: {
      accounts: going.reduce((sum, { accounts }) => sum + accounts, 0),
      devices: going.reduce((sum, { devices }) => sum + devices, 0),
      backupSets: going.reduce((sum, { backupSets }) => sum + backupSets, 0),
      ...weight,
    },
    to: place(to[0]),
    from: [...sources.values()].flatMap((rows) => {
      const from = rows[0]?.from;
      if (!from || from[0].id === to[0].id) return [];
      const { loses, gains } = sightOf({ chain: [from[0], ...from], to });
      return [
        {
          customer: place(from[0]),
          losesSight: loses.map(place),
          gainsSight: gains.map(place),
          settings: changedSettings(from, to),
          room: roomOf(from, to, sumOf(rows)),
        },
      ];
    }),
    warnings: going.flatMap(({ warnings }) => warnings),
  };
}
