import { type Input, operation } from "../../shared/http/operation.ts";
import { serviceStore } from "../../shared/store/hierarchy/services.ts";
import { services as contracts } from "./contract.ts";

const stores = { services: serviceStore };

/** Answers a billing-only service of the caller's branch, also one that has ended. */
export async function getService({ params, deps: { services } }: Input<typeof contracts.getService, typeof stores>) {
  return services.load(params.id);
}

export const handler = operation(contracts.getService, getService, stores);
