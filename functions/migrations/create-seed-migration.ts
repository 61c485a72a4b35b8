import { newMigration, presentMigration } from "../../shared/domain/storage/seed-migration.ts";
import { refuseCloud } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { seedMigrationStore } from "../../shared/store/storage/seed-migrations.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { migrations as contracts } from "./contract.ts";

const stores = { migrations: seedMigrationStore, servers: serverStore };

/** Requests that a customer's data are moved to another storage server. Refuses a server that is not its own or of a level above. */
export async function createSeedMigration({
  body: { customerId, toServerId, note = null },
  deps: { migrations, servers },
}: Input<typeof contracts.createSeedMigration, typeof stores>) {
  const chain = await migrations.loadOwner(customerId);
  refuseCloud(chain);
  const to = await servers.find(chain, toServerId);
  const at = new Date(migrations.now()).toISOString();
  const migration = newMigration(
    migrations.newId(),
    chain,
    { id: to.id, customerId: to.customerId },
    { at, by: migrations.caller, note },
  );
  const [{ id, level, name }] = chain;
  const changes = [
    { path: "seedMigration.state", before: null, after: migration.state },
    { path: "seedMigration.serverId", before: migration.from.id, after: to.id },
  ];
  return {
    result: presentMigration(migration, chain, migrations.scopeId),
    writes: [
      ...(await migrations.insert(migration, chain)),
      migrations.log(chain, { type: "SeedMigrationRequested", node: { id, level, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.createSeedMigration, createSeedMigration, stores);
