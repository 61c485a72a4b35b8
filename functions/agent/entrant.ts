import type { AccountRecord } from "../../shared/domain/accounts/account.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { normaliseLogin } from "../../shared/domain/access/login.ts";
import type { PublicInput } from "../../shared/http/public-operation.ts";
import { readToken } from "../../shared/store/access/tokens.ts";
import { loginOf } from "../../shared/store/access/access-log.ts";
import { checkAttempts, enrolmentAttempts, takeAttempt, takeLoginAttempt } from "../../shared/store/access/attempts.ts";
import { sourceOf } from "../../shared/store/access/sources.ts";
import { nobodysHash, verifyPassword } from "../../shared/store/access/credentials.ts";
import { authenticateEnrolmentKey, useEnrolmentKey } from "../../shared/store/devices/enrolment-keys.ts";
import { customerOfKey, findMachine, prefetchMachine } from "../../shared/store/devices/enrolments.ts";
import type { Author } from "../../shared/store/hierarchy/log.ts";
import { findLogin } from "../../shared/store/access/logins.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import type { agent } from "./contract.ts";

type Input = PublicInput<typeof agent.enrol>;

/** Who lets a computer in, and where. */
export interface Entrant {
  chain: Chain;
  /** The account that it has the login of. */
  account: AccountRecord | null;
  /** The plan that its key names. */
  plan: string | null;
  caller: NonNullable<Author["caller"]>;
  /** What letting a new device in costs: a use of its key, or nothing. */
  writes: readonly Write[];
}

/** @throws DomainError wrong_password | rate_limited */
export async function entrantByLogin(input: Input, username: string, password: string): Promise<Entrant> {
  const login = normaliseLogin(username);
  const [found, attempt] = await Promise.all([
    findLogin(input.db, username),
    input.takeAttempt(() => takeLoginAttempt(input.open, login, input.sourceIp, input.now)),
  ]);
  const right = await verifyPassword(password, found?.account.passwordHash ?? nobodysHash);
  if (!found || !right) {
    input.noteAccess({ type: "LoginFailed", ...loginOf(found?.account), reason: "wrong_password" });
    throw new DomainError("wrong_password", "No account has this user name and this password.");
  }
  const { account, chain } = found;
  prefetchMachine(input.db, account.customerId, input.body);
  // At once, and not with the change: whoever has the right login uses nothing up, also where the device itself is refused.
  await Promise.all(attempt.succeeded().map((write) => input.open().update(write)));
  return {
    chain,
    account,
    plan: null,
    caller: { kind: "account", id: account.id, scopeId: account.customerId },
    writes: [],
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** The first wrong key is answered after a tenth of a second, each further one after twice as long, up to three seconds. */
const delayMs = (failures: number): number => Math.min(3_000, 100 * 2 ** (failures - 1));

/**
 * A key that is wrong, used up, expired or revoked is answered alike, later each time, and not at all after ten. Its secret cannot be
 * guessed, so failures alone are counted, by where they come from: a whole office enrols from one address.
 * @throws DomainError unauthenticated | rate_limited
 */
export async function entrantByKey(input: Input, token: string): Promise<Entrant> {
  const { db, body, now, sourceIp } = input;
  const presented = readToken(token, "enrolmentKey");
  const [key] = await Promise.all([
    presented ? authenticateEnrolmentKey(db, presented, now) : null,
    checkAttempts(db, "enrolment", sourceOf(sourceIp), enrolmentAttempts, now),
  ]);
  const chain = key && (await customerOfKey(db, key, body));
  const spent = key !== null && key.maxUses !== null && key.uses >= key.maxUses;
  const known = chain && spent ? await isKnown(input, chain) : true;
  if (!key || !chain || !known) return refuseKey(input);
  return {
    chain,
    account: null,
    plan: key.plan,
    caller: { kind: "enrolmentKey", id: key.id, scopeId: key.customerId },
    writes: [useEnrolmentKey(key)],
  };
}

/** A key that is used up still knows the computers that it let in. */
const isKnown = async ({ db, body }: Input, chain: Chain): Promise<boolean> =>
  (await findMachine(db, chain[0].id, body.machineId)) !== null;

async function refuseKey(input: Input): Promise<never> {
  let failures = 1;
  await input.takeAttempt(async () => {
    failures = await takeAttempt(input.open, "enrolment", sourceOf(input.sourceIp), enrolmentAttempts, input.now);
  });
  await sleep(delayMs(failures));
  throw new DomainError("unauthenticated", "The enrolment key is not valid.");
}
