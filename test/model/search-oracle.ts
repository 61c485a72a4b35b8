import { baseLetters } from "../../shared/domain/terms/names.ts";
import type { Item } from "./invariants.ts";

/*
 * What the index of words should hold, worked out from the records alone; of the product's code nothing is used but the base letters of names. For tables in which
 * no account is on its way to another customer.
 */

const text = (value: unknown): string => (typeof value === "string" ? value : "");
/** What is looked up: base letters, with a space for punctuation. */
const formOf = (value: string): string => {
  const form = baseLetters(value)
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{S}]+/gu, " ")
    .trim();
  return form === "" ? baseLetters(value) : form;
};
const cut = (value: string): string => {
  let kept = "";
  for (const char of value) {
    if (Buffer.byteLength(kept + char) > 120) break;
    kept += char;
  }
  return kept;
};
const fromEachWord = (value: string): string[] => {
  const words = formOf(value).split(" ");
  return [0, 1, 2, 3].filter((at) => at < words.length).map((at) => words.slice(at).join(" "));
};

/** The ids of a customer and all above it, nearest first. */
function lineOf(customers: ReadonlyMap<string, Item>, id: string): string[] {
  const customer = customers.get(id);
  if (!customer) throw new Error(`${id} is not there.`);
  const parent = text(customer["parentId"]);
  return parent === "" ? [id] : [id, ...lineOf(customers, parent)];
}

/** Something that can be found. */
interface Thing {
  id: string;
  kind: string;
  customerId: string;
  /** By their fields, the leading one first. */
  words: [field: string, word: string][];
  hints: object;
}

function thingsIn(items: readonly Item[]): Thing[] {
  const contacts = new Map(
    items.filter(({ kind }) => kind === "contact").map((item) => [`${item.pk} ${text(item["id"])}`, item]),
  );
  return items.flatMap((item): Thing[] => {
    const id = text(item["id"]);
    const ref = text(item["externalRef"]);
    const refs: [string, string][] = ref === "" ? [] : [["externalRef", formOf(ref)]];
    const names = (field: string, name: unknown): [string, string][] =>
      fromEachWord(text(name)).map((word) => [field, word]);
    if (item["kind"] === "customer")
      return [
        {
          id,
          kind: "customer",
          customerId: id,
          words: [...names("name", item["name"]), ["email", formOf(text(item["email"]))], ...refs],
          hints: {},
        },
      ];
    if (item["kind"] === "account") {
      const contact = contacts.get(`${item.pk} ${text(item["contactId"])}`);
      return [
        {
          id,
          kind: "account",
          customerId: item.pk,
          words: [
            ["username", formOf(text(item["username"]))],
            ...names("contactName", contact?.["name"]),
            ["contactEmail", formOf(text(contact?.["email"]))],
            ...refs,
          ],
          hints: { contactId: item["contactId"] },
        },
      ];
    }
    if (item["kind"] === "device")
      return [
        {
          id,
          kind: "device",
          customerId: item.pk,
          words: [["name", formOf(text(item["name"]))], ["machineId", formOf(text(item["machineId"]))], ...refs],
          hints: item["accountId"] === undefined ? {} : { accountId: item["accountId"] },
        },
      ];
    return [];
  });
}

const told = (item: object): string => JSON.stringify(Object.entries(item).toSorted());

/** What is wrong with the index of words of a whole table: entries that are missing, superfluous, or say something else, and what is remembered. */
export function searchComplaints(items: readonly Item[]): string[] {
  const customers = new Map(
    items.filter(({ kind }) => kind === "customer").map((item): [string, Item] => [text(item["id"]), item]),
  );
  const things = thingsIn(items);
  const wanted = things.flatMap(({ id, kind, customerId, words, hints }) => {
    const [, ...ancestors] = lineOf(customers, customerId);
    const unique = [...new Map(words.map(([field, word]) => [`${field} ${cut(word)}`, [field, cut(word)] as const]))];
    return [customerId, ...ancestors].flatMap((level) =>
      unique.map(([, [field, word]], at) => ({
        pk: `FIND#${level}#${kind}`,
        sk: `${word}\u0001${field}#${id}`,
        kind: "find",
        id,
        customerId,
        ancestors,
        ...hints,
        ...(at === 0 && { leads: true }),
      })),
    );
  });
  const there = new Set(items.filter(({ pk }) => pk.startsWith("FIND#")).map(told));
  const should = new Set(wanted.map(told));
  const filed = items.filter(({ pk }) => pk.startsWith("FILED#"));
  const ids = new Set(things.map(({ id }) => id));
  return [
    ...[...should].filter((one) => !there.has(one)).map((one) => `missing: ${one}`),
    ...[...there].filter((one) => !should.has(one)).map((one) => `superfluous: ${one}`),
    ...filed.filter(({ pk }) => !ids.has(pk.slice("FILED#".length))).map(({ pk }) => `remembered: ${pk}`),
    ...filed.filter(({ busyUntil }) => busyUntil !== undefined).map(({ pk }) => `not let go: ${pk}`),
    ...items.filter(({ pk, duePk }) => pk.startsWith("REFILE#") && duePk !== undefined).map(({ pk }) => `left: ${pk}`),
  ];
}
