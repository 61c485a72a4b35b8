import * as z from "zod";
import { openStatus } from "../../shared/domain/imports/import.ts";
import { showRow } from "../../shared/domain/imports/rows.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { importStore } from "../../shared/store/imports/imports.ts";
import { imports as contracts } from "./contract.ts";
import { readerOf } from "../../shared/store/imports/file.ts";
import { readNumbered } from "../../shared/store/imports/outline.ts";

const stores = { imports: importStore };

/** Lists the rows of an import in the order of its file, each with what became of it. */
export async function listImportRows({
  params,
  query,
  page,
  deps: { imports },
}: Input<typeof contracts.listImportRows, typeof stores>) {
  const from = page.position(z.int()) ?? 0;
  const { record, task } = await imports.load(params.id);
  const { found, next } = await imports.rows(record, { from, limit: page.limit, failed: query.status === "failed" });
  const reader = readerOf(record);
  const open = openStatus(task);
  return {
    items: found.map(({ index, row, note }) => {
      const [line, cells] = row;
      const { kind, ref } = readNumbered(reader, index, row);
      return {
        line,
        kind: cells === null ? null : kind,
        externalRef: ref,
        status: note?.outcome ?? open,
        id: note?.id ?? null,
        code: note?.code ?? null,
        message: note?.message ?? null,
        errors: note?.errors ?? [],
        row: cells === null ? {} : showRow(reader, cells),
      };
    }),
    nextCursor: page.next(next),
  };
}

export const handler = operation(contracts.listImportRows, listImportRows, stores);
