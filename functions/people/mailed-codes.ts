import { checkPassword } from "../../shared/domain/access/password.ts";
import { readMailedCode } from "../../shared/domain/people/mailed-code.ts";
import { type UserRecord, userState } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { enrolmentAttempts, takeAttempt } from "../../shared/store/access/attempts.ts";
import { hashPassword } from "../../shared/store/access/credentials.ts";
import { sourceOf } from "../../shared/store/access/sources.ts";
import { type Author, logWrite } from "../../shared/store/hierarchy/log.ts";
import { findUserPlace } from "../../shared/store/people/logins.ts";
import { hashMailed } from "../../shared/store/people/mailed-codes.ts";
import { saveUser } from "../../shared/store/people/users.ts";
import type { Database } from "../../shared/store/table/database.ts";
import type { Write } from "../../shared/store/table/writes.ts";

/** What choosing a password by a code from a mail works with. */
export interface CodeInput {
  db: Database;
  open: () => Database;
  sourceIp: string;
  now: number;
  context: Omit<Author, "caller">;
  takeAttempt: <T>(take: () => Promise<T>) => Promise<T>;
}

const invalid = () =>
  new DomainError("link_invalid", "The code was used before, has expired, or was replaced by another one.");

/**
 * Sets a password by a code from a mail. Codes that are wrong, used or expired are answered alike, and not at all after ten from one place.
 * @param purpose which code of the user it must be
 * @throws DomainError link_invalid | password_too_weak | rate_limited
 */
export async function choosePassword(
  input: CodeInput,
  purpose: "invitation" | "passwordReset",
  code: string,
  password: string,
  path: string,
): Promise<{ user: UserRecord; writes: Write[] }> {
  const { db, now } = input;
  const read = readMailedCode(code);
  const place = read && (await findUserPlace(db, read.userId));
  const kept = place?.user[purpose];
  if (!read || !place || !kept || kept.hash !== hashMailed(read.secret) || Date.parse(kept.expiresAt) <= now) {
    await input.takeAttempt(() => takeAttempt(input.open, "code", sourceOf(input.sourceIp), enrolmentAttempts, now));
    throw invalid();
  }
  const { user, chain } = place;
  const state = userState(user, now);
  if (state === "disabled" || state === "ended") throw invalid();
  checkPassword(password, user.username, path);
  const all = {
    passwordHash: await hashPassword(password),
    mustChangePassword: false,
    invitation: null,
    passwordReset: null,
    generation: user.generation + 1,
  };
  const caller = { kind: "user" as const, id: user.id, scopeId: user.customerId };
  return {
    user,
    writes: [
      saveUser(user, all, now),
      logWrite({ ...input.context, caller }, chain, {
        type: purpose === "invitation" ? "InvitationAccepted" : "UserPasswordChanged",
        node: { id: user.id, level: null, name: user.username },
      }),
    ],
  };
}
