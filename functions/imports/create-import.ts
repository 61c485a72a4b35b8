import { type FileFormat, presentImport } from "../../shared/domain/imports/import.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import type { FileBody } from "../../shared/http/parse.ts";
import { importStore } from "../../shared/store/imports/imports.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { imports as contracts } from "./contract.ts";
import { openFile, seemsJson } from "../../shared/store/imports/reading.ts";
import { taskOf } from "./task-of.ts";

const stores = { imports: importStore, tasks: taskStore };

const formats: Readonly<Record<string, FileFormat>> = { "text/csv": "csv", "application/x-ndjson": "jsonl" };

/** What stands in place of letters that were no UTF-8. */
const replaced = Buffer.from("\ufffd");

/** @throws DomainError invalid_request where a file was spoiled on its way */
function refuseSpoiled({ type, bytes }: FileBody): void {
  if (type !== "application/octet-stream" && Buffer.from(bytes).includes(replaced))
    throw refuse(
      "invalid_request",
      "",
      `The file is not UTF-8, and as ${type} its letters are lost on the way; send it as application/octet-stream.`,
    );
}

/**
 * Takes in a file, or its first part, and starts the task that imports it once it is whole. Refuses a file that cannot be read at all; what its rows
 * say is found out by the task.
 */
export async function createImport({
  query: { dryRun, parts = 1 },
  body,
  branchId,
  deps: { imports, tasks },
}: Input<typeof contracts.createImport, typeof stores>) {
  const opening = tasks.open();
  refuseSpoiled(body);
  await imports.checkTarget(branchId);
  const format = formats[body.type] ?? (seemsJson(body.bytes) ? "jsonl" : "csv");
  // The first of several parts may end within a letter, so it is looked at once all are here.
  const opened = parts === 1 ? await openFile(body.bytes, format) : null;
  if (opened && "problem" in opened) throw new DomainError("file_unreadable", opened.problem);
  const record = imports.make(branchId, dryRun === "true", parts, format);
  const received = imports.receive(record, 1, body.bytes);
  if (!received) throw new Error("A new import has no parts yet.");
  const { task, writes } = await taskOf(received.after, tasks, await opening);
  const after = { ...received.after, taskId: task?.id ?? null };
  return {
    result: presentImport(after, task),
    writes: [...imports.insert(after, received.pieces), ...writes],
  };
}

export const handler = operation(contracts.createImport, createImport, stores);
