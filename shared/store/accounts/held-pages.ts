import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import type { Transit } from "../../domain/hierarchy/transit.ts";
import { transitOf } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import { customerKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";

/** A list of what accounts hold, or of accounts themselves: keys with one prefix, in which the account's id comes first. */
export interface Held {
  /** What the keys of one account begin with; of all, without one. */
  prefix: (accountId?: string) => string;
  /** The account that an item belongs to. */
  accountOf: (item: Item) => string | null;
  /** Only what this account holds. */
  accountId?: string | undefined;
}

/** So long something is looked at twice that has arrived from another customer: its like may still be on its way. No move takes longer. */
const lateMs = 3_600_000;
const hasJustArrived = ({ arrivedAt }: Item, now: number): boolean =>
  typeof arrivedAt === "string" && Date.parse(arrivedAt) > now - lateMs;

const skOf = (item: Item): string => String(item["sk"]);

/** What is left at the old place of accounts that are on their way to a customer. */
async function stillOnItsWay(
  db: Database,
  { fromId, accountIds }: Transit,
  { prefix, accountId }: Held,
  limit: number,
  after: string | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  const wanted = accountId === undefined ? accountIds : accountIds.filter((id) => id === accountId);
  for (const id of wanted.toSorted()) {
    const own = prefix(id);
    const inside = after?.startsWith(own) === true;
    if (after !== undefined && !inside && own < after) continue;
    const page = await db.query({ pk: fromId, prefix: own, after: inside ? after : undefined, limit });
    found.push(...page.items);
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * A page of what accounts of a customer hold, in the order of their keys: what is on its way to the customer is among it, and what is on its way
 * from it is not.
 * @param limit items of a page @param after the key that the page before ended with
 * @returns up to one item more than a page has, if there is one; and what was on its way when it was read
 */
export async function heldPage(
  db: Database,
  customer: Pick<CustomerRecord, "id" | "moveId">,
  held: Held,
  limit: number,
  after: string | null,
  now: number,
): Promise<{ items: Item[]; transit: Transit | null }> {
  const { prefix, accountOf, accountId } = held;
  const transit = await transitOf(db, customer);
  const page = (from: string | undefined, view = db) =>
    view.query({ pk: customer.id, prefix: prefix(accountId), after: from, limit: limit + 1 });
  const start = after ?? undefined;
  if (!transit) {
    const { items } = await page(start);
    if (!items.some((item) => hasJustArrived(item, now))) return { items, transit: null };
    // The move may have begun while this was read.
    const fresh = db.fresh();
    const moveId = (await fresh.get(customerKey(customer.id)))?.["moveId"];
    if (typeof moveId !== "string") return { items: (await page(start, fresh)).items, transit: null };
    return heldPage(fresh, { id: customer.id, moveId }, held, limit, after, now);
  }
  if (transit.toId === customer.id) {
    // The old place first, and the new one not as it was read ahead: what moves in between is met at both, and never at none.
    const old = await stillOnItsWay(db, transit, held, limit + 1, start);
    const { items } = await page(start, db.fresh());
    const all = new Map([...old, ...items].map((item) => [skOf(item), item]));
    const found = [...all.values()].toSorted((one, other) => (skOf(one) < skOf(other) ? -1 : 1));
    return { items: found.slice(0, limit + 1), transit };
  }
  const gone = new Set(transit.accountIds);
  const stays: Item[] = [];
  for (let from = start; ;) {
    const { items, last } = await page(from);
    stays.push(...items.filter((item) => !gone.has(accountOf(item) ?? "")));
    from = last?.sk;
    if (stays.length > limit || from === undefined) return { items: stays.slice(0, limit + 1), transit };
  }
}
