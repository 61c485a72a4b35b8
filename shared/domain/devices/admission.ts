import * as z from "zod";
import { type AccountStanding, leading, planOfAccount, quotaOf } from "../accounts/account.ts";
import { type Commitment, free } from "../terms/allowance.ts";
import { type Chain, type CustomerRecord, licencesOf } from "../hierarchy/customer.ts";
import { StorageServerId } from "../terms/ids.ts";
import { VaultCredentials } from "./credentials.ts";
import { storesElsewhere } from "./data-place.ts";
import { type DeviceRecord, isServer } from "./device.ts";
import { Level } from "../terms/levels.ts";
import { LocationCode } from "../terms/locations.ts";
import { serviceTypeOf } from "../terms/service-types.ts";

/** Why a device may not back up now. */
export const ReasonCode = z.enum([
  "inactive",
  "deleted",
  "account_suspended",
  "trial_ended",
  "password_change_required",
  "device_pending",
  "device_suspended",
  "licence_exhausted",
  "space_exceeded",
  "quota_exceeded",
  "vault_not_ready",
]);
type ReasonCode = z.infer<typeof ReasonCode>;

/** One reason, with the level that it comes from; ids and figures of levels above the caller's branch are left out. */
export const Reason = z
  .object({
    code: ReasonCode,
    level: z.union([Level, z.enum(["account", "device"])]),
    nodeId: z.string().nullable(),
    limit: z.int().optional(),
    used: z.int().optional(),
    requested: z.int().optional(),
  })
  .meta({ id: "AdmissionReason" });
export type Reason = z.infer<typeof Reason>;

/** Leave to back up, with all that an agent needs for it. */
export const BackupGrant = z
  .object({
    id: z.string(),
    location: LocationCode,
    region: z.string().nullable().meta({ description: "null: the customer's own storage (software-only)" }),
    bucket: z.string().nullable(),
    prefix: z.string().meta({ description: "Where the data of the backup set lie, or without one the device's" }),
    inheritedPrefixes: z
      .array(z.string())
      .meta({ description: "Where the data lie of the devices that this one has replaced" }),
    endpoint: z.string().nullable(),
    storageServerId: StorageServerId.nullable().meta({
      description:
        "Of a software-only customer: the server that is chosen for it; getOwnStorageServer tells where it is",
    }),
    throttle: z.object({
      bytesPerSecond: z.int().nullable().meta({ description: "null: unlimited" }),
      until: z.string().nullable().meta({ description: "When to ask again; null: it stays so" }),
      source: z.object({ id: z.string().nullable(), level: z.string() }),
    }),
    rights: z.object({ openFileBackup: z.boolean(), versioning: z.boolean() }),
    credentials: VaultCredentials.nullable().meta({
      description:
        "null: the customer's own storage, a dry run, or the repetition of an answer, since credentials are kept nowhere; renewCredentials gives new ones",
    }),
    expiresAt: z.string().meta({ description: "Until then credentials can be renewed" }),
  })
  .meta({ id: "BackupGrant" });

/** The answer to "may I back up now?". */
export const Admission = z
  .object({ allowed: z.boolean(), grant: BackupGrant.nullable(), reasons: z.array(Reason) })
  .meta({ id: "Admission" });

/** All that the decision depends on. */
export interface Applicant extends AccountStanding {
  device: DeviceRecord;
}

/** Reasons that lie with the customers above, nearest first. */
const chainReasons = (chain: Chain, requested: number): Reason[] =>
  chain.flatMap((node): Reason[] => {
    const { id: nodeId, level } = node;
    const reason = (code: ReasonCode, figures: Partial<Reason> = {}): Reason => ({ code, level, nodeId, ...figures });
    return [
      ...(node.deletedAt === null ? [] : [reason("deleted")]),
      ...(node.active ? [] : [reason("inactive")]),
      ...(node.spaceLimit !== null && node.usedBytes + requested > node.spaceLimit
        ? [reason("space_exceeded", { limit: node.spaceLimit, used: node.usedBytes, requested })]
        : []),
    ];
  });

/** Reasons that lie with the account and, for a sub-account, with its parent. */
function accountReasons(place: Applicant, requested: number, now: number): Reason[] {
  const { account, parent } = place;
  const reason = (code: ReasonCode, nodeId: string, figures: Partial<Reason> = {}): Reason => ({
    code,
    level: "account",
    nodeId,
    ...figures,
  });
  const { bytes } = quotaOf(place);
  const { trialEndsAt, id: leadingId } = leading(place);
  return [
    ...(parent ? [account, parent] : [account]).flatMap((one): Reason[] => [
      ...(one.deletedAt === null ? [] : [reason("deleted", one.id)]),
      ...(one.active ? [] : [reason("account_suspended", one.id)]),
    ]),
    ...(trialEndsAt !== null && Date.parse(trialEndsAt) <= now ? [reason("trial_ended", leadingId)] : []),
    ...(account.mustChangePassword ? [reason("password_change_required", account.id)] : []),
    ...(bytes !== null && account.usedBytes + requested > bytes
      ? [reason("quota_exceeded", account.id, { limit: bytes, used: account.usedBytes, requested })]
      : []),
  ];
}

