import { homeOf, type placeOfData } from "../../shared/domain/devices/data-place.ts";
import type { DeviceRecord } from "../../shared/domain/devices/device.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { devicePrefix } from "../../shared/domain/hierarchy/vault.ts";
import { sells } from "../../shared/domain/terms/levels.ts";
import type { Session } from "../../shared/runtime/vault-credentials.ts";

/** Ids of what a device sees above itself: its customer and, from a site, the end-customer. Of those who sell it hears the level only. */
export const seenByDevice = (chain: Chain): ReadonlySet<string> =>
  new Set(chain.filter(({ level }) => !sells(level)).map(({ id }) => id));

/** What credentials of a device are good for: where its data go, and where those lie that it has taken over. null: the customer's own storage. */
export function sessionOf(
  device: DeviceRecord,
  chain: Chain,
  { location, region, bucket, prefix }: ReturnType<typeof placeOfData>,
  inherited: readonly string[],
): Session | null {
  if (region === null || bucket === null) return null;
  const { id: deviceId } = device;
  const { customerId } = homeOf(device, chain[0], deviceId);
  const own = devicePrefix({ prefix: `${customerId}/` }, deviceId);
  return {
    deviceId,
    location,
    region,
    bucket,
    prefixes: [...new Set([prefix, own, ...inherited])],
    access: "read-write",
  };
}
