import { AccountRecord } from "../../domain/accounts/account.ts";
import { type Chain, deletedIn } from "../../domain/hierarchy/customer.ts";
import {
  filedPart,
  searchForm,
  type SearchField,
  type SearchKind,
  type Word,
  wordsOfAccount,
  wordsOfCustomer,
  wordsOfDevice,
} from "../../domain/search/words.ts";
import { notFound } from "../../domain/terms/errors.ts";
import { lookingAt } from "../accounts/account-writes.ts";
import { readDevice } from "../devices/device-records.ts";
import { loadChain, orAbsent } from "../hierarchy/branch.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import {
  accountKey,
  contactKey,
  customerKey,
  deviceKey,
  findPartition,
  findPlace,
  type Key,
  pointerKey,
} from "../table/keys.ts";
import { FindEntry } from "./entries.ts";
import { kindOf } from "./present.ts";

/** Something that was found, as it is now. */
export interface Match {
  kind: SearchKind;
  id: string;
  name: string;
  matched: SearchField;
  chain: Chain;
  accountId: string | null;
  deletedAt: string | null;
}
type Found = Omit<Match, "matched"> & { words: Word[] };

const bytewise = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** The keys of all that shows what an entry leads to, if it still stands where it did when it was filed. */
function keysOf({ id, customerId, ancestors, accountId, contactId }: FindEntry): Key[] {
  const above = [customerId, ...ancestors].map(customerKey);
  switch (kindOf(id)) {
    case "customer":
      return above;
    case "account":
      return [
        pointerKey(id),
        accountKey(customerId, id),
        ...(contactId === null ? [] : [contactKey(customerId, contactId)]),
        ...above,
      ];
    default:
      return [pointerKey(id), deviceKey(customerId, accountId, id), ...above];
  }
}

/** Finds things of the caller's branch by the beginnings of their words. */
export const searchStore = (context: StoreContext) => {
  const { db, caller } = context;

  async function customer(id: string): Promise<Found> {
    const chain = await loadChain(context, id);
    const [{ name, deletedAt }] = chain;
    return { kind: "customer", id, name, chain, accountId: null, deletedAt, words: wordsOfCustomer(chain[0]) };
  }
  async function account(id: string): Promise<Found> {
    const { chain, read } = await loadPlace(context, id, "account", false, async ({ customerId, contactId }) => {
      if (contactId !== null) db.prefetch([contactKey(customerId, contactId)]);
      return db.get(accountKey(customerId, id));
    });
    if (!read) throw notFound("account");
    const record = AccountRecord.parse(read);
    const contact = await lookingAt(db).contactOf({ ...record, customerId: chain[0].id }, record.customerId);
    const { username: name, deletedAt } = record;
    return { kind: "account", id, name, chain, accountId: null, deletedAt, words: wordsOfAccount(record, contact) };
  }
  async function device(id: string): Promise<Found> {
    const { chain, read } = await loadPlace(context, id, "device", false, ({ customerId, accountId }) =>
      db.get(deviceKey(customerId, accountId, id)),
    );
    if (!read) throw notFound("device");
    const record = readDevice(read);
    const { name, accountId, deletedAt } = record;
    return { kind: "device", id, name, chain, accountId, deletedAt, words: wordsOfDevice(record) };
  }
  const looking = { customer, account, device } as const;

  /** What an entry leads to, as it is now; null where it is not in sight, or stands in a deleted branch. */
  const look = async (id: string): Promise<Found | null> => {
    const kind = kindOf(id);
    const found = kind && (await orAbsent(looking[kind](id)));
    return found && !deletedIn(found.chain) ? found : null;
  };

  return {
    /**
     * What is found by the beginning of a text, in the order of the words: each thing once, by the first of its words that begin so. Entries are looked
     * at one after the other, as many as a page has; what they lead to is read as it is now, so one that is out of date shows nothing. A page may hold
     * fewer than that, and still have a next one.
     * @param after the place of the entry that the page before ended with
     */
    async find(
      text: string,
      kinds: readonly SearchKind[],
      limit: number,
      after: string | null,
    ): Promise<{ matches: Match[]; next: string | null }> {
      const form = searchForm(text);
      const range = { prefix: filedPart(form), after: after ?? undefined, limit: limit + 1 };
      const [, ...pages] = await Promise.all([
        loadChain(context, caller.scopeId),
        ...kinds.map((kind) => db.query({ pk: findPartition(caller.scopeId, kind), ...range })),
      ]);
      const entries = pages
        .flatMap(({ items }) => items.map((item) => FindEntry.parse(item)))
        .toSorted((one, other) => bytewise(one.sk, other.sk));
      const page = entries.slice(0, limit);
      const ids = [...new Set(page.map(({ id }) => id))];
      db.prefetch(page.flatMap(keysOf));
      const found = new Map(await Promise.all(ids.map(async (id) => [id, await look(id)] as const)));
      const shown = new Set<string>();
      const matches = page.flatMap(({ id, sk }): Match[] => {
        const thing = found.get(id);
        if (!thing || shown.has(id)) return [];
        const { words, ...rest } = thing;
        const places = words
          .filter((word) => word.form.startsWith(form))
          .map(({ field, form: own }) => ({ field, place: findPlace(filedPart(own), field, id) }));
        const own = places.find(({ place }) => place === sk);
        // One that stands before the page was shown there.
        if (!own || (after !== null && places.some(({ place }) => bytewise(place, after) <= 0))) return [];
        shown.add(id);
        return [{ ...rest, matched: own.field }];
      });
      return { matches, next: entries.length > limit ? (page.at(-1)?.sk ?? null) : null };
    },

    scopeId: caller.scopeId,
  };
};
