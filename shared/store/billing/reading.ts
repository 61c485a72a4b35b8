import type { Invoice } from "../../domain/billing/invoice.ts";
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

/** An invoice with all its lines. @param open a fresh view of the table */
export async function wholeInvoice(open: () => Database, invoice: StoredInvoice): Promise<Invoice> {
  const place = linesPlaceOf(invoice);
  const lines: Invoice["lines"] = [];
  for (const { hash } of invoice.pages) lines.push(...(await readLinePage(open(), place, hash)));
  return { ...invoice, lines };
}
