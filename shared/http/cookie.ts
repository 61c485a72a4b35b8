import { DomainError } from "../domain/terms/errors.ts";
import { header, type HttpEvent } from "./parse.ts";

/** The prefix makes browsers refuse a cookie of this name that another host or a plain connection has set. */
const name = "__Host-tenantry";
const attributes = "Path=/; Secure; HttpOnly; SameSite=Strict";

/** The token of the session's cookie; undefined where a request has none, or several. */
export function sessionCookie({ cookies = [] }: HttpEvent): string | undefined {
  const found = cookies.filter((cookie) => cookie.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined;
}

/** The header that gives a browser its session. The session's own times end it, the browser's end drops it. */
export const setCookie = (token: string): string => `${name}=${token}; ${attributes}`;
/** The header that takes it away. */
export const clearCookie = `${name}=; ${attributes}; Max-Age=0`;

/**
 * Refuses a change that a page of somebody else has made a browser send: by what the browser says of the request (Fetch Metadata), and where
 * it says nothing, by its origin.
 * @throws DomainError cross_site_request
 */
export function refuseCrossSite(event: HttpEvent): void {
  const site = header(event, "sec-fetch-site");
  const origin = header(event, "origin");
  const isOwn = origin !== undefined && hostOf(origin) === header(event, "host")?.toLowerCase();
  if (site === undefined ? isOwn : site === "same-origin" && (origin === undefined || isOwn)) return;
  throw new DomainError(
    "cross_site_request",
    "With a cookie, changes are taken from the service's own pages only. Programs send a bearer token.",
  );
}

/** Host and port of an origin; null where it is none. */
function hostOf(origin: string): string | null {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  return url === null || url.origin !== origin ? null : url.host;
}
