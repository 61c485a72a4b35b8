import type { Level } from "../../../domain/terms/levels.ts";
import { type BranchPosition, listBranch } from "./branch-walk.ts";
import { type ChildFilter, type ChildPosition, listChildren } from "./children.ts";
import type { StoreContext } from "../scope.ts";
import { readTree, type SealPosition } from "./tree.ts";

/** Lists of the caller's branch. Every page is Queries over links and one batch of records. */
export const listingStore = (context: StoreContext) => ({
  children: (parentId: string, filter: ChildFilter, limit: number, position: ChildPosition | null) =>
    listChildren(context, parentId, filter, limit, position),
  branch: (topId: string, level: Level | undefined, limit: number, position: BranchPosition | null) =>
    listBranch(context, topId, level, limit, position),
  tree: (id: string, depth: number, seal: SealPosition) => readTree(context, id, depth, seal),
});
