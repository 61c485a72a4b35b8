import { createDynamoClient } from "../../../shared/runtime/dynamo.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { type Database, openDatabase } from "../../../shared/store/table/database.ts";
import type { StoreContext } from "../../../shared/store/hierarchy/scope.ts";
import { createMeter, type Meter } from "../../../shared/store/table/units.ts";
import { storagePlan } from "../../support/storage-plan.ts";
import { createTestTable, type TestTable } from "../../support/dynamo.ts";

/** A table of its own, seen through the store. */
export interface StoreStage {
  table: TestTable;
  client: ReturnType<typeof createDynamoClient>;
  /** The table as a new request sees it. */
  open: (meter?: Meter) => Database;
}

export async function openStore(): Promise<StoreStage> {
  const table = await createTestTable();
  Object.assign(process.env, {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: table.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: table.credentials.secretAccessKey,
  });
  const client = createDynamoClient(table.endpoint);
  return { table, client, open: (meter = createMeter()) => openDatabase(client, table.tableName, meter) };
}

const ids = createIdSource();

/** A request of somebody whose branch begins at `scopeId`. */
export const contextOf = (db: Database, scopeId: string): StoreContext => ({
  db,
  caller: {
    kind: "apiKey",
    id: ids.id("apiKey", Date.now()),
    role: "admin",
    scopeId,
    scopeAncestors: [],
    createdBy: null,
  },
  requestId: "req_test",
  now: Date.now,
  id: (kind) => ids.id(kind, Date.now()),
  random: Math.random,
  secret: () => ids.secret(),
  sendsMail: true,
  publicUrl: "",
  storage: storagePlan,
});
