import { Contended, Stale } from "./writes.ts";

/** Whether another try from fresh reads may succeed: somebody else's change came in between, or the database asks to wait. */
export const isBusy = (error: unknown): boolean => error instanceof Stale || error instanceof Contended;

const triesAtMost = 12;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs a step that begins with fresh reads, and again where that may help, after a pause that grows (full jitter, half a second at most).
 * @param random 0 to 1 @throws what stood in the way the last time
 */
export async function persist<T>(
  random: () => number,
  step: () => Promise<T>,
  { passes = isBusy, tries = triesAtMost }: { passes?: (error: unknown) => boolean; tries?: number } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      if (!passes(error) || attempt === tries) throw error;
      await pause(random() * Math.min(500, 10 * 2 ** attempt));
    }
  }
}
