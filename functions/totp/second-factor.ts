import { hasApp, hasSecondFactor, type UserRecord } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { open as openSealed } from "../../shared/runtime/sealer.ts";
import { saveUser } from "../../shared/store/people/users.ts";
import { hashRecoveryCode, stepOfCode } from "../../shared/store/people/totp.ts";
import type { Update } from "../../shared/store/table/writes.ts";

export const wrongCode = () => new DomainError("wrong_code", "The code is wrong, or was used before.");

/** The write that uses up a code of the authenticator app, or a recovery code; null where it is wrong, or was used before. */
export async function useCode(user: UserRecord, code: string, nowMs: number): Promise<Update | null> {
  const { totp, totpStep, recoveryCodes } = user;
  if (!hasSecondFactor(user)) return null;
  if (/^\d{6}$/.test(code)) {
    if (totp === null || !hasApp(user)) return null;
    const step = stepOfCode(await openSealed(totp.sealedSeed, user.id), code, totpStep, nowMs);
    if (step === null) return null;
    const update = saveUser(user, { totpStep: step }, nowMs);
    return { ...update, when: [...update.when, { attribute: "totpStep", is: totpStep }] };
  }
  const hash = hashRecoveryCode(code);
  if (!recoveryCodes.includes(hash)) return null;
  return saveUser(user, { recoveryCodes: recoveryCodes.filter((one) => one !== hash) }, nowMs);
}

/** The write that confirms an authenticator app by its first code. @throws DomainError wrong_code | not_applicable */
export async function confirmApp(
  user: UserRecord,
  code: string,
  recoveryCodes: readonly string[],
  nowMs: number,
): Promise<Update> {
  const { totp } = user;
  if (totp === null || totp.confirmedAt !== null)
    throw new DomainError("not_applicable", "No authenticator app waits to be confirmed.");
  const step = stepOfCode(await openSealed(totp.sealedSeed, user.id), code, 0, nowMs);
  if (step === null) throw wrongCode();
  const confirmedAt = new Date(nowMs).toISOString();
  return saveUser(
    user,
    { totp: { ...totp, confirmedAt }, totpStep: step, recoveryCodes: recoveryCodes.map(hashRecoveryCode) },
    nowMs,
  );
}
