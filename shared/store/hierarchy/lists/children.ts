import * as z from "zod";
import { type Chain, CustomerRecord } from "../../../domain/hierarchy/customer.ts";
import { allowedUnder, type Level } from "../../../domain/terms/levels.ts";
import { serviceTypes } from "../../../domain/terms/service-types.ts";
import type { Database } from "../../table/database.ts";
import { type ChildView, customerKey, linkForm, linkPrefix } from "../../table/keys.ts";
import { loadChain } from "../branch.ts";
import { checkForm, type LinkPage, linksAtMost, readLinks, readRecords } from "./link-pages.ts";
import type { Link } from "../links.ts";
import type { StoreContext } from "../scope.ts";

/** Where a list of children goes on: after this sort key of the view, or after this id when by creation. */
export const ChildPosition = z.object({ after: z.string(), form: z.int().default(1) });
export type ChildPosition = z.infer<typeof ChildPosition>;

export interface ChildFilter {
  name?: string | undefined;
  level?: Level | undefined;
  active?: boolean | undefined;
  trial?: boolean | undefined;
  deleted?: boolean | undefined;
  sort?: "name" | "createdAt" | undefined;
}
/** The view that holds the least beside what the filter wants. */
function viewFor(filter: ChildFilter, parent: Level): ChildView {
  if (filter.deleted === true) return { by: "deleted" };
  if (filter.trial === true) return { by: "trial" };
  if (filter.active === false) return { by: "inactive" };
  if (filter.level !== undefined && allowedUnder(parent).length > 1) return { by: "level", level: filter.level };
  return { by: "name" };
}

const passes = (link: Link, filter: ChildFilter): boolean =>
  (filter.level === undefined || link.level === filter.level) &&
  (filter.active === undefined || link.active === filter.active) &&
  (filter.trial === undefined || link.inTrial === filter.trial);

/** By creation: the views of the service types, merged by id. A child that provides both types stands in both. */
async function byCreation(db: Database, parentId: string, after: string | undefined, limit: number): Promise<LinkPage> {
  const pages = await Promise.all(
    serviceTypes.map((serviceType) => {
      const view: ChildView = { by: "created", serviceType };
      return readLinks(db, parentId, view, "", after === undefined ? undefined : linkPrefix(view) + after, limit);
    }),
  );
  const merged = new Map(pages.flatMap((page) => page.links).map((link) => [link.id, { ...link, sk: link.id }]));
  const ordered = [...merged.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  return { links: ordered.slice(0, limit), more: ordered.length > limit || pages.some(({ more }) => more) };
}

/**
 * A page of the children of a customer. Round trips: one for the customer (with the credential), one for its chain and the
 * links, one for the records. A filter that no view serves alone may return fewer than `limit`, with a position to go on.
 */
export async function listChildren(
  context: StoreContext,
  parentId: string,
  filter: ChildFilter,
  limit: number,
  position: ChildPosition | null,
) {
  checkForm(position);
  const parent = loadChain(context, parentId);
  const page = async (): Promise<{ links: Link[]; next: ChildPosition | null }> => {
    const item = await context.db.get(customerKey(parentId));
    if (item === undefined) return { links: [], next: null };
    const view = viewFor(filter, CustomerRecord.shape.level.parse(item["level"]));
    const found: Link[] = [];
    let after = position?.after;
    let more = true;
    for (let read = 0; more && found.length < limit && read < linksAtMost;) {
      const want = Math.min(200, limit - found.length);
      const next =
        filter.sort === "createdAt"
          ? await byCreation(context.db, parentId, after, want)
          : await readLinks(context.db, parentId, view, filter.name ?? "", after, want);
      found.push(...next.links.filter((link) => passes(link, filter)));
      after = next.links.at(-1)?.sk ?? after;
      read += want;
      more = next.more;
    }
    return { links: found, next: more && after !== undefined ? { after, form: linkForm } : null };
  };
  const [chain, { links: shown, next }] = await Promise.all([parent, page()]);
  const found = await readRecords(context.db, new Map(shown.map(({ id }) => [id, parentId])));
  const chains = shown.flatMap(({ id }): Chain[] => {
    const record = found.get(id);
    return record ? [[record, ...chain]] : [];
  });
  return { chains, next };
}
