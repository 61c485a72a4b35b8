import type { Item } from "./invariants.ts";
import { normalised } from "./model.ts";

/** An account's item as this file reads it. */
interface StoredAccount extends Item {
  id: string;
  customerId: string;
  parentAccountId?: string;
  plan?: string;
  username: string;
  contactId: string;
  trialEndsAt?: string;
  trialEndedAt?: string;
  trialDeleteAt?: string;
  deletedAt?: string;
  purgeAt?: string;
  detailsMailId?: string;
  externalRef?: string;
}

/** The items that an account implies beside its own, each with what must stand in it. */
function implied(account: StoredAccount) {
  const { id, customerId, plan, username, contactId, parentAccountId } = account;
  const { externalRef } = account;
  const { trialEndsAt, trialEndedAt, trialDeleteAt, deletedAt, purgeAt } = account;
  const lives = deletedAt === undefined;
  const place = `ID#${id}`;
  const timer = (kind: string, time: string) => ({ pk: place, sk: `timer#${kind}`, timer: kind, at: time });
  return [
    { pk: `LOGIN#${normalised(username).replaceAll("ς", "σ")}`, sk: "@", accountId: id, customerId },
    { pk: place, sk: "@", customerId, contactId, parentAccountId },
    { pk: customerId, sk: `use#${contactId}#${id}`, accountId: id },
    ...(plan === undefined ? [] : [{ pk: customerId, sk: `plan-account#${plan}`, accountId: id }]),
    ...(trialEndsAt !== undefined && trialEndedAt === undefined && lives
      ? [timer("account-trial-end", trialEndsAt)]
      : []),
    ...(trialDeleteAt !== undefined && lives ? [timer("account-trial-delete", trialDeleteAt)] : []),
    ...(purgeAt === undefined ? [] : [timer("account-purge", purgeAt)]),
    ...(externalRef === undefined
      ? []
      : [{ pk: `ACCOUNT-REF#${parentAccountId ?? customerId}#${externalRef}`, sk: "@", accountId: id }]),
  ] as Item[];
}
const kinds = new Set(["login", "plan-account", "contact-use", "account-ref"]);
const isImplied = (item: Item): boolean =>
  kinds.has(String(item["kind"])) ||
  (item.pk.startsWith("ID#acc_") && (item["kind"] === "pointer" || item["kind"] === "timer"));
const at = ({ pk, sk }: { pk: string; sk: string }): string => `${pk} ${sk}`;

/**
 * What is wrong with the accounts and contacts of a table. Everything is worked out again from the accounts' own records; nothing of
 * the product's code is used.
 */
export function accountComplaints(items: readonly Item[]): string[] {
  const found: string[] = [];
  const byPlace = new Map(items.map((item) => [at(item), item]));
  const accounts = items.filter(({ kind }) => kind === "account") as StoredAccount[];
  const wanted = new Set<string>();
  for (const account of accounts) {
    const say = (what: string): void => void found.push(`account ${account.username} (${account.id}): ${what}`);
    const { id, customerId, parentAccountId, plan, contactId, detailsMailId } = account;
    if (at(account) !== `${customerId} account#/${id}`) say("stands under another key");
    if ((parentAccountId === undefined) === (plan === undefined)) say("has a plan of its own and a parent, or neither");
    if (parentAccountId !== undefined) {
      const parent = byPlace.get(`${customerId} account#/${parentAccountId}`);
      if (!parent) say("has a parent account that does not exist");
      else if (parent["parentAccountId"] !== undefined) say("stands below a sub-account");
    }
    if (!byPlace.has(`${customerId} contact#${contactId}`)) say("has a contact that does not exist");
    if (detailsMailId !== undefined && !byPlace.has(`MAIL#${detailsMailId} @`)) say("has a mail that does not exist");
    for (const item of implied(account)) {
      wanted.add(at(item));
      const there = byPlace.get(at(item));
      if (!there) say(`lacks ${at(item)}`);
      else
        for (const [name, value] of Object.entries(item))
          if (there[name] !== value) say(`${at(item)} has ${name} ${String(there[name])}, not ${String(value)}`);
    }
  }
  for (const item of items)
    if (isImplied(item) && !wanted.has(at(item))) found.push(`${at(item)}: follows from no account`);
  const ids = new Set(accounts.map(({ id }) => id));
  for (const { pk, kind, accountId } of items)
    if (kind === "mail" && accountId !== undefined && !ids.has(String(accountId)))
      found.push(`${pk}: tells of an account that does not exist`);
  for (const contact of items.filter(({ kind }) => kind === "contact")) {
    const used = accounts.filter(({ contactId }) => contactId === contact["id"]).length;
    if (contact["accountCount"] !== used)
      found.push(
        `contact ${String(contact["id"])}: accountCount is ${String(contact["accountCount"])}, ${used} use it`,
      );
  }
  for (const [prefix, kind] of [
    ["ID#con_", "contact"],
    ["ID#svc_", "service"],
  ] as const) {
    const pointed = items
      .filter(({ pk }) => pk.startsWith(prefix))
      .map(({ pk, customerId }) => `${pk.slice(3)} ${String(customerId)}`);
    const there = items
      .filter((item) => item["kind"] === kind)
      .map(({ id, customerId }) => `${String(id)} ${String(customerId)}`);
    if (pointed.sort().join() !== there.sort().join()) found.push(`pointers and items of kind ${kind} differ`);
  }
  return found;
}
