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
/** Five failures of one name from one place in a quarter of an hour. */
export const loginAttempts: AttemptRule = { atMost: 5, windowMs: 15 * 60_000 };
/**
 * Fifty failures of one name from all places in a quarter of an hour. Whoever attacks a name from many places must not lock its owner out: a device
 * that has logged in before does not count here, and is not refused.
 */
export const nameAttempts: AttemptRule = { atMost: 50, windowMs: 15 * 60_000 };
/** Ten wrong enrolment keys from one place in a quarter of an hour. */
export const enrolmentAttempts: AttemptRule = { atMost: 10, windowMs: 15 * 60_000 };

/** A hundred failures of whatever names from one place in a quarter of an hour: an office has room, whoever tries a password on many names has not. */
export const sourceAttempts: AttemptRule = { atMost: 100, windowMs: 15 * 60_000 };

/** Three hundred challenges for logins from one place in a quarter of an hour: each page that offers a passkey asks for one, used or not. */
export const challengeAttempts: AttemptRule = { atMost: 300, windowMs: 15 * 60_000 };

/** `windowEndsAt` is missing where an attempt was given back to a count that had just expired. */
const Attempts = z.object({
  taken: z.int(),
  windowEndsAt: z.number().nullable().default(null),
  /** When all earlier failures of a name were forgiven, wherever they came from. */
  forgottenAt: z.number().nullable().default(null),
});
const tries = 5;

/** Whose attempts are counted. */
export interface AttemptSubject {
  kind: AttemptKind;
  name: string;
  rule: AttemptRule;
  /** The subject that forgives this one's failures together with its own. */
  forgivenBy?: { kind: AttemptKind; name: string };
}

/** One attempt at the state of the count that was read: the write, and how many are taken with it. */
function attemptAt(
  key: Key,
  item: Item | undefined,
  { atMost, windowMs }: AttemptRule,
  now: number,
  forgottenAt: number | null,
) {
  const known = item ? Attempts.parse(item) : null;
  const isForgiven = forgottenAt !== null && (known?.windowEndsAt ?? 0) - windowMs <= forgottenAt;
  const live =
    !isForgiven && known?.windowEndsAt !== undefined && known.windowEndsAt !== null && known.windowEndsAt > now;
  if (!isForgiven) refuseSpent(known, atMost, now);
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
  const counts = subjects.map(({ kind, name, rule, forgivenBy }) => ({
    key: attemptsKey(kind, name),
    rule,
    forgivenBy: forgivenBy && attemptsKey(forgivenBy.kind, forgivenBy.name),
  }));
  const taken = new Map<number, number>();
  for (let attempt = 1; attempt <= tries && taken.size < subjects.length; attempt += 1) {
    const db = open();
    db.prefetch(counts.flatMap(({ forgivenBy }) => forgivenBy ?? []));
    const items = await db.getAll(counts.map(({ key }) => key));
    const forgiven = await db.getAll(counts.map(({ key, forgivenBy }) => forgivenBy ?? key));
    const due = counts.flatMap(({ key, rule, forgivenBy }, place) => {
      if (taken.has(place)) return [];
      const by = forgivenBy && forgiven[place];
      return [{ place, ...attemptAt(key, items[place], rule, now, by ? Attempts.parse(by).forgottenAt : null) }];
    });
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

/**
 * Takes an attempt to log in: of the place that it comes from, of the name from this place, and of the name from all places.
 * @param isKnownDevice it comes from where the name has logged in before: then others who try the name do not count
 * @throws DomainError rate_limited
 */
export async function takeLoginAttempt(
  open: () => Database,
  login: string,
  sourceIp: string,
  now: number,
  isKnownDevice = false,
): Promise<{ succeeded: () => Update[] }> {
  const place = sourceOf(sourceIp);
  const source: AttemptSubject = { kind: "source", name: place, rule: sourceAttempts };
  const name: AttemptSubject = { kind: "login", name: login, rule: nameAttempts };
  const pair = { kind: "login-from", name: `${place}#${login}`, rule: loginAttempts, forgivenBy: name } as const;
  const subjects = [source, pair, ...(isKnownDevice ? [] : [name])];
  const taken = await takeAttempts(open, subjects, now);
  return {
    // Of the others only its own attempt: a success says nothing of the failures of other names, or from other places.
    succeeded: () => [
      forgetAttempts(pair.kind, pair.name, now),
      ...subjects.filter((subject) => subject !== pair).map(taken.giveBack),
    ],
  };
}

/** Takes an attempt of the place alone that it comes from: for what cannot be guessed. @throws DomainError rate_limited */
export async function takeSourceAttempt(
  open: () => Database,
  sourceIp: string,
  now: number,
): Promise<{ succeeded: () => Update[] }> {
  const source: AttemptSubject = { kind: "source", name: sourceOf(sourceIp), rule: sourceAttempts };
  const taken = await takeAttempts(open, [source], now);
  return { succeeded: () => [taken.giveBack(source)] };
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

/** The write that gives a login name all of its attempts back, from wherever they came. */
export const forgiveLogin = (login: string, now: number): Update => ({
  kind: "update",
  key: attemptsKey("login", login),
  set: {
    taken: 0,
    windowEndsAt: 0,
    forgottenAt: now,
    expiresAt: Math.ceil((now + loginAttempts.windowMs) / 1000),
  },
  add: {},
  when: [],
});
