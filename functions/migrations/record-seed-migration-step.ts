import { advanceMigration, presentMigration } from "../../shared/domain/storage/seed-migration.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { seedMigrationStore } from "../../shared/store/storage/seed-migrations.ts";
import { migrations as contracts } from "./contract.ts";

const stores = { migrations: seedMigrationStore };

/** Records the next step of a seed migration; `switched` chooses the new server for the customer. Refuses a step that is not the next. */
export async function recordSeedMigrationStep({
  params,
  body: { state, note = null },
  ifMatch,
  deps: { migrations },
}: Input<typeof contracts.recordSeedMigrationStep, typeof stores>) {
  const { migration: before, chain } = await migrations.load(params.id, true);
  ifMatch(before.version);
  const at = new Date(migrations.now()).toISOString();
  const after = advanceMigration(before, state, chain, { at, by: migrations.caller, note });
  const [{ id, level, name, storageServer }] = chain;
  const changes = [
    { path: "seedMigration.state", before: before.state, after: state },
    ...(state === "switched"
      ? [{ path: "storageServerId", before: storageServer?.id ?? null, after: after.to.id }]
      : []),
  ];
  return {
    result: presentMigration(after, chain, migrations.scopeId),
    writes: [
      ...(await migrations.advance(before, after, chain)),
      migrations.log(chain, {
        type: state === "cancelled" ? "SeedMigrationCancelled" : "SeedMigrationAdvanced",
        node: { id, level, name },
        changes,
      }),
    ],
  };
}

export const handler = operation(contracts.recordSeedMigrationStep, recordSeedMigrationStep, stores);
