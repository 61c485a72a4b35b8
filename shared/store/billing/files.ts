import type { Database } from "../table/database.ts";
import { invoiceFileKey, invoiceFilePartition } from "../table/keys.ts";

/** Bytes of one item, which may have 400 kB; it holds them in Base64. */
const chunkBytes = 250_000;

/** Keeps an invoice as it is sent. Written twice it is the same: an invoice has one file, made from what was issued. */
export async function saveInvoiceFile(db: Database, id: string, file: Uint8Array): Promise<void> {
  const parts = Math.ceil(file.length / chunkBytes);
  await db.putAll(
    Array.from({ length: parts }, (_, nth) => {
      const key = invoiceFileKey(id, nth);
      const data = Buffer.from(file.subarray(nth * chunkBytes, (nth + 1) * chunkBytes)).toString("base64");
      return { key, item: { ...key, kind: "invoice-file", parts, data } };
    }),
  );
}

/** An invoice as it was sent; null where that has not been made yet. */
export async function readInvoiceFile(db: Database, id: string): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let [parts, after]: [number, string | undefined] = [0, undefined];
  do {
    const { items, last } = await db.query({ pk: invoiceFilePartition(id), after, limit: 1_000 });
    for (const item of items) {
      parts = Number(item["parts"]);
      chunks.push(Buffer.from(String(item["data"]), "base64"));
    }
    after = last?.sk;
  } while (after !== undefined);
  return chunks.length > 0 && chunks.length === parts ? Buffer.concat(chunks) : null;
}
