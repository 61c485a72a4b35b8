import { createHash } from "node:crypto";
import { AccountRecord } from "../../shared/domain/accounts/account.ts";
import { CustomerRecord } from "../../shared/domain/hierarchy/customer.ts";
import { alertsOf } from "../../shared/domain/reports/alerts.ts";
import { isNear, news, type Uses, usesOf } from "../../shared/domain/usage/thresholds.ts";
import { type JobDeps, relayedEach } from "../../shared/http/jobs/invocation.ts";
import type { ItemChange } from "../../shared/http/jobs/item-change.ts";
import { quotaAt } from "../../shared/store/accounts/accounts.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { alertWrites } from "../../shared/store/reports/alerts.ts";
import { persist } from "../../shared/store/table/persist.ts";
import { readTold } from "../../shared/store/usage/told.ts";
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
  before: Uses;
  after: Uses;
}

/** What a change of an item means for limits; null where it can cross none. */
async function subjectOf({ before, after }: ItemChange, { open }: JobDeps): Promise<Subject | null> {
  if (!before || !after) return null;
  if (after["kind"] === "customer") {
    const [old, now] = [CustomerRecord.parse(before), CustomerRecord.parse(after)];
    const { id, name, level, ancestors } = now;
    return { id, name, level, customerId: id, ancestors, before: usesOf(old), after: usesOf(now) };
  }
  const [old, now] = [AccountRecord.parse(before), AccountRecord.parse(after)];
  if (old.usedBytes === now.usedBytes) return null;
  const limit = await quotaAt(open(), now);
  const use = ({ usedBytes: used }: AccountRecord): Uses => ({ quota: { limit, used } });
  const { id, username: name, customerId } = now;
  return { id, name, level: null, customerId, ancestors: [], before: use(old), after: use(now) };
}

/**
 * Writes an entry into the log whenever use reaches 80, 90 or 100 % of a limit, or the soft limit, and tells owner and seller by mail: once per crossing. What was told last is
 * kept beside the record, on the way down as well, so a change that comes twice or late tells nothing again, and what one that never came had
 * to tell is told with the next.
 */
export const handler = relayedEach(jobs.watchThresholds.id, async (change, deps) => {
  const subject = await subjectOf(change, deps);
  if (!subject || !(isNear(subject.before) || isNear(subject.after))) return;
  const { id, name, level, customerId, ancestors, before, after } = subject;
  await persist(deps.ids.random, async () => {
    const db = deps.open();
    const state = await readTold(db, customerId, id, change.sequence);
    if (!state) return;
    const { crossed, told, changed } = news(before, after, state.told);
    const remembered = state.save(told, change.sequence);
    if (crossed.length === 0) return changed ? db.commit([remembered]) : undefined;
    const chain = await readChain(db, customerId, { customerId, ancestors });
    if (!chain) return;
    const entries = crossed.map(({ what, percent, limit, used }, nth) =>
      logWrite({ ...deps.author, now: () => change.at, id: () => idFrom(change.sequence, nth, change.at) }, chain, {
        type: "ThresholdCrossed",
        node: { id, level, name },
        changes: [{ path: what, before: null, after: { percent, limit, used } }],
      }),
    );
    const alerts = alertsOf(crossed, chain[0].name, level === null ? name : null);
    await db.commit([remembered, ...entries, ...(await alertWrites({ ...deps.context, db }, chain, alerts))]);
  });
});
