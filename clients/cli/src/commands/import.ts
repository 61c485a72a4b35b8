import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { pages, parts, type Schemas } from "@tenantry/client";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { optionalCustomer } from "../input/find-customer.ts";
import { orDash } from "../output/format.ts";
import { lineWidth } from "../output/output.ts";
import { progressBar } from "../output/progress.ts";
import { type Column, table } from "../output/table.ts";
import { changeQuery, changing, openSession, type Session } from "../session.ts";

type Import = Schemas["Import"];
type ImportRow = Schemas["ImportRow"];

/** So much of a file is one part. */
const partBytes = 3 * 1024 * 1024;
const pauseMs = 500;
/** Refused rows that are shown; the result has them all. */
const shownAtMost = 20;

interface Options {
  into?: string;
  result?: string;
  wait: boolean;
}

const columns: readonly Column<ImportRow>[] = [
  { title: "Line", value: ({ line }) => String(line) },
  { title: "What", value: ({ kind }) => orDash(kind) },
  { title: "Reference", value: ({ externalRef }) => orDash(externalRef), cut: true },
  {
    title: "Problem",
    value: ({ errors, message }) =>
      errors.length > 0
        ? errors.map(({ path, message: text }) => (path === "" ? text : `${path} ${text}`)).join("; ")
        : orDash(message),
  },
];

function contentOf(file: string): Buffer<ArrayBuffer> {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${error instanceof Error ? error.message : ""}`, exitCodes.usage);
  }
}

/** Sends a file, in parts where it is large. */
async function send(session: Session, content: Buffer<ArrayBuffer>, customerId: string | undefined): Promise<Import> {
  const { tenantry } = session;
  const count = Math.max(1, Math.ceil(content.length / partBytes));
  const partOf = (nth: number): Buffer<ArrayBuffer> => content.subarray(nth * partBytes, (nth + 1) * partBytes);
  const query = {
    ...changeQuery(session),
    ...(count > 1 && { parts: count }),
    ...(customerId !== undefined && { customerId }),
  };
  let sent = await tenantry.createImport({ query, body: partOf(0) });
  for (let nth = 1; nth < count; nth += 1)
    sent = await tenantry.putImportPart({ params: { id: sent.id, part: nth + 1 }, body: partOf(nth) });
  return sent;
}

/** Waits for the end of an import, and shows how far it is. */
async function ended({ tenantry, output }: Session, { id }: Import, name: string): Promise<Import> {
  const progress = progressBar(name, output.json);
  for (;;) {
    const found = await tenantry.getImport({ params: { id } });
    progress.show(found.progress.done, found.progress.total);
    if (found.endedAt !== null) {
      progress.end();
      return found;
    }
    await sleep(pauseMs);
  }
}

/** The first of the rows that were refused. */
async function refusedRows({ tenantry }: Session, { id }: Import): Promise<ImportRow[]> {
  const rows: ImportRow[] = [];
  for await (const row of pages(tenantry.listImportRows, { params: { id }, query: { status: "failed", limit: 50 } })) {
    rows.push(row);
    if (rows.length === shownAtMost) break;
  }
  return rows;
}

/** What became of the rows, in a sentence. */
function summary({ dryRun, counts, progress, error }: Import): string {
  if (progress.total === null) return error?.message ?? "The file was not read.";
  const { created, updated, unchanged, failed } = counts;
  const left = progress.total - progress.done;
  const parts = [`${created} created`, `${updated} updated`, `${unchanged} unchanged`, `${failed} refused`];
  const rest = left > 0 ? `, ${left} not done` : "";
  return `${dryRun ? "Dry run, nothing was changed. It would be: " : ""}${parts.join(", ")}${rest}.`;
}

async function importFile(file: string, { into, result, wait }: Options, command: Command): Promise<void> {
  const session = openSession(command);
  const { tenantry, output } = session;
  const sent = await send(session, contentOf(file), await optionalCustomer(session, into));
  if (!wait) return output.either(sent, () => `${sent.id}\n`);
  const done = await ended(session, sent, basename(file));
  if (result !== undefined) {
    const text: string[] = [];
    for await (const part of parts(tenantry.exportImportRows, { params: { id: done.id } })) text.push(part);
    await writeFile(result, `\ufeff${text.join("").replace(/^\ufeff/, "")}`);
  }
  const refused = done.counts.failed > 0 && !output.json ? await refusedRows(session, done) : [];
  output.either(done, () => `${summary(done)}\n`);
  if (refused.length > 0) process.stderr.write(table(refused, columns, lineWidth()));
  const { failed } = done.counts;
  const more = failed - refused.length;
  if (more > 0 && !output.json)
    output.note(`and ${more} more; --result <file> writes all rows with what became of them`);
  if (done.status !== "succeeded") process.exitCode = exitCodes.refused;
}

/** `tenantry import`: customers, accounts and devices from a file. */
export function addImport(program: Command): void {
  changing(
    program
      .command("import")
      .description("import customers, accounts and devices from a CSV file or JSON lines")
      .argument("<file>", "the file; - reads stdin"),
  )
    .option("--into <customer>", "the customer to import into, by id or name (yours)")
    .option("--result <file>", "write the rows with what became of each, as CSV")
    .option("--no-wait", "do not wait for its end, and print the id of the import")
    .action(importFile);
}
