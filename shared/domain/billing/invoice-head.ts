import * as z from "zod";
import { CustomerId, PricePlanId } from "../terms/ids.ts";
import { Invoice, type InvoiceFinding, findingCodes } from "./invoice.ts";

const count = z.int().min(0);

/** How many of the findings an invoice keeps: those that stand against issuing it come first. */
export const findingsKept = 100;

/** An invoice without its lines, which can be many: they are read page by page. */
export const InvoiceHead = Invoice.omit({ lines: true })
  .extend({
    version: z.int(),
    issuerId: CustomerId.nullable().meta({ description: "null: it stands above your branch" }),
    pricePlanId: PricePlanId.nullable().meta({ description: "null: it is the plan of a seller above your branch" }),
    payerName: z.string(),
    lineCount: count,
    findingCount: count.meta({
      description: `How many findings there are; \`findings\` has the first ${findingsKept}`,
    }),
    voidReason: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Invoice" });
export type InvoiceHead = z.infer<typeof InvoiceHead>;

/** The findings that are kept: what stands against issuing before what only explains. */
export const keptFindings = (findings: readonly InvoiceFinding[]): InvoiceFinding[] =>
  findings.toSorted((one, other) => Number(blocks(other)) - Number(blocks(one))).slice(0, findingsKept);
/** Whether a finding stands against issuing. */
export const blocks = ({ code }: InvoiceFinding): boolean => findingCodes[code].blocks;

/** The sums of invoices that have a currency and a state in common. */
export const InvoiceTotal = z
  .object({
    currency: z.string(),
    status: Invoice.shape.status,
    kind: Invoice.shape.kind,
    invoices: count,
    net: z.int().meta({ description: "Minor units" }),
    tax: z.int().meta({ description: "Minor units" }),
    total: z.int().meta({ description: "Minor units; of credit notes: what is given back" }),
  })
  .meta({ id: "InvoiceTotal" });
export type InvoiceTotal = z.infer<typeof InvoiceTotal>;

/** Adds up invoices by currency, kind and state, in this order. */
export function totalsOf(
  heads: Iterable<Pick<InvoiceHead, "currency" | "status" | "kind" | "net" | "total">>,
): InvoiceTotal[] {
  const totals = new Map<string, InvoiceTotal>();
  for (const { currency, status, kind, net, total } of heads) {
    const key = `${currency} ${kind} ${status}`;
    const known = totals.get(key) ?? { currency, status, kind, invoices: 0, net: 0, tax: 0, total: 0 };
    known.invoices += 1;
    known.net += net;
    known.tax += total - net;
    known.total += total;
    totals.set(key, known);
  }
  return [...totals].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, total]) => total);
}
