/** A customer trial lasts 30 days (L1, document 003). */
const customerTrialDays = 30;
export const dayMs = 86_400_000;

/** When a trial of so many days that starts at `startMs` ends (ISO 8601). */
export const trialEndAfter = (startMs: number, days: number): string => new Date(startMs + days * dayMs).toISOString();
/** When a customer's trial that starts at `startMs` ends (ISO 8601). */
export const trialEnd = (startMs: number): string => trialEndAfter(startMs, customerTrialDays);

/** Begun days until `endsAt`, 0 once it has passed. */
export const daysLeft = (endsAt: string, nowMs: number): number =>
  Math.max(0, Math.ceil((Date.parse(endsAt) - nowMs) / dayMs));
