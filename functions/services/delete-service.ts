import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { serviceStore } from "../../shared/store/hierarchy/services.ts";
import { services as contracts } from "./contract.ts";

const stores = { services: serviceStore };

/** Ends a billing-only service. It is kept, since the month in which it ends is still billed. Again is no error. */
export async function deleteService({
  params,
  ifMatch,
  deps: { services },
}: Input<typeof contracts.deleteService, typeof stores>) {
  const { service: before, chain } = await services.loadForChange(params.id);
  ifMatch(before.version);
  if (before.endedAt !== null) return { result: before, writes: [] };
  const endedAt = new Date(services.now()).toISOString();
  const after = { ...before, endedAt, updatedAt: endedAt, version: before.version + 1 };
  return {
    result: after,
    writes: [
      ...services.save(before, after),
      services.log(chain, {
        type: "ServiceEnded",
        node: { id: after.id, level: null, name: after.name },
        changes: difference(before, after),
      }),
    ],
  };
}

export const handler = operation(contracts.deleteService, deleteService, stores);
