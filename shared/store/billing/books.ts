import type * as z from "zod";
import { nextTimeOfRun } from "../../domain/billing/run.ts";
import { InvoiceConfig, IssuerConfig, NumberCounter, nextNumber } from "../../domain/billing/invoice-config.ts";
import { zoneOf } from "../../domain/billing/night.ts";
import { PricePlanRecord } from "../../domain/billing/price-plan.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { sells } from "../../domain/terms/levels.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import {
  billingPartition,
  booksPartition,
  invoiceNumbersKey,
  issuerKey,
  payerKey,
  payerPrefix,
  pointerKey,
  pricePlanKey,
  pricePlanPrefix,
} from "../table/keys.ts";
import { timerChanges } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";
import { insertRecord, saveRecord } from "./records.ts";

/*
 * The books of a seller: what it says of itself on invoices, its prices, whom it invoices and how, and its numbers. They are its own: neither those
 * above it nor those that it sells to see them.
 */

const parse = <T>(schema: z.ZodType<T>, item: Item | undefined): T | null =>
  item ? schema.parse(item["record"]) : null;

export const readIssuer = async (db: Database, issuerId: string): Promise<IssuerConfig | null> =>
  parse(IssuerConfig, await db.get(issuerKey(issuerId)));
export const readPayer = async (db: Database, issuerId: string, payerId: string): Promise<InvoiceConfig | null> =>
  parse(InvoiceConfig, await db.get(payerKey(issuerId, payerId)));
export const readPricePlan = async (db: Database, sellerId: string, id: string): Promise<PricePlanRecord | null> =>
  parse(PricePlanRecord, await db.get(pricePlanKey(sellerId, id)));

/** A page of those whom a seller invoices, by id. */
export async function readPayers(
  db: Database,
  issuerId: string,
  limit: number,
  after: string | null,
): Promise<{ configs: InvoiceConfig[]; next: string | null }> {
  const { items } = await db.query({
    pk: booksPartition(issuerId),
    prefix: payerPrefix,
    after: after ?? undefined,
    limit: limit + 1,
  });
  const shown = items.slice(0, limit);
  return {
    configs: shown.flatMap((item) => parse(InvoiceConfig, item) ?? []),
    next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
  };
}

/**
 * The next number of a seller, and the write that takes it: in the transaction of what is numbered, so that none is missing and none is given twice.
 * @throws DomainError number_out_of_order
 */
export async function takeNumber(
  db: Database,
  { customerId, numbers }: IssuerConfig,
  issuedOn: string,
): Promise<{ number: string; write: Write }> {
  const key = invoiceNumbersKey(customerId, numbers.prefix);
  const item = await db.get(key);
  const before = item ? NumberCounter.parse(item) : null;
  const { number, counter } = nextNumber(numbers, before, issuedOn);
  const write: Write =
    before === null
      ? insert(key, { kind: "invoice-numbers", ...counter })
      : {
          kind: "update",
          key,
          set: counter,
          add: {},
          when: [
            { attribute: "year", is: before.year },
            { attribute: "last", is: before.last },
          ],
        };
  return { number, write };
}

/** The timer of a payer's next invoice. */
export const payerTimer = ({ issuerId, customerId, nextRunAt }: InvoiceConfig, before: string | null): Write[] =>
  timerChanges(billingPartition(issuerId, customerId), { invoice: before }, { invoice: nextRunAt });

const mostPlans = 100;

/** The books of the caller's own customer. */
export const booksStore = (context: StoreContext) => {
  const { db, caller } = context;
  /** The caller's own customer, which sells. @throws DomainError forbidden */
  const own = async (live: boolean): Promise<Chain> => {
    const chain = await (live ? loadLiveChain : loadChain)(context, caller.scopeId);
    if (!sells(chain[0].level))
      throw new DomainError("forbidden", "Only a provider, distributor or reseller has prices and issues invoices.");
    return chain;
  };
  const plans = async (): Promise<PricePlanRecord[]> => {
    const { items } = await db.query({ pk: booksPartition(caller.scopeId), prefix: pricePlanPrefix, limit: mostPlans });
    return items.flatMap((item) => parse(PricePlanRecord, item) ?? []);
  };
  return {
    own,
    /** The customer directly below the caller's own that is invoiced. @throws DomainError not_found | forbidden | customer_deleted */
    async payer(id: string, live: boolean): Promise<{ chain: Chain; issuer: Chain }> {
      const loading = loadChain(context, id);
      // Whether the caller may invoice at all is said first.
      loading.catch(() => undefined);
      const issuer = await own(live);
      const chain = await loading;
      if (chain[0].parentId !== caller.scopeId)
        throw new DomainError("forbidden", "Invoices to a customer are decided by whoever sells to it directly.");
      return { chain, issuer };
    },

    /** What the seller says of itself; null: nothing yet. */
    issuer: (): Promise<IssuerConfig | null> => readIssuer(db, caller.scopeId),
    saveIssuer: (before: IssuerConfig | null, after: IssuerConfig): Write[] => {
      const key = issuerKey(after.customerId);
      return [before ? saveRecord(key, before, after) : insertRecord(key, "issuer", after)];
    },

    /** How a customer is invoiced; null: not at all, and never was. */
    config: (payerId: string): Promise<InvoiceConfig | null> => readPayer(db, caller.scopeId, payerId),
    saveConfig(before: InvoiceConfig | null, after: InvoiceConfig): Write[] {
      const key = payerKey(after.issuerId, after.customerId);
      return [
        before ? saveRecord(key, before, after) : insertRecord(key, "payer", after),
        ...payerTimer(after, before?.nextRunAt ?? null),
      ];
    },
    /** When a payer is invoiced next, in the time zone of the seller. */
    nextRun: (issuer: Chain, dayOfMonth: number): string => nextTimeOfRun(dayOfMonth, zoneOf(issuer), context.now()),
    /** A page of those whom the seller invoices. */
    configs: (limit: number, after: string | null) => readPayers(db, caller.scopeId, limit, after),

    /** A price plan of the caller's own. @throws DomainError forbidden | not_found | customer_deleted */
    async plan(id: string, live: boolean): Promise<{ plan: PricePlanRecord; chain: Chain }> {
      const [plan, chain] = await Promise.all([readPricePlan(db, caller.scopeId, id), own(live)]);
      if (!plan) throw notFound("price plan");
      return { plan, chain };
    },
    /** The same, where there may be none: null. */
    findPlan: (id: string): Promise<PricePlanRecord | null> => readPricePlan(db, caller.scopeId, id),
    /** All price plans of the caller's own, oldest first. */
    plans,
    /** @throws DomainError too_many */
    async checkNumberOfPlans(): Promise<void> {
      if ((await plans()).length >= mostPlans)
        throw new DomainError("too_many", `A seller has at most ${mostPlans} price plans.`);
    },
    insertPlan: (plan: PricePlanRecord, chain: Chain): Write[] => [
      insertRecord(pricePlanKey(plan.sellerId, plan.id), "price-plan", plan),
      insert(pointerKey(plan.id), {
        kind: "pointer",
        customerId: chain[0].id,
        ancestors: chain.slice(1).map(({ id }) => id),
      }),
    ],
    savePlan: (before: PricePlanRecord, after: PricePlanRecord): Write[] => [
      saveRecord(pricePlanKey(before.sellerId, before.id), before, after),
    ],

    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newPlanId: (): string => context.id("pricePlan"),
  };
};
