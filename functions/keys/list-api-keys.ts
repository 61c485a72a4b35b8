import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { apiKeyStore } from "../../shared/store/access/api-keys.ts";
import { keys as contracts } from "./contract.ts";
import { presentApiKey } from "./presentation.ts";

const stores = { keys: apiKeyStore };

/** Lists the API keys of one customer, oldest first, the expired and revoked ones too. */
export async function listApiKeys({
  branchId,
  caller,
  page,
  deps: { keys },
}: Input<typeof contracts.listApiKeys, typeof stores>) {
  const { records, next } = await keys.list(branchId, page.limit, page.position(z.string()));
  return { items: records.map((record) => presentApiKey(record, caller, keys.now())), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listApiKeys, listApiKeys, stores);
