import * as z from "zod";
import { CustomerId } from "../../shared/domain/ids.ts";
import { DomainError } from "../../shared/domain/errors.ts";
import { job } from "../../shared/http/invocation.ts";
import { fieldErrors } from "../../shared/http/parse.ts";
import { childrenOf, checkCustomer, type Mismatch, repair } from "../../shared/store/recount.ts";
import { providerKey } from "../../shared/store/keys.ts";
import { jobs } from "../jobs.ts";

/** What the operator asks for: the branch of a customer (default: the installation), and whether to put right what is wrong. */
const Payload = z.strictObject({ customerId: CustomerId.optional(), repair: z.boolean().default(false) });
const pauseMs = 1_500;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Proves the counters of a branch against the facts: accounts against their devices, customers against their devices and children. What
 * differs twice in the same way, with nothing taken in between, is a mistake and not merely on its way; it is told, and put right on request.
 */
export const handler = job(jobs.recountUsage.id, async (event, { db, open }) => {
  const payload = Payload.safeParse(event ?? {});
  if (!payload.success)
    throw new DomainError("invalid_request", "The payload does not fit its description.", fieldErrors(payload.error));
  const provider = await db.get(providerKey);
  const top = payload.data.customerId ?? String(provider?.["customerId"]);
  const wrong: Mismatch[] = [];
  let [customers, repaired] = [0, 0];
  for (let level = [top]; level.length > 0;) {
    const next: string[] = [];
    for (const id of level) {
      customers += 1;
      let found = await checkCustomer(open(), id);
      if (found.length > 0) {
        await sleep(pauseMs);
        const same = new Set(found.map((one) => JSON.stringify(one)));
        found = (await checkCustomer(open(), id)).filter((one) => same.has(JSON.stringify(one)));
      }
      wrong.push(...found);
      if (payload.data.repair) for (const one of found) if (await repair(open(), one)) repaired += 1;
      next.push(...(await childrenOf(open(), id)));
    }
    level = next;
  }
  return { customers, wrong, repaired };
});
