import * as z from "zod";
import { Day, daysInMonth, monthOf, type Period } from "./days.ts";
import { type Invoice, InvoiceFinding, type InvoiceLine } from "./invoice.ts";
import type { BuyerDetails, InvoiceConfigInput, SellerDetails } from "./invoice-config.ts";
import { blocks, findingsKept, keptFindings } from "./invoice-head.ts";
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

/** An invoice without its lines: what is known once all of them were seen. */
export type InvoiceTotals = Omit<Invoice, "lines">;

/** How far an invoice is added up: plain data, so that somebody else can go on with it. */
export const SumState = z.object({
  groups: z.array(
    z.object({ month: z.string(), pricesFrom: Day, days: z.array(Day), lines: z.int().min(0), base: z.int() }),
  ),
  findings: z.array(InvoiceFinding),
  findingCount: z.int().min(0),
});
export type SumState = z.infer<typeof SumState>;

/** An invoice that is being added up, one customer after the other: of the lines it keeps nothing but sums, and of the findings the first. */
export interface InvoiceSum {
  /** @param charges of a customer that has not been added yet */
  add: (charges: CustomerCharges) => void;
  state: () => SumState;
  /** What the invoice comes to, and the lines that concern the payer's month as a whole. `totals` has the findings that are kept, those that block first. */
  end: () => { totals: InvoiceTotals; closing: InvoiceLine[]; findingCount: number };
}

/**
 * Adds up an invoice from what its customers are charged, and from nothing else: the same ledger, plan, configuration and period make the same invoice.
 * The sum of the lines of a month and a version of the prices is discounted first; where it is then below the minimum, a line makes up the difference.
 * A minimum counts for the share of the month's days on which anything is charged.
 * @param begun how far it is already
 * @throws RangeError where amounts are beyond what a number can hold exactly
 */
export function sumInvoice(setting: InvoiceSetting, begun: SumState | null = null): InvoiceSum {
  const { id, issuerId, payerId, plan, seller, config, period } = setting;
  const groups = new Map<string, Group>();
  let findingCount = begun?.findingCount ?? 0;
  const kept = begun?.findings ?? [];
  const [blocking, explaining] = [kept.filter(blocks), kept.filter((finding) => !blocks(finding))];
  const groupOf = (month: string, version: PriceVersion): Group => {
    const key = `${month} ${version.validFrom}`;
    const known = groups.get(key) ?? { month, version, days: new Set(), lines: 0, base: 0 };
    groups.set(key, known);
    return known;
  };
  for (const { month, pricesFrom, days, lines, base } of begun?.groups ?? []) {
    const version = pricesOn(plan, pricesFrom);
    if (version !== null) Object.assign(groupOf(month, version), { days: new Set(days), lines, base });
  }
  return {
    add({ days, lines, findings: found }) {
      findingCount += found.length;
      for (const one of found) {
        const those = blocks(one) ? blocking : explaining;
        if (those.length < findingsKept) those.push(one);
      }
      for (const day of days) {
        const version = pricesOn(plan, day);
        if (version !== null) groupOf(monthOf(day), version).days.add(day);
      }
      for (const { from, amount } of lines) {
        const version = pricesOn(plan, from);
        if (version === null) continue;
        const group = groupOf(monthOf(from), version);
        group.base = sumOf([group.base, amount]);
        group.lines += 1;
      }
    },
    state: () => ({
      groups: [...groups.values()].map(({ month, version, days, lines, base }) => ({
        month,
        pricesFrom: version.validFrom,
        days: [...days],
        lines,
        base,
      })),
      findings: [...blocking, ...explaining],
      findingCount,
    }),
    end() {
      const ended = [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => endOf(group));
      const closing = ended.flatMap(({ minimum }) => minimum);
      const discounts = ended.flatMap(({ discount }) => discount);
      const subtotal = sumOf(ended.map(({ base }) => base));
      const net = sumOf([subtotal, ...closing.map(({ amount }) => amount), ...discounts.map(({ amount }) => -amount)]);
      const taxes = taxesOf(ended);
      const isEmpty = ended.every(({ lines, minimum }) => lines + minimum.length === 0);
      const about = findingsOf(setting, isEmpty);
      const totals: InvoiceTotals = {
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
        subtotal,
        discounts,
        net,
        taxes,
        total: sumOf([net, ...taxes.map(({ amount }) => amount)]),
        findings: keptFindings([...about, ...blocking, ...explaining]),
      };
      return { totals, closing, findingCount: findingCount + about.length };
    },
  };
}

/**
 * An invoice with all its lines, as `sumInvoice` adds it up.
 * @param charges of each customer once (`customerCharges`), in any order
 * @throws RangeError where amounts are beyond what a number can hold exactly
 */
export function draftInvoice(setting: InvoiceSetting, charges: Iterable<CustomerCharges>): Invoice {
  const sum = sumInvoice(setting);
  const customers = [...charges].sort(byCustomer);
  for (const one of customers) sum.add(one);
  const { totals, closing } = sum.end();
  return { ...totals, lines: [...customers.flatMap(({ lines }) => lines), ...closing] };
}

const byCustomer = (one: CustomerCharges, other: CustomerCharges): number => {
  const [a, b] = [one, other].map(({ customerName, customerId }) => [customerName, customerId] as const);
  if (!a || !b) return 0;
  return a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1;
};

function findingsOf({ period, closedUntil }: InvoiceSetting, isEmpty: boolean): InvoiceFinding[] {
  const about = (code: InvoiceFinding["code"], days: Period[]): InvoiceFinding => ({
    code,
    customerId: null,
    days,
    subject: null,
  });
  return [
    ...(period.to > closedUntil ? [about("period_not_over", [period])] : []),
    ...(isEmpty ? [about("nothing_charged", [])] : []),
  ];
}

/** The lines of one month and one version of the prices. */
interface Group {
  month: string;
  version: PriceVersion;
  /** On which anything is charged. */
  days: Set<string>;
  lines: number;
  /** Sum of the lines. */
  base: number;
}
interface EndedGroup extends Group {
  discount: Invoice["discounts"];
  minimum: InvoiceLine[];
}

/** Discount and minimum of a group. */
function endOf(group: Group): EndedGroup {
  const { version, base } = group;
  const { validFrom: pricesFrom, discountPercent, minimum } = version;
  const days = [...group.days].sort();
  const [from = pricesFrom, to = pricesFrom] = [days[0], days.at(-1)];
  const tax = taxOf(version);
  const discount = discountPercent === undefined ? 0 : percentOf(base, discountPercent);
  const length = daysInMonth(from);
  const part = { over: 0, upTo: null, unitPrice: minimum ?? "0", charged: String(days.length) };
  const lacking = costOf([part], BigInt(length)) - (base - discount);
  return {
    ...group,
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
              days: days.length,
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
function taxesOf(groups: readonly EndedGroup[]): Invoice["taxes"] {
  const taxed = groups
    .filter(({ lines, minimum }) => lines + minimum.length > 0)
    .map(({ version, base, minimum, discount }) => ({
      tax: taxOf(version),
      reason: version.taxExemption?.reason ?? null,
      amounts: [base, ...minimum.map(({ amount }) => amount), ...discount.map(({ amount }) => -amount)],
    }));
  return [...Map.groupBy(taxed, ({ tax }) => `${tax.kind} ${Number(tax.percent)}`)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, parts]) => {
      const [first] = parts;
      if (!first) return [];
      const base = sumOf(parts.flatMap(({ amounts }) => amounts));
      return { ...first.tax, reason: first.reason, base, amount: percentOf(base, first.tax.percent) };
    });
}
