import { isSummedUp, type PrintedInvoice } from "../domain/billing/condense.ts";
import type { Invoice, InvoiceItem, InvoiceLine } from "../domain/billing/invoice.ts";
import { quotient } from "../domain/billing/money.ts";
import { storageUnits } from "../domain/billing/price-plan.ts";
import { type InvoiceFormats, invoiceFormats } from "./formats.ts";
import { type InvoiceTexts, invoiceTexts } from "./texts.ts";

/** A row of the table of an invoice. */
export interface SheetRow {
  description: string;
  /** What explains it: when, what is free, tiers. */
  details: string[];
  quantity: string;
  price: string;
  days: string;
  amount: string;
}

/** What an invoice says, in its language, whatever it is printed as. */
export interface InvoiceSheet {
  language: string;
  title: string;
  /** Why it is not to be paid; null: it is. */
  notice: string | null;
  seller: string[];
  buyer: string[];
  facts: { label: string; value: string }[];
  columns: InvoiceTexts["columns"];
  /** By customer; null: the payer as a whole. */
  groups: { customer: string | null; continued: string; rows: SheetRow[] }[];
  totals: { label: string; value: string; strong: boolean }[];
  /** Reasons of taxes that are not charged. */
  reasons: string[];
  payment: string[];
  footer: string;
  page: InvoiceTexts["page"];
}

/** The sheet of an invoice or a credit note. */
export function invoiceSheet(invoice: PrintedInvoice): InvoiceSheet {
  const { kind, number, language, currency, seller, buyer } = invoice;
  const texts = invoiceTexts[language];
  const formats = invoiceFormats(language, currency);
  const name = kind === "invoice" ? texts.invoice : texts.creditNote;
  return {
    language,
    title: number === null ? name : `${name} ${number}`,
    notice: noticeOf(invoice, texts),
    seller: partyLines(seller, formats),
    buyer: partyLines(buyer, formats),
    facts: factsOf(invoice, texts, formats),
    columns: texts.columns,
    groups: groupsOf(invoice, texts, formats),
    totals: totalsOf(invoice, texts, formats),
    reasons: invoice.taxes.flatMap(({ kind, reason }) => [
      ...(kind === "reverse-charge" ? [texts.reverseCharge] : []),
      ...(reason === null ? [] : [reason]),
    ]),
    payment: paymentOf(invoice, texts, formats),
    footer: [
      seller.name,
      ...(seller.vatId ? [`${texts.vatId} ${seller.vatId}`] : []),
      ...(seller.email ? [seller.email] : []),
    ].join(" · "),
    page: texts.page,
  };
}

function noticeOf({ status, findings }: Invoice, texts: InvoiceTexts): string | null {
  if (status === "void") return texts.isVoid;
  if (status !== "draft") return null;
  return [texts.draft, ...new Set(findings.map(({ code }) => texts.findings[code]))].join(" ");
}

const partyLines = (party: Invoice["buyer"], formats: InvoiceFormats): string[] => [
  party.name,
  party.address,
  `${party.postcode} ${party.city}`,
  formats.country(party.country),
];

function factsOf(invoice: PrintedInvoice, texts: InvoiceTexts, formats: InvoiceFormats): InvoiceSheet["facts"] {
  const { issuedOn, dueOn, period, seller, buyer, credits, lineCount = 0 } = invoice;
  const facts: [string, string | null | undefined][] = [
    [texts.date, issuedOn === null ? null : formats.day(issuedOn)],
    [texts.due, dueOn === null ? null : formats.day(dueOn)],
    [texts.period, formats.period(period)],
    [texts.vatId, seller.vatId],
    [texts.buyerVatId, buyer.vatId],
    ["", credits === null ? null : texts.credits(credits.number, formats.day(credits.issuedOn))],
    ["", isSummedUp(invoice) ? texts.summedUp(formats.quantity(String(lineCount))) : null],
  ];
  return facts.flatMap(([label, value]) => (value === null || value === undefined ? [] : { label, value }));
}

