import * as z from "zod";
import { BillingService } from "../../domain/hierarchy/billing-service.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { sells } from "../../domain/terms/levels.ts";
import { loadChain, loadLiveChain } from "./branch.ts";
import { serviceKey, servicePrefix } from "../table/keys.ts";
import { type LogEvent, logWrite } from "./log.ts";
import { insertPointer, loadPlace } from "./pointers.ts";
import type { StoreContext } from "./scope.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

const ServiceItem = BillingService.extend({ endedAt: z.string().nullable().default(null) });
const parse = (item: Item): BillingService => ServiceItem.parse(item);

/** The billing-only services of the caller's branch. */
export const serviceStore = (context: StoreContext) => {
  const { db, caller } = context;
  /** Prices are made by those who sell, and not for themselves. @throws DomainError forbidden */
  const refuseToCustomers = (chain: Chain): void => {
    const scope = chain.find(({ id }) => id === caller.scopeId);
    if (scope && (scope === chain[0] || !sells(scope.level)))
      throw new DomainError("forbidden", "Services are decided by the level that sells to the customer.");
  };
  const load = async (id: string, live: boolean): Promise<{ service: BillingService; chain: Chain }> => {
    const { chain, read } = await loadPlace(context, id, "service", live, ({ customerId }) =>
      db.getAll([serviceKey(customerId, id, false), serviceKey(customerId, id, true)]),
    );
    const item = read[0] ?? read[1];
    if (!item) throw notFound("service");
    return { service: parse(item), chain };
  };
  return {
    /** @throws DomainError not_found */
    load: async (id: string): Promise<BillingService> => (await load(id, false)).service,
    /** The same with its customer's chain, for a change. @throws DomainError not_found | customer_deleted | forbidden */
    async loadForChange(id: string): Promise<{ service: BillingService; chain: Chain }> {
      const place = await load(id, true);
      refuseToCustomers(place.chain);
      return place;
    },
    /** The customer that a new service is for. @throws DomainError not_found | customer_deleted | forbidden */
    async loadOwner(customerId: string): Promise<Chain> {
      const chain = await loadLiveChain(context, customerId);
      refuseToCustomers(chain);
      return chain;
    },

    /** A page of a customer's services, oldest first: those that it has, or those that have ended. @throws DomainError not_found */
    async list(
      customerId: string,
      ended: boolean,
      limit: number,
      after: string | null,
    ): Promise<{ services: BillingService[]; next: string | null }> {
      const prefix = servicePrefix[ended ? "ended" : "current"];
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const shown = items.slice(0, limit);
      return {
        services: shown.map(parse),
        next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
      };
    },

    insert: (service: BillingService, chain: Chain): Write[] => [
      insert(serviceKey(service.customerId, service.id, false), { kind: "service", ...service }),
      insertPointer(service.id, chain),
    ],

    /** Writes that bring a service from one state to another. One that ends is kept, among those that have ended. */
    save(before: BillingService, after: BillingService): Write[] {
      const key = serviceKey(before.customerId, before.id, false);
      const when = [{ attribute: "version", is: before.version }];
      if (after.endedAt !== null)
        return [
          { kind: "delete", key, when },
          insert(serviceKey(before.customerId, before.id, true), { kind: "service", ...after }),
        ];
      const { name, quantity, unitPrice, version, updatedAt } = after;
      return [{ kind: "update", key, set: { name, quantity, unitPrice, version, updatedAt }, add: {}, when }];
    },

    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("service"),
  };
};
