import { type Chain, effectivelyActive } from "../hierarchy/customer.ts";
import { demandsSecondFactor, effectiveSettings } from "../terms/settings.ts";
import { DomainError } from "../terms/errors.ts";
import { type AccountPatch, type AccountRecord, type AccountStanding, accountState } from "./account.ts";

/** An account with what decides whether somebody logs in by it. */
export type PortalAccount = Pick<AccountStanding, "account" | "parent" | "chain">;

/**
 * Whether the levels above let the accounts of a customer log in. Accounts have no second factor, so where a level demands one of its branch the
 * portal is closed.
 */
const isPortalOpen = (chain: Chain): boolean =>
  effectiveSettings(chain).portal.enabled.value && !demandsSecondFactor(chain);

/** Whether somebody who has the password of an account may be let in by it now: neither it nor anything above it is suspended or deleted. */
export function mayEnter(place: PortalAccount): boolean {
  const state = accountState(place);
  return (state === "active" || state === "trial") && effectivelyActive(place.chain) && isPortalOpen(place.chain);
}

/** Whether accounts of a customer that have logged in may switch to its others. */
export const maySwitch = (chain: Chain): boolean => effectiveSettings(chain).portal.switchAccounts.value;

/**
 * What the login of an account may change of it: the user quota, unless a level above forbids it.
 * @throws DomainError forbidden
 */
export function refuseToPortal(chain: Chain, patch: AccountPatch): void {
  const field = Object.keys(patch).find((name) => name !== "userQuotaBytes");
  if (field !== undefined) throw new DomainError("forbidden", `The login of an account does not change \`${field}\`.`);
  if (!effectiveSettings(chain).portal.changeQuota.value)
    throw new DomainError(
      "forbidden",
      "The quota is not changed in the portal: those who sell to your customer do so.",
    );
}

/**
 * Refuses the login of an account access to what its devices have stored, where a level above forbids it.
 * @throws DomainError forbidden
 */
export function refuseRestore(chain: Chain): void {
  if (!effectiveSettings(chain).portal.restore.value)
    throw new DomainError("forbidden", "Data are not restored in the portal: those who sell to your customer do so.");
}

/** An account as its own login sees it: who it is. */
export const presentLogin = ({ id, username, customerId }: AccountRecord) => ({ id, username, customerId });
