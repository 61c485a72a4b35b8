import * as z from "zod";
import { EmailAddress } from "../terms/addresses.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, PricePlanId } from "../terms/ids.ts";
import { CountryCode } from "../terms/locations.ts";
import { line } from "../terms/text.ts";
import { daysInMonth } from "./days.ts";

export const invoiceLanguages = ["en", "de"] as const;
export type InvoiceLanguage = (typeof invoiceLanguages)[number];

const vatId = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{2}[0-9A-Z+*]{2,13}$/, { error: "must begin with the code of its country, such as DE123456789" })
  .nullish()
  .meta({ description: "VAT identification number", examples: ["DE123456789"] });

/** Whom an invoice names as seller or buyer. */
const party = {
  name: line(200),
  address: line(500),
  postcode: line(20),
  city: line(100),
  country: CountryCode,
  vatId,
};
export const BuyerDetails = z.strictObject(party).meta({ id: "BuyerDetails" });
export type BuyerDetails = z.infer<typeof BuyerDetails>;
export const SellerDetails = z
  .strictObject({
    ...party,
    email: EmailAddress.nullish(),
    bank: z
      .strictObject({
        name: line(100).nullish(),
        iban: z
          .string()
          .overwrite((text) => text.replaceAll(/\s/g, "").toUpperCase())
          .regex(/^[A-Z]{2}\d{2}[0-9A-Z]{8,30}$/, { error: "must be an IBAN" })
          .refine(isIban, { error: "has a wrong check digit" }),
        bic: line(11).nullish(),
      })
      .nullish(),
  })
  .meta({ id: "SellerDetails" });
export type SellerDetails = z.infer<typeof SellerDetails>;

/** The check of ISO 13616: with the first four characters at the end, and letters as numbers from 10, the rest of a division by 97 is 1. */
function isIban(iban: string): boolean {
  const digits = [...iban.slice(4), ...iban.slice(0, 4)].map((character) => parseInt(character, 36)).join("");
  return BigInt(digits) % 97n === 1n;
}

/** How one customer is invoiced by whoever sells to it. */
export const InvoiceConfigInput = z
  .strictObject({
    enabled: z.boolean(),
    pricePlanId: PricePlanId.meta({ description: "A price plan of the seller" }),
    dayOfMonth: z.int().min(1).max(31).meta({
      description: "The day on which the month before is invoiced; in a shorter month its last day",
    }),
    recipient: EmailAddress,
    language: z.enum(invoiceLanguages),
    paymentTermsDays: z.int().min(0).max(365),
    buyer: BuyerDetails,
    sendMail: z
      .boolean()
      .optional()
      .meta({ description: "Mail each invoice to the recipient as a PDF file once it is issued; default: true" }),
  })
  .meta({ id: "InvoiceConfigInput" });
export type InvoiceConfigInput = z.infer<typeof InvoiceConfigInput>;

/** How a seller numbers what it issues: PREFIX-2026-00001. */
export const NumberRange = z
  .strictObject({
    prefix: z.string().regex(/^[A-Z0-9]{1,12}$/, { error: "must be 1 to 12 capital letters and digits" }),
  })
  .meta({ id: "NumberRange" });
export type NumberRange = z.infer<typeof NumberRange>;

/** What a seller says of itself on its invoices. */
export const IssuerConfigInput = z
  .strictObject({
    seller: SellerDetails,
    numbers: NumberRange,
    issue: z.enum(["automatic", "manual"]).optional().meta({
      description:
        "automatic: the monthly run issues what it drafts; manual: somebody looks at each draft first. Default: automatic",
    }),
  })
  .meta({ id: "IssuerConfigInput" });
export type IssuerConfigInput = z.infer<typeof IssuerConfigInput>;

/** How a customer is invoiced, as it is stored. */
export const InvoiceConfig = InvoiceConfigInput.extend({
  sendMail: z.boolean(),
  version: z.int(),
  customerId: CustomerId.meta({ description: "Who pays" }),
  issuerId: CustomerId.meta({ description: "Who sells to it, and issues the invoices" }),
  nextRunAt: z.iso.datetime().nullable().meta({ description: "When the month before is invoiced; null: never" }),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
}).meta({ id: "InvoiceConfig" });
export type InvoiceConfig = z.infer<typeof InvoiceConfig>;

/** What a seller says of itself, as it is stored. */
export const IssuerConfig = IssuerConfigInput.extend({
  issue: z.enum(["automatic", "manual"]),
  version: z.int(),
  customerId: CustomerId,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
}).meta({ id: "IssuerConfig" });
export type IssuerConfig = z.infer<typeof IssuerConfig>;

/** The day of a month on which an invoice comes. @param month such as 2026-02 */
export function issueDay({ dayOfMonth }: Pick<InvoiceConfigInput, "dayOfMonth">, month: string): string {
  const day = Math.min(dayOfMonth, daysInMonth(`${month}-01`));
  return `${month}-${String(day).padStart(2, "0")}`;
}

/** How far an issuer has numbered; null: nothing yet. */
export const NumberCounter = z.object({ year: z.int(), last: z.int() });
export type NumberCounter = z.infer<typeof NumberCounter>;

/**
 * The next number of an issuer, and its counter afterwards. Both are to be written in the transaction that issues the invoice: then no number is
 * missing, and none is given twice.
 * @throws DomainError number_out_of_order where invoices of a later year have been numbered: each year's numbers go by the days of issue
 */
export function nextNumber(
  { prefix }: NumberRange,
  counter: NumberCounter | null,
  issuedOn: string,
): { number: string; counter: NumberCounter } {
  const year = Number(issuedOn.slice(0, 4));
  if (counter && counter.year > year)
    throw new DomainError(
      "number_out_of_order",
      `Invoices of ${counter.year} have been numbered; none of ${year} can follow.`,
    );
  const last = counter?.year === year ? counter.last + 1 : 1;
  return { number: `${prefix}-${year}-${String(last).padStart(5, "0")}`, counter: { year, last } };
}
