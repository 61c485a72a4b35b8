import { type Invoice as Document, InvoiceService } from "@e-invoice-eu/core";
import * as z from "zod";
import { isSummedUp, type PrintedInvoice } from "../domain/billing/condense.ts";
import type { Invoice, InvoiceLine, InvoiceTax } from "../domain/billing/invoice.ts";
import { inMajorUnits, minorUnitOf, quotient, sumOf, timesTen } from "../domain/billing/money.ts";
import { storageUnits } from "../domain/billing/price-plan.ts";
import { DomainError, type FieldError } from "../domain/terms/errors.ts";
import { itemText } from "./sheet.ts";
import { invoiceTexts } from "./texts.ts";

/** Forms of an invoice that programs read, by EN 16931: the two that every recipient in the EU must take. */
export const eInvoiceFormats = ["UBL", "CII"] as const;
export type EInvoiceFormat = (typeof eInvoiceFormats)[number];

type Body = Document["ubl:Invoice"];

/** VAT categories of EN 16931 (UNTDID 5305). */
const categories: Readonly<Record<InvoiceTax["kind"], "S" | "Z" | "E" | "AE">> = {
  standard: "S",
  zero: "Z",
  exempt: "E",
  "reverse-charge": "AE",
};
const vat = { "cac:TaxScheme": { "cbc:ID": "VAT" } } as const;
const taxCategory = ({ kind, percent }: InvoiceTax) =>
  ({ "cbc:ID": categories[kind], "cbc:Percent": String(Number(percent)), ...vat }) as const;

/** Units of UN/ECE Recommendation 20: E34 is a gigabyte. For gibibytes pieces (C62) are written, which the name of the line explains. */
const unitCodes = { GB: "E34", GiB: "C62" } as const;

/**
 * An invoice or a credit note as XML by EN 16931. The same one makes the same text.
 * @throws DomainError not_applicable for a draft, where a VAT id is missing that EN 16931 demands, and where the invoice holds what EN 16931 does not
 * know, such as a country that its list of codes lacks; named in `errors`
 */
export async function eInvoice(invoice: PrintedInvoice, format: EInvoiceFormat): Promise<string> {
  const [lacking, ...more] = lackingOf(invoice);
  if (lacking) throw new DomainError("not_applicable", lacking.message, [lacking, ...more]);
  const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
  const document = { "ubl:Invoice": bodyOf(invoice) } as Document;
  const options = { format, lang: invoice.language, noWarnings: true };
  const made = await new InvoiceService(silent).generate(document, options).catch((error: unknown) => {
    throw unknown(error) ?? error;
  });
  return typeof made === "string" ? made : new TextDecoder().decode(made);
}

/** What the library's validator complains of, whose class it does not export. */
const Complaints = z.object({
  errors: z.array(z.object({ instancePath: z.string(), message: z.string().optional() })).min(1),
});
/** A refusal of what EN 16931 does not know; null: something else has failed. */
function unknown(error: unknown): DomainError | null {
  const { data } = Complaints.safeParse(error);
  if (data === undefined) return null;
  const fields = data.errors.map(({ instancePath: path, message = "is not known to EN 16931" }) => ({ path, message }));
  return new DomainError("not_applicable", "The invoice holds what EN 16931 does not know; see errors.", fields);
}

/** What an invoice must have for EN 16931 and this one has not: rules BR-S-02, BR-Z-02, BR-E-02 and BR-AE-02. */
function lackingOf({ status, seller, buyer, taxes, currency }: Invoice): FieldError[] {
  const reversed = taxes.some(({ kind }) => kind === "reverse-charge");
  return [
    ...(status === "draft" ? [{ path: "status", message: "A draft is no invoice." }] : []),
    ...(minorUnitOf(currency) <= 2
      ? []
      : [{ path: "currency", message: `Amounts in ${currency} have more decimals than EN 16931 knows.` }]),
    ...(seller.vatId ? [] : [{ path: "seller.vatId", message: "An e-invoice needs the seller's VAT id." }]),
    ...(seller.email ? [] : [{ path: "seller.email", message: "An e-invoice needs the seller's mail address." }]),
    ...(reversed && !buyer.vatId
      ? [{ path: "buyer.vatId", message: "Where the tax is due from the buyer, an e-invoice needs its VAT id." }]
      : []),
  ];
}

