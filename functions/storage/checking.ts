import { type CustomerRecord, deletedIn } from "../../shared/domain/hierarchy/customer.ts";
import { dayMs } from "../../shared/domain/terms/trial.ts";
import { manifestIn, manifestKey } from "../../shared/domain/storage/manifest.ts";
import { differencesOf, type Evidence, isChecked } from "../../shared/domain/storage/residency.ts";
import type { VaultPlace } from "../../shared/domain/hierarchy/vault.ts";
import type { Failing } from "../../shared/http/jobs/isolation.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { readObject, regionOfBucket, tried } from "../../shared/runtime/object-storage.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { checkDevices, checkWrites } from "../../shared/store/storage/checks.ts";
import { readCheck } from "../../shared/store/storage/residency.ts";
import type { Database } from "../../shared/store/table/database.ts";
import { residencyKey } from "../../shared/store/table/keys.ts";
import type { DueTimer } from "../../shared/store/table/sweep.ts";
import { settle } from "../../shared/store/table/settle.ts";
import { timerPut } from "../../shared/store/table/timers.ts";

type Deps = Pick<JobDeps, "author" | "clock" | "context" | "env" | "logger" | "open">;

/** When a vault is looked at again whose storage did not answer, and one whose customer is deleted and may come back. */
const laterMs = 60 * 60_000;
const deletedMs = 24 * 60 * 60_000;

/** For how long nobody may know where the data of a customer lie before the operator's alarm rings: a check that was missed, and a day. */
const unknownMs = 2 * dayMs;
/** When a vault was last known to be where it should be, or not: its last check, or when it got ready. Milliseconds since the epoch. */
async function knownUntil(db: Database, { id, vaultReadyAt, createdAt }: CustomerRecord): Promise<number> {
  const check = readCheck(await db.get(residencyKey(id)));
  return Date.parse(check?.checkedAt ?? vaultReadyAt ?? createdAt);
}

export const notChecked = ({ ownerPk }: DueTimer): Failing => ({
  level: "warn",
  message: "vault not checked",
  about: { customerId: ownerPk },
});

/** Asks the storage about vaults. That a bucket does not move is known for the length of a run. */
export function asking({ env }: Pick<Deps, "env">) {
  const regions = new Map<string, Promise<string>>();
  return async (vault: VaultPlace): Promise<Evidence> => {
    const { region, bucket, location } = vault;
    const at = { region, bucket, endpoint: env.STORAGE_LOCATIONS[location]?.endpoint };
    // By what was asked: a record that is wrong about the region says nothing about others that are not.
    const asked = `${bucket} ${region}`;
    const known = regions.get(asked) ?? regionOfBucket(at);
    regions.set(asked, known);
    const [bucketRegion, text] = await Promise.all([known, readObject(at, manifestKey(vault))]);
    return { bucketRegion, manifest: text === null ? null : (manifestIn(text) ?? "unreadable") };
  };
}

/** Compares what the record, the storage and the devices say of one customer's vault. Safe to repeat, and to end at any point: the timer goes last. */
export async function checkResidencyOf(
  deps: Deps,
  { ownerPk: id, key, at }: DueTimer,
  ask: (vault: VaultPlace) => Promise<Evidence>,
): Promise<"consistent" | "different" | "later" | "void"> {
  const { open, clock, logger } = deps;
  const db = open();
  const chain = await readChain(db, id);
  const now = clock();
  const putOff = (ms: number) => settle(db, [timerPut(id, "residency", new Date(now + ms).toISOString())]);
  const vault = chain && isChecked(chain) ? chain[0].vault : null;
  if (!chain || !vault) {
    await settle(db, [{ kind: "delete", key, when: [{ attribute: "at", is: at }] }]);
    return "void";
  }
  if (deletedIn(chain)) {
    await putOff(deletedMs);
    return "later";
  }
  const made = await tried(() => ask(vault));
  if (made.failure !== null && made.failure !== "bucket_missing" && made.failure !== "bucket_elsewhere") {
    const about = { customerId: id, bucket: vault.bucket, problem: made.failure, detail: made.detail };
    if (now - (await knownUntil(db, chain[0])) < unknownMs) logger.warn("vault not checked", about);
    else logger.error("vault in trouble", about);
    await putOff(laterMs);
    return "later";
  }
  const evidence = made.failure === null ? made.value : { bucketRegion: null, manifest: null };
  const own = differencesOf(chain, evidence);
  const ofDevices = await checkDevices(open, chain, own.length > 0, new Date(now).toISOString());
  const differences = [...own, ...ofDevices];
  const context = { ...deps.context, ...deps.author, db };
  await settle(db, await checkWrites(context, chain, differences, own.length > 0));
  if (differences.length === 0) return "consistent";
  // The operator's alarm listens for this line, every day for as long as it is so.
  logger.error("vault in trouble", { customerId: id, bucket: vault.bucket, problem: "residency", differences });
  return "different";
}
