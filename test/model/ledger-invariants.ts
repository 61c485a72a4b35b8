import { addDays } from "../../shared/domain/billing/days.ts";
import { LedgerRecord } from "../../shared/domain/billing/ledger-day.ts";
import type { Item } from "./invariants.ts";

/**
 * Every customer has the timer of its next night, and nothing else has one. The records of a ledger stand under their own keys, and their days follow one
 * another without a hole. Each is filed with those to whom the customer was sold in its month.
 */
export function ledgerComplaints(items: readonly Item[], customers: readonly { id: string }[]): string[] {
  const found: string[] = [];
  const waiting = new Set(customers.map(({ id }) => id));
  for (const { pk, sk, at, dueSk } of items) {
    if (sk !== "timer#ledger") continue;
    if (!waiting.delete(pk)) found.push(`${pk} ${sk}: follows from no record`);
    if (dueSk !== `${String(at)}#${pk}`) found.push(`${pk} ${sk}: is due at another time`);
  }
  for (const id of waiting) found.push(`${id}: no night of the ledger comes`);
  const sold = new Set(items.filter(({ kind }) => kind === "sold").map(({ pk, sk }) => `${pk} ${sk}`));
  const last = new Map<string, string>();
  for (const { pk, sk, record } of items
    .filter(({ kind }) => kind === "ledger")
    .toSorted((one, other) => (`${one.pk} ${one.sk}` < `${other.pk} ${other.sk}` ? -1 : 1))) {
    const known = LedgerRecord.parse(record);
    const { customerId, day, sequence } = known;
    for (const payer of known.kind === "day" ? [...known.sellers, customerId].slice(1) : [])
      if (!sold.has(`SOLD#${payer}#${day.slice(0, 7)} ${customerId}`))
        found.push(`${pk} ${sk}: is not filed with what was sold to ${payer}`);
    if (pk !== `LEDGER#${customerId}` || sk !== `${day}#${String(sequence).padStart(4, "0")}`)
      found.push(`${pk} ${sk}: is the record of ${customerId} ${day}`);
    const before = last.get(pk);
    if (before !== undefined && day !== before && day !== addDays(before, 1))
      found.push(`${pk}: nothing between ${before} and ${day}`);
    last.set(pk, day);
  }
  return found;
}
