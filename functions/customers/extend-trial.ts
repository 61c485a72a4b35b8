import { presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import { extendedTrial } from "../../shared/domain/terms/trial.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { trialStore } from "../../shared/store/life/trials.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore, trials: trialStore };

/** Extends a customer's trial, once and as far as the settings let it. Refuses a second time, an end in the past or beyond a year, and of the caller's own customer. */
export async function extendTrial({
  params,
  body,
  ifMatch,
  deps: { customers, trials },
}: Input<typeof contracts.extendTrial, typeof stores>) {
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  customers.refuseOnOwn(before, "The extension of the trial");
  ifMatch(before.version);
  const now = customers.now();
  const record = {
    ...before,
    ...extendedTrial(before, body.endsAt, effectiveSettings(chain).trial.extensionDays.value, now),
    version: before.version + 1,
    updatedAt: new Date(now).toISOString(),
  };
  const { id, level, name } = record;
  return {
    result: presentCustomer([record, ...parents], customers.scopeId, now),
    writes: [
      ...trials.extension(before, record, parents),
      customers.log(chain, {
        type: "TrialExtended",
        node: { id, level, name },
        changes: difference(before, record),
      }),
    ],
  };
}

export const handler = operation(contracts.extendTrial, extendTrial, stores);
