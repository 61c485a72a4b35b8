import * as z from "zod";
import { defineArea } from "../../shared/http/contract.ts";

export const meta = defineArea("meta", {
  health: {
    route: "GET /v1/health",
    summary: "Check the service's health",
    description:
      "Answers 200 when the service and its table respond. Load balancers and monitors may call it without a credential.",
    permission: "public",
    success: { status: 200, body: z.object({ status: z.literal("ok") }) },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
  openapi: {
    route: "GET /v1/openapi.json",
    summary: "Get the OpenAPI document",
    description:
      "Describes every operation of this API in OpenAPI 3.1. The document is generated from the contracts that the service itself enforces.",
    permission: "public",
    success: { status: 200, body: z.record(z.string(), z.unknown()) },
    errors: [],
    grants: [],
  },
});
