import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import type { LogItem } from "../../shared/store/access/log-items.ts";
import { beginning, keyOf, orderRefiling, type Refiling } from "../../shared/store/search/refiling.ts";
import { defaultCustomers, subjectsOf } from "../../shared/store/search/subjects.ts";
import { fileThings } from "./filing.ts";
import { refileSome } from "./refiling.ts";

/** How long the consumer of entries goes on with what is about many things; the rest has a timer. */
const turnMs = 10_000;
/**
 * Of what has left a customer with accounts: the next one may leave in a moment, so more than a page of each kind is looked through once for all that
 * leave within a minute.
 */
const pagesOfHeld = 2;
const minuteMs = 60_000;
const soon = ({ scan }: Refiling, now: number): number =>
  scan === "held" ? Math.ceil(now / minuteMs) * minuteMs : now;

/**
 * Files what log entries are about in the index of words. What is about more than goes at once is left to a timer.
 * @returns the entries of which all has been filed, or has a timer
 */
export async function fileWords(deps: JobDeps, entries: readonly LogItem[]): Promise<LogItem[]> {
  const { open, clock, ids, each } = deps;
  const until = clock() + turnMs;
  const defaults = await defaultCustomers(open(), entries);
  const about = entries.map((entry) => {
    const { things, refilings } = subjectsOf(entry);
    return { entry, things: things.flatMap((id) => [id, ...[defaults.get(id) ?? []].flat()]), refilings };
  });
  const failed = new Set(await fileThings(deps, [...new Set(about.flatMap(({ things }) => things))]));
  const refilings = new Map(
    about.flatMap(({ refilings: of }) => of.map((one): [string, Refiling] => [keyOf(one).pk, one])),
  );
  const begun = await each(
    [...refilings],
    async ([, refiling]) => {
      const turn = { until, ...(refiling.scan === "held" && { pages: pagesOfHeld }) };
      const position = await refileSome(deps, refiling, beginning, turn);
      if (position) await orderRefiling(open(), refiling, position, ids.secret(), soon(refiling, clock()));
    },
    ([name]) => ({ level: "warn", message: "not refiled for search", about: { name } }),
  );
  for (const [name] of begun.failed) failed.add(name);
  const names = ({ things, refilings: of }: (typeof about)[number]) => [...things, ...of.map((one) => keyOf(one).pk)];
  return about.filter((one) => !names(one).some((name) => failed.has(name))).map(({ entry }) => entry);
}
