import { effectivelyActive } from "../../domain/hierarchy/customer.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { demandsSecondFactor } from "../../domain/terms/settings.ts";
import { type Caller, hasRole, isProviders, type StoreContext } from "../../store/hierarchy/scope.ts";
import { type Contract, needsActiveBranch } from "../contract.ts";

/**
 * What refuses a caller by what applies in its own branch at the moment of the request. Undefined: nothing there can restrict it. Its check
 * throws DomainError second_factor_required where a level demands what the user has not set up yet, and branch_deactivated where the
 * request is a change and a level is deactivated. The provider stays able to activate again what it has deactivated.
 */
export function ownBranchCheck(
  contract: Pick<Contract, "route" | "permission" | "whileDeactivated">,
  caller: Caller,
): StoreContext["checkOwn"] {
  const lacksFactor = contract.permission !== "self" && caller.session?.lacksSecondFactor === true;
  const needsActive = needsActiveBranch(contract) && hasRole(caller) && !isProviders(caller);
  if (!lacksFactor && !needsActive) return undefined;
  return (own) => {
    if (lacksFactor && demandsSecondFactor(own))
      throw new DomainError(
        "second_factor_required",
        "Set up a second factor first: POST /v1/me/totp or POST /v1/me/passkey/options.",
      );
    if (needsActive && !effectivelyActive(own))
      throw new DomainError(
        "branch_deactivated",
        "Your customer, or a level above it, is deactivated: you can read, and ask for reactivation by POST /v1/me/reactivation.",
      );
  };
}
