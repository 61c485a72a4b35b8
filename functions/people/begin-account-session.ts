import { presentLogin } from "../../shared/domain/accounts/portal.ts";
import { setCookie } from "../../shared/http/cookie.ts";
import type { PublicInput } from "../../shared/http/public-operation.ts";
import { accessWrite, loginOf } from "../../shared/store/access/access-log.ts";
import type { LoginPlace } from "../../shared/store/access/logins.ts";
import { newAccountSession, writeAccountSessionToken } from "../../shared/store/people/account-sessions.ts";
import { newKnownClient } from "../../shared/store/people/logins.ts";
import type { Update } from "../../shared/store/table/writes.ts";
import type { people as contracts } from "./contract.ts";

type LoginInput = PublicInput<typeof contracts.login>;

/** What a login by an account has proved. */
export type AccountProof = LoginPlace & {
  /** The request came with the token of a client that has logged in by the account before. */
  readonly isKnown: boolean;
  /** The writes that take the attempt back, since it did not fail. */
  readonly noFailure: readonly Update[];
};

/** The answer of an account's login that has been proved, and what it writes: the session, the client's token, the line in the log of access. */
export async function beginAccountSession(input: LoginInput, { account, isKnown, noFailure }: AccountProof) {
  const { body, now, context, userAgent, sourceIp } = input;
  const [id, secret] = [context.id("session"), context.secret()];
  const { session, write } = newAccountSession(account, { id, secret, nowMs: now, userAgent, sourceIp });
  const token = writeAccountSessionToken({ accountId: account.id, sessionId: id, secret });
  const client = isKnown ? null : newKnownClient(account, context.secret(), now);
  const inCookie = body.session === "cookie";
  // A rehearsal writes nothing but this: it must not use up what the real attempt needs.
  if (input.dryRun) await Promise.all(noFailure.map((update) => input.open().update(update)));
  return {
    result: {
      kind: "account" as const,
      token: inCookie ? null : token,
      knownClientToken: client?.token ?? null,
      expiresAt: session.endsAt,
      mustDo: account.mustChangePassword ? ("change_password" as const) : null,
      user: null,
      account: presentLogin(account),
    },
    writes: [
      write,
      ...(client ? [client.write] : []),
      ...noFailure,
      accessWrite(context, { type: "LoginSucceeded", ...loginOf(account) }),
    ],
    ...(inCookie && { cookies: [setCookie(token)] }),
  };
}
