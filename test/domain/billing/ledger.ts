import { addDays, daysOf, type Period } from "../../../shared/domain/billing/days.ts";
import { type InvoiceSetting, draftInvoice } from "../../../shared/domain/billing/draft-invoice.ts";
import type { Invoice } from "../../../shared/domain/billing/invoice.ts";
import { customerCharges } from "../../../shared/domain/billing/invoice-lines.ts";
import type { LedgerDay } from "../../../shared/domain/billing/ledger-day.ts";
import type { PriceVersion } from "../../../shared/domain/billing/price-plan.ts";

/** An id that a test can tell: the letter and the number stand at its end. */
const id = (prefix: string, name: string): string => `${prefix}_01JZX0N4Y8M1Q2R3S4T5V6${name.padStart(4, "0")}`;
export const provider = id("cus", "PR");
export const distributor = id("cus", "D");
export const reseller = id("cus", "R1");
export const otherReseller = id("cus", "R2");
export const customer = id("cus", "C1");
export const service = id("svc", "S1");
export const gigabyte = 1_000_000_000;

/** A customer below `reseller` that has one server, one licence and 100 GB. */
export const ledgerDay = (day: string, changed: Partial<LedgerDay> = {}): LedgerDay => ({
  kind: "day",
  sequence: 1,
  recordedAt: `${addDays(day, 1)}T01:00:00.000Z`,
  basis: "measured",
  customerId: customer,
  day,
  timeZone: "Europe/Berlin",
  name: "Zahnarzt Müller",
  level: "end-customer",
  createdOn: "2020-01-01",
  sellers: [provider, distributor, reseller],
  state: "active",
  trial: false,
  usedBytes: 100 * gigabyte,
  peakBytes: 100 * gigabyte,
  devices: { server: 1 },
  licences: 1,
  accounts: { select: 1 },
  services: [],
  branch: { usedBytes: 100 * gigabyte, devices: 1, attention: 0 },
  ...changed,
});

/** Days of a period, each changed by what holds for it. */
export const ledgerDays = (period: Period, changed: (day: string) => Partial<LedgerDay> = () => ({})): LedgerDay[] =>
  [...daysOf(period)].map((day) => ledgerDay(day, changed(day)));

export const june: Period = { from: "2026-06-01", to: "2026-06-30" };

export const version = (prices: Partial<PriceVersion>): PriceVersion => ({
  validFrom: "2020-01-01",
  taxPercent: "0",
  ...prices,
});

/** What the invoices of these tests have in common: a reseller's to its customer, for June, at the prices that are given. */
export const setting = (versions: PriceVersion[], changed: Partial<InvoiceSetting> = {}): InvoiceSetting => {
  const period = changed.period ?? june;
  return {
    id: id("inv", "1"),
    issuerId: reseller,
    payerId: customer,
    plan: { id: id("prp", "1"), sellerId: reseller, name: "Standard", currency: "EUR", versions },
    period,
    closedUntil: period.to,
    seller: {
      name: "Reseller GmbH",
      address: "Hauptstr. 1",
      postcode: "10115",
      city: "Berlin",
      country: "DE",
      vatId: "DE123456789",
    },
    config: {
      recipient: "billing@example.com",
      language: "en",
      paymentTermsDays: 14,
      buyer: {
        name: "Zahnarzt Müller",
        address: "Ring 2",
        postcode: "50667",
        city: "Köln",
        country: "DE",
        vatId: null,
      },
    },
    ...changed,
  };
};

/** The invoice that days of any number of customers make. */
export function invoiceOf(terms: InvoiceSetting, days: readonly LedgerDay[]): Invoice {
  const charges = [...Map.groupBy(days, ({ customerId }) => customerId)].map(([customerId, own]) =>
    customerCharges(terms, { customerId, createdOn: own[0]?.createdOn ?? "2020-01-01", days: own }),
  );
  return draftInvoice(terms, charges);
}

/** What a reader checks first: for what, from when to when, how many days, how much. */
export const gist = ({ lines }: Invoice): (string | number)[][] =>
  lines.map(({ item, from, to, days, amount }) => [
    item.kind === "device"
      ? item.device
      : item.kind === "service"
        ? item.name
        : item.kind === "account"
          ? item.plan
          : item.kind,
    from.slice(5),
    to.slice(5),
    days,
    amount,
  ]);
export const codes = ({ findings }: Invoice): string[] => findings.map(({ code }) => code);
