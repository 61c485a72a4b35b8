import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { provedForMs } from "../../shared/domain/people/session.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAttempts } from "../../shared/store/people/own-attempts.ts";
import { nobodysHash, verifyPassword } from "../../shared/store/access/credentials.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { people as contracts } from "./contract.ts";
import { useCode, wrongCode } from "../totp/second-factor.ts";

const stores = { own: ownAccessStore, attempts: ownAttempts };

/** Notes that the caller has proved who he is, by his password or a code. Refuses wrong ones, and all after five in a quarter of an hour. */
export async function prove({ body, deps: { own, attempts } }: Input<typeof contracts.prove, typeof stores>) {
  const [{ user }, session] = await Promise.all([own.load(), own.current()]);
  const forgive = await attempts.take(normaliseLogin(user.username));
  if (body.password !== undefined && !(await verifyPassword(body.password, user.passwordHash ?? nobodysHash)))
    throw new DomainError("wrong_password", "This is not your password.");
  const used = body.code === undefined ? undefined : await useCode(user, body.code, own.now());
  if (used === null) throw wrongCode();
  return {
    result: { provedUntil: new Date(own.now() + provedForMs).toISOString() },
    writes: [own.proved(session), ...(used ? [used] : []), forgive],
  };
}

export const handler = operation(contracts.prove, prove, stores);
