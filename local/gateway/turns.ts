/** Lets callers share the functions of one machine. */
export interface Turns {
  /**
   * Waits until it is a caller's turn.
   * @param caller whom the work is for: callers that wait are served one after the other, however much each of them asks for
   * @param signal ends the waiting
   * @returns ends the turn; null where the waiting was ended
   */
  take: (caller: string, signal: AbortSignal) => Promise<(() => void) | null>;
}

/**
 * On AWS each request has a function instance of its own. On one machine all share its processors, so requests wait here for their turn, and one
 * caller's many requests wait behind the first of every other caller.
 * @param most how many may have their turn at once
 */
export function createTurns(most: number): Turns {
  /** Those who wait, by caller; the caller that comes first is served next. */
  const waiting = new Map<string, Set<() => void>>();
  let taken = 0;
  const next = (): void => {
    const [first] = waiting;
    if (first === undefined || taken >= most) return;
    const [caller, queue] = first;
    const [start] = queue;
    // Behind all the others, should it wait for more.
    waiting.delete(caller);
    if (start === undefined) return;
    queue.delete(start);
    if (queue.size > 0) waiting.set(caller, queue);
    taken += 1;
    start();
  };
  const end = (): void => {
    taken -= 1;
    next();
  };
  return {
    take: (caller, signal) =>
      new Promise((resolve) => {
        const queue = waiting.get(caller) ?? new Set();
        const leave = (): void => {
          queue.delete(start);
          if (queue.size === 0 && waiting.get(caller) === queue) waiting.delete(caller);
          resolve(null);
        };
        const start = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(end);
        };
        signal.addEventListener("abort", leave, { once: true });
        queue.add(start);
        waiting.set(caller, queue);
        next();
      }),
  };
}
