import { Resolver } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { refuse } from "../domain/terms/errors.ts";

/** A name that does not answer holds no request up for longer. */
const resolver = new Resolver({ timeout: 1_000, tries: 1 });
/** What IPv6 has given out for addresses of the public Internet (RFC 4291). */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** Whether an address is one of the public Internet: not of this machine, a private or shared network, the link, or the cloud's own services. */
export const isPublic = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return address.range() === "unicast" && (address instanceof ipaddr.IPv4 || address.match(globalUnicast));
};

/** Names that mean this machine or a local network, whatever a resolver says. */
const local = /(^|\.)(localhost|local|internal|intranet|lan|home|home\.arpa|localdomain|test|invalid)\.?$/i;

const refused = (path: string, why: string): Error =>
  refuse("url_not_allowed", path, `The URL must lead to a public address: ${why}.`);

/** All addresses of a name; none where it has none, or nobody answers. */
export async function addressesOf(name: string): Promise<string[]> {
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

/** The host of a URL: an address without brackets, or a name without a dot at its end. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");

/** Whether a host is written as a name that can be one of the public Internet. */
export const isPublicName = (host: string): boolean => host.includes(".") && !local.test(host);

/**
 * Refuses a URL that does not lead to a public address: by its own address in any notation (the URL's parser turns decimal, octal and
 * hexadecimal ones into the usual form), or by one that its name stands for today. The URL itself is never called. A name that nobody knows is
 * taken: it may not have been set up yet.
 * @param path the field that holds it @throws DomainError url_not_allowed
 */
export async function checkPublicUrl(text: string, path: string): Promise<void> {
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw refused(path, "it must not hold a user name or a password");
  const host = hostOf(url);
  if (ipaddr.isValid(host)) {
    if (!isPublic(host)) throw refused(path, `${host} is not one`);
    return;
  }
  if (!isPublicName(host)) throw refused(path, `${host} is a local name`);
  const inside = (await addressesOf(host)).find((address) => !isPublic(address));
  if (inside !== undefined) throw refused(path, `${host} stands for ${inside}`);
}

/** The check as an operation uses it. */
export const publicAddresses = () => ({ check: checkPublicUrl });
