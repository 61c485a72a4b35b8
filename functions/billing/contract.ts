import * as z from "zod";
import { Day } from "../../shared/domain/billing/days.ts";
import { UsageRow } from "../../shared/domain/billing/ledger-day.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { defineArea } from "../../shared/http/contract.ts";

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

export const billing = defineArea("billing", {
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
