import * as z from "zod";
import { AccessEvent } from "../../domain/access/access-event.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { loadChain } from "../hierarchy/branch.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { accessPartition, nobodysAccess } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { keptDays } from "./access-log.ts";

/** Where a page of the log of access goes on. */
export const AccessPosition = z.object({ month: z.string(), after: z.string() });
type Position = z.infer<typeof AccessPosition>;

/** Months that are read at a time once the present one is not enough. */
const monthsAtOnce = 6;

/** The months of a period, the last first. ISO 8601. */
function monthsOf(from: string, to: string): string[] {
  const months: string[] = [];
  for (let at = to.slice(0, 7); at >= from.slice(0, 7);) {
    months.push(at);
    const [year = 0, month = 0] = at.split("-").map(Number);
    at = month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, "0")}`;
  }
  return months;
}

/** The log of access of customers of the caller's branch. */
export const accessStore = (context: StoreContext) => ({
  /**
   * What credentials of a customer have tried, newest first: after `from` and up to `to`, by the minute. The provider also sees what nobody who
   * is known has tried. @throws DomainError not_found
   */
  async list(
    id: string,
    { from, to }: { from?: string | undefined; to?: string | undefined },
    limit: number,
    position: Position | null,
  ): Promise<{ items: AccessEvent[]; next: Position | null }> {
    const { db } = context;
    const chain = await loadChain(context, id);
    const homes = chain.length === 1 ? [id, nobodysAccess] : [id];
    const iso = (ms: number): string => new Date(ms).toISOString();
    const oldest = iso(context.now() - keptDays * dayMs);
    const [since, until] = [from === undefined || iso(Date.parse(from)) < oldest ? oldest : iso(Date.parse(from)), to];
    const last = until === undefined ? iso(context.now()) : iso(Date.parse(until));
    const months = monthsOf(since, position?.month ?? last);
    const found: { month: string; item: Item }[] = [];
    for (let place = 0; place < months.length && found.length <= limit;) {
      const names = months.slice(place, place === 0 ? 1 : place + monthsAtOnce);
      const pages = await Promise.all(
        names.map((month) =>
          Promise.all(
            homes.map((home) =>
              db.query({
                pk: accessPartition(home, month),
                from: `${since}~`,
                until: `${last}~`,
                after: place === 0 ? position?.after : undefined,
                limit: limit + 1,
                newestFirst: true,
              }),
            ),
          ),
        ),
      );
      for (const [nth, both] of pages.entries()) {
        const items = both.flatMap((page) => page.items);
        const month = names[nth] ?? "";
        const sorted = items.toSorted((one, other) => (String(one["sk"]) < String(other["sk"]) ? 1 : -1));
        found.push(...sorted.slice(0, limit + 1).map((item) => ({ month, item })));
      }
      place += names.length;
    }
    const shown = found.slice(0, limit);
    const end = found.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ item }) => AccessEvent.parse({ ...nothing, ...item })),
      next: end ? { month: end.month, after: String(end.item["sk"]) } : null,
    };
  },
});

/** What an item leaves out. */
const nothing = { credential: null, sourceIp: null, operation: null, reason: null };
