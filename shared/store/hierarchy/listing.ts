import * as z from "zod";
import { type Chain, CustomerRecord, type TreeNode } from "../../domain/hierarchy/customer.ts";
import { refuse } from "../../domain/terms/errors.ts";
import { allowedUnder, type Level, rank } from "../../domain/terms/levels.ts";
import { serviceTypes } from "../../domain/terms/service-types.ts";
import { loadChain } from "./branch.ts";
import { type ChildView, customerKey, linkedChild, linkForm, linkPrefix } from "../table/keys.ts";
import { Link } from "./links.ts";
import type { StoreContext } from "./scope.ts";

/** Where a list of children goes on: after this sort key of the view, or after this id when by creation. */
export const ChildPosition = z.object({ after: z.string(), form: z.int().default(1) });
/** Where a walk of a branch goes on: the links from the top down to the last customer shown. */
export const BranchPosition = z.object({ trail: z.array(z.string()).min(0).max(6), form: z.int().default(1) });
/** @throws DomainError invalid_cursor where lists have another order since the position was made */
function checkForm(position: { form: number } | null): void {
  if (position !== null && position.form !== linkForm)
    throw refuse("invalid_cursor", "cursor", "Lists are sorted otherwise since this cursor was made; begin again.");
}

export interface ChildFilter {
  name?: string | undefined;
  level?: Level | undefined;
  active?: boolean | undefined;
  trial?: boolean | undefined;
  deleted?: boolean | undefined;
  sort?: "name" | "createdAt" | undefined;
}
/** A customer of a branch, and the links from the top of the branch down to it. */
export interface BranchPlace {
  chain: Chain;
  trail: string[];
}
interface LinkPage {
  links: Link[];
  more: boolean;
}

/** Links that one request reads at most while it looks for those that a second filter lets through. */
const linksAtMost = 1000;
/**
 * Of how many nodes side by side a walk asks for the children. End-customers seldom have sites, so it asks many at once. One reseller or
 * distributor may well fill the page alone, so it begins with one and asks four times as many each time that they did not.
 */
const asideAtMost = 64;
const asideFirst = (level: Level): number => (level === "end-customer" ? asideAtMost : 1);
const treeWidth = 50;
const treeNodes = 1000;

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

