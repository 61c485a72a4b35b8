import { usageCsv } from "../../shared/domain/billing/usage-csv.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ledgerStore } from "../../shared/store/usage/ledger.ts";
import { billing as contracts } from "./contract.ts";

const stores = { ledger: ledgerStore };

/** Answers the same as a file for a spreadsheet. */
export async function exportUsage({
  params,
  query,
  deps: { ledger },
}: Input<typeof contracts.exportUsage, typeof stores>) {
  const { unit, ...period } = query;
  return usageCsv(await ledger.usage(params.id, period, unit));
}

export const handler = operation(contracts.exportUsage, exportUsage, stores);
