import * as z from "zod";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { job, type JobDeps } from "../../shared/http/jobs/invocation.ts";
import { fieldErrors } from "../../shared/http/parse.ts";
import { amissOf, childrenOf, straysAt, thingsAt } from "../../shared/store/search/rebuild.ts";
import { readAhead } from "../../shared/store/search/filing.ts";
import { providerKey } from "../../shared/store/table/keys.ts";
import { jobs } from "../jobs.ts";
import { fileThings } from "../search/filing.ts";

/** What the operator asks for: the branch of a customer (default: the installation), and whether only to count. */
const Payload = z.strictObject({ customerId: CustomerId.optional(), dryRun: z.boolean().default(false) });

const sideBySide = 8;

/** What was found, and done. */
interface Rebuilt {
  customers: number;
  things: number;
  outdated: number;
  /** Things that could not be filed, or looked at. */
  failed: string[];
}

/** Looks at what stands at a customer, and files what is not as it should be. */
async function fileAt(deps: JobDeps, customerId: string, dryRun: boolean, sum: Rebuilt): Promise<void> {
  const { open, each } = deps;
  for await (const ids of thingsAt(open, customerId)) {
    const db = open();
    await readAhead(db, ids);
    const found = await each(
      ids,
      async (id) => ({ id, amiss: await amissOf(db, id) }),
      (id) => ({ level: "warn", message: "not looked at for search", about: { id } }),
      sideBySide,
    );
    const wrong = found.done.filter(({ amiss }) => amiss > 0);
    sum.things += ids.length;
    sum.outdated += wrong.reduce((count, { amiss }) => count + amiss, 0);
    sum.failed.push(...found.failed);
    const mistrusted = new Map(wrong.map(({ id }) => [id, []]));
    if (!dryRun) sum.failed.push(...(await fileThings(deps, [...mistrusted.keys()], mistrusted)));
  }
}

/** Takes away what stands among the words of a customer's branch and leads nowhere. */
async function clearAt(deps: JobDeps, customerId: string, dryRun: boolean, sum: Rebuilt): Promise<void> {
  for await (const strays of straysAt(deps.open, customerId)) {
    sum.outdated += [...strays.values()].flat().length;
    if (!dryRun) sum.failed.push(...(await fileThings(deps, [...strays.keys()], strays)));
  }
}

/**
 * Files for search what is not filed as it is, level by level: also all that was there before there was a search; then takes away what leads nowhere. What
 * has been done stays done: where it is cut off, it is run again. What could not be filed is named, and left to the next run.
 */
export const handler = job(jobs.rebuildSearch.id, async (event, deps) => {
  const payload = Payload.safeParse(event ?? {});
  if (!payload.success)
    throw new DomainError("invalid_request", "The payload does not fit its description.", fieldErrors(payload.error));
  const { customerId, dryRun } = payload.data;
  const provider = await deps.db.get(providerKey);
  const sum: Rebuilt = { customers: 0, things: 0, outdated: 0, failed: [] };
  const seen: string[] = [];
  for (let level = [customerId ?? String(provider?.["customerId"])]; level.length > 0;) {
    const next: string[] = [];
    for (const id of level) {
      await fileAt(deps, id, dryRun, sum);
      next.push(...(await childrenOf(deps.open, id)));
    }
    seen.push(...level);
    level = next;
  }
  for (const id of seen) await clearAt(deps, id, dryRun, sum);
  return { ...sum, customers: seen.length };
});
