import * as z from "zod";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { job } from "../../shared/http/jobs/invocation.ts";
import { fieldErrors } from "../../shared/http/parse.ts";
import { rebuildChildren } from "../../shared/store/hierarchy/rebuild.ts";
import { providerKey } from "../../shared/store/table/keys.ts";
import { jobs } from "../jobs.ts";

/** What the operator asks for: the branch of a customer (default: the installation), and whether only to count. */
const Payload = z.strictObject({ customerId: CustomerId.optional(), dryRun: z.boolean().default(false) });
/**
 * Rebuilds the links that lists read, level by level, after their keys have changed. What has been done stays done: where it is cut off, it
 * is run again. Customers that did not cease to be changed are named, and left to the next run.
 */
export const handler = job(jobs.rebuildLinks.id, async (event, { db, open }) => {
  const payload = Payload.safeParse(event ?? {});
  if (!payload.success)
    throw new DomainError("invalid_request", "The payload does not fit its description.", fieldErrors(payload.error));
  const provider = await db.get(providerKey);
  const top = payload.data.customerId ?? String(provider?.["customerId"]);
  const busy: string[] = [];
  let [customers, links, outdated, rebuilt] = [0, 0, 0, 0];
  for (let level = [top]; level.length > 0;) {
    const next: string[] = [];
    for (const id of level) {
      const found = await rebuildChildren(open, id, payload.data.dryRun);
      customers += 1;
      links += found.links;
      outdated += found.outdated;
      rebuilt += found.rebuilt;
      busy.push(...found.busy);
      next.push(...found.parents);
    }
    level = next;
  }
  return { customers, links, outdated, rebuilt, busy };
});
