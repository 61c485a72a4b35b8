import type { LogFilter } from "../../shared/store/access/log-pages.ts";

/** Which entries a request asks for. @param customerId the customer that it names */
export const filterOf = (
  customerId: string,
  { only, nodeId, from, to, actorId, type, operation }: LogFilter & { only?: "branch" | "node" | undefined },
): LogFilter => ({
  from,
  to,
  actorId,
  nodeId: nodeId ?? (only === "node" ? customerId : undefined),
  type,
  operation,
});
