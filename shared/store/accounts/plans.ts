import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { plansAtMost, ServicePlan } from "../../domain/accounts/service-plan.ts";
import { loadChain } from "../hierarchy/branch.ts";
import type { Database } from "../table/database.ts";
import type { QueryInput } from "../table/queries.ts";
import { planCountKey, planKey, plansPartition } from "../table/keys.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { insert, type Write } from "../table/writes.ts";

const PlanItem = ServicePlan.extend({
  hardQuotaBytes: z.int().nullable().default(null),
  retiredAt: z.string().nullable().default(null),
});

const allPlans: QueryInput = { pk: plansPartition, limit: plansAtMost + 1 };

/** Starts reading what `readPlans` answers. */
export const prefetchPlans = (db: Database): void => db.prefetchQuery(allPlans);

/** All plans of the installation, by code, retired ones included. */
export async function readPlans(db: Database): Promise<ServicePlan[]> {
  const { items } = await db.query(allPlans);
  return items.map((item) => PlanItem.parse(item));
}

/** Writes of plans that did not exist, beside as many as there were: plans that are made at once cannot become too many. */
export const insertPlans = (plans: readonly ServicePlan[], before: number): Write[] => [
  {
    kind: "update",
    key: planCountKey,
    set: { kind: "plan-count", plans: before + plans.length },
    add: {},
    when: [{ attribute: "plans", counts: before }],
  },
  ...plans.map((plan) => insert(planKey(plan.code), { kind: "plan", ...plan })),
];

/** The service plans, which belong to the installation: everybody reads them, the provider writes them. */
export const planStore = (context: StoreContext) => ({
  /** All plans, for a caller whose own customer is not deleted. */
  async list(): Promise<ServicePlan[]> {
    const [plans] = await Promise.all([readPlans(context.db), loadChain(context, context.caller.scopeId)]);
    return plans;
  },

  /** All plans and the provider's chain, for a change. @throws DomainError forbidden to all but the provider's own credentials */
  async loadForChange(): Promise<{ plans: ServicePlan[]; chain: Chain }> {
    const [plans, chain] = await Promise.all([readPlans(context.db), loadChain(context, context.caller.scopeId)]);
    if (chain[0].level !== "provider") throw new DomainError("forbidden", "Service plans are decided by the provider.");
    return { plans, chain };
  },

  /** @throws DomainError not_found */
  find(plans: readonly ServicePlan[], code: string): ServicePlan {
    const plan = plans.find((one) => one.code === code);
    if (!plan) throw notFound("service plan");
    return plan;
  },

  /** The write that brings a plan from one state to another; null: it is new. */
  save(known: readonly ServicePlan[], before: ServicePlan | null, after: ServicePlan): Write[] {
    if (before === null) return insertPlans([after], known.length);
    const { code, version, ...set } = after;
    return [
      {
        kind: "update",
        key: planKey(code),
        set: { ...set, version },
        add: {},
        when: [{ attribute: "version", is: before.version }],
      },
    ];
  },

  log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
  now: (): number => context.now(),
});
