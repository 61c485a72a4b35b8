import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parts } from "@tenantry/client";
import type { Command } from "commander";
import { type CustomerOptions, findCustomer, namingCustomer, ownCustomer } from "../input/find-customer.ts";
import { openSession, type Session } from "../session.ts";

/** The whole file, with the mark by which spreadsheets know its letters: whoever reads an answer as text does not get it. */
async function* fileOf({ tenantry }: Session, id: string): AsyncGenerator<string> {
  yield "\ufeff";
  yield* parts(tenantry.exportBranch, { params: { id } });
}

async function exportBranch(customer: string | undefined, options: CustomerOptions, command: Command): Promise<void> {
  const session = openSession(command);
  const id = await findCustomer(session, customer, options, ownCustomer);
  await pipeline(Readable.from(fileOf(session, id)), process.stdout, { end: false });
}

/** `tenantry export`: a branch as a CSV file. */
export function addExport(program: Command): void {
  const about = "print all customers, accounts and devices below a customer as CSV, which can be imported elsewhere";
  namingCustomer(program.command("export").description(about), "id or name (yours)").action(exportBranch);
}
