import { AccountRecord } from "../../domain/accounts/account.ts";
import type { Applicant } from "../../domain/devices/admission.ts";
import type { BackupSet } from "../../domain/devices/backup-set.ts";
import { alive, type Chain } from "../../domain/hierarchy/customer.ts";
import { type DeviceRecord } from "../../domain/devices/device.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { type JobReport, type JobResult, JobResult as JobSchema } from "../../domain/devices/job-result.ts";
import { insertJob, type Reporter, saveUsage, type UsageReport } from "./agent-reports.ts";
import { insertSet, readSet, readSetItems, removeSet, saveSet } from "./backup-sets.ts";
import { withVault } from "../../domain/hierarchy/vault.ts";
import { sells } from "../../domain/terms/levels.ts";
import { serviceTypeOf } from "../../domain/terms/service-types.ts";
import { isOnItsWay } from "../../domain/hierarchy/transit.ts";
import { readChain } from "../hierarchy/chain.ts";
import { bringAlong, transitOf } from "../hierarchy/pointers.ts";
import { saveVault } from "../hierarchy/customers.ts";
import { readDevice } from "./device-records.ts";
import { DevicePointer } from "./device-tokens.ts";
import { checkGrantId, grantId } from "./grants.ts";
import { drawLicence } from "./licences.ts";
import { accountKey, customerKey, deviceKey, grantSecretKey, jobGuardKey, pointerKey, setKey } from "../table/keys.ts";
import { type DeletionStart, insertDeletion } from "../hierarchy/deletion-record.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { readPlans } from "../accounts/plans.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { insert, Stale, type Write } from "../table/writes.ts";

const gone = () => new DomainError("unauthenticated", "The device of this token is not there any more.");

/** A device that may change something, with all that decides about it. */
export interface LiveDevice {
  chain: Chain;
  device: DeviceRecord;
  account: AccountRecord;
  /** The parent account of a sub-account. */
  parent: AccountRecord | null;
}

/**
 * What a device sees: itself, its backup sets, and of what stands above it as much as decides about it. Its place is told by its
 * credential, so that one round trip reads everything.
 */
