import type { MoveSearch } from "./route.ts";

/** Props of a link to the wizard, with what is to be moved. */
export const moveLink = (nodeId: string, search: MoveSearch) => ({
  to: "/n/$nodeId/move" as const,
  // What Mantine's components are rendered as keeps no types of its own.
  params: { nodeId } as never,
  search: search as never,
});
