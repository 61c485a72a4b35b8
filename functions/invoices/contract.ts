import * as z from "zod";
import { Day } from "../../shared/domain/billing/days.ts";
import { InvoiceHead, InvoiceTotal } from "../../shared/domain/billing/invoice-head.ts";
import { Invoice, InvoiceLine } from "../../shared/domain/billing/invoice.ts";
import { Month } from "../../shared/domain/billing/run.ts";
import { CustomerId, InvoiceId } from "../../shared/domain/terms/ids.ts";
import { line } from "../../shared/domain/terms/text.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, Flag, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: InvoiceId });
const get = ["table:BatchGetItem"] as const satisfies Grant[];
const read = [...get, "table:Query"] as const satisfies Grant[];
const order = [...get, "table:PutItem"] as const satisfies Grant[];
const write = [...order, "table:UpdateItem"] as const satisfies Grant[];

/** Months that one request can ask for at most. */
const mostMonths = 36;
const monthsIn = (from: string, to: string): number => {
  const at = (month: string): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5));
  return at(to) - at(from) + 1;
};
const filter = {
  received: Flag.optional().meta({
    description: "true: the invoices that your customer has got, else those that it issues",
  }),
  payerId: CustomerId.optional().meta({ description: "Only those to one customer" }),
  status: Invoice.shape.status.optional(),
  from: Month.meta({ description: "The first month that is invoiced" }),
  to: Month.meta({ description: `The last one; at most ${mostMonths} months in all` }),
};
const checkMonths = (context: z.core.ParsePayload<{ from: string; to: string }>): void => {
  const { from, to } = context.value;
  const months = monthsIn(from, to);
  const say = (message: string) => context.issues.push({ code: "custom", input: to, path: ["to"], message });
  if (months < 1) say("lies before from");
  else if (months > mostMonths) say(`at most ${mostMonths} months can be asked for at once`);
};
const FilterQuery = z.strictObject(filter).check(checkMonths);
const ReportQuery = FilterQuery.safeExtend({
  language: z.enum(["en", "de"]).optional().meta({ description: "Default: en" }),
});

const csv = { status: 200, body: z.string(), media: "text/csv", description: "A CSV file" } as const;
const pdf = { status: 200, body: z.string(), media: "application/pdf", description: "A PDF file" } as const;
const html = { status: 200, body: z.string(), media: "text/html", description: "A page" } as const;

const ownBooks =
  "An invoice is seen by who issues it and, once it is issued, by whoever pays it; nobody above or below them sees it.";

