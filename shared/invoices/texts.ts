import type { FindingCode, InvoiceItem } from "../domain/billing/invoice.ts";
import type { InvoiceLanguage } from "../domain/billing/invoice-config.ts";
import { texts as german } from "./de.ts";
import { texts as english } from "./en.ts";

type StorageItem = Extract<InvoiceItem, { kind: "storage" }>;
type DeviceItem = Extract<InvoiceItem, { kind: "device" }>;

/** What documents of invoices say, in one language. */
export interface InvoiceTexts {
  invoice: string;
  creditNote: string;
  draft: string;
  isVoid: string;
  /** What a draft says about what was found. */
  findings: Record<FindingCode, string>;
  reference: string;
  date: string;
  due: string;
  period: string;
  vatId: string;
  buyerVatId: string;
  /** The invoice that a credit note makes void. */
  credits: (number: string, date: string) => string;
  /** That it has more lines than a document shows. */
  summedUp: (lines: string) => string;
  columns: { description: string; quantity: string; price: string; days: string; amount: string };
  continued: (customer: string) => string;
  storage: (measure: StorageItem["measure"]) => string;
  devices: Record<DeviceItem["device"], string>;
  licences: string;
  accounts: (plan: string) => string;
  minimum: string;
  free: (quantity: string) => string;
  tier: (quantity: string, price: string) => string;
  subtotal: string;
  discount: (percent: string) => string;
  net: string;
  tax: (percent: string, base: string) => string;
  noTax: (base: string) => string;
  reverseCharge: string;
  total: string;
  payBy: (total: string, date: string) => string;
  payNow: (total: string) => string;
  credited: (total: string) => string;
  account: string;
  page: (page: number, of: number) => string;
}

/** The texts of a language. */
export const invoiceTexts: Readonly<Record<InvoiceLanguage, InvoiceTexts>> = { en: english, de: german };
