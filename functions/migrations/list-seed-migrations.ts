import * as z from "zod";
import { presentMigration } from "../../shared/domain/storage/seed-migration.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { seedMigrationStore } from "../../shared/store/storage/seed-migrations.ts";
import { migrations as contracts } from "./contract.ts";

const stores = { migrations: seedMigrationStore };

/** Lists the seed migrations of a customer's data, oldest first. */
export async function listSeedMigrations({
  branchId,
  page,
  deps: { migrations },
}: Input<typeof contracts.listSeedMigrations, typeof stores>) {
  const found = await migrations.list(branchId, page.limit, page.position(z.string()));
  return {
    items: found.migrations.map((one) => presentMigration(one, found.chain, migrations.scopeId)),
    nextCursor: page.next(found.next),
  };
}

export const handler = operation(contracts.listSeedMigrations, listSeedMigrations, stores);
