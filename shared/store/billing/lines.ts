import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { canonicalJson } from "../../domain/billing/canonical-json.ts";
import { InvoiceLine } from "../../domain/billing/invoice.ts";
import type { Database } from "../table/database.ts";
import { invoiceLinesKey } from "../table/keys.ts";

/*
 * Lines of an invoice are kept packed, some hundreds of them in an item that is named by what it says. So drafting an invoice twice writes the same items,
 * and nothing that was written for one draft can get into another.
 */

/** Lines and characters of a page at most: packed it has to have room in an item of 400 kB. */
const pageLines = 400;
const pageText = 600_000;

/** Where the lines of an invoice are. */
export interface LinesPlace {
  issuerId: string;
  payerId: string;
  month: string;
}
export const LinePage = z.object({ hash: z.string(), lines: z.int() });
export type LinePage = z.infer<typeof LinePage>;

/** Takes the lines of an invoice one after the other, and keeps no more of them than a page. @param begun pages that are written already */
export function lineWriter(db: Database, { issuerId, payerId, month }: LinesPlace, begun: readonly LinePage[] = []) {
  const pages = [...begun];
  let texts: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    if (texts.length === 0) return;
    const text = texts.join("\n");
    const hash = createHash("sha256").update(text).digest("base64url").slice(0, 32);
    const key = invoiceLinesKey(issuerId, payerId, month, hash);
    pages.push({ hash, lines: texts.length });
    texts = [];
    length = 0;
    const data = gzipSync(text).toString("base64");
    await db.putAll([{ key, item: { ...key, kind: "invoice-lines", data } }]);
  };
  return {
    async add(lines: readonly InvoiceLine[]): Promise<void> {
      for (const line of lines) {
        const text = canonicalJson(line);
        if (texts.length >= pageLines || length + text.length > pageText) await flush();
        texts.push(text);
        length += text.length;
      }
    },
    /** Ends the page. @returns all pages so far */
    async end(): Promise<LinePage[]> {
      await flush();
      return [...pages];
    },
  };
}

/** The lines of one page. @throws Error where it is not there, which an invoice rules out */
export async function readLinePage(
  db: Database,
  { issuerId, payerId, month }: LinesPlace,
  hash: string,
): Promise<InvoiceLine[]> {
  const item = await db.get(invoiceLinesKey(issuerId, payerId, month, hash));
  if (!item) throw new Error(`Lines ${hash} of an invoice are missing.`);
  const text = gunzipSync(Buffer.from(String(item["data"]), "base64")).toString("utf8");
  return text.split("\n").map((line) => InvoiceLine.parse(JSON.parse(line)));
}