export const invoices = defineArea("invoices", {
  listInvoices: {
    route: "GET /v1/invoices",
    summary: "List invoices",
    description: `Lists the invoices that your customer issues, or those that it has got (\`received\`), the newest month first, with their credit notes. ${ownBooks}`,
    permission: "billing:read",
    branch: "scope",
    query: PageQuery.extend(filter).check(checkMonths),
    success: { status: 200, body: pageOf(InvoiceHead) },
    errors: ["invalid_cursor"],
    grants: read,
  },
  getInvoiceTotals: {
    route: "GET /v1/invoice-totals",
    summary: "Add up invoices",
    description:
      "Adds up the invoices that `listInvoices` lists: in all, by payer and by month. Amounts are in minor units; those of credit notes are what is given back.",
    permission: "billing:read",
    branch: "scope",
    query: FilterQuery,
    success: {
      status: 200,
      body: z
        .object({
          totals: z.array(InvoiceTotal),
          payers: z.array(z.object({ payerId: CustomerId, payerName: z.string(), totals: z.array(InvoiceTotal) })),
          months: z.array(z.object({ month: Month, totals: z.array(InvoiceTotal) })),
        })
        .meta({ id: "InvoiceReport" }),
    },
    errors: ["too_many"],
    grants: read,
  },
  exportInvoices: {
    route: "GET /v1/invoices/export",
    summary: "Export a list of invoices",
    description:
      "Returns the invoices that `listInvoices` lists as a CSV file: UTF-8 with a byte order mark, a row for each.",
    permission: "billing:read",
    branch: "scope",
    query: FilterQuery,
    success: csv,
    errors: ["too_many"],
    grants: read,
  },
  exportInvoiceReport: {
    route: "GET /v1/invoice-totals/export",
    summary: "Export the invoice report",
    description:
      "Returns the totals of `getInvoiceTotals` in all, by customer and by month, and the invoices that they come from, as a page to print.",
    permission: "billing:read",
    branch: "scope",
    query: ReportQuery,
    success: html,
    errors: ["too_many"],
    grants: read,
  },
  exportInvoiceReportPdf: {
    route: "GET /v1/invoice-totals/pdf",
    summary: "Export the invoice report as PDF",
    description: "Returns what `exportInvoiceReport` does as a PDF/A-3 file.",
    permission: "billing:read",
    branch: "scope",
    query: ReportQuery,
    success: pdf,
    errors: ["too_many"],
    grants: read,
  },
  runInvoices: {
    route: "POST /v1/invoice-runs",
    summary: "Invoice a month",
    description:
      "Orders the invoices of a month that is over: of one customer, or of all that you invoice. They are drafted from the ledger a few minutes later, and issued if your details say `automatic`. A draft is replaced by what the ledger says now; an invoice that was issued stays as it is, so ordering a month again changes nothing.",
    permission: "billing:write",
    branch: "scope",
    query: ChangeQuery,
    body: z.strictObject({ month: Month, payerId: CustomerId.optional() }).meta({ id: "NewInvoiceRun" }),
    success: {
      status: 202,
      body: z.object({ month: Month, payerId: CustomerId.nullable() }).meta({ id: "InvoiceRun" }),
    },
    errors: ["period_open", "not_applicable", "not_found"],
    grants: order,
  },
  previewInvoice: {
    route: "GET /v1/customers/{id}/invoice-preview",
    summary: "Preview an invoice",
    description:
      "Returns what the invoice of a customer for a month would be as of now, the present month included: with each line, the days that it comes from, and what stands against issuing it. Nothing is stored. Of an invoice with very many lines the first 500 are returned, and `lineCount` tells how many there are. Where more than 2,000 customers were sold to it, the preview is refused (`too_many`): order its draft once the month is over.",
    permission: "billing:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: z.strictObject({ month: Month }),
    success: {
      status: 200,
      body: Invoice.omit({ id: true })
        .extend({ lineCount: z.int(), findingCount: InvoiceHead.shape.findingCount })
        .meta({ id: "InvoicePreview" }),
    },
    errors: ["not_applicable", "too_many"],
    grants: read,
  },
  getInvoice: {
    route: "GET /v1/invoices/{id}",
    summary: "Get an invoice",
    description: `Returns an invoice without its lines. ${ownBooks}`,
    permission: "billing:read",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    success: { status: 200, body: InvoiceHead },
    errors: [],
    grants: get,
  },
  listInvoiceLines: {
    route: "GET /v1/invoices/{id}/lines",
    summary: "List the lines of an invoice",
    description: "Lists the lines of an invoice in its order: by customer, each with the days that it comes from.",
    permission: "billing:read",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    query: PageQuery,
    success: { status: 200, body: pageOf(InvoiceLine) },
    errors: ["invalid_cursor"],
    grants: get,
  },
  exportInvoicePdf: {
    route: "GET /v1/invoices/{id}/pdf",
    summary: "Export an invoice as PDF",
    description:
      "Returns an invoice as a PDF/A-3 file, the same bytes that were mailed. It is a Factur-X invoice if it has what EN 16931 demands, such as the seller's VAT id. One with more than 2,000 lines has their sums.",
    permission: "billing:read",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    success: pdf,
    errors: [],
    grants: read,
  },
  exportInvoiceHtml: {
    route: "GET /v1/invoices/{id}/html",
    summary: "Export an invoice as a page",
    description: "Returns an invoice as an HTML page. One with more than 2,000 lines has their sums.",
    permission: "billing:read",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    success: html,
    errors: [],
    grants: get,
  },
  exportInvoiceCsv: {
    route: "GET /v1/invoices/{id}/csv",
    summary: "Export an invoice as CSV",
    description:
      "Returns the lines of an invoice, its discounts, taxes and sums as a CSV file. One with more than 20,000 lines is read by `listInvoiceLines`.",
    permission: "billing:read",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    success: csv,
    errors: ["too_many"],
    grants: get,
  },
  exportInvoiceXml: {
    route: "GET /v1/invoices/{id}/xml",
    summary: "Export an invoice as an e-invoice",
    description:
      "Returns an invoice that was issued as XML by EN 16931, in the syntax UBL or CII. Refuses where the invoice lacks what EN 16931 demands, and names it. One with more than 2,000 lines has their sums.",
    permission: "billing:read",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    query: z.strictObject({ syntax: z.enum(["UBL", "CII"]) }),
    success: { status: 200, body: z.string(), media: "application/xml", description: "An XML file" },
    errors: ["not_applicable"],
    grants: get,
  },
  issueInvoice: {
    route: "POST /v1/invoices/{id}/issue",
    summary: "Issue an invoice",
    description:
      "Issues a draft: it gets the next number, and can no longer be changed. It is mailed if its configuration says so. Refuses while something stands against it, such as days that are missing in the ledger, and names it.",
    permission: "billing:write",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: InvoiceHead },
    errors: ["invoice_state", "invoice_blocked", "number_out_of_order", "not_applicable"],
    grants: write,
  },
  payInvoice: {
    route: "POST /v1/invoices/{id}/payment",
    summary: "Mark an invoice as paid",
    description: "Marks an invoice that was issued as paid.",
    permission: "billing:write",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z.strictObject({ paidOn: Day }).meta({ id: "InvoicePayment" }),
    success: { status: 200, body: InvoiceHead },
    errors: ["invoice_state", "invalid_time"],
    grants: write,
  },
  voidInvoice: {
    route: "POST /v1/invoices/{id}/void",
    summary: "Make an invoice void",
    description:
      "Makes an invoice void that was issued or paid, by a credit note with a number of its own. The invoice itself stays as it is. The month can then be invoiced again.",
    permission: "billing:write",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z.strictObject({ reason: line(500) }).meta({ id: "InvoiceVoid" }),
    success: {
      status: 200,
      body: z.object({ invoice: InvoiceHead, creditNote: InvoiceHead }).meta({ id: "VoidedInvoice" }),
    },
    errors: ["invoice_state", "number_out_of_order", "not_applicable"],
    grants: write,
  },
  mailInvoice: {
    route: "POST /v1/invoices/{id}/mail",
    summary: "Mail an invoice again",
    description: "Mails an invoice that was issued to its recipient once more, with its PDF file.",
    permission: "billing:write",
    branch: "scope",
    about: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 202, body: InvoiceHead },
    errors: ["invoice_state", "mail_disabled", "address_suppressed"],
    grants: order,
  },
});
