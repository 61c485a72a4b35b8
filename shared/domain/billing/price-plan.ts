import * as z from "zod";
import { PlanCode } from "../accounts/service-plan.ts";
import { DeviceKind } from "../devices/device.ts";
import { DomainError, type ErrorCode, type FieldError, refuse } from "../terms/errors.ts";
import { CustomerId, PricePlanId } from "../terms/ids.ts";
import { line } from "../terms/text.ts";
import { canonicalJson } from "./canonical-json.ts";
import { addDays, Day } from "./days.ts";
import { exceeds, isCurrency, Percent, Price } from "./money.ts";

/*
 * A price plan says what a seller charges. Its prices are for a month; a day costs its share of the month that it lies in. What a seller pays itself is
 * another plan, at whoever sells to it.
 */

const units = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const freeUnits = z
  .int()
  .min(0)
  .max(1_000_000_000)
  .optional()
  .meta({ description: "Units that cost nothing; default: 0" });

/** A step of prices: up to so many units beyond the free ones. */
const Tier = z
  .strictObject({
    upTo: units.nullable().meta({ description: "Units beyond the free ones, this many included; null: the last tier" }),
    unitPrice: Price,
  })
  .meta({ id: "PriceTier" });

const FlatPrice = z.strictObject({ unitPrice: Price, freeUnits }).meta({ id: "FlatPrice" });
const TieredPrice = z
  .strictObject({
    tiers: z.array(Tier).min(1).max(20),
    mode: z.enum(["graduated", "volume"]).meta({
      description: "graduated: each unit costs what its tier says; volume: all cost what the tier of the last one says",
    }),
    freeUnits,
  })
  .meta({ id: "TieredPrice" });
/** What a unit costs in a month. */
const UnitPrice = z.union([FlatPrice, TieredPrice]);
export type UnitPrice = z.infer<typeof UnitPrice>;

export const storageUnits = { GB: 1_000_000_000n, GiB: 1_073_741_824n } as const;
export const storageMeasures = ["average", "end", "peak"] as const;

/** The prices from a day on. */
export const PriceVersion = z
  .strictObject({
    validFrom: Day,
    storage: z
      .strictObject({
        unit: z.enum(["GB", "GiB"]).meta({ description: "GB: 10^9 bytes; GiB: 2^30 bytes" }),
        measure: z.enum(storageMeasures).meta({
          description:
            "Of the month's charged days: the mean, the end of the last one, or the most. Free units and tiers count for that figure",
        }),
        price: UnitPrice,
      })
      .optional(),
    devices: z
      .partialRecord(DeviceKind, UnitPrice)
      .optional()
      .meta({ description: "By kind. Free units and tiers count for each day and customer" }),
    licences: UnitPrice.optional(),
    accounts: z.record(PlanCode, UnitPrice).optional().meta({ description: "By the code of their service plan" }),
    services: z.record(line(200), UnitPrice).optional().meta({
      description: "By name, for services without a price of their own and for what customers of other sellers have",
    }),
    minimum: Price.optional().meta({
      description: "The least that a payer's month costs before tax, discounts included",
    }),
    discountPercent: Percent.optional().meta({ description: "Taken from the sum of the lines" }),
    taxPercent: Percent,
    taxExemption: z
      .strictObject({ kind: z.enum(["exempt", "reverse-charge"]), reason: line(200) })
      .optional()
      .meta({ description: "Why the tax is 0, where that is not a rate of its own" }),
  })
  .meta({ id: "PriceVersion" });
export type PriceVersion = z.infer<typeof PriceVersion>;

/** What a caller says of a price plan. */
export const PricePlanInput = z
  .strictObject({
    name: line(100),
    currency: z.string().meta({ description: "ISO 4217; cannot be changed later", examples: ["EUR"] }),
    versions: z.array(PriceVersion).min(1).max(100),
  })
  .meta({ id: "PricePlanInput" });
export type PricePlanInput = z.infer<typeof PricePlanInput>;

export const PricePlan = PricePlanInput.extend({
  id: PricePlanId,
  sellerId: CustomerId.meta({ description: "The customer whose prices these are" }),
}).meta({ id: "PricePlan" });
export type PricePlan = z.infer<typeof PricePlan>;

