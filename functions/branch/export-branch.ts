import { alive } from "../../shared/domain/hierarchy/customer.ts";
import { exportHead, exportLine, rowOf } from "../../shared/domain/imports/export.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { BranchListPosition } from "../../shared/store/hierarchy/lists/over-branch.ts";
import { branchThingStore } from "../../shared/store/reports/branch-things.ts";
import { branch as contracts, exportedAtMost } from "./contract.ts";

const stores = { customers: customerStore, branch: branchThingStore };

/** Answers a page of everything below a customer as lines of a CSV file, the first page with the header. Refuses a customer that is deleted. */
export async function exportBranch({
  params: { id },
  query: { limit = exportedAtMost },
  page,
  tellNext,
  deps: { customers, branch },
}: Input<typeof contracts.exportBranch, typeof stores>) {
  const position = page.position(BranchListPosition);
  const [chain, { things, next }] = await Promise.all([customers.load(id), branch.list(id, limit, position)]);
  alive(chain);
  tellNext(page.next(next));
  const rows = things.map((thing) => rowOf(thing, id, customers.now())).filter((row) => row !== null);
  return (position === null ? exportHead() : "") + rows.map(exportLine).join("");
}

export const handler = operation(contracts.exportBranch, exportBranch, stores);
