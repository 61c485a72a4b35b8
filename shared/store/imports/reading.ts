import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { type Header, readHeader } from "../../domain/imports/columns.ts";
import { decode, type Unreadable } from "../../domain/imports/decoding.ts";
import { dialectOf } from "../../domain/imports/dialect.ts";
import { type FileFormat, importLimits, type Written } from "../../domain/imports/import.ts";
import type { StoredRow } from "./records.ts";

/** A file whose beginning has been read. */
export interface OpenedFile {
  written: Written;
  /** null: JSON lines, each of which says itself what it has. */
  header: Header | null;
  /** Its rows without the header, one after the other. @throws UnreadableFile where it goes on as no such file can */
  rows: () => AsyncIterable<StoredRow>;
}

/** A file turns out to be no such file after some of its rows. */
export class UnreadableFile extends Error {
  override name = "UnreadableFile";
}

const utf8 = new TextEncoder();
/** Whether a row is larger than a row may be; most are shown not to be by the number of their letters. */
const isTooLarge = (cells: readonly string[]): boolean => {
  const letters = cells.reduce((sum, cell) => sum + cell.length + 1, 0);
  if (letters * 3 <= importLimits.rowBytes) return false;
  return cells.reduce((sum, cell) => sum + utf8.encode(cell).length + 1, 0) > importLimits.rowBytes;
};
const stored = (line: number, cells: readonly string[]): StoredRow => [line, isTooLarge(cells) ? null : [...cells]];

/** A quote that nobody closes makes one row of all that follows. */
const recordAtMost = 4 * importLimits.rowBytes;
const sliceLength = 64 * 1024;

function* slices(text: string, from: number): Generator<string> {
  for (let at = from; at < text.length; at += sliceLength) yield text.slice(at, at + sliceLength);
}

const said: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quotation mark is never closed",
  CSV_MAX_RECORD_SIZE: `a row is larger than ${recordAtMost} bytes; maybe a quotation mark before it is never closed`,
};

const breaksIn = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => sum + (cell.includes("\n") ? cell.split("\n").length - 1 : 0), 0);

/** The records of a CSV text with the lines that they begin in. @param linesBefore lines that stand before `text` */
async function* csvRecords(text: string, separator: string, linesBefore: number): AsyncGenerator<[number, string[]]> {
  const parser = parse({
    delimiter: separator,
    record_delimiter: "\n",
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: recordAtMost,
  });
  let after = linesBefore;
  try {
    for await (const { record, info } of Readable.from(slices(text, 0)).pipe(parser) as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      after = info.lines + linesBefore;
      yield [after - breaksIn(record), record];
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UnreadableFile(
      `The file cannot be read as CSV after line ${after}: ${said[error.code] ?? error.message}.`,
    );
  }
}

/** Lines of a text that are not empty, with their numbers. */
function* lines(text: string): Generator<[number, string]> {
  let line = 1;
  for (let at = 0; at <= text.length; line += 1) {
    const end = text.indexOf("\n", at);
    const one = text.slice(at, end < 0 ? text.length : end);
    if (one.trim() !== "") yield [line, one];
    if (end < 0) return;
    at = end + 1;
  }
}

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === "");

/** Whether a text looks like JSON lines: an object begins it. */
const looksLikeJson = (text: string): boolean => text.trimStart().startsWith("{");
/** The same by the first bytes of a file, whatever its encoding. */
export const seemsJson = (bytes: Uint8Array): boolean =>
  looksLikeJson(
    Buffer.from(bytes.subarray(0, 256))
      .toString("latin1")
      .replaceAll(/[\0\u00ef\u00bb\u00bf\u00fe\u00ff]/g, ""),
  );

/**
 * Opens a file: finds out how it is written, and reads its header. Nobody has to say the encoding, the separator or the line ends.
 * @param format undefined: it is found out too
 * @returns or why it cannot be read
 */
export async function openFile(bytes: Uint8Array, format?: FileFormat): Promise<OpenedFile | Unreadable> {
  const decoded = decode(bytes);
  if ("problem" in decoded) return decoded;
  const { text: given, encoding, hasByteOrderMark: byteOrderMark } = decoded;
  if (given.trim() === "") return { problem: "The file is empty." };
  const { separator, lineEnd, start } = dialectOf(given);
  const text = given.slice(start).replaceAll(/\r\n?/g, "\n");
  const known = { encoding, byteOrderMark, lineEnd };
  if ((format ?? (looksLikeJson(given) ? "jsonl" : "csv")) === "jsonl") {
    if (!looksLikeJson(given)) return { problem: "The first line is no JSON object." };
    return {
      written: { ...known, format: "jsonl", separator: null },
      header: null,
      rows: async function* () {
        for (const [line, one] of lines(text)) yield stored(line, [one]);
        await Promise.resolve();
      },
    };
  }
  const linesBefore = start > 0 ? 1 : 0;
  const records = () => csvRecords(text, separator, linesBefore);
  const header = await headerOf(records());
  if ("problem" in header) return header;
  return {
    written: { ...known, format: "csv", separator },
    header,
    rows: async function* () {
      let isHeader = true;
      for await (const [line, cells] of records()) {
        if (!isHeader && !isBlank(cells)) yield stored(line, cells);
        isHeader = false;
      }
    },
  };
}

async function headerOf(records: AsyncIterable<[number, string[]]>): Promise<Header | Unreadable> {
  try {
    for await (const [, names] of records) return readHeader(names);
  } catch (error) {
    if (error instanceof UnreadableFile) return { problem: error.message };
    throw error;
  }
  return { problem: "The file is empty." };
}
