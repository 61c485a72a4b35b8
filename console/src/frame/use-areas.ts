import { type Area, areas, type Node } from "../app/areas.ts";
import { useMay, useMe } from "../app/session.tsx";

/** The areas that a customer has for the caller. */
export function useAreas(nodeId: string, node: Node | undefined): readonly Area[] {
  const may = useMay();
  const { scope } = useMe();
  const level = node?.level;
  const isAt = { own: nodeId === scope.id, below: node?.parentId === scope.id };
  return areas.filter(
    ({ needs, levels, at }) =>
      (needs === undefined || may(needs)) &&
      (at === undefined || isAt[at]) &&
      (levels === undefined || level === undefined || levels.includes(level)),
  );
}
