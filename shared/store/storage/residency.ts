import * as z from "zod";
import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { type Found, ResidencyCheck } from "../../domain/storage/residency.ts";
import { sells } from "../../domain/terms/levels.ts";
import { LocationCode } from "../../domain/terms/locations.ts";
import { foreignDataPrefix, residencyKey } from "../table/keys.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Item } from "../table/units.ts";
import type { Put } from "../table/writes.ts";

/** What the last check of a vault found, as the table holds it. */
export const readCheck = (item: Item | undefined): ResidencyCheck | null => ResidencyCheck.safeParse(item).data ?? null;

/** The write that keeps what a check found, in the place of the one before. */
export function keepCheck(customerId: string, check: ResidencyCheck): Put {
  const key = residencyKey(customerId);
  return { kind: "put", key, item: { kind: "residency", ...check, ...key }, when: [] };
}

const Elsewhere = z.object({ location: LocationCode, region: z.string(), bucket: z.string(), devices: z.int() });

/** What is known of customers' vaults beside their records. Whoever asks must have loaded the customers. */
export const residencyStore = ({ db }: StoreContext) => {
  const found = async (pk: string): Promise<Found> => {
    const [check, { items }] = await Promise.all([
      db.get(residencyKey(pk)),
      db.query({ pk, prefix: foreignDataPrefix, limit: LocationCode.options.length }),
    ]);
    const elsewhere = items.map((item) => Elsewhere.parse(item)).filter(({ devices }) => devices > 0);
    return { check: readCheck(check), elsewhere };
  };
  return {
    /** The last check, and where devices store beside the vault. */
    found,
    /** The same of a page of customers; those who sell have no devices. */
    async foundAll(customers: readonly Pick<CustomerRecord, "id" | "level">[]): Promise<Found[]> {
      db.prefetch(customers.map(({ id }) => residencyKey(id)));
      return Promise.all(customers.map(({ id, level }) => (sells(level) ? { check: null, elsewhere: [] } : found(id))));
    },
  };
};
