import { type Input, operation } from "../../shared/http/operation.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { deletions as contracts } from "./contract.ts";

const stores = { deletions: deletionStore };

/** Answers what was deleted, by whom, and what became of it. */
export async function getDeletion({ params, deps: { deletions } }: Input<typeof contracts.getDeletion, typeof stores>) {
  const { deletion, shown } = await deletions.load(params.id);
  return shown(deletion);
}

export const handler = operation(contracts.getDeletion, getDeletion, stores);
