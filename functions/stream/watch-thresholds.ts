import { createHash } from "node:crypto";
import { AccountRecord } from "../../shared/domain/accounts/account.ts";
import { CustomerRecord } from "../../shared/domain/hierarchy/customer.ts";
import { type Crossing, crossings, customerCrossings } from "../../shared/domain/usage/thresholds.ts";
import { eachConsumer, type JobDeps } from "../../shared/http/jobs/invocation.ts";
import type { ItemChange } from "../../shared/http/jobs/item-change.ts";
import { quotaAt } from "../../shared/store/accounts/accounts.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { logOnce, logWrite } from "../../shared/store/hierarchy/log.ts";
import { jobs } from "../jobs.ts";

const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Ids of entries follow from the change that they tell of: one that comes twice makes the same entry again, and it is there. */
function idFrom(sequence: string, nth: number, atMs: number): string {
  const time = Array.from({ length: 10 }, (_, place) => letters[Math.floor(atMs / 32 ** (9 - place)) % 32]).join("");
  const hash = createHash("sha256").update(`${sequence} ${nth}`).digest();
  return `evt_${time}${Array.from(hash.subarray(0, 16), (byte) => letters[byte % 32]).join("")}`;
}

interface Subject {
  id: string;
  name: string;
  level: CustomerRecord["level"] | null;
  customerId: string;
  ancestors: readonly string[];
  crossed: Crossing[];
}

/** What a change of an item crosses; null where it is of no kind that has limits. */
async function subjectOf({ before, after }: ItemChange, { open }: JobDeps): Promise<Subject | null> {
  if (!before || !after) return null;
  if (after["kind"] === "customer") {
    const [old, now] = [CustomerRecord.parse(before), CustomerRecord.parse(after)];
    const { id, name, level, ancestors } = now;
    return { id, name, level, customerId: id, ancestors, crossed: customerCrossings(old, now) };
  }
  const [old, now] = [AccountRecord.parse(before), AccountRecord.parse(after)];
  if (old.usedBytes >= now.usedBytes) return null;
  const limit = await quotaAt(open(), now);
  const use = (record: AccountRecord) => ({ limit, used: record.usedBytes });
  const { id, username: name, customerId } = now;
  return { id, name, level: null, customerId, ancestors: [], crossed: crossings("quota", use(old), use(now)) };
}

/** Writes an entry into the log whenever use reaches 80, 90 or 100 % of a limit, or the soft limit: once per crossing. */
export const handler = eachConsumer(jobs.watchThresholds.id, async (change, deps) => {
  const subject = await subjectOf(change, deps);
  if (!subject || subject.crossed.length === 0) return;
  const { id, name, level, customerId, ancestors } = subject;
  const chain = await readChain(deps.open(), customerId, { customerId, ancestors });
  if (!chain) return;
  for (const [nth, { what, percent, limit, used }] of subject.crossed.entries()) {
    const author = { ...deps.author, now: () => change.at, id: () => idFrom(change.sequence, nth, change.at) };
    const entry = logWrite(author, chain, {
      type: "ThresholdCrossed",
      node: { id, level, name },
      changes: [{ path: what, before: null, after: { percent, limit, used } }],
    });
    await logOnce(deps.open(), entry);
  }
});
