import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { serviceStore } from "../../shared/store/hierarchy/services.ts";
import { services as contracts } from "./contract.ts";

const stores = { services: serviceStore };

/** Creates a billing-only service of a customer (A8). Refuses credentials of end-customers and sites: who sells makes the price. */
export async function createService({
  body,
  deps: { services },
}: Input<typeof contracts.createService, typeof stores>) {
  const chain = await services.loadOwner(body.customerId);
  const createdAt = new Date(services.now()).toISOString();
  const { customerId, name, quantity = 1, unitPrice } = body;
  const id = services.newId();
  const service = {
    id,
    version: 1,
    customerId,
    name,
    quantity,
    unitPrice,
    endedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
  return {
    result: service,
    writes: [
      ...services.insert(service, chain),
      services.log(chain, { type: "ServiceCreated", node: { id, level: null, name }, changes: creation(service) }),
    ],
  };
}

export const handler = operation(contracts.createService, createService, stores);
