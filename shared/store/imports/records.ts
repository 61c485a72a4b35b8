import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { importLimits, ImportRecord, RowNote } from "../../domain/imports/import.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import type { Database } from "../table/database.ts";
import { importKey, importNoteKey, importNotesFrom, importPageKey, importPieceKey, pointerKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { type Condition, insert, type Put, type Update, type Write } from "../table/writes.ts";

/** So much of a file stands in one item, which may have 400 kB with its names. */
const pieceBytes = 380_000;

/** When what belongs to an import is forgotten, in seconds since the epoch. */
const expiryOf = ({ createdAt }: Pick<ImportRecord, "createdAt">): number =>
  Math.ceil((Date.parse(createdAt) + importLimits.keptDays * dayMs) / 1000);

/** An import as the table holds it. @throws z.ZodError where it is none */
export const readImport = (item: Item): ImportRecord => ImportRecord.parse(item);

/** The writes of a new import, without its file. */
export const insertImport = (record: ImportRecord, ancestors: readonly string[]): Write[] => [
  insert(importKey(record.id), { kind: "import", ...record, expiresAt: expiryOf(record) }),
  insert(pointerKey(record.id), {
    kind: "pointer",
    customerId: record.customerId,
    ancestors,
    expiresAt: expiryOf(record),
  }),
];

/** A change of an import's record, on the condition of its version. */
export const changeImport = (
  { id, version }: ImportRecord,
  set: Partial<ImportRecord>,
  when: readonly Condition[] = [],
): Update => ({
  kind: "update",
  key: importKey(id),
  set: { ...set, version: version + 1 },
  add: {},
  when: [{ attribute: "version", is: version }, ...when],
});

/** A part of a file as it is stored: packed, in as many items as that takes. */
export function piecesOf(record: ImportRecord, part: number, bytes: Uint8Array): Put[] {
  const packed = gzipSync(bytes);
  const count = Math.max(1, Math.ceil(packed.length / pieceBytes));
  return Array.from({ length: count }, (_, nth) => ({
    kind: "put" as const,
    key: importPieceKey(record.id, part, nth),
    item: {
      ...importPieceKey(record.id, part, nth),
      kind: "import-piece",
      packed: packed.subarray(nth * pieceBytes, (nth + 1) * pieceBytes),
      expiresAt: expiryOf(record),
    },
    when: [{ exists: false }],
  }));
}

const Packed = z.object({ packed: z.instanceof(Uint8Array) });

/** The file of an import, whose parts have all come. */
export async function readFile(open: () => Database, { id, received }: ImportRecord): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const { part, pieces } of received.toSorted((one, other) => one.part - other.part)) {
    // One part after the other, so that no more than one of them is here packed.
    const keys = Array.from({ length: pieces }, (_, nth) => importPieceKey(id, part, nth));
    const items = await open().getAll(keys);
    parts.push(gunzipSync(Buffer.concat(items.map((item) => Packed.parse(item).packed))));
  }
  return Buffer.concat(parts);
}

/** A row as it is stored: the line that it begins in, and its cells; null: they are too large to be kept. */
export const StoredRow = z.tuple([z.int(), z.array(z.string()).nullable()]);
export type StoredRow = z.infer<typeof StoredRow>;
/** So many bytes of rows are one page, before they are packed: whatever they say, they fit into an item. */
export const pageBytes = 300_000;

/** A page of rows, put in place of an earlier one that said the same. */
export const pageItem = (
  record: ImportRecord,
  nth: number,
  rows: readonly StoredRow[],
): { key: Put["key"]; item: Item } => ({
  key: importPageKey(record.id, nth),
  item: { kind: "import-rows", packed: gzipSync(JSON.stringify(rows)), expiresAt: expiryOf(record) },
});

/** The rows of a page. */
export async function readPage(db: Database, id: string, nth: number): Promise<StoredRow[]> {
  const { packed } = Packed.parse(await db.get(importPageKey(id, nth)));
  return z.array(StoredRow).parse(JSON.parse(gunzipSync(packed).toString("utf8")));
}

const NoteItem = z.object({ rows: z.array(RowNote) });

/** The write that says what became of rows, once: it stands in the transaction that does them. */
export const insertNote = (record: ImportRecord, index: number, rows: readonly RowNote[], alone: boolean): Put =>
  insert(importNoteKey(record.id, index, alone), { kind: "import-note", rows, expiresAt: expiryOf(record) });

/** What is noted of rows that are worked at together; undefined: nothing. */
export async function readNote(
  db: Database,
  { id }: Pick<ImportRecord, "id">,
  index: number,
  alone: boolean,
): Promise<RowNote[] | undefined> {
  const item = await db.get(importNoteKey(id, index, alone));
  return item && NoteItem.parse(item).rows;
}

const notesAtOnce = 1000;
/** What became of the rows of an import, from one on, in pages of notes. */
export async function* notesFrom(db: Database, id: string, from = 0): AsyncGenerator<RowNote[]> {
  const { pk, prefix, after: first } = importNotesFrom(id, from);
  for (let after = first; ;) {
    const page = await db.query({ pk, prefix, after, limit: notesAtOnce });
    yield page.items.flatMap((item) => NoteItem.parse(item).rows);
    if (page.last === undefined) return;
    after = page.last.sk;
  }
}
