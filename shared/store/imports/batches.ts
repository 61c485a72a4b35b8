import type { ImportRecord, RowNote, RowOutcome } from "../../domain/imports/import.ts";
import { type ImportRow, nameInFile, type RowReader } from "../../domain/imports/rows.ts";
import { refusedRow, type TaskRecord } from "../../domain/tasks/task.ts";
import type { DomainError } from "../../domain/terms/errors.ts";
import type { StoreContext, WorkContext } from "../hierarchy/scope.ts";
import { findParent, type Found } from "./parents.ts";
import type { Database } from "../table/database.ts";
import { persist } from "../table/persist.ts";
import { following } from "../table/sequence.ts";
import type { Write } from "../table/writes.ts";
import type { lanes } from "../tasks/lanes.ts";
import { isRefusal, isWorthAnother } from "../tasks/turns.ts";
import type { Ledger } from "./ledger.ts";
import type { Batch, NumberedRow, Plan } from "./outline.ts";

/** What a row stands below, found. */
export type RowParent = Found;

/** What a row does: what it makes, changes or finds, and the writes that do it. */
export interface RowChange {
  outcome: Exclude<RowOutcome, "failed">;
  id: string;
  writes: readonly Write[];
}
/** Works out what a row does, in the name of who asked for the import. @throws DomainError why the row is refused */
export type RowWork = (context: StoreContext, row: ImportRow, parent: RowParent) => Promise<RowChange>;

/** What the rows of an import are made with. */
export interface Work {
  change: RowWork;
  record: ImportRecord;
  task: TaskRecord;
  reader: RowReader;
  plan: Plan;
  ledger: Ledger;
  context: Omit<WorkContext, "db">;
  inLane: ReturnType<typeof lanes>;
  random: () => number;
  /** What rows have made that others stand below, by their numbers; null: they have made nothing. */
  made: Map<number, RowParent | null>;
  /** Hears of a row that cannot be done, by a mistake or since the table is busy. It is tried again in another turn. */
  report: (index: number, error: unknown) => void;
}

/** A transaction may have 100 writes; one is the note. */
const writesAtMost = 99;

const failed = (index: number, code: string, message: string, errors: RowNote["errors"]): RowNote => ({
  index,
  outcome: "failed",
  id: null,
  code,
  message,
  errors,
});

/** What a refusal says of a row, by the names that its file has for things. */
function refused({ reader }: Work, { index, kind }: NumberedRow, refusal: DomainError): RowNote {
  const { code, message, errors } = refusedRow(index, refusal);
  const told = errors.map((error) => ({ ...error, path: nameInFile(reader, kind, error.path) }));
  return failed(index, code ?? refusal.code, message ?? refusal.message, told);
}

/** What the columns of a row and its place in the file say against it; null: nothing. */
function broken({ plan }: Work, { index, findings }: NumberedRow): RowNote | null {
  const all = [...findings, ...(plan.rows[index]?.findings ?? [])];
  return all.length === 0 ? null : failed(index, "invalid_request", "The row cannot be imported; see errors.", all);
}

/** Cove's files name the parent of all customers by a number of Cove's. */
const meansTarget = ({ reader, plan }: Work): boolean =>
  reader !== null &&
  plan.elsewhere.size === 1 &&
  reader.header.columns.some(
    (column, nth) => column === "parent" && /^parent.?id$/i.test(reader.header.names[nth] ?? ""),
  );

const parentKinds = { customer: ["customer"], account: ["customer", "account"], device: ["account"] } as const;

/** What a row stands below, or what is noted of the row where that is not there. */
async function parentOf(work: Work, context: StoreContext, row: NumberedRow): Promise<RowParent | RowNote> {
  const { record, plan, reader, made } = work;
  const { index, kind } = row;
  const above = plan.rows[index]?.above ?? null;
  const target = { kind: "customer", id: record.targetId } as const;
  if (above === null) return target;
  const path = nameInFile(reader, kind, "parentId");
  if ("row" in above) {
    const message = `The row that it stands below, in line ${plan.lines[above.row]}, could not be imported.`;
    const errors = [{ path, message: "could not be imported itself" }];
    return made.get(above.row) ?? failed(index, "parent_not_imported", message, errors);
  }
  const found = await findParent(context, record.targetId, above, parentKinds[kind]);
  if (found) return found;
  if (kind === "customer" && meansTarget(work)) return target;
  const what = kind === "device" ? "account" : "customer";
  const message = `There is no ${what} ${JSON.stringify(above.known)}, neither in the file nor below the customer that is imported into.`;
  return failed(index, "parent_not_found", message, [{ path, message: "is neither in the file nor there already" }]);
}

/** A row that can be made: what became of it then, and the writes. */
interface Ready {
  row: NumberedRow;
  note: RowNote;
  writes: readonly Write[];
}

