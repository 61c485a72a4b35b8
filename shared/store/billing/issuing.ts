import type { IssuerConfig } from "../../domain/billing/invoice-config.ts";
import { issueInvoice, voidInvoice } from "../../domain/billing/invoice.ts";
import { zoneOf } from "../../domain/billing/night.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { dayAt } from "../../domain/terms/wall-clock.ts";
import { type Author, logWrite } from "../hierarchy/log.ts";
import type { Database } from "../table/database.ts";
import type { Write } from "../table/writes.ts";
import { takeNumber } from "./books.ts";
import { insertInvoice, receivedWrite, saveInvoice, type StoredInvoice } from "./heads.ts";
import { orderPut } from "./orders.ts";

/** Whose invoice it is, and who changes it. */
export interface Issuing {
  issuer: IssuerConfig;
  /** The seller's chain. */
  chain: Chain;
  author: Author;
  /** Whether it is to be mailed. */
  mail: boolean;
}

const changed = <T extends StoredInvoice>(invoice: T, now: number): T => ({
  ...invoice,
  version: invoice.version + 1,
  updatedAt: new Date(now).toISOString(),
});

/** The node of log entries about an invoice. */
export const invoiceNode = ({ id, number, payerName, period }: StoredInvoice) => ({
  id,
  level: null,
  name: number ?? `${payerName}, ${period.from.slice(0, 7)}`,
});

/** The order to make an invoice's file, and to mail it where that is wanted. */
export const deliverNow = ({ issuerId, payerId, id }: StoredInvoice, mail: boolean, now: number): Write =>
  orderPut({ task: "deliver", issuerId, payerId, invoiceId: id, mail }, now);

/**
 * A draft as it is issued, and the writes of that: its number is taken in the same transaction, and from then on its payer sees it.
 * @throws DomainError invoice_state | invoice_blocked | number_out_of_order
 */
export async function issuing(
  db: Database,
  draft: StoredInvoice,
  { issuer, chain, author, mail }: Issuing,
): Promise<{ issued: StoredInvoice; writes: Write[] }> {
  const now = author.now();
  const issuedOn = dayAt(zoneOf(chain), now);
  const { number, write } = await takeNumber(db, issuer, issuedOn);
  const issued = changed(issueInvoice(draft, number, issuedOn), now);
  return {
    issued,
    writes: [
      saveInvoice(draft, issued),
      write,
      receivedWrite(issued),
      deliverNow(issued, mail, now),
      logWrite(author, chain, {
        type: "InvoiceIssued",
        node: invoiceNode(issued),
        changes: [{ path: "status", before: draft.status, after: issued.status }],
      }),
    ],
  };
}

/**
 * An invoice that is made void, its credit note, and the writes of both.
 * @param noteId id of the credit note
 * @throws DomainError invoice_state | number_out_of_order
 */
export async function voiding(
  db: Database,
  invoice: StoredInvoice,
  { issuer, chain, author, mail, noteId, reason }: Issuing & { noteId: string; reason: string },
): Promise<{ voided: StoredInvoice; creditNote: StoredInvoice; writes: Write[] }> {
  const now = author.now();
  const on = dayAt(zoneOf(chain), now);
  const { number, write } = await takeNumber(db, issuer, on);
  const { invoice: made, creditNote: note } = voidInvoice(invoice, { id: noteId, number }, on);
  const voided = { ...changed(made, now), voidReason: reason };
  const at = new Date(now).toISOString();
  const creditNote = { ...note, version: 1, createdAt: at, updatedAt: at, voidReason: reason };
  return {
    voided,
    creditNote,
    writes: [
      saveInvoice(invoice, voided),
      write,
      ...insertInvoice(creditNote, chain),
      receivedWrite(creditNote),
      deliverNow(creditNote, mail, now),
      logWrite(author, chain, {
        type: "InvoiceVoided",
        node: invoiceNode(voided),
        changes: [{ path: "status", before: invoice.status, after: voided.status }],
        reason,
      }),
    ],
  };
}
