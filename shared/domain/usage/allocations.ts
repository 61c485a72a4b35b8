import * as z from "zod";
import { type AccountRecord, type AccountStanding, AccountPatch, quotaOf } from "../accounts/account.ts";
import { type AllowanceChange, checkSoftLimit, planLimits } from "../terms/allowance.ts";
import type { BackupSet } from "../devices/backup-set.ts";
import type { StoragePlan } from "../terms/storage-plan.ts";
import { mergedCustomer } from "../hierarchy/changed-customer.ts";
import {
  alive,
  type Chain,
  Customer,
  CustomerPatch,
  type CustomerRecord,
  licencesOf,
  presentCustomer,
  spaceOf,
} from "../hierarchy/customer.ts";
import type { DeviceRecord } from "../devices/device.ts";
import { DomainError, type FieldError, notFound } from "../terms/errors.ts";
import { AccountId, BackupSetId, CustomerId, DeviceId } from "../terms/ids.ts";
import { Level } from "../terms/levels.ts";
import { changedAccount, refuseToCustomers } from "../accounts/new-account.ts";

const ofCustomers = ["space", "licences", "deviceLimit"] as const;
const isCustomer = (id: string): boolean => CustomerId.safeParse(id).success;

/** What one customer or account is to have from now on: a JSON merge patch over its allocation. */
const AllocationChange = z
  .strictObject({
    id: z.union([CustomerId, AccountId], { error: "must be an id like cus_01H… or acc_01H…" }),
    version: z.int().optional().meta({ description: "Refused where it is not the current one" }),
    space: CustomerPatch.shape.space.meta({ description: "Of a customer" }),
    licences: CustomerPatch.shape.licences.meta({ description: "Of a customer" }),
    deviceLimit: CustomerPatch.shape.deviceLimit.meta({ description: "Of a customer; null: unrestricted" }),
    hardQuotaBytes: AccountPatch.shape.hardQuotaBytes.meta({ description: "Of an account; null: the plan's" }),
  })
  .superRefine((change, context) => {
    const [what, fields] = isCustomer(change.id)
      ? (["an account", ["hardQuotaBytes"]] as const)
      : (["a customer", ofCustomers] as const);
    for (const field of fields)
      if (change[field] !== undefined)
        context.addIssue({ code: "custom", path: [field], message: `is for ${what} only` });
  })
  .meta({ id: "AllocationChange" });
type AllocationChange = z.infer<typeof AllocationChange>;

/** How many customers and accounts one request may change. */
export const changesAtMost = 30;

export const AllocationChanges = z
  .strictObject({
    changes: z
      .array(AllocationChange)
      .min(1)
      .max(changesAtMost)
      .superRefine((changes, context) => {
        for (const [index, { id }] of changes.entries())
          if (changes.findIndex((one) => one.id === id) < index)
            context.addIssue({ code: "custom", path: [index, "id"], message: "is named twice" });
      }),
  })
  .meta({ id: "AllocationChanges" });

/** Kinds of rows, from the top. */
export const AllocationKind = z.enum(["customer", "account", "device", "backup-set"]);
export type AllocationKind = z.infer<typeof AllocationKind>;

const row = { version: z.int(), name: z.string() };
const deletedAt = z.string().nullable();

/** One row of the page of allocations: a customer, an account, a device or a backup set with its space and licences. */
export const Allocation = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("customer"),
      id: CustomerId,
      ...row,
      parentId: CustomerId.nullable().meta({ description: "null at the top of the caller's branch" }),
      level: Level,
      deletedAt,
      space: Customer.shape.space,
      licences: Customer.shape.licences,
      deviceLimit: Customer.shape.deviceLimit,
      deviceCount: z.int(),
    }),
    z.object({
      kind: z.literal("account"),
      id: AccountId,
      ...row,
      parentId: z
        .union([CustomerId, AccountId])
        .meta({ description: "The customer; of a sub-account its parent account" }),
      level: z.null(),
      deletedAt,
      space: z.object({
        hardQuotaBytes: z.int().nullable().meta({ description: "null: the plan's" }),
        effectiveQuotaBytes: z.int().nullable().meta({ description: "What applies (Q2); null: unrestricted" }),
        usedBytes: z.int(),
      }),
      licences: z.null(),
      deviceLimit: z.null(),
      deviceCount: z.int(),
    }),
    z.object({
      kind: z.literal("device"),
      id: DeviceId,
      ...row,
      parentId: z
        .union([AccountId, CustomerId])
        .meta({ description: "The account; the customer while it has no account" }),
      level: z.null(),
      deletedAt,
      space: z.object({ usedBytes: z.int() }),
      licences: z.object({ used: z.int().meta({ description: "1: it holds a licence, else 0" }) }),
      deviceLimit: z.null(),
      deviceCount: z.null(),
    }),
    z.object({
      kind: z.literal("backup-set"),
      id: BackupSetId,
      ...row,
      parentId: DeviceId,
      level: z.null(),
      deletedAt: z.null(),
      space: z.null().meta({ description: "What a set stores is counted at its device" }),
      licences: z.null(),
      deviceLimit: z.null(),
      deviceCount: z.null(),
    }),
  ])
  .meta({ id: "Allocation" });
