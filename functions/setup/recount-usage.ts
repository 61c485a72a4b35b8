import * as z from "zod";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { job } from "../../shared/http/jobs/invocation.ts";
import { fieldErrors } from "../../shared/http/parse.ts";
import { childrenOf } from "../../shared/store/hierarchy/device-counting.ts";
import { checkDevices, deviceRepair } from "../../shared/store/usage/device-recount.ts";
import { checkCustomer, type Mismatch, proven, repair } from "../../shared/store/usage/recount.ts";
import { providerKey } from "../../shared/store/table/keys.ts";
import { jobs } from "../jobs.ts";

/** What the operator asks for: the branch of a customer (default: the installation), and whether to put right what is wrong. */
const Payload = z.strictObject({ customerId: CustomerId.optional(), repair: z.boolean().default(false) });
/**
 * Proves the counters of a branch against the facts: accounts against their devices, customers against their devices and children. What
 * differs is looked at again once the stream has brought everything that was on its way; it is told, and put right on request. Customers
 * whose changes do not come through the stream, or do not cease, are named and left alone. What limits of devices rely on comes last, from
 * below: a count that is wrong there makes none above it wrong.
 */
export const handler = job(jobs.recountUsage.id, async (event, { db, open, ids }) => {
  const payload = Payload.safeParse(event ?? {});
  if (!payload.success)
    throw new DomainError("invalid_request", "The payload does not fit its description.", fieldErrors(payload.error));
  const provider = await db.get(providerKey);
  const top = payload.data.customerId ?? String(provider?.["customerId"]);
  const wrong: Mismatch[] = [];
  const busy: string[] = [];
  let [customers, repaired] = [0, 0];
  const levels: string[][] = [];
  for (let level = [top]; level.length > 0;) {
    levels.push(level);
    const next: string[] = [];
    for (const id of level) {
      customers += 1;
      const suspected = await checkCustomer(open(), id);
      const found = suspected.length === 0 ? [] : await proven(open, id, () => ids.secret());
      next.push(...(await childrenOf(open(), id)));
      if (found === null) {
        busy.push(id);
        continue;
      }
      wrong.push(...found);
      if (payload.data.repair) for (const one of found) if (await repair(open(), one)) repaired += 1;
    }
    level = next;
  }
  for (const id of levels.toReversed().flat()) {
    const found = await checkDevices(open(), id);
    if (found === null) busy.push(id);
    wrong.push(...(found ?? []));
    if (payload.data.repair) for (const one of found ?? []) if (await open().update(deviceRepair(one))) repaired += 1;
  }
  return { customers, wrong, repaired, busy };
});