/** Works out what a row does. Refusals are an outcome too; anything else is thrown. */
async function workOut(work: Work, db: Database, row: NumberedRow, attempt: number): Promise<Ready> {
  const found = broken(work, row);
  if (found) return { row, note: found, writes: [] };
  const { task, context } = work;
  const mine: StoreContext = {
    ...context,
    db,
    requestId: task.requestId,
    caller: task.caller,
    isForCaller: true,
    attempt,
  };
  try {
    const parent = await parentOf(work, mine, row);
    if ("outcome" in parent) return { row, note: parent, writes: [] };
    const { outcome, id, writes } = await work.change(mine, row, parent);
    return { row, note: { index: row.index, outcome, id, code: null, message: null, errors: [] }, writes };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { row, note: refused(work, row, error), writes: [] };
  }
}

/** Remembers what others stand below. */
export function remember(made: Work["made"], plan: Plan, { kind }: Pick<NumberedRow, "kind">, note: RowNote): void {
  if (!plan.parents.has(note.index)) return;
  made.set(note.index, note.id === null || kind === "device" ? null : { kind, id: note.id });
}

/** Does a row by itself. @returns null where it has to be tried again later */
async function doAlone(work: Work, row: NumberedRow): Promise<RowNote | null> {
  const { ledger, inLane, random } = work;
  let attempts = 0;
  const noteOf = { index: row.index, alone: true };
  try {
    return await persist(
      random,
      async () => {
        attempts += 1;
        const db = ledger.open();
        const [earlier] = (await ledger.read(db, row.index, true)) ?? [];
        if (earlier) return earlier;
        const { note, writes } = await workOut(work, db, row, attempts);
        try {
          await inLane(writes, () => ledger.commit(db, { ...noteOf, rows: [note] }, writes));
          return note;
        } catch (error) {
          if (!isRefusal(error)) throw error;
          const why = refused(work, row, error);
          await ledger.commit(ledger.open(), { ...noteOf, rows: [why] }, []);
          return why;
        }
      },
      { passes: isWorthAnother },
    );
  } catch (error) {
    work.report(row.index, error);
    return null;
  }
}

/** Those of several rows that can be made in one transaction, in their order; the others need to see what these have done. */
function fitting(ready: readonly Ready[]): { taken: Ready[]; writes: Write[] } {
  const taken: Ready[] = [];
  const writes: Write[] = [];
  for (const one of ready) {
    const more = writes.length + one.writes.length <= writesAtMost ? following(writes, one.writes) : null;
    if (!more) continue;
    taken.push(one);
    writes.push(...more);
  }
  return { taken, writes };
}

/** Works out rows that are to be made together. One that fails by a mistake is left to be tried alone. */
async function workOutAll(work: Work, db: Database, rows: readonly NumberedRow[], attempt: number): Promise<Ready[]> {
  const all = await Promise.allSettled(rows.map((row) => workOut(work, db, row, attempt)));
  return all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/** Makes as many rows of a batch as one transaction takes. @returns what is noted of them; the others are to be done alone */
async function doTogether(work: Work, { rows }: Batch): Promise<RowNote[]> {
  const { ledger, inLane, random } = work;
  const index = rows[0]?.index ?? 0;
  let attempts = 0;
  return persist(
    random,
    async () => {
      attempts += 1;
      const db = ledger.open();
      const earlier = await ledger.read(db, index, false);
      if (earlier) return earlier;
      const { taken, writes } = fitting(await workOutAll(work, db, rows, attempts));
      const notes = taken.map(({ note }) => note);
      try {
        await inLane(writes, () => ledger.commit(db, { index, rows: notes, alone: false }, writes));
        return notes;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // One of them is refused, and nobody says which: from now on each is done alone.
        await ledger.commit(ledger.open(), { index, rows: [], alone: false }, []);
        return [];
      }
    },
    { passes: isWorthAnother },
  );
}

/** Does the rows of a batch. @returns what became of them; those that have to be tried again later are missing */
export async function doBatch(work: Work, batch: Batch): Promise<RowNote[]> {
  const notes: RowNote[] = [];
  const [first] = batch.rows;
  if (batch.rows.length > 1 && first)
    try {
      notes.push(...(await doTogether(work, batch)));
    } catch (error) {
      work.report(first.index, error);
      return [];
    }
  const done = new Set(notes.map(({ index }) => index));
  for (const row of batch.rows) {
    if (done.has(row.index)) continue;
    const note = await doAlone(work, row);
    if (note) notes.push(note);
  }
  const kinds = new Map(batch.rows.map((row) => [row.index, row]));
  for (const note of notes) remember(work.made, work.plan, kinds.get(note.index) ?? { kind: "customer" }, note);
  return notes;
}
