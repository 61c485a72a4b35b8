import { type Commitment, planMove, weight } from "../terms/allowance.ts";
import { alive, type Chain, type CustomerRecord, licencesOf, licenceStanding } from "../hierarchy/customer.ts";
import { checkConfirmation, purged } from "./deletion.ts";
import { DomainError, refuse } from "../terms/errors.ts";
import { normaliseName } from "../terms/names.ts";
import { offeredBy } from "../hierarchy/new-customer.ts";
import { graceDays } from "../terms/settings.ts";
import { trialEndAfter } from "../terms/trial.ts";

/** A customer marked as deleted, or no longer: its record, and the licences that its whole branch gives back above, or takes again. */
export interface MarkedCustomer {
  record: CustomerRecord;
  licences: Commitment[];
  /** How many licences that is. */
  count: number;
}

/** @throws DomainError move_running while accounts are being moved from or to what is to be deleted */
export function refuseMoving({ moveId }: { moveId: string | null }): void {
  if (moveId !== null)
    throw new DomainError("move_running", `Accounts are being moved by ${moveId}; delete once that has ended.`);
}

/**
 * A customer marked as deleted: by the chain that takes its whole branch along. Name, space and data stay until `purgeAt`, licences go
 * back. `chain` is its own, nearest first, and nothing of it is deleted.
 * @throws DomainError provider_permanent | default_customer | move_running | confirmation_required
 */
export function deletedCustomer(
  chain: Chain,
  confirm: string | undefined,
  deletionId: string,
  nowMs: number,
): MarkedCustomer {
  const [before, ...parents] = chain;
  if (before.parentId === null)
    throw new DomainError("provider_permanent", "The provider is the installation itself and cannot be deleted.");
  if (before.isDefault)
    throw new DomainError("default_customer", "The Default Customer cannot be deleted; it goes with its reseller.");
  refuseMoving(before);
  checkConfirmation(confirm, before.name, normaliseName, "the customer's name");
  const deletedAt = new Date(nowMs).toISOString();
  const { committed, drawn } = weight(licencesOf(before));
  return {
    record: {
      ...before,
      deletedAt,
      purgeAt: trialEndAfter(nowMs, graceDays(chain)),
      deletionId,
      version: before.version + 1,
      updatedAt: deletedAt,
    },
    licences: planMove(licencesOf(before), parents.map(licenceStanding), []),
    count: committed + drawn,
  };
}

/**
 * A customer that is deleted no longer, and with it its whole branch: all is as it was, but for the stamps of the change.
 * @throws DomainError purged | customer_deleted (by a level above) | service_type_not_allowed | allotment_exceeded
 */
export function restoredCustomer(chain: Chain, nowMs: number): MarkedCustomer {
  const [before, parent, ...above] = chain;
  if (before.purgeStartedAt !== null) throw purged("customer");
  if (!parent) throw new Error("The provider is never deleted.");
  const parents: Chain = [parent, ...above];
  alive(parents);
  const { set } = offeredBy(parents);
  const needed = new Set([...(before.level === "site" ? [] : [before.serviceType]), ...before.servicesToProvide]);
  for (const type of needed)
    if (!set.includes(type))
      throw refuse(
        "service_type_not_allowed",
        "",
        `The levels above no longer provide ${type}, which the customer uses; provide it again first.`,
      );
  const at = new Date(nowMs).toISOString();
  const { committed, drawn } = weight(licencesOf(before));
  return {
    record: {
      ...before,
      deletedAt: null,
      purgeAt: null,
      deletionId: null,
      restoredAt: at,
      version: before.version + 1,
      updatedAt: at,
    },
    licences: planMove(licencesOf(before), [], parents.map(licenceStanding), "licences"),
    count: committed + drawn,
  };
}
