import * as z from "zod";
import {
  InvoiceConfig,
  InvoiceConfigInput,
  IssuerConfig,
  IssuerConfigInput,
} from "../../shared/domain/billing/invoice-config.ts";
import { PricePlanInput, PricePlanRecord } from "../../shared/domain/billing/price-plan.ts";
import { Day } from "../../shared/domain/billing/days.ts";
import { LedgerDay, LedgerFacts, UsageRow } from "../../shared/domain/billing/ledger-day.ts";
import { CustomerId, PricePlanId } from "../../shared/domain/terms/ids.ts";
import { line } from "../../shared/domain/terms/text.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

/** Days that one answer tells of at most: thirteen months, and a little more. */
const longestPeriod = 400;

const IdParams = z.strictObject({ id: CustomerId });
const UsageQuery = z
  .strictObject({
    from: Day.meta({ description: "The first day, in the customer's time zone" }),
    to: Day.meta({ description: `The last day; at most ${longestPeriod} days in all` }),
    unit: z.enum(["day", "month"]).default("day").meta({ description: "A row for each day, or for each month (day)" }),
  })
  .check((context) => {
    const { from, to } = context.value;
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
    const say = (message: string) => context.issues.push({ code: "custom", input: to, path: ["to"], message });
    if (days < 1) say("lies before from");
    else if (days > longestPeriod) say(`at most ${longestPeriod} days can be asked for at once`);
  });

