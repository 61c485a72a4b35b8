import { DeviceKind } from "../devices/device.ts";
import { daysInMonth, monthOf, type Period, periodsOf, runsOf } from "./days.ts";
import type { InvoiceFinding, InvoiceItem, InvoiceLine, InvoiceTax } from "./invoice.ts";
import { isCharged, type LedgerDay, missingDays, payerOf, sellsDirectly } from "./ledger-day.ts";
import { costOf } from "./money.ts";
import {
  type PricePlan,
  pricedParts,
  pricesOn,
  type PriceVersion,
  storageUnits,
  type UnitPrice,
} from "./price-plan.ts";

/** Whose invoice it is, by which prices, and for when. */
export interface InvoiceTerms {
  issuerId: string;
  payerId: string;
  plan: Pick<PricePlan, "currency" | "versions">;
  period: Period;
  /** The last day that every ledger should have by now. */
  closedUntil: string;
}

/** A customer with the days of its ledger. */
export interface CustomerLedger {
  customerId: string;
  createdOn: string;
  /** Its standing days of the whole period, those under other sellers included: else they would be missing. In any order. */
  days: readonly LedgerDay[];
}

/** What one customer adds to an invoice. */
export interface CustomerCharges {
  customerId: string;
  customerName: string;
  lines: InvoiceLine[];
  findings: InvoiceFinding[];
  /** The days that are charged, in order. */
  days: string[];
}

/** Days of one month that have the same prices. */
interface Segment {
  version: PriceVersion;
  days: readonly [LedgerDay, ...LedgerDay[]];
}

/**
 * What a payer is charged for one customer. The days on which the customer was below another seller, in trial, deactivated or deleted do not count.
 * Customers are independent of each other, so an invoice can be made with one of them in memory at a time.
 */
export function customerCharges(terms: InvoiceTerms, { customerId, createdOn, days }: CustomerLedger): CustomerCharges {
  const { issuerId, payerId, plan, period, closedUntil } = terms;
  const own = new Map(
    days.filter(({ day }) => day >= period.from && day <= period.to).map((record) => [record.day, record]),
  );
  const known = [...own.values()].sort((one, other) => (one.day < other.day ? -1 : 1));
  const sold = known.filter((record) => payerOf(record, issuerId) === payerId);
  const charged = sold.filter(isCharged);
  const segments = segmentsOf(plan, charged);
  const found = (
    code: InvoiceFinding["code"],
    days: readonly string[],
    subject: string | null = null,
  ): InvoiceFinding[] => (days.length === 0 ? [] : [{ code, customerId, days: periodsOf(days), subject }]);
  const missing = missingDays(known, createdOn, period, closedUntil);
  return {
    customerId,
    customerName: (sold.at(-1) ?? known.at(-1))?.name ?? customerId,
    lines: segments.flatMap((segment) => segmentLines(terms, segment)),
    findings: [
      ...found(
        "trial",
        sold.filter(({ trial, state }) => trial && state === "active").map(({ day }) => day),
      ),
      ...(missing.length === 0 ? [] : [{ code: "days_missing" as const, customerId, days: missing, subject: null }]),
      ...found(
        "no_prices",
        charged.map(({ day }) => day).filter((day) => pricesOn(plan, day) === null),
      ),
      ...foreignServices(terms, charged).flatMap(([name, days]) => found("currency_differs", days, name)),
    ],
    days: charged.map(({ day }) => day),
  };
}

/** @param days in order */
function segmentsOf(plan: Pick<PricePlan, "versions">, days: readonly LedgerDay[]): Segment[] {
  const segments: { version: PriceVersion; days: [LedgerDay, ...LedgerDay[]] }[] = [];
  for (const record of days) {
    const version = pricesOn(plan, record.day);
    if (version === null) continue;
    const last = segments.at(-1);
    if (last && last.version === version && monthOf(last.days[0].day) === monthOf(record.day)) last.days.push(record);
    else segments.push({ version, days: [record] });
  }
  return segments;
}

/** Services whose own price is in another currency, by name, with their days. */
function foreignServices({ issuerId, plan }: InvoiceTerms, days: readonly LedgerDay[]): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const record of days)
    for (const { name, unitPrice } of sellsDirectly(record, issuerId) ? record.services : [])
      if (unitPrice !== null && unitPrice.currency !== plan.currency)
        found.set(name, [...new Set([...(found.get(name) ?? []), record.day])]);
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What is charged of something: its price and how much there was on each day. */
interface Charged {
  item: InvoiceItem;
  price: UnitPrice;
  quantities: readonly (readonly [day: string, quantity: number])[];
}

