import { checkNumberOfPlans, putPlan as planAfter } from "../../shared/domain/accounts/service-plan.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { creation, difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { planStore } from "../../shared/store/accounts/plans.ts";
import { plans as contracts } from "./contract.ts";

const stores = { plans: planStore };

/**
 * Creates a service plan, changes one, or takes a retired one back. What it grants applies at once to the accounts on it. Refuses all
 * but the provider's credentials, and to make a trial of a plan that is none.
 */
export async function putPlan({
  params,
  body,
  ifMatch,
  deps: { plans },
}: Input<typeof contracts.putPlan, typeof stores>) {
  const { plans: known, chain } = await plans.loadForChange();
  const before = known.find(({ code }) => code === params.code) ?? null;
  ifMatch(before?.version ?? 0);
  checkNumberOfPlans(known, params.code);
  const after = planAfter(params.code, body, before, plans.now());
  const { code, name } = after;
  const changes = before ? difference(before, after) : creation(after);
  if (before && changes.length === 0) return { result: before, writes: [] };
  return {
    result: after,
    writes: [
      ...plans.save(known, before, after),
      plans.log(chain, {
        type: "ServicePlanSaved",
        node: { id: code, level: null, name },
        changes,
      }),
    ],
  };
}

export const handler = operation(contracts.putPlan, putPlan, stores);
