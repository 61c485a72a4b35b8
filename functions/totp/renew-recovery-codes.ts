import { hasSecondFactor } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { hashRecoveryCode, newRecoveryCodes } from "../../shared/store/people/totp.ts";
import { totp as contracts } from "./contract.ts";

const stores = { own: ownAccessStore };

/** Gives the caller new recovery codes in the place of all old ones. Refused without a second factor that they could stand in for. */
export async function renewRecoveryCodes({ deps: { own } }: Input<typeof contracts.renewRecoveryCodes, typeof stores>) {
  const { user, chain } = await own.load();
  if (!hasSecondFactor(user)) throw new DomainError("not_applicable", "You have no second factor.");
  const recoveryCodes = newRecoveryCodes();
  return {
    result: { recoveryCodes },
    writes: [
      own.save(user, { recoveryCodes: recoveryCodes.map(hashRecoveryCode) }),
      own.log(chain, { type: "UserUpdated", node: { id: user.id, level: null, name: user.username } }),
    ],
  };
}

export const handler = operation(contracts.renewRecoveryCodes, renewRecoveryCodes, stores);
