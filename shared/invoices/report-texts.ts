import type { InvoiceHead } from "../domain/billing/invoice-head.ts";
import type { InvoiceLanguage } from "../domain/billing/invoice-config.ts";

/** What an invoice report says. */
export interface ReportTexts {
  title: (from: string, to: string) => string;
  none: string;
  totals: string;
  byCustomer: string;
  byMonth: string;
  invoices: string;
  columns: Record<"number" | "month" | "payer" | "status" | "due" | "count" | "net" | "tax" | "total", string>;
  kinds: Record<InvoiceHead["kind"], string>;
  statuses: Record<InvoiceHead["status"], string>;
  draft: string;
  page: (page: number, of: number) => string;
}

export const reportTexts: Readonly<Record<InvoiceLanguage, ReportTexts>> = {
  en: {
    title: (from, to) => (from === to ? `Invoices for ${from}` : `Invoices for ${from} to ${to}`),
    none: "There are no invoices.",
    totals: "Totals",
    byCustomer: "By customer",
    byMonth: "By month",
    invoices: "Invoices",
    columns: {
      number: "Number",
      month: "Month",
      payer: "Customer",
      status: "State",
      due: "Due on",
      count: "Count",
      net: "Net",
      tax: "Tax",
      total: "Total",
    },
    kinds: { invoice: "Invoices", "credit-note": "Credit notes" },
    statuses: { draft: "draft", issued: "issued", paid: "paid", void: "void" },
    draft: "Draft",
    page: (page, of) => `Page ${page} of ${of}`,
  },
  de: {
    title: (from, to) => (from === to ? `Rechnungen für ${from}` : `Rechnungen für ${from} bis ${to}`),
    none: "Es gibt keine Rechnungen.",
    totals: "Summen",
    byCustomer: "Nach Kunden",
    byMonth: "Nach Monaten",
    invoices: "Rechnungen",
    columns: {
      number: "Nummer",
      month: "Monat",
      payer: "Kunde",
      status: "Stand",
      due: "Zahlbar bis",
      count: "Anzahl",
      net: "Netto",
      tax: "Steuer",
      total: "Gesamt",
    },
    kinds: { invoice: "Rechnungen", "credit-note": "Gutschriften" },
    statuses: { draft: "Entwurf", issued: "gestellt", paid: "bezahlt", void: "storniert" },
    draft: "Entwurf",
    page: (page, of) => `Seite ${page} von ${of}`,
  },
};
