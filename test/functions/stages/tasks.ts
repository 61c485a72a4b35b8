import { jobs } from "../../../functions/jobs.ts";
import { matchesAny } from "../../../shared/http/jobs/filter.ts";
import type { TableRecord } from "../../fleet/table-stream.ts";
import type { TestApi } from "../../support/api.ts";

const file = "functions/stream/run-tasks.ts";
const importsFile = "functions/stream/run-imports.ts";

/** The records that begin a turn of work at an import. */
export const importWakes = (records: readonly TableRecord[]): TableRecord[] =>
  records.filter((record) => matchesAny(jobs.runImports.filters, record));

/** Brings all imports to their end that the stream tells of, turn by turn. */
export async function endImports(api: TestApi, stream: { next: () => Promise<TableRecord[]> }): Promise<void> {
  for (let records = importWakes(await stream.next()); records.length > 0; records = importWakes(await stream.next()))
    for (const record of records) await api.invoke(importsFile, { Records: [structuredClone(record)] });
}

/** The records that begin a turn of work at a task. */
export const wakes = (records: readonly TableRecord[]): TableRecord[] =>
  records.filter((record) => matchesAny(jobs.runTasks.filters, record));

/** Brings records of the stream to those who work at tasks, one after the other. */
export async function workAt(api: TestApi, records: readonly TableRecord[]): Promise<void> {
  for (const record of wakes(records)) await api.invoke(file, { Records: [structuredClone(record)] });
}

/** Brings all tasks to their end that the stream tells of, turn by turn. */
export async function endTasks(api: TestApi, stream: { next: () => Promise<TableRecord[]> }): Promise<void> {
  for (let records = wakes(await stream.next()); records.length > 0; records = wakes(await stream.next()))
    await workAt(api, records);
}
