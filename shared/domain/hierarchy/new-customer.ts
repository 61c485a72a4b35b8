import { type Commitment, planLimit, checkSoftLimit } from "../terms/allowance.ts";
import { type Chain, type CustomerInput, CustomerRecord, licencesOf, spaceOf } from "./customer.ts";
import { refuse } from "../terms/errors.ts";
import { allowedUnder, type Level, levelUnder, sells } from "../terms/levels.ts";
import { locationChoice, locationFor } from "../terms/locations.ts";
import { checkOpen, notOffered } from "../terms/offered-locations.ts";
import { defaultCustomerName } from "../terms/names.ts";
import { chooseServices, providedBy, type ServiceType } from "../terms/service-types.ts";
import { effectiveSettings } from "../terms/settings.ts";
import type { StoragePlan } from "../terms/storage-plan.ts";
import { nextNotice, trialEndAfter } from "../terms/trial.ts";
import { type Decider, withVault } from "./vault.ts";

/** What a customer's parent lets it be: what every seller above may provide, and the type that a site takes over. */
export const offeredBy = (parents: Chain): { set: ServiceType[]; type: ServiceType } => ({
  set: providedBy(parents.filter(({ level }) => sells(level)).map(({ servicesToProvide }) => servicesToProvide)),
  type: parents[0].serviceType,
});

/** A new customer worked out: its records (a reseller comes with its Default Customer) and what its limits commit above. */
export interface NewCustomer {
  records: [CustomerRecord, ...CustomerRecord[]];
  space: Commitment[];
  licences: Commitment[];
}

type Input = Omit<CustomerInput, "parentId" | "level">;

const recordFrom = (
  input: Input,
  place: {
    id: string;
    level: Level;
    parents: readonly CustomerRecord[];
    isDefault: boolean;
    nowMs: number;
    /** null: of who stores nothing. */
    plan: StoragePlan | null;
    by: Decider | null;
  },
  services: Pick<CustomerRecord, "serviceType" | "servicesToProvide">,
): CustomerRecord => {
  const { id, level, parents, isDefault, nowMs, plan, by } = place;
  const { space, licences, inTrial, tags, ...own } = input;
  const now = new Date(nowMs).toISOString();
  // Those who sell store nothing themselves; a reseller's Default Customer may.
  const stores = plan !== null && services.serviceType === "all-inclusive" && !sells(level);
  const closed = stores ? notOffered(parents, plan) : [];
  const storageLocation = locationFor(input.country, input.storageLocation, closed);
  checkOpen(storageLocation, closed);
  const trialEndsAt = inTrial === true ? trialEndAfter(nowMs, effectiveSettings(parents).trial.days.value) : null;
  const record = CustomerRecord.parse({
    ...own,
    ...services,
    id,
    version: 1,
    parentId: parents[0]?.id ?? null,
    ancestors: parents.map((parent) => parent.id),
    level,
    isDefault,
    tags: tags ?? [],
    storageLocation,
    locationDecision: {
      rule: locationChoice(input.country).mayChoose ? "choice" : "country",
      at: now,
      by: { kind: by?.kind ?? "system", id: by?.id ?? null },
      scopeId: by?.scopeId ?? null,
      reason: null,
    },
    active: input.active ?? true,
    trialEndsAt,
    trialNoticeAt: trialEndsAt === null ? null : nextNotice(trialEndsAt, nowMs),
    spaceLimit: space?.limitBytes,
    softLimitBytes: space?.softLimitBytes,
    licenceLimit: licences?.limit,
    deviceLimit: input.deviceLimit,
    devicesCounted: typeof input.deviceLimit === "number" ? true : null,
    devicesCountedAbove: parents.some(({ devicesCounted }) => devicesCounted) ? true : null,
    autoAuthorize: input.autoAuthorize ?? false,
    emailReports: input.emailReports ?? false,
    createdAt: now,
    updatedAt: now,
  });
  return stores ? withVault(record, storageLocation, plan, now) : record;
};

/**
 * A new customer under a chain of parents (nearest first), by the rules of documents 003 and 001. Whoever stores in the provider's storage has a
 * vault ordered.
 * @throws DomainError level_required | level_fixed | level_not_allowed | not_applicable | service_type_not_allowed |
 *   location_required | location_fixed | location_closed | allotment_exceeded | soft_limit_above_limit
 */
export function newCustomer(
  input: CustomerInput,
  parents: Chain,
  newId: () => string,
  { now: nowMs, plan, by = null }: { now: number; plan: StoragePlan; by?: Decider | null },
): NewCustomer {
  const { parentId: _, level: wanted, ...own } = input;
  const level = levelUnder(parents[0].level, wanted);
  if (input.inTrial === true && level !== "end-customer")
    throw refuse("not_applicable", "inTrial", "Only an end-customer can be in trial.");
  const offered = offeredBy(parents);
  const services = chooseServices(level, offered.set, offered.type, own);
  checkSoftLimit(own.space?.softLimitBytes ?? null, own.space?.limitBytes ?? null);
  const record = recordFrom(own, { id: newId(), level, parents, isDefault: false, nowMs, plan, by }, services);
  return {
    records:
      level === "reseller" ? [record, defaultCustomer([record, ...parents], newId(), { nowMs, plan, by })] : [record],
    space: planLimit({ ...spaceOf(record), limit: null }, record.spaceLimit, parents.map(spaceOf), "space.limitBytes"),
    licences: planLimit(
      { ...licencesOf(record), limit: null },
      record.licenceLimit,
      parents.map(licencesOf),
      "licences.limit",
    ),
  };
}

/** The Default Customer that every reseller begins with (H3): as the reseller, where it can be. */
function defaultCustomer(
  parents: Chain,
  id: string,
  how: { nowMs: number; plan: StoragePlan; by: Decider | null },
): CustomerRecord {
  const [reseller] = parents;
  const { set } = offeredBy(parents);
  const serviceType = set.includes(reseller.serviceType) ? reseller.serviceType : (set[0] ?? reseller.serviceType);
  const { email, country, storageLocation } = reseller;
  const [level = "end-customer"] = allowedUnder(reseller.level);
  const input = { name: defaultCustomerName(reseller.name), email, country, storageLocation };
  const place = { id, level, parents, isDefault: true, ...how };
  return recordFrom(input, place, { serviceType, servicesToProvide: [] });
}

/** The provider: the installation itself, with nobody above. */
export const newProvider = (
  input: Pick<CustomerInput, "name" | "email" | "country" | "storageLocation">,
  id: string,
  nowMs: number,
): CustomerRecord =>
  recordFrom(
    input,
    { id, level: "provider", parents: [], isDefault: false, nowMs, plan: null, by: null },
    {
      serviceType: "all-inclusive",
      servicesToProvide: ["all-inclusive", "software-only"],
    },
  );
