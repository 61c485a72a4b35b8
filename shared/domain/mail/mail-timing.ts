/** How long a claim lasts: whoever holds it longer has died, since no function runs for so long. */
export const claimMs = 2 * 60_000;
/** How long after a claim the events of a mail are waited for, before it counts as never accepted. They take seconds as a rule. */
export const eventsWaitMs = 30 * 60_000;
/** After this a mail is given up (its trouble is on our side: the address itself is a matter of bounces). */
export const giveUpMs = 3 * 86_400_000;
/** No mail is given up before so many attempts. Where nothing was sent for days, three days may have passed with one attempt, or none. */
export const fewestAttempts = 5;
/** How long a settled mail is kept. */
export const keptMs = 90 * 86_400_000;

const longestPauseMs = 6 * 3_600_000;
/** Pause after so many attempts: a minute, doubling up to six hours. */
export const pauseMs = (attempts: number): number => Math.min(longestPauseMs, 60_000 * 2 ** Math.max(0, attempts - 1));
