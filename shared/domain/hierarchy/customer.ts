import * as z from "zod";
import { DisplayAddress, displayAddress, EmailAddress } from "../terms/addresses.ts";
import { type Allowance, type Commitment, Counter, free } from "../terms/allowance.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, DeletionId } from "../terms/ids.ts";
import { CreatableLevel, Level } from "../terms/levels.ts";
import { CountryCode, LocationCode } from "../terms/locations.ts";
import { CustomerName } from "../terms/names.ts";
import { ServiceType, serviceTypeOf } from "../terms/service-types.ts";
import { Branding, Locale, Settings } from "../terms/settings.ts";
import { Reference, line, prose } from "../terms/text.ts";
import { billedFrom, daysLeft } from "../terms/trial.ts";
import { TimeZone } from "../terms/zones.ts";
import { ownStorageFields } from "./own-storage.ts";
import { presentVault, Vault, vaultFields } from "./vault.ts";

const count = z.int().min(0);
const bytes = z.int().min(0).meta({ description: "Bytes" });
const Tags = z
  .array(line(50))
  .max(20)
  .refine((tags) => new Set(tags).size === tags.length, { error: "must not repeat a tag" });
export const ExternalRef = Reference.meta({
  description: "The caller's own reference, unique among the children of one parent",
});

/** The address part of the record (H8): all optional, null clears. */
const details = {
  contactName: line(200).nullish(),
  address: line(500).nullish(),
  city: line(100).nullish(),
  postcode: line(20).nullish(),
  phone: line(50).nullish(),
  fax: line(50).nullish(),
  notes: prose(2000).nullish(),
  externalRef: ExternalRef.nullish(),
  tags: Tags.nullish(),
};
const limits = {
  space: z
    .strictObject({
      limitBytes: bytes.nullish().meta({ description: "Space allotment; null: unrestricted" }),
      softLimitBytes: bytes.nullish().meta({ description: "Alerts, does not block" }),
    })
    .optional(),
  licences: z
    .strictObject({ limit: count.nullish().meta({ description: "null: drawn automatically from above" }) })
    .optional(),
  deviceLimit: count.nullish().meta({ description: "Maximum number of devices; null: unrestricted" }),
};
const preferences = {
  autoAuthorize: z.boolean().optional().meta({ description: "Unknown devices that connect are created (Q8)" }),
  emailReports: z.boolean().optional().meta({
    description:
      "The activity of its branch is mailed to its address every morning: an activity subscription, which you can change like any other",
  }),
  timezone: TimeZone.nullish().meta({ description: "null: inherited" }),
  locale: Locale.nullish().meta({ description: "null: inherited" }),
  branding: Branding.nullish().meta({ description: "null: inherited" }),
};
const services = {
  serviceType: ServiceType.optional(),
  servicesToProvide: z
    .array(ServiceType)
    .min(1)
    .optional()
    .meta({ description: "What a distributor, sub-distributor or reseller may provide" }),
};

/** What a caller may say of a new customer. */
export const CustomerInput = z
  .strictObject({
    parentId: CustomerId.optional().meta({ description: "Default: the customer that the credential belongs to" }),
    level: CreatableLevel.optional().meta({ description: "Needed only where the parent leaves a choice" }),
    name: CustomerName,
    email: EmailAddress,
    country: CountryCode.meta({
      description: "Where the devices are; decides the storage location if it hosts storage",
    }),
    storageLocation: LocationCode.optional().meta({ description: "To be chosen only if the country hosts no storage" }),
    inTrial: z
      .boolean()
      .optional()
      .meta({ description: "End-customers only: as long as the settings say (30 days), not invoiced" }),
    active: z.boolean().optional(),
    ...services,
    ...details,
    ...limits,
    ...preferences,
  })
  .meta({ id: "CustomerInput" });
export type CustomerInput = z.infer<typeof CustomerInput>;

/** A JSON merge patch over a customer; what cannot change is named so that the refusal can say why. */
export const CustomerPatch = z
  .strictObject({
    name: CustomerName.optional(),
    email: EmailAddress.optional(),
    country: CountryCode.optional().meta({ description: "Does not move the storage location (S4)" }),
    level: Level.optional().meta({ description: "Immutable: another value is refused" }),
    parentId: CustomerId.optional().meta({ description: "Immutable here: customers are moved, not patched" }),
    storageLocation: LocationCode.optional().meta({ description: "Immutable: another value is refused (S4)" }),
    ...services,
    ...details,
    ...limits,
    ...preferences,
  })
  .meta({ id: "CustomerPatch" });
