import { presentMigration } from "../../shared/domain/storage/seed-migration.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { seedMigrationStore } from "../../shared/store/storage/seed-migrations.ts";
import { migrations as contracts } from "./contract.ts";

const stores = { migrations: seedMigrationStore };

/** Returns a seed migration of the caller's branch. */
export async function getSeedMigration({
  params,
  deps: { migrations },
}: Input<typeof contracts.getSeedMigration, typeof stores>) {
  const { migration, chain } = await migrations.load(params.id, false);
  return presentMigration(migration, chain, migrations.scopeId);
}

export const handler = operation(contracts.getSeedMigration, getSeedMigration, stores);
