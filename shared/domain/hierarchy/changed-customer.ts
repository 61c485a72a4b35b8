import { checkSoftLimit, type Commitment, planLimit } from "../terms/allowance.ts";
import { type Chain, type CustomerPatch, type CustomerRecord, licencesOf, spaceOf } from "./customer.ts";
import { type DomainError, refuse } from "../terms/errors.ts";
import { sells } from "../terms/levels.ts";
import { checkOpen, notOffered } from "../terms/offered-locations.ts";
import { offeredBy } from "./new-customer.ts";
import { chooseServices, type ServiceType, serviceTypes } from "../terms/service-types.ts";
import type { StoragePlan } from "../terms/storage-plan.ts";
import { withoutVault, withVault } from "./vault.ts";

/** A change worked out: the record afterwards, and what its limits commit above. */
export interface ChangedCustomer {
  record: CustomerRecord;
  space: Commitment[];
  licences: Commitment[];
  /** Types that the customer may no longer provide: no child may use them. */
  withdrawn: ServiceType[];
}

const immutable = ["level", "parentId", "storageLocation"] as const;
/** Fields that the level above decides: whom they restrict may not change them. */
export const decidedAbove = ["space", "licences", "deviceLimit", "serviceType", "servicesToProvide"] as const;

const why = {
  level: "The level of a customer never changes.",
  parentId: "A customer gets another parent by being moved.",
  storageLocation: "The storage location is immutable; contact support.",
};
function refuseImmutable(patch: CustomerPatch, record: CustomerRecord): void {
  for (const field of immutable)
    if (patch[field] !== undefined && patch[field] !== record[field]) throw refuse("immutable", field, why[field]);
}

/**
 * Refuses every parent for the caller's own customer, also the one that it has: the caller does not see it, so no answer confirms which one it is.
 * @throws DomainError immutable
 */
export function refuseUnseenParent(patch: CustomerPatch, record: CustomerRecord, scopeId: string): void {
  if (patch.parentId !== undefined && record.id === scopeId) throw refuse("immutable", "parentId", why.parentId);
}

function changedServices(
  patch: CustomerPatch,
  [record, ...parents]: Chain,
  plan: StoragePlan,
): Pick<CustomerRecord, "serviceType" | "servicesToProvide"> {
  const { serviceType, servicesToProvide } = record;
  if (patch.serviceType === undefined && patch.servicesToProvide === undefined)
    return { serviceType, servicesToProvide };
  const [parent, ...above] = parents;
  const offered = parent ? offeredBy([parent, ...above]) : { set: [...serviceTypes], type: serviceType };
  const wanted = {
    serviceType: patch.serviceType ?? (record.level === "site" ? undefined : serviceType),
    servicesToProvide: patch.servicesToProvide ?? (sells(record.level) ? servicesToProvide : undefined),
  };
  if (patch.serviceType !== undefined && patch.serviceType !== serviceType && record.usedBytes > 0)
    throw serviceTypeStays(record);
  const chosen = chooseServices(record.level, offered.set, offered.type, wanted);
  // A site shows its end-customer's type; what its own record once held stays as it is.
  if (record.level === "site") return { serviceType, servicesToProvide };
  const beginsToStore = chosen.serviceType === "all-inclusive" && serviceType !== "all-inclusive";
  if (beginsToStore && !sells(record.level))
    checkOpen(record.storageLocation, notOffered(parents, plan), "serviceType");
  return chosen;
}

/**
 * The record of a customer after a merge patch, before it is known whether its limits fit. `chain` is its own, nearest first.
 * @returns the record as it was where nothing differs
 * @throws DomainError immutable | not_applicable | service_type_not_allowed | location_closed
 */
export function mergedCustomer(
  patch: CustomerPatch,
  chain: Chain,
  { now: nowMs, plan }: { now: number; plan: StoragePlan },
): CustomerRecord {
  const [before] = chain;
  refuseImmutable(patch, before);
  const { space, licences, level: _, parentId: __, storageLocation: ___, tags, ...fields } = patch;
  const merged: CustomerRecord = {
    ...before,
    ...(Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined),
    ) as Partial<CustomerRecord>),
    ...changedServices(patch, chain, plan),
    tags: tags === undefined ? before.tags : (tags ?? []),
    spaceLimit: space?.limitBytes === undefined ? before.spaceLimit : space.limitBytes,
    softLimitBytes: space?.softLimitBytes === undefined ? before.softLimitBytes : space.softLimitBytes,
    licenceLimit: licences?.limit === undefined ? before.licenceLimit : licences.limit,
  };
  const touched = JSON.stringify(merged) !== JSON.stringify(before);
  const at = new Date(nowMs).toISOString();
  return touched ? { ...withVaultOf(merged, before, plan, at), version: before.version + 1, updatedAt: at } : before;
}

/** The refusal to change the service type of whoever may have data stored, or of the end-customer of such a site. */
export const serviceTypeStays = ({ name, usedBytes }: Pick<CustomerRecord, "name" | "usedBytes">): DomainError =>
  refuse(
    "data_stored",
    "serviceType",
    `The service type cannot change while data may be stored: devices of ${name} may have some; its record shows ${usedBytes} bytes in use.`,
  );

/**
 * A site as its end-customer's service type changes, which is its own too: with a vault ordered, or without one. Nothing else of it changes.
 * @param parents its chain above as it was @throws DomainError location_closed
 */
export function siteFollowing(
  site: CustomerRecord,
  serviceType: ServiceType,
  parents: readonly CustomerRecord[],
  { now, plan }: { now: number; plan: StoragePlan },
): CustomerRecord {
  const at = new Date(now).toISOString();
  if (serviceType === "software-only") return withoutVault(site, at);
  checkOpen(site.storageLocation, notOffered(parents, plan), "serviceType");
  return withVault(site, site.storageLocation, plan, at);
}

/** A record whose service type may have changed: with a vault ordered where it begins to store in the provider's storage, and without one where that ends. */
function withVaultOf(after: CustomerRecord, before: CustomerRecord, plan: StoragePlan, at: string): CustomerRecord {
  if (after.serviceType === before.serviceType || sells(after.level) || after.level === "site") return after;
  return after.serviceType === "all-inclusive"
    ? withVault(after, after.storageLocation, plan, at)
    : withoutVault(after, at);
}

/**
 * A customer after a merge patch. `chain` is its own, nearest first.
 * @throws DomainError immutable | not_applicable | service_type_not_allowed | location_closed | allotment_exceeded | limit_below_committed |
 *   soft_limit_above_limit
 */
export function changedCustomer(
  patch: CustomerPatch,
  chain: Chain,
  how: { now: number; plan: StoragePlan },
): ChangedCustomer {
  const [before, ...parents] = chain;
  const record = mergedCustomer(patch, chain, how);
  checkSoftLimit(record.softLimitBytes, record.spaceLimit);
  return {
    record,
    space: planLimit(spaceOf(before), record.spaceLimit, parents.map(spaceOf), "space.limitBytes"),
    licences: planLimit(licencesOf(before), record.licenceLimit, parents.map(licencesOf), "licences.limit"),
    withdrawn: before.servicesToProvide.filter((type) => !record.servicesToProvide.includes(type)),
  };
}
