import { type Contract, methodOf, type Operation, pathOf } from "../../shared/http/contract.ts";

/** The gateway's body, in OpenAPI 3.0: HTTP APIs do not import 3.1. */
export interface GatewayBody {
  openapi: "3.0.3";
  info: { title: string; version: string };
  paths: Record<string, Record<string, GatewayOperation>>;
}

interface GatewayOperation {
  operationId: string;
  isDefaultRoute?: true;
  parameters?: { name: string; in: "path"; required: true; schema: { type: "string" } }[];
  responses: Record<string, { description: string }>;
  "x-amazon-apigateway-integration": GatewayIntegration;
}

interface GatewayIntegration {
  type: "AWS_PROXY";
  httpMethod: "POST";
  uri: string;
  payloadFormatVersion: "2.0";
}

/**
 * What the gateway imports: a route per operation, and one for everything that matches none of them. It holds only what routes; the full
 * description of the API is the OpenAPI 3.1 document that the API itself serves.
 * @param uriOf integration URI of a function, by its id
 * @param fallback id of the function that answers where no route matches
 */
export function apiFromRoutes(
  operations: readonly Operation[],
  fallback: string,
  uriOf: (id: string) => string,
): GatewayBody {
  const integration = (id: string): GatewayIntegration => ({
    type: "AWS_PROXY",
    httpMethod: "POST",
    uri: uriOf(id),
    payloadFormatVersion: "2.0",
  });
  const paths: GatewayBody["paths"] = {};
  for (const operation of operations) {
    const byMethod = (paths[pathOf(operation)] ??= {});
    const method = methodOf(operation).toLowerCase();
    if (byMethod[method]) throw new Error(`${operation.id} and ${byMethod[method].operationId} have the same route`);
    const names = pathParameters(operation);
    byMethod[method] = {
      operationId: operation.id,
      ...(names.length > 0 && {
        parameters: names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      }),
      responses: { default: { description: operation.summary } },
      "x-amazon-apigateway-integration": integration(operation.id),
    };
  }
  paths["/$default"] = {
    "x-amazon-apigateway-any-method": {
      operationId: fallback,
      isDefaultRoute: true,
      responses: { default: { description: "No route matches" } },
      "x-amazon-apigateway-integration": integration(fallback),
    },
  };
  return { openapi: "3.0.3", info: { title: "Tenantry", version: "1" }, paths };
}

/** The route as it stands in the ARN of a call, parameters as wildcards: `GET/v1/customers/*`. */
export const callPattern = (contract: Pick<Contract, "route">): string =>
  methodOf(contract) + pathOf(contract).replaceAll(/\{[^}]+\}/g, "*");

const pathParameters = (contract: Pick<Contract, "route">): string[] =>
  [...pathOf(contract).matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!);