/** A price plan as it is stored. */
export const PricePlanRecord = PricePlan.extend({
  version: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
}).meta({ id: "StoredPricePlan" });
export type PricePlanRecord = z.infer<typeof PricePlanRecord>;

const complaint = (code: ErrorCode, path: string, message: string): FieldError => ({ code, path, message });

const negative = (price: string): boolean => exceeds("0", price);
const notNegative = (price: string, path: string): FieldError[] =>
  negative(price) ? [complaint("price_negative", path, "A price cannot be below 0.")] : [];
const atMost100 = (percent: string | undefined, code: ErrorCode, path: string): FieldError[] =>
  percent !== undefined && exceeds(percent, "100") ? [complaint(code, path, "It cannot be over 100 per cent.")] : [];

/** What is wrong with a price. Bounds must rise, and the last tier alone has none. */
function wrongPrice(price: UnitPrice, path: string): FieldError[] {
  if ("unitPrice" in price) return notNegative(price.unitPrice, `${path}.unitPrice`);
  const { tiers } = price;
  return tiers.flatMap(({ upTo, unitPrice }, at) => {
    const place = `${path}.tiers.${at}`;
    const wrong = notNegative(unitPrice, `${place}.unitPrice`);
    const isLast = at === tiers.length - 1;
    if (isLast !== (upTo === null))
      return [
        ...wrong,
        complaint("tiers_unordered", `${place}.upTo`, "The last tier has no bound, and each before it has one."),
      ];
    const before = tiers[at - 1]?.upTo ?? 0;
    if (upTo !== null && upTo < before)
      return [
        ...wrong,
        complaint("tiers_unordered", `${place}.upTo`, `Tiers must be in order; the one before ends at ${before}.`),
      ];
    if (upTo !== null && upTo === before)
      return [...wrong, complaint("tiers_overlap", `${place}.upTo`, `Another tier ends at ${before} too.`)];
    return wrong;
  });
}

function wrongVersion(version: PriceVersion, path: string): FieldError[] {
  const { storage, devices = {}, licences, accounts = {}, services = {}, minimum } = version;
  const prices: [string, UnitPrice | undefined][] = [
    ["storage.price", storage?.price],
    ["licences", licences],
    ...Object.entries({ devices, accounts, services }).flatMap(([group, priced]) =>
      Object.entries(priced).map(([key, price]): [string, UnitPrice] => [`${group}.${key}`, price]),
    ),
  ];
  const exempt = version.taxExemption !== undefined && exceeds(version.taxPercent, "0");
  return [
    ...prices.flatMap(([key, price]) => (price ? wrongPrice(price, `${path}.${key}`) : [])),
    ...(minimum === undefined ? [] : notNegative(minimum, `${path}.minimum`)),
    ...atMost100(version.discountPercent, "discount_over_100", `${path}.discountPercent`),
    ...atMost100(version.taxPercent, "tax_over_100", `${path}.taxPercent`),
    ...(exempt ? [complaint("tax_not_exempt", `${path}.taxExemption`, "What is exempt from tax has a tax of 0.")] : []),
  ];
}

/**
 * A plan that can be charged by, its versions in order.
 * @throws DomainError currency_unknown | price_negative | tiers_overlap | tiers_unordered | discount_over_100 | tax_over_100 | tax_not_exempt |
 * versions_overlap, by the first that is found; its `errors` name all
 */
export function checkPricePlan(input: PricePlanInput): PricePlanInput {
  const versions = input.versions.toSorted((one, other) => (one.validFrom < other.validFrom ? -1 : 1));
  const errors = [
    ...(isCurrency(input.currency)
      ? []
      : [complaint("currency_unknown", "currency", "Name the currency by its ISO 4217 code, such as EUR.")]),
    ...input.versions.flatMap((version, at) => wrongVersion(version, `versions.${at}`)),
    ...input.versions.flatMap(({ validFrom }, at) =>
      input.versions.findIndex((other) => other.validFrom === validFrom) < at
        ? [complaint("versions_overlap", `versions.${at}.validFrom`, `Other prices are valid from ${validFrom} too.`)]
        : [],
    ),
  ];
  const [first] = errors;
  if (first) throw new DomainError(first.code as ErrorCode, first.message, errors);
  return { ...input, versions };
}

