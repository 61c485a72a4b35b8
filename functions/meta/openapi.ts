import { buildOpenApi, type OperationExample } from "../../shared/http/description/openapi.ts";
import { publicOperation } from "../../shared/http/public-operation.ts";
import { packedJson } from "../../shared/runtime/packed.ts";
import { areas } from "../areas.ts";
import { operations } from "../routes.ts";
import { meta as contracts } from "./contract.ts";

/** Made with the first request. The build packs the examples beside the bundle. */
let document: ReturnType<typeof buildOpenApi> | undefined;

/** Answers the description of this API, made from the contracts of all operations. */
export async function openapi() {
  document ??= buildOpenApi(operations, {
    areas,
    examples: packedJson("examples.json") as Record<string, OperationExample>,
  });
  return document;
}

export const handler = publicOperation(contracts.openapi, openapi);
