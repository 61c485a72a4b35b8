import { timingSafeEqual } from "node:crypto";
import { edgeHeaders } from "../../runtime/env.ts";
import { header, type HttpEvent } from "../parse.ts";

const isSame = (one: string, other: string): boolean => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/**
 * Takes the client's address and host from what the distribution in front of the API says, since the gateway sees the distribution in their place:
 * limits of attempts, address ranges of keys and the check of a cookie's origin are about the client. Of anybody else these headers mean nothing.
 * @param secret what the distribution proves itself by; undefined: there is none
 */
export function takeFromEdge(event: HttpEvent, secret: string | undefined): void {
  if (secret === undefined) return;
  const shown = header(event, edgeHeaders.secret);
  if (shown === undefined || !isSame(shown, secret)) return;
  const viewer = header(event, edgeHeaders.viewer);
  if (viewer !== undefined) event.requestContext.http.sourceIp = viewer;
  const host = header(event, edgeHeaders.host);
  if (host === undefined) return;
  for (const name of Object.keys(event.headers)) if (name.toLowerCase() === "host") delete event.headers[name];
  event.headers["host"] = host;
}