function bodyOf(invoice: PrintedInvoice): Body {
  const { kind, number, issuedOn, dueOn, currency, period, seller, buyer, recipient, credits, language } = invoice;
  const [first, ...others] = invoice.lines.map((line, at) => lineOf(invoice, line, at + 1));
  if (number === null || issuedOn === null || !first)
    throw new Error("An invoice that was issued has a number and lines.");
  return {
    "cbc:CustomizationID": "urn:cen.eu:en16931:2017",
    "cbc:ID": number,
    "cbc:IssueDate": issuedOn,
    ...(dueOn === null ? {} : { "cbc:DueDate": dueOn }),
    "cbc:InvoiceTypeCode": kind === "invoice" ? "380" : "381",
    // The library leaves the reference below out of CII, so a note tells it too.
    ...(credits === null ? {} : { "cbc:Note": [invoiceTexts[language].credits(credits.number, credits.issuedOn)] }),
    "cbc:DocumentCurrencyCode": currency as Body["cbc:DocumentCurrencyCode"],
    "cac:InvoicePeriod": { "cbc:StartDate": period.from, "cbc:EndDate": period.to },
    ...(credits === null
      ? {}
      : {
          "cac:BillingReference": [
            { "cac:InvoiceDocumentReference": { "cbc:ID": credits.number, "cbc:IssueDate": credits.issuedOn } },
          ],
        }),
    "cac:AccountingSupplierParty": {
      "cac:Party": {
        ...endpoint(seller.email ?? ""),
        ...partyOf(seller),
        ...(seller.vatId ? { "cac:PartyTaxScheme": [{ "cbc:CompanyID": seller.vatId, ...vat }] } : {}),
        ...(seller.email ? { "cac:Contact": { "cbc:ElectronicMail": seller.email } } : {}),
      },
    } as Body["cac:AccountingSupplierParty"],
    "cac:AccountingCustomerParty": {
      "cac:Party": {
        ...endpoint(recipient),
        ...partyOf(buyer),
        ...(buyer.vatId ? { "cac:PartyTaxScheme": { "cbc:CompanyID": buyer.vatId, ...vat } } : {}),
        "cac:Contact": { "cbc:ElectronicMail": recipient },
      },
    } as Body["cac:AccountingCustomerParty"],
    ...paymentOf(invoice),
    ...allowancesOf(invoice),
    "cac:TaxTotal": [taxTotalOf(invoice)],
    "cac:LegalMonetaryTotal": totalsOf(invoice),
    "cac:InvoiceLine": [first, ...others],
  };
}

/** Where documents are sent to: EM says that it is a mail address. */
const endpoint = (address: string) => ({ "cbc:EndpointID": address, "cbc:EndpointID@schemeID": "EM" });

const partyOf = ({ name, address, postcode, city, country }: Invoice["buyer"]) => ({
  "cac:PostalAddress": {
    "cbc:StreetName": address,
    "cbc:CityName": city,
    "cbc:PostalZone": postcode,
    "cac:Country": { "cbc:IdentificationCode": country },
  },
  "cac:PartyLegalEntity": { "cbc:RegistrationName": name },
});

/** 30 is a credit transfer, 58 one within SEPA; EN 16931 asks for an account with both. */
function paymentOf({ kind, seller, number, currency, dueOn, paymentTermsDays }: Invoice): Partial<Body> {
  const terms = dueOn === null ? {} : { "cac:PaymentTerms": { "cbc:Note": `${paymentTermsDays} d` } };
  const { bank } = seller;
  if (!bank || kind === "credit-note") return terms;
  return {
    "cac:PaymentMeans": [
      {
        "cbc:PaymentMeansCode": currency === "EUR" ? "58" : "30",
        ...(number === null ? {} : { "cbc:PaymentID": number }),
        "cac:PayeeFinancialAccount": {
          "cbc:ID": bank.iban,
          "cbc:Name": seller.name,
          ...(bank.bic ? { "cac:FinancialInstitutionBranch": { "cbc:ID": bank.bic } } : {}),
        },
      },
    ],
    ...terms,
  };
}

const money = ({ currency }: Invoice, amount: number): string =>
  padded(inMajorUnits(amount, currency), minorUnitOf(currency));
/** With all decimals of the currency. */
function padded(decimal: string, places: number): string {
  const [units = "0", fraction = ""] = decimal.split(".");
  return places === 0 ? decimal : `${units}.${fraction.padEnd(places, "0")}`;
}
const amountOf = <Name extends string>(invoice: Invoice, name: Name, amount: number) =>
  ({ [name]: money(invoice, amount), [`${name}@currencyID`]: invoice.currency }) as Record<
    Name | `${Name}@currencyID`,
    string
  >;

