import { Resolver } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { refuse } from "../domain/terms/errors.ts";

/** A name that does not answer holds no request up for longer. */
const resolver = new Resolver({ timeout: 1_000, tries: 1 });

/** Whether an address is one of the public Internet: not of this machine, a private or shared network, the link, or the cloud's own services. */
export const isPublic = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";

/** Names that mean this machine or a local network, whatever a resolver says. */
const local = /(^|\.)(localhost|local|internal|intranet|lan|home|home\.arpa|localdomain|test|invalid)\.?$/i;

const refused = (path: string, why: string): Error =>
  refuse("url_not_allowed", path, `The URL must lead to a public address: ${why}.`);

/** All addresses of a name; none where it has none, or nobody answers. */
async function addressesOf(name: string): Promise<string[]> {
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

/**
 * Refuses a URL that does not lead to a public address: by its own address in any notation (the URL's parser turns decimal, octal and
 * hexadecimal ones into the usual form), or by one that its name stands for today. The URL itself is never called. A name that nobody knows is
 * taken: it may not have been set up yet.
 * @param path the field that holds it @throws DomainError url_not_allowed
 */
export async function checkPublicUrl(text: string, path: string): Promise<void> {
  const { hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") throw refused(path, "it must not hold a user name or a password");
  const host = hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(host)) {
    if (!isPublic(host)) throw refused(path, `${host} is not one`);
    return;
  }
  if (!host.replace(/\.$/, "").includes(".") || local.test(host)) throw refused(path, `${host} is a local name`);
  const inside = (await addressesOf(host)).find((address) => !isPublic(address));
  if (inside !== undefined) throw refused(path, `${host} stands for ${inside}`);
}

/** The check as an operation uses it. */
export const publicAddresses = () => ({ check: checkPublicUrl });
