import { type Input, operation } from "../../shared/http/operation.ts";
import { apiKeyStore } from "../../shared/store/access/api-keys.ts";
import { keys as contracts } from "./contract.ts";
import { presentApiKey } from "./presentation.ts";

const stores = { keys: apiKeyStore };

/** Answers an API key of the caller's branch, without its token. */
export async function getApiKey({ params, caller, deps: { keys } }: Input<typeof contracts.getApiKey, typeof stores>) {
  return presentApiKey(await keys.load(params.id), caller, keys.now());
}

export const handler = operation(contracts.getApiKey, getApiKey, stores);
