import { TenantryError } from "@tenantry/client";
import type { login } from "../texts/en/login.ts";

/** What to say of a refusal on the login page. */
export interface Trouble {
  key: keyof typeof login;
  /** Where the API says more than we do. */
  detail: string | null;
  requestId: string | null;
  seconds: number | null;
}

const byCode: Readonly<Record<string, keyof typeof login>> = {
  wrong_password: "wrongPassword",
  wrong_code: "wrongCode",
  rate_limited: "tooMany",
  link_invalid: "linkInvalid",
  password_too_weak: "weak",
  wrong_passkey: "wrongPasskey",
  passkey_copied: "wrongPasskey",
  unauthenticated: "expired",
};

/** Turns whatever a call has thrown into something to say. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof TenantryError)) return { key: "unreachable", detail: null, requestId: null, seconds: null };
  const known = new Map(Object.entries(byCode)).get(error.code);
  return {
    key: known ?? "unreachable",
    detail: known === undefined ? error.message : null,
    requestId: error.requestId,
    seconds: error.retryAfter,
  };
}
