import { publicOperation } from "../../shared/http/public-operation.ts";
import type { Database } from "../../shared/store/table/database.ts";
import { providerKey } from "../../shared/store/table/keys.ts";
import { meta as contracts } from "./contract.ts";

/** Answers once the table can be read. */
export async function health({ db }: { db: Database }) {
  await db.get(providerKey);
  return { status: "ok" as const };
}

export const handler = publicOperation(contracts.health, health);
