import * as z from "zod";
import { type AccountRecord, checkQuotas, refuseDeleted } from "../accounts/account.ts";
import { choosePlan, PlanCode, type ServicePlan } from "../accounts/service-plan.ts";
import {
  type Chain,
  type CustomerRecord,
  deletedIn,
  effectivelyActive,
  licenceStanding,
} from "../hierarchy/customer.ts";
import { checkDeviceRoom, planDeviceTransfer } from "../hierarchy/device-pool.ts";
import { effectiveServer } from "../hierarchy/effective-server.ts";
import { type Commitment, planMove } from "../terms/allowance.ts";
import { DomainError, type FieldError } from "../terms/errors.ts";
import { AccountId, CustomerId } from "../terms/ids.ts";
import { sells } from "../terms/levels.ts";
import { serviceTypeOf } from "../terms/service-types.ts";
import { complaintOf, movedAtOnce, onlyIn, say } from "./customer-move.ts";

/** What becomes of a parent account where the new customer has one for the same plan. */
export const SamePlan = z.enum(["refuse", "sub-account"]).meta({
  id: "SamePlan",
  description:
    "refuse: the account stays where it is; sub-account: it becomes a sub-account of the parent account that there is, and so do its own",
});
export type SamePlan = z.infer<typeof SamePlan>;

export const AccountMoves = z
  .strictObject({
    ids: z.array(AccountId).meta({
      description: "The accounts to move, each once. Sub-accounts go with their parent account",
      minItems: 1,
      maxItems: movedAtOnce,
      uniqueItems: true,
    }),
    customerId: CustomerId.meta({ description: "The end-customer or site that they are to stand under" }),
    onSamePlan: SamePlan.default("refuse"),
    plan: PlanCode.optional().meta({
      description:
        "The plan that they have from then on; default: the one that they have. A plan that is no trial ends their trial",
    }),
  })
  .meta({ id: "AccountMoves" });

/** An account that is moved, with the sub-accounts that go along. */
export interface AccountUnit {
  account: AccountRecord;
  /** The parent account of a sub-account, which stays. */
  parent: AccountRecord | null;
  /** The sub-accounts of a parent account. */
  subs: readonly AccountRecord[];
}

/** The devices of accounts that are to be moved. */
export interface Survey {
  /** How many there are, deleted ones too, and how many backup sets they have. */
  devices: number;
  backupSets: number;
  /** Devices that have data stored. */
  stored: number;
  /** Computers that are devices of both customers, the first ones. */
  machinesTaken: readonly { deviceId: string; takenBy: string }[];
  /** Devices with more backup sets than go along, the first ones. */
  overfull: readonly string[];
  /** Devices that use data of others of the customer, or whose data those use, the first ones. */
  sharing: readonly string[];
}
export const nothingSurveyed: Survey = {
  devices: 0,
  backupSets: 0,
  stored: 0,
  machinesTaken: [],
  overfull: [],
  sharing: [],
};

/** Backup sets of one device that is moved: each takes three writes, of the hundred that a transaction may have. */
export const setsAlongAtMost = 25;

/** A move of an account that is asked for: both chains as they were read, nearest first, and what the new customer has already. */
export interface AccountMove extends AccountUnit {
  from: Chain;
  to: Chain;
  plans: readonly ServicePlan[];
  /** The parent account that the new customer has for the plan. */
  holder: AccountRecord | null;
  /** What goes along, as far as it decides about the move. */
  survey: Survey;
  /** References of accounts that go along which others have there already. */
  refsTaken: readonly RefTaken[];
  wishes: Pick<z.infer<typeof AccountMoves>, "onSamePlan" | "plan"> & {
    /** The trial that it has from then on, where a move is undone; absent: the one that it has. */
    trial?: Trial;
  };
}
/** A reference that is taken at the new place: whose it is now, and who has it there. */
export interface RefTaken {
  accountId: string;
  ref: string;
  takenBy: string;
}
type Trial = Pick<AccountRecord, "trialEndsAt" | "trialEndedAt" | "trialDeleteAt">;

/** Whether an account stands where it is to be moved to. */
export const accountStandsThere = ({ account, to: [{ id }] }: Pick<AccountMove, "account" | "to">): boolean =>
  account.customerId === id;

/** The plan that an account has once it is there. */
export const planThere = ({
  account,
  parent,
  wishes: { plan },
}: Pick<AccountMove, "account" | "parent" | "wishes">): string => {
  const own = plan ?? (parent ?? account).plan;
  if (own === null) throw new Error("A parent account has a plan.");
  return own;
};

