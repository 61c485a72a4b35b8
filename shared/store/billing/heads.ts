import * as z from "zod";
import { monthOf } from "../../domain/billing/days.ts";
import { CustomerId, PricePlanId } from "../../domain/terms/ids.ts";
import { InvoiceHead } from "../../domain/billing/invoice-head.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { Database } from "../table/database.ts";
import {
  invoiceKey,
  invoicePlace,
  invoicesOf,
  invoicesPartition,
  type Key,
  pointerKey,
  receivedKey,
} from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { insert, type Update, type Write } from "../table/writes.ts";
import { LinePage, type LinesPlace } from "./lines.ts";
import { insertRecord, saveRecord } from "./records.ts";

/** An invoice as the table holds it: with its number among those of its payer and month, and where its lines are. */
export const StoredInvoice = InvoiceHead.extend({
  issuerId: CustomerId,
  pricePlanId: PricePlanId,
  nth: z.int(),
  pages: z.array(LinePage),
});
export type StoredInvoice = z.infer<typeof StoredInvoice>;

/** An invoice as the table holds it. @throws z.ZodError where it is none */
export const readInvoice = (item: Item): StoredInvoice => StoredInvoice.parse(item["record"]);

/** An invoice as the API shows it to its issuer, or to its payer, whom ids above it do not concern. */
export const presentInvoice = (invoice: StoredInvoice, caller: { scopeId: string }): InvoiceHead =>
  InvoiceHead.parse(invoice.issuerId === caller.scopeId ? invoice : { ...invoice, issuerId: null, pricePlanId: null });

export const linesPlaceOf = ({ issuerId, payerId, period }: StoredInvoice): LinesPlace => ({
  issuerId,
  payerId,
  month: monthOf(period.from),
});
export const keyOfInvoice = (invoice: StoredInvoice): Key => {
  const { issuerId, payerId, month } = linesPlaceOf(invoice);
  return invoiceKey(issuerId, month, invoicePlace(payerId, invoice.nth, invoice.kind === "credit-note"));
};

/** The writes of an invoice that was not there. @param issuer its issuer's chain */
export const insertInvoice = (invoice: StoredInvoice, issuer: Chain): Write[] => {
  const key = keyOfInvoice(invoice);
  return [
    insertRecord(key, "invoice", invoice),
    insert(pointerKey(invoice.id), {
      kind: "pointer",
      customerId: issuer[0].id,
      ancestors: issuer.slice(1).map(({ id }) => id),
      invoicePk: key.pk,
      invoiceSk: key.sk,
    }),
  ];
};

/** The write that brings an invoice from one state to another, on the condition of its version. */
export const saveInvoice = (before: StoredInvoice, after: StoredInvoice): Update =>
  saveRecord(keyOfInvoice(before), before, after);

/** The write that files an invoice with those that its payer has got: from then on the payer sees it. */
export function receivedWrite(invoice: StoredInvoice): Write {
  const { pk, sk } = keyOfInvoice(invoice);
  const key = receivedKey(invoice.payerId, monthOf(invoice.period.from), invoice.id);
  return insert(key, { kind: "received-invoice", invoicePk: pk, invoiceSk: sk });
}

const Place = z.object({ invoicePk: z.string(), invoiceSk: z.string() });
/** Where the invoice stands that a pointer, or an entry of those that a payer has got, is about. */
export const placeOfInvoice = (item: Item): Key | null => {
  const { data } = Place.safeParse(item);
  return data ? { pk: data.invoicePk, sk: data.invoiceSk } : null;
};

/** The last invoice of a payer for a month, credit notes aside; null: there is none yet. */
export async function lastInvoice(
  db: Database,
  { issuerId, payerId, month }: LinesPlace,
): Promise<StoredInvoice | null> {
  const { items } = await db.query({
    pk: invoicesPartition(issuerId, month),
    prefix: invoicesOf(payerId),
    newestFirst: true,
    limit: 2,
  });
  return items.map(readInvoice).find(({ kind }) => kind === "invoice") ?? null;
}
