import * as z from "zod";
import { BillingService, ServiceInput, ServicePatch } from "../../shared/domain/hierarchy/billing-service.ts";
import { CustomerId, ServiceId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, Flag, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: ServiceId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const services = defineArea("services", {
  createService: {
    route: "POST /v1/services",
    summary: "Create a billing-only service",
    description:
      "Creates something that a customer is billed for and nobody logs in to, such as a managed firewall. Keys of end-customers and sites are refused, because the seller sets the price.",
    permission: "billing:write",
    branch: "body.customerId",
    query: ChangeQuery,
    body: ServiceInput.extend({ customerId: CustomerId }).meta({ id: "NewService" }),
    success: { status: 201, body: BillingService },
    errors: [],
    grants: [...read, "table:PutItem"],
  },
  listServices: {
    route: "GET /v1/services",
    summary: "List billing-only services",
    description: "Lists the billing-only services of a customer, oldest first.",
    permission: "billing:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
      ended: Flag.optional().meta({ description: "true: those that have ended, else those that have not" }),
    }),
    success: { status: 200, body: pageOf(BillingService) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getService: {
    route: "GET /v1/services/{id}",
    summary: "Get a billing-only service",
    description: "Returns a billing-only service of your branch, including one that has ended.",
    permission: "billing:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: BillingService },
    errors: [],
    grants: read,
  },
  updateService: {
    route: "PATCH /v1/services/{id}",
    summary: "Update a billing-only service",
    description:
      "Changes the name, quantity or price of a billing-only service by JSON merge patch. A service that has ended cannot be changed.",
    permission: "billing:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: ServicePatch,
    success: { status: 200, body: BillingService },
    errors: ["immutable"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  deleteService: {
    route: "DELETE /v1/services/{id}",
    summary: "End a billing-only service",
    description:
      "Ends a billing-only service. It stays on record, because the month in which it ends is still billed. Ending it again changes nothing.",
    permission: "billing:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: BillingService },
    errors: [],
    grants: [...read, "table:PutItem", "table:DeleteItem"],
  },
});
