import { type Input, operation } from "../../shared/http/operation.ts";
import { ledgerStore } from "../../shared/store/usage/ledger.ts";
import { billing as contracts } from "./contract.ts";

const stores = { ledger: ledgerStore };

/** Answers what a customer used on the days of a period, or in its months. */
export async function getUsage({ params, query, deps: { ledger } }: Input<typeof contracts.getUsage, typeof stores>) {
  const { unit, ...period } = query;
  return { customerId: params.id, unit, items: await ledger.usage(params.id, period, unit), nextCursor: null };
}

export const handler = operation(contracts.getUsage, getUsage, stores);
