import * as z from "zod";
import { defineArea } from "../../shared/http/contract.ts";
import { apiVersion } from "../../shared/http/stability.ts";

/** Addresses of this API, each relative to its own. */
const Links = z.object({
  self: z.string(),
  openapi: z.string(),
  reference: z.string(),
  llms: z.string(),
  health: z.string(),
  me: z.string(),
  customers: z.string(),
  accounts: z.string(),
  devices: z.string(),
});

export const meta = defineArea("meta", {
  index: {
    route: "GET /v1",
    summary: "Get the API's links",
    description:
      "Returns the name and version of the API and links to its description, its reference and its main collections.",
    permission: "public",
    success: {
      status: 200,
      body: z.object({ name: z.literal("Tenantry"), version: z.literal(apiVersion), links: Links }),
    },
    errors: [],
    grants: [],
  },
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
  llms: {
    route: "GET /v1/llms.txt",
    summary: "Read what the API can do, as a language model reads it",
    description:
      "Lists all operations by area, with the conventions that apply to each, in the form of [llms.txt](https://llmstxt.org).",
    permission: "public",
    success: { status: 200, body: z.string(), media: "text/plain" },
    errors: [],
    grants: [],
  },
  docs: {
    route: "GET /v1/docs",
    summary: "Read the API reference",
    description: "The reference of this API as a page for people. It loads nothing from any other address.",
    permission: "public",
    success: { status: 200, body: z.string(), media: "text/html" },
    errors: [],
    grants: [],
  },
  referenceScript: {
    route: "GET /v1/docs/reference.js",
    summary: "Get the script of the API reference",
    description: "The script that draws the reference from the OpenAPI document.",
    permission: "public",
    success: { status: 200, body: z.string(), media: "text/javascript" },
    errors: [],
    grants: [],
  },
});
