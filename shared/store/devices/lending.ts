import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { Database } from "../table/database.ts";
import { lentKey, lentPrefix } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";

/*
 * A backup set that was moved to another device leaves its data under the prefix of the device that it comes from, which its new device may read
 * and write from then on. As long as that is so, these data are not removed, and neither device leaves its customer.
 */

type Borrower = Pick<DeviceRecord, "id" | "customerId" | "borrows">;
const pairsOf = (devices: readonly Borrower[]): Map<string, [customerId: string, lender: string, borrower: string]> =>
  new Map(
    devices.flatMap(({ id, customerId, borrows }) =>
      borrows.map((lender) => [`${lender} ${id}`, [customerId, lender, id]] as const),
    ),
  ) as ReturnType<typeof pairsOf>;

/** The writes that tell, beside the devices of a customer, whose data are used by whom. */
export function lendWrites(before: readonly Borrower[], after: readonly Borrower[]): Write[] {
  const [old, now] = [pairsOf(before), pairsOf(after)];
  return [
    ...[...now].flatMap(([name, pair]): Write[] => {
      const key = lentKey(...pair);
      return old.has(name) ? [] : [{ kind: "put", key, item: { kind: "lent", ...key }, when: [] }];
    }),
    ...[...old].flatMap(([name, pair]): Write[] =>
      now.has(name) ? [] : [{ kind: "delete", key: lentKey(...pair), when: [] }],
    ),
  ];
}

const pairsAtMost = 1_000;
/** The devices of a customer that use each other's data, by whichever id those lie under. */
export async function sharing(db: Database, customerId: string): Promise<ReadonlySet<string>> {
  const { items } = await db.query({ pk: customerId, prefix: lentPrefix(), limit: pairsAtMost });
  return new Set(items.flatMap((item) => String(item["sk"]).split("#").slice(1)));
}

/** Whether another device of a customer uses the data that lie under a device's id. */
export async function isLent(db: Database, customerId: string, dataDeviceId: string): Promise<boolean> {
  const { items } = await db.query({ pk: customerId, prefix: lentPrefix(dataDeviceId), limit: 1 });
  return items.length > 0;
}
