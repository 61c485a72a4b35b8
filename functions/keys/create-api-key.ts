import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { mayGive } from "../../shared/domain/access/roles.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { apiKeyStore } from "../../shared/store/access/api-keys.ts";
import { hashSecret, writeToken } from "../../shared/store/access/tokens.ts";
import { keys as contracts } from "./contract.ts";
import { roleNotAllowed } from "../users/role-not-allowed.ts";
import { refuseWiderNetworks } from "./own-networks.ts";
import { presentApiKey } from "./presentation.ts";

const stores = { keys: apiKeyStore };

/**
 * Creates an API key for the branch of a customer of the caller's branch. Refuses a role above the caller's own, the role
 * support but to keys of the provider, networks beyond those of the caller's key, and an expiry that has passed. The token is in this answer (and its replay) and nowhere else.
 */
export async function createApiKey({
  body,
  caller,
  deps: { keys },
}: Input<typeof contracts.createApiKey, typeof stores>) {
  const chain = await keys.loadOwner(body.customerId);
  const now = keys.now();
  if (!mayGive(body.role, caller.role, chain[0].level)) throw roleNotAllowed(body.role, caller);
  refuseWiderNetworks(caller, body.ipRanges ?? [], "ipRanges");
  const expiresOn = body.expiresAt ? new Date(body.expiresAt).toISOString() : null;
  if (expiresOn !== null && Date.parse(expiresOn) <= now)
    throw refuse("expiry_in_past", "expiresAt", "must lie in the future");
  const [id, secret, createdAt] = [keys.newId(), keys.newSecret(), new Date(now).toISOString()];
  const record = {
    id,
    version: 1,
    customerId: body.customerId,
    ancestors: chain.slice(1).map((above) => above.id),
    role: body.role,
    name: body.name,
    secretHash: hashSecret(secret),
    readOnly: body.readOnly ?? false,
    ipRanges: body.ipRanges ?? [],
    lastSeenAt: null,
    expiresOn,
    revokedAt: null,
    expiryRecordedAt: null,
    createdBy: caller.id,
    createdAt,
    updatedAt: createdAt,
  };
  return {
    result: { ...presentApiKey(record, caller, now), token: writeToken(id, secret) },
    writes: [
      ...keys.insert(record),
      keys.log(chain, { type: "ApiKeyCreated", node: { id, level: null, name: body.name }, changes: creation(record) }),
    ],
  };
}

export const handler = operation(contracts.createApiKey, createApiKey, stores);
