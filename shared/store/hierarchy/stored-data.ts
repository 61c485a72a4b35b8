import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { DeviceRecord } from "../../domain/devices/device.ts";
import { mayHaveStored } from "../../domain/storage/storage-location.ts";
import { customerKey, devicePrefix, transitKey } from "../table/keys.ts";
import type { StoreContext } from "./scope.ts";
import type { Write } from "../table/writes.ts";

const devicesAtOnce = 200;

/** What the devices of a customer may have stored, by their own records: counters of the customer lag behind them. */
export const storedDataStore = ({ db }: StoreContext) => ({
  /**
   * Whether a device of the customer itself, a deleted one too, may have data stored, or one that is on its way there. Reads page by page until it
   * finds one.
   */
  async isThere(customerId: string): Promise<boolean> {
    const transit = db.get(transitKey(customerId));
    let after: string | undefined;
    do {
      const page = await db.query({ pk: customerId, prefix: devicePrefix(), after, limit: devicesAtOnce });
      if ((await transit) || page.items.some((item) => mayHaveStored(DeviceRecord.parse(item)))) return true;
      after = page.last?.sk;
    } while (after !== undefined);
    return false;
  },

  /**
   * The write that makes a change stale where a device has drawn its first licence since the customer was read, and so may have begun
   * to write behind the look. `customer` must have been read before the look.
   */
  stillNone: ({ id, licencesUsed, licencesUsedToDate }: CustomerRecord): Write => ({
    kind: "update",
    key: customerKey(id),
    set: {},
    add: {},
    when: [
      { attribute: "licencesUsed", is: licencesUsed },
      { attribute: "licencesUsedToDate", is: licencesUsedToDate },
    ],
  }),
});
