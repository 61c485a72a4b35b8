import * as z from "zod";
import type { Chain } from "../../../domain/hierarchy/customer.ts";
import { allowedUnder, type Level, rank } from "../../../domain/terms/levels.ts";
import type { Database } from "../../table/database.ts";
import { customerKey, linkedChild, linkForm } from "../../table/keys.ts";
import { loadChain } from "../branch.ts";
import { checkForm, linksAtMost, readLinks, readRecords } from "./link-pages.ts";
import type { Link } from "../links.ts";
import type { StoreContext } from "../scope.ts";

/** Where a walk of a branch goes on: the links from the top down to the last customer shown. */
export const BranchPosition = z.object({ trail: z.array(z.string()).min(0).max(6), form: z.int().default(1) });
export type BranchPosition = z.infer<typeof BranchPosition>;

/** A customer of a branch, and the links from the top of the branch down to it. */
export interface BranchPlace {
  chain: Chain;
  trail: string[];
}
/**
 * Of how many nodes side by side a walk asks for the children. End-customers seldom have sites, so it asks many at once. One reseller or
 * distributor may well fill the page alone, so it begins with one and asks four times as many each time that they did not.
 */
const asideAtMost = 64;
const asideFirst = (level: Level): number => (level === "end-customer" ? asideAtMost : 1);

interface Step {
  link: Link;
  /** Sort keys from the top to the link itself. */
  trail: string[];
  /** Ids from the top's child to the parent of the link. */
  above: string[];
}

interface TrailStep {
  sk: string;
  /** Where the trail leads, as long as it still does. */
  place: { id: string; level: Level } | undefined;
}

/**
 * The branch below a customer in depth-first name order, from a trail on; at most `want` steps. Below a customer that was moved
 * away since the trail was made (a step without a place) the walk does not go.
 */
async function walk(
  db: Database,
  parentId: string,
  trail: readonly TrailStep[],
  want: number,
  deepest: number,
): Promise<Step[]> {
  const steps: Step[] = [];
  const add = (link: Link, below: readonly Step[]): void => {
    steps.push({ link, trail: [link.sk], above: [] }, ...inside(link, below));
  };
  const inside = (link: { sk: string; id: string }, below: readonly Step[]): Step[] =>
    below.map((step) => ({ link: step.link, trail: [link.sk, ...step.trail], above: [link.id, ...step.above] }));
  const leaf = (level: Level): boolean => rank(level) >= deepest || allowedUnder(level).length === 0;

  const [head, ...rest] = trail;
  if (head?.place && !leaf(head.place.level))
    steps.push(...inside({ sk: head.sk, id: head.place.id }, await walk(db, head.place.id, rest, want, deepest)));
  let after = head?.sk;
  let aside = 1;
  for (let more = true; more && steps.length < want;) {
    const page = await readLinks(db, parentId, { by: "name" }, "", after, want - steps.length);
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
        group.map((link) => (leaf(link.level) ? [] : walk(db, link.id, [], room, deepest))),
      );
      for (const [index, link] of group.entries()) add(link, below[index] ?? []);
      aside = Math.min(asideAtMost, aside * 4);
    }
  }
  return steps.slice(0, want);
}

/** Which part of an earlier trail is still true. */
async function follow(db: Database, topId: string, trail: readonly string[]): Promise<TrailStep[]> {
  const ids = trail.map(linkedChild);
  const parentOf = new Map(ids.map((id, index) => [id, ids[index - 1] ?? topId]));
  const found = await readRecords(db, parentOf);
  let whole = true;
  return trail.flatMap((sk, index): TrailStep[] => {
    if (!whole) return [];
    const place = found.get(ids[index] ?? "");
    whole = place !== undefined && place.deletedAt === null;
    return [{ sk, place: whole && place ? { id: place.id, level: place.level } : undefined }];
  });
}

/** Steps below a top with the chains of their customers; a customer that has just moved away is left out. */
async function placesOf(db: Database, steps: readonly Step[], top: Chain): Promise<BranchPlace[]> {
  const parentOf = new Map<string, string>();
  for (const { link, above } of steps)
    for (const [index, id] of [...above, link.id].entries()) parentOf.set(id, above[index - 1] ?? top[0].id);
  const found = await readRecords(db, parentOf);
  return steps.flatMap(({ link, above, trail }): BranchPlace[] => {
    const line = [link.id, ...above.toReversed()].map((id) => found.get(id));
    const [record, ...between] = line.filter((one) => one !== undefined);
    return record && between.length === above.length ? [{ chain: [record, ...between, ...top], trail }] : [];
  });
}

/**
 * A page of the whole branch of a customer in depth-first name order, itself first. `level` leaves the others out and keeps the
 * walk from going deeper than it needs to. @throws DomainError not_found
 */
export async function listBranch(
  context: StoreContext,
  topId: string,
  level: Level | undefined,
  limit: number,
  position: BranchPosition | null,
): Promise<{ places: BranchPlace[]; next: BranchPosition | null }> {
  const { db } = context;
  checkForm(position);
  const deepest = level === undefined ? rank("site") : rank(level);
  // A branch needs no check before it is read, only before it is shown.
  const loading = loadChain(context, topId);
  const begun = position ? follow(db, topId, position.trail) : Promise.resolve([]);
  const ahead = begun.then((trail) => walk(db, topId, trail, limit + 1, deepest));
  ahead.catch(() => undefined);
  const [chain, trail] = await Promise.all([loading, begun]);
  const top = chain[0];
  const places: BranchPlace[] =
    position === null && (level === undefined || level === top.level) ? [{ chain, trail: [] }] : [];
  let at: readonly TrailStep[] = trail;
  let next: BranchPosition | null = null;
  for (let read = 0; ;) {
    const want = limit - places.length;
    const steps = read === 0 ? (await ahead).slice(0, want + 1) : await walk(db, topId, at, want + 1, deepest);
    const shown = steps.slice(0, want);
    read += steps.length;
    places.push(
      ...(await placesOf(
        db,
        shown.filter(({ link }) => level === undefined || link.level === level),
        chain,
      )),
    );
    next = steps.length > want ? { trail: shown.at(-1)?.trail ?? at.map(({ sk }) => sk), form: linkForm } : null;
    if (next === null || places.length >= limit || read >= linksAtMost) break;
    at = await follow(db, topId, next.trail);
  }
  return { places, next };
}
