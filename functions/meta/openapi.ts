import { buildOpenApi } from "../../shared/http/openapi.ts";
import { publicOperation } from "../../shared/http/operation.ts";
import { operations } from "../routes.ts";
import { meta as contracts } from "./contract.ts";

const document = buildOpenApi(operations);

/** Answers the description of this API, made from the contracts of all operations. */
export async function openapi() {
  return document;
}

export const handler = publicOperation(contracts.openapi, openapi);
