import { DomainError } from "../domain/terms/errors.ts";
import { type ApiKeyRecord, authenticateKey, readToken } from "../store/access/api-keys.ts";
import type { Database } from "../store/table/database.ts";
import { authenticateDevice, type SupersededToken } from "../store/devices/device-tokens.ts";
import { authenticateServer } from "../store/storage/server-tokens.ts";
import { apiKeyKey, type Key, pointerKey } from "../store/table/keys.ts";
import type { Caller } from "../store/hierarchy/scope.ts";
import type { Contract } from "./contract.ts";
import { header, type HttpEvent } from "./parse.ts";

/** The answer to a credential that is missing, malformed, unknown, wrong, revoked, expired or of another kind: no difference is told. */
export const unauthenticated = () =>
  new DomainError("unauthenticated", "Send a valid credential as `Authorization: Bearer <token>`.");

/** A credential as a request presents it, not yet checked. */
export interface Presented {
  id: string;
  secret: string;
  /** The item that it is checked against. */
  key: Key;
  check: (db: Database, now: number) => Promise<Caller | SupersededToken | null>;
}

/** Who an API key is. */
const callerOf = ({ id, role, customerId, ancestors, createdBy }: ApiKeyRecord): Caller => ({
  kind: "apiKey",
  id,
  role,
  scopeId: customerId,
  scopeAncestors: ancestors,
  createdBy,
});

/** The credential of a request, of the kind that an operation takes. @throws DomainError unauthenticated */
export function credentialOf(event: HttpEvent, { permission }: Pick<Contract, "permission">): Presented {
  const [scheme, token, ...more] = (header(event, "authorization") ?? "").trim().split(/\s+/);
  const given = scheme?.toLowerCase() === "bearer" && more.length === 0 ? token : undefined;
  const kind = permission === "device" ? "device" : permission === "server" ? "storageServer" : "apiKey";
  const found = given === undefined ? null : readToken(given, kind);
  if (!found) throw unauthenticated();
  if (kind === "device") return { ...found, key: pointerKey(found.id), check: (db) => authenticateDevice(db, found) };
  if (kind === "storageServer")
    return { ...found, key: pointerKey(found.id), check: (db) => authenticateServer(db, found) };
  return {
    ...found,
    key: apiKeyKey(found.id),
    async check(db, now) {
      const record = await authenticateKey(db, found, now);
      return record && callerOf(record);
    },
  };
}
