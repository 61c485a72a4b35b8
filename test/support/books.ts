import { randomBytes } from "node:crypto";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { keyOfInvoice, receivedWrite, type StoredInvoice } from "../../shared/store/billing/heads.ts";
import { addDays, daysInMonth, type Period } from "../../shared/domain/billing/days.ts";
import type { InvoiceLine } from "../../shared/domain/billing/invoice.ts";
import { periodOfMonth } from "../../shared/domain/billing/run.ts";
import { lineWriter } from "../../shared/store/billing/lines.ts";
import { ledgerKey, pointerKey } from "../../shared/store/table/keys.ts";
import type { TestTable } from "./dynamo.ts";

interface Table {
  table: Pick<TestTable, "documents" | "tableName">;
}
const put = async ({ table }: Table, Item: Record<string, unknown>): Promise<void> => {
  await table.documents.send(new PutCommand({ TableName: table.tableName, Item }));
};
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const freshId = (prefix: string): string =>
  `${prefix}_0${[...randomBytes(25)].map((byte) => digits[byte % 32]).join("")}`;

const party = (name: string) => ({ name, address: "Kai 1", postcode: "20457", city: "Hamburg", country: "DE" });
/** What a seller says of itself, and how a customer is invoiced. */
export const issuerBody = (name: string) => ({
  seller: { ...party(name), vatId: "DE123456789", email: "books@example.com" },
  numbers: { prefix: "RE" },
  issue: "manual",
});
export const configBody = (pricePlanId: string) => ({
  enabled: true,
  pricePlanId,
  dayOfMonth: 3,
  recipient: "books@customer.example",
  language: "de",
  paymentTermsDays: 14,
  buyer: party("Gasthof Post"),
});
export const planBody = (name: string) => ({
  name,
  currency: "EUR",
  versions: [
    {
      validFrom: "2025-01-01",
      storage: { unit: "GB", measure: "average", price: { unitPrice: "5" } },
      devices: { server: { unitPrice: "1000" } },
      taxPercent: "19",
    },
  ],
});

interface InvoicePut {
  issuerId: string;
  payerId: string;
  status: "draft" | "issued";
  /** Name of the payer. */
  text?: string;
  month?: string;
  lines?: InvoiceLine[];
  changed?: Partial<StoredInvoice>;
}

/** Puts an invoice into the books of a seller, as the monthly run leaves it, without one. */
export async function putInvoice(
  api: Table,
  { issuerId, payerId, status, text = "Gasthof Post", month = "2025-11", lines, changed = {} }: InvoicePut,
): Promise<string> {
  const id = freshId("inv");
  const isIssued = status === "issued";
  const period = periodOfMonth(month);
  const issuedOn = addDays(period.to, 3);
  const at = `${issuedOn}T05:00:00.000Z`;
  const database = {
    putAll: async (puts: { item: Record<string, unknown> }[]) =>
      void (await Promise.all(puts.map(({ item }) => put(api, item)))),
  };
  const writer = lineWriter(database as never, { issuerId, payerId, month });
  const all = lines ?? [serverLine(payerId, text, period)];
  await writer.add(all);
  const pages = await writer.end();
  const net = all.reduce((sum, { amount }) => sum + amount, 0);
  const tax = Math.round(net * 0.19);
  const invoice: StoredInvoice = {
    id,
    kind: "invoice",
    status,
    number: isIssued ? `RE-${issuedOn.slice(0, 4)}-${id.slice(-5)}` : null,
    issuedOn: isIssued ? issuedOn : null,
    dueOn: isIssued ? addDays(issuedOn, 14) : null,
    paidOn: null,
    voidedOn: null,
    credits: null,
    creditedBy: null,
    issuerId,
    payerId,
    seller: { ...party("Backup Großhandel"), vatId: "DE123456789", email: "books@example.com" },
    buyer: party(text),
    recipient: "books@customer.example",
    language: "de",
    paymentTermsDays: 14,
    pricePlanId: freshId("prp"),
    currency: "EUR",
    period,
    subtotal: net,
    discounts: [],
    net,
    taxes: [{ kind: "standard", percent: "19", reason: null, base: net, amount: tax }],
    total: net + tax,
    findings: [],
    version: 1,
    payerName: text,
    lineCount: all.length,
    findingCount: 0,
    voidReason: null,
    createdAt: at,
    updatedAt: at,
    // Each of a payer has a place of its own.
    nth: randomBytes(2).readUInt16BE(),
    pages,
    ...changed,
  };
  const key = keyOfInvoice(invoice);
  await put(api, { ...key, kind: "invoice", record: invoice, version: 1 });
  await put(api, {
    ...pointerKey(id),
    kind: "pointer",
    customerId: issuerId,
    ancestors: [],
    invoicePk: key.pk,
    invoiceSk: key.sk,
  });
  const received = receivedWrite(invoice);
  if (isIssued && received.kind === "put") await put(api, received.item);
  return id;
}

/** Ten servers in a whole month, for 100.00. */
export const serverLine = (customerId: string, customerName: string, period: Period): InvoiceLine => ({
  customerId,
  customerName,
  item: { kind: "device", device: "server" },
  ...period,
  days: daysInMonth(period.from),
  daysInMonth: daysInMonth(period.from),
  pricesFrom: "2025-01-01",
  freeUnits: 0,
  parts: [{ over: 0, upTo: null, unitPrice: "1000", charged: String(10 * daysInMonth(period.from)) }],
  runs: [{ ...period, value: 10 }],
  tax: { kind: "standard", percent: "19" },
  amount: 10_000,
});

/** A day in the usage ledger of a customer. */
export const ledgerRecord = (customerId: string, day: string) => ({
  kind: "day",
  sequence: 1,
  recordedAt: `${day}T23:30:00.000Z`,
  basis: "measured",
  customerId,
  day,
  timeZone: "UTC",
  name: "Gasthof Post",
  level: "end-customer",
  createdOn: "2025-01-01",
  sellers: [] as string[],
  state: "active",
  trial: false,
  usedBytes: 1_000,
  peakBytes: 2_000,
  devices: { server: 1 },
  licences: 1,
  accounts: {},
  services: [],
  branch: { usedBytes: 1_000, devices: 1, attention: 0 },
});
/** Puts a day into the usage ledger of a customer, as a night does. */
export const putLedgerDay = (api: Table, customerId: string, day: string): Promise<void> =>
  put(api, { ...ledgerKey(customerId, day, 1), kind: "ledger", record: ledgerRecord(customerId, day) });
