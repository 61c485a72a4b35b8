import * as z from "zod";
import { DomainError } from "../../domain/terms/errors.ts";
import type { Database } from "../table/database.ts";
import { type AttemptKind, attemptsKey } from "../table/keys.ts";
import type { Update } from "../table/writes.ts";

/** How often somebody may fail to prove who he is: so many times from the first failure on. */
export interface AttemptRule {
  atMost: number;
  windowMs: number;
}
/** Five failures in a quarter of an hour. */
export const loginAttempts: AttemptRule = { atMost: 5, windowMs: 15 * 60_000 };
/** Ten wrong enrolment keys from one place in a quarter of an hour. */
export const enrolmentAttempts: AttemptRule = { atMost: 10, windowMs: 15 * 60_000 };

const Attempts = z.object({ taken: z.int(), windowEndsAt: z.number() });
const tries = 5;

/**
 * Takes one attempt for a name before it is looked at whether it succeeds, so that attempts made side by side count too. An unknown
 * name has as many as a known one.
 * @param open a fresh view of the table
 * @returns how many have been taken, this one included
 * @throws DomainError rate_limited where none is left
 */
export async function takeAttempt(
  open: () => Database,
  kind: AttemptKind,
  name: string,
  { atMost, windowMs }: AttemptRule,
  now: number,
): Promise<number> {
  const key = attemptsKey(kind, name);
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const db = open();
    const item = await db.get(key);
    const known = item ? Attempts.parse(item) : null;
    const live = known !== null && known.windowEndsAt > now;
    refuseSpent(known, atMost, now);
    const windowEndsAt = now + windowMs;
    const begin = { taken: 1, windowEndsAt, expiresAt: Math.ceil(windowEndsAt / 1000) };
    const update: Update = live
      ? {
          kind: "update",
          key,
          set: {},
          add: { taken: 1 },
          when: [
            { attribute: "windowEndsAt", is: known.windowEndsAt },
            { attribute: "taken", atMost: atMost - 1 },
          ],
        }
      : {
          kind: "update",
          key,
          set: begin,
          add: {},
          when: [known === null ? { exists: false } : { attribute: "windowEndsAt", is: known.windowEndsAt }],
        };
    if ((await db.update(update)) !== undefined) return live ? known.taken + 1 : 1;
  }
  throw new DomainError("rate_limited", "Too many attempts for this name at the same time.", [], 1);
}

const refuseSpent = (known: z.infer<typeof Attempts> | null, atMost: number, now: number): void => {
  if (known === null || known.windowEndsAt <= now || known.taken < atMost) return;
  const seconds = Math.ceil((known.windowEndsAt - now) / 1000);
  throw new DomainError("rate_limited", "Too many failed attempts.", [], seconds);
};

/** Looks whether attempts are left without taking one: where a secret cannot be guessed, only failures are counted. @throws DomainError rate_limited */
export async function checkAttempts(
  db: Database,
  kind: AttemptKind,
  name: string,
  { atMost }: AttemptRule,
  now: number,
): Promise<void> {
  const item = await db.get(attemptsKey(kind, name));
  refuseSpent(item ? Attempts.parse(item) : null, atMost, now);
}

/** The write that gives a name all of its attempts back, in the transaction that its success leads to. */
export const forgetAttempts = (kind: AttemptKind, name: string, now: number): Update => ({
  kind: "update",
  key: attemptsKey(kind, name),
  set: { taken: 0, windowEndsAt: 0, expiresAt: Math.floor(now / 1000) },
  add: {},
  when: [],
});
