import * as z from "zod";
import { PlanCode, ServicePlan, ServicePlanInput } from "../../shared/domain/accounts/service-plan.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";

const CodeParams = z.strictObject({ code: PlanCode });

export const plans = defineArea("plans", {
  listPlans: {
    route: "GET /v1/service-plans",
    summary: "List the service plans, retired ones too",
    permission: "none",
    branch: "scope",
    success: { status: 200, body: z.object({ items: z.array(ServicePlan), nextCursor: z.null() }) },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  putPlan: {
    route: "PUT /v1/service-plans/{code}",
    summary: "Create or change a service plan, or take a retired one back; the provider only",
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
    summary: "Retire a service plan: the accounts on it stay, no other comes to it; the provider only",
    permission: "plans:write",
    branch: "scope",
    params: CodeParams,
    query: ChangeQuery,
    success: { status: 200, body: ServicePlan },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:UpdateItem"],
  },
});
