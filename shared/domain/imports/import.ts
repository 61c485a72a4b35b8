import * as z from "zod";
import { hasTaskEnded, type TaskRecord, TaskStatus } from "../tasks/task.ts";
import { CustomerId, ImportId, TaskId } from "../terms/ids.ts";
import { rowKinds } from "./columns.ts";

/** What an import may have, and how long what it was sent is kept. */
export const importLimits = {
  /** A part must fit into a request, and packed into a transaction. */
  partBytes: 3 * 1024 * 1024,
  parts: 24,
  rows: 100_000,
  rowBytes: 64 * 1024,
  /** From its creation on: a task of at most 7 days, and 30 days to read what became of it. */
  keptDays: 37,
} as const;

export const FileFormat = z.enum(["csv", "jsonl"]);
export type FileFormat = z.infer<typeof FileFormat>;

/** How a file was written, as it was found. */
const Written = z.object({
  format: FileFormat,
  encoding: z.enum(["utf-8", "utf-16le", "utf-16be", "windows-1252"]),
  byteOrderMark: z.boolean(),
  separator: z.enum([",", ";", "\t"]).nullable().meta({ description: "null: JSON lines have none" }),
  lineEnd: z.enum(["\r\n", "\n", "\r"]),
});
export type Written = z.infer<typeof Written>;

/** A column of a file, and what it is read as. */
const Column = z.object({
  name: z.string(),
  readAs: z.string().nullable().meta({ description: "null: this column is not read" }),
});

/** What became of a row. */
export const rowOutcomes = ["created", "updated", "unchanged", "failed"] as const;
export type RowOutcome = (typeof rowOutcomes)[number];

const Counts = z.object({ created: z.int(), updated: z.int(), unchanged: z.int(), failed: z.int() });
export type Counts = z.infer<typeof Counts>;

/** An import as it is stored, without its file and its rows. Times in ISO 8601. */
export const ImportRecord = z.object({
  id: ImportId,
  version: z.int(),
  /** The customer of the credential that asked for it: who sees that customer sees the import. */
  customerId: CustomerId,
  /** The customer that it is imported into. */
  targetId: CustomerId,
  dryRun: z.boolean(),
  format: FileFormat,
  parts: z.int(),
  /** Of each part that has come: its number, its digest, and how many pieces it is stored in. */
  received: z.array(z.object({ part: z.int(), sha256: z.string(), pieces: z.int() })),
  /** null: parts are missing yet. */
  taskId: TaskId.nullable().default(null),
  /** null: the file has not been read yet. */
  written: Written.nullable().default(null),
  columns: z.array(Column).default([]),
  /** The numbers of the first rows of the pieces that the rows are stored in. */
  pages: z.array(z.int()).default([]),
  rows: z.int().nullable().default(null),
  counts: Counts.default({ created: 0, updated: 0, unchanged: 0, failed: 0 }),
  createdAt: z.string(),
});
export type ImportRecord = z.infer<typeof ImportRecord>;

const FieldError = z.object({ path: z.string(), message: z.string(), code: z.string().optional() });
/** What became of a row, as it is stored. */
export const RowNote = z.object({
  index: z.int(),
  outcome: z.enum(rowOutcomes),
  /** What it has made, changed or found; null in a dry run, and of a row that failed. */
  id: z.string().nullable().default(null),
  code: z.string().nullable().default(null),
  message: z.string().nullable().default(null),
  errors: z.array(FieldError).default([]),
});
export type RowNote = z.infer<typeof RowNote>;

/** An import as the API shows it. */
export const Import = z
  .object({
    id: ImportId,
    version: z.int(),
    customerId: CustomerId.meta({ description: "The customer that it is imported into" }),
    dryRun: z.boolean(),
    status: z.enum(["uploading", ...TaskStatus.options]).meta({
      description:
        "uploading: parts of the file are missing yet; queued; running; succeeded: every row is done; failed: it has ended, and at least one row is not done; cancelled",
    }),
    taskId: TaskId.nullable().meta({ description: "The task that works at it: by it the import can be cancelled" }),
    parts: z.object({ expected: z.int(), received: z.array(z.int()) }),
    file: Written.nullable().meta({ description: "How the file is written, once it has been read" }),
    columns: z.array(Column).meta({ description: "The columns of the file; none of JSON lines" }),
    progress: z.object({
      done: z.int().meta({ description: "Rows that have been worked at, also those that failed" }),
      failed: z.int(),
      total: z.int().nullable().meta({ description: "null: the file has not been read yet" }),
    }),
    counts: Counts.meta({ description: "What became of its rows; in a dry run, what would become of them" }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: "Of one that failed: why" }),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: "Import" });
export type Import = z.infer<typeof Import>;

/** A row of an import as the API shows it. */
export const ImportRowResult = z
  .object({
    line: z.int().meta({ description: "The line of the file in which it begins, counted from 1" }),
    kind: z.enum(rowKinds).nullable(),
    externalRef: z.string().nullable(),
    status: z.enum(["pending", "skipped", ...rowOutcomes]).meta({
      description:
        "pending: not done yet; created; updated; unchanged: it is as the row says already; failed: see errors; skipped: the import has ended without it. In a dry run: what would become of it",
    }),
    id: z.string().nullable().meta({ description: "What the row has made, changed or found" }),
    code: z.string().nullable().meta({ description: "Of a row that failed: the code of the refusal" }),
    message: z.string().nullable(),
    errors: z.array(FieldError).meta({ description: "Everything that stands against it, by the names of the columns" }),
    row: z
      .record(z.string(), z.unknown())
      .meta({ description: "The row as it stands in the file, by the names of its columns" }),
  })
  .meta({ id: "ImportRow" });
export type ImportRowResult = z.infer<typeof ImportRowResult>;

/** Which parts of a file have not come yet. */
export const missingParts = ({ parts, received }: Pick<ImportRecord, "parts" | "received">): number[] => {
  const here = new Set(received.map(({ part }) => part));
  return Array.from({ length: parts }, (_, nth) => nth + 1).filter((part) => !here.has(part));
};

/** An import with the task that works at it. @param task null: parts are missing, or it has been forgotten */
export function presentImport(record: ImportRecord, task: TaskRecord | null): Import {
  const { id, version, targetId, dryRun, taskId, written, columns, rows, counts, createdAt } = record;
  return {
    id,
    version: version + (task?.version ?? 0),
    customerId: targetId,
    dryRun,
    status: taskId === null ? "uploading" : (task?.status ?? "queued"),
    taskId,
    parts: { expected: record.parts, received: record.received.map(({ part }) => part).toSorted((a, b) => a - b) },
    file: written,
    columns,
    progress: { done: task?.done ?? 0, failed: task?.failed ?? 0, total: rows },
    counts,
    error: task?.error ?? null,
    createdAt,
    startedAt: task?.startedAt ?? null,
    endedAt: task?.endedAt ?? null,
  };
}

/** What a row is that nobody has worked at. */
export const openStatus = (task: TaskRecord | null): "pending" | "skipped" =>
  task && hasTaskEnded(task.status) ? "skipped" : "pending";