export type CustomerPatch = z.infer<typeof CustomerPatch>;

/** Create or update by external reference, under one parent. */
export const CustomerUpsert = CustomerInput.extend({ externalRef: ExternalRef }).meta({ id: "CustomerUpsert" });

/** A customer as it is stored; counters are changed by others and do not count for `version`. */
export const CustomerRecord = z.object({
  id: CustomerId,
  version: z.int(),
  parentId: CustomerId.nullable().default(null),
  /** Ids above, from the parent to the provider: a hint, validated by every read. */
  ancestors: z.array(CustomerId),
  level: Level,
  name: z.string(),
  isDefault: z.boolean(),
  email: z.string(),
  contactName: z.string().nullable().default(null),
  address: z.string().nullable().default(null),
  city: z.string().nullable().default(null),
  postcode: z.string().nullable().default(null),
  phone: z.string().nullable().default(null),
  fax: z.string().nullable().default(null),
  notes: z.string().nullable().default(null),
  externalRef: z.string().nullable().default(null),
  tags: z.array(z.string()).default([]),
  country: z.string(),
  storageLocation: LocationCode,
  ...vaultFields,
  ...ownStorageFields,
  serviceType: ServiceType,
  servicesToProvide: z.array(ServiceType),
  active: z.boolean(),
  trialEndsAt: z.string().nullable().default(null),
  /** When the next notice of the trial's end is due. */
  trialNoticeAt: z.string().nullable().default(null),
  trialExtendedAt: z.string().nullable().default(null),
  /** When the trial ended; null: there was none, or it lasts. */
  productionSince: z.string().nullable().default(null),
  deletedAt: z.string().nullable().default(null),
  purgeAt: z.string().nullable().default(null),
  deletionId: DeletionId.nullable().default(null),
  /** From here on nothing can be restored. */
  purgeStartedAt: z.string().nullable().default(null),
  restoredAt: z.string().nullable().default(null),
  /** The move that is putting accounts of this customer elsewhere, or here, in steps. */
  moveId: z.string().nullable().default(null),
  /** Its last move: when, in milliseconds since the epoch, and which ids stood above it before, from the parent to the provider. A day that is over stays with those who had it. */
  moved: z
    .object({ at: z.int(), from: z.array(CustomerId) })
    .nullable()
    .default(null),
  /** Milliseconds since the epoch: until then what is allotted below it stays as it is, so that a move comes through. */
  heldUntil: z.int().optional(),
  spaceLimit: count.nullable().default(null),
  spaceCommitted: count.default(0),
  spaceDrawn: z.int().default(0),
  softLimitBytes: count.nullable().default(null),
  usedBytes: Counter,
  licenceLimit: count.nullable().default(null),
  licenceCommitted: count.default(0),
  licenceDrawn: count.default(0),
  licencesUsed: Counter,
  licencesUsedToDate: Counter,
  deviceLimit: count.nullable().default(null),
  /** Devices of the branch as the roll-up knows them: above a device's own customer they come a moment later. */
  deviceCount: Counter,
  /** Its own devices and those that customers directly below count here, exactly. */
  deviceDrawn: count.default(0),
  /** Everything below counts its devices up to here: the customer has a limit of devices, or is about to get one. */
  devicesCounted: z.literal(true).nullable().default(null),
  /** Its parent counts its devices too. Of a deleted customer: will do so again once it is restored. */
  devicesCountedAbove: z.literal(true).nullable().default(null),
  autoAuthorize: z.boolean(),
  emailReports: z.boolean(),
  timezone: z.string().nullable().default(null),
  locale: z.string().nullable().default(null),
  branding: Branding.nullable().default(null),
  settings: Settings.default({}),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type CustomerRecord = z.infer<typeof CustomerRecord>;

const PathStep = z.object({ id: CustomerId, level: Level, name: z.string() });

/** A customer as the API shows it. */
export const Customer = z
  .object({
    id: CustomerId,
    version: z.int(),
    parentId: CustomerId.nullable().meta({ description: "null at the top of the caller's branch" }),
    level: Level,
    name: z.string(),
    path: z.array(PathStep).meta({ description: "From the top of the caller's branch to the customer itself" }),
    isDefault: z.boolean().meta({ description: "The reseller's Default Customer" }),
    email: z.string().meta({ description: "The address that mails go to; its domain in ASCII" }),
    emailDisplay: DisplayAddress,
    contactName: z.string().nullable(),
    address: z.string().nullable(),
    city: z.string().nullable(),
    postcode: z.string().nullable(),
    phone: z.string().nullable(),
    fax: z.string().nullable(),
    notes: z.string().nullable(),
    externalRef: z.string().nullable(),
    tags: z.array(z.string()),
    country: z.string(),
    storageLocation: LocationCode,
    vault: Vault.nullable().meta({
      description: "Where its data lie; null: it sells, or its storage is its own (software-only)",
    }),
    serviceType: ServiceType,
    servicesToProvide: z.array(ServiceType),
    active: z.boolean(),
    effectivelyActive: z
      .boolean()
      .meta({ description: "This customer and every level above are active and not deleted (H7)" }),
    trial: z
      .object({
        endsAt: z.string(),
        daysLeft: z.int(),
        extendedAt: z.string().nullable().meta({ description: "A trial can be extended once" }),
      })
      .nullable(),
    billedFrom: z.string().meta({
      description: "From when on it is invoiced: the end of its trial, also of one that lasts, or else its creation",
    }),
    deletedAt: z.string().nullable(),
    purgeAt: z
      .string()
      .nullable()
      .meta({ description: "When what was deleted is removed for good; until then it can be restored" }),
    deletionId: DeletionId.nullable().meta({ description: "See getDeletion" }),
    space: z.object({
      limitBytes: bytes.nullable(),
      softLimitBytes: bytes.nullable(),
      allottedToChildrenBytes: bytes,
      freeBytes: z.int().nullable().meta({ description: "What can still be allotted below; null: unrestricted" }),
      usedBytes: z.int(),
    }),
    licences: z.object({
      limit: count.nullable(),
      allottedToChildren: count,
      drawn: count.meta({
        description:
          "Held by devices of the branch outside of what is allotted to children; with a limit, limit = allottedToChildren + drawn + available",
      }),
      used: count.meta({ description: "Held by all devices of the branch" }),
      usedToDate: count,
      available: z
        .int()
        .nullable()
        .meta({ description: "Free in the nearest restricted pool, own or above; null: unrestricted" }),
    }),
    deviceLimit: count.nullable(),
    deviceCount: count.meta({
      description:
        "Active and suspended devices of the branch. Exact where this customer or one above it has a limit of devices; else those below it come a moment later",
    }),
    autoAuthorize: z.boolean(),
    emailReports: z.boolean(),
    timezone: z.string().nullable(),
    locale: z.string().nullable(),
    branding: Branding.nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Customer" });
export type Customer = z.infer<typeof Customer>;

export const spaceOf = (record: CustomerRecord): Allowance => ({
  limit: record.spaceLimit,
  committed: record.spaceCommitted,
  drawn: record.spaceDrawn,
});
export const licencesOf = (record: CustomerRecord): Allowance => ({
  limit: record.licenceLimit,
  committed: record.licenceCommitted,
  drawn: record.licenceDrawn,
});

/** A chain: a customer and everything above it, nearest first, the provider last. */
export type Chain = readonly [CustomerRecord, ...CustomerRecord[]];

/** Whether every level of a chain is active and not deleted (H7). */
export const effectivelyActive = (chain: readonly CustomerRecord[]): boolean =>
  chain.every(({ active, deletedAt }) => active && deletedAt === null);

/** The nearest deleted customer of a chain: a mark on one takes its whole branch along. */
export const deletedIn = (chain: readonly CustomerRecord[]): CustomerRecord | undefined =>
  chain.find(({ deletedAt }) => deletedAt !== null);

/** A chain that may be changed: nothing of it is deleted. @throws DomainError customer_deleted */
export function alive(chain: Chain): Chain {
  const deleted = deletedIn(chain);
  if (deleted)
    throw new DomainError(
      "customer_deleted",
      `${deleted === chain[0] ? "The customer" : `The ${deleted.level} above the customer`} is deleted; restore it first.`,
    );
  return chain;
}

/** The licences and the space of a customer, as its chain counts them. */
export const licenceStanding = (record: CustomerRecord) => ({ id: record.id, ...licencesOf(record) });
export const spaceStanding = (record: CustomerRecord) => ({ id: record.id, ...spaceOf(record) });

const nearestPool = (chain: readonly CustomerRecord[]): number | null => {
  const pool = chain.find(({ licenceLimit }) => licenceLimit !== null);
  return pool ? free(licencesOf(pool)) : null;
};

/**
 * Licences that devices of a customer's branch hold. What they hold of pools below is told by the roll-up and comes a moment later; what
 * the customer itself knows exactly bounds it, so that the figures of one answer agree.
 */
const licencesHeld = ({ licencesUsed, licenceDrawn, licenceCommitted }: CustomerRecord): number =>
  Math.min(licenceDrawn + licenceCommitted, Math.max(licenceDrawn, licencesUsed));

/** Active and suspended devices in the branch of the first of a chain: exact where it or a customer above it has a limit of devices. */
export const devicesIn = (chain: readonly [CustomerRecord, ...CustomerRecord[]]): number =>
  chain.some(({ deviceLimit, devicesCounted }) => deviceLimit !== null && devicesCounted)
    ? chain[0].deviceDrawn
    : chain[0].deviceCount;

/**
 * A customer as its caller may see it: nothing above `scopeId`, the top of the caller's branch, is named.
 * `chain` is the customer's own, nearest first.
 */
export function presentCustomer(chain: Chain, scopeId: string, nowMs: number): Customer {
  const [record] = chain;
  const top = chain.findIndex(({ id }) => id === scopeId);
  const visible = top < 0 ? chain : chain.slice(0, top + 1);
  return {
    id: record.id,
    version: record.version,
    parentId: visible.length > 1 ? record.parentId : null,
    level: record.level,
    name: record.name,
    path: visible.toReversed().map(({ id, level, name }) => ({ id, level, name })),
    isDefault: record.isDefault,
    email: record.email,
    emailDisplay: displayAddress(record.email),
    contactName: record.contactName,
    address: record.address,
    city: record.city,
    postcode: record.postcode,
    phone: record.phone,
    fax: record.fax,
    notes: record.notes,
    externalRef: record.externalRef,
    tags: record.tags,
    country: record.country,
    storageLocation: record.storageLocation,
    vault: serviceTypeOf(chain) === "all-inclusive" ? presentVault(record) : null,
    serviceType: serviceTypeOf(chain),
    servicesToProvide: record.servicesToProvide,
    active: record.active,
    effectivelyActive: effectivelyActive(chain),
    trial:
      record.trialEndsAt === null
        ? null
        : {
            endsAt: record.trialEndsAt,
            daysLeft: daysLeft(record.trialEndsAt, nowMs),
            extendedAt: record.trialExtendedAt,
          },
    billedFrom: billedFrom(record),
    deletedAt: record.deletedAt,
    purgeAt: record.purgeAt,
    deletionId: record.deletionId,
    space: {
      limitBytes: record.spaceLimit,
      softLimitBytes: record.softLimitBytes,
      allottedToChildrenBytes: record.spaceCommitted,
      freeBytes: free(spaceOf(record)),
      usedBytes: Math.max(0, record.usedBytes),
    },
    licences: {
      limit: record.licenceLimit,
      allottedToChildren: record.licenceCommitted,
      drawn: record.licenceDrawn,
      used: licencesHeld(record),
      usedToDate: Math.max(licencesHeld(record), record.licencesUsedToDate),
      available: nearestPool(chain),
    },
    deviceLimit: record.deviceLimit,
    deviceCount: devicesIn(chain),
    autoAuthorize: record.autoAuthorize,
    emailReports: record.emailReports,
    timezone: record.timezone,
    locale: record.locale,
    branding: record.branding,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

/** Ancestors (nearest first) as they stand once a change has committed its shares at them. */
export const withCommitments = (
  ancestors: readonly CustomerRecord[],
  plans: { space: readonly Commitment[]; licences: readonly Commitment[] },
): CustomerRecord[] =>
  ancestors.map((ancestor, step) => {
    const share = (plan: readonly Commitment[]) =>
      plan.find((commitment) => commitment.step === step) ?? { committed: 0, drawn: 0 };
    const [space, licences] = [share(plans.space), share(plans.licences)];
    return {
      ...ancestor,
      spaceCommitted: ancestor.spaceCommitted + space.committed,
      spaceDrawn: ancestor.spaceDrawn + space.drawn,
      licenceCommitted: ancestor.licenceCommitted + licences.committed,
      licenceDrawn: ancestor.licenceDrawn + licences.drawn,
    };
  });

/** One customer in a tree, with as much of what stands below it as was asked for. */
export interface TreeNode {
  id: string;
  level: Level;
  name: string;
  active: boolean;
  inTrial: boolean;
  isDefault: boolean;
  children: TreeNode[] | null;
  nextCursor: string | null;
}
export const TreeNode: z.ZodType<TreeNode> = z
  .object({
    id: CustomerId,
    level: Level,
    name: z.string(),
    active: z.boolean(),
    inTrial: z.boolean(),
    isDefault: z.boolean(),
    get children() {
      return z.array(TreeNode).nullable().meta({ description: "In name order; null: not asked for" });
    },
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: "Further children: listCustomers with this parentId and cursor" }),
  })
  .meta({ id: "TreeNode" });
