import * as z from "zod";
import { type AccountStanding, AccountRecord } from "../../domain/accounts/account.ts";
import {
  type Allocation,
  AllocationKind,
  allocationOfAccount,
  allocationOfCustomer,
  allocationOfDevice,
  allocationOfSet,
  type AllocationPlace,
  type ChangedAllocations,
} from "../../domain/usage/allocations.ts";
import { type Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { notFound, refuse } from "../../domain/terms/errors.ts";
import { sells } from "../../domain/terms/levels.ts";
import type { ServicePlan } from "../../domain/accounts/service-plan.ts";
import { accountStore } from "../accounts/accounts.ts";
import { readSet } from "../devices/backup-sets.ts";
import { loadChain, loadLiveChain, orAbsent, refuseOnOwn } from "../hierarchy/branch.ts";
import { allot, customerStore } from "../hierarchy/customers.ts";
import { readDevice } from "../devices/device-records.ts";
import { accountKey, customerKey, heldAfter, heldPath, heldPrefixes, linkForm, pointerKey } from "../table/keys.ts";
import { type BranchPlace, BranchPosition } from "../hierarchy/lists/branch-walk.ts";
import { listingStore } from "../hierarchy/lists/listing.ts";
import { difference } from "../../domain/hierarchy/log-changes.ts";
import { logWrite } from "../hierarchy/log.ts";
import { readPlans } from "../accounts/plans.ts";
import { isOnItsWay } from "../../domain/hierarchy/transit.ts";
import { bringAlong, loadPlace, transitOf } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Item } from "../table/units.ts";
import { mergeUpdates, type Write } from "../table/writes.ts";

/**
 * Where a page of allocations goes on: in the walk of the branch after the customer that `trail` leads to (null: at the top), and where
 * the next one is `inside.id`, behind the path `inside.after` of what it holds.
 */
export const AllocationPosition = z.object({
  trail: z.array(z.string()).max(6).nullable(),
  form: BranchPosition.shape.form,
  inside: z.object({ id: z.string(), after: z.string() }).nullable(),
});
type Position = z.infer<typeof AllocationPosition>;

/** Writes of one transaction in DynamoDB, less the answer that an idempotency key keeps. */
const writesAtMost = 99;
/** Of how many customers side by side a page asks for what they hold: few first, since one alone may fill it. */
const asideFirst = 4;
const asideAtMost = 64;

type HeldKind = keyof typeof heldPrefixes;
interface Held {
  kind: HeldKind;
  path: string;
  item: Item;
}
interface HeldPage {
  held: Held[];
  /** Where it goes on, null at the end. */
  next: string | null;
}

