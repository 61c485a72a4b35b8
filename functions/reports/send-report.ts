import { type Input, operation } from "../../shared/http/operation.ts";
import { reportStore } from "../../shared/store/reports/reports.ts";
import { reports as contracts } from "./contract.ts";

const stores = { reports: reportStore };

/** Sends a report now, beside its schedule. Refuses where mail is switched off, or where none of its recipients takes any. */
export async function sendReport({ params, deps: { reports } }: Input<typeof contracts.sendReport, typeof stores>) {
  const { run, writes } = await reports.order(params.id);
  return { result: run, writes };
}

export const handler = operation(contracts.sendReport, sendReport, stores);
