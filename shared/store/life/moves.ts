import * as z from "zod";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { keptServer, type Move, sightOf } from "../../domain/life/customer-move.ts";
import { sells } from "../../domain/terms/levels.ts";
import type { DomainError } from "../../domain/terms/errors.ts";
import { orRefusal } from "./row-refusals.ts";
import { loadChain, loadLiveChain, refuseOnOwn } from "../hierarchy/branch.ts";
import { countServers } from "../hierarchy/server-counts.ts";
import { logWrite } from "../hierarchy/log.ts";
import { countedBefore, mustBeCounted, reparent, under } from "./reparent.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { customerKey, refKey, subscriptionPrefix, totalsKey } from "../table/keys.ts";
import type { Database } from "../table/database.ts";
import type { Item } from "../table/units.ts";
import { Stale, type Update, type Write } from "../table/writes.ts";
import { moveTotals } from "../usage/moved-totals.ts";

/** A move with all that its writes are worked out from. */
export interface LoadedMove extends Move {
  /** What the old and the new parent know of the customer's totals. */
  totals: { from: Item | undefined; to: Item | undefined };
}

/** What a move looks at beside the customer itself: the levels above it, what both sides know of its totals, and who has its reference there. */
function keysAround(item: Item | undefined, id: string, parentId: string) {
  const { parentId: fromId, externalRef, ancestors } = Around.parse(item ?? {});
  return {
    above: ancestors.map(customerKey),
    from: fromId === undefined ? null : totalsKey(fromId, id),
    to: totalsKey(parentId, id),
    ref: externalRef === undefined ? null : refKey(parentId, externalRef),
  };
}
const Around = z.object({
  parentId: z.string().optional(),
  externalRef: z.string().optional(),
  ancestors: z.array(z.string()).default([]),
});

const Subscribed = z.object({ id: z.string(), customerId: z.string(), report: z.string(), active: z.boolean() });
const subscriptionsAtMost = 200;
/** The report subscriptions of one customer that send reports. */
const subscribedAt = async (db: Database, pk: string) =>
  (await db.query({ pk, prefix: subscriptionPrefix, limit: subscriptionsAtMost })).items
    .map((item) => Subscribed.parse(item))
    .filter(({ active }) => active)
    .map(({ id, customerId, report }) => ({ id, customerId, kind: report }));

/** Who sells to what stands at the beginning of a chain: a reseller, or the level above it. */
const sellerOf = (chain: Chain): string => (chain.find(({ level }) => sells(level)) ?? chain[0]).id;

/** The attempt from which a move has what is below it held, and for how long. */
const patientFrom = 3;
const holdMs = 1_000;

