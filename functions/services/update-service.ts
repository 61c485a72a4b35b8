import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { serviceStore } from "../../shared/store/hierarchy/services.ts";
import { services as contracts } from "./contract.ts";

const stores = { services: serviceStore };

/** Changes name, quantity or price of a billing-only service. Refuses one that has ended, and credentials of end-customers and sites. */
export async function updateService({
  params,
  body,
  ifMatch,
  deps: { services },
}: Input<typeof contracts.updateService, typeof stores>) {
  const { service: before, chain } = await services.loadForChange(params.id);
  ifMatch(before.version);
  if (before.endedAt !== null) throw refuse("immutable", "", "The service has ended; create another one.");
  const { name, quantity, unitPrice } = { ...before, ...body };
  const merged = {
    ...before,
    name: name ?? before.name,
    quantity: quantity ?? before.quantity,
    unitPrice: unitPrice ?? before.unitPrice,
  };
  const changes = difference(before, merged);
  if (changes.length === 0) return { result: before, writes: [] };
  const after = { ...merged, version: before.version + 1, updatedAt: new Date(services.now()).toISOString() };
  return {
    result: after,
    writes: [
      ...services.save(before, after),
      services.log(chain, { type: "ServiceUpdated", node: { id: after.id, level: null, name: after.name }, changes }),
    ],
  };
}

export const handler = operation(contracts.updateService, updateService, stores);
