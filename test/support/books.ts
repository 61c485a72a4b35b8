import { randomBytes } from "node:crypto";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { keyOfInvoice, receivedWrite, type StoredInvoice } from "../../shared/store/billing/heads.ts";
import { lineWriter } from "../../shared/store/billing/lines.ts";
import { ledgerKey, pointerKey } from "../../shared/store/table/keys.ts";
import type { TestApi } from "./api.ts";

type Table = Pick<TestApi, "table">;
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

/** Puts an invoice into the books of a seller, as the monthly run leaves it, without one. */
export async function putInvoice(
  api: Table,
  {
    issuerId,
    payerId,
    status,
    text = "Gasthof Post",
  }: { issuerId: string; payerId: string; status: "draft" | "issued"; text?: string },
): Promise<string> {
  const id = freshId("inv");
  const isIssued = status === "issued";
  const at = "2025-12-03T05:00:00.000Z";
  const database = {
    putAll: async (puts: { item: Record<string, unknown> }[]) =>
      void (await Promise.all(puts.map(({ item }) => put(api, item)))),
  };
  const writer = lineWriter(database as never, { issuerId, payerId, month: "2025-11" });
  await writer.add([
    {
      customerId: payerId,
      customerName: text,
      item: { kind: "device", device: "server" },
      from: "2025-11-01",
      to: "2025-11-30",
      days: 30,
      daysInMonth: 30,
      pricesFrom: "2025-01-01",
      freeUnits: 0,
      parts: [{ over: 0, upTo: null, unitPrice: "1000", charged: "300" }],
      runs: [{ from: "2025-11-01", to: "2025-11-30", value: 10 }],
      tax: { kind: "standard", percent: "19" },
      amount: 10_000,
    },
  ]);
  const pages = await writer.end();
  const invoice: StoredInvoice = {
    id,
    kind: "invoice",
    status,
    number: isIssued ? `RE-2025-${id.slice(-5)}` : null,
    issuedOn: isIssued ? "2025-12-03" : null,
    dueOn: isIssued ? "2025-12-17" : null,
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
    period: { from: "2025-11-01", to: "2025-11-30" },
    subtotal: 10_000,
    discounts: [],
    net: 10_000,
    taxes: [{ kind: "standard", percent: "19", reason: null, base: 10_000, amount: 1_900 }],
    total: 11_900,
    findings: [],
    version: 1,
    payerName: text,
    lineCount: 1,
    findingCount: 0,
    voidReason: null,
    createdAt: at,
    updatedAt: at,
    // Each of a payer has a place of its own.
    nth: randomBytes(2).readUInt16BE(),
    pages,
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
