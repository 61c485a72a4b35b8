import { type Input, operation } from "../../shared/http/operation.ts";
import { setReportStore } from "../../shared/store/reports/set-report.ts";
import { sets as contracts } from "./contract.ts";

const stores = { sets: setReportStore };

/** Answers what was backed up, restored, deleted and replicated of a backup set in a period (R5). */
export const getSetReport = ({ params, query, deps: { sets } }: Input<typeof contracts.getSetReport, typeof stores>) =>
  sets.report(params.id, query);

export const handler = operation(contracts.getSetReport, getSetReport, stores);