/** Lists of the caller's branch. Every page is Queries over links and one batch of records. */
export const listingStore = (context: StoreContext) => {
  const { db } = context;

  const links = async (
    parentId: string,
    view: ChildView,
    name: string,
    after: string | undefined,
    limit: number,
  ): Promise<LinkPage> => {
    const { items } = await db.query({ pk: parentId, prefix: linkPrefix(view, name), after, limit: limit + 1 });
    return { links: items.slice(0, limit).map((item) => Link.parse(item)), more: items.length > limit };
  };

  /** By creation: the views of the service types, merged by id. A child that provides both types stands in both. */
  const byCreation = async (parentId: string, after: string | undefined, limit: number): Promise<LinkPage> => {
    const pages = await Promise.all(
      serviceTypes.map((serviceType) => {
        const view: ChildView = { by: "created", serviceType };
        return links(parentId, view, "", after === undefined ? undefined : linkPrefix(view) + after, limit);
      }),
    );
    const merged = new Map(pages.flatMap((page) => page.links).map((link) => [link.id, { ...link, sk: link.id }]));
    const ordered = [...merged.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    return { links: ordered.slice(0, limit), more: ordered.length > limit || pages.some(({ more }) => more) };
  };

  /** Records of links; null where the child is not there any more (it was moved or purged in between). */
  const records = async (parentOf: ReadonlyMap<string, string>): Promise<Map<string, CustomerRecord>> => {
    const items = await db.getAll([...parentOf.keys()].map(customerKey));
    const found = items.filter((item) => item !== undefined).map((item) => CustomerRecord.parse(item));
    return new Map(
      found.filter(({ id, parentId }) => parentOf.get(id) === parentId).map((record) => [record.id, record]),
    );
  };

  interface Step {
    link: Link;
    /** Sort keys from the top to the link itself. */
    trail: string[];
    /** Ids from the top's child to the parent of the link. */
    above: string[];
  }

  /**
   * The branch below a customer in depth-first name order, from a trail on; at most `want` steps. Below a customer that was moved
   * away since the trail was made (a step without a place) the walk does not go.
   */
  const walk = async (
    parentId: string,
    trail: readonly TrailStep[],
    want: number,
    deepest: number,
  ): Promise<Step[]> => {
    const steps: Step[] = [];
    const add = (link: Link, below: readonly Step[]): void => {
      steps.push({ link, trail: [link.sk], above: [] }, ...inside(link, below));
    };
    const inside = (link: { sk: string; id: string }, below: readonly Step[]): Step[] =>
      below.map((step) => ({ link: step.link, trail: [link.sk, ...step.trail], above: [link.id, ...step.above] }));
    const leaf = (level: Level): boolean => rank(level) >= deepest || allowedUnder(level).length === 0;

    const [head, ...rest] = trail;
    if (head?.place && !leaf(head.place.level))
      steps.push(...inside({ sk: head.sk, id: head.place.id }, await walk(head.place.id, rest, want, deepest)));
    let after = head?.sk;
    let aside = 1;
    for (let more = true; more && steps.length < want;) {
      const page = await links(parentId, { by: "name" }, "", after, want - steps.length);
      more = page.more;
      after = page.links.at(-1)?.sk ?? after;
      for (let start = 0; start < page.links.length && steps.length < want;) {
        const level = page.links[start]?.level ?? "site";
        aside = Math.max(aside, asideFirst(level));
        const group = leaf(level) ? page.links.slice(start) : page.links.slice(start, start + aside);
        start += group.length;
        const room = want - steps.length;
        // Nearly all of these will be shown: their records come in the same round trip as their children's links.
        if (level === "end-customer") db.prefetch(group.map(({ id }) => customerKey(id)));
        const below = await Promise.all(
          group.map((link) => (leaf(link.level) ? [] : walk(link.id, [], room, deepest))),
        );
        for (const [index, link] of group.entries()) add(link, below[index] ?? []);
        aside = Math.min(asideAtMost, aside * 4);
      }
    }
    return steps.slice(0, want);
  };

  interface TrailStep {
    sk: string;
    /** Where the trail leads, as long as it still does. */
    place: { id: string; level: Level } | undefined;
  }
  /** Which part of an earlier trail is still true. */
  const follow = async (topId: string, trail: readonly string[]): Promise<TrailStep[]> => {
    const ids = trail.map(linkedChild);
    const parentOf = new Map(ids.map((id, index) => [id, ids[index - 1] ?? topId]));
    const found = await records(parentOf);
    let whole = true;
    return trail.flatMap((sk, index): TrailStep[] => {
      if (!whole) return [];
      const place = found.get(ids[index] ?? "");
      whole = place !== undefined && place.deletedAt === null;
      return [{ sk, place: whole && place ? { id: place.id, level: place.level } : undefined }];
    });
  };

  /** Steps below a top with the chains of their customers; a customer that has just moved away is left out. */
  const placesOf = async (steps: readonly Step[], top: Chain): Promise<BranchPlace[]> => {
    const parentOf = new Map<string, string>();
    for (const { link, above } of steps)
      for (const [index, id] of [...above, link.id].entries()) parentOf.set(id, above[index - 1] ?? top[0].id);
    const found = await records(parentOf);
    return steps.flatMap(({ link, above, trail }): BranchPlace[] => {
      const line = [link.id, ...above.toReversed()].map((id) => found.get(id));
      const [record, ...between] = line.filter((one) => one !== undefined);
      return record && between.length === above.length ? [{ chain: [record, ...between, ...top], trail }] : [];
    });
  };

  const tree = async (
    id: string,
    depth: number,
    budget: { nodes: number },
    seal: (parentId: string, position: z.infer<typeof ChildPosition>) => string,
  ): Promise<Pick<TreeNode, "children" | "nextCursor">> => {
    if (depth === 0 || budget.nodes <= 0) return { children: null, nextCursor: null };
    const page = await links(id, { by: "name" }, "", undefined, Math.min(treeWidth, budget.nodes));
    budget.nodes -= page.links.length;
    const children = await Promise.all(
      page.links.map(async (link) => ({
        id: link.id,
        level: link.level,
        name: link.name,
        active: link.active,
        inTrial: link.inTrial,
        isDefault: link.isDefault,
        ...(allowedUnder(link.level).length === 0
          ? { children: depth > 1 ? [] : null, nextCursor: null }
          : await tree(link.id, depth - 1, budget, seal)),
      })),
    );
    const last = page.links.at(-1);
    return { children, nextCursor: page.more && last ? seal(id, { after: last.sk, form: linkForm }) : null };
  };

  return {
    /**
     * A page of the children of a customer. Round trips: one for the customer (with the credential), one for its chain and the
     * links, one for the records. A filter that no view serves alone may return fewer than `limit`, with a position to go on.
     */
    async children(
      parentId: string,
      filter: ChildFilter,
      limit: number,
      position: z.infer<typeof ChildPosition> | null,
    ) {
      checkForm(position);
      const parent = loadChain(context, parentId);
      const page = async (): Promise<{ links: Link[]; next: z.infer<typeof ChildPosition> | null }> => {
        const item = await db.get(customerKey(parentId));
        if (item === undefined) return { links: [], next: null };
        const view = viewFor(filter, CustomerRecord.shape.level.parse(item["level"]));
        const found: Link[] = [];
        let after = position?.after;
        let more = true;
        for (let read = 0; more && found.length < limit && read < linksAtMost;) {
          const want = Math.min(200, limit - found.length);
          const next =
            filter.sort === "createdAt"
              ? await byCreation(parentId, after, want)
              : await links(parentId, view, filter.name ?? "", after, want);
          found.push(...next.links.filter((link) => passes(link, filter)));
          after = next.links.at(-1)?.sk ?? after;
          read += want;
          more = next.more;
        }
        return { links: found, next: more && after !== undefined ? { after, form: linkForm } : null };
      };
      const [chain, { links: shown, next }] = await Promise.all([parent, page()]);
      const found = await records(new Map(shown.map(({ id }) => [id, parentId])));
      const chains = shown.flatMap(({ id }): Chain[] => {
        const record = found.get(id);
        return record ? [[record, ...chain]] : [];
      });
      return { chains, next };
    },

    /**
     * A page of the whole branch of a customer in depth-first name order, itself first. `level` leaves the others out and keeps the
     * walk from going deeper than it needs to. @throws DomainError not_found
     */
    async branch(
      topId: string,
      level: Level | undefined,
      limit: number,
      position: z.infer<typeof BranchPosition> | null,
    ): Promise<{ places: BranchPlace[]; next: z.infer<typeof BranchPosition> | null }> {
      checkForm(position);
      const deepest = level === undefined ? rank("site") : rank(level);
      // A branch needs no check before it is read, only before it is shown.
      const loading = loadChain(context, topId);
      const begun = position ? follow(topId, position.trail) : Promise.resolve([]);
      const ahead = begun.then((trail) => walk(topId, trail, limit + 1, deepest));
      ahead.catch(() => undefined);
      const [chain, trail] = await Promise.all([loading, begun]);
      const top = chain[0];
      const places: BranchPlace[] =
        position === null && (level === undefined || level === top.level) ? [{ chain, trail: [] }] : [];
      let at: readonly TrailStep[] = trail;
      let next: z.infer<typeof BranchPosition> | null = null;
      for (let read = 0; ;) {
        const want = limit - places.length;
        const steps = read === 0 ? (await ahead).slice(0, want + 1) : await walk(topId, at, want + 1, deepest);
        const shown = steps.slice(0, want);
        read += steps.length;
        places.push(
          ...(await placesOf(
            shown.filter(({ link }) => level === undefined || link.level === level),
            chain,
          )),
        );
        next = steps.length > want ? { trail: shown.at(-1)?.trail ?? at.map(({ sk }) => sk), form: linkForm } : null;
        if (next === null || places.length >= limit || read >= linksAtMost) break;
        at = await follow(topId, next.trail);
      }
      return { places, next };
    },

    /** The customer and `depth` levels below it, from links alone. */
    async tree(
      id: string,
      depth: number,
      seal: (parentId: string, position: z.infer<typeof ChildPosition>) => string,
    ): Promise<TreeNode> {
      const [chain, below] = await Promise.all([loadChain(context, id), tree(id, depth, { nodes: treeNodes }, seal)]);
      const { level, name, active, trialEndsAt, isDefault } = chain[0];
      return { id, level, name, active, inTrial: trialEndsAt !== null, isDefault, ...below };
    },
  };
};