/** What an account with all that goes along counts at the customers above it. */
export interface Weight {
  devices: number;
  licences: number;
  /** Licences that were ever drawn: what devices that were deleted since have drawn is counted where their account is. */
  licencesToDate: number;
  usedBytes: number;
}
export const weightOf = ({ account, subs }: Pick<AccountUnit, "account" | "subs">): Weight => ({
  devices: account.devicesHeld,
  licences: account.licencesUsed,
  licencesToDate: [account, ...subs].reduce((sum, { licencesUsedToDate }) => sum + licencesUsedToDate, 0),
  usedBytes: [account, ...subs].reduce((sum, { usedBytes }) => sum + usedBytes, 0),
});

/** What licences that go along mean for both chains: they leave the pools of the one and are drawn from those of the other. Steps count through both. */
export const planLicenceTransfer = (from: Chain, to: Chain, licences: number): Commitment[] =>
  planMove(
    { limit: null, committed: 0, drawn: licences },
    from.map(licenceStanding),
    to.map(licenceStanding),
    "licences",
  );

const named = ({ level, name }: CustomerRecord): string => `${name} (${level})`;

/** Whether devices and their accounts may stand under a customer now. */
export function targetFindings(to: Chain): FieldError[] {
  const [target] = to;
  if (sells(target.level))
    return say("level_not_allowed", "customerId", `A ${target.level} has no accounts; name an end-customer or a site.`);
  if (deletedIn(to)) return say("customer_deleted", "customerId", `${target.name}, or a level above it, is deleted.`);
  return effectivelyActive(to)
    ? []
    : say("target_inactive", "customerId", `${target.name}, or a level above it, is deactivated; activate it first.`);
}

/** Whether the data of devices can stay where they are once they belong to another customer. */
export function storageFindings(from: Chain, to: Chain): FieldError[] {
  const [old, now] = [serviceTypeOf(from), serviceTypeOf(to)];
  if (old !== now)
    return say("service_type_not_allowed", "customerId", `The data are stored as ${old}; ${to[0].name} is ${now}.`);
  if (old === "all-inclusive") return [];
  if (effectiveServer(from)?.id !== effectiveServer(to)?.id)
    return say(
      "storage_server_differs",
      "customerId",
      `${from[0].name} and ${to[0].name} store on different servers; move the data with a seed migration first.`,
    );
  const migrating = [from[0], to[0]].find(({ seedMigrationId }) => seedMigrationId !== null);
  return migrating
    ? say("migration_open", "", `The seed migration ${migrating.seedMigrationId} of ${migrating.name} has not ended.`)
    : [];
}

/** What the new customer, and the levels above it, have no room for. Nothing is raised by a move. */
export function roomFindings(
  from: Chain,
  to: Chain,
  { devices, licences, usedBytes }: Pick<Weight, "devices" | "licences" | "usedBytes">,
): FieldError[] {
  const full = onlyIn(to, from).find(
    ({ spaceLimit, usedBytes: used }) => spaceLimit !== null && used + usedBytes > spaceLimit,
  );
  return [
    ...(full
      ? say(
          "space_exceeded",
          "space",
          `${named(full)} may use ${full.spaceLimit} bytes and uses ${full.usedBytes}; ${usedBytes} more do not fit.`,
        )
      : []),
    ...complaintOf(() => planLicenceTransfer(from, to, licences), "licences"),
    ...complaintOf(() => {
      const { line, plan } = planDeviceTransfer(from, to, devices);
      checkDeviceRoom(plan, line);
    }, "devices"),
  ];
}

/** Whether accounts of either customer are on their way already. */
export const runningFindings = (records: readonly { moveId: string | null }[]): FieldError[] =>
  records.some(({ moveId }) => moveId !== null)
    ? say("move_running", "", "Accounts of one of the two customers are being moved; try again later.")
    : [];

/** Computers of which the new customer has a device already. */
export const machineFindings = (machines: Survey["machinesTaken"]): FieldError[] =>
  machines.flatMap(({ deviceId, takenBy }) =>
    say(
      "machine_taken",
      "devices",
      `The computer of ${deviceId} is the device ${takenBy} there; delete one of the two.`,
    ),
  );

/** A device with more backup sets than one transaction moves. */
export const overfullFindings = (deviceId: string): FieldError[] =>
  say(
    "too_many",
    "devices",
    `${deviceId} has more than ${setsAlongAtMost} backup sets, which is what a move takes along.`,
  );

