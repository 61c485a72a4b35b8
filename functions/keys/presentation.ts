import { type ApiKey, keyState } from "../../shared/domain/api-key.ts";
import type { ApiKeyRecord } from "../../shared/store/api-keys.ts";

/** An API key as the API shows it: without its hash. */
export const presentApiKey = (record: ApiKeyRecord, nowMs: number): ApiKey => {
  const { id, version, customerId, role, name, expiresOn: expiresAt, revokedAt, createdAt, updatedAt } = record;
  return {
    id,
    version,
    customerId,
    role,
    name,
    state: keyState({ revokedAt, expiresAt }, nowMs),
    expiresAt,
    revokedAt,
    createdAt,
    updatedAt,
  };
};