/**
 * A plan after a change. Prices that have come into force stay as they are, as invoices were written by them; later ones can be added, changed and
 * taken back.
 * @param today the latest day that has begun anywhere
 * @throws DomainError immutable, at `currency`; prices_in_force, at the version that would change what is in force; what `checkPricePlan` refuses
 */
export function changePricePlan(plan: PricePlan, input: PricePlanInput, today: string): PricePlan {
  const checked = checkPricePlan(input);
  if (checked.currency !== plan.currency)
    throw refuse("immutable", "currency", "The currency of a price plan cannot be changed; create another plan.");
  const fixed = (versions: readonly PriceVersion[]) => versions.filter(({ validFrom }) => validFrom <= today);
  const [before, after] = [fixed(plan.versions), fixed(checked.versions)];
  const changed = [...before, ...after].find(
    ({ validFrom }) => canonicalJson(at(before, validFrom)) !== canonicalJson(at(after, validFrom)),
  );
  if (changed) {
    const place = input.versions.findIndex(({ validFrom }) => validFrom === changed.validFrom);
    throw refuse(
      "prices_in_force",
      place < 0 ? "versions" : `versions.${place}`,
      `The prices from ${changed.validFrom} on are in force or past, and stay as they are. Other prices can be valid from ${addDays(today, 1)} on.`,
    );
  }
  return { ...plan, ...checked };
}

const at = (versions: readonly PriceVersion[], validFrom: string): PriceVersion | null =>
  versions.find((version) => version.validFrom === validFrom) ?? null;

/** The prices of a day; null: the plan has none yet. */
export const pricesOn = ({ versions }: Pick<PricePlan, "versions">, day: string): PriceVersion | null =>
  versions.reduce<PriceVersion | null>(
    (latest, version) =>
      version.validFrom <= day && (latest === null || version.validFrom > latest.validFrom) ? version : latest,
    null,
  );

/** What is charged of a quantity at one price. */
export interface PricedPart {
  /** Units beyond the free ones after which the price counts, and up to which; null: without bound. */
  over: number;
  upTo: number | null;
  /** Minor units for a unit and a month. */
  unitPrice: string;
  /** What is charged at it: in the smallest unit (bytes, or pieces), times days. A whole number. */
  charged: string;
}

/** A quantity that lasts for some days: `total` is the quantity times the days, so that a mean stays exact. */
interface Level {
  total: bigint;
  days: bigint;
}

/**
 * What quantities cost, by the tiers that they reach. A quantity within the free units, or none, leaves one part of nothing, so that its price can be shown.
 * @param levels quantities to which free units and tiers apply each on its own: those of each day, or one for the month
 * @param unit how much of the smallest unit makes one that is priced: the bytes of a gigabyte; 1 for pieces
 */
export function pricedParts(price: UnitPrice, levels: readonly Level[], unit: bigint): PricedPart[] {
  const tiers = "unitPrice" in price ? [{ upTo: null, unitPrice: price.unitPrice }] : price.tiers;
  const free = BigInt(price.freeUnits ?? 0) * unit;
  const beyondFree = levels.map(({ total, days }) => ({ total: total - free * days, days }));
  const parts = tiers.map(({ upTo, unitPrice }, at): PricedPart => {
    const over = tiers[at - 1]?.upTo ?? 0;
    const charged = beyondFree.reduce((sum, { total, days }) => {
      const [from, to] = [BigInt(over) * unit * days, upTo === null ? total : BigInt(upTo) * unit * days];
      if ("mode" in price && price.mode === "volume") return total > from && total <= to ? sum + total : sum;
      return sum + largest(smallest(total, to) - from, 0n);
    }, 0n);
    return { over, upTo, unitPrice, charged: charged.toString() };
  });
  const reached = parts.filter(({ charged }) => charged !== "0");
  return reached.length > 0 ? reached : parts.slice(0, 1);
}

const largest = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const smallest = (one: bigint, other: bigint): bigint => (one < other ? one : other);
