import { createHash } from "node:crypto";
import { type FileFormat, type ImportRecord, missingParts, type RowNote } from "../../domain/imports/import.ts";
import type { TaskRecord } from "../../domain/tasks/task.ts";
import { notFound, refuse } from "../../domain/terms/errors.ts";
import { loadLiveChain } from "../hierarchy/branch.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { importKey, taskKey } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { readTask } from "../tasks/records.ts";
import { changeImport, insertImport, notesFrom, piecesOf, readImport, readPage, type StoredRow } from "./records.ts";

/** Rows that are looked through for one answer, and how large those are that it holds: an answer may have 6 MB. */
const lookedAtMost = 2000;
const shownBytes = 2_000_000;

/** A row of an import, and what is noted of it; null: nothing. */
export interface RowRead {
  index: number;
  row: StoredRow;
  note: RowNote | null;
}

/** The imports of the caller's branch. */
export const importStore = (context: StoreContext) => {
  const { db, caller } = context;
  return {
    /** Makes sure that something can be imported into a customer. @throws DomainError not_found | customer_deleted */
    checkTarget: (id: string) => loadLiveChain(context, id),

    /** A new import, none of whose parts has come. */
    make(targetId: string, dryRun: boolean, parts: number, format: FileFormat): ImportRecord {
      return {
        id: context.id("import"),
        version: 1,
        customerId: caller.scopeId,
        targetId,
        dryRun,
        format,
        parts,
        received: [],
        taskId: null,
        written: null,
        columns: [],
        pages: [],
        rows: null,
        counts: { created: 0, updated: 0, unchanged: 0, failed: 0 },
        createdAt: new Date(context.now()).toISOString(),
      };
    },

    /** The writes of a new import with its first part. */
    insert: (record: ImportRecord, pieces: readonly Write[]): Write[] => [
      ...insertImport(record, caller.scopeAncestors),
      ...pieces,
    ],

    /** An import with the task that works at it. @throws DomainError not_found */
    async load(id: string): Promise<{ record: ImportRecord; task: TaskRecord | null }> {
      const { read } = await loadPlace(context, id, "import", false, async () => {
        const item = await db.get(importKey(id));
        return item && readImport(item);
      });
      if (!read) throw notFound("import");
      const item = read.taskId === null ? undefined : await db.get(taskKey(read.customerId, read.taskId));
      return { record: read, task: item ? readTask(item) : null };
    },

    /**
     * Takes in a part of the file. @returns null where the same part is here already
     * @throws DomainError immutable | not_applicable
     */
    receive(record: ImportRecord, part: number, bytes: Uint8Array): { pieces: Write[]; after: ImportRecord } | null {
      if (part > record.parts)
        throw refuse(
          "not_applicable",
          "part",
          `The import has ${record.parts} parts, as it was said when it was created.`,
        );
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const here = record.received.find((one) => one.part === part);
      if (here?.sha256 === sha256) return null;
      if (here) throw refuse("immutable", "part", `Part ${part} is here already, and it is another one.`);
      const pieces = piecesOf(record, part, bytes);
      const received = [...record.received, { part, sha256, pieces: pieces.length }];
      return { pieces, after: { ...record, received } };
    },

    isWhole: (record: ImportRecord): boolean => missingParts(record).length === 0,

    /** The writes of a part that came later. */
    save: (before: ImportRecord, after: ImportRecord, pieces: readonly Write[]): Write[] => [
      ...pieces,
      changeImport(before, { received: after.received, ...(after.taskId !== null && { taskId: after.taskId }) }),
    ],

    /**
     * Rows of an import in the order of the file, from one on: as many as are asked for, or fewer where it would have to look through too many for them.
     * @param failed only those that failed
     */
    async rows(
      { id, pages, rows: total }: ImportRecord,
      { from, limit, failed }: { from: number; limit: number; failed: boolean },
    ): Promise<{ found: RowRead[]; next: number | null }> {
      const found: RowRead[] = [];
      const end = Math.min(total ?? 0, from + lookedAtMost);
      let [index, bytes] = [from, 0];
      const isFull = (): boolean => found.length >= limit || bytes >= shownBytes;
      while (index < end && !isFull()) {
        const nth = pages.findLastIndex((first) => first <= index);
        const first = pages[nth] ?? 0;
        const last = Math.min(pages[nth + 1] ?? total ?? 0, end);
        const [rows, notes] = await Promise.all([readPage(db, id, nth), notesBetween(first, last)]);
        for (; index < last && !isFull(); index += 1) {
          const row = rows[index - first];
          const note = notes.get(index) ?? null;
          if (!row || (failed && note?.outcome !== "failed")) continue;
          found.push({ index, row, note });
          bytes += (row[1] ?? []).reduce((sum, cell) => sum + 3 * cell.length, 200);
        }
      }
      return { found, next: index < (total ?? 0) ? index : null };

      async function notesBetween(first: number, until: number): Promise<Map<number, RowNote>> {
        const notes = new Map<number, RowNote>();
        for await (const page of notesFrom(db, id, first)) {
          for (const note of page) if (note.index < until) notes.set(note.index, note);
          if (page.some(({ index: noted }) => noted >= until)) break;
        }
        return notes;
      }
    },
  };
};
