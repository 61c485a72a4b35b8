import * as z from "zod";
import {
  SeedMigration,
  SeedMigrationInput,
  SeedMigrationStepInput,
} from "../../shared/domain/storage/seed-migration.ts";
import { CustomerId, SeedMigrationId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: SeedMigrationId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const migrations = defineArea("migrations", {
  createSeedMigration: {
    route: "POST /v1/seed-migrations",
    summary: "Request a seed migration",
    description:
      "Requests that the data of a software-only customer are moved to another storage server by disk. A customer has one migration at a time, and chooses no other server before it has ended.\n\nWho copies and ships the data records each step.",
    permission: "customers:write",
    branch: "body.customerId",
    query: ChangeQuery,
    body: SeedMigrationInput,
    success: { status: 201, body: SeedMigration },
    errors: ["not_available_for_cloud_storage", "storage_server_required", "migration_open", "not_applicable"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  listSeedMigrations: {
    route: "GET /v1/seed-migrations",
    summary: "List seed migrations",
    description: "Lists the seed migrations of a customer's data, oldest first, also those that have ended.",
    permission: "branch:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
    }),
    success: { status: 200, body: pageOf(SeedMigration) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getSeedMigration: {
    route: "GET /v1/seed-migrations/{id}",
    summary: "Get a seed migration",
    description: "Returns a seed migration with its steps: what was done when and by whom, and what comes next.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: SeedMigration },
    errors: [],
    grants: read,
  },
  recordSeedMigrationStep: {
    route: "POST /v1/seed-migrations/{id}/steps",
    summary: "Record a step of a seed migration",
    description:
      "Records the next step: `seeding`, `shipped`, `imported`, `switched`, `done`, one after the other, or `cancelled` before the devices are switched.\n\n`switched` chooses the new server for the customer. Each device hears of it with its next leave to back up, and goes on incrementally: its prefix and its backup sets stay.",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: SeedMigrationStepInput,
    success: { status: 200, body: SeedMigration },
    errors: ["not_available_for_cloud_storage", "migration_step_not_next", "migration_outdated", "precondition_failed"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
});
