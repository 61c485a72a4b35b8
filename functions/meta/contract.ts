import * as z from "zod";
import { defineArea } from "../../shared/http/contract.ts";

export const meta = defineArea("meta", {
  health: {
    route: "GET /v1/health",
    summary: "Answers once the service and its table answer",
    permission: "public",
    success: { status: 200, body: z.object({ status: z.literal("ok") }) },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
  openapi: {
    route: "GET /v1/openapi.json",
    summary: "This API as an OpenAPI 3.1 document",
    permission: "public",
    success: { status: 200, body: z.record(z.string(), z.unknown()) },
    errors: [],
    grants: [],
  },
});
