import * as z from "zod";
import { AttentionCode } from "../../shared/domain/devices/attention.ts";
import { Watchlist } from "../../shared/domain/reports/watchlist.ts";
import { NewSubscription, Subscription, SubscriptionPatch } from "../../shared/domain/reports/subscription.ts";
import { CustomerId, SubscriptionId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

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
});
