import { type ApiKey, keyState } from "../../shared/domain/access/api-key.ts";
import type { ApiKeyRecord } from "../../shared/store/access/api-keys.ts";
import { type Caller, isProviders } from "../../shared/store/hierarchy/scope.ts";

/**
 * An API key as the API shows it to `reader`: without its hash. Who made it may be a key of a level above, of which only the provider's
 * keys may hear.
 */
export const presentApiKey = (
  record: ApiKeyRecord,
  reader: Pick<Caller, "id" | "scopeAncestors">,
  nowMs: number,
): ApiKey => {
  const {
    id,
    version,
    customerId,
    role,
    name,
    expiresOn: expiresAt,
    revokedAt,
    readOnly,
    ipRanges,
    lastSeenAt,
    createdBy,
    createdAt,
    updatedAt,
  } = record;
  return {
    id,
    version,
    customerId,
    role,
    name,
    state: keyState({ revokedAt, expiresAt }, nowMs),
    expiresAt,
    revokedAt,
    readOnly,
    ipRanges,
    lastUsedAt: lastSeenAt,
    createdBy: isProviders(reader) || createdBy === reader.id ? createdBy : null,
    createdAt,
    updatedAt,
  };
};
