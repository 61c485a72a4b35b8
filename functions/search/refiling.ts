import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { isReady, nextPage, type Position, type Refiling } from "../../shared/store/search/refiling.ts";
import { fileThings } from "./filing.ts";

/** How long somebody goes on with a refiling. */
export interface RefilingTurn {
  /** When the turn ends, in milliseconds since the epoch. */
  until: number;
  /** Pages after which it ends at the latest. */
  pages?: number;
  /** Hears of the position every few pages; false ends the turn. */
  reached?: (position: Position) => Promise<boolean>;
}

/** Pages after which the position is kept. */
const pagesPerNote = 10;

/**
 * Files what a refiling is about, page by page.
 * @returns where to go on; null: all is done
 */
export async function refileSome(
  deps: JobDeps,
  refiling: Refiling,
  from: Position,
  { until, pages = Number.POSITIVE_INFINITY, reached = () => Promise.resolve(true) }: RefilingTurn,
): Promise<Position | null> {
  if (!(await isReady(deps.open(), refiling))) return from;
  let position: Position = from;
  for (let page = 1; page <= pages && deps.clock() < until; page += 1) {
    const { ids, next } = await nextPage(deps.open(), refiling, position);
    const failed = await fileThings(deps, ids);
    if (failed.length > 0)
      throw new Error(`${failed.length} things of ${refiling.scan} ${refiling.id} could not be filed.`);
    if (next === null) return null;
    position = next;
    if (page % pagesPerNote === 0 && !(await reached(position))) break;
  }
  return position;
}
