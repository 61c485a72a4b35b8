import type { TreeNode } from "../../../domain/hierarchy/customer.ts";
import { allowedUnder } from "../../../domain/terms/levels.ts";
import type { Database } from "../../table/database.ts";
import { linkForm } from "../../table/keys.ts";
import { loadChain } from "../branch.ts";
import type { ChildPosition } from "./children.ts";
import { readLinks } from "./link-pages.ts";
import type { StoreContext } from "../scope.ts";

/** Children of one node, and nodes in all, that a tree shows. */
const treeWidth = 50;
const treeNodes = 1000;

/** Makes the cursor by which the list of a node's children goes on where the tree ends. */
export type SealPosition = (parentId: string, position: ChildPosition) => string;

/** The levels below a node, each as wide as the tree may be, while `budget` lasts. */
async function nodesBelow(
  db: Database,
  id: string,
  depth: number,
  budget: { nodes: number },
  seal: SealPosition,
): Promise<Pick<TreeNode, "children" | "nextCursor">> {
  if (depth === 0 || budget.nodes <= 0) return { children: null, nextCursor: null };
  const page = await readLinks(db, id, { by: "name" }, "", undefined, Math.min(treeWidth, budget.nodes));
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
        : await nodesBelow(db, link.id, depth - 1, budget, seal)),
    })),
  );
  const last = page.links.at(-1);
  return { children, nextCursor: page.more && last ? seal(id, { after: last.sk, form: linkForm }) : null };
}

/** The customer and `depth` levels below it, from links alone. */
export async function readTree(
  context: StoreContext,
  id: string,
  depth: number,
  seal: SealPosition,
): Promise<TreeNode> {
  const [chain, below] = await Promise.all([
    loadChain(context, id),
    nodesBelow(context.db, id, depth, { nodes: treeNodes }, seal),
  ]);
  const { level, name, active, trialEndsAt, isDefault } = chain[0];
  return { id, level, name, active, inTrial: trialEndsAt !== null, isDefault, ...below };
}
