import { createContext, useContext } from "react";
import type { Node } from "../app/areas.ts";

export const NodeContext = createContext<Node | null>(null);

/** The customer that is looked at. It is there in every view below `/n/$nodeId`. */
export function useNode(): Node {
  const node = useContext(NodeContext);
  if (node === null) throw new Error("No customer is looked at here");
  return node;
}
