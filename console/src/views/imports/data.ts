import { queryOptions, useQuery } from "@tanstack/react-query";
import { type Output, parts } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";

export type Import = Output<"getImport">;
export type ImportRow = Output<"listImportRows">["items"][number];

const pollMs = 1500;
const partBytes = 3 * 1024 * 1024;
const partsAtMost = 24;
/** The largest file that an import takes. */
export const fileBytesAtMost = partBytes * partsAtMost;

/** Files that were sent from this page, so that what was tried can be started without choosing it again. Nothing is kept beyond the page. */
const sent = new Map<string, File>();
export const fileOf = (importId: string): File | undefined => sent.get(importId);

/** Sends a file, in parts where it is large. @param onPart is told how much of it has been sent, 0 to 1 */
export async function sendFile(
  file: File,
  { customerId, dryRun }: { customerId: string; dryRun: boolean },
  onPart: (share: number) => void,
): Promise<Import> {
  const count = Math.max(1, Math.ceil(file.size / partBytes));
  const part = (nth: number): Blob => file.slice(nth * partBytes, (nth + 1) * partBytes);
  const query = { customerId, dryRun, ...(count > 1 && { parts: count }) };
  let state = await tenantry.createImport({ query, body: part(0) });
  sent.set(state.id, file);
  onPart(1 / count);
  for (let nth = 1; nth < count; nth += 1) {
    state = await tenantry.putImportPart({ params: { id: state.id, part: nth + 1 }, body: part(nth) });
    onPart((nth + 1) / count);
  }
  return state;
}

/** One import, asked for again and again until it has ended. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["imports", "one", id],
    queryFn: ({ signal }) => tenantry.getImport({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.endedAt === null ? pollMs : false),
    staleTime: 0,
  });

/** The rows of an import, once its file has been read. */
export const useImportRows = (one: Import, onlyFailed: boolean): List<ImportRow> =>
  useList(
    ["imports", "rows", one.id, onlyFailed, one.endedAt],
    (cursor, signal) =>
      tenantry.listImportRows({
        params: { id: one.id },
        query: { limit: 100, ...(onlyFailed && { status: "failed" }), ...(cursor !== undefined && { cursor }) },
        signal,
      }),
    { enabled: one.progress.total !== null, ...(one.endedAt === null && { refetchInterval: 4000 }) },
  );

/** The imports that the caller's credentials have made into a customer, by their tasks. */
export const useRecent = (scopeId: string, targetId: string) =>
  useQuery({
    queryKey: ["imports", "recent", scopeId, targetId],
    queryFn: async ({ signal }) => {
      const { items } = await tenantry.listTasks({ query: { customerId: scopeId, limit: 100 }, signal });
      return items.filter(({ type, parameters }) => type === "import" && parameters.customerId === targetId);
    },
  });

/** A byte order mark is lost where a text is read; spreadsheets want it. */
const marked = (text: string): string => (text.startsWith("\uFEFF") ? text : `\uFEFF${text}`);

/** Everything below a customer as one CSV file. @param onRows is told how many characters there are so far */
export async function exportBranch(id: string, onPart: (length: number) => void): Promise<string> {
  const found: string[] = [];
  let length = 0;
  for await (const part of parts(tenantry.exportBranch, { params: { id }, query: { limit: 500 } })) {
    found.push(part);
    length += part.length;
    onPart(length);
  }
  return marked(found.join(""));
}

/** The rows of an import with what became of each, as one CSV file. */
export async function exportResult(id: string, onlyFailed: boolean): Promise<string> {
  const found: string[] = [];
  const query = { ...(onlyFailed && { status: "failed" as const }) };
  for await (const part of parts(tenantry.exportImportRows, { params: { id }, query })) found.push(part);
  return marked(found.join(""));
}
