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

/** How many may have their turn at once: in all, and of one caller. */
export interface AtOnce {
  inAll: number;
  ofOne: number;
}

/** What one caller has, and what it waits for. */
interface Line {
  taken: number;
  /** When it was served last, counted in turns; 0: it has had none yet. */
  served: number;
  waiting: Set<() => void>;
}

/**
 * On AWS each request has a function instance of its own. On one machine all share its processors, so requests wait here for their turn. One caller
 * alone never has all turns: another one is served at once, and its first request goes before the second of any.
 */
export function createTurns({ inAll, ofOne }: AtOnce): Turns {
  /** Whoever has turns or waits for some. */
  const lines = new Map<string, Line>();
  let taken = 0;
  let turns = 0;
  const next = (): void => {
    if (taken >= inAll) return;
    // Who has least at work; of several, who has had nothing yet, or was served longest ago.
    const [line] = [...lines.values()]
      .filter((line) => line.waiting.size > 0 && line.taken < ofOne)
      .toSorted((one, other) => one.taken - other.taken || one.served - other.served);
    const [start] = line?.waiting ?? [];
    if (!line || start === undefined) return;
    line.waiting.delete(start);
    line.taken += 1;
    line.served = turns += 1;
    taken += 1;
    start();
  };
  const forget = (caller: string, line: Line): void => {
    if (line.taken === 0 && line.waiting.size === 0) lines.delete(caller);
  };
  return {
    take: (caller, signal) =>
      new Promise((resolve) => {
        const line = lines.get(caller) ?? { taken: 0, served: 0, waiting: new Set() };
        lines.set(caller, line);
        const end = (): void => {
          line.taken -= 1;
          taken -= 1;
          forget(caller, line);
          next();
        };
        const leave = (): void => {
          line.waiting.delete(start);
          forget(caller, line);
          resolve(null);
        };
        const start = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(end);
        };
        signal.addEventListener("abort", leave, { once: true });
        line.waiting.add(start);
        next();
      }),
  };
}
