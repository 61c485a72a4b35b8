import { isIP } from "node:net";
import { type DomainError, refuse } from "../domain/terms/errors.ts";
import { env } from "./env.ts";
import { addressesOf, checkPublicUrl, hostOf, isPublic, isPublicName } from "./public-address.ts";

const { PUBLIC_URL } = env();

/** Ports that a webhook may be called at. */
const ports: ReadonlySet<string> = new Set(["", "8443"]);
/** Whether this machine may be called. A local run can be told so at any time; in AWS, where the table has no endpoint of its own, it has no effect. */
const loopbackAllowed = (): boolean => {
  const { WEBHOOK_LOOPBACK, DYNAMODB_ENDPOINT } = env();
  return WEBHOOK_LOOPBACK === "true" && DYNAMODB_ENDPOINT !== undefined;
};

const refused = (path: string, why: string): DomainError =>
  refuse("url_not_allowed", path, `The URL cannot be that of a webhook: ${why}.`);

/** Whether a URL is one of this machine that a local run was told to allow. */
const isAllowedLoopback = (url: URL): boolean =>
  (hostOf(url) === "127.0.0.1" || hostOf(url) === "::1") && loopbackAllowed();

/** Whether a host is the installation's own, or a name below it. */
const isOwn = (host: string): boolean => {
  const own = PUBLIC_URL === "" ? undefined : new URL(PUBLIC_URL).hostname;
  return own !== undefined && (host === own || host.endsWith(`.${own}`));
};

/** A URL of a webhook by what it says itself, whatever its name stands for. @throws DomainError url_not_allowed */
function readTarget(text: string, path: string): URL {
  if (!URL.canParse(text)) throw refused(path, "it is no URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw refused(path, "it must not hold a user name or a password");
  if (isAllowedLoopback(url) && (url.protocol === "https:" || url.protocol === "http:")) return url;
  if (url.protocol !== "https:") throw refused(path, "it must begin with https://");
  if (!ports.has(url.port)) throw refused(path, "only the ports 443 and 8443 are called");
  const host = hostOf(url);
  if (isOwn(host)) throw refused(path, "it is an address of this installation");
  if (isIP(host) === 0 && !isPublicName(host)) throw refused(path, `${host} is a local name`);
  return url;
}

/** Refuses a URL that no webhook may have, see `targetOf`. A name that nobody knows yet is taken. @throws DomainError url_not_allowed */
export async function checkWebhookUrl(text: string, path: string): Promise<void> {
  const url = readTarget(text, path);
  if (!isAllowedLoopback(url)) await checkPublicUrl(text, path);
}

/** Where a call goes: the URL, and the addresses that it was checked for. No other may be connected to. */
export interface Target {
  url: URL;
  addresses: string[];
}

/**
 * Where a webhook is called. Its name is resolved once, here, and every address that it stands for has to be public: one that is not refuses
 * the whole, so nothing depends on which of them is taken.
 * @throws DomainError url_not_allowed
 */
export async function targetOf(text: string, resolve = addressesOf): Promise<Target> {
  const url = readTarget(text, "action.url");
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    if (!isPublic(host) && !isAllowedLoopback(url)) throw refused("action.url", `${host} is no public address`);
    return { url, addresses: [host] };
  }
  const addresses = await resolve(host);
  if (addresses.length === 0) throw refused("action.url", `${host} has no address`);
  const inside = addresses.find((address) => !isPublic(address));
  if (inside !== undefined) throw refused("action.url", `${host} stands for ${inside}`);
  return { url, addresses };
}

/** The check as an operation uses it. */
export const webhookTargets = () => ({ check: checkWebhookUrl });
