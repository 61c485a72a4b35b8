import { byteOrderMark, csvLine } from "../../shared/domain/reports/csv.ts";
import { setReportCells, setReportColumns } from "../../shared/domain/reports/set-report.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { setReportStore } from "../../shared/store/reports/set-report.ts";
import { sets as contracts } from "./contract.ts";

const stores = { sets: setReportStore };

/** Answers the jobs of getSetReport as a CSV file (R5). */
export async function getSetReportCsv({
  params,
  query,
  deps: { sets },
}: Input<typeof contracts.getSetReportCsv, typeof stores>) {
  const { jobs } = await sets.report(params.id, query);
  return byteOrderMark + [setReportColumns, ...jobs.map(setReportCells)].map(csvLine).join("");
}

export const handler = operation(contracts.getSetReportCsv, getSetReportCsv, stores);
