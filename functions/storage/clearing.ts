import type { Failing } from "../../shared/http/jobs/isolation.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import {
  abortUpload,
  type Bucket,
  deleteVersions,
  type ListedVersion,
  listUploads,
  listVersions,
  retainedUntil,
  type StorageFailure,
  tried,
  type Upload,
  type Version,
} from "../../shared/runtime/object-storage.ts";
import type { VaultOrder } from "../../shared/store/life/vault-orders.ts";
import {
  clearedWrites,
  givenUpWrites,
  isInUse,
  laterWrite,
  removedWrites,
  retainedWrites,
  spared,
} from "../../shared/store/storage/removals.ts";
import { settle } from "../../shared/store/table/settle.ts";
import type { Database } from "../../shared/store/table/database.ts";

type Deps = Pick<JobDeps, "clock" | "env" | "logger" | "open">;

/** When an order is looked at again at which the storage failed, and when one of which something stays for no reason that it tells. */
const laterMs = 15 * 60_000;
const unexplainedMs = 24 * 60 * 60_000;

/** What may stay of an order: how many versions, the last one met, and until when the storage says that one stays. */
interface Staying {
  objects: number;
  until: string | null;
}
const later = (one: string | null, other: string | null): string | null => ((one ?? "") > (other ?? "") ? one : other);

const nameOf = ({ key, versionId }: Version): string => `${versionId} ${key}`;

/** Until when the newest of a page's versions stays that the storage did not let go: retention counts from when a version was written. */
async function untilOf(
  bucket: Bucket,
  versions: readonly ListedVersion[],
  stays: ReadonlySet<string>,
): Promise<string | null> {
  const [newest] = versions
    .filter((version) => stays.has(nameOf(version)))
    .toSorted((one, other) => other.writtenAt - one.writtenAt);
  return newest ? retainedUntil(bucket, newest) : null;
}

/** The device that an object belongs to, by its key. */
const deviceOf = ({ prefix }: VaultOrder, key: string): string => key.slice(prefix.length).split("/", 1)[0] ?? "";

/** Of the devices that a page of a customer's vault holds data of, those that have been moved to another customer, and keep them. */
async function sparedOn(deps: Deps, order: VaultOrder, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (order.deviceId !== null) return new Set();
  return spared(deps.open(), order.customerId, [...new Set(keys.map((key) => deviceOf(order, key)))]);
}

/** Where a listing goes on: not within the data of a device that is spared. */
function beyond(order: VaultOrder, next: Version | null, sparing: ReadonlySet<string>): Version | null {
  const device = next && deviceOf(order, next.key);
  if (device === null || !sparing.has(device)) return next;
  // The sign after the slash: the first key that does not begin with the device's prefix is behind it.
  return { key: `${order.prefix}${device}0`, versionId: "" };
}

/**
 * Removes all versions below an order's prefix, page by page: one call lists a page and one deletes it. The report counts each page once it is
 * gone. What the storage does not let go is passed over; of each page's newest one it is asked until when that stays.
 * @returns what stays; null where the turn ended first
 */
async function removeVersions(deps: Deps, bucket: Bucket, order: VaultOrder, until: number): Promise<Staying | null> {
  const staying: Staying = { objects: 0, until: null };
  let after: Version | null = null;
  do {
    if (deps.clock() >= until) return null;
    const { versions: listed, next } = await listVersions(bucket, order.prefix, after);
    const sparing = await sparedOn(
      deps,
      order,
      listed.map(({ key }) => key),
    );
    const versions = listed.filter(({ key }) => !sparing.has(deviceOf(order, key)));
    if (versions.length > 0) {
      const kept = await deleteVersions(bucket, versions);
      const stays = new Set(kept.map(nameOf));
      const gone = versions.filter((version) => !stays.has(nameOf(version)));
      const bytes = gone.reduce((sum, version) => sum + version.bytes, 0);
      await settle(deps.open(), removedWrites(order, { objects: gone.length, bytes }));
      staying.until = later(staying.until, await untilOf(bucket, versions, stays));
      staying.objects += kept.length;
    }
    after = beyond(order, next, sparing);
  } while (after !== null);
  return staying;
}

async function clear(deps: Deps, bucket: Bucket, order: VaultOrder, until: number): Promise<Staying | null> {
  const staying = await removeVersions(deps, bucket, order, until);
  // An upload that was never completed takes space too, and is in no list of versions.
  let after: Upload | null = null;
  do {
    if (deps.clock() >= until) return null;
    const { uploads, next } = await listUploads(bucket, order.prefix, after);
    const sparing = await sparedOn(
      deps,
      order,
      uploads.map(({ key }) => key),
    );
    for (const upload of uploads) if (!sparing.has(deviceOf(order, upload.key))) await abortUpload(bucket, upload);
    after = next;
  } while (after !== null);
  return staying;
}

/** The operator's alarm listens for this line. */
const inTrouble = ({ logger }: Deps, { bucket, prefix }: VaultOrder, problem: StorageFailure, detail: string): void =>
  logger.error("vault in trouble", { bucket, prefix, problem, detail });

const outcomeWrites = (db: Database, order: VaultOrder, { objects, until }: Staying, now: number) =>
  objects === 0
    ? clearedWrites(order)
    : retainedWrites(db, order, { objects, until: until ?? new Date(now + unexplainedMs).toISOString() });

/** What the log says where not even the attempt could be recorded. The order stays due. */
export const notCarriedOut = ({ bucket, prefix }: VaultOrder): Failing => ({
  level: "warn",
  message: "order not recorded",
  about: { bucket, prefix },
});

/**
 * Carries out an order to remove data. Whoever takes it up again goes on with what is left.
 * @param until when the turn ends, in milliseconds since the epoch
 */
export async function carryOut(
  deps: Deps,
  order: VaultOrder,
  until: number,
): Promise<"cleared" | "retained" | "more" | "failed"> {
  const { region, bucket, location } = order;
  if (await isInUse(deps.open(), order)) {
    await settle(deps.open(), givenUpWrites(order));
    return "cleared";
  }
  const at = { region, bucket, endpoint: deps.env.STORAGE_LOCATIONS[location]?.endpoint };
  const made = await tried(() => clear(deps, at, order, until));
  const now = deps.clock();
  if (made.failure !== null) {
    await settle(deps.open(), [laterWrite(order, new Date(now + laterMs).toISOString())]);
    inTrouble(deps, order, made.failure, made.detail);
    return "failed";
  }
  if (made.value === null) return "more";
  if (made.value.objects > 0 && made.value.until === null)
    inTrouble(deps, order, "access_denied", `${made.value.objects} versions stay, and none is under retention.`);
  const db = deps.open();
  await settle(db, await outcomeWrites(db, order, made.value, now));
  return made.value.objects === 0 ? "cleared" : "retained";
}
