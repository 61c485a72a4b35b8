import * as z from "zod";
import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { allowedUnder, Level } from "../../domain/terms/levels.ts";
import { serviceTypes } from "../../domain/terms/service-types.ts";
import { type ChildView, formerLinkKey, type Key, linkKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { type Delete, insert, type Put, removeWhere, replace, type Write } from "../table/writes.ts";

/** What a link tells of the child without reading its record. */
export const Link = z.object({
  sk: z.string(),
  id: z.string(),
  name: z.string(),
  level: Level,
  active: z.boolean(),
  inTrial: z.boolean(),
  isDefault: z.boolean(),
});
export type Link = z.infer<typeof Link>;

/** The views of its parent that a customer appears in. A deleted customer appears among the deleted only. */
function viewsOf(record: CustomerRecord, parentLevel: Level): ChildView[] {
  if (record.deletedAt !== null) return [{ by: "deleted" }];
  const views: ChildView[] = [{ by: "name" }];
  const used = new Set([record.serviceType, ...record.servicesToProvide]);
  for (const serviceType of serviceTypes) if (used.has(serviceType)) views.push({ by: "created", serviceType });
  if (allowedUnder(parentLevel).length > 1) views.push({ by: "level", level: record.level });
  if (!record.active) views.push({ by: "inactive" });
  if (record.trialEndsAt !== null) views.push({ by: "trial" });
  return views;
}

/** A link as it is to be, and where it may stand instead if its key has another form since. */
interface PlacedLink {
  key: Key;
  former: Key | null;
  item: Item;
}

/** The links to a customer that stand under its parent. */
export const linksOf = (record: CustomerRecord, parentLevel: Level): PlacedLink[] => {
  const { id, parentId, name, level, active, isDefault } = record;
  if (parentId === null) return [];
  const item = { kind: "link", id, name, level, active, inTrial: record.trialEndsAt !== null, isDefault };
  return viewsOf(record, parentLevel).map((view) => ({
    key: linkKey(parentId, view, record),
    former: formerLinkKey(parentId, view, record),
    item,
  }));
};

const remove = (key: Key): Delete => ({ kind: "delete", key, when: [] });
const put = (key: Key, item: Item): Put => ({ kind: "put", key, item: { ...item, ...key }, when: [] });

/** The writes that take away all links to a customer. */
export const linkRemovals = (record: CustomerRecord, parent: Parent): Write[] =>
  linksOf(record, parent.level).flatMap(({ key, former }) => [remove(key), ...(former ? [remove(former)] : [])]);

/** A parent as far as links need it. */
interface Parent {
  level: Level;
}

/**
 * The writes that bring a customer's links from one state of its record to another; null: not there before. A link that may stand under its
 * former key is written or removed wherever it stands; that the record is in the state `before` is the condition of the same transaction.
 */
export function linkChanges(
  before: { record: CustomerRecord; parent: Parent } | null,
  after: { record: CustomerRecord; parent: Parent },
): Write[] {
  const place = ({ pk, sk }: Key): string => `${pk}\n${sk}`;
  const old = new Map(
    (before ? linksOf(before.record, before.parent.level) : []).map((link) => [place(link.key), link]),
  );
  const writes: Write[] = [];
  for (const link of linksOf(after.record, after.parent.level)) {
    const was = old.get(place(link.key));
    old.delete(place(link.key));
    if (!was) writes.push(insert(link.key, link.item));
    else if (JSON.stringify(was.item) === JSON.stringify(link.item)) continue;
    else if (link.former === null) writes.push(replace(link.key, link.item));
    else writes.push(put(link.key, link.item), remove(link.former));
  }
  for (const { key, former } of old.values())
    writes.push(...(former === null ? [removeWhere(key, "id", after.record.id)] : [remove(key), remove(former)]));
  return writes;
}
