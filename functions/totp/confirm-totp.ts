import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAttempts } from "../../shared/store/people/own-attempts.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { newRecoveryCodes } from "../../shared/store/people/totp.ts";
import { totp as contracts } from "./contract.ts";
import { confirmApp } from "./second-factor.ts";

const stores = { own: ownAccessStore, attempts: ownAttempts };

/** Sets the caller's authenticator app up by its first code. Refuses a wrong code, and one where no app waits for it. */
export async function confirmTotp({
  body,
  deps: { own, attempts },
}: Input<typeof contracts.confirmTotp, typeof stores>) {
  const { user, chain } = await own.load();
  const forgive = await attempts.take(normaliseLogin(user.username));
  const recoveryCodes = newRecoveryCodes();
  return {
    result: { recoveryCodes },
    writes: [
      await confirmApp(user, body.code, recoveryCodes, own.now()),
      forgive,
      own.log(chain, { type: "SecondFactorAdded", node: { id: user.id, level: null, name: user.username } }),
    ],
  };
}

export const handler = operation(contracts.confirmTotp, confirmTotp, stores);
