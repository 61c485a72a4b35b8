import { byteOrderMark, type Cell, csvLine } from "../../domain/reports/csv.ts";
import { csvAtMost } from "../../domain/reports/report.ts";
import type { BuiltReport } from "./frame.ts";

/** Collects a CSV file as far as it may travel with a mail. */
export function csvFile(wanted: boolean, header: readonly string[]) {
  const lines: string[] = [byteOrderMark + csvLine(header)];
  let size = 0;
  let tooLarge = false;
  return {
    add(cells: readonly Cell[]): void {
      if (!wanted || tooLarge) return;
      const line = csvLine(cells);
      size += Buffer.byteLength(line);
      if (size <= csvAtMost) lines.push(line);
      else {
        tooLarge = true;
        lines.length = 0;
      }
    },
    result: (): Pick<BuiltReport, "csv" | "csvTooLarge"> => ({
      csv: wanted && !tooLarge ? lines.join("") : null,
      csvTooLarge: tooLarge,
    }),
  };
}
