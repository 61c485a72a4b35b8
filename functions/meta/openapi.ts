import { buildOpenApi } from "../../shared/http/openapi.ts";
import { publicOperation } from "../../shared/http/operation.ts";
import { areas } from "../areas.ts";
import { operations } from "../routes.ts";
import { meta as contracts } from "./contract.ts";
import examples from "./examples.json" with { type: "json" };

const document = buildOpenApi(operations, { areas, examples });

/** Answers the description of this API, made from the contracts of all operations. */
export async function openapi() {
  return document;
}

export const handler = publicOperation(contracts.openapi, openapi);
