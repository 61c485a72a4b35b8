import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { sells } from "../../shared/domain/terms/levels.ts";
import { choosePlan } from "../../shared/domain/accounts/service-plan.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { writeToken } from "../../shared/store/access/tokens.ts";
import { enrolmentKeyStore, presentEnrolmentKey } from "../../shared/store/devices/enrolment-keys.ts";
import { planStore } from "../../shared/store/accounts/plans.ts";
import { enrolment as contracts } from "./contract.ts";

const stores = { keys: enrolmentKeyStore, plans: planStore };

/**
 * Creates an enrolment key of a customer, or of a reseller, whose devices land in its Default Customer. Refuses other levels, plans that
 * cannot be chosen, and an expiry in the past.
 */
export async function createEnrolmentKey({
  params,
  body,
  deps: { keys, plans },
}: Input<typeof contracts.createEnrolmentKey, typeof stores>) {
  const [chain, known] = await Promise.all([keys.loadOwner(params.id), plans.list()]);
  const [{ id: customerId, level }] = chain;
  if (sells(level) && level !== "reseller")
    throw refuse("not_applicable", "id", `Computers enrol with a customer or a reseller, not with a ${level}.`);
  if (body.plan !== undefined) choosePlan(known, body.plan);
  const now = keys.now();
  const expiresOn = body.expiresAt ? new Date(body.expiresAt).toISOString() : null;
  if (expiresOn !== null && Date.parse(expiresOn) <= now)
    throw refuse("expiry_in_past", "expiresAt", "must lie in the future");
  const [id, secret, createdAt] = [keys.newId(), keys.newSecret(), new Date(now).toISOString()];
  const record = {
    id,
    version: 1,
    customerId,
    ancestors: chain.slice(1).map((above) => above.id),
    name: body.name,
    plan: body.plan ?? null,
    secretHash: keys.hashSecret(secret),
    expiresOn,
    maxUses: body.maxUses ?? null,
    uses: 0,
    revokedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
  return {
    result: { ...presentEnrolmentKey(record, now), token: writeToken(id, secret, "enrolmentKey") },
    writes: [
      ...keys.insert(record),
      keys.log(chain, {
        type: "EnrolmentKeyCreated",
        node: { id, level: null, name: body.name },
        changes: creation(record),
      }),
    ],
  };
}

export const handler = operation(contracts.createEnrolmentKey, createEnrolmentKey, stores);
