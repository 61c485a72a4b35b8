import { publicOperation } from "../../shared/http/public-operation.ts";
import { apiVersion } from "../../shared/http/stability.ts";
import { meta as contracts } from "./contract.ts";

/** Answers where everything is. */
export async function index() {
  return {
    name: "Tenantry" as const,
    version: apiVersion,
    links: {
      self: "/v1",
      openapi: "/v1/openapi.json",
      reference: "/v1/docs",
      llms: "/v1/llms.txt",
      health: "/v1/health",
      me: "/v1/me",
      customers: "/v1/customers",
      accounts: "/v1/accounts",
      devices: "/v1/devices",
    },
  };
}

export const handler = publicOperation(contracts.index, index);
