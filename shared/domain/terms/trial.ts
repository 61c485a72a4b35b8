import { DomainError, refuse } from "./errors.ts";

export const dayMs = 86_400_000;
/** Days before the end of a customer's trial on which customer and seller are told (L1). */
const noticeDays = [7, 3, 1] as const;
/** A trial with its extension lasts a year at most. */
const longestDays = 365;

/** When a trial of so many days that starts at `startMs` ends (ISO 8601). */
export const trialEndAfter = (startMs: number, days: number): string => new Date(startMs + days * dayMs).toISOString();

/** Begun days until `endsAt`, 0 once it has passed. */
export const daysLeft = (endsAt: string, nowMs: number): number =>
  Math.max(0, Math.ceil((Date.parse(endsAt) - nowMs) / dayMs));

/** When the next notice of a trial's end is due after a moment; null: there is none any more. ISO 8601. */
export function nextNotice(endsAt: string, afterMs: number): string | null {
  const days = noticeDays.find((count) => Date.parse(endsAt) - count * dayMs > afterMs);
  return days === undefined ? null : new Date(Date.parse(endsAt) - days * dayMs).toISOString();
}

/** A trial as a record holds it. Times in ISO 8601. */
export interface TrialTerms {
  createdAt: string;
  trialEndsAt: string | null;
  trialNoticeAt: string | null;
  trialExtendedAt: string | null;
  productionSince: string | null;
}

/**
 * From when on a customer is invoiced: never for its trial, and from the very moment of its end (L1). Of one in trial it is the end
 * that is to be expected. ISO 8601.
 */
export const billedFrom = ({ trialEndsAt, productionSince, createdAt }: TrialTerms): string =>
  trialEndsAt ?? productionSince ?? createdAt;

/**
 * The share of a period for which a customer is invoiced, by the millisecond: 0 to 1 (L1, R6). `from` and `until` are the period's
 * bounds, `ended` is when the customer was deleted; ISO 8601.
 */
export function billedShare(terms: TrialTerms, from: string, until: string, ended: string | null): number {
  const [start, end] = [Date.parse(from), Date.parse(until)];
  const begun = Math.max(start, Date.parse(billedFrom(terms)));
  const over = ended === null ? end : Math.min(end, Date.parse(ended));
  return end <= start ? 0 : Math.max(0, over - begun) / (end - start);
}

/** A trial that has ended at a moment: production from then on. @throws DomainError not_applicable where there is none */
export function endedTrial(terms: TrialTerms, at: string): Omit<TrialTerms, "createdAt" | "trialExtendedAt"> {
  if (terms.trialEndsAt === null) throw new DomainError("not_applicable", "The customer is not in trial.");
  return { trialEndsAt: null, trialNoticeAt: null, productionSince: at };
}

/**
 * A trial with another end: once, for as long as the settings let it, and a year in all at most.
 * @param most days by which the settings let a trial be extended; 0: not at all
 * @throws DomainError not_applicable | trial_extended | invalid_time | trial_too_long
 */
export function extendedTrial(
  terms: TrialTerms,
  endsAt: string,
  most: number,
  nowMs: number,
): Pick<TrialTerms, "trialEndsAt" | "trialNoticeAt" | "trialExtendedAt"> {
  const { trialEndsAt: before, trialExtendedAt, createdAt } = terms;
  if (before === null) throw new DomainError("not_applicable", "The customer is not in trial.");
  if (trialExtendedAt !== null)
    throw new DomainError("trial_extended", `The trial was extended at ${trialExtendedAt}; that can be done once.`);
  if (Date.parse(before) <= nowMs)
    throw new DomainError("not_applicable", `The trial has ended at ${before}; it cannot be extended any more.`);
  const end = Date.parse(endsAt);
  if (end <= nowMs || end <= Date.parse(before))
    throw refuse("invalid_time", "endsAt", `must be after the present end, ${before}, and not in the past`);
  if (end > Date.parse(createdAt) + longestDays * dayMs)
    throw refuse("trial_too_long", "endsAt", `A trial lasts ${longestDays} days at most, its extension included.`);
  if (end > Date.parse(before) + most * dayMs)
    throw refuse("trial_too_long", "endsAt", `The settings let a trial be extended by ${most} days at most.`);
  const iso = new Date(end).toISOString();
  return { trialEndsAt: iso, trialNoticeAt: nextNotice(iso, nowMs), trialExtendedAt: new Date(nowMs).toISOString() };
}
