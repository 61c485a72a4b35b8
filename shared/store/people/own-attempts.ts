import { forgetAttempts, loginAttempts, takeAttempt } from "../access/attempts.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Update } from "../table/writes.ts";

/** Attempts of somebody who has logged in to prove who he is: a session that was stolen must not be a way to guess the password. */
export const ownAttempts = (context: StoreContext) => {
  let taken: Promise<Update> | undefined;
  const { caller, db } = context;
  return {
    /** Takes one attempt, once in a request. @returns the write that gives all back @throws DomainError rate_limited */
    take(login: string): Promise<Update> {
      const name = `${caller.id}#${login}`;
      taken ??= takeAttempt(() => db.fresh(), "login-from", name, loginAttempts, context.now()).then(() =>
        forgetAttempts("login-from", name, context.now()),
      );
      return taken;
    },
  };
};
