import * as z from "zod";
import { LogEntryType } from "../../domain/hierarchy/log-entry.ts";
import type { LogEntry } from "../../domain/hierarchy/logged-entry.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { logCopyKey, LogItem, shownTo } from "../access/log-items.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { eventCountKey, eventGuardKey, eventPlace, eventPlaceKey, eventsPartition } from "../table/keys.ts";
import { persist } from "../table/persist.ts";
import { insert } from "../table/writes.ts";

/*
 * Log entries have ids by the time at which they were made, and are filed in the logs of the levels above later, in any order: who reads on from an
 * id would miss what is filed behind his back. So each customer numbers the events of its branch as they are filed, one after the other, in
 * transactions that share the counter. Whoever has seen a number has seen all before it, and goes on from there.
 */

/** How long events can be listed. */
const keptMs = 30 * dayMs;
/** Events that one transaction numbers, with two writes for each. */
const atOnce = 45;

/** Numbers the events of one customer's branch, those that have no number yet. */
export async function appendEvents(
  open: () => Database,
  random: () => number,
  home: string,
  items: readonly LogItem[],
  nowMs: number,
): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce)
    await persist(random, async () => {
      const db = open();
      const wanted = items.slice(start, start + atOnce);
      const [counter, ...known] = await db.getAll([
        eventCountKey(home),
        ...wanted.map(({ entry }) => eventGuardKey(home, entry.id)),
      ]);
      const fresh = wanted.filter(
        ({ entry }, place) => known[place] === undefined && Date.parse(entry.at) > nowMs - keptMs,
      );
      if (fresh.length === 0) return;
      const filedAt = new Date(nowMs).toISOString();
      const last = typeof counter?.["last"] === "number" ? counter["last"] : 0;
      await db.commit([
        {
          kind: "update",
          key: eventCountKey(home),
          set: { kind: "event-count" },
          add: { last: fresh.length },
          when: [{ attribute: "last", counts: last }],
        },
        ...fresh.flatMap(({ entry: { id, type, at }, chain }, nth) => {
          const expiresAt = Math.ceil((Date.parse(at) + keptMs) / 1000);
          return [
            insert(eventPlaceKey(home, last + nth + 1), { kind: "event", id, type, at, chain, filedAt, expiresAt }),
            insert(eventGuardKey(home, id), { kind: "event-guard", expiresAt }),
          ];
        }),
      ]);
    });
}

/** An event as its number leads to it. */
const Place = z.object({
  sk: z.string(),
  id: z.string(),
  type: LogEntryType,
  at: z.string(),
  chain: z.array(z.string()),
  filedAt: z.string(),
});
type Place = z.infer<typeof Place>;

/**
 * Whether one number is missing before another that was given a moment ago. A page is not read at one moment: the one before may have been
 * committed once its place had been passed. Numbers that are missing for longer have expired.
 */
const isAhead = ({ sk, filedAt }: Place, last: string, nowMs: number): boolean =>
  Number(sk) !== Number(last) + 1 && Date.parse(filedAt) > nowMs - 60_000;

const pageSize = 200;
/** Events that one request looks at, at most, for those of the types that it asks for. */
const lookedAtMost = 1_000;

/** The events of the caller's branch. */
export const eventFeedStore = (context: StoreContext) => ({
  /**
   * A page of a customer's events, in the order of their numbers, and where to go on.
   * @param after the number that was seen last; "": none @throws DomainError not_found
   */
  async list(
    customerId: string,
    types: readonly LogEntryType[] | undefined,
    limit: number,
    after: string,
  ): Promise<{ items: LogEntry[]; last: string; more: boolean }> {
    const { db, caller } = context;
    const since = new Date(context.now() - keptMs).toISOString();
    const ask = (from: string) =>
      db.query({
        pk: eventsPartition(customerId),
        until: eventPlace(1e15 - 1),
        after: from === "" ? undefined : from,
        limit: pageSize,
      });
    const [, first] = await Promise.all([loadChain(context, customerId), ask(after)]);
    const found: Place[] = [];
    let last = after;
    let page = first;
    let more = true;
    for (let looked = 0; ; page = await ask(last)) {
      for (const item of page.items) {
        const place = Place.parse(item);
        if (found.length === limit || isAhead(place, last, context.now())) break;
        last = place.sk;
        looked += 1;
        // What happened before the customer was moved here belongs to the branch that it came from.
        const isSeen = place.chain.includes(caller.scopeId) && place.at > since;
        if (isSeen && (types === undefined || types.includes(place.type))) found.push(place);
      }
      const isThrough = page.items.length === 0 || page.items.at(-1)?.["sk"] === last;
      more = !isThrough || page.last !== undefined;
      // The page ends here, or before what is to be asked for again in a moment.
      if (!more || !isThrough || found.length === limit || looked >= lookedAtMost) break;
    }
    const copies = await db.getAll(found.map(({ id, at }) => logCopyKey(customerId, { id, at })));
    return {
      items: copies.flatMap((item) => (item ? [shownTo(caller.scopeId, LogItem.parse(item))] : [])),
      last,
      more,
    };
  },
});
