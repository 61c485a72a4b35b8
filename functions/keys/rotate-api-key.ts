import { keyState } from "../../shared/domain/access/api-key.ts";
import { mayGive } from "../../shared/domain/access/roles.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { apiKeyStore } from "../../shared/store/access/api-keys.ts";
import { hashSecret, writeToken } from "../../shared/store/access/tokens.ts";
import { roleNotAllowed } from "../users/role-not-allowed.ts";
import { keys as contracts } from "./contract.ts";
import { refuseWiderNetworks } from "./own-networks.ts";
import { presentApiKey } from "./presentation.ts";

const stores = { keys: apiKeyStore };
const hourMs = 3_600_000;

/**
 * Makes a key in the place of another one, which goes on working for a while. Refuses a key that does not work any more, and one whose role or
 * networks the caller could not give. A key may rotate itself.
 */
export async function rotateApiKey({
  params,
  body,
  caller,
  deps: { keys },
}: Input<typeof contracts.rotateApiKey, typeof stores>) {
  const { record: before, chain } = await keys.loadWithChain(params.id);
  const now = keys.now();
  if (keyState({ revokedAt: before.revokedAt, expiresAt: before.expiresOn }, now) !== "active")
    throw new DomainError("not_applicable", "The key does not work any more; create another one.");
  if (!mayGive(before.role, caller.role, chain[0].level)) throw roleNotAllowed(before.role, caller);
  refuseWiderNetworks(caller, before.ipRanges, "id");
  const [id, secret, createdAt] = [keys.newId(), keys.newSecret(), new Date(now).toISOString()];
  const record = {
    ...before,
    id,
    version: 1,
    secretHash: hashSecret(secret),
    lastSeenAt: null,
    expiryRecordedAt: null,
    createdBy: caller.id,
    createdAt,
    updatedAt: createdAt,
  };
  const ending =
    body.overlapHours === 0
      ? keys.revoke(before).writes
      : keys.endAt(before, new Date(now + body.overlapHours * hourMs).toISOString());
  const changes = [{ path: "replaces", before: before.id, after: id }];
  return {
    result: { ...presentApiKey(record, caller, now), token: writeToken(id, secret) },
    writes: [
      ...keys.insert(record),
      ...ending,
      keys.log(chain, { type: "ApiKeyCreated", node: { id, level: null, name: record.name }, changes }),
    ],
  };
}

export const handler = operation(contracts.rotateApiKey, rotateApiKey, stores);
