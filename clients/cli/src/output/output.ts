import process from "node:process";
import { styleText } from "node:util";
import { type Column, table } from "./table.ts";

/** A line of the description of one thing: what it is, and its value. */
export type Row = readonly [label: string, value: string];

/** How results are printed. Results alone go to stdout; notes and errors go to stderr. */
export interface Output {
  readonly json: boolean;
  /** A list: a table, an array of JSON, or (`--quiet`) the ids alone. */
  list<Item extends { id: string }>(items: readonly Item[], columns: readonly Column<Item>[], none: string): void;
  /** One thing: a line for each of its properties, its JSON, or its id alone. */
  one<Item extends { id: string }>(item: Item, rows: (item: Item) => readonly Row[]): void;
  /** Any JSON or, for people, a text. */
  either(value: unknown, text: () => string): void;
  /** A remark that is no result. */
  note(text: string): void;
}

// Both look at the stream, and at NO_COLOR and FORCE_COLOR.
const bold = (text: string): string => styleText("bold", text, { stream: process.stdout });
/** Text that stands back, where the terminal has colours. */
export const dim = (text: string): string => styleText("dim", text, { stream: process.stdout });

/** How long a line may be; undefined where it is no terminal, and nothing is cut. */
export const lineWidth = (): { line?: number } => (process.stdout.isTTY ? { line: process.stdout.columns } : {});

/** Prints for programs with `json`, ids alone with `quiet`, else for people. */
export function createOutput({ json = false, quiet = false }: { json?: boolean; quiet?: boolean }): Output {
  const write = (text: string): void => void process.stdout.write(text);
  const writeJson = (value: unknown): void => write(`${JSON.stringify(value, null, 2)}\n`);
  const note = (text: string): void => void (!quiet && !json && process.stderr.write(`${text}\n`));
  return {
    json,
    list(items, columns, none) {
      if (json) writeJson(items);
      else if (quiet) write(items.map(({ id }) => `${id}\n`).join(""));
      else if (items.length === 0) note(none);
      else write(table(items, columns, { bold, ...lineWidth() }));
    },
    one(item, rows) {
      if (json) return writeJson(item);
      if (quiet) return write(`${item.id}\n`);
      const lines = rows(item);
      const width = Math.max(...lines.map(([label]) => label.length)) + 2;
      write(
        lines.map(([label, value]) => `${dim(label.padEnd(width))}${value.replaceAll(/\p{Cc}+/gu, " ")}\n`).join(""),
      );
    },
    either: (value, text) => (json ? writeJson(value) : write(text())),
    note,
  };
}
