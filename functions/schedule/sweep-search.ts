import { job } from "../../shared/http/jobs/invocation.ts";
import {
  endOrder,
  keepOrder,
  readOrder,
  type Position,
  type RefilingOrder,
} from "../../shared/store/search/refiling.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import { refileSome } from "../search/refiling.ts";
import { jobs } from "../jobs.ts";

/** Well below the function's five minutes; the next run goes on where this one ends. */
const turnMs = 4 * 60_000;
/** How long a run has an order before another one takes it; longer than the function lives. */
const takenMs = 6 * 60_000;
/** When one is looked at again that waits for something. */
const againMs = 60_000;
const sideBySide = 4;

/**
 * Goes on filing for search what was moved, or has changed, in more places than were filed at once, so that all of it is found where it stands now. Safe
 * when run twice, or by two at once.
 */
export const handler = job(jobs.sweepSearch.id, async (_event, deps) => {
  const { clock, now, open, ids, each } = deps;
  const until = now + turnMs;
  const sum = { done: 0, left: 0 };
  /** @returns whether the order has come to its end */
  const work = async (found: RefilingOrder): Promise<boolean> => {
    let order: RefilingOrder | null = found;
    const keep = async (position: Position, afterMs: number): Promise<boolean> => {
      order = order && (await keepOrder(open(), order, position, ids.secret(), clock() + afterMs));
      return order !== null;
    };
    if (!(await keep(found.position, takenMs))) return false;
    const reached = (position: Position) => keep(position, takenMs);
    const rest = await refileSome(deps, found, found.position, { until, reached });
    if (rest) await keep(rest, againMs);
    else if (order) await endOrder(open(), order, clock());
    return rest === null;
  };
  for await (const page of dueTimers(deps.db, "refiling", now)) {
    if (clock() >= until) break;
    const items = await open().getAll(page.map(({ key }) => key));
    const { done, failed } = await each(
      items,
      async (item) => {
        const order = readOrder(item);
        return order !== null && (await work(order));
      },
      (item) => ({ level: "error", message: "not refiled for search", about: { pk: item?.["pk"] } }),
      sideBySide,
    );
    sum.done += done.filter((ended) => ended).length;
    sum.left += failed.length;
  }
  if (sum.left > 0) throw new Error(`${sum.left} branches could not be filed for search.`);
  return { done: sum.done };
});