function segmentLines(terms: InvoiceTerms, { version, days }: Segment): InvoiceLine[] {
  const pieces = (item: InvoiceItem, price: UnitPrice | undefined, quantity: (day: LedgerDay) => number): Charged[] =>
    price ? [{ item, price, quantities: days.map((record) => [record.day, quantity(record)]) }] : [];
  const { storage, devices = {}, licences, accounts = {} } = version;
  const lines = [
    ...(storage ? [storageLine(storage, { version, days })] : []),
    ...[
      ...DeviceKind.options.flatMap((kind) =>
        pieces({ kind: "device", device: kind }, devices[kind], (record) => record.devices[kind] ?? 0),
      ),
      ...pieces({ kind: "licence" }, licences, (record) => record.licences),
      ...Object.entries(accounts)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .flatMap(([plan, price]) =>
          pieces({ kind: "account", plan }, price, (record) =>
            Object.hasOwn(record.accounts, plan) ? (record.accounts[plan] ?? 0) : 0,
          ),
        ),
      ...chargedServices(terms, { version, days }),
    ].map((charged) => piecesLine(charged, { version, days })),
  ];
  // What there was nothing of is no line; what was free is one, so that it can be seen.
  return lines.filter(({ runs }) => runs.some(({ value }) => value > 0));
}

/**
 * Services by id and price. Whoever sells to a customer directly charges the service's own price; to everybody else that price is unknown, and the
 * plan's counts.
 */
function chargedServices({ issuerId, plan }: InvoiceTerms, { version, days }: Segment): Charged[] {
  const services = new Map<string, { name: string; id: string; price: UnitPrice; quantities: [string, number][] }>();
  for (const record of days)
    for (const { id, name, quantity, unitPrice } of record.services) {
      const own = sellsDirectly(record, issuerId) ? unitPrice : null;
      if (own !== null && own.currency !== plan.currency) continue;
      const { services: named = {} } = version;
      const planned = Object.hasOwn(named, name) ? named[name] : undefined;
      const price = own === null ? planned : { unitPrice: String(own.amount) };
      if (price === undefined) continue;
      const key = `${id} ${own === null ? name : own.amount}`;
      const known = services.get(key);
      if (known) {
        known.quantities.push([record.day, quantity]);
        known.name = name;
      } else services.set(key, { id, name, price, quantities: [[record.day, quantity]] });
    }
  return [...services]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { id, name, price, quantities }]) => ({
      item: { kind: "service" as const, serviceId: id, name },
      price,
      quantities,
    }));
}

/** A line of pieces: free units and tiers count for each day on its own. */
function piecesLine({ item, price, quantities }: Charged, segment: Segment): InvoiceLine {
  const levels = quantities.map(([, quantity]) => ({ total: BigInt(quantity), days: 1n }));
  return lineOf(segment, { item, price, parts: pricedParts(price, levels, 1n), unit: 1n, quantities });
}

/** The line of storage: free units and tiers count for the figure that the plan measures. */
function storageLine({ unit, measure, price }: NonNullable<PriceVersion["storage"]>, segment: Segment): InvoiceLine {
  const { days } = segment;
  const quantities = days.map(
    (record) => [record.day, measure === "peak" ? record.peakBytes : record.usedBytes] as const,
  );
  const bytes = quantities.map(([, quantity]) => BigInt(quantity));
  const count = BigInt(days.length);
  const total = {
    average: () => bytes.reduce((sum, one) => sum + one, 0n),
    end: () => (bytes.at(-1) ?? 0n) * count,
    peak: () => bytes.reduce((most, one) => (one > most ? one : most), 0n) * count,
  }[measure]();
  const parts = pricedParts(price, [{ total, days: count }], storageUnits[unit]);
  return lineOf(segment, {
    item: { kind: "storage", unit, measure },
    price,
    parts,
    unit: storageUnits[unit],
    quantities,
  });
}

function lineOf(
  { version, days }: Segment,
  { item, price, parts, unit, quantities }: Charged & { parts: InvoiceLine["parts"]; unit: bigint },
): InvoiceLine {
  const [{ customerId, day: first }] = days;
  const length = daysInMonth(first);
  return {
    customerId,
    customerName: days.at(-1)?.name ?? null,
    item,
    from: quantities[0]?.[0] ?? first,
    to: quantities.at(-1)?.[0] ?? first,
    days: quantities.length,
    daysInMonth: length,
    pricesFrom: version.validFrom,
    freeUnits: price.freeUnits ?? 0,
    parts,
    runs: runsOf(quantities),
    tax: taxOf(version),
    amount: costOf(parts, unit * BigInt(length)),
  };
}

/** The tax of a plan's version. */
export const taxOf = ({ taxPercent, taxExemption }: PriceVersion): InvoiceTax => ({
  kind: taxExemption?.kind ?? (Number(taxPercent) === 0 ? "zero" : "standard"),
  percent: taxPercent,
});
