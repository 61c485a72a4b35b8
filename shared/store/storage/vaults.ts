import { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { failedAfter, pauseAfter, type VaultProblem } from "../../domain/storage/manifest.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { customerKey, timerKey } from "../table/keys.ts";
import { timerPut } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import type { Update, Write } from "../table/writes.ts";

/** A customer with a vault on order. */
export type OnOrder = CustomerRecord & {
  vault: NonNullable<CustomerRecord["vault"]>;
  vaultOrderedAt: string;
};

/** Whether a customer waits for its vault. */
export const waitsForVault = (record: CustomerRecord): record is OnOrder =>
  record.vault !== null && record.vaultOrderedAt !== null && record.vaultStatus !== "ready";

/** The customer that an item is, where it waits for its vault. */
export function onOrder(item: Item | undefined): OnOrder | null {
  const record = CustomerRecord.safeParse(item).data;
  return record && waitsForVault(record) ? record : null;
}

/** What was found out counts for the order that it was found out about, and once. */
const ofOrder = ({ id, vaultOrderedAt, vaultStatus }: OnOrder, set: Update["set"]): Update => ({
  kind: "update",
  key: customerKey(id),
  set,
  add: {},
  when: [
    { attribute: "vaultOrderedAt", is: vaultOrderedAt },
    { attribute: "vaultStatus", is: vaultStatus },
  ],
});

/** The writes of a vault that is there; it is checked within a day, and from then on every day. @param random 0 to 1, so that checks spread over the day */
export const vaultReady = (record: OnOrder, now: number, random: number): Write[] => [
  ofOrder(record, {
    vaultStatus: "ready",
    vaultReadyAt: new Date(now).toISOString(),
    vaultAttempts: 0,
    vaultProblem: null,
  }),
  { kind: "delete", key: timerKey(record.id, "vault-provision"), when: [] },
  timerPut(record.id, "residency", new Date(now + dayMs * random).toISOString()),
];

/** The writes of an attempt in vain: another one later, and after some of them the vault counts as failed. */
export function vaultNotReady(record: OnOrder, problem: VaultProblem, now: number, random: number): Write[] {
  const attempts = record.vaultAttempts + 1;
  return [
    ofOrder(record, {
      vaultStatus: attempts >= failedAfter ? "failed" : "provisioning",
      vaultAttempts: attempts,
      vaultProblem: problem,
    }),
    timerPut(record.id, "vault-provision", new Date(now + pauseAfter(attempts, random)).toISOString()),
  ];
}
