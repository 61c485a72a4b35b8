import * as z from "zod";
import { OfferedLocation } from "../../shared/domain/terms/offered-locations.ts";
import { CountryCode, LocationChoice } from "../../shared/domain/terms/locations.ts";
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
});
