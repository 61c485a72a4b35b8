import { daysInMonth, monthOf, type Period } from "./days.ts";
import type { Invoice, InvoiceFinding, InvoiceLine } from "./invoice.ts";
import type { BuyerDetails, InvoiceConfigInput, SellerDetails } from "./invoice-config.ts";
import { type CustomerCharges, type InvoiceTerms, taxOf } from "./invoice-lines.ts";
import { costOf, percentOf, sumOf } from "./money.ts";
import { type PricePlan, pricesOn, type PriceVersion } from "./price-plan.ts";

/** What an invoice is made of beside the ledger. */
export interface InvoiceSetting extends InvoiceTerms {
  id: string;
  plan: PricePlan;
  seller: SellerDetails;
  config: Pick<InvoiceConfigInput, "recipient" | "language" | "paymentTermsDays"> & { buyer: BuyerDetails };
}

/**
 * An invoice from what its customers are charged, and from nothing else: the same ledger, plan, configuration and period make the same invoice.
 * The sum of the lines of a month and a version of the prices is discounted first; where it is then below the minimum, a line makes up the difference.
 * A minimum counts for the share of the month's days on which anything is charged.
 * @param charges of each customer once (`customerCharges`), in any order
 * @throws RangeError where amounts are beyond what a number can hold exactly
 */
export function draftInvoice(setting: InvoiceSetting, charges: Iterable<CustomerCharges>): Invoice {
  const { id, issuerId, payerId, plan, seller, config, period } = setting;
  const customers = [...charges].sort(byCustomer);
  const usage = customers.flatMap(({ lines }) => lines);
  const groups = groupsOf(plan, usage, new Set(customers.flatMap(({ days }) => days)));
  const lines = [...usage, ...groups.flatMap(({ minimum }) => minimum)];
  const discounts = groups.flatMap(({ discount }) => discount);
  const net = sumOf([...lines.map(({ amount }) => amount), ...discounts.map(({ amount }) => -amount)]);
  const taxes = taxesOf(plan, lines, discounts);
  return {
    id,
    kind: "invoice",
    status: "draft",
    number: null,
    issuedOn: null,
    dueOn: null,
    paidOn: null,
    voidedOn: null,
    credits: null,
    creditedBy: null,
    issuerId,
    payerId,
    seller,
    buyer: config.buyer,
    recipient: config.recipient,
    language: config.language,
    paymentTermsDays: config.paymentTermsDays,
    pricePlanId: plan.id,
    currency: plan.currency,
    period,
    lines,
    subtotal: sumOf(usage.map(({ amount }) => amount)),
    discounts,
    net,
    taxes,
    total: sumOf([net, ...taxes.map(({ amount }) => amount)]),
    findings: [...findingsOf(setting, lines), ...customers.flatMap(({ findings }) => findings)],
  };
}

const byCustomer = (one: CustomerCharges, other: CustomerCharges): number => {
  const [a, b] = [one, other].map(({ customerName, customerId }) => [customerName, customerId] as const);
  if (!a || !b) return 0;
  return a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1;
};

function findingsOf({ period, closedUntil }: InvoiceSetting, lines: readonly InvoiceLine[]): InvoiceFinding[] {
  const about = (code: InvoiceFinding["code"], days: Period[]): InvoiceFinding => ({
    code,
    customerId: null,
    days,
    subject: null,
  });
  return [
    ...(period.to > closedUntil ? [about("period_not_over", [period])] : []),
    ...(lines.length === 0 ? [about("nothing_charged", [])] : []),
  ];
}

interface Group {
  discount: Invoice["discounts"];
  minimum: InvoiceLine[];
}

/** Discount and minimum of each month and version of the prices. @param days on which anything is charged */
function groupsOf(plan: PricePlan, lines: readonly InvoiceLine[], days: ReadonlySet<string>): Group[] {
  const charged = [...days].sort().flatMap((day) => {
    const version = pricesOn(plan, day);
    return version ? [{ day, version, key: groupKey(day, version.validFrom) }] : [];
  });
  const byGroup = Map.groupBy(lines, ({ from, pricesFrom }) => groupKey(from, pricesFrom));
  return [...Map.groupBy(charged, ({ key }) => key)].flatMap(([key, days]) => {
    const [first, last] = [days[0], days.at(-1)];
    if (!first || !last) return [];
    const base = sumOf((byGroup.get(key) ?? []).map(({ amount }) => amount));
    return groupOf(first.version, { from: first.day, to: last.day, days: days.length }, base);
  });
}
const groupKey = (day: string, pricesFrom: string): string => `${monthOf(day)} ${pricesFrom}`;

function groupOf(version: PriceVersion, { from, to, days }: Period & { days: number }, base: number): Group {
  const { validFrom: pricesFrom, discountPercent, minimum } = version;
  const tax = taxOf(version);
  const discount = discountPercent === undefined ? 0 : percentOf(base, discountPercent);
  const length = daysInMonth(from);
  const part = { over: 0, upTo: null, unitPrice: minimum ?? "0", charged: String(days) };
  const lacking = costOf([part], BigInt(length)) - (base - discount);
  return {
    discount:
      discountPercent === undefined || discount === 0
        ? []
        : [{ month: monthOf(from), pricesFrom, percent: discountPercent, base, amount: discount, tax }],
    minimum:
      minimum === undefined || lacking <= 0
        ? []
        : [
            {
              customerId: null,
              customerName: null,
              item: { kind: "minimum" },
              from,
              to,
              days,
              daysInMonth: length,
              pricesFrom,
              freeUnits: 0,
              parts: [part],
              runs: [],
              tax,
              amount: lacking,
            },
          ],
  };
}

/** Tax by rate: of all that has it together, rounded once. */
function taxesOf(
  { versions }: PricePlan,
  lines: readonly InvoiceLine[],
  discounts: Invoice["discounts"],
): Invoice["taxes"] {
  const reasons = new Map(versions.map(({ validFrom, taxExemption }) => [validFrom, taxExemption?.reason ?? null]));
  const taxed = [
    ...lines.map(({ tax, amount, pricesFrom }) => ({ tax, amount, pricesFrom })),
    ...discounts.map(({ tax, amount, pricesFrom }) => ({ tax, amount: -amount, pricesFrom })),
  ];
  return [...Map.groupBy(taxed, ({ tax }) => `${tax.kind} ${Number(tax.percent)}`)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, parts]) => {
      const [first] = parts;
      if (!first) return [];
      const base = sumOf(parts.map(({ amount }) => amount));
      const reason = reasons.get(first.pricesFrom) ?? null;
      return { ...first.tax, reason, base, amount: percentOf(base, first.tax.percent) };
    });
}
