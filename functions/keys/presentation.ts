import { ApiKey, keyState } from "../../shared/domain/access/api-key.ts";
import type { ApiKeyRecord } from "../../shared/store/access/api-keys.ts";
import { type Caller, isProviders } from "../../shared/store/hierarchy/scope.ts";

/**
 * An API key as the API shows it to `reader`: what the schema names, so that its hash is not among it. Who made it may be a key of a level above,
 * of which only the provider's keys may hear.
 */
export const presentApiKey = (
  record: ApiKeyRecord,
  reader: Pick<Caller, "id" | "scopeAncestors">,
  nowMs: number,
): ApiKey => {
  const { expiresOn: expiresAt, revokedAt, lastSeenAt, createdBy } = record;
  return ApiKey.parse({
    ...record,
    state: keyState({ revokedAt, expiresAt }, nowMs),
    expiresAt,
    lastUsedAt: lastSeenAt,
    createdBy: isProviders(reader) || createdBy === reader.id ? createdBy : null,
  });
};