export const agentStore = (context: StoreContext) => {
  const { db, caller } = context;
  const { id, scopeId: customerId, scopeAncestors } = caller;
  const accountId = caller.device?.accountId ?? null;
  const parentAccountId = caller.device?.parentAccountId ?? null;
  const hint = { customerId, ancestors: scopeAncestors, source: pointerKey(id) };

  /** Brings the device to its account's new customer, where that is on its way there. @throws Stale then */
  const follow = async (): Promise<void> => {
    const moveId = (await db.get(customerKey(customerId)))?.["moveId"];
    if (typeof moveId !== "string") return;
    const transit = await transitOf(db, { id: customerId, moveId });
    if (transit && isOnItsWay(transit, customerId, accountId)) await bringAlong(context, transit, id);
  };
  /** Why something is not where the credential says: the device has moved since the credential was read, or it is really not there. */
  const missing = async (otherwise: () => DomainError): Promise<Error> => {
    await follow();
    const item = await db.fresh().get(pointerKey(id));
    // One that was purged counts as moved: the next attempt finds that its credential is gone.
    const there = DevicePointer.safeParse(item).data;
    const moved = there !== undefined && (there.customerId !== customerId || there.accountId !== accountId);
    return moved ? new Stale("The device has moved.") : otherwise();
  };
  const chainAndDevice = async (): Promise<{ chain: Chain; device: DeviceRecord }> => {
    const [chain, item] = await Promise.all([
      readChain(db, customerId, hint),
      db.get(deviceKey(customerId, accountId, id)),
    ]);
    if (!chain || !item) throw await missing(gone);
    if (chain[0].moveId !== null) await follow();
    return { chain, device: readDevice(item) };
  };
  /**
   * The device of the token, as long as it may change something.
   * @throws DomainError unauthenticated | customer_deleted | account_deleted | device_deleted | device_not_pending
   */
  const loadLive = async (): Promise<LiveDevice> => {
    const accounts = [accountId, parentAccountId].flatMap((at) => (at === null ? [] : [accountKey(customerId, at)]));
    db.prefetch(accounts);
    const { chain, device } = await chainAndDevice();
    alive(chain);
    if (device.deletedAt !== null) throw new DomainError("device_deleted", "The device is deleted.");
    if (device.state === "pending" || device.accountId === null)
      throw new DomainError("device_not_pending", "The device waits for approval.");
    const [account, parent = null] = (await db.getAll(accounts)).map((item) =>
      item ? AccountRecord.parse(item) : null,
    );
    if (!account) throw await missing(gone);
    if (account.deletedAt !== null || (parent && parent.deletedAt !== null))
      throw new DomainError("account_deleted", "The account of the device, or its parent account, is deleted.");
    return { chain, device, account, parent };
  };
  /** What proves leave to back up; null: none was given yet. */
  const grantSecret = async (): Promise<string | null> => {
    const found = (await db.get(grantSecretKey))?.["secret"];
    return typeof found === "string" ? found : null;
  };
  const setOf = async (setId: string): Promise<BackupSet> => {
    const item = accountId === null ? undefined : await db.get(setKey(customerId, accountId, id, setId));
    if (!item) throw await missing(() => notFound("backup set"));
    return readSet(item);
  };

  return {
    /**
     * All that admission depends on, in one round trip. A device that waits for approval has no account yet.
     * @throws DomainError unauthenticated | not_found for a set that is not the device's own
     */
    async loadApplicant(
      setId: string | undefined,
    ): Promise<{ applicant: Applicant | null; device: DeviceRecord; chain: Chain; set: BackupSet | null }> {
      db.prefetch([
        ...[customerId, ...scopeAncestors].map(customerKey),
        grantSecretKey,
        deviceKey(customerId, accountId, id),
        ...(accountId === null ? [] : [accountKey(customerId, accountId)]),
        ...(parentAccountId === null ? [] : [accountKey(customerId, parentAccountId)]),
        ...(setId === undefined || accountId === null ? [] : [setKey(customerId, accountId, id, setId)]),
      ]);
      const accountAt = async (at: string): Promise<AccountRecord> => {
        const item = await db.get(accountKey(customerId, at));
        if (!item) throw await missing(gone);
        return AccountRecord.parse(item);
      };
      const [{ chain, device }, plans, account, set] = await Promise.all([
        chainAndDevice(),
        readPlans(db),
        accountId === null ? null : accountAt(accountId),
        setId === undefined ? null : setOf(setId),
      ]);
      const parent = account?.parentAccountId ? await accountAt(account.parentAccountId) : null;
      // Who is written to about the account has no say in whether it may back up.
      const place = account && { account, parent, plans, chain, device };
      return { applicant: place, device, chain, set };
    },

    loadLive,
    /** The chain of the device's customer. @throws DomainError unauthenticated */
    loadChain: async (): Promise<Chain> => (await chainAndDevice()).chain,
    /** A set of the device. @throws DomainError not_found */
    loadSet: setOf,
    /** All sets of the device, oldest first. */
    async listSets(): Promise<BackupSet[]> {
      const [, items] = await Promise.all([
        chainAndDevice(),
        readSetItems(db, { customerId, accountId, deviceId: id }),
      ]);
      return items.map(readSet);
    },
    insertSet,
    saveSet,
    removeSet,

    /** The writes that order a vault for a customer of the provider's storage that has none on order; none for any other. */
    orderMissingVault(chain: Chain): Write[] {
      const [record] = chain;
      if (record.vault !== null || sells(record.level) || serviceTypeOf(chain) === "software-only") return [];
      const at = new Date(context.now()).toISOString();
      return saveVault(record, withVault(record, record.storageLocation, context.storage, at));
    },
    /** The id of leave that is given to the device now, and the write of what proves it, where this is the first that the installation gives. */
    async newGrant(bucket: string): Promise<{ id: string; writes: Write[] }> {
      const known = await grantSecret();
      const secret = known ?? context.secret();
      const writes = known === null ? [insert(grantSecretKey, { kind: "grant-secret", secret })] : [];
      return { id: grantId(secret, { deviceId: id, bucket }, context.now()), writes };
    },
    /** @throws DomainError not_found for what was not given to the device, or for another vault; grant_expired */
    async checkGrant(grant: string, bucket: string): Promise<void> {
      const secret = await grantSecret();
      if (secret === null) throw notFound("grant");
      checkGrantId(secret, grant, { deviceId: id, bucket }, context.now());
    },

    /** The writes that draw a licence for the device, once in its life; null where the pool is used up. */
    drawLicence: (device: DeviceRecord, chain: Chain): Write[] | null =>
      accountId === null
        ? null
        : drawLicence(device, { accountId, parentAccountId }, chain, new Date(context.now()).toISOString()),

    /** The result that is on record under a job's id, null where there is none. */
    async findJob(jobId: string): Promise<JobResult | null> {
      const item = await db.get(jobGuardKey(id, jobId));
      return item ? JobSchema.parse(item) : null;
    },

    insertJob: (report: JobReport, reporter: Reporter) => insertJob(reporter, report, context.now()),
    /** All service plans, which say what quota an account has. */
    plans: () => readPlans(db),
    /** The writes that take in what the device uses. */
    reportUsage: (reporter: Reporter, report: UsageReport): Write[] => saveUsage(reporter, report, context.now()),

    /** The writes that tell the deletion report of what was deleted at once. */
    insertDeletion: (chain: Chain, start: DeletionStart): Write[] =>
      insertDeletion(context, chain, context.id("deletion"), start, null),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (kind: "backupSet" | "grant"): string => context.id(kind),
    deviceId: id,
    customerId,
    storage: context.storage,
  };
};
