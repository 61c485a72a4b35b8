import { DomainError } from "../../domain/terms/errors.ts";
import { demandsSecondFactor } from "../../domain/terms/settings.ts";
import type { Caller, StoreContext } from "../../store/hierarchy/scope.ts";
import type { Contract } from "../contract.ts";

/**
 * What refuses a caller by what applies in its own branch at the moment of the request. Undefined: nothing there can restrict it.
 * Its check throws DomainError second_factor_required where a level demands what the user has not set up yet.
 */
export function ownBranchCheck(
  { permission }: Pick<Contract, "permission">,
  { session }: Caller,
): StoreContext["checkOwn"] {
  if (permission === "self" || session?.lacksSecondFactor !== true) return undefined;
  return (own) => {
    if (demandsSecondFactor(own))
      throw new DomainError("second_factor_required", "Set up a second factor first: POST /v1/me/totp.");
  };
}
