import type { ImportRecord, RowNote } from "../../domain/imports/import.ts";
import { insertNote, readNote } from "./records.ts";
import type { Database } from "../table/database.ts";
import { rehearse } from "../table/rehearsal.ts";
import type { Write } from "../table/writes.ts";

/** Where rows are made, and what became of them is noted. */
export interface Ledger {
  /** A fresh view of the table as the rows see it. */
  open: () => Database;
  /** What is noted of a batch, by its first row, or of a row alone; undefined: nothing. */
  read: (db: Database, index: number, alone: boolean) => Promise<RowNote[] | undefined>;
  /** Makes writes and notes what they mean, both or neither. @throws Stale where it is noted already */
  commit: (
    db: Database,
    note: { index: number; rows: readonly RowNote[]; alone: boolean },
    writes: readonly Write[],
  ) => Promise<void>;
}

/** The ledger of an import: note and writes are one transaction, so that each row is done once, whoever dies in between. */
export const ledgerOf = (open: () => Database, record: ImportRecord): Ledger => ({
  open,
  read: (db, index, alone) => readNote(db, record, index, alone),
  commit: (db, { index, rows, alone }, writes) => db.commit([insertNote(record, index, rows, alone), ...writes]),
});

/** Kinds of items that no later row of the same file reads. */
const unread: ReadonlySet<unknown> = new Set(["log", "mail", "link", "timer", "import-note"]);

/**
 * The ledger of a dry run: rows see what the rows before them would have made, and nothing but the notes is written. They name nothing that is not
 * there. A dry run begins anew when it is taken up again.
 */
export function dryLedger(open: () => Database, record: ImportRecord): Ledger {
  const rehearsal = rehearse(open);
  /** Ids of what is not there. */
  const made = new Set<unknown>();
  return {
    open: rehearsal.open,
    read: () => Promise.resolve(undefined),
    async commit(db, { index, rows, alone }, writes) {
      await db.commit(writes);
      rehearsal.forget(
        writes.flatMap((write) => (write.kind === "put" && unread.has(write.item["kind"]) ? [write.key] : [])),
      );
      for (const write of writes) if (write.kind === "put") made.add(write.item["id"]);
      const shown = rows.map((row) => (made.has(row.id) ? { ...row, id: null } : row));
      const { key, item } = insertNote(record, index, shown, alone);
      await open().putAll([{ key, item }]);
    },
  };
}
