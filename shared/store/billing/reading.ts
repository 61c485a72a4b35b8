import { type PrintedInvoice, printedLines, sumLines } from "../../domain/billing/condense.ts";
import type { Invoice } from "../../domain/billing/invoice.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import type { Database } from "../table/database.ts";
import { pointerKey } from "../table/keys.ts";
import { linesPlaceOf, placeOfInvoice, readInvoice, type StoredInvoice } from "./heads.ts";
import { readLinePage } from "./lines.ts";

/** An invoice by its id, whosever it is; null where there is none. */
export async function findInvoice(db: Database, id: string): Promise<StoredInvoice | null> {
  const pointer = await db.get(pointerKey(id));
  const key = pointer ? placeOfInvoice(pointer) : null;
  const item = key ? await db.get(key) : undefined;
  return item ? readInvoice(item) : null;
}

/** Lines of an invoice that one answer has at most. */
export const linesAtMost = 20_000;

/** An invoice with all its lines. @param open a fresh view of the table @throws DomainError too_many */
export async function wholeInvoice(open: () => Database, invoice: StoredInvoice): Promise<Invoice> {
  if (invoice.lineCount > linesAtMost)
    throw new DomainError(
      "too_many",
      `The invoice has ${invoice.lineCount} lines, and a file has ${linesAtMost} at most. Read them page by page: GET /v1/invoices/{id}/lines.`,
    );
  const place = linesPlaceOf(invoice);
  const lines: Invoice["lines"] = [];
  for (const { hash } of invoice.pages) lines.push(...(await readLinePage(open(), place, hash)));
  return { ...invoice, lines };
}

/** An invoice as its documents have it: with its lines, or with their sums where they are too many for anybody to read. A page of lines is in memory at once. */
export async function printedInvoice(open: () => Database, invoice: StoredInvoice): Promise<PrintedInvoice> {
  const { lineCount } = invoice;
  if (lineCount <= printedLines) return { ...(await wholeInvoice(open, invoice)), lineCount };
  const place = linesPlaceOf(invoice);
  const sums = sumLines();
  for (const { hash } of invoice.pages) sums.add(await readLinePage(open(), place, hash));
  return { ...invoice, lines: sums.lines(), lineCount };
}
