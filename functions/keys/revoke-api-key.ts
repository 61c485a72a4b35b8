import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { apiKeyStore } from "../../shared/store/access/api-keys.ts";
import { keys as contracts } from "./contract.ts";
import { presentApiKey } from "./presentation.ts";

const stores = { keys: apiKeyStore };

/** Revokes an API key at once and for ever; again is no error. Refuses the key that asks, lest nobody is left to ask. */
export async function revokeApiKey({
  params,
  caller,
  ifMatch,
  deps: { keys },
}: Input<typeof contracts.revokeApiKey, typeof stores>) {
  const { record: before, chain } = await keys.loadWithChain(params.id);
  ifMatch(before.version);
  if (before.id === caller.id) throw new DomainError("key_in_use", "A key cannot revoke itself; use another one.");
  if (before.revokedAt !== null) return { result: presentApiKey(before, caller, keys.now()), writes: [] };
  const { record, writes } = keys.revoke(before);
  return {
    result: presentApiKey(record, caller, keys.now()),
    writes: [
      ...writes,
      keys.log(chain, {
        type: "ApiKeyRevoked",
        node: { id: record.id, level: null, name: record.name },
        changes: difference(before, record),
      }),
    ],
  };
}

export const handler = operation(contracts.revokeApiKey, revokeApiKey, stores);
