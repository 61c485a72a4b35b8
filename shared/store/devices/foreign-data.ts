import type { ForeignData } from "../../domain/devices/data-place.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { VaultPlace } from "../../domain/hierarchy/vault.ts";
import { foreignDataKey, keptDataKey } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";

/*
 * A device that was moved to another customer keeps its data in the vault of the one that it has left. So that vault must not be removed
 * as a whole any more, and the new customer's statement tells that it has data there too.
 */

type HasForeign = Pick<DeviceRecord, "foreignData">;
const named = (devices: readonly HasForeign[]): Map<string, [customerId: string, deviceId: string]> =>
  new Map(
    devices
      .flatMap(({ foreignData }) => foreignData)
      .flatMap(({ customerId, deviceIds }) => deviceIds.map((id) => [`${customerId}/${id}`, [customerId, id]] as const))
      .map(([name, pair]) => [name, [...pair]]),
  );

/**
 * The writes after which the vaults of customers know which devices have left data there that are not theirs to remove.
 * @param before devices as they were, and `after` as they will be
 */
export function keepData(before: readonly HasForeign[], after: readonly HasForeign[]): Write[] {
  const [old, now] = [named(before), named(after)];
  const begins = [...now].filter(([name]) => !old.has(name)).map(([, pair]) => pair);
  const ends = [...old].filter(([name]) => !now.has(name)).map(([, pair]) => pair);
  return [
    ...begins.map(([customerId, deviceId]): Write => {
      const key = keptDataKey(customerId, deviceId);
      return { kind: "put", key, item: { kind: "kept-data", ...key }, when: [] };
    }),
    ...ends.map(([customerId, deviceId]): Write => ({
      kind: "delete",
      key: keptDataKey(customerId, deviceId),
      when: [],
    })),
  ];
}

const placesOf = (foreignData: readonly ForeignData[]): VaultPlace[] => [
  ...new Map(foreignData.flatMap(({ vaults }) => vaults).map((vault) => [vault.location, vault])).values(),
];

/** The writes that count at their customers how many devices have data in which location in the vault of another. null: it is not there. */
export function countForeign(before: DeviceRecord | null, after: DeviceRecord | null): Write[] {
  const count = (device: DeviceRecord | null, times: 1 | -1): Write[] =>
    device === null
      ? []
      : placesOf(device.foreignData).map(({ location, region, bucket }) => ({
          kind: "update",
          key: foreignDataKey(device.customerId, location),
          set: { kind: "foreign-data", location, region, bucket },
          add: { devices: times },
          when: [],
        }));
  const places = (device: DeviceRecord | null): string =>
    device === null ? "" : [device.customerId, ...placesOf(device.foreignData).map(({ location }) => location)].join();
  return places(before) === places(after) ? [] : [...count(before, -1), ...count(after, 1)];
}
