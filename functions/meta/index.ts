import { publicOperation } from "../../shared/http/public-operation.ts";
import { meta as contracts } from "./contract.ts";

/** Answers where everything is. */
export async function index() {
  return {
    name: "Tenantry" as const,
    version: "1" as const,
    links: {
      self: "/v1",
      openapi: "/v1/openapi.json",
      reference: "/v1/docs",
      health: "/v1/health",
      me: "/v1/me",
      customers: "/v1/customers",
      accounts: "/v1/accounts",
      devices: "/v1/devices",
    },
  };
}

export const handler = publicOperation(contracts.index, index);
