import { importLimits, type ImportRecord } from "../../domain/imports/import.ts";
import { type Outline, type Planned, planRows } from "../../domain/imports/plan.ts";
import { type ImportRow, nameInFile, readStoredRow, type RowReader } from "../../domain/imports/rows.ts";
import type { Database } from "../table/database.ts";
import { readPage, type StoredRow } from "./records.ts";

/** A row of an import with its number, read anew each time that it is needed: only what their order depends on is kept of all rows. */
export interface NumberedRow extends ImportRow {
  index: number;
  line: number;
}

/** What the rows of an import stand below, and in what order they can be made. */
export interface Plan {
  rows: Planned[];
  /** How many rows stand above the lowest one. */
  deepest: number;
  /** Rows that others stand below. */
  parents: ReadonlySet<number>;
  lines: readonly number[];
  /** Parents that are not in the file, by the name or the reference that the file has for them. */
  elsewhere: ReadonlySet<string>;
}

const tooLarge: ImportRow = {
  kind: "customer",
  ref: null,
  parent: null,
  isDefault: false,
  input: {},
  findings: [{ path: "", message: `is larger than ${importLimits.rowBytes} bytes` }],
};

/** A row as it is stored, read. */
export const readNumbered = (reader: RowReader, index: number, [line, cells]: StoredRow): NumberedRow => ({
  ...(cells === null ? tooLarge : readStoredRow(reader, cells)),
  index,
  line,
});

const nameFields = { customer: "name", account: "username", device: "machineId" } as const;
const outlineOf = ({ kind, ref, parent, isDefault, input }: ImportRow): Outline => {
  const name = input[nameFields[kind]];
  return { kind, ref, parent, isDefault, name: typeof name === "string" ? name : null };
};

/** Reads all rows of an import once, and finds the place of each. */
export async function planImport(open: () => Database, record: ImportRecord, reader: RowReader): Promise<Plan> {
  const outlines: Outline[] = [];
  const lines: number[] = [];
  for (const nth of record.pages.keys())
    for (const stored of await readPage(open(), record.id, nth)) {
      outlines.push(outlineOf(readNumbered(reader, outlines.length, stored)));
      lines.push(stored[0]);
    }
  const rows = planRows(outlines, (index) => lines[index] ?? 0);
  const parents = new Set<number>();
  const elsewhere = new Set<string>();
  let deepest = 0;
  for (const [index, { above, depth, findings }] of rows.entries()) {
    deepest = Math.max(deepest, depth);
    if (above && "row" in above) parents.add(above.row);
    if (above && "known" in above) elsewhere.add(above.known);
    const kind = outlines[index]?.kind ?? "customer";
    for (const finding of findings) finding.path = nameInFile(reader, kind, finding.path);
  }
  return { rows, deepest, parents, lines, elsewhere };
}

/** Rows that become one transaction at most. */
export interface Batch {
  rows: NumberedRow[];
  planned: Planned[];
}

/** How many rows of a kind go into one transaction, which may have 100 writes. */
const together = { customer: 9, account: 5, device: 9, none: 50 } as const;

/**
 * Puts rows of one depth into batches that share a parent, in the order of the file. The same rows make the same batches each time: by its first row
 * a batch is known.
 */
export function batchesOf(rows: readonly NumberedRow[], { rows: planned }: Plan): Batch[] {
  const open = new Map<string, Batch>();
  const batches: Batch[] = [];
  for (const row of rows) {
    const place = planned[row.index];
    if (!place) continue;
    const isBroken = row.findings.length + place.findings.length > 0;
    const kind = isBroken ? "none" : row.kind;
    // A reseller is two customers: itself and the one that is made with it.
    const size =
      kind === "customer" && row.input["level"] !== "end-customer" && row.input["level"] !== "site"
        ? 4
        : together[kind];
    const group = isBroken ? kind : `${kind} ${size} ${JSON.stringify(place.above)}`;
    let batch = open.get(group);
    if (!batch) {
      batch = { rows: [], planned: [] };
      open.set(group, batch);
      batches.push(batch);
    }
    batch.rows.push(row);
    batch.planned.push(place);
    if (batch.rows.length === size) open.delete(group);
  }
  return batches;
}
