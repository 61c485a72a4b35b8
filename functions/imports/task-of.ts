import { type ImportRecord, missingParts } from "../../shared/domain/imports/import.ts";
import type { TaskRecord } from "../../shared/domain/tasks/task.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import type { OpenTask, taskStore } from "../../shared/store/tasks/tasks.ts";

/**
 * The task of an import whose parts have all come, and its writes; none while parts are missing. Its rows are counted once the file has been read.
 * @throws DomainError too_many
 */
export async function taskOf(
  record: ImportRecord,
  tasks: ReturnType<typeof taskStore>,
  open: readonly OpenTask[],
): Promise<{ task: TaskRecord | null; writes: Write[] }> {
  if (missingParts(record).length > 0) return { task: null, writes: [] };
  const parameters = { importId: record.id, customerId: record.targetId, dryRun: String(record.dryRun) };
  const task = tasks.make("import", parameters, 0, open);
  return { task, writes: await tasks.insert(task, { ids: [], around: [] }) };
}
