import * as z from "zod";
import { Account } from "../../shared/domain/accounts/account.ts";
import { Device } from "../../shared/domain/devices/device.ts";
import { Customer } from "../../shared/domain/hierarchy/customer.ts";
import { LogEntry } from "../../shared/domain/hierarchy/logged-entry.ts";
import { Watchlist } from "../../shared/domain/reports/watchlist.ts";
import { CustomerStorage } from "../../shared/domain/storage/residency.ts";
import { CustomerId, idsOf } from "../../shared/domain/terms/ids.ts";
import { Level } from "../../shared/domain/terms/levels.ts";
import { BranchCounts } from "../../shared/domain/usage/branch-counts.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { countUpTo, pageOf, PageQuery } from "../../shared/http/requests.ts";

/** Things that one request may ask for by their ids. */
const thingsAtMost = 100;

/** Customers, accounts and devices that one page of an export looks at. */
export const exportedAtMost = 500;

/** Those that one page of counts looks at. */
export const countedAtMost = 1000;

/** How much of each an overview shows. */
export const overviewOf = { attention: 8, log: 8, days: 30 } as const;

/** Something of a branch, whatever it is. */
const Thing = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("customer"), customer: Customer }),
    z.object({ kind: z.literal("account"), account: Account }),
    z.object({ kind: z.literal("device"), device: Device }),
  ])
  .meta({ id: "Thing", description: "A customer, an account or a device of a branch" });
const ThingKind = z.enum(["customer", "account", "device"]);

export const branch = defineArea("branch", {
  getBatch: {
    route: "GET /v1/batch",
    summary: "Get up to 100 things by their ids",
    description:
      "Returns customers, accounts and devices of your branch in the order of their ids. What does not exist, or lies outside your branch, is left out.",
    permission: "branch:read",
    named: { list: "query.ids", atMost: thingsAtMost },
    query: z.strictObject({
      ids: idsOf(["customer", "account", "device"], thingsAtMost).meta({
        description: "Ids of customers, accounts and devices, separated by commas: 100 at most, each once",
        type: "string",
      }),
    }),
    success: { status: 200, body: z.object({ items: z.array(Thing) }) },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
  listDescendants: {
    route: "GET /v1/customers/{id}/descendants",
    summary: "List all customers, accounts or devices of a branch",
    description:
      "Lists everything of one kind below a customer, however many levels below: in the order of the tree, and by name within each level. The accounts and devices of the customer itself are among it.\n\nOne cursor leads through a branch of any size. A page looks at no more than 200 customers, so it may hold few items, or none, and still have a next one: only `nextCursor: null` is the end. Deleted customers are left out with all that is below them; deleted accounts and devices are listed until they are purged.\n\nThere are no filters by state: they would read the whole branch for a few items. To find devices that need attention, use the watchlist.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: PageQuery.extend({
      kind: ThingKind,
      level: Level.optional().meta({ description: "Only customers of this level; needs kind=customer" }),
    }),
    success: { status: 200, body: pageOf(Thing) },
    errors: ["invalid_cursor"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  exportBranch: {
    route: "GET /v1/customers/{id}/export",
    summary: "Export a branch",
    description:
      'Returns all customers, accounts and devices below a customer as a CSV file that can be imported below any customer: UTF-8 with a byte order mark, one row for each, parents before what stands below them. The customer itself has no row; `parent` is empty in the rows directly below it.\n\nThe file comes in pages of up to 500 rows. If there is more, the header `Link` holds the address of the next page (`rel="next"`); the pages one after the other are the file. A page looks at no more than 200 customers, so it may hold few rows, or none, and still have a `Link`.\n\nPasswords are not exported. Deleted things and devices that wait to be approved are left out. A cell that a spreadsheet would take for a formula begins with an apostrophe, which an import takes off again.',
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: z.strictObject({
      limit: countUpTo(exportedAtMost, "Rows of a page"),
      cursor: PageQuery.shape.cursor.meta({ description: "From the `Link` of the page before" }),
    }),
    success: { status: 200, body: z.string(), media: "text/csv", description: "Rows of a CSV file" },
    errors: ["invalid_cursor", "customer_deleted"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  getOverview: {
    route: "GET /v1/customers/{id}/overview",
    summary: "Get a customer at a glance",
    description:
      "Returns in one answer what somebody wants to know of a customer at first sight: its record with limits and trial, how many devices its branch has, the worst of those that need attention with the counts of all, where its data lie, what happened last in its branch, and how it went in the last 30 days.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    success: {
      status: 200,
      body: z
        .object({
          customer: Customer,
          devices: z.int().min(0).meta({ description: "Active and suspended devices of the branch" }),
          attention: Watchlist.omit({ nextCursor: true }).meta({ description: "The beginning of getWatchlist" }),
          storage: CustomerStorage.meta({ description: "As getStorage answers" }),
          log: z.array(LogEntry).meta({ description: "The beginning of listLog, newest first" }),
          trend: z
            .array(
              z.object({
                day: z.iso.date(),
                usedBytes: z.int().min(0),
                devices: z.int().min(0),
                attention: z.int().min(0).meta({ description: "Devices that needed attention" }),
              }),
            )
            .meta({
              description:
                "What the branch had at the end of each of the last 30 days with a record in the usage ledger, oldest first",
            }),
        })
        .meta({ id: "Overview" }),
    },
    errors: ["customer_deleted"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  getCounts: {
    route: "GET /v1/customers/{id}/counts",
    summary: "Count what stands below a customer",
    description:
      "`totals` is what the customer's record knows of its whole branch, at the cost of reading that record: its active and suspended devices, and how many devices need attention (see getWatchlist for the reasons; those below a deactivated customer need none). What is further down comes a moment later.\n\n`counts` are counted by going through the branch. A page looks at no more than 200 customers and 1,000 things, and tells the counts of that part: go on until `nextCursor` is null, and add them up. Counted are the customers below the customer, and the accounts and devices below it, its own among them. Deleted customers are left out with all that is below them; deleted accounts and devices count as such until they are purged. What changes while you go through the pages may be counted as it was or as it is.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: z.strictObject({
      limit: countUpTo(countedAtMost, "Things that a page looks at"),
      cursor: PageQuery.shape.cursor,
    }),
    success: {
      status: 200,
      body: z.object({
        totals: z.object({
          devices: z
            .int()
            .min(0)
            .meta({ description: "Active and suspended devices, as `deviceCount` of the customer" }),
          needAttention: z.int().min(0).meta({ description: "Devices that need attention, each once" }),
        }),
        counts: BranchCounts,
        nextCursor: z.string().nullable().meta({ description: "null: all is counted" }),
      }),
    },
    errors: ["invalid_cursor", "customer_deleted"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
});
