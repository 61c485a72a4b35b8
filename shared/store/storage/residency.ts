import { ResidencyCheck } from "../../domain/storage/residency.ts";
import { residencyKey } from "../table/keys.ts";
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

/** What the last checks of vaults found. Whoever asks must have loaded the customers. */
export const residencyStore = ({ db }: StoreContext) => ({
  check: async (customerId: string): Promise<ResidencyCheck | null> =>
    readCheck(await db.get(residencyKey(customerId))),
  checks: async (customerIds: readonly string[]): Promise<(ResidencyCheck | null)[]> =>
    (await db.getAll(customerIds.map(residencyKey))).map(readCheck),
});
