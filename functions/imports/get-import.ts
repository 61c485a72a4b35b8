import { presentImport } from "../../shared/domain/imports/import.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { importStore } from "../../shared/store/imports/imports.ts";
import { imports as contracts } from "./contract.ts";

const stores = { imports: importStore };

/** Returns an import of the caller's branch, with how far it has come. */
export async function getImport({ params, deps: { imports } }: Input<typeof contracts.getImport, typeof stores>) {
  const { record, task } = await imports.load(params.id);
  return presentImport(record, task);
}

export const handler = operation(contracts.getImport, getImport, stores);
