import { presentImport } from "../../shared/domain/imports/import.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { importStore } from "../../shared/store/imports/imports.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { imports as contracts } from "./contract.ts";
import { taskOf } from "./task-of.ts";

const stores = { imports: importStore, tasks: taskStore };

/** Takes in a part of a file, and starts the import with the last one that was missing. Refuses another part in the place of one that is here. */
export async function putImportPart({
  params,
  body,
  ifMatch,
  deps: { imports, tasks },
}: Input<typeof contracts.putImportPart, typeof stores>) {
  const opening = tasks.open();
  const { record, task: known } = await imports.load(params.id);
  ifMatch(presentImport(record, known).version);
  const received = imports.receive(record, params.part, body.bytes);
  if (!received) return { result: presentImport(record, known), writes: [] };
  const { task, writes } = await taskOf(received.after, tasks, await opening);
  const after = { ...received.after, taskId: task?.id ?? null };
  return {
    result: presentImport({ ...after, version: record.version + 1 }, task),
    writes: [...imports.save(record, after, received.pieces), ...writes],
  };
}

export const handler = operation(contracts.putImportPart, putImportPart, stores);
