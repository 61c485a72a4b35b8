import { UserRecord, hasSecondFactor } from "../../shared/domain/people/user.ts";
import { demandsSecondFactor } from "../../shared/domain/terms/settings.ts";
import { setCookie } from "../../shared/http/cookie.ts";
import type { Contract } from "../../shared/http/contract.ts";
import type { PublicInput } from "../../shared/http/public-operation.ts";
import { accessWrite, loginOf } from "../../shared/store/access/access-log.ts";
import { newKnownClient, type UserPlace } from "../../shared/store/people/logins.ts";
import { newSession, writeSessionToken } from "../../shared/store/people/sessions.ts";
import type { Delete, Update } from "../../shared/store/table/writes.ts";
import { presentUser } from "../users/presentation.ts";

/** A request that logs somebody in. */
type LoginInput = Omit<PublicInput<Contract>, "body"> & { body: { session: "bearer" | "cookie" } };

/** What a login has proved. */
export type Proof = UserPlace & {
  /** The request came with the token of a client that the user has logged in from before. */
  readonly isKnown: boolean;
  /** The write that uses up the proof, on the user's own item. */
  readonly factor: Update;
  /** The challenge that the proof has answered. */
  readonly used?: Delete;
  /** The writes that take the attempt back, since it did not fail. */
  readonly noFailure: readonly Update[];
};

/** The answer of a login that has been proved, and what it writes: the session, the client's token, the line in the log of access. */
export async function beginSession(input: LoginInput, proof: Proof) {
  const { body, now, context } = input;
  const { user, chain, isKnown, factor, used, noFailure } = proof;
  const [id, secret] = [context.id("session"), context.secret()];
  const { userAgent, sourceIp } = input;
  const { session, write } = newSession(user, {
    id,
    secret,
    nowMs: now,
    userAgent,
    sourceIp,
  });
  const token = writeSessionToken({ userId: user.id, sessionId: id, secret });
  const client = isKnown ? null : newKnownClient(user, context.secret(), now);
  const inCookie = body.session === "cookie";
  const lastLoginAt = new Date(now).toISOString();
  const seen: Update = { ...factor, set: { ...factor.set, lastLoginAt } };
  // A rehearsal writes nothing but this: it must not use up what the real attempt needs.
  if (input.dryRun) await Promise.all(noFailure.map((update) => input.open().update(update)));
  return {
    result: {
      kind: "user" as const,
      token: inCookie ? null : token,
      knownClientToken: client?.token ?? null,
      expiresAt: session.endsAt,
      mustDo: user.mustChangePassword
        ? ("change_password" as const)
        : demandsSecondFactor(chain) && !hasSecondFactor(user)
          ? ("set_up_second_factor" as const)
          : null,
      user: presentUser(
        UserRecord.parse({ ...user, ...seen.set }),
        { id: user.id, scopeAncestors: user.ancestors },
        now,
      ),
      account: null,
    },
    writes: [
      seen,
      write,
      ...(client ? [client.write] : []),
      ...(used ? [used] : []),
      ...noFailure,
      accessWrite(context, { type: "LoginSucceeded", ...loginOf(user) }),
    ],
    ...(inCookie && { cookies: [setCookie(token)] }),
  };
}
