import * as z from "zod";
import { OfferedLocation } from "../../shared/domain/terms/offered-locations.ts";
import { CountryCode, LocationChoice } from "../../shared/domain/terms/locations.ts";
import { CustomerStorage } from "../../shared/domain/storage/residency.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { PageQuery } from "../../shared/http/requests.ts";
import { defineArea } from "../../shared/http/contract.ts";

export const storage = defineArea("storage", {
  listStorageLocations: {
    route: "GET /v1/storage-locations",
    summary: "List storage locations",
    description:
      "Lists where data can be stored: each location with its AWS region, whether the region stands in the same country, and whether it takes new customers. With a country, lists what a new customer of that country can get, and says whether there is a choice.",
    permission: "none",
    query: z.strictObject({
      country: CountryCode.optional().meta({ description: "Country of a customer to be created" }),
    }),
    success: {
      status: 200,
      body: z.object({
        items: z.array(OfferedLocation),
        nextCursor: z.null(),
        choice: LocationChoice.nullable().meta({ description: "null: no country was named" }),
      }),
    },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
  getStorage: {
    route: "GET /v1/customers/{id}/storage",
    summary: "Show where a customer's data lie",
    description:
      "Shows where the data of one customer lie, since when, who decided it, and what the last nightly check of record, manifest, bucket and devices has found.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    success: { status: 200, body: CustomerStorage },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  getStorageStatement: {
    route: "GET /v1/customers/{id}/storage-statement",
    summary: "State where the data of a branch lie",
    description:
      "States for every customer of a branch where its data lie, since when, and who decided it: what an auditor asks for. Follow `nextCursor` until it is null; `issuedAt` is the time of each page.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: PageQuery,
    success: {
      status: 200,
      body: z
        .object({
          issuedAt: z.string(),
          customerId: CustomerId.meta({ description: "The top of the branch" }),
          items: z.array(CustomerStorage),
          nextCursor: z.string().nullable(),
        })
        .meta({ id: "StorageStatement" }),
    },
    errors: ["invalid_cursor"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
});
