import type { Branch, TreeItem } from "./data.ts";

/** A line of the tree. */
export type Row =
  | {
      kind: "item";
      item: TreeItem;
      parentId: string | null;
      depth: number;
      place: number;
      siblings: number;
      expanded: boolean | null;
    }
  | { kind: "more" | "loading" | "failed" | "empty"; parentId: string; depth: number };

export interface Branches {
  /** What is loaded below a customer: its pages, and whether another one is on its way or has failed. */
  of: (id: string) => { items: readonly TreeItem[]; nextCursor: string | null; pending: boolean; failed: boolean };
  isExpanded: (id: string) => boolean;
}

export const rowId = (row: Row): string => (row.kind === "item" ? row.item.id : `${row.kind} ${row.parentId}`);

/** The lines in sight, from the top down, as far as branches are expanded. */
export function rowsOf(root: TreeItem, branches: Branches): Row[] {
  const rows: Row[] = [];
  const walk = (item: TreeItem, parentId: string | null, depth: number, place: number, siblings: number): void => {
    const open = branches.isExpanded(item.id);
    const below = open ? branches.of(item.id) : null;
    const isLeaf =
      item.level === "site" || (below !== null && !below.pending && !below.failed && below.items.length === 0);
    rows.push({ kind: "item", item, parentId, depth, place, siblings, expanded: isLeaf ? null : open });
    if (below === null || isLeaf) return;
    // A node without an end to its children has an unknown number of them.
    const count = below.nextCursor === null ? below.items.length : -1;
    for (const [index, child] of below.items.entries()) walk(child, item.id, depth + 1, index + 1, count);
    if (below.failed) rows.push({ kind: "failed", parentId: item.id, depth: depth + 1 });
    else if (below.pending) rows.push({ kind: "loading", parentId: item.id, depth: depth + 1 });
    else if (below.nextCursor !== null) rows.push({ kind: "more", parentId: item.id, depth: depth + 1 });
  };
  walk(root, null, 0, 1, 1);
  return rows;
}

/** All pages of a branch as one, with what the way to the open customer leads through, where no page has it yet. */
export function joined(
  pages: readonly (Branch | undefined)[],
  way: TreeItem | undefined,
): Pick<Branch, "items" | "nextCursor"> {
  const items = pages.flatMap((page) => page?.items ?? []);
  const missing =
    way !== undefined && pages.some((page) => page !== undefined) && !items.some(({ id }) => id === way.id);
  return { items: missing ? [...items, way] : items, nextCursor: pages.at(-1)?.nextCursor ?? null };
}
