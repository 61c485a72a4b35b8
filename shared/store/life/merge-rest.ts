import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { Origin } from "../../domain/life/undo.ts";
import { pointTo } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import {
  apiKeyKey,
  apiKeyLinkKey,
  apiKeyLinkPrefix,
  contactKey,
  contactPrefix,
  enrolmentKeyKey,
  enrolmentKeyLinkKey,
  enrolmentKeyPrefix,
  eventHandlerKey,
  eventHandlerPrefix,
  type Key,
  serviceKey,
  servicePrefix,
  subscriptionKey,
  subscriptionPrefix,
  userKey,
  userLinkKey,
  userLinkPrefix,
} from "../table/keys.ts";
import { persist } from "../table/persist.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/*
 * What an emptied customer still holds goes to the one that it was merged into: contacts, report subscriptions, event handlers, billing-only services, and the
 * keys of people, programs and computers. Each goes in one transaction with what leads to it; what has gone shows in what is left.
 */

/** Items of one transaction, each of which takes up to four writes. */
const atOnce = 20;

const keyOf = ({ pk, sk }: Item): Key => ({ pk: String(pk), sk: String(sk) });
/** The writes that put an item elsewhere, as it was read. */
function relocate(item: Item, key: Key, customerId: string): Write[] {
  const { version } = item;
  // A link to something has no version of its own, and does not name the customer.
  if (typeof version !== "number")
    return [{ kind: "delete", key: keyOf(item), when: [{ exists: true }] }, insert(key, item)];
  return [
    { kind: "delete", key: keyOf(item), when: [{ attribute: "version", is: version }] },
    insert(key, { ...item, customerId, version: version + 1 }),
  ];
}

/** How one kind of thing goes to a customer, and what its keys begin with. */
interface Kind {
  prefix: string;
  key: (customerId: string, id: string) => Key;
  /** The write by which whoever has its id finds it there. */
  lead: (id: string, to: Chain) => Write;
}
const byPointer = (id: string, to: Chain): Write => pointTo(id, to);
const itself =
  (key: (id: string) => Key) =>
  (id: string, to: Chain): Write => ({
    kind: "update",
    key: key(id),
    set: { customerId: to[0].id, ancestors: to.slice(1).map((above) => above.id) },
    add: {},
    when: [{ exists: true }],
  });

const kinds: readonly Kind[] = [
  { prefix: contactPrefix, key: contactKey, lead: byPointer },
  { prefix: subscriptionPrefix, key: subscriptionKey, lead: byPointer },
  { prefix: eventHandlerPrefix, key: eventHandlerKey, lead: byPointer },
  {
    prefix: servicePrefix.current,
    key: (customerId, id) => serviceKey(customerId, id, false),
    lead: byPointer,
  },
  { prefix: apiKeyLinkPrefix, key: apiKeyLinkKey, lead: itself(apiKeyKey) },
  { prefix: userLinkPrefix, key: userLinkKey, lead: itself(userKey) },
  { prefix: enrolmentKeyPrefix, key: enrolmentKeyLinkKey, lead: itself(enrolmentKeyKey) },
];

const writesOf = ({ key, lead }: Kind, items: readonly Item[], to: Chain): Write[] =>
  items.flatMap((item) => {
    const id = String(item["id"]);
    return [...relocate(item, key(to[0].id, id), to[0].id), lead(id, to)];
  });

/** What stays: a contact that an account uses, which goes with that. */
const stays = (item: Item): boolean => typeof item["accountCount"] === "number" && item["accountCount"] > 0;

/**
 * Gives what a customer still holds to another, kind by kind. Safe when it is done twice, or ends at any point.
 * @param remember the write that remembers what has gone, in the transaction in which it goes
 */
export async function giveRest(
  open: () => Database,
  random: () => number,
  fromId: string,
  to: Chain,
  remember: (origin: Origin, first: string) => Write,
): Promise<void> {
  for (const kind of kinds)
    for (let after: string | undefined, more = true; more;) {
      const next = await persist(random, async () => {
        const db = open();
        const page = await db.query({ pk: fromId, prefix: kind.prefix, after, limit: atOnce });
        const goes = page.items.filter((item) => !stays(item));
        const ids = goes.map((item) => String(item["id"]));
        if (goes.length > 0)
          await db.commit([
            ...writesOf(kind, goes, to),
            remember({ what: "rest", kind: kind.prefix, ids }, String(ids[0])),
          ]);
        return page.last?.sk;
      });
      more = next !== undefined;
      after = next;
    }
}

/** Gives back what has gone to a customer that way, as far as it is still there and no account has begun to use it. */
export async function giveBack(
  open: () => Database,
  random: () => number,
  fromId: string,
  to: Chain,
  rest: readonly Extract<Origin, { what: "rest" }>[],
): Promise<void> {
  for (const { kind: prefix, ids } of rest) {
    const kind = kinds.find((one) => one.prefix === prefix);
    if (!kind) throw new Error(`Nothing of the kind ${prefix} is given.`);
    await persist(random, async () => {
      const db = open();
      const found = await db.getAll(ids.map((id) => kind.key(fromId, id)));
      const goes = found.flatMap((item) => (item && !stays(item) ? [item] : []));
      if (goes.length > 0) await db.commit(writesOf(kind, goes, to));
    });
  }
}
