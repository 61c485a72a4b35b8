import * as z from "zod";
import { openStatus, type RowNote } from "../../shared/domain/imports/import.ts";
import { byteOrderMark, csvLine } from "../../shared/domain/reports/csv.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { importStore } from "../../shared/store/imports/imports.ts";
import { exportedAtMost, imports as contracts } from "./contract.ts";

const stores = { imports: importStore };

/** What stands against a row, in one cell: each column with what is wrong with it, or else the refusal. */
const problemOf = ({ message, errors }: RowNote): string =>
  errors.length > 0
    ? errors.map(({ path, message: text }) => (path === "" ? text : `${path}: ${text}`)).join("; ")
    : (message ?? "");

/** Answers the rows of an import as CSV, with the columns of its file and with what became of each. */
export async function exportImportRows({
  params,
  query: { limit = exportedAtMost, status },
  page,
  tellNext,
  deps: { imports },
}: Input<typeof contracts.exportImportRows, typeof stores>) {
  const from = page.position(z.int());
  const { record, task } = await imports.load(params.id);
  const { found, next } = await imports.rows(record, { from: from ?? 0, limit, failed: status === "failed" });
  tellNext(page.next(next));
  const names = record.format === "csv" ? record.columns.map(({ name }) => name) : ["line"];
  const head = from === null ? byteOrderMark + csvLine([...names, "result", "id", "problem"]) : "";
  const open = openStatus(task);
  const lines = found.map(({ row: [, cells], note }) => {
    const own = names.map((_, nth) => cells?.[nth] ?? "");
    return csvLine([...own, note?.outcome ?? open, note?.id ?? "", note ? problemOf(note) : ""]);
  });
  return head + lines.join("");
}

export const handler = operation(contracts.exportImportRows, exportImportRows, stores);
