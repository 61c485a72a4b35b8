import type { InvoiceHead } from "../domain/billing/invoice-head.ts";
import type { InvoiceLanguage } from "../domain/billing/invoice-config.ts";

/** What the page of an invoice report says. */
export interface ReportTexts {
  title: (from: string, to: string) => string;
  none: string;
  totals: string;
  invoices: string;
  columns: Record<"number" | "month" | "payer" | "status" | "due" | "count" | "net" | "tax" | "total", string>;
  kinds: Record<InvoiceHead["kind"], string>;
  statuses: Record<InvoiceHead["status"], string>;
  draft: string;
}

export const reportTexts: Readonly<Record<InvoiceLanguage, ReportTexts>> = {
  en: {
    title: (from, to) => (from === to ? `Invoices for ${from}` : `Invoices for ${from} to ${to}`),
    none: "There are no invoices.",
    totals: "Totals",
    invoices: "Invoices",
    columns: {
      number: "Number",
      month: "Month",
      payer: "Customer",
      status: "State",
      due: "Due on",
      count: "Invoices",
      net: "Net",
      tax: "Tax",
      total: "Total",
    },
    kinds: { invoice: "Invoices", "credit-note": "Credit notes" },
    statuses: { draft: "draft", issued: "issued", paid: "paid", void: "void" },
    draft: "Draft",
  },
  de: {
    title: (from, to) => (from === to ? `Rechnungen für ${from}` : `Rechnungen für ${from} bis ${to}`),
    none: "Es gibt keine Rechnungen.",
    totals: "Summen",
    invoices: "Rechnungen",
    columns: {
      number: "Nummer",
      month: "Monat",
      payer: "Kunde",
      status: "Stand",
      due: "Zahlbar bis",
      count: "Rechnungen",
      net: "Netto",
      tax: "Steuer",
      total: "Gesamt",
    },
    kinds: { invoice: "Rechnungen", "credit-note": "Gutschriften" },
    statuses: { draft: "Entwurf", issued: "gestellt", paid: "bezahlt", void: "storniert" },
    draft: "Entwurf",
  },
};
