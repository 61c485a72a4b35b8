import { Suppression } from "../../domain/accounts/contact.ts";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { emailReportsId, emailReportsOf } from "../../domain/reports/email-reports.ts";
import {
  offeredSubscriptions,
  type Subscription,
  type Suppressions,
  subscriptionsAtMost,
  presentSubscription,
  SubscriptionRecord,
} from "../../domain/reports/subscription.ts";
import { normaliseAddress } from "../../domain/terms/addresses.ts";
import { effectiveSettings } from "../../domain/terms/settings.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { insertPointer, loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { addressKey, customerKey, pointerKey, subscriptionKey, subscriptionPrefix } from "../table/keys.ts";
import { timerChanges, type Timers } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/** A subscription as the table holds it. @throws z.ZodError where it is none */
export const readSubscription = (item: Item): SubscriptionRecord => SubscriptionRecord.parse(item);

const timersOf = ({ nextRunAt }: SubscriptionRecord): Timers => ({ report: nextRunAt });

/** Writes of a new subscription of a customer. */
export const insertSubscription = (record: SubscriptionRecord, chain: Chain): Write[] => [
  insert(subscriptionKey(record.customerId, record.id), { kind: "subscription", ...record }),
  insertPointer(record.id, chain),
  ...timerChanges(pointerKey(record.id).pk, {}, timersOf(record)),
];

/** Writes that bring a subscription from one state to another, on the condition of its version. */
export function saveSubscription(before: SubscriptionRecord, after: SubscriptionRecord): Write[] {
  const set = Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof SubscriptionRecord]),
    ),
  );
  return [
    {
      kind: "update",
      key: subscriptionKey(before.customerId, before.id),
      set,
      add: {},
      when: [
        { attribute: "version", is: before.version },
        // The sweep moves on without a new version.
        { attribute: "nextRunAt", is: before.nextRunAt },
      ],
    },
    ...timerChanges(pointerKey(before.id).pk, timersOf(before), timersOf(after)),
  ];
}

/** Why addresses take no mail, as far as they do not. */
export async function suppressionsOf(db: Database, records: readonly SubscriptionRecord[]): Promise<Suppressions> {
  const addresses = [
    ...new Set(records.flatMap(({ recipients }) => recipients.map(({ email }) => normaliseAddress(email)))),
  ];
  const items = await db.getAll(addresses.map(addressKey));
  return new Map(
    items.flatMap((item, place) => (item ? [[addresses[place] ?? "", Suppression.parse(item["suppression"])]] : [])),
  );
}

/** The report subscriptions of the caller's branch. */
export const subscriptionStore = (context: StoreContext) => {
  const { db } = context;
  const load = async (id: string, live: boolean): Promise<{ subscription: SubscriptionRecord; chain: Chain }> => {
    const { chain, read: item } = await loadPlace(context, id, "report subscription", live, ({ customerId }) =>
      db.get(subscriptionKey(customerId, id)),
    );
    if (!item) throw notFound("report subscription");
    return { subscription: readSubscription(item), chain };
  };
  const presentAll = async (records: readonly SubscriptionRecord[]): Promise<Subscription[]> => {
    const suppressions = await suppressionsOf(db, records);
    return records.map((record) => presentSubscription(record, suppressions));
  };
  const placeOf = (chain: Chain) => ({
    timezone: effectiveSettings(chain).timezone.value,
    nowMs: context.now(),
    newToken: () => context.secret(),
  });
  return {
    /** @throws DomainError not_found */
    load: (id: string) => load(id, false),
    /** The same for a change. @throws DomainError not_found | customer_deleted */
    loadLive: (id: string) => load(id, true),

    /** The customer that a new subscription is to belong to. @throws DomainError not_found | customer_deleted | too_many */
    async loadOwner(customerId: string): Promise<Chain> {
      const [chain, { items }] = await Promise.all([
        loadLiveChain(context, customerId),
        db.query({ pk: customerId, prefix: subscriptionPrefix, limit: subscriptionsAtMost }),
      ]);
      if (items.length >= subscriptionsAtMost)
        throw new DomainError("too_many", `A customer has at most ${subscriptionsAtMost} report subscriptions.`);
      return chain;
    },

    /** A page of a customer's subscriptions, oldest first. @throws DomainError not_found */
    async list(customerId: string, limit: number, after: string | null) {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix: subscriptionPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const shown = items.slice(0, limit);
      return {
        subscriptions: await presentAll(shown.map(readSubscription)),
        next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
      };
    },

    insert: insertSubscription,
    /** Writes of the subscriptions that a new customer begins with: what a reseller is offered, and `emailReports`. `chain` is its own. */
    begin(chain: Chain): Write[] {
      const [customer] = chain;
      const place = placeOf(chain);
      const offered =
        customer.level === "reseller"
          ? offeredSubscriptions(customer, { ...place, newId: () => context.id("subscription") })
          : [];
      const switched = emailReportsOf(null, customer, null, place);
      return [...offered, ...(switched ? [switched] : [])].flatMap((record) => insertSubscription(record, chain));
    },
    /** Writes that bring the subscription behind `emailReports` into line with a customer that changes. `chain` is its own, afterwards. */
    async follow(before: CustomerRecord, chain: Chain): Promise<Write[]> {
      const [after] = chain;
      const moved = before.email !== after.email || before.emailReports !== after.emailReports;
      if (!moved) return [];
      const item = await db.get(subscriptionKey(after.id, emailReportsId(after.id)));
      const present = item ? readSubscription(item) : null;
      const wanted = emailReportsOf(before, after, present, placeOf(chain));
      if (wanted === null || wanted === present) return [];
      return present ? saveSubscription(present, wanted) : insertSubscription(wanted, chain);
    },
    /** Writes that bring a customer's `emailReports` into line with its subscription, once that is switched or ended; none for another one. */
    tellCustomer([customer]: Chain, { id, active }: Pick<SubscriptionRecord, "id" | "active">): Write[] {
      const { version, emailReports } = customer;
      if (id !== emailReportsId(customer.id) || emailReports === active) return [];
      const updatedAt = new Date(context.now()).toISOString();
      return [
        {
          kind: "update",
          key: customerKey(customer.id),
          set: { emailReports: active, version: version + 1, updatedAt },
          add: {},
          when: [{ attribute: "version", is: version }],
        },
      ];
    },
    save: saveSubscription,
    /** Writes that remove a subscription. What it has sent stays for as long as it is kept. */
    remove: (record: SubscriptionRecord): Write[] => [
      {
        kind: "delete",
        key: subscriptionKey(record.customerId, record.id),
        when: [{ attribute: "version", is: record.version }],
      },
      { kind: "delete", key: pointerKey(record.id), when: [{ exists: true }] },
      ...timerChanges(pointerKey(record.id).pk, timersOf(record), {}),
    ],
    async present(record: SubscriptionRecord): Promise<Subscription> {
      return presentSubscription(record, await suppressionsOf(db, [record]));
    },
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("subscription"),
    /** A secret that lets its holder unsubscribe one recipient. */
    newToken: (): string => context.secret(),
  };
};
export type SubscriptionStore = ReturnType<typeof subscriptionStore>;
