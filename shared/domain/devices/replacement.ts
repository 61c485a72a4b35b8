import { type AttentionCode, withAttention } from "./attention.ts";
import type { CustomerRecord } from "../hierarchy/customer.ts";
import { foreignTogether } from "./data-place.ts";
import { type DeviceRecord } from "./device.ts";
import { DomainError, refuse } from "../terms/errors.ts";

/** Devices whose data one device may hold: each is a prefix in every answer to its agent, and a list that its history is read from. */
const replacedAtMost = 50;

/**
 * Whether a newer device of a customer may take over what an older one has.
 * @throws DomainError device_deleted | device_not_pending | not_applicable | too_many
 */
export function checkReplacement(older: DeviceRecord, newer: DeviceRecord): void {
  if (older.id === newer.id) throw refuse("not_applicable", "by", "A device cannot replace itself.");
  if (older.customerId !== newer.customerId)
    throw refuse("not_applicable", "by", "The device that replaces it belongs to another customer.");
  if (older.deletedAt !== null)
    throw new DomainError("device_deleted", "The device to replace is deleted; restore it first.");
  if (newer.deletedAt !== null) throw new DomainError("device_deleted", "The device that replaces it is deleted.");
  if (older.state === "pending" || older.accountId === null)
    throw new DomainError(
      "device_not_pending",
      "The device to replace waits for approval: it has nothing to hand over.",
    );
  if (older.replaces.length + newer.replaces.length >= replacedAtMost)
    throw new DomainError("too_many", `A device can take over from ${replacedAtMost} others at most.`);
}

/** What is later, or earlier, of two times that may be missing. */
const latest = (one: string | null, other: string | null): string | null => ((one ?? "") > (other ?? "") ? one : other);
const earliest = (one: string | null, other: string | null): string | null =>
  one === null || (other !== null && other < one) ? other : one;

/** What a device needs attention for because of its last backups. */
const ofBackups: ReadonlySet<AttentionCode> = new Set([
  "backup_failed",
  "backup_warning",
  "repeated_failures",
  "overdue",
]);

/**
 * Two devices once the newer has taken over what the older had: its account, place in the limit, licence, state, throttle, sets and data. The
 * older is deleted, with nothing of its own left. What each computer says of itself stays with it.
 * @throws DomainError not_applicable where their data lie in different places
 */
export function replacement(
  older: DeviceRecord,
  newer: DeviceRecord,
  customer: CustomerRecord,
  deletion: { deletionId: string; deletedAt: string; purgeAt: string },
): { older: DeviceRecord; newer: DeviceRecord } {
  const { deletedAt: at } = deletion;
  // What the older needed attention for ends with it, but for how its last backups went.
  const kept = older.attention.filter(({ code }) => ofBackups.has(code));
  const attention = withAttention(newer.attention, { pending: false }, at);
  return {
    older: {
      ...older,
      state: "deleted",
      licensed: false,
      externalRef: null,
      usedBytes: 0,
      setCount: 0,
      attention: [],
      foreignData: [],
      borrows: [],
      deletedFrom: { state: older.state, licensed: older.licensed },
      replacedBy: newer.id,
      ...deletion,
      updatedAt: at,
      version: older.version + 1,
    },
    newer: {
      ...newer,
      accountId: older.accountId,
      // Whoever suspended the computer has not let it in again.
      state: newer.state === "suspended" ? "suspended" : older.state,
      licensed: older.licensed || newer.licensed,
      everLicensed: older.everLicensed || newer.everLicensed,
      externalRef: newer.externalRef ?? older.externalRef,
      throttle: older.throttle ?? newer.throttle,
      usedBytes: older.usedBytes + newer.usedBytes,
      setCount: older.setCount + newer.setCount,
      lastSuccessAt: latest(older.lastSuccessAt, newer.lastSuccessAt),
      firstSuccessAt: earliest(older.firstSuccessAt, newer.firstSuccessAt),
      lastBackupAt: latest(older.lastBackupAt, newer.lastBackupAt),
      failuresInRow: newer.lastBackupAt === null ? older.failuresInRow : newer.failuresInRow,
      attention: newer.lastBackupAt === null ? [...attention, ...kept] : attention,
      replaces: [older.id, ...older.replaces, ...newer.replaces],
      foreignData: foreignTogether(older, newer, customer),
      // What one borrows of the other is its own now.
      borrows: [...new Set([...older.borrows, ...newer.borrows])].filter((id) => id !== older.id && id !== newer.id),
      updatedAt: at,
      version: newer.version + 1,
    },
  };
}