const PlanParams = z.strictObject({ id: PricePlanId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];
const ownBooks =
  "Prices, and what a seller says of its invoices, are its own: they are seen by its own users and keys, and neither by the levels above it nor by those that it sells to.";
const priceErrors = [
  "currency_unknown",
  "price_negative",
  "tiers_overlap",
  "tiers_unordered",
  "discount_over_100",
  "tax_over_100",
  "tax_not_exempt",
  "versions_overlap",
] as const;

export const billing = defineArea("billing", {
  listPricePlans: {
    route: "GET /v1/price-plans",
    summary: "List price plans",
    description: `Lists the price plans of your customer, oldest first, on one page. ${ownBooks}`,
    permission: "billing:read",
    branch: "scope",
    success: { status: 200, body: z.object({ items: z.array(PricePlanRecord), nextCursor: z.null() }) },
    errors: [],
    grants: [...read, "table:Query"],
  },
  createPricePlan: {
    route: "POST /v1/price-plans",
    summary: "Create a price plan",
    description:
      "Creates a price plan of your customer: what it charges for space, devices, licences, accounts and services, with free units, tiers, a minimum, a discount and tax. Prices are for a month, in minor units of the currency; a day costs its share of its own month.",
    permission: "billing:write",
    branch: "scope",
    query: ChangeQuery,
    body: PricePlanInput,
    success: { status: 201, body: PricePlanRecord },
    errors: [...priceErrors, "too_many"],
    grants: [...read, "table:Query", "table:PutItem"],
  },
  getPricePlan: {
    route: "GET /v1/price-plans/{id}",
    summary: "Get a price plan",
    description: "Returns a price plan of your customer with all its versions.",
    permission: "billing:read",
    branch: "scope",
    params: PlanParams,
    success: { status: 200, body: PricePlanRecord },
    errors: ["not_found"],
    grants: read,
  },
  putPricePlan: {
    route: "PUT /v1/price-plans/{id}",
    summary: "Replace a price plan",
    description:
      "Replaces the name and the versions of a price plan. Prices that are in force or past stay as they are, as invoices were written by them: new ones are valid from tomorrow on at the earliest. The currency cannot be changed.",
    permission: "billing:write",
    branch: "scope",
    params: PlanParams,
    query: ChangeQuery,
    body: PricePlanInput,
    success: { status: 200, body: PricePlanRecord },
    errors: [...priceErrors, "immutable", "prices_in_force", "not_found"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  getInvoiceIssuer: {
    route: "GET /v1/invoice-issuer",
    summary: "Get what your invoices say of you",
    description: `Returns what your customer says of itself on invoices, and how it numbers them. ${ownBooks}`,
    permission: "billing:read",
    branch: "scope",
    success: { status: 200, body: IssuerConfig },
    errors: ["not_found"],
    grants: read,
  },
  putInvoiceIssuer: {
    route: "PUT /v1/invoice-issuer",
    summary: "Set what your invoices say of you",
    description:
      "Sets name, address, VAT id and bank of your customer as they stand on invoices, the prefix of their numbers, and whether the monthly run issues what it drafts. Numbers have no gaps for each prefix and year. Invoices that were issued stay as they are.",
    permission: "billing:write",
    branch: "scope",
    query: ChangeQuery,
    body: IssuerConfigInput,
    success: { status: 200, body: IssuerConfig },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  listInvoiceConfigs: {
    route: "GET /v1/invoice-configs",
    summary: "List whom you invoice",
    description:
      "Lists how the customers directly below yours are invoiced, those included that have been moved away or deleted since.",
    permission: "billing:read",
    branch: "scope",
    query: PageQuery,
    success: { status: 200, body: pageOf(InvoiceConfig) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getInvoiceConfig: {
    route: "GET /v1/customers/{id}/invoice-config",
    summary: "Get how a customer is invoiced",
    description:
      "Returns how your customer invoices one of those directly below it: 404 where it never did. Others are refused, as invoices are between a seller and its customer.",
    permission: "billing:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: InvoiceConfig },
    errors: [],
    grants: read,
  },
  putInvoiceConfig: {
    route: "PUT /v1/customers/{id}/invoice-config",
    summary: "Set how a customer is invoiced",
    description:
      "Switches invoices on or off for a customer directly below yours, and sets its price plan, the day of the month, recipient, language, payment terms and the buyer's details. On that day the month before is invoiced.",
    permission: "billing:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: InvoiceConfigInput,
    success: { status: 200, body: InvoiceConfig },
    errors: ["not_applicable"],
    grants: [...read, "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
  correctUsage: {
    route: "POST /v1/customers/{id}/usage/corrections",
    summary: "Correct a day of the usage ledger",
    description:
      "Corrects what the usage ledger says of a day: the record that stands is reversed, with the reason, and one with the corrected figures stands in its place; both stay. Only the provider can do this. Invoices that were issued stay as they are: make them void, and invoice the month again.",
    permission: "billing:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({
        day: Day,
        reason: line(500),
        ...LedgerFacts.pick({
          usedBytes: true,
          peakBytes: true,
          devices: true,
          licences: true,
          accounts: true,
          trial: true,
          state: true,
        }).partial().shape,
      })
      .meta({ id: "UsageCorrection" }),
    success: { status: 201, body: LedgerDay },
    errors: [],
    grants: [...read, "table:Query", "table:PutItem"],
  },
  getUsage: {
    route: "GET /v1/customers/{id}/usage",
    summary: "Get what a customer used by day or month",
    description:
      "Returns from the usage ledger what a customer used: its own accounts and devices, without those of customers below it, and beside that what its whole branch had (`branch`). The ledger gets one record for each day of the customer's time zone, in the night after it, and no record is ever changed. Days without a record are counted as `missingDays`, and no figure is made up for them: today has none yet.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: UsageQuery,
    success: {
      status: 200,
      body: z
        .object({
          customerId: CustomerId,
          unit: z.enum(["day", "month"]),
          items: z.array(UsageRow),
          nextCursor: z.null(),
        })
        .meta({ id: "CustomerUsage" }),
    },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  exportUsage: {
    route: "GET /v1/customers/{id}/usage/export",
    summary: "Export what a customer used",
    description: "Returns what getUsage does as a CSV file: UTF-8 with a byte order mark, a row for each day or month.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: UsageQuery,
    success: { status: 200, body: z.string(), media: "text/csv", description: "A CSV file" },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query"],
  },
});
