import { type AccountRecord, AccountRecord as AccountSchema } from "../../domain/accounts/account.ts";
import type { ServicePlan } from "../../domain/accounts/service-plan.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { orRefusal } from "./row-refusals.ts";
import type { DomainError } from "../../domain/terms/errors.ts";
import type { Transit } from "../../domain/hierarchy/transit.ts";
import {
  type AccountMove,
  accountThere,
  nothingSurveyed,
  planThere,
  type RefTaken,
  type Survey,
  weightOf,
} from "../../domain/life/account-move.ts";
import { accountStore } from "../accounts/accounts.ts";
import { accountRefs, planTaken, timersOf } from "../accounts/account-writes.ts";
import { carryContact } from "../accounts/contacts.ts";
import { readPlans } from "../accounts/plans.ts";
import { readSetItems, readSet } from "../devices/backup-sets.ts";
import { readDevice } from "../devices/device-records.ts";
import { moveDevice } from "../devices/moved-devices.ts";
import { loadChain, refuseHeld } from "../hierarchy/branch.ts";
import { logWrite } from "../hierarchy/log.ts";
import { pointTo } from "../hierarchy/pointers.ts";
import type { StoreContext, WorkContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import {
  accountKey,
  accountRefKey,
  customerKey,
  devicePrefix,
  loginKey,
  planGuardKey,
  pointerKey,
  toldKey,
  transitKey,
} from "../table/keys.ts";
import { timerChanges, timerPut } from "../table/timers.ts";
import { type Condition, insert, mergeUpdates, removeWhere, Stale, type Write } from "../table/writes.ts";
import type { Origin } from "../../domain/life/undo.ts";
import { transfer } from "./transfers.ts";
import { accountsOf, emptying, surveyOf } from "./surveys.ts";
import { rememberOrigin } from "./undo.ts";

/** Writes that one transaction of a move may have, beside those of whoever asked for it. DynamoDB takes a hundred. */
export const writesAtMost = 90;
/** Devices that are looked at to see whether all of them fit beside their account. */
const devicesBeside = 8;
/** When a move is looked at again whose worker is not heard of. */
export const goOnAfterMs = 60_000;

/** An account to be moved, with what its move is worked out from. */
export type LoadedAccountMove = AccountMove;

const asRead = (account: AccountRecord): Condition[] => [
  { attribute: "version", is: account.version },
  { attribute: "moveId", is: null },
  { attribute: "usedBytes", counts: account.usedBytes },
  { attribute: "deviceCount", counts: account.deviceCount },
  { attribute: "licencesUsed", counts: account.licencesUsed },
  { attribute: "licencesUsedToDate", counts: account.licencesUsedToDate },
  { attribute: "devicesHeld", counts: account.devicesHeld },
  // Devices that share data with others have been looked for since.
  { attribute: "setMoves", counts: account.setMoves },
];

/** Writes that put an account itself elsewhere: its record, login and pointer. What it was told of its limits is forgotten. */
export function relocate(before: AccountRecord, after: AccountRecord, to: Chain): Write[] {
  const { id, username, customerId } = before;
  const { parentAccountId, contactId } = after;
  return [
    { kind: "delete", key: accountKey(customerId, id), when: asRead(before) },
    insert(accountKey(after.customerId, id), { kind: "account", ...after }),
    {
      kind: "update",
      key: loginKey(username),
      set: { customerId: to[0].id, ancestors: to.slice(1).map((above) => above.id), parentAccountId },
      add: {},
      when: [{ attribute: "accountId", is: id }],
    },
    pointTo(id, to, { parentAccountId, contactId }),
    { kind: "delete", key: toldKey(customerId, id), when: [] },
    ...accountRefs(before, after),
    ...timerChanges(pointerKey(id).pk, timersOf(before), timersOf(after)),
  ];
}

/** The references of accounts that others have where they go: at the customer, or below the parent account that is there. */
async function refsTakenAt(
  db: Database,
  { account, subs }: Pick<AccountMove, "account" | "subs">,
  holder: AccountRecord | null,
  customerId: string,
): Promise<RefTaken[]> {
  // Sub-accounts of a parent account stay below it, and keep their references there.
  const placed = [account, ...(holder ? subs : [])].flatMap(({ id, externalRef: ref }) =>
    ref === null ? [] : [{ accountId: id, ref }],
  );
  const found = await db.getAll(placed.map(({ ref }) => accountRefKey(holder?.id ?? customerId, ref)));
  return placed.flatMap(({ accountId, ref }, index) => {
    const there = found[index]?.["accountId"] ?? placed.slice(0, index).find((one) => one.ref === ref)?.accountId;
    return there === undefined || there === accountId ? [] : [{ accountId, ref, takenBy: String(there) }];
  });
}

/** Writes that keep the parent account for a plan unique on both sides. */
function guards({ account, to }: AccountMove, after: AccountRecord): Write[] {
  return [
    ...(account.plan === null
      ? []
      : [removeWhere(planGuardKey(account.customerId, account.plan), "accountId", account.id)]),
    ...(after.plan === null
      ? []
      : [
          insert(
            planGuardKey(to[0].id, after.plan),
            { kind: "plan-account", accountId: account.id },
            planTaken(after.plan),
          ),
        ]),
  ];
}

/** Writes by which parent accounts count what a sub-account brings them, or takes along. */
function parentCounts({ account, parent, holder, to }: AccountMove, devices: number, licences: number): Write[] {
  const count = (customerId: string, id: string, sign: 1 | -1, ...when: Condition[]): Write => ({
    kind: "update",
    key: accountKey(customerId, id),
    set: {},
    add: { licencesUsed: sign * licences, devicesHeld: sign * devices },
    when: [{ exists: true }, { attribute: "deletedAt", is: null }, ...when],
  });
  return [
    ...(parent ? [count(account.customerId, parent.id, -1)] : []),
    // The references below it have been looked at since.
    ...(holder ? [count(to[0].id, holder.id, 1, { attribute: "refChanges", counts: holder.refChanges })] : []),
  ];
}

/** The conditions on which a move begins: no other is under way from or to the same customers. */
const notMoving = (chain: Chain): Write => ({
  kind: "check",
  key: customerKey(chain[0].id),
  when: [{ attribute: "moveId", is: null }],
});

/** Writes that say of both customers that accounts are on their way between them. */
const setOut = (transit: Transit, accountId: string, now: number): Write[] => [
  ...[transit.fromId, transit.toId].flatMap((id): Write[] => [
    { kind: "update", key: customerKey(id), set: { moveId: transit.moveId }, add: {}, when: [] },
    insert(transitKey(id), { kind: "transit", ...transit }),
  ]),
  timerPut(pointerKey(accountId).pk, "account-move", new Date(now + goOnAfterMs).toISOString()),
];

/** The devices that go in the same transaction as their account, where all of them do; null: there are more. */
async function devicesAlong(
  db: Database,
  { account, subs, from, to }: AccountMove,
  after: AccountRecord,
  room: number,
): Promise<Write[] | null> {
  if (subs.length > 0) return null;
  const { customerId, id } = account;
  const { items } = await db.query({ pk: customerId, prefix: devicePrefix(id), limit: devicesBeside + 1 });
  if (items.length > devicesBeside) return null;
  const devices = items.map(readDevice);
  const sets = await Promise.all(
    devices.map(async (device) =>
      (await readSetItems(db, { customerId, accountId: id, deviceId: device.id })).map(readSet),
    ),
  );
  const destination = { chain: to, accountId: id, parentAccountId: after.parentAccountId };
  const writes = devices.flatMap(
    (device, index) => moveDevice(device, sets[index] ?? [], from, destination, after.updatedAt).writes,
  );
  return mergeUpdates(writes).length <= room ? writes : null;
}

/** Moves of accounts within the caller's branch. */
export const accountMoveStore = (context: StoreContext) => {
  const { db } = context;
  const accounts = accountStore(context);

  // Rows of one request mostly come from one customer.
  const read = new Map<string, Promise<AccountRecord[]>>();
  /** The sub-accounts of a parent account. */
  const subsOf = async ({ id, customerId, parentAccountId }: AccountRecord): Promise<AccountRecord[]> => {
    if (parentAccountId !== null) return [];
    const all = read.get(customerId) ?? accountsOf(db, customerId);
    read.set(customerId, all);
    return (await all).filter((account) => account.parentAccountId === id);
  };

  const holderOf = async (customerId: string, plan: string): Promise<AccountRecord | null> => {
    const guard = await db.get(planGuardKey(customerId, plan));
    const item = guard && (await db.get(accountKey(customerId, String(guard["accountId"]))));
    return item ? AccountSchema.parse(item) : null;
  };

  return {
    /** The customer that accounts are to be moved to. @throws DomainError not_found */
    loadTarget: (customerId: string): Promise<Chain> => loadChain(context, customerId),

    /** The plan of a parent account, null where it is none of that customer's any more. */
    async planAt(customerId: string, id: string): Promise<string | null> {
      const item = await db.get(accountKey(customerId, id));
      const account = item ? AccountSchema.parse(item) : null;
      return account?.deletedAt === null ? account.plan : null;
    },

    /**
     * An account with all that its move is worked out from.
     * @throws DomainError not_found of an account, or a target, out of sight; customer_deleted of the account's customer
     */
    async load(
      id: string,
      customerId: string,
      wishes: AccountMove["wishes"],
      /** The target's chain, where it is known, or is not there yet. */
      known?: Chain,
      /** What has been found out about the devices. */
      surveyed?: Survey,
    ): Promise<LoadedAccountMove> {
      const target = known ? Promise.resolve(known) : loadChain(context, customerId);
      target.catch(() => undefined);
      const place = await accounts.loadLive(id);
      const { account, parent, chain: from } = place;
      const to = await target;
      const plans: readonly ServicePlan[] = await readPlans(db);
      const move: LoadedAccountMove = {
        account,
        parent,
        subs: [],
        from,
        to,
        plans,
        holder: null,
        survey: nothingSurveyed,
        refsTaken: [],
        wishes,
      };
      if (account.customerId === customerId) return move;
      refuseHeld(to, context.now());
      const subs = await subsOf(account);
      const [holder, survey] = await Promise.all([
        holderOf(customerId, planThere(move)),
        surveyed ?? surveyOf(db, [account, ...subs], customerId),
      ]);
      return { ...move, subs, holder, survey, refsTaken: await refsTakenAt(db, { account, subs }, holder, customerId) };
    },

    /**
     * The same move, with everything but the devices read anew: looking through many of them takes longer than what the account counts stays the same.
     * @throws Stale where devices have come or gone since, or share data with others
     */
    async refreshed(move: LoadedAccountMove) {
      const { account, to, wishes, survey } = move;
      const moves = accountMoveStore({ ...context, db: db.fresh() });
      const now = await moves.load(account.id, to[0].id, wishes, undefined, survey);
      const { devicesHeld, setMoves } = now.account;
      if (devicesHeld !== account.devicesHeld || setMoves !== account.setMoves)
        throw new Stale("The account has other devices by now.");
      return { moves, move: now };
    },

    /** The same for many accounts; one that cannot be looked at has the refusal in the place of its move. */
    loadAll(
      ids: readonly string[],
      customerId: string,
      wishes: AccountMove["wishes"],
      known?: Chain,
    ): Promise<(LoadedAccountMove | DomainError)[]> {
      db.prefetch(ids.map(pointerKey));
      return Promise.all(ids.map((id) => orRefusal(this.load(id, customerId, wishes, known))));
    },

    /**
     * The writes that put an account under its new customer, and of what it holds as much as goes at once.
     * @param moveId names the move to whoever meets it
     * @param beside how many other writes the transaction has
     * @param bringsLicences its licences come with their share of the limit, where both customers have one
     * @returns `transit`: what is on its way from then on; null: all is there
     * @throws DomainError plan_taken | device_limit | allotment_exceeded | machine_taken, also on commit
     */
    async writes(
      move: LoadedAccountMove,
      moveId: string,
      beside: number,
      bringsLicences = false,
    ): Promise<{ writes: Write[]; transit: Transit | null }> {
      const { account, subs, from, to } = move;
      const going = [account.id, ...subs.map(({ id }) => id)];
      const carried = await carryContact(context, account, to, going, {});
      const there = accountThere(move, carried.contactId, context.now());
      const { devices, licences } = weightOf(move);
      // What sub-accounts use, and have used to date, goes along with each of them.
      const { usedBytes, licencesUsedToDate: licencesToDate } = account;
      const weight = { devices, licences, licencesToDate, usedBytes };
      const ownPools = bringsLicences && from[0].licenceLimit !== null && to[0].licenceLimit !== null;
      const origin = originOfAccount(move);
      const own = (after: AccountRecord): Write[] => [
        rememberOrigin(moveId, account.id, origin, context.now()),
        ...relocate(account, after, to),
        ...guards(move, after),
        ...parentCounts(move, devices, licences),
        ...carried.writes,
        ...transfer(from, to, weight, ownPools),
        notMoving(from),
        notMoving(to),
        ...logs(context, move, after),
      ];
      const room = writesAtMost - beside - mergeUpdates(own(there)).length;
      const along = await devicesAlong(db, move, there, room);
      if (along) return { writes: [...own(there), ...along], transit: null };
      const transit: Transit = {
        moveId,
        fromId: from[0].id,
        toId: to[0].id,
        leadId: account.id,
        accountIds: going,
        leadingId: there.parentAccountId ?? account.id,
        copied: { ...carried.copied },
        startedAt: there.updatedAt,
      };
      return { writes: [...own({ ...there, moveId }), ...setOut(transit, account.id, context.now())], transit };
    },

    emptying: (customerId: string) => emptying(db, customerId),
    now: (): number => context.now(),
    scopeId: context.caller.scopeId,
  };
};

/** Where an account was. Sub-accounts are named where they go to another parent account: then each goes back by itself. */
function originOfAccount({ account, subs, holder, to }: AccountMove): Origin {
  const { customerId, plan, trialEndsAt, trialEndedAt, trialDeleteAt } = account;
  return {
    what: "account",
    customerId,
    nowAt: to[0].id,
    plan,
    parentId: account.parentAccountId,
    trial: { trialEndsAt, trialEndedAt, trialDeleteAt },
    subs: holder === null ? [] : subs.map(({ id }) => id),
  };
}

/** An entry in the log of each side, which does not name the other. */
function logs(
  context: WorkContext & Pick<StoreContext, "caller">,
  { account, from, to }: AccountMove,
  after: AccountRecord,
): Write[] {
  const node = { id: account.id, level: null, name: account.username };
  return [
    logWrite(context, from, {
      type: "AccountLeft",
      node: { id: from[0].id, level: from[0].level, name: from[0].name },
      changes: [{ path: "account", before: { id: account.id, username: account.username }, after: null }],
    }),
    logWrite(context, to, {
      type: "AccountArrived",
      node,
      changes: [
        { path: "customerId", before: null, after: to[0].id },
        ...(after.plan === account.plan ? [] : [{ path: "plan", before: account.plan, after: after.plan }]),
        ...(after.parentAccountId === account.parentAccountId
          ? []
          : [{ path: "parentAccountId", before: null, after: after.parentAccountId }]),
      ],
    }),
  ];
}
