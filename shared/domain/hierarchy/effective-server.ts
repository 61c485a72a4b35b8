import { type Level, sells } from "../terms/levels.ts";
import { serviceTypeOf } from "../terms/service-types.ts";
import type { Chain } from "./customer.ts";
import type { ServerRef } from "./own-storage.ts";

/** Whether the data of the first of a chain lie in the provider's storage. Those who sell store nothing themselves. */
export const usesCloud = (chain: Chain): boolean => !sells(chain[0].level) && serviceTypeOf(chain) === "all-inclusive";

/**
 * The storage server that applies to the first of a chain, nearest first, and the level that has chosen it (S6).
 * @returns null where none is chosen, and for who stores in the provider's storage, whatever those above have chosen
 */
export function effectiveServer(chain: Chain): (ServerRef & { level: Level }) | null {
  if (usesCloud(chain)) return null;
  for (const { storageServer, level } of chain) if (storageServer) return { ...storageServer, level };
  return null;
}
