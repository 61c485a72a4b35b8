import { DomainError } from "../domain/errors.ts";
import { type ApiKeyRecord, readToken } from "../store/api-keys.ts";
import type { Caller } from "../store/scope.ts";
import { header, type HttpEvent } from "./parse.ts";

/** The answer to a credential that is missing, malformed, unknown, wrong, revoked or expired: no difference is told. */
export const unauthenticated = () =>
  new DomainError("unauthenticated", "Send a valid credential as `Authorization: Bearer <token>`.");

/** The credential of a request, not yet checked. @throws DomainError unauthenticated */
export function credentialOf(event: HttpEvent): { id: string; secret: string } {
  const [scheme, token, ...more] = (header(event, "authorization") ?? "").trim().split(/\s+/);
  const credential =
    scheme?.toLowerCase() === "bearer" && token !== undefined && more.length === 0 ? readToken(token) : null;
  if (!credential) throw unauthenticated();
  return credential;
}

/** Who a key is. */
export const callerOf = ({ id, role, customerId, ancestors }: ApiKeyRecord): Caller => ({
  kind: "apiKey",
  id,
  role,
  scopeId: customerId,
  scopeAncestors: ancestors,
});
