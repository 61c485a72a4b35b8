import * as z from "zod";
import { StorageLocation } from "../../shared/domain/terms/locations.ts";
import { defineArea } from "../../shared/http/contract.ts";

export const storage = defineArea("storage", {
  listStorageLocations: {
    route: "GET /v1/storage-locations",
    summary: "List storage locations",
    description:
      "Lists where data can be stored: each location with its AWS region, and whether the region stands in the same country.",
    permission: "none",
    success: { status: 200, body: z.object({ items: z.array(StorageLocation), nextCursor: z.null() }) },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
});
