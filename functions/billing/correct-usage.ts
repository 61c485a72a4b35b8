import { type Input, operation } from "../../shared/http/operation.ts";
import { ledgerStore } from "../../shared/store/usage/ledger.ts";
import { billing as contracts } from "./contract.ts";

const stores = { ledger: ledgerStore };

/** Corrects a day of the usage ledger by two more records. Refuses all but the provider, and days without a record. */
export async function correctUsage({
  params,
  body,
  deps: { ledger },
}: Input<typeof contracts.correctUsage, typeof stores>) {
  const { day, reason, ...facts } = body;
  const { chain, records } = await ledger.loadForCorrection(params.id, day);
  const [reversal, corrected] = ledger.correction(records, day, facts, reason);
  const { id, level, name } = chain[0];
  return {
    result: corrected,
    writes: [
      ...ledger.insert([reversal, corrected]),
      ledger.log(chain, {
        type: "UsageCorrected",
        node: { id, level, name },
        changes: Object.entries(facts).map(([path, after]) => ({ path: `${day}.${path}`, before: null, after })),
        reason,
      }),
    ],
  };
}

export const handler = operation(contracts.correctUsage, correctUsage, stores);
