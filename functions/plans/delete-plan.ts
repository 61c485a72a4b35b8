import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { planStore } from "../../shared/store/accounts/plans.ts";
import { plans as contracts } from "./contract.ts";

const stores = { plans: planStore };

/** Retires a service plan: accounts on it keep it, no other is put on it. Again is no error. Refuses all but the provider's credentials. */
export async function deletePlan({
  params,
  ifMatch,
  deps: { plans },
}: Input<typeof contracts.deletePlan, typeof stores>) {
  const { plans: known, chain } = await plans.loadForChange();
  const before = plans.find(known, params.code);
  ifMatch(before.version);
  if (before.retiredAt !== null) return { result: before, writes: [] };
  const retiredAt = new Date(plans.now()).toISOString();
  const after = { ...before, retiredAt, updatedAt: retiredAt, version: before.version + 1 };
  const { code, name } = after;
  return {
    result: after,
    writes: [
      ...plans.save(known, before, after),
      plans.log(chain, {
        type: "ServicePlanRetired",
        node: { id: code, level: null, name },
        changes: difference(before, after),
      }),
    ],
  };
}

export const handler = operation(contracts.deletePlan, deletePlan, stores);