export type Allocation = z.infer<typeof Allocation>;

/** The row of a customer as its caller may see it. `chain` is its own, nearest first. */
export function allocationOfCustomer(chain: Chain, scopeId: string, nowMs: number): Allocation {
  const shown = presentCustomer(chain, scopeId, nowMs);
  const { id, version, name, parentId, level, deletedAt: gone, space, licences, deviceLimit, deviceCount } = shown;
  return {
    kind: "customer",
    id,
    version,
    name,
    parentId,
    level,
    deletedAt: gone,
    space,
    licences,
    deviceLimit,
    deviceCount,
  };
}

/** The row of an account. */
export function allocationOfAccount(standing: AccountStanding): Allocation {
  const { id, version, username, customerId, parentAccountId, hardQuotaBytes, usedBytes, deviceCount } =
    standing.account;
  return {
    kind: "account",
    id,
    version,
    name: username,
    parentId: parentAccountId ?? customerId,
    level: null,
    deletedAt: standing.account.deletedAt,
    space: { hardQuotaBytes, effectiveQuotaBytes: quotaOf(standing).bytes, usedBytes },
    licences: null,
    deviceLimit: null,
    deviceCount,
  };
}

/** The row of a device. */
export const allocationOfDevice = (device: DeviceRecord): Allocation => ({
  kind: "device",
  id: device.id,
  version: device.version,
  name: device.name,
  parentId: device.accountId ?? device.customerId,
  level: null,
  deletedAt: device.deletedAt,
  space: { usedBytes: device.usedBytes },
  licences: { used: device.licensed ? 1 : 0 },
  deviceLimit: null,
  deviceCount: null,
});

/** The row of a backup set. */
export const allocationOfSet = ({ id, version, name, deviceId }: BackupSet): Allocation => ({
  kind: "backup-set",
  id,
  version,
  name,
  parentId: deviceId,
  level: null,
  deletedAt: null,
  space: null,
  licences: null,
  deviceLimit: null,
  deviceCount: null,
});

/** Where the subject of a change stands. Chains are nearest first. */
export type AllocationPlace = { chain: Chain } | AccountStanding;

/** Changes worked out together. */
export interface ChangedAllocations {
  customers: { before: CustomerRecord; after: CustomerRecord; chain: Chain }[];
  accounts: { before: AccountRecord; after: AccountRecord; chain: Chain }[];
  /** What changes of the allowances of all customers concerned, those above the changed ones among them. */
  allowances: { before: CustomerRecord; space: AllowanceChange | undefined; licences: AllowanceChange | undefined }[];
  /**
   * The rows as they stand afterwards, in the order of the changes.
   * @param counted devices of customers, by id, that were counted since they were read
   */
  rows: (counted: ReadonlyMap<string, number>) => Allocation[];
}

/** What a caller may decide, and when. */
interface Rules {
  /** The caller's own customer. */
  scopeId: string;
  /** @throws DomainError forbidden where the caller would change what the level above decides for it */
  refuseOnOwn: (record: CustomerRecord, what: string) => void;
  nowMs: number;
  storage: StoragePlan;
}

/** All that is refused of a list of changes, in its order. */
const refusals = () => {
  const found: { index: number; error: FieldError }[] = [];
  const say = (index: number, error: FieldError): void =>
    void found.push({ index, error: { ...error, path: `changes.${index}.${error.path}` } });
  return {
    say,
    /** What a rule answers; undefined where it refuses, which is noted at its own path, or else at `path`. */
    trying<T>(index: number, path: string, rule: () => T): T | undefined {
      try {
        return rule();
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        const { code, message, errors } = error;
        for (const one of errors.length > 0 ? errors : [{ path, message }]) say(index, { ...one, code });
        return undefined;
      }
    },
    /** @throws DomainError precondition_failed where stale versions are all that there is, else changes_refused */
    settle(outOf: number): void {
      if (found.length === 0) return;
      const refused = new Set(found.map(({ index }) => index)).size;
      const stale = found.every(({ error }) => error.code === "precondition_failed");
      throw new DomainError(
        stale ? "precondition_failed" : "changes_refused",
        `${refused} of ${outOf} changes ${refused === 1 ? "is" : "are"} refused, so none was made; see errors.`,
        found.toSorted((one, other) => one.index - other.index).map(({ error }) => error),
      );
    },
  };
};

/**
 * Several changes of limits and quotas, all or none. Each is judged by the state that all of them leave, so their order does not
 * matter: what one frees another may take. `places` are those of the named ids that there are in the branch.
 * @throws DomainError changes_refused with every refusal, or precondition_failed where all are stale versions; at `changes.<index>.…`:
 *   not_found | customer_deleted | account_deleted | forbidden | precondition_failed | allotment_exceeded | limit_below_committed |
 *   soft_limit_above_limit | quota_not_allowed
 */
