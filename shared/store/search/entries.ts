import * as z from "zod";
import { filedPart, SearchField, SearchKind, type Word } from "../../domain/search/words.ts";
import { AccountId, ContactId, CustomerId } from "../../domain/terms/ids.ts";
import { findPartition, findPlace, type Key } from "../table/keys.ts";
import { place } from "../table/items.ts";
import type { Item } from "../table/units.ts";

/** Where a thing stands, as an entry remembers it: a hint for reading ahead, and nothing else. */
const placeFields = {
  customerId: CustomerId,
  /** Ids above the customer, from its parent to the provider. */
  ancestors: z.array(CustomerId),
  /** Of a device: its account. */
  accountId: AccountId.nullable().default(null),
  /** Of an account: its contact. */
  contactId: ContactId.nullable().default(null),
};

/** An entry of the index as a search reads it. */
export const FindEntry = z.object({ sk: z.string(), id: z.string(), ...placeFields });
export type FindEntry = z.infer<typeof FindEntry>;

/** What of a thing stands in the index, and where. */
export interface Filing {
  kind: SearchKind;
  /** The customers in whose branches it is found. */
  levels: readonly string[];
  /** The words that it is found by, the leading one first. */
  words: readonly { field: SearchField; word: string }[];
  customerId: string;
  ancestors: readonly string[];
  accountId: string | null;
  contactId: string | null;
}

const FiledWord = z.tuple([SearchField, z.string()]);
/** What has been filed of a thing, as it is remembered. While somebody is at work, it names all that may stand in the index. */
export const Filed = z
  .object({
    version: z.int(),
    node: SearchKind,
    levels: z.array(CustomerId),
    words: z.array(FiledWord),
    ...placeFields,
    /** Milliseconds since the epoch: until then somebody is at work, or has died. Absent: the index is as this says. */
    busyUntil: z.int().nullable().default(null),
  })
  .transform(({ node, words, ...filed }) => ({
    ...filed,
    kind: node,
    words: words.map(([field, word]) => ({ field, word })),
  }));
export type Filed = z.infer<typeof Filed>;

/** The attributes of a filing as it is remembered. */
export const filedAttributes = ({
  kind,
  levels,
  words,
  customerId,
  ancestors,
  accountId,
  contactId,
}: Filing): Item => ({
  kind: "filed",
  node: kind,
  levels: [...levels],
  words: words.map(({ field, word }) => [field, word]),
  customerId,
  ancestors: [...ancestors],
  accountId,
  contactId,
});

/** Each word that is to be filed, once: long ones may begin alike. */
export function filedWords(words: readonly Word[]): Filing["words"] {
  const found = new Map(
    words.map(({ field, form }) => {
      const word = filedPart(form);
      return [`${field} ${word}`, { field, word }];
    }),
  );
  return [...found.values()];
}

export interface PlacedEntry {
  key: Key;
  item: Item;
}

/** The entries of a thing by their places. One in each partition leads: whoever goes through a partition meets each thing once by it. */
export function entriesOf(id: string, filing: Filing): Map<string, PlacedEntry> {
  const { kind, levels, words, customerId, ancestors, accountId, contactId } = filing;
  const entries = levels.flatMap((level) =>
    words.map(({ field, word }, at): PlacedEntry => {
      const key = { pk: findPartition(level, kind), sk: findPlace(word, field, id) };
      return {
        key,
        item: {
          ...key,
          kind: "find",
          id,
          customerId,
          ancestors: [...ancestors],
          ...(accountId !== null && { accountId }),
          ...(contactId !== null && { contactId }),
          ...(at === 0 && { leads: true }),
        },
      };
    }),
  );
  return new Map(entries.map((entry) => [place(entry.key), entry]));
}

/** What may stand in the index while one filing takes the place of another. */
export const both = (one: Filing, other: Filing): Filing => ({
  ...other,
  levels: [...new Set([...other.levels, ...one.levels])],
  words: [
    ...other.words,
    ...one.words.filter(({ field, word }) => !other.words.some((own) => own.field === field && own.word === word)),
  ],
});

/** What has been filed of a thing; null: nothing. */
export const readFiled = (item: Item | undefined): Filed | null => (item ? Filed.parse(item) : null);
