import * as z from "zod";
import { PlanCode } from "../accounts/service-plan.ts";
import { DeviceKind } from "../devices/device.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, InvoiceId, PricePlanId, ServiceId } from "../terms/ids.ts";
import { addDays, Day, Period } from "./days.ts";
import { BuyerDetails, invoiceLanguages, SellerDetails } from "./invoice-config.ts";
import { Percent } from "./money.ts";
import { storageMeasures } from "./price-plan.ts";

const amount = z.int().meta({ description: "Minor units" });
const count = z.int().min(0);

/** What a line charges for. */
export const InvoiceItem = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("storage"), unit: z.enum(["GB", "GiB"]), measure: z.enum(storageMeasures) }),
    z.object({ kind: z.literal("device"), device: DeviceKind }),
    z.object({ kind: z.literal("licence") }),
    z.object({ kind: z.literal("account"), plan: PlanCode }),
    z.object({ kind: z.literal("service"), serviceId: ServiceId, name: z.string() }),
    z.object({ kind: z.literal("minimum") }),
  ])
  .meta({ id: "InvoiceItem" });
export type InvoiceItem = z.infer<typeof InvoiceItem>;

const Tax = z
  .object({ kind: z.enum(["standard", "zero", "exempt", "reverse-charge"]), percent: Percent })
  .meta({ id: "InvoiceTax" });
export type InvoiceTax = z.infer<typeof Tax>;

const Run = Period.extend({ value: count });
const Part = z.object({
  over: count,
  upTo: count.nullable(),
  unitPrice: z.string().meta({ description: "Minor units for a unit and a month", examples: ["12.5"] }),
  charged: z.string().meta({ description: "In the smallest unit (bytes, or pieces), times days" }),
});

/**
 * A line: what one customer had of one thing, at the prices of one plan version, in one month. Its amount is the sum of unitPrice times charged over the
 * parts, divided by the bytes of a unit (storage only) and by the days of the month, and rounded once.
 */
export const InvoiceLine = z
  .object({
    customerId: CustomerId.nullable().meta({ description: "null: the payer's month as a whole" }),
    customerName: z.string().nullable(),
    item: InvoiceItem,
    from: Day.meta({ description: "The first day that is charged" }),
    to: Day.meta({ description: "The last day that is charged" }),
    days: count.meta({ description: "How many days of them are charged" }),
    daysInMonth: count,
    pricesFrom: Day.meta({ description: "The version of the price plan" }),
    freeUnits: count.meta({ description: "Units that cost nothing: on each day, or of the month's figure of storage" }),
    parts: z.array(Part).meta({ description: "By tiers" }),
    runs: z.array(Run).meta({ description: "What there was on each day that is charged: bytes, or pieces" }),
    tax: Tax,
    amount,
  })
  .meta({ id: "InvoiceLine" });
export type InvoiceLine = z.infer<typeof InvoiceLine>;

/** Why an invoice is not what one might expect, or cannot be issued. */
export const findingCodes = {
  /** The customer was in trial, which is not charged. */
  trial: { blocks: false },
  /** Days have no record in the ledger. */
  days_missing: { blocks: true },
  /** The period has days that are not closed. */
  period_not_over: { blocks: true },
  /** The price plan has no prices yet on some days. */
  no_prices: { blocks: true },
  /** A service's own price is in another currency than the price plan. */
  currency_differs: { blocks: true },
  /** There is nothing to charge. */
  nothing_charged: { blocks: true },
} as const satisfies Record<string, { blocks: boolean }>;
export type FindingCode = keyof typeof findingCodes;

export const InvoiceFinding = z
  .object({
    code: z.enum(Object.keys(findingCodes) as [FindingCode, ...FindingCode[]]),
    customerId: CustomerId.nullable(),
    days: z.array(Period),
    subject: z.string().nullable().meta({ description: "Name of the service that it is about" }),
  })
  .meta({ id: "InvoiceFinding" });
export type InvoiceFinding = z.infer<typeof InvoiceFinding>;

/** Whether nothing of what was found stands against issuing the invoice. */
export const isIssuable = (findings: readonly InvoiceFinding[]): boolean =>
  findings.every(({ code }) => !findingCodes[code].blocks);

