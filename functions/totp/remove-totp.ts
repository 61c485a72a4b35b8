import { changeFactors } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { presentUser } from "../users/presentation.ts";
import { totp as contracts } from "./contract.ts";

const stores = { own: ownAccessStore };

/** Removes the caller's authenticator app, also one that was never confirmed. Refused where there is none. */
export async function removeTotp({ ifMatch, deps: { own } }: Input<typeof contracts.removeTotp, typeof stores>) {
  const { user, chain } = await own.load();
  ifMatch(user.version);
  if (user.totp === null) throw new DomainError("not_applicable", "You have no authenticator app.");
  const changes = changeFactors(user, { totp: null, totpStep: 0 });
  const after = { ...user, ...changes, version: user.version + 1 };
  return {
    result: presentUser(after, own.caller, own.now()),
    writes: [
      own.save(user, changes),
      own.log(chain, { type: "SecondFactorRemoved", node: { id: user.id, level: null, name: user.username } }),
    ],
  };
}

export const handler = operation(contracts.removeTotp, removeTotp, stores);
