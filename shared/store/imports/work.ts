import pMap from "p-map";
import type { ImportRecord, RowNote } from "../../domain/imports/import.ts";
import type { TaskCounts, TaskRecord } from "../../domain/tasks/task.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { changeImport, notesFrom, readImport, readPage } from "./records.ts";
import type { Database } from "../table/database.ts";
import { importKey } from "../table/keys.ts";
import { settle } from "../table/settle.ts";
import { lanes } from "../tasks/lanes.ts";
import { changeTask } from "../tasks/records.ts";
import { abandoned, claim, end, handOn, renew, type TaskOutcome, type TurnOfTask } from "../tasks/turns.ts";
import { doBatch, remember, type RowWork, type Work } from "./batches.ts";
import { readerOf, storeRows } from "./file.ts";
import { dryLedger, ledgerOf } from "./ledger.ts";
import { type Batch, batchesOf, planImport, readNumbered } from "./outline.ts";

/*
 * An import is a task that is worked at in turns. Its file is read first, and stored in pages of rows; then each row gets its place; then they are made, those of one depth
 * after those above them.
 */

/** A turn of work at an import. */
export interface ImportTurn extends TurnOfTask {
  /** What rows are made from. @param open a fresh view of the table as they see it */
  context: (open: () => Database) => Omit<WorkContext, "db">;
  /** What one row does. */
  change: RowWork;
  report: (task: TaskRecord, index: number, error: unknown) => void;
}

/** Batches that are worked at side by side, and between two looks at the task. */
const sideBySide = 8;
const batchesAtOnce = 48;

const none: TaskCounts = { done: 0, failed: 0 };

/** Reads the file of an import that nobody has read. @returns why it cannot be imported; null where somebody else has taken it */
async function readIn(
  turn: ImportTurn,
  task: TaskRecord,
  record: ImportRecord,
): Promise<{ record: ImportRecord; task: TaskRecord } | { problem: string } | null> {
  const read = await storeRows(turn.open, record);
  if ("problem" in read) return read;
  const total = read.rows ?? 0;
  const written = await settle(turn.open(), [changeImport(record, read), changeTask(task, { total })]);
  return written ? { record: { ...record, ...read, version: record.version + 1 }, task: { ...task, total } } : null;
}

/** What became of the rows of an import so far. */
class Progress {
  private readonly counts = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  private readonly done: Uint8Array;
  constructor(rows: number) {
    this.done = new Uint8Array(rows);
  }
  add(notes: readonly RowNote[]): void {
    for (const { index, outcome } of notes) {
      if (this.done[index]) continue;
      this.done[index] = 1;
      this.counts[outcome] += 1;
    }
  }
  isDone = (index: number): boolean => this.done[index] === 1;
  outcomes = (): typeof this.counts => ({ ...this.counts });
  /** How many rows have been worked at, for the task. */
  sums(): TaskCounts {
    const { created, updated, unchanged, failed } = this.counts;
    return { done: created + updated + unchanged + failed, failed };
  }
}

/** The batches of one depth that are not done yet, page by page. */
async function* batchesAt(work: Work, turn: ImportTurn, depth: number, progress: Progress): AsyncGenerator<Batch> {
  const { record, reader, plan } = work;
  for (const [nth, first] of record.pages.entries()) {
    const here = (index: number): boolean => plan.rows[index]?.depth === depth;
    const last = (record.pages[nth + 1] ?? record.rows ?? 0) - 1;
    let some = false;
    for (let index = first; index <= last && !some; index += 1) some = here(index) && !progress.isDone(index);
    if (!some) continue;
    const stored = await readPage(turn.open(), record.id, nth);
    const rows = stored.flatMap((row, at) => (here(first + at) ? [readNumbered(reader, first + at, row)] : []));
    for (const batch of batchesOf(rows, plan)) if (batch.rows.some(({ index }) => !progress.isDone(index))) yield batch;
  }
}

