import { type FileFormat, importLimits, type ImportRecord } from "../../domain/imports/import.ts";
import type { Unreadable } from "../../domain/imports/decoding.ts";
import type { RowReader } from "../../domain/imports/rows.ts";
import type { Database } from "../table/database.ts";
import { pageBytes, pageItem, readFile, type StoredRow } from "./records.ts";
import { openFile, UnreadableFile } from "./reading.ts";

/** What reading a file has told of it. */
export type FileRead = Pick<ImportRecord, "written" | "columns" | "pages" | "rows">;

/** How the rows of an import are read. */
export const readerOf = ({ format, columns }: Pick<ImportRecord, "format" | "columns">): RowReader =>
  format === "jsonl"
    ? null
    : { header: { names: columns.map(({ name }) => name), columns: columns.map(({ readAs }) => readAs) } };

const sizeOf = ([, cells]: StoredRow): number => 16 + (cells ?? []).reduce((sum, cell) => sum + cell.length * 3 + 3, 0);

/**
 * Reads the file of an import, and stores its rows in pages, each of which is read by itself from then on. Done again it stores the same.
 * @returns why the file cannot be imported, whatever its rows say
 */
export async function storeRows(
  open: () => Database,
  record: ImportRecord,
  format: FileFormat = record.format,
): Promise<FileRead | Unreadable> {
  const file = await openFile(await readFile(open, record), format);
  if ("problem" in file) return file;
  const pages: number[] = [];
  let [count, bytes] = [0, 0];
  let page: StoredRow[] = [];
  const store = async (): Promise<void> => {
    await open().putAll([pageItem(record, pages.length, page)]);
    pages.push(count - page.length);
    [page, bytes] = [[], 0];
  };
  try {
    for await (const row of file.rows()) {
      const size = sizeOf(row);
      if (page.length > 0 && bytes + size > pageBytes) await store();
      page.push(row);
      bytes += size;
      count += 1;
      if (count > importLimits.rows)
        return { problem: `The file has more than ${importLimits.rows} rows. Send it in several imports.` };
    }
  } catch (error) {
    if (error instanceof UnreadableFile) return { problem: error.message };
    throw error;
  }
  if (count === 0) return { problem: "The file has no rows." };
  await store();
  const { header, written } = file;
  const columns = header?.names.map((name, nth) => ({ name, readAs: header.columns[nth] ?? null })) ?? [];
  return { written, columns, pages, rows: count };
}