function allowancesOf(invoice: Invoice): Partial<Body> {
  const { discounts, language } = invoice;
  if (discounts.length === 0) return {};
  return {
    "cac:AllowanceCharge": discounts.map(({ percent, base, amount, tax }) => ({
      "cbc:ChargeIndicator": "false",
      "cbc:AllowanceChargeReasonCode": "95",
      "cbc:AllowanceChargeReason": invoiceTexts[language].discount(`${Number(percent)} %`),
      "cbc:MultiplierFactorNumeric": String(Number(percent)),
      ...amountOf(invoice, "cbc:Amount", amount),
      ...amountOf(invoice, "cbc:BaseAmount", base),
      "cac:TaxCategory": taxCategory(tax),
    })),
  } as Partial<Body>;
}

function taxTotalOf(invoice: Invoice): Body["cac:TaxTotal"][0] {
  return {
    ...amountOf(invoice, "cbc:TaxAmount", sumOf(invoice.taxes.map(({ amount }) => amount))),
    "cac:TaxSubtotal": invoice.taxes.map(({ base, amount, reason, ...tax }) => ({
      ...amountOf(invoice, "cbc:TaxableAmount", base),
      ...amountOf(invoice, "cbc:TaxAmount", amount),
      "cac:TaxCategory": {
        "cbc:ID": categories[tax.kind],
        "cbc:Percent": String(Number(tax.percent)),
        ...(tax.kind === "reverse-charge" ? { "cbc:TaxExemptionReasonCode": "VATEX-EU-AE" } : {}),
        ...(reason === null ? {} : { "cbc:TaxExemptionReason": reason }),
        ...vat,
      },
    })),
  } as Body["cac:TaxTotal"][0];
}

function totalsOf(invoice: Invoice): Body["cac:LegalMonetaryTotal"] {
  const { lines, discounts, net, total } = invoice;
  const allowed = sumOf(discounts.map(({ amount }) => amount));
  return {
    ...amountOf(invoice, "cbc:LineExtensionAmount", sumOf(lines.map(({ amount }) => amount))),
    ...amountOf(invoice, "cbc:TaxExclusiveAmount", net),
    ...amountOf(invoice, "cbc:TaxInclusiveAmount", total),
    ...(discounts.length === 0 ? {} : amountOf(invoice, "cbc:AllowanceTotalAmount", allowed)),
    ...amountOf(invoice, "cbc:PayableAmount", total),
  } as Body["cac:LegalMonetaryTotal"];
}

/**
 * A line. With one price, its quantity is in units times days, and the price is for the days of the month; a line of tiers is one piece at its amount.
 * A price cannot be negative there: a discount has the quantity −1.
 */
function lineOf(invoice: PrintedInvoice, line: InvoiceLine, at: number): Body["cac:InvoiceLine"][0] {
  const { item, parts, amount, customerName, from, to, daysInMonth, tax } = line;
  const [part] = parts;
  // The amount of lines that are summed up is that of rounded ones, so it is no multiple of their price.
  const whole =
    parts.length > 1 ||
    part === undefined ||
    item.kind === "minimum" ||
    part.unitPrice.startsWith("-") ||
    isSummedUp(invoice);
  const unit = item.kind === "storage" && !whole ? unitCodes[item.unit] : "C62";
  const size = item.kind === "storage" ? storageUnits[item.unit] : 1n;
  const name = itemText(item, invoiceTexts[invoice.language]);
  const { currency } = invoice;
  return {
    "cbc:ID": String(at),
    "cbc:InvoicedQuantity": whole ? (amount < 0 ? "-1" : "1") : quotient(part.charged, size, 9),
    "cbc:InvoicedQuantity@unitCode": unit,
    ...amountOf(invoice, "cbc:LineExtensionAmount", amount),
    "cac:InvoicePeriod": { "cbc:StartDate": from, "cbc:EndDate": to },
    "cac:Item": {
      ...(customerName === null ? {} : { "cbc:Description": customerName }),
      "cbc:Name": item.kind === "storage" && !whole ? `${name} (${item.unit})` : name,
      "cac:ClassifiedTaxCategory": taxCategory(tax),
    },
    "cac:Price": whole
      ? amountOf(invoice, "cbc:PriceAmount", Math.abs(amount))
      : priceOf(part.unitPrice, daysInMonth, currency, unit),
  } as Body["cac:InvoiceLine"][0];
}

/** A price for so many units. Amounts have two decimals at most there, so one with more is told for ten, a hundred or more times as many. */
function priceOf(unitPrice: string, units: number, currency: string, unitCode: string) {
  const [, fraction = ""] = inMajorUnits(unitPrice, currency).split(".");
  const places = Math.max(0, fraction.length - 2);
  return {
    "cbc:PriceAmount": timesTen(inMajorUnits(unitPrice, currency), places),
    "cbc:PriceAmount@currencyID": currency,
    "cbc:BaseQuantity": String(units * 10 ** places),
    "cbc:BaseQuantity@unitCode": unitCode,
  };
}