/** What the customers and accounts of the caller's branch have of space and licences. */
export const allocationStore = (context: StoreContext) => {
  const { db, caller } = context;

  /** What one customer holds, from a path on, in the order of a tree: each account with its devices, each of these with its sets. */
  const heldBy = async (
    customerId: string,
    kinds: readonly HeldKind[],
    after: string,
    want: number,
  ): Promise<HeldPage> => {
    const pages = await Promise.all(
      kinds.map(async (kind) => {
        const { items, last } = await db.query({
          pk: customerId,
          prefix: heldPrefixes[kind],
          after: after === "" ? undefined : heldAfter(kind, after),
          limit: want + 1,
        });
        const held = items.map((item): Held => ({ kind, path: heldPath(String(item["sk"])), item }));
        return { held, end: last === undefined ? undefined : held.at(-1)?.path };
      }),
    );
    // Where one range was not read to its end, what the others hold behind that place comes with the next page.
    const ends = pages.flatMap(({ end }) => end ?? []).sort();
    const held = pages
      .flatMap((page) => page.held)
      .filter(({ path }) => ends[0] === undefined || path <= ends[0])
      .sort((one, other) => (one.path < other.path ? -1 : 1));
    const shown = held.slice(0, want);
    const more = held.length > want || ends.length > 0;
    return { held: shown, next: more ? (shown.at(-1)?.path ?? after) : null };
  };

  /** The parent accounts, by id, that sub-accounts among these have. */
  const parentsOf = async (accounts: readonly AccountRecord[]): Promise<Map<string, AccountRecord>> => {
    const keys = accounts.flatMap(({ customerId, parentAccountId: id }) =>
      id === null ? [] : [accountKey(customerId, id)],
    );
    const here = new Map(accounts.map((account) => [account.id, account]));
    const wanted = keys.filter(({ sk }) => !here.has(heldPath(sk)));
    const found = (await db.getAll(wanted)).flatMap((item) => (item ? [AccountRecord.parse(item)] : []));
    return new Map([...here, ...found.map((account) => [account.id, account] as const)]);
  };

  interface Row {
    chain: Chain;
    held: Held | null;
  }
  /** Rows without what is on its way to another customer: its account has gone ahead, or follows another one that has. */
  const staying = async (rows: readonly Row[]): Promise<Row[]> => {
    const moving = [...new Map(rows.map(({ chain: [customer] }) => [customer.id, customer])).values()].filter(
      ({ moveId }) => moveId !== null,
    );
    const transits = new Map(await Promise.all(moving.map(async (one) => [one.id, await transitOf(db, one)] as const)));
    return rows.filter(({ chain: [{ id }], held }) => {
      const accountId = held && String(held.kind === "account" ? held.item["id"] : held.item["accountId"]);
      return !isOnItsWay(transits.get(id) ?? null, id, accountId);
    });
  };
  const present = async (all: readonly Row[], reading: Promise<ServicePlan[]>): Promise<Allocation[]> => {
    const rows = await staying(all);
    const accounts = new Map(
      rows.flatMap(({ held }) => (held?.kind === "account" ? [[held, AccountRecord.parse(held.item)] as const] : [])),
    );
    const [plans, known] = await Promise.all([reading, parentsOf([...accounts.values()])]);
    return rows.map(({ chain, held }) => {
      const account = held && accounts.get(held);
      if (account)
        return allocationOfAccount({ account, parent: known.get(account.parentAccountId ?? "") ?? null, plans, chain });
      if (held)
        return held.kind === "device" ? allocationOfDevice(readDevice(held.item)) : allocationOfSet(readSet(held.item));
      return allocationOfCustomer(chain, caller.scopeId, context.now());
    });
  };

  /** Where an account stands. @throws DomainError not_found */
  const loadStanding = async (id: string, plans: Promise<ServicePlan[]>): Promise<AccountStanding> => {
    const { chain, read, transit } = await loadPlace(context, id, "account", false, ({ customerId, parentAccountId }) =>
      Promise.all([
        db.get(accountKey(customerId, id)),
        parentAccountId === null ? undefined : db.get(accountKey(customerId, parentAccountId)),
        plans,
      ]),
    );
    const [account, parent] = read;
    if (!account) throw notFound("account");
    // Whoever changes it finds it at its new place in a moment.
    if (transit) await bringAlong(context, transit, id);
    return {
      account: AccountRecord.parse(account),
      parent: parent ? AccountRecord.parse(parent) : null,
      plans: read[2],
      chain,
    };
  };

  return {
    /**
     * A page of the rows of a customer's branch, itself first: depth first in name order, below each end-customer and site what it
     * holds down to a kind. Round trips: those of the walk of the branch, one for each group of customers whose holdings fill the page,
     * one more for parent accounts that are on another page. @throws DomainError not_found
     */
    async page(topId: string, downTo: AllocationKind, limit: number, position: Position | null) {
      const kinds = AllocationKind.options
        .slice(1, AllocationKind.options.indexOf(downTo) + 1)
        .filter((kind) => kind !== "customer");
      const plans = kinds.length === 0 ? Promise.resolve([]) : readPlans(db);
      plans.catch(() => undefined);
      const from: Position = position ?? { trail: null, inside: null, form: linkForm };
      // A customer that is gone on with takes no row.
      const want = from.inside ? limit + 1 : limit;
      const walked = await listingStore(context).branch(
        topId,
        undefined,
        want,
        from.trail && { trail: from.trail, form: from.form },
      );
      const rows: Row[] = [];
      /** Takes a customer into the page with what it holds; answers where it goes on, null where all of it is there. */
      const take = async ({ chain }: BranchPlace, first: HeldPage, resumed: boolean): Promise<Position["inside"]> => {
        const { id } = chain[0];
        if (!resumed) rows.push({ chain, held: null });
        for (let page = first; ;) {
          const shown = page.held.slice(0, limit - rows.length);
          rows.push(...shown.map((held) => ({ chain, held })));
          if (shown.length < page.held.length) return { id, after: shown.at(-1)?.path ?? "" };
          if (page.next === null) return null;
          if (rows.length >= limit) return { id, after: page.next };
          page = await heldBy(id, kinds, page.next, limit - rows.length);
        }
      };
      const isResumed = ({ chain }: BranchPlace): boolean => chain[0].id === from.inside?.id;
      let [done, trail, inside]: [number, Position["trail"], Position["inside"]] = [0, from.trail, null];
      for (let aside = asideFirst; done < walked.places.length && rows.length < limit && !inside;) {
        const group = walked.places.slice(done, done + aside);
        const room = limit - rows.length;
        const each = Math.min(room, Math.ceil((asideFirst * room) / group.length));
        const held = await Promise.all(
          group.map((place) => {
            const [{ id, level }] = place.chain;
            if (kinds.length === 0 || sells(level)) return { held: [], next: null };
            return heldBy(id, kinds, isResumed(place) ? (from.inside?.after ?? "") : "", each);
          }),
        );
        for (const [index, place] of group.entries()) {
          if (rows.length >= limit || inside) break;
          inside = await take(place, held[index] ?? { held: [], next: null }, isResumed(place));
          if (inside) break;
          done += 1;
          trail = place.trail;
        }
        aside = Math.min(aside * 4, asideAtMost);
      }
      const items = await present(rows, plans);
      if (inside || done < walked.places.length) return { items, next: { trail, inside, form: linkForm } };
      return { items, next: walked.next && { ...walked.next, inside: null } };
    },

    /**
     * The customer whose branch is changed, and where those of the named customers and accounts stand that are in its branch. One
     * round trip where they were read with the credential. @throws DomainError not_found | customer_deleted
     */
    async load(topId: string, ids: readonly string[]): Promise<{ top: Chain; places: Map<string, AllocationPlace> }> {
      const accounts = ids.filter((id) => id.startsWith("acc_"));
      db.prefetch(ids.map((id) => (id.startsWith("acc_") ? pointerKey(id) : customerKey(id))));
      const plans = accounts.length === 0 ? Promise.resolve([]) : readPlans(db);
      plans.catch(() => undefined);
      const [top, ...found] = await Promise.all([
        loadLiveChain(context, topId),
        ...ids.map((id): Promise<AllocationPlace | null> =>
          orAbsent(
            id.startsWith("acc_") ? loadStanding(id, plans) : loadChain(context, id).then((chain) => ({ chain })),
          ),
        ),
      ]);
      const inBranch = ({ chain }: AllocationPlace): boolean => chain.some(({ id }) => id === topId);
      return {
        top,
        places: new Map(
          found.flatMap((place, index) => (place && inBranch(place) ? [[ids[index] ?? "", place] as const] : [])),
        ),
      };
    },

    /**
     * Counts what there is below customers that get a limit of devices where they had none; not in a dry run.
     * @returns devices of the changed customers, by id, where something was counted @throws DomainError unavailable, as `countDevices`
     */
    async countDevices({ customers }: ChangedAllocations, dryRun: boolean): Promise<ReadonlyMap<string, number>> {
      const limited = customers.filter(
        ({ before, after }) => before.deviceLimit === null && after.deviceLimit !== null,
      );
      if (limited.length === 0 || dryRun) return new Map();
      const { countDevices } = customerStore(context);
      for (const { before, after } of limited) await countDevices(before, after.deviceLimit, dryRun);
      const items = await db.fresh().getAll(customers.map(({ before }) => customerKey(before.id)));
      const records = items.flatMap((item) => (item ? [CustomerRecord.parse(item)] : []));
      return new Map(records.map(({ id, deviceDrawn }) => [id, deviceDrawn]));
    },

    /**
     * The writes of changes that were worked out together: each changed record on the condition of its version, one write for each
     * customer whose counters they move, one log entry each. @throws DomainError too_many where that is more than one transaction holds
     */
    save({ customers, accounts, allowances }: ChangedAllocations, dryRun: boolean): Write[] {
      const [customerWrites, accountWrites] = [customerStore(context), accountStore(context)];
      const writes: Write[] = [
        ...customers.flatMap(({ before, after, chain: [, ...parents] }) => [
          ...customerWrites.save(before, after, parents),
          ...customerWrites.limitDevices(before, after.deviceLimit, !dryRun),
        ]),
        ...allowances.flatMap(({ before, space, licences }) => [
          ...(space ? [allot("space", before, space)] : []),
          ...(licences ? [allot("licences", before, licences)] : []),
        ]),
        ...accounts.flatMap(({ before, after, chain }) => accountWrites.save(before, after, chain)),
        ...customers.map(({ before, after, chain }) => {
          const node = { id: after.id, level: after.level, name: after.name };
          return logWrite(context, chain, { type: "CustomerUpdated", node, changes: difference(before, after) });
        }),
        ...accounts.map(({ before, after, chain }) => {
          const node = { id: after.id, level: null, name: after.username };
          return logWrite(context, chain, { type: "AccountUpdated", node, changes: difference(before, after) });
        }),
      ];
      const merged = mergeUpdates(writes);
      if (merged.length > writesAtMost)
        throw refuse(
          "too_many",
          "changes",
          `These changes touch ${merged.length} records, of which one transaction holds ${writesAtMost}; split them.`,
        );
      return merged;
    },

    /** @throws DomainError forbidden where the caller would change what the level above decides for it */
    refuseOnOwn: (record: CustomerRecord, what: string): void => refuseOnOwn(context, record, what),
    now: (): number => context.now(),
    storage: context.storage,
    scopeId: caller.scopeId,
  };
};