export const Invoice = z
  .object({
    id: InvoiceId,
    kind: z
      .enum(["invoice", "credit-note"])
      .meta({ description: "The amounts of a credit note are what is given back" }),
    status: z.enum(["draft", "issued", "paid", "void"]),
    number: z.string().nullable(),
    issuedOn: Day.nullable(),
    dueOn: Day.nullable(),
    paidOn: Day.nullable(),
    voidedOn: Day.nullable(),
    credits: z
      .object({ id: InvoiceId, number: z.string(), issuedOn: Day })
      .nullable()
      .meta({ description: "Of a credit note: the invoice that it makes void" }),
    creditedBy: InvoiceId.nullable().meta({ description: "Of a void invoice: its credit note" }),
    issuerId: CustomerId,
    payerId: CustomerId,
    seller: SellerDetails,
    buyer: BuyerDetails,
    recipient: z.string(),
    language: z.enum(invoiceLanguages),
    paymentTermsDays: count,
    pricePlanId: PricePlanId,
    currency: z.string(),
    period: Period,
    lines: z.array(InvoiceLine),
    subtotal: amount.meta({ description: "Sum of the lines that are not the minimum" }),
    discounts: z.array(
      z.object({ month: z.string(), pricesFrom: Day, percent: Percent, base: amount, amount, tax: Tax }),
    ),
    net: amount.meta({ description: "Sum of the lines less the discounts" }),
    taxes: z.array(
      Tax.extend({
        reason: z.string().nullable().meta({ description: "Why it is exempt, or whom the charge is reversed to" }),
        base: amount,
        amount,
      }),
    ),
    total: amount,
    findings: z.array(InvoiceFinding),
  })
  .meta({ id: "InvoiceDocument" });
export type Invoice = z.infer<typeof Invoice>;

/** What of an invoice its states depend on. */
type Stateful = Omit<Invoice, "lines">;

const wrongState = (invoice: Stateful, wanted: string): DomainError =>
  new DomainError("invoice_state", `The ${nameOf(invoice)} is ${invoice.status}; it cannot become ${wanted}.`);
const nameOf = ({ kind, number }: Stateful): string =>
  `${kind === "invoice" ? "invoice" : "credit note"}${number === null ? "" : ` ${number}`}`;

/**
 * A draft that is replaced by one from the same ledger, such as after a correction. What was issued stays as it is.
 * @throws DomainError invoice_issued
 */
export function replaceDraft<T extends Stateful>(before: Stateful, draft: T): T {
  if (before.status !== "draft")
    throw new DomainError("invoice_issued", `The ${nameOf(before)} has been issued and stays as it is.`);
  return { ...draft, id: before.id };
}

/**
 * A draft as it is issued.
 * @param number the issuer's next (`nextNumber`)
 * @throws DomainError invoice_state where it is no draft; invoice_blocked where something was found that stands against it, named in `errors`
 */
export function issueInvoice<T extends Stateful>(draft: T, number: string, issuedOn: string): T {
  if (draft.status !== "draft") throw wrongState(draft, "issued");
  const blocking = draft.findings.filter(({ code }) => findingCodes[code].blocks);
  if (blocking.length > 0)
    throw new DomainError(
      "invoice_blocked",
      `The invoice cannot be issued: ${[...new Set(blocking.map(({ code }) => code))].join(", ")}.`,
      blocking.map(({ code, customerId, days, subject }) => ({
        path: customerId ?? "",
        code,
        message: [subject, ...days.map(({ from, to }) => (from === to ? from : `${from} to ${to}`))]
          .filter((text) => text !== null)
          .join(", "),
      })),
    );
  return { ...draft, status: "issued", number, issuedOn, dueOn: addDays(issuedOn, draft.paymentTermsDays) };
}

/** An issued invoice that was paid. @throws DomainError invoice_state */
export function payInvoice<T extends Stateful>(invoice: T, paidOn: string): T {
  if (invoice.status !== "issued" || invoice.kind !== "invoice") throw wrongState(invoice, "paid");
  return { ...invoice, status: "paid", paidOn };
}

/**
 * An invoice that is made void, issued or paid, and the credit note that does so. The invoice keeps all else.
 * @param note id and number of the credit note; the number is the issuer's next
 * @throws DomainError invoice_state, also for a credit note
 */
export function voidInvoice<T extends Stateful>(
  invoice: T,
  note: { id: string; number: string },
  on: string,
): { invoice: T; creditNote: T } {
  const { number, issuedOn, status, kind } = invoice;
  if (kind !== "invoice" || (status !== "issued" && status !== "paid") || number === null || issuedOn === null)
    throw wrongState(invoice, "void");
  return {
    invoice: { ...invoice, status: "void", voidedOn: on, creditedBy: note.id },
    creditNote: {
      ...invoice,
      ...note,
      kind: "credit-note",
      status: "issued",
      issuedOn: on,
      dueOn: null,
      paidOn: null,
      credits: { id: invoice.id, number, issuedOn },
    },
  };
}

/** What an invoice adds to what a payer owes. @returns minor units; negative for a credit note, 0 for a draft */
export const owed = ({ status, kind, total }: Pick<Invoice, "status" | "kind" | "total">): number => {
  if (status === "draft") return 0;
  return kind === "invoice" ? total : -total;
};
