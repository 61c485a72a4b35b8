import * as z from "zod";
import type { Database } from "../table/database.ts";
import { sendRateKey } from "../table/keys.ts";

const Taken = z.object({ taken: z.int() });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Hands out the sends that the whole installation has each second, to however many functions ask at the same time. A second's sends are
 * counted by one item; a function leases a tenth of them at a time.
 * @param perSecond sends a second, at least one
 * @param deadline by the clock: who would have to wait for longer gets none
 */
export function createSendRate(db: () => Database, perSecond: number, clock: () => number, deadline: number) {
  const share = Math.max(1, Math.floor(perSecond / 10));
  let second = 0;
  let left = 0;
  let renewal: Promise<void> | undefined;

  const renew = async (): Promise<void> => {
    const now = clock();
    const current = Math.floor(now / 1000);
    // The rest of a second in which others have taken all.
    if (current === second && left < 0) {
      await sleep(Math.max(1, (second + 1) * 1000 - now));
      left = 0;
      return;
    }
    const { taken } = Taken.parse(
      await db().update({
        kind: "update",
        key: sendRateKey(current),
        set: { expiresAt: current + 60 },
        add: { taken: share },
        when: [],
      }),
    );
    second = current;
    const granted = Math.min(share, perSecond - (taken - share));
    left = granted > 0 ? granted : -1;
  };

  /** Waits for one send. @returns false where the deadline passed first */
  return async function take(): Promise<boolean> {
    for (;;) {
      if (clock() >= deadline) return false;
      if (left > 0 && Math.floor(clock() / 1000) === second) {
        left -= 1;
        return true;
      }
      if (left > 0) left = 0;
      renewal ??= renew().finally(() => {
        renewal = undefined;
      });
      await renewal;
    }
  };
}