export function changedAllocations(
  changes: readonly AllocationChange[],
  places: ReadonlyMap<string, AllocationPlace>,
  { scopeId, refuseOnOwn, nowMs, storage }: Rules,
): ChangedAllocations {
  const { say, trying, settle } = refusals();
  const known = new Map<string, CustomerRecord>();
  const merged = new Map<string, CustomerRecord>();
  const subjects = changes.flatMap((change, index) => {
    const place = trying(index, "id", () => {
      const found = places.get(change.id);
      if (!found) throw notFound(isCustomer(change.id) ? "customer" : "account");
      alive(found.chain);
      return found;
    });
    if (!place) return [];
    for (const record of place.chain) known.set(record.id, record);
    const { version } = "account" in place ? place.account : place.chain[0];
    if (change.version !== undefined && change.version !== version)
      say(index, {
        path: "version",
        message: `The current version is ${version}.`,
        code: "precondition_failed",
      });
    return [{ change, index, place }];
  });

  // A change that is refused by itself still counts for the others: theirs are their own refusals, not what follows from it.
  for (const { change, index, place } of subjects) {
    if ("account" in place) continue;
    const { id: _, version: __, hardQuotaBytes: ___, ...patch } = change;
    for (const field of ofCustomers)
      if (patch[field] !== undefined) trying(index, field, () => refuseOnOwn(place.chain[0], field));
    const record = mergedCustomer(patch, place.chain, { now: nowMs, plan: storage });
    trying(index, "space.softLimitBytes", () => checkSoftLimit(record.softLimitBytes, record.spaceLimit));
    merged.set(record.id, record);
  }
  const customers = [...known.values()];
  const plan = (
    allowance: typeof spaceOf,
    limit: "spaceLimit" | "licenceLimit",
    path: string,
  ): ReadonlyMap<string, AllowanceChange> => {
    const limits = new Map([...merged].map(([id, record]) => [id, record[limit]]));
    const { changes: planned, refusals: refused } = planLimits(
      customers.map((record) => ({ id: record.id, parentId: record.parentId, ...allowance(record) })),
      limits,
    );
    for (const { id, code, message } of refused)
      say(
        changes.findIndex((change) => change.id === id),
        { path, message, code },
      );
    return planned;
  };
  const space = plan(spaceOf, "spaceLimit", "space.limitBytes");
  const licences = plan(licencesOf, "licenceLimit", "licences.limit");

  const none: ReadonlyMap<string, number> = new Map();
  const afterwards = ([first, ...above]: Chain, counted = none): Chain => {
    const stand = (record: CustomerRecord): CustomerRecord => {
      const deviceDrawn = counted.get(record.id);
      return { ...standing(record), ...(deviceDrawn !== undefined && { deviceDrawn, devicesCounted: true as const }) };
    };
    return [stand(first), ...above.map(stand)];
  };
  const standing = (record: CustomerRecord): CustomerRecord => ({
    ...(merged.get(record.id) ?? record),
    spaceCommitted: record.spaceCommitted + (space.get(record.id)?.committed ?? 0),
    spaceDrawn: record.spaceDrawn + (space.get(record.id)?.drawn ?? 0),
    licenceCommitted: record.licenceCommitted + (licences.get(record.id)?.committed ?? 0),
    licenceDrawn: record.licenceDrawn + (licences.get(record.id)?.drawn ?? 0),
  });
  const accounts = subjects.flatMap(({ change: { hardQuotaBytes }, index, place }) => {
    if (!("account" in place)) return [];
    const { account: before, chain } = place;
    trying(index, "hardQuotaBytes", () => refuseToCustomers(scopeId, chain, { hardQuotaBytes }));
    const at = { ...place, chain: afterwards(chain) };
    const after = trying(index, "id", () => changedAccount({ hardQuotaBytes }, at, nowMs));
    return after ? [{ before, after, chain }] : [];
  });
  settle(changes.length);

  const accountAfter = new Map(accounts.map(({ after }) => [after.id, after]));
  return {
    customers: subjects.flatMap(({ place: { chain }, change: { id } }) => {
      const after = merged.get(id);
      return after && after !== chain[0] ? [{ before: chain[0], after, chain }] : [];
    }),
    accounts: accounts.filter(({ before, after }) => before !== after),
    allowances: customers
      .map((before) => ({ before, space: space.get(before.id), licences: licences.get(before.id) }))
      .filter((change) => change.space !== undefined || change.licences !== undefined),
    rows: (counted) =>
      subjects.map(({ place, change: { id } }) => {
        const chain = afterwards(place.chain, counted);
        return "account" in place
          ? allocationOfAccount({ ...place, account: accountAfter.get(id) ?? place.account, chain })
          : allocationOfCustomer(chain, scopeId, nowMs);
      }),
  };
}
