import type { Database } from "../table/database.ts";
import { readChain } from "../hierarchy/chain.ts";
import { dueTimers } from "../table/sweep.ts";

/** Customers whose night is missing that are looked at one by one. Where it is more, the nights stand still. */
const lookedAtMost = 500;

/**
 * The branches in which a night of the usage ledger is missing: a customer with no day of a month yet is not found when its invoice is made, so nothing
 * else tells that it is lacking.
 * @param until nights that were due by then, in milliseconds
 * @returns ids of the customers whose night is missing, and of all above them; null: it is too many, so any branch may lack one
 */
export async function branchesBehind(open: () => Database, until: number): Promise<ReadonlySet<string> | null> {
  const found = new Set<string>();
  let count = 0;
  for await (const page of dueTimers(open(), "ledger", until)) {
    count += page.length;
    if (count > lookedAtMost) return null;
    const db = open();
    const chains = await Promise.all(page.map(({ ownerPk }) => readChain(db, ownerPk)));
    for (const { id } of chains.flatMap((chain) => chain ?? [])) found.add(id);
  }
  return found;
}
