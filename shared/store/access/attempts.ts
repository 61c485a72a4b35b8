import * as z from "zod";
import { DomainError } from "../../domain/terms/errors.ts";
import type { Database } from "../table/database.ts";
import { type AttemptKind, attemptsKey, type Key } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import type { Update } from "../table/writes.ts";
import { sourceOf } from "./sources.ts";

/** How often somebody may fail to prove who he is: so many times from the first failure on. */
export interface AttemptRule {
  atMost: number;
  windowMs: number;
}
/** Five failures in a quarter of an hour. */
export const loginAttempts: AttemptRule = { atMost: 5, windowMs: 15 * 60_000 };
/** Ten wrong enrolment keys from one place in a quarter of an hour. */
export const enrolmentAttempts: AttemptRule = { atMost: 10, windowMs: 15 * 60_000 };

/** A hundred failures of whatever names from one place in a quarter of an hour: an office has room, whoever tries a password on many names has not. */
export const sourceAttempts: AttemptRule = { atMost: 100, windowMs: 15 * 60_000 };

/** `windowEndsAt` is missing where an attempt was given back to a count that had just expired. */
const Attempts = z.object({ taken: z.int(), windowEndsAt: z.number().nullable().default(null) });
const tries = 5;

/** Whose attempts are counted. */
export interface AttemptSubject {
  kind: AttemptKind;
  name: string;
  rule: AttemptRule;
}

/** One attempt at the state of the count that was read: the write, and how many are taken with it. */
function attemptAt(key: Key, item: Item | undefined, { atMost, windowMs }: AttemptRule, now: number) {
  const known = item ? Attempts.parse(item) : null;
  const live = known?.windowEndsAt !== undefined && known.windowEndsAt !== null && known.windowEndsAt > now;
  refuseSpent(known, atMost, now);
  const windowEndsAt = now + windowMs;
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
        set: { taken: 1, windowEndsAt, expiresAt: Math.ceil(windowEndsAt / 1000) },
        add: {},
        when: [known === null ? { exists: false } : { attribute: "windowEndsAt", is: known.windowEndsAt }],
      };
  return { update, taken: live ? known.taken + 1 : 1 };
}

/** Attempts that were taken. */
export interface TakenAttempts {
  /** How many each subject has taken, this one included. */
  counts: readonly number[];
  /** The write that gives back the one of a subject that turned out to be no failure. */
  giveBack: (subject: AttemptSubject) => Update;
}

/**
 * Takes one attempt for each of several subjects before it is looked at whether it succeeds, so that attempts made side by side count too.
 * An unknown name has as many as a known one. Where one has none left, none is taken of the others.
 * @param open a fresh view of the table
 * @throws DomainError rate_limited where one of them has none left
 */
export async function takeAttempts(
  open: () => Database,
  subjects: readonly AttemptSubject[],
  now: number,
): Promise<TakenAttempts> {
  const counts = subjects.map(({ kind, name, rule }) => ({ key: attemptsKey(kind, name), rule }));
  const taken = new Map<number, number>();
  for (let attempt = 1; attempt <= tries && taken.size < subjects.length; attempt += 1) {
    const db = open();
    const items = await db.getAll(counts.map(({ key }) => key));
    const due = counts.flatMap(({ key, rule }, place) =>
      taken.has(place) ? [] : [{ place, ...attemptAt(key, items[place], rule, now) }],
    );
    await Promise.all(
      due.map(async ({ place, update, taken: count }) => {
        if ((await db.update(update)) !== undefined) taken.set(place, count);
      }),
    );
  }
  if (taken.size < subjects.length) throw new DomainError("rate_limited", "Too many attempts at the same time.", [], 1);
  return {
    counts: subjects.map((_, place) => taken.get(place) ?? 0),
    giveBack: ({ kind, name }) => ({
      kind: "update",
      key: attemptsKey(kind, name),
      set: {},
      add: { taken: -1 },
      when: [],
    }),
  };
}

/** Takes one attempt of one subject. @returns how many have been taken, this one included @throws DomainError rate_limited */
export async function takeAttempt(
  open: () => Database,
  kind: AttemptKind,
  name: string,
  rule: AttemptRule,
  now: number,
): Promise<number> {
  const { counts } = await takeAttempts(open, [{ kind, name, rule }], now);
  return counts[0] ?? 0;
}

/** Takes an attempt to log in, of the name and of the place that it comes from. @throws DomainError rate_limited */
export async function takeLoginAttempt(
  open: () => Database,
  login: string,
  sourceIp: string,
  now: number,
): Promise<{ succeeded: () => Update }> {
  const source: AttemptSubject = { kind: "source", name: sourceOf(sourceIp), rule: sourceAttempts };
  const taken = await takeAttempts(open, [source, { kind: "login", name: login, rule: loginAttempts }], now);
  // Only its own: a success of one name says nothing of the failures of others.
  return { succeeded: () => taken.giveBack(source) };
}

const refuseSpent = (known: z.infer<typeof Attempts> | null, atMost: number, now: number): void => {
  if (!known?.windowEndsAt || known.windowEndsAt <= now || known.taken < atMost) return;
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
