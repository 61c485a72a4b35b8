import * as z from "zod";
import { PlanCode, ServicePlan, ServicePlanInput } from "../../shared/domain/accounts/service-plan.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";

const CodeParams = z.strictObject({ code: PlanCode });

export const plans = defineArea("plans", {
  listPlans: {
    route: "GET /v1/service-plans",
    summary: "List service plans",
    description: "Lists all service plans of the installation on one page, including retired ones.",
    permission: "none",
    branch: "scope",
    success: { status: 200, body: z.object({ items: z.array(ServicePlan), nextCursor: z.null() }) },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  putPlan: {
    route: "PUT /v1/service-plans/{code}",
    summary: "Create or replace a service plan",
    description:
      "Creates a service plan, changes one, or brings a retired one back. Changes apply at once to the accounts on the plan. Only the provider can do this.",
    permission: "plans:write",
    branch: "scope",
    params: CodeParams,
    query: ChangeQuery,
    body: ServicePlanInput,
    success: { status: 200, body: ServicePlan },
    errors: ["immutable", "too_many"],
    grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:UpdateItem"],
  },
  deletePlan: {
    route: "DELETE /v1/service-plans/{code}",
    summary: "Retire a service plan",
    description:
      "Retires a service plan: accounts on it keep it, but no other account can choose it. Only the provider can do this.",
    permission: "plans:write",
    branch: "scope",
    params: CodeParams,
    query: ChangeQuery,
    success: { status: 200, body: ServicePlan },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:UpdateItem"],
  },
});