/** Moves of customers within the caller's branch. */
export const moveStore = (context: StoreContext) => {
  const { db } = context;
  return {
    /**
     * Both chains, and what else a move looks at, in two round trips.
     * @throws DomainError not_found | customer_deleted, of the customer; not_found of a target out of sight; forbidden for the caller's own
     */
    async load(id: string, parentId: string): Promise<LoadedMove> {
      db.prefetch([customerKey(id), customerKey(parentId)]);
      const around = keysAround(await db.get(customerKey(id)), id, parentId);
      const reading = Promise.all([
        around.from && db.get(around.from),
        db.get(around.to),
        around.ref && db.get(around.ref),
      ]);
      reading.catch(() => undefined);
      const target = loadChain(context, parentId);
      target.catch(() => undefined);
      // What is to be moved is told of first: the caller's own branch may be deleted.
      const chain = await loadLiveChain(context, id);
      refuseOnOwn(context, chain[0], "The place");
      const [to, [from, arrived, ref]] = await Promise.all([target, reading]);
      return {
        chain,
        to,
        refTakenBy: !ref ? null : String(ref["customerId"]),
        totals: { from: from ?? undefined, to: arrived },
      };
    },

    /** The same for many customers; a customer that cannot be looked at has the refusal in the place of its move. */
    async loadAll(ids: readonly string[], parentId: string): Promise<(LoadedMove | DomainError)[]> {
      const [, ...items] = await db.getAll([parentId, ...ids].map(customerKey));
      // Together, so that as many share a call as may.
      db.prefetch(
        ids.flatMap((id, index) => {
          const { above, from, to, ref } = keysAround(items[index], id, parentId);
          return [...above, to, ...(from ? [from] : []), ...(ref ? [ref] : [])];
        }),
      );
      return Promise.all(ids.map((id) => orRefusal(this.load(id, parentId))));
    },
    /** The report subscriptions that go along with a move, and those of other levels that end or begin to report on the customer. */
    async reports(found: LoadedMove) {
      const { loses, gains } = sightOf(found);
      const of = async (levels: readonly { id: string }[]) =>
        (await Promise.all(levels.map(({ id }) => subscribedAt(db, id)))).flat();
      const [own, endAt, beginAt] = await Promise.all([subscribedAt(db, found.chain[0].id), of(loses), of(gains)]);
      return { goAlong: own.length, endAt, beginAt };
    },
    /**
     * The same move, once more, where somebody has kept coming in between: from here on what is allotted below the customer stays as it is for a
     * moment. Whoever would change that waits; should this process die, the moment passes.
     */
    async patiently(found: LoadedMove): Promise<LoadedMove> {
      const { id, version, parentId, spaceLimit, licenceLimit, heldUntil = 0 } = found.chain[0];
      const dependsOnBelow = spaceLimit === null || licenceLimit === null;
      if ((context.attempt ?? 1) < patientFrom || !dependsOnBelow) return found;
      const hold = context.now() + holdMs;
      const write: Update = {
        kind: "update",
        key: customerKey(id),
        set: { heldUntil: hold },
        add: {},
        when: [
          { attribute: "version", is: version },
          { attribute: "parentId", is: parentId },
          { attribute: "heldUntil", counts: heldUntil },
        ],
      };
      if ((await db.update(write)) === undefined) throw new Stale("Somebody else changes the customer.");
      return moveStore({ ...context, db: db.fresh(), hold }).load(id, found.to[0].id);
    },
    /** The parent that customers are to be moved to. @throws DomainError not_found */
    loadTarget: (parentId: string): Promise<Chain> => loadChain(context, parentId),

    /** Whether the new side has to know how many devices there are in the branch, and nobody has counted them yet. */
    mustBeCounted: ({ chain: [before], to }: Move): boolean => mustBeCounted(before, to),
    /** The customer's record, with the devices of its branch counted where they must be. @throws DomainError unavailable, see `countBelow` */
    counted: ({ chain: [before], to }: Move): Promise<CustomerRecord> => countedBefore(context, before, to),

    /** The customer's record under its new parent. */
    moved({ chain, to }: Move): CustomerRecord {
      const storageServer = keptServer({ chain, to }) ?? chain[0].storageServer;
      return { ...under(chain[0], to, context.now()), storageServer };
    },

    /**
     * The writes of a move, the same however much stands below the customer: its record, links and reference, the counters and totals of both
     * sides, and an entry in the log of each side, which does not name the other.
     * @throws DomainError allotment_exceeded | device_limit, also on commit
     */
    async writes({ chain, to, totals }: LoadedMove, after: CustomerRecord): Promise<Write[]> {
      const [before, parent, ...above] = chain;
      if (!parent) throw new Error("The provider is never moved.");
      const from: Chain = [parent, ...above];
      const { id, level, name } = before;
      const [left, arrived] = [
        { parentId: parent.id, item: totals.from },
        { parentId: to[0].id, item: totals.to },
      ];
      const node = { id, level, name };
      const [loser, gainer] = [sellerOf(from), sellerOf(to)];
      // Who sells to both sides neither gains nor loses.
      const tells = (seller: string): string | undefined => (loser === gainer ? undefined : seller);
      return [
        ...reparent(before, after, from, to),
        ...moveTotals(id, left, arrived, after.updatedAt),
        ...(await countServers(db, before, after)),
        logWrite(context, from, {
          type: "CustomerLeft",
          node: { id: parent.id, level: parent.level, name: parent.name },
          changes: [{ path: "customer", before: { id, name }, after: null }],
          tells: tells(loser),
        }),
        logWrite(context, [after, ...to], {
          type: "CustomerArrived",
          node,
          changes: [{ path: "parentId", before: null, after: to[0].id }],
          tells: tells(gainer),
        }),
      ];
    },

    now: (): number => context.now(),
    scopeId: context.caller.scopeId,
  };
};
