import {
  failedAfter,
  manifestIn,
  manifestKey,
  manifestOf,
  saysTheSame,
  type VaultProblem,
} from "../../shared/domain/storage/manifest.ts";
import type { Failing } from "../../shared/http/jobs/isolation.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { createObject, readObject, tried } from "../../shared/runtime/object-storage.ts";
import { type OnOrder, vaultNotReady, vaultReady } from "../../shared/store/storage/vaults.ts";
import { settle } from "../../shared/store/table/settle.ts";

/** What the log says where not even the attempt could be recorded. The order's timer brings it again. */
export const notProvisioned = ({ id }: Pick<OnOrder, "id">): Failing => ({
  level: "warn",
  message: "vault not recorded",
  about: { customerId: id },
});

/** Vaults that are provisioned side by side. */
export const sideBySide = 16;

type Deps = Pick<JobDeps, "clock" | "env" | "ids" | "logger" | "open">;

/** Puts the manifest where none is; where one is, it must be of this very vault. Safe to repeat: it comes to the same. */
async function putManifest({ env }: Deps, { id, vault, vaultOrderedAt }: OnOrder): Promise<VaultProblem | null> {
  const { region, bucket, location } = vault;
  const at = { region, bucket, endpoint: env.STORAGE_LOCATIONS[location]?.endpoint };
  const wanted = manifestOf(id, vault, vaultOrderedAt, env.STAGE);
  if (await createObject(at, manifestKey(vault), JSON.stringify(wanted))) return null;
  const text = await readObject(at, manifestKey(vault));
  // Removed in between: the next attempt writes it.
  if (text === null) return "storage_error";
  const found = manifestIn(text);
  return found && saysTheSame(found, wanted) ? null : "manifest_differs";
}

/**
 * Provisions the vault of a customer: its manifest, and then its record, on the condition that the order still stands. What stood in the way is
 * in the record, and the next attempt has a timer.
 * @returns left: somebody else came first, or the order stands no more
 */
export async function provisionVault(deps: Deps, record: OnOrder): Promise<"ready" | "later" | "left"> {
  const { open, clock, ids, logger } = deps;
  const made = await tried(() => putManifest(deps, record));
  const problem = made.failure ?? made.value;
  const now = clock();
  const writes =
    problem === null ? vaultReady(record, now, ids.random()) : vaultNotReady(record, problem, now, ids.random());
  if (!(await settle(open(), writes))) return "left";
  if (problem === null) return "ready";
  const { id, vault, vaultAttempts } = record;
  const attempts = vaultAttempts + 1;
  const detail = made.failure === null ? undefined : made.detail;
  const about = { customerId: id, bucket: vault.bucket, problem, attempts, detail };
  // The operator's alarm listens for the second of these lines.
  if (attempts < failedAfter) logger.warn("vault not yet provisioned", about);
  else logger.error("vault in trouble", about);
  return "later";
}
