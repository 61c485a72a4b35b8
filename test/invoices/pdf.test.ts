import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { eInvoice } from "../../shared/invoices/e-invoice.ts";
import { invoicePdf } from "../../shared/invoices/pdf.ts";
import { issuedInvoice } from "./invoices.ts";

const font = (name: string): Uint8Array =>
  readFileSync(createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
const fonts = { regular: font("DejaVuSansCondensed"), bold: font("DejaVuSansCondensed-Bold") };

/** The file's own text, without what is compressed, and what its compressed streams hold. */
const plain = (pdf: Uint8Array): string => Buffer.from(pdf).toString("latin1");
function streams(pdf: Uint8Array): string[] {
  const found: string[] = [];
  const text = plain(pdf);
  for (const {
    index,
    0: { length },
  } of text.matchAll(/stream\r?\n/g)) {
    if (text.slice(index - 3, index) === "end") continue;
    const end = text.indexOf("endstream", index);
    const body = Buffer.from(text.slice(index + length, end), "latin1");
    try {
      found.push(inflateSync(body).toString("utf8"));
    } catch {
      found.push(body.toString("utf8"));
    }
  }
  return found;
}
const pages = (pdf: Uint8Array): number => plain(pdf).match(/\/Type \/Page\n/g)?.length ?? 0;

describe("the PDF of an invoice", () => {
  test.each(["en", "de"] as const)(
    "is the same bytes for the same invoice, and on one page with three lines (%s)",
    async (language) => {
      const made = [
        await invoicePdf(issuedInvoice(1, language), fonts),
        await invoicePdf(issuedInvoice(1, language), fonts),
      ];
      expect(Buffer.compare(made[0]!, made[1]!)).toBe(0);
      expect(pages(made[0]!)).toBe(1);
      expect(plain(made[0]!)).toContain("20260703");
    },
  );
  test("goes on over as many pages as 300 lines need", async () => {
    const pdf = await invoicePdf(issuedInvoice(100, "en"), fonts);
    expect(pages(pdf)).toBeGreaterThan(8);
    expect(pages(pdf)).toBeLessThan(21);
  });
  test("embeds its fonts, the letters of all names among them", async () => {
    const pdf = await invoicePdf(issuedInvoice(4, "de"), fonts);
    expect(plain(pdf).match(/\/FontFile2/g)).toHaveLength(2);
    const mapped = streams(pdf)
      .filter((text) => text.includes("beginbfrange"))
      .join("")
      .toLowerCase();
    for (const letter of "żółΠόςСЇß") expect(mapped).toContain(letter.codePointAt(0)!.toString(16).padStart(4, "0"));
  });
  test("is PDF/A-3b, and Factur-X where the invoice is embedded as CII", async () => {
    const invoice = issuedInvoice(1, "de");
    const cii = await eInvoice(invoice, "CII");
    const pdf = await invoicePdf(invoice, fonts, cii);
    const held = streams(pdf);
    expect(held).toContain(cii);
    const metadata = held.find((text) => text.includes("pdfaid:part"))!;
    expect(metadata).toMatch(/<pdfaid:part>3<\/pdfaid:part>\s*<pdfaid:conformance>B</);
    expect(metadata).toContain("<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>");
    expect(plain(pdf)).toContain("/AFRelationship /Alternative");
    expect(streams(await invoicePdf(invoice, fonts)).join("")).not.toContain("<fx:");
  });
});
