import * as z from "zod";
import { DomainError, refuse } from "../terms/errors.ts";
import { line } from "../terms/text.ts";

/** The name by which requests speak of a plan; it never changes. */
export const PlanCode = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: "must be up to 40 lower-case letters, digits and hyphens" })
  .meta({ description: "Code of a service plan", examples: ["select"] });

const PlanRights = z
  .object({
    openFileBackupOnServers: z
      .boolean()
      .meta({ description: "Open files are backed up on server operating systems too" }),
    versioning: z.boolean().meta({ description: "Earlier versions of files are kept" }),
  })
  .meta({ id: "PlanRights" });

/** A service plan (A3): what accounts on it may do, and their quota where they have none of their own. */
export const ServicePlan = z
  .object({
    code: PlanCode,
    version: z.int(),
    name: z.string(),
    rights: PlanRights,
    trial: z.boolean().meta({ description: "Accounts on it are in trial, for a number of days" }),
    hardQuotaBytes: z.int().min(0).nullable().meta({ description: "Default of its accounts; null: unrestricted" }),
    retiredAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: "Since when no account can be put on it; those that are stay" }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "ServicePlan" });
export type ServicePlan = z.infer<typeof ServicePlan>;

export const ServicePlanInput = z
  .strictObject({
    name: line(100),
    rights: z.strictObject(PlanRights.shape),
    trial: z.boolean().optional().meta({ description: "Cannot be changed later; default: false" }),
    hardQuotaBytes: z.int().min(0).nullish(),
  })
  .meta({ id: "ServicePlanInput" });
type ServicePlanInput = z.infer<typeof ServicePlanInput>;

/** Plans of an installation. All are read at once, so their number is bounded. */
export const plansAtMost = 100;

/** The plans that a new installation begins with (document 004). */
export const firstPlans = (nowMs: number): ServicePlan[] => {
  const at = new Date(nowMs).toISOString();
  const plan = (code: string, name: string, unrestricted: boolean, trial = false): ServicePlan => ({
    code,
    version: 1,
    name,
    rights: { openFileBackupOnServers: unrestricted, versioning: unrestricted },
    trial,
    hardQuotaBytes: trial ? 512 * 1024 * 1024 : null,
    retiredAt: null,
    createdAt: at,
    updatedAt: at,
  });
  return [plan("basic", "Basic", false), plan("select", "Select", true), plan("trial", "Trial", true, true)];
};

/**
 * A plan after it was put: new, changed, or taken back from retirement.
 * @throws DomainError immutable where a plan would become a trial, or cease to be one: its accounts have their timers by it
 */
export function putPlan(code: string, input: ServicePlanInput, before: ServicePlan | null, nowMs: number): ServicePlan {
  const at = new Date(nowMs).toISOString();
  if (before && input.trial !== undefined && input.trial !== before.trial)
    throw refuse("immutable", "trial", "Whether a plan is a trial cannot be changed; create another plan.");
  const { name, rights, hardQuotaBytes = null } = input;
  return {
    code,
    version: (before?.version ?? 0) + 1,
    name,
    rights,
    trial: before?.trial ?? input.trial ?? false,
    hardQuotaBytes,
    retiredAt: null,
    createdAt: before?.createdAt ?? at,
    updatedAt: at,
  };
}

/** A plan that an account may be put on. @throws DomainError plan_required | plan_unknown | plan_retired, at `plan` */
export function choosePlan(plans: readonly ServicePlan[], code: string | undefined): ServicePlan {
  const offered = plans.filter(({ retiredAt }) => retiredAt === null).map((plan) => plan.code);
  if (code === undefined) throw refuse("plan_required", "plan", `Choose a service plan: ${offered.join(", ")}.`);
  const plan = plans.find((one) => one.code === code);
  if (!plan) throw refuse("plan_unknown", "plan", `There is no plan ${code}; there are ${offered.join(", ")}.`);
  if (plan.retiredAt !== null)
    throw refuse("plan_retired", "plan", `The plan ${code} is retired; there are ${offered.join(", ")}.`);
  return plan;
}

/** The plan that an account is on, retired or not. */
export function planOf(plans: readonly ServicePlan[], code: string): ServicePlan {
  const plan = plans.find((one) => one.code === code);
  if (!plan) throw new Error(`An account is on the plan ${code}, which does not exist.`);
  return plan;
}

/** @throws DomainError too_many where an installation has as many plans as it can */
export function checkNumberOfPlans(plans: readonly ServicePlan[], code: string): void {
  if (plans.length >= plansAtMost && !plans.some((plan) => plan.code === code))
    throw new DomainError("too_many", `There can be ${plansAtMost} plans, retired ones included.`);
}
