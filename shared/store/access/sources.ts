import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";

/** Whoever has an IPv6 address has at least this many bits of a network to himself, and all addresses in it. */
const prefixLength = 64;

/**
 * Where a request comes from, as far as attempts are counted: an IPv4 address, or the /64 of an IPv6 address. Hashed, so that the table holds
 * no address in the clear; whoever has the table could still try all IPv4 addresses, so the items also expire.
 * @param sourceIp as the gateway saw it; never what the client says of itself
 */
export function sourceOf(sourceIp: string): string {
  if (!ipaddr.isValid(sourceIp)) return digest(sourceIp);
  const address = ipaddr.process(sourceIp);
  if (address.kind() === "ipv4") return digest(address.toString());
  return digest(ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${prefixLength}`).toString());
}

/** Whether an address lies in one of the networks, written as CIDR. An IPv4 address written as IPv6 is that IPv4 address. */
export function isWithin(sourceIp: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(sourceIp)) return false;
  const address = ipaddr.process(sourceIp);
  return ranges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === address.kind() && address.match(network, bits);
  });
}

/** Whether networks, written as CIDR, lie in others. No networks are all networks. */
export function liesWithin(inner: readonly string[], outer: readonly string[]): boolean {
  if (outer.length === 0) return true;
  const around = outer.map((range) => ipaddr.parseCIDR(range));
  return (
    inner.length > 0 &&
    inner.every((range) => {
      const [network, bits] = ipaddr.parseCIDR(range);
      return around.some(
        ([wide, wideBits]) => wide.kind() === network.kind() && bits >= wideBits && network.match(wide, wideBits),
      );
    })
  );
}

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 22);