function groupsOf({ lines, period }: Invoice, texts: InvoiceTexts, formats: InvoiceFormats): InvoiceSheet["groups"] {
  return [...Map.groupBy(lines, ({ customerId }) => customerId)].map(([, own]) => {
    // One customer has one name: the last of the period.
    const customer = own.at(-1)?.customerName ?? null;
    return {
      customer,
      continued: customer === null ? "" : texts.continued(customer),
      rows: own.map((line) => rowOf(line, period, texts, formats)),
    };
  });
}

function rowOf(line: InvoiceLine, period: Invoice["period"], texts: InvoiceTexts, formats: InvoiceFormats): SheetRow {
  const { item, parts, from, to, days, daysInMonth, freeUnits, amount } = line;
  const unit = item.kind === "storage" ? ` ${item.unit}` : "";
  const size = (item.kind === "storage" ? storageUnits[item.unit] : 1n) * BigInt(days);
  const shown = (charged: string): string =>
    `${formats.quantity(quotient(charged, size, 3))}${unit}`.replace(" ", "\u00a0");
  const charged = parts.reduce((sum, part) => sum + BigInt(part.charged), 0n).toString();
  const [first] = parts;
  const isMinimum = item.kind === "minimum";
  return {
    description: itemText(item, texts),
    details: [
      ...(from === period.from && to === period.to ? [] : [formats.period({ from, to })]),
      ...(freeUnits > 0 ? [texts.free(`${formats.quantity(String(freeUnits))}${unit}`)] : []),
      ...(parts.length > 1 ? parts.map((part) => texts.tier(shown(part.charged), formats.price(part.unitPrice))) : []),
    ],
    quantity: isMinimum ? "" : shown(charged),
    price: first && parts.length === 1 && !isMinimum ? formats.price(first.unitPrice) : "",
    days: `${days}/${daysInMonth}`,
    amount: formats.money(amount),
  };
}

/** What an item is called. */
export function itemText(item: InvoiceItem, texts: InvoiceTexts): string {
  switch (item.kind) {
    case "storage":
      return texts.storage(item.measure);
    case "device":
      return texts.devices[item.device];
    case "licence":
      return texts.licences;
    case "account":
      return texts.accounts(item.plan);
    case "service":
      return item.name;
    case "minimum":
      return texts.minimum;
  }
}

function totalsOf(
  { lines, discounts, net, taxes, total }: Invoice,
  texts: InvoiceTexts,
  formats: InvoiceFormats,
): InvoiceSheet["totals"] {
  const row = (label: string, amount: number, strong = false) => ({ label, value: formats.money(amount), strong });
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  return [
    ...(discounts.length > 0 ? [row(texts.subtotal, subtotal)] : []),
    ...discounts.map(({ percent, amount }) => row(texts.discount(formats.percent(percent)), -amount)),
    row(texts.net, net),
    ...taxes.map(({ kind, percent, base, amount }) =>
      row(
        kind === "standard"
          ? texts.tax(formats.percent(percent), formats.money(base))
          : texts.noTax(formats.money(base)),
        amount,
      ),
    ),
    row(texts.total, total, true),
  ];
}

function paymentOf(
  { kind, status, total, dueOn, issuedOn, seller, number }: Invoice,
  texts: InvoiceTexts,
  formats: InvoiceFormats,
): string[] {
  const amount = formats.money(total);
  if (kind === "credit-note") return [texts.credited(amount)];
  if (status !== "issued" || dueOn === null || total <= 0) return [];
  const { bank } = seller;
  return [
    dueOn === issuedOn ? texts.payNow(amount) : texts.payBy(amount, formats.day(dueOn)),
    ...(bank
      ? [
          [
            `${texts.account}: ${seller.name}`,
            bank.name,
            `IBAN\u00a0${bank.iban.replaceAll(/(.{4})(?=.)/g, "$1\u00a0")}`,
            bank.bic ? `BIC\u00a0${bank.bic}` : null,
          ]
            .filter((part) => part !== null && part !== undefined)
            .join(", "),
        ]
      : []),
    ...(bank && number !== null ? [`${texts.reference}: ${number}`] : []),
  ];
}