/** A device that uses the data of another one of its customer, or is used so: a customer's data are not opened to another customer. */
export const sharingFindings = (deviceId: string): FieldError[] =>
  say(
    "data_shared",
    "devices",
    `${deviceId} shares data with another device of the customer, since a backup set was moved between them; move that back first.`,
  );

/** References of accounts that others have at the new place. */
const refFindings = (taken: readonly RefTaken[]): FieldError[] =>
  taken.flatMap(({ accountId, ref, takenBy }) =>
    say(
      "external_ref_taken",
      "externalRef",
      `The reference "${ref}" of ${accountId} is that of ${takenBy} there; change one of the two.`,
    ),
  );

/** Whether the account can have the plan that it is to have, beside what the new customer has. */
function planFindings(move: AccountMove): FieldError[] {
  const { account, parent, plans, holder, wishes } = move;
  const chosen = wishes.plan;
  const changes = chosen !== undefined && chosen !== (parent ?? account).plan;
  const wrong = changes ? complaintOf(() => choosePlan(plans, chosen), "plan") : [];
  if (!holder || wrong.length > 0) return wrong;
  if (holder.deletedAt !== null)
    return say("plan_taken", "plan", `The deleted account ${holder.id} keeps the plan until ${holder.purgeAt}.`);
  if (wishes.onSamePlan === "sub-account") return [];
  return say(
    "plan_taken",
    "plan",
    `The customer has the parent account ${holder.id} (${holder.username}) for ${planThere(move)} already; with onSamePlan "sub-account" this one becomes a sub-account of it.`,
  );
}

/** @returns everything that stands against a move of an account, all at once */
export function accountFindings(move: AccountMove): FieldError[] {
  const { account, parent, subs, from, to } = move;
  const target = targetFindings(to);
  return [
    ...target,
    ...complaintOf(() => refuseDeleted(move), ""),
    ...runningFindings([account, ...(parent ? [parent] : []), from[0], to[0]]),
    ...(target.some(({ code }) => code === "level_not_allowed")
      ? []
      : [
          ...storageFindings(from, to),
          ...planFindings(move),
          ...[account, ...subs].flatMap((one) => complaintOf(() => checkQuotas(one, to), "hardQuotaBytes")),
          ...roomFindings(from, to, weightOf(move)),
          ...refFindings(move.refsTaken),
          ...machineFindings(move.survey.machinesTaken),
          ...move.survey.overfull.flatMap(overfullFindings),
          ...move.survey.sharing.flatMap(sharingFindings),
        ]),
  ];
}

/** @throws DomainError move_refused, with all that stands against it at once */
export function checkAccountMove(move: AccountMove): void {
  const findings = accountFindings(move);
  if (findings.length > 0)
    throw new DomainError("move_refused", "The account cannot be moved there; `errors` says why.", findings);
}

/** An account under its new customer: a parent account, or a sub-account of the one that is there for the plan. */
export function accountThere(move: AccountMove, contactId: string, nowMs: number): AccountRecord {
  const { account, parent, subs, holder, plans, to, wishes } = move;
  const code = planThere(move);
  const isTrial = plans.find((plan) => plan.code === code)?.trial ?? false;
  const leads = holder === null;
  const lead = parent ?? account;
  const { trialEndsAt, trialEndedAt, trialDeleteAt } = wishes.trial ?? lead;
  const trial = { trialEndsAt, trialEndedAt, trialDeleteAt };
  const noTrial = { trialEndsAt: null, trialEndedAt: null, trialDeleteAt: null };
  const less = leads ? { licences: 0, devices: 0 } : ofSubs(subs);
  return {
    ...account,
    customerId: to[0].id,
    contactId,
    parentAccountId: holder?.id ?? null,
    plan: leads ? code : null,
    ...(leads && isTrial ? trial : noTrial),
    // A sub-account counts what is its own alone.
    licencesUsed: account.licencesUsed - less.licences,
    devicesHeld: account.devicesHeld - less.devices,
    version: account.version + 1,
    arrivedAt: new Date(nowMs).toISOString(),
    updatedAt: new Date(nowMs).toISOString(),
  };
}

/** What a parent account counts of its sub-accounts. Deleted ones have given that back. */
const ofSubs = (subs: readonly AccountRecord[]): { licences: number; devices: number } =>
  subs
    .filter(({ deletedAt }) => deletedAt === null)
    .reduce(
      (sum, { licencesUsed, devicesHeld }) => ({
        licences: sum.licences + licencesUsed,
        devices: sum.devices + devicesHeld,
      }),
      { licences: 0, devices: 0 },
    );
