import * as z from "zod";
import { AttentionCode } from "../../shared/domain/devices/attention.ts";
import { Watchlist } from "../../shared/domain/reports/watchlist.ts";
import { NewSubscription, Subscription, SubscriptionPatch } from "../../shared/domain/reports/subscription.ts";
import { Report } from "../../shared/domain/reports/report.ts";
import { ReportRun } from "../../shared/domain/reports/run.ts";
import { CustomerId, SubscriptionId } from "../../shared/domain/terms/ids.ts";
import { QueryInstant } from "../../shared/domain/terms/times.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const TokenParams = z.strictObject({
  token: z.string().max(200).meta({ description: "From the link in the mail" }),
});
const IdParams = z.strictObject({ id: SubscriptionId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const reports = defineArea("reports", {
  getWatchlist: {
    route: "GET /v1/customers/{id}/watchlist",
    summary: "List the devices that need attention",
    description:
      "Lists the devices of a customer's whole branch that somebody should look at, the worst first, with the reason and since when it holds. A device with several reasons stands once, under its worst one. With `reason`, every device that has it is listed.\n\n`counts` says how many there are in the branch, also beyond this page.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: PageQuery.extend({
      reason: AttentionCode.optional().meta({ description: "Only devices with this reason" }),
    }),
    success: { status: 200, body: Watchlist },
    errors: ["invalid_cursor"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  createReportSubscription: {
    route: "POST /v1/report-subscriptions",
    summary: "Subscribe to a report",
    description:
      "Sends a report on a customer's whole branch to up to 50 people, every day, once a week or once a month, at a time of day in a time zone. On the days on which clocks are changed it comes once as well. The first report comes at the next time of the schedule.",
    permission: "reports:write",
    branch: "body.customerId",
    query: ChangeQuery,
    body: NewSubscription,
    success: { status: 201, body: Subscription },
    errors: ["invalid_subscription", "too_many"],
    grants: [...read, "table:Query", "table:PutItem"],
  },
  listReportSubscriptions: {
    route: "GET /v1/report-subscriptions",
    summary: "List report subscriptions",
    description: "Lists the report subscriptions of one customer, oldest first.",
    permission: "branch:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
    }),
    success: { status: 200, body: pageOf(Subscription) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getReportSubscription: {
    route: "GET /v1/report-subscriptions/{id}",
    summary: "Get a report subscription",
    description:
      "Returns a report subscription with its recipients. Each shows whether it gets mail, and if not, since when.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Subscription },
    errors: [],
    grants: read,
  },
  updateReportSubscription: {
    route: "PATCH /v1/report-subscriptions/{id}",
    summary: "Update a report subscription",
    description:
      "Changes a report subscription by JSON merge patch. `recipients` replaces the whole list; a recipient who stays keeps his state, so one who has unsubscribed stays so. A report that is already due still comes.",
    permission: "reports:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: SubscriptionPatch,
    success: { status: 200, body: Subscription },
    errors: ["invalid_subscription", "immutable"],
    grants: [...read, "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
  deleteReportSubscription: {
    route: "DELETE /v1/report-subscriptions/{id}",
    summary: "Delete a report subscription",
    description: "Ends a report subscription. Mails that are on their way still arrive.",
    permission: "reports:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Subscription },
    errors: [],
    grants: [...read, "table:PutItem", "table:DeleteItem"],
  },
  previewReport: {
    route: "GET /v1/report-subscriptions/{id}/preview",
    summary: "Preview a report",
    description:
      "Returns a report as it would be sent now: its data, and the mail with subject, text and HTML. With `to`, the end of the period of an earlier report, it returns what that one said, for 90 days. Event logs and activity can also be built for any other past period; how things stood otherwise is not on record.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: z.strictObject({
      to: QueryInstant.optional().meta({ description: "End of a past period; see listDeliveries" }),
    }),
    success: {
      status: 200,
      body: z
        .object({
          report: Report,
          csv: z
            .string()
            .nullable()
            .meta({ description: "The attached file; null: none is attached, or it would be too large" }),
          csvTooLarge: z.boolean(),
          subject: z.string(),
          text: z.string(),
          html: z.string(),
          language: z.string(),
        })
        .meta({ id: "ReportPreview" }),
    },
    errors: ["not_applicable", "invalid_time", "report_too_large"],
    grants: [...read, "table:Query"],
  },
  sendReport: {
    route: "POST /v1/report-subscriptions/{id}/send",
    summary: "Send a report now",
    description:
      "Orders a report beside the schedule, for all recipients who take mail. It is built within seconds; listDeliveries shows what became of it.",
    permission: "reports:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 202, body: ReportRun, description: "Ordered" },
    errors: ["mail_disabled", "not_applicable"],
    grants: [...read, "table:PutItem"],
  },
  listDeliveries: {
    route: "GET /v1/report-subscriptions/{id}/deliveries",
    summary: "List the deliveries of a report",
    description:
      "Lists the reports of a subscription, newest first, 20 on a page at most. Each shows, for every recipient, the state of the mail and why it has not arrived.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery,
    success: { status: 200, body: pageOf(ReportRun) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  unsubscribePage: {
    route: "GET /v1/unsubscribe/{token}",
    summary: "Ask whether to unsubscribe",
    description: "The page that the link in a report leads to. It asks, and changes nothing.",
    permission: "public",
    params: TokenParams,
    success: { status: 200, body: z.string(), media: "text/html" },
    errors: [],
    grants: read,
  },
  unsubscribe: {
    route: "POST /v1/unsubscribe/{token}",
    summary: "Unsubscribe from a report",
    description:
      "Ends a report for the one recipient whose link it is. Mail programs send this by one click (RFC 8058). A link that leads nowhere any more is answered with a page that says so.",
    permission: "public",
    params: TokenParams,
    form: true,
    success: { status: 200, body: z.string(), media: "text/html" },
    errors: ["conflict"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
});
