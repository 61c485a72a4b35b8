import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { provedForMs } from "../../shared/domain/people/session.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { ownAttempts } from "../../shared/store/people/own-attempts.ts";
import { ownPasskeys } from "../../shared/store/people/own-passkeys.ts";
import { refusedPasskey } from "../../shared/store/people/passkeys.ts";
import { passkeys as contracts } from "./contract.ts";

const stores = { own: ownAccessStore, attempts: ownAttempts, passkeys: ownPasskeys };

/**
 * Notes that the caller has proved who he is, by one of his passkeys. Nobody guesses a signature, so only failures are counted: after five in a
 * quarter of an hour a wrong answer is refused with `rate_limited`, and a right one still counts.
 */
export async function proveWithPasskey({
  body,
  deps: { own, attempts, passkeys },
}: Input<typeof contracts.proveWithPasskey, typeof stores>) {
  const [{ user }, session] = await Promise.all([own.load(), own.current()]);
  const proof = await passkeys.use(user, body.response);
  if (typeof proof === "string") {
    await attempts.take(normaliseLogin(user.username));
    throw refusedPasskey(proof);
  }
  return {
    result: { provedUntil: new Date(own.now() + provedForMs).toISOString() },
    writes: [own.proved(session), proof.factor, proof.used],
  };
}

export const handler = operation(contracts.proveWithPasskey, proveWithPasskey, stores);
