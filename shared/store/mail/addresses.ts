import * as z from "zod";
import { Suppression } from "../../domain/accounts/contact.ts";
import type { Database } from "../table/database.ts";
import { addressKey } from "../table/keys.ts";
import type { Check, Put, Write } from "../table/writes.ts";

const AddressItem = z.object({ suppression: Suppression });

/** Why an address gets no mail, null where it does. */
export async function findSuppression(db: Database, address: string): Promise<Suppression | null> {
  const item = await db.get(addressKey(address));
  return item ? AddressItem.parse(item).suppression : null;
}

/** The write that suppresses an address, whoever uses it. A later event of the same address takes its place. */
export function suppressAddress(address: string, suppression: Suppression): Put {
  const key = addressKey(address);
  return { kind: "put", key, item: { ...key, kind: "address", suppression }, when: [] };
}

/** The write that lets an address have mail again. */
export const releaseAddress = (address: string): Write => ({ kind: "delete", key: addressKey(address), when: [] });

/** The condition that an address takes mail in the moment of a change: what is known of it may stand on no contact yet. */
export const takesMail = (address: string, refusal: Error): Check => ({
  kind: "check",
  key: addressKey(address),
  when: [{ exists: false }],
  otherwise: refusal,
});
