import { DomainError } from "../domain/terms/errors.ts";
import type { Database } from "../store/table/database.ts";
import { AlreadyAnswered } from "../store/table/idempotency.ts";
import { Contended, Stale } from "../store/table/writes.ts";
import type { Answer } from "./problem.ts";

const attempts = 8;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Full jitter: up to 10 ms after the first attempt, doubling, up to 400 ms. */
const jitter = (random: () => number, attempt: number): number => random() * Math.min(400, 10 * 2 ** attempt);

/** Runs a request, and again from fresh reads where somebody else's change came in between. */
export async function again(
  run: (db: Database, attempt: number) => Promise<Answer>,
  first: Database,
  open: () => Database,
  random: () => number,
): Promise<Answer> {
  for (let attempt = 1, db = first; ; attempt += 1, db = open()) {
    try {
      return await run(db, attempt);
    } catch (error) {
      const worthAnother = error instanceof Stale || error instanceof Contended || error instanceof AlreadyAnswered;
      if (!worthAnother) throw error;
      if (attempt === attempts)
        throw error instanceof Contended
          ? new DomainError("unavailable", "Too many changes at the same time; try again.", [], 1)
          : new DomainError("conflict", "Somebody else keeps changing the same; try again.", [], 1);
      await pause(jitter(random, attempt));
    }
  }
}