const deviceReasons = ({ id: nodeId, state }: DeviceRecord): Reason[] => {
  const code = ({ pending: "device_pending", suspended: "device_suspended", deleted: "deleted" } as const)[
    state as "pending" | "suspended" | "deleted"
  ] as ReasonCode | undefined;
  return code === undefined ? [] : [{ code, level: "device", nodeId }];
};

/**
 * What drawing licences takes: as many at each level up to the nearest restricted pool, or to the provider. Null where that pool has
 * not so many. Returning them is the same with a negative number.
 */
export function planLicence(chain: readonly CustomerRecord[], times: number): Commitment[] | null {
  const plan: Commitment[] = [];
  for (const [step, node] of chain.entries()) {
    const room = free(licencesOf(node));
    if (room !== null && times > 0 && room < times) return null;
    plan.push({ step, committed: 0, drawn: times, restricted: room !== null });
    if (room !== null) break;
  }
  return plan;
}

const licenceReason = (chain: Chain): Reason[] => {
  const pool = chain.find(({ licenceLimit }) => licenceLimit !== null);
  if (!pool || planLicence(chain, 1)) return [];
  const { id: nodeId, level, licenceLimit, licenceCommitted, licenceDrawn } = pool;
  return [
    {
      code: "licence_exhausted",
      level,
      nodeId,
      limit: licenceLimit ?? 0,
      used: licenceCommitted + licenceDrawn,
      requested: 1,
    },
  ];
};

/** A customer of the provider's storage whose vault is not there yet, and whose device is to store there. */
const vaultReasons = (chain: Chain, device: DeviceRecord): Reason[] => {
  const [{ id: nodeId, level, vaultStatus }] = chain;
  if (serviceTypeOf(chain) === "software-only" || vaultStatus === "ready") return [];
  if (storesElsewhere(device, chain[0])) return [];
  return [{ code: "vault_not_ready", level, nodeId }];
};

/** All reasons why a device may not back up now; none: it may. Pure. `requested` is what it estimates to add, in bytes. */
export const reasonsAgainst = (place: Applicant, requested: number, now: number): Reason[] => [
  ...deviceReasons(place.device),
  ...accountReasons(place, requested, now),
  ...chainReasons(place.chain, requested),
  ...vaultReasons(place.chain, place.device),
  ...(place.device.licensed ? [] : licenceReason(place.chain)),
];

/** Reasons that end a backup under way: the next one is refused for the others, but what has begun is not cut off. */
const ending: ReadonlySet<ReasonCode> = new Set([
  "inactive",
  "deleted",
  "account_suspended",
  "trial_ended",
  "device_pending",
  "device_suspended",
  "vault_not_ready",
]);
/** All reasons why a device that was given leave to back up may not go on. */
export const reasonsToStop = (place: Applicant, now: number): Reason[] =>
  reasonsAgainst(place, 0, now).filter(({ code }) => ending.has(code));

/** Reasons that somebody has decided on, rather than ones that somebody has to do something about. */
const decided: ReadonlySet<ReasonCode> = new Set([
  "inactive",
  "deleted",
  "account_suspended",
  "trial_ended",
  "device_pending",
  "device_suspended",
]);
/** Whether a device would be expected to back up: nobody has switched it off, or something above it. */
export const isExpectedToBackUp = (place: Applicant, now: number): boolean =>
  !reasonsAgainst(place, 0, now).some(({ code }) => decided.has(code));

/** All reasons against a device that waits and has no account yet. */
export const reasonsAgainstWaiting = (device: DeviceRecord, chain: Chain, requested: number): Reason[] => [
  ...deviceReasons(device),
  ...chainReasons(chain, requested),
  ...vaultReasons(chain, device),
  ...licenceReason(chain),
];

/** The same without ids and figures of levels above the caller's branch, of which only the level is told. */
export const reasonsFor = (reasons: readonly Reason[], visible: ReadonlySet<string>): Reason[] =>
  reasons.map((reason) =>
    reason.level === "account" || reason.level === "device" || visible.has(reason.nodeId ?? "")
      ? reason
      : { code: reason.code, level: reason.level, nodeId: null },
  );

/** What the plan lets a device do. */
export function rightsOf(place: Applicant): { openFileBackup: boolean; versioning: boolean } {
  const { rights } = planOfAccount(place);
  return { openFileBackup: rights.openFileBackupOnServers || !isServer(place.device), versioning: rights.versioning };
}
