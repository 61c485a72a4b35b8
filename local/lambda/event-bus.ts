import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { EventRule } from "../assembly/assembly.ts";
import { jsonFile } from "../machine/files.ts";
import { matchesPattern } from "../assembly/filter-pattern.ts";
import { type BusEvent, eventsOf } from "../emulators/mail-events.ts";
import type { Mailbox } from "../emulators/mailbox.ts";

export interface EventBus {
  /**
   * Resolves when the events of all mails that were sent before the call have been delivered or given up.
   * @returns how many events have been handed over since the bus began
   */
  caughtUp(): Promise<number>;
  /** Ends after the functions under way. What was not delivered is at the next start. */
  stop(): Promise<void>;
}

export interface EventBusOptions {
  mailbox: Pick<Mailbox, "count" | "mailAt" | "onSent">;
  rules: readonly EventRule[];
  /** Hands an event to a function; rejects where it failed. */
  invoke(functionId: string, event: BusEvent): Promise<unknown>;
  /** Where it is remembered up to which mail the events were delivered. */
  checkpointFile: string;
  /** Takes an event that is given up. */
  giveUp(event: BusEvent, functionId: string, reason: string): void;
  report(problem: string): void;
  pace?: Partial<typeof defaultPace>;
}

/** Mails whose events are delivered at the same time; milliseconds until the first retry, which grow with each, and between writes of the checkpoint. */
const defaultPace = { lanes: 8, retryMs: 250, saveMs: 100 };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Tells the functions what became of each mail, as SES does through EventBridge. Each event is delivered at least once, also across a kill: the
 * checkpoint moves only after the functions have returned, and never beyond a mail whose events are still under way. The events of one mail
 * come in their order; those of several come as it happens.
 */
export function startEventBus(options: EventBusOptions): EventBus {
  const { mailbox, rules, report } = options;
  const pace = { ...defaultPace, ...options.pace };
  const ending = new AbortController();
  const stopped = (): boolean => ending.signal.aborted;
  const file = jsonFile(options.checkpointFile, z.object({ delivered: z.number().int().nonnegative() }));
  let delivered = 0;
  try {
    // Whoever deletes the mails begins to count anew.
    delivered = Math.min(file.read()?.delivered ?? 0, mailbox.count());
  } catch (error) {
    report(`${messageOf(error)}. The events of all mails are delivered again.`);
  }
  let next = delivered;
  let handedOver = 0;
  /** Places beyond `delivered` that are done already. */
  const ahead = new Set<number>();
  const running = new Set<Promise<void>>();

  let saving: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(saving);
    saving = undefined;
    file.write({ delivered });
  };

  /** @returns whether it is over with, by success or by giving it up */
  const deliver = async ({ functionId, retryAttempts }: EventRule, event: BusEvent): Promise<boolean> => {
    for (let tries = 0; !stopped(); tries++) {
      try {
        handedOver += 1;
        await options.invoke(functionId, event);
        return true;
      } catch (error) {
        if (stopped()) return false;
        if (tries >= retryAttempts) {
          options.giveUp(event, functionId, messageOf(error));
          report(
            `${functionId} gave up on an event (${event["detail-type"]}) after ${tries + 1} tries: ${messageOf(error)}`,
          );
          return true;
        }
        await sleep(pace.retryMs * 4 ** tries, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
    return false;
  };

  const tellOf = async (place: number): Promise<void> => {
    for (const event of eventsOf(mailbox.mailAt(place))) {
      const matching = rules.filter(({ pattern }) => matchesPattern(pattern, event));
      const over = await Promise.all(matching.map((rule) => deliver(rule, event)));
      if (over.includes(false)) return;
    }
    ahead.add(place);
    while (ahead.delete(delivered)) delivered += 1;
    saving ??= setTimeout(save, pace.saveMs).unref();
  };

  const fill = (): void => {
    while (!stopped() && running.size < pace.lanes && next < mailbox.count()) {
      const work = tellOf(next++)
        .catch((error: unknown) => report(`The event bus cannot go on: ${messageOf(error)}`))
        .finally(() => {
          running.delete(work);
          fill();
        });
      running.add(work);
    }
  };
  mailbox.onSent(fill);
  fill();

  return {
    async caughtUp() {
      const goal = mailbox.count();
      while (delivered < goal && running.size > 0 && !stopped()) await Promise.race(running);
      return handedOver;
    },
    async stop() {
      ending.abort();
      await Promise.all(running);
      save();
    },
  };
}
