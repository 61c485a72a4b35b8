import * as z from "zod";
import type { SearchKind } from "../../domain/search/words.ts";
import { findPointer, Pointer } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import {
  contactUsePrefix,
  customerKey,
  dueKey,
  findPartition,
  type Key,
  pointerKey,
  refilingKey,
} from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { present } from "./present.ts";

/*
 * A change may be about more things than one function files: a customer that was moved with all below it. They are found in the index itself, in the
 * partition of a customer whose branch has them before and after. A page at a time is filed, each thing as it is by then, and the position is kept in an
 * item with a timer. Things that come, go or change meanwhile are filed by their own changes.
 */

const Refiling = z.object({
  /**
   * branch: all that is found in the branch of the customer; held: accounts and devices that were found at the customer and stand there no longer;
   * contact: the accounts that use the contact; thing: itself.
   */
  scan: z.enum(["branch", "held", "contact", "thing"]),
  id: z.string(),
  /** What has to be gone before; null: nothing. */
  once: z.string().nullable().default(null),
});
export type Refiling = z.infer<typeof Refiling>;

/** Where to go on: in which of its partitions, and after which sort key. */
const Position = z.object({ part: z.int(), after: z.string().nullable().default(null) });
export type Position = z.infer<typeof Position>;
export const beginning: Position = { part: 0, after: null };

/** A refiling that goes on later. */
export const RefilingOrder = Refiling.extend({ position: Position, token: z.string() });
export type RefilingOrder = z.infer<typeof RefilingOrder>;

const pageSize = 200;

export const keyOf = ({ scan, id, once }: Refiling): Key => refilingKey(scan, id, once);

/** Whether a refiling can begin: what it is about is where it will be. */
export async function isReady(db: Database, { scan, id, once }: Refiling): Promise<boolean> {
  if (scan === "held" && (await db.get(customerKey(id)))?.["moveId"] !== undefined) return false;
  return once === null || (await present(db, once)) === null;
}

/** Of what was found at a customer, that which stands there no longer. */
async function notAt(db: Database, customerId: string, ids: readonly string[]): Promise<string[]> {
  const pointers = await db.getAll(ids.map(pointerKey));
  return ids.filter((_, at) => {
    const item = pointers[at];
    return item?.["kind"] !== "pointer" || Pointer.parse(item).customerId !== customerId;
  });
}

const partsOf = (scan: "branch" | "held"): SearchKind[] =>
  scan === "branch" ? ["customer", "account", "device"] : ["account", "device"];

/** The next things that are to be filed, and where to go on behind them; null: that was all. */
export async function nextPage(
  db: Database,
  { scan, id }: Refiling,
  { part, after }: Position,
): Promise<{ ids: string[]; next: Position | null }> {
  if (scan === "thing") return { ids: [id], next: null };
  if (scan === "contact") {
    const pointer = await findPointer(db, id);
    if (!pointer) return { ids: [], next: null };
    const range = { pk: pointer.customerId, prefix: contactUsePrefix(id), after: after ?? undefined, limit: pageSize };
    const { items, last } = await db.query(range);
    return {
      ids: items.map(({ accountId }) => String(accountId)),
      next: last ? { part, after: last.sk } : null,
    };
  }
  const parts = partsOf(scan);
  const kind = parts[part];
  if (kind === undefined) return { ids: [], next: null };
  const { items, last } = await db.query({ pk: findPartition(id, kind), after: after ?? undefined, limit: pageSize });
  const ids = items.filter(({ leads }) => leads === true).map((item) => String(item["id"]));
  const further = part + 1 < parts.length ? { part: part + 1, after: null } : null;
  return { ids: scan === "held" ? await notAt(db, id, ids) : ids, next: last ? { part, after: last.sk } : further };
}

const attributes = (refiling: Refiling, position: Position, token: string, at: number): Item => {
  const key = keyOf(refiling);
  return { kind: "refiling", ...refiling, position, token, ...dueKey(key.pk, "refiling", new Date(at).toISOString()) };
};

/**
 * Leaves the rest of a refiling for later. One of the same things that is under way is given up for it: what that one still had to do, this one does.
 * @param at when it goes on, in milliseconds since the epoch
 */
export async function orderRefiling(
  db: Database,
  refiling: Refiling,
  position: Position,
  token: string,
  at: number,
): Promise<void> {
  const { once, ...rest } = attributes(refiling, position, token, at);
  await db.putAll([{ key: keyOf(refiling), item: once === null ? rest : { ...rest, once } }]);
}

/** An item of a refiling; null: there is none any more, or it has come to its end. */
export const readOrder = (item: Item | undefined): RefilingOrder | null =>
  item?.["duePk"] === undefined ? null : RefilingOrder.parse(item);

/**
 * Keeps where a refiling stands, on the condition that nobody else has it by now.
 * @param token whose it is from then on
 * @returns it as it is then; null: somebody else has it
 */
export async function keepOrder(
  db: Database,
  order: RefilingOrder,
  position: Position,
  token: string,
  at: number,
): Promise<RefilingOrder | null> {
  const kept = await db.update({
    kind: "update",
    key: keyOf(order),
    set: attributes(order, position, token, at),
    add: {},
    when: [{ attribute: "token", is: order.token }],
  });
  return kept ? { ...order, position, token } : null;
}

/** Days that an order stays that has come to its end. */
const keptMs = 86_400_000;
/** Says that a refiling has come to its end, unless somebody else has it by now. */
export async function endOrder(db: Database, order: RefilingOrder, now: number): Promise<void> {
  await db.update({
    kind: "update",
    key: keyOf(order),
    set: { duePk: null, dueSk: null, expiresAt: Math.ceil((now + keptMs) / 1000) },
    add: {},
    when: [{ attribute: "token", is: order.token }],
  });
}