/** Takes up to so many of what comes. */
async function* groups<T>(from: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const one of from) {
    group.push(one);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Says what became of the rows in the record of the import; it is told there while they are worked at, and exactly once they are done. */
async function tell({ open }: TurnOfTask, { id }: ImportRecord, progress: Progress): Promise<void> {
  const set = { counts: progress.outcomes() };
  await open().update({ kind: "update", key: importKey(id), set, add: {}, when: [{ exists: true }] });
}

/** Takes in what earlier turns have done. */
async function recall(work: Work, turn: ImportTurn, progress: Progress): Promise<void> {
  const { record, plan, made } = work;
  /** Only their kind is asked of rows that others stand below, which a note does not say; the id tells it. */
  const kindOf = ({ id }: RowNote): "customer" | "account" => (id?.startsWith("acc_") ? "account" : "customer");
  for await (const notes of notesFrom(turn.open(), record.id)) {
    progress.add(notes);
    for (const note of notes) remember(made, plan, { kind: kindOf(note) }, note);
  }
}

const tooLong = {
  code: "dry_run_too_long",
  message:
    "The dry run has taken longer than a function may. Split the file, or import it: rows that are refused change nothing.",
};

/** An import whose file has been read, or how the turn ends without that. */
async function prepare(
  turn: ImportTurn,
  task: TaskRecord,
): Promise<{ record: ImportRecord; task: TaskRecord } | TaskOutcome> {
  const db = turn.open();
  const [item, error] = await Promise.all([
    db.get(importKey(task.parameters["importId"] ?? "")),
    abandoned(db, task.customerId),
  ]);
  if (error || !item) return end(turn, task, none, { status: "failed", error });
  const record = readImport(item);
  if (record.rows !== null) return { record, task };
  const read = await readIn(turn, task, record);
  if (!read) return "void";
  if (!("problem" in read)) return read;
  return end(turn, task, none, { status: "failed", error: { code: "file_unreadable", message: read.problem } });
}

/** Makes the rows that are not done yet, as long as the turn lasts. @returns the task as it stands; null where somebody else has taken it */
async function makeRows(work: Work, turn: ImportTurn, progress: Progress): Promise<TaskRecord | null> {
  let task = work.task;
  for (let depth = 0; depth <= work.plan.deepest; depth += 1)
    for await (const batches of groups(batchesAt(work, turn, depth, progress), batchesAtOnce)) {
      if (task.cancelRequestedAt !== null || turn.clock() >= turn.until) return task;
      for (const notes of await pMap(batches, (batch) => doBatch(work, batch), { concurrency: sideBySide }))
        progress.add(notes);
      const [renewed] = await Promise.all([renew(turn, task, progress.sums()), tell(turn, work.record, progress)]);
      if (renewed === null) return null;
      task = renewed;
    }
  return task;
}

/**
 * Works for a turn at an import that waits. Safe when it comes twice, late, or to two at once, and when it ends at any point.
 * @param key where its task stands
 */
export async function workAtImport(
  turn: ImportTurn,
  { customerId, id }: Pick<TaskRecord, "customerId" | "id">,
): Promise<TaskOutcome> {
  const claimed = await claim(turn, customerId, id);
  if (!claimed) return "void";
  const prepared = await prepare(turn, claimed);
  if (typeof prepared === "string") return prepared;
  const { record, task } = prepared;
  const reader = readerOf(record);
  const ledger = (record.dryRun ? dryLedger : ledgerOf)(turn.open, record);
  const plan = await planImport(turn.open, record, reader);
  const work: Work = {
    record,
    task,
    reader,
    plan,
    ledger,
    context: turn.context(ledger.open),
    change: turn.change,
    inLane: lanes(),
    random: turn.random,
    made: new Map(),
    report: (index, problem) => turn.report(task, index, problem),
  };
  const progress = new Progress(plan.rows.length);
  // A dry run has made nothing that it could go on with.
  if (!record.dryRun) await recall(work, turn, progress);
  const before = progress.sums().done;
  const after = await makeRows(work, turn, progress);
  if (!after) return "void";
  const sums = progress.sums();
  if (sums.done === after.total || after.cancelRequestedAt !== null) return end(turn, after, sums);
  if (record.dryRun && turn.clock() >= turn.until) return end(turn, after, sums, { status: "failed", error: tooLong });
  return handOn(turn, after, sums.done > before, sums);
}
