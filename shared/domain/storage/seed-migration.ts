import * as z from "zod";
import type { Chain, CustomerRecord } from "../hierarchy/customer.ts";
import { effectiveServer } from "../hierarchy/effective-server.ts";
import { type ServerCount, ServerRef } from "../hierarchy/own-storage.ts";
import { type Decider, isSeen } from "../hierarchy/vault.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, SeedMigrationId, StorageServerId } from "../terms/ids.ts";
import { prose } from "../terms/text.ts";
import { refuseCloud } from "./storage-server.ts";

/** The steps of a seed migration in their order (L8); it may be cancelled before the devices are switched. */
const order = ["requested", "seeding", "shipped", "imported", "switched", "done"] as const;

export const SeedMigrationState = z.enum([...order, "cancelled"]).meta({
  id: "SeedMigrationState",
  description:
    "requested; seeding: the data are being copied to a disk; shipped: the disk is on its way; imported: the data are on the new server; switched: devices store there from their next admission on; done: the old server is no longer needed; cancelled",
});
export type SeedMigrationState = z.infer<typeof SeedMigrationState>;

const note = prose(500).meta({ description: "For the people who do it: the number of a parcel, for instance" });

export const SeedMigrationInput = z
  .strictObject({
    customerId: CustomerId.meta({
      description: "Whose data are moved, with those of all below it that have chosen no server themselves",
    }),
    toServerId: StorageServerId.meta({ description: "A server of the customer or of a level above" }),
    note: note.nullish(),
  })
  .meta({ id: "SeedMigrationInput" });

export const SeedMigrationStepInput = z
  .strictObject({ state: SeedMigrationState.exclude(["requested"]), note: note.nullish() })
  .meta({ id: "SeedMigrationStepInput" });

const Step = z.object({
  state: SeedMigrationState,
  at: z.string(),
  by: z
    .object({ kind: z.string(), id: z.string().nullable() })
    .meta({ description: "id null: somebody above the caller's branch, or of one that the customer has left" }),
  note: z.string().nullable(),
});

/** A seed migration as it is stored. */
export const SeedMigrationRecord = z.object({
  id: SeedMigrationId,
  version: z.int(),
  customerId: CustomerId,
  from: ServerRef,
  to: ServerRef,
  state: SeedMigrationState,
  steps: z.array(Step.extend({ scopeId: z.string() })),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type SeedMigrationRecord = z.infer<typeof SeedMigrationRecord>;

/** A seed migration as the API shows it. */
export const SeedMigration = z
  .object({
    id: SeedMigrationId,
    version: z.int(),
    customerId: CustomerId,
    fromServerId: StorageServerId,
    toServerId: StorageServerId,
    state: SeedMigrationState,
    nextStates: z.array(SeedMigrationState).meta({ description: "What can be recorded next; none: it has ended" }),
    steps: z.array(Step).meta({ description: "What was done when and by whom, the first one first" }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "SeedMigration" });
export type SeedMigration = z.infer<typeof SeedMigration>;

/** What can be recorded after a state. */
export function nextStates(state: SeedMigrationState): SeedMigrationState[] {
  if (state === "cancelled" || state === "done") return [];
  const following = order[order.indexOf(state) + 1];
  return [...(following ? [following] : []), ...(state === "switched" ? [] : (["cancelled"] as const))];
}

/** How much more or less a migration that has not ended counts at its servers. */
export const openMigrations = (servers: readonly ServerRef[], by: 1 | -1): ServerCount[] =>
  servers.map((server) => ({ server, add: { openMigrations: by } }));

export const hasEnded = (state: SeedMigrationState): boolean => nextStates(state).length === 0;

/**
 * A seed migration as its caller may see it: who took a step is told by kind alone where it was somebody above the caller's branch,
 * or of one that the customer has left.
 * @param chain its customer's, nearest first
 */
export function presentMigration(
  { from, to, steps, ...record }: SeedMigrationRecord,
  chain: Chain,
  scopeId: string,
): SeedMigration {
  return {
    ...record,
    fromServerId: from.id,
    toServerId: to.id,
    nextStates: nextStates(record.state),
    steps: steps.map(({ scopeId: of, by, ...step }) => ({
      ...step,
      by: { kind: by.kind, id: isSeen(chain, scopeId, of) ? by.id : null },
    })),
  };
}

/** Who does something when, and what is to be said of it. */
interface Doing {
  at: string;
  by: Decider;
  note: string | null;
}

const stepOf = (state: SeedMigrationState, { at, by: { kind, id, scopeId }, note: said }: Doing) => ({
  state,
  at,
  by: { kind, id },
  scopeId,
  note: said,
});

/** @throws DomainError migration_open while a migration of the customer's data has not ended */
export function refuseOpenMigration({ seedMigrationId }: CustomerRecord): void {
  if (seedMigrationId !== null)
    throw new DomainError(
      "migration_open",
      `The customer's data are being moved to another server by ${seedMigrationId}; record its last step or cancel it first.`,
    );
}

/**
 * A new migration of the data of the first of a chain, which brings its own storage.
 * @throws DomainError migration_open | storage_server_required | not_applicable
 */
export function newMigration(id: string, chain: Chain, to: ServerRef, doing: Doing): SeedMigrationRecord {
  const [customer] = chain;
  refuseOpenMigration(customer);
  const from = effectiveServer(chain);
  if (from === null)
    throw new DomainError(
      "storage_server_required",
      "No storage server is chosen for the customer, so there is none to move its data from.",
    );
  if (from.id === to.id) {
    const message = "is the server that the customer's data lie on";
    throw new DomainError("not_applicable", `${to.id} ${message}.`, [
      { path: "toServerId", message, code: "not_applicable" },
    ]);
  }
  return {
    id,
    version: 1,
    customerId: customer.id,
    from: { id: from.id, customerId: from.customerId },
    to,
    state: "requested",
    steps: [stepOf("requested", doing)],
    createdAt: doing.at,
    updatedAt: doing.at,
  };
}

/**
 * A migration after its next step.
 * @param chain its customer's, nearest first
 * @throws DomainError migration_step_not_next | migration_outdated | not_available_for_cloud_storage
 */
export function advanceMigration(
  before: SeedMigrationRecord,
  state: SeedMigrationState,
  chain: Chain,
  doing: Doing,
): SeedMigrationRecord {
  const possible = nextStates(before.state);
  if (!possible.includes(state))
    throw new DomainError(
      "migration_step_not_next",
      possible.length === 0
        ? `The migration has ended: it is ${before.state}.`
        : `The migration is ${before.state}; it can become ${possible.join(" or ")}.`,
    );
  if (state !== "cancelled" && state !== "done") refuseCloud(chain);
  if (state === "switched") refuseOutdated(before, chain);
  return {
    ...before,
    version: before.version + 1,
    state,
    steps: [...before.steps, stepOf(state, doing)],
    updatedAt: doing.at,
  };
}

/** Devices are only switched from the server that the data were copied from, to one that the customer may choose. */
function refuseOutdated({ from, to }: SeedMigrationRecord, chain: Chain): void {
  const now = effectiveServer(chain)?.id ?? null;
  if (now !== from.id)
    throw new DomainError(
      "migration_outdated",
      `The customer's data were copied from ${from.id}, and its devices now store ${now === null ? "on no server" : `on ${now}`}. Cancel this migration and request another one.`,
    );
  if (!chain.some(({ id }) => id === to.customerId))
    throw new DomainError(
      "migration_outdated",
      `${to.id} is no longer a server of the customer or of a level above. Cancel this migration and request another one.`,
    );
}
