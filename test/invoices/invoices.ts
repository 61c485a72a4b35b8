import { issueInvoice, type Invoice } from "../../shared/domain/billing/invoice.ts";
import type { InvoiceSetting } from "../../shared/domain/billing/draft-invoice.ts";
import type { LedgerDay } from "../../shared/domain/billing/ledger-day.ts";
import {
  customer,
  distributor,
  gigabyte,
  invoiceOf,
  june,
  ledgerDays,
  reseller,
  service,
  setting,
  version,
} from "../domain/billing/ledger.ts";

const names = [
  "Gżegżółka i Synowie Sp. z o.o., Łódź",
  "Οδοντιατρείο Παπαδόπουλος, Αθήνα",
  "Стоматологія «Київ» Їжакевич",
  "Zahnärzte Groß & Söhne mit einem Namen, der über den Rand der Zeile hinausgeht und umbrochen werden muss, GmbH & Co. KG",
];
const prices = version({
  storage: {
    unit: "GB",
    measure: "average",
    price: {
      mode: "graduated",
      freeUnits: 10,
      tiers: [
        { upTo: 50, unitPrice: "10" },
        { upTo: null, unitPrice: "4.25" },
      ],
    },
  },
  devices: { server: { unitPrice: "1000" }, laptop: { unitPrice: "299.5" } },
  discountPercent: "5",
  taxPercent: "19",
});

/** An issued invoice of a distributor to a reseller for so many customers, each with three lines. */
export function issuedInvoice(
  customers: number,
  language: "en" | "de",
  changed: Partial<InvoiceSetting> = {},
): Invoice {
  const days = Array.from({ length: customers }, (_, at): LedgerDay[] =>
    ledgerDays(june, (day) => ({
      customerId: `${customer.slice(0, -4)}${String(at).padStart(4, "0")}`,
      name: `${names[at % names.length]}${at < names.length ? "" : ` ${at}`}`,
      usedBytes: (20 + at + Number(day.slice(8))) * gigabyte,
      devices: { server: 1 + (at % 3), laptop: day < "2026-06-11" ? 0 : 4 },
      services: [{ id: service, name: "Support", quantity: 1, unitPrice: { amount: 500, currency: "EUR" } }],
    })),
  ).flat();
  const terms = setting([prices], { issuerId: distributor, payerId: reseller, ...changed });
  const draft = invoiceOf(
    {
      ...terms,
      seller: {
        ...terms.seller,
        name: "Backup Großhandel Łukasiewicz GmbH",
        email: "rechnung@example.com",
        bank: { name: "Musterbank", iban: "DE89370400440532013000", bic: "COBADEFFXXX" },
      },
      config: { ...terms.config, language },
    },
    days,
  );
  return issueInvoice(draft, "RE-2026-00042", "2026-07-03");
}
