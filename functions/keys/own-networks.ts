import { refuse } from "../../shared/domain/terms/errors.ts";
import { liesWithin } from "../../shared/store/access/sources.ts";
import type { Caller } from "../../shared/store/hierarchy/scope.ts";

/**
 * Refuses access that would reach further than the caller's own key: whoever has stolen one that is limited to networks must not make himself
 * another one that is not. Users can log in from everywhere, so a limited key lets nobody in as a user.
 * @param ranges networks that the new access is limited to; none: it is not
 * @throws DomainError networks_not_allowed
 */
export function refuseWiderNetworks(
  { ipRanges = [] }: Pick<Caller, "ipRanges">,
  ranges: readonly string[],
  path: string,
): void {
  if (!liesWithin(ranges, ipRanges))
    throw refuse(
      "networks_not_allowed",
      path,
      `Your key may only be used from ${ipRanges.join(", ")}; it cannot give access from elsewhere.`,
    );
}
