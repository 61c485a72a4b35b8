import * as z from "zod";
import { AttentionCode } from "../../shared/domain/devices/attention.ts";
import { Watchlist } from "../../shared/domain/reports/watchlist.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { PageQuery } from "../../shared/http/requests.ts";

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
});
