import { AccountRecord } from "../../domain/accounts/account.ts";
import { DeviceRecord } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { isOnItsWay } from "../../domain/hierarchy/transit.ts";
import { type SearchKind, wordsOfAccount, wordsOfCustomer, wordsOfDevice } from "../../domain/search/words.ts";
import { idPrefixes } from "../../domain/terms/ids.ts";
import { lookingAt } from "../accounts/account-writes.ts";
import { readChain } from "../hierarchy/chain.ts";
import { findPointer, Pointer, refuseMoved, transitOf } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import { accountKey, contactKey, customerKey, deviceKey, type Key, pointerKey } from "../table/keys.ts";
import { filedWords, type Filing } from "./entries.ts";

const kinds = new Map<string, SearchKind>(
  (["customer", "account", "device"] as const).map((kind) => [idPrefixes[kind], kind]),
);
/** What an id is of; null: of nothing that can be found. */
export const kindOf = (id: string): SearchKind | null => kinds.get(id.slice(0, id.indexOf("_"))) ?? null;

/** Where an account or a device stands, for what nobody has asked for; null: it is not there any more. */
async function placeOf(
  db: Database,
  id: string,
): Promise<{ pointer: Pointer; chain: Chain; from: string | null } | null> {
  const pointer = await findPointer(db, id);
  if (!pointer) return null;
  const { customerId, ancestors, accountId } = pointer;
  // Hints of what was moved are mended on the way.
  const chain = await readChain(db, customerId, { customerId, ancestors, source: pointerKey(id) });
  if (!chain) return null;
  const transit = await transitOf(db, chain[0]);
  if (!transit || !isOnItsWay(transit, customerId, accountId ?? id)) return { pointer, chain, from: null };
  const there = await readChain(db, transit.toId);
  return there && { pointer, chain: there, from: customerId };
}

/** The customers in whose branches something is found. Whoever looks through the customer that it is about to leave has to meet it there. */
const levelsOf = (chain: Chain, from: string | null): string[] => [
  ...new Set([...chain.map(({ id }) => id), ...(from === null ? [] : [from])]),
];

async function customerNow(db: Database, id: string): Promise<Filing | null> {
  const chain = await readChain(db, id);
  return (
    chain && {
      kind: "customer",
      levels: levelsOf(chain, null),
      words: filedWords(wordsOfCustomer(chain[0])),
      customerId: id,
      ancestors: chain.slice(1).map((above) => above.id),
      accountId: null,
      contactId: null,
    }
  );
}

async function heldNow(db: Database, kind: "account" | "device", id: string): Promise<Filing | null> {
  const place = await placeOf(db, id);
  if (!place) return null;
  const { pointer, chain, from } = place;
  const { customerId, accountId } = pointer;
  const item = await db.get(kind === "account" ? accountKey(customerId, id) : deviceKey(customerId, accountId, id));
  if (!item) {
    await refuseMoved(db, id, pointer);
    return null;
  }
  const at = {
    kind,
    levels: levelsOf(chain, from),
    customerId: chain[0].id,
    ancestors: chain.slice(1).map((above) => above.id),
  };
  if (kind === "device")
    return { ...at, words: filedWords(wordsOfDevice(DeviceRecord.parse(item))), accountId, contactId: null };
  const account = AccountRecord.parse(item);
  const contact = await lookingAt(db).contactOf({ ...account, customerId: chain[0].id }, customerId);
  return { ...at, words: filedWords(wordsOfAccount(account, contact)), accountId: null, contactId: contact.id };
}

/**
 * What should stand in the index of something, as it is now; null: nothing, since it is not there any more. What is on its way to another customer is
 * found there.
 * @throws Stale where it was moved while it was read
 */
export const present = (db: Database, id: string): Promise<Filing | null> => {
  const kind = kindOf(id);
  if (kind === null) throw new Error(`Nothing is found by the id ${id}.`);
  return kind === "customer" ? customerNow(db, id) : heldNow(db, kind, id);
};

/** The keys at which something begins that is looked at. */
export const firstKeys = (id: string): Key[] => [kindOf(id) === "customer" ? customerKey(id) : pointerKey(id)];

/** The keys that something leads to, once what it begins with has been read; as far as that tells. */
export async function nextKeys(db: Database, id: string): Promise<Key[]> {
  const [first] = await db.getAll(firstKeys(id));
  if (!first) return [];
  if (kindOf(id) === "customer") return Array.isArray(first["ancestors"]) ? first["ancestors"].map(customerKey) : [];
  const { customerId, ancestors, accountId, contactId } = Pointer.parse(first);
  return [
    ...[customerId, ...ancestors].map(customerKey),
    kindOf(id) === "account" ? accountKey(customerId, id) : deviceKey(customerId, accountId, id),
    ...(contactId === null ? [] : [contactKey(customerId, contactId)]),
  ];
}
