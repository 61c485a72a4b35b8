import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { apiKeyStore } from "../../shared/store/access/api-keys.ts";
import { branchKeyStore } from "../../shared/store/access/branch-lists.ts";
import { BranchListPosition } from "../../shared/store/hierarchy/lists/over-branch.ts";
import { keys as contracts } from "./contract.ts";
import { presentApiKey } from "./presentation.ts";

const stores = { keys: apiKeyStore, below: branchKeyStore };

/** Lists the API keys of one customer, or of its whole branch, oldest first, the expired and revoked ones too. */
export async function listApiKeys({
  branchId,
  query,
  caller,
  page,
  deps: { keys, below },
}: Input<typeof contracts.listApiKeys, typeof stores>) {
  const { records, next } = query.branch
    ? await below.list(branchId, page.limit, page.position(BranchListPosition))
    : await keys.list(branchId, page.limit, page.position(z.string()));
  return { items: records.map((record) => presentApiKey(record, caller, keys.now())), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listApiKeys, listApiKeys, stores);
