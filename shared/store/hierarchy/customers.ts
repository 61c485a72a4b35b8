import * as z from "zod";
import type { AllowanceChange, Commitment } from "../../domain/terms/allowance.ts";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { nextNight, zoneOf } from "../../domain/billing/night.ts";
import { vaultFields } from "../../domain/hierarchy/vault.ts";
import { refuse } from "../../domain/terms/errors.ts";
import type { ServiceType } from "../../domain/terms/service-types.ts";
import { loadChain, loadLiveChain, refuseOnOwn } from "./branch.ts";
import { customerKey, defaultCustomerKey, linkPrefix, nameKey, refKey } from "../table/keys.ts";
import { countBelow } from "./device-counting.ts";
import { countBranch, deviceFree, limitDevices, returnBranch } from "./device-pools.ts";
import { linkChanges } from "./links.ts";
import { type LogEvent, logWrite } from "./log.ts";
import type { StoreContext } from "./scope.ts";
import { timerChanges, timerPut, type Timers } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import { insert, removeWhere, type Condition, type Update, type Write } from "../table/writes.ts";

/** Attributes of a record that other changes count up and down; they never travel with a save. */
const counters = [
  "spaceCommitted",
  "spaceDrawn",
  "licenceCommitted",
  "licenceDrawn",
  "usedBytes",
  "licencesUsed",
  "licencesUsedToDate",
  "deviceCount",
  "deviceDrawn",
  "devicesCounted",
  "devicesCountedAbove",
] as const;

/** Attributes of the two allowances in the record. `free` is kept beside the limit because a condition cannot subtract. */
const allowanceAttributes = {
  space: { limit: "spaceLimit", committed: "spaceCommitted", drawn: "spaceDrawn", free: "spaceFree" },
  licences: { limit: "licenceLimit", committed: "licenceCommitted", drawn: "licenceDrawn", free: "licenceFree" },
} as const;
export type AllowanceKind = keyof typeof allowanceAttributes;

/** The item of a record: the record and what only conditions need. */
const toItem = (record: CustomerRecord) => ({
  kind: "customer",
  ...record,
  ...(record.spaceLimit !== null && { spaceFree: record.spaceLimit - record.spaceCommitted - record.spaceDrawn }),
  ...(record.licenceLimit !== null && {
    licenceFree: record.licenceLimit - record.licenceCommitted - record.licenceDrawn,
  }),
  deviceFree: deviceFree(record),
});

/** How long a vault that was just ordered is left to the stream before a sweep takes it. */
const streamsTurnMs = 2 * 60_000;

/** When a sweep takes a vault at which nobody has made an attempt yet. */
const firstLook = ({
  vaultStatus,
  vaultOrderedAt,
  vaultAttempts,
}: Pick<CustomerRecord, "vaultStatus" | "vaultOrderedAt" | "vaultAttempts">): string | null =>
  vaultStatus === "provisioning" && vaultOrderedAt !== null && vaultAttempts === 0
    ? new Date(Date.parse(vaultOrderedAt) + streamsTurnMs).toISOString()
    : null;

/** The timers of a customer as they follow from its record. After the first attempt at its vault, whoever makes them sets that timer. */
const timersOf = ({ trialEndsAt, trialNoticeAt, purgeAt, ...record }: CustomerRecord): Timers => ({
  "trial-end": trialEndsAt,
  "trial-notice": trialNoticeAt,
  purge: purgeAt,
  "vault-provision": firstLook(record),
});

const RefItem = z.object({ customerId: z.string() });

/**
 * All writes of new customers: unique references and names, records, links and timers. `above` is the chain of the first one's parent.
 * `refusal` is what a taken reference means; without it somebody else was faster, and the change is worked out again.
 */
export function insertCustomers(
  records: readonly CustomerRecord[],
  above: readonly CustomerRecord[],
  refusal: (ref: string) => Error | undefined = refTaken,
): Write[] {
  const known = new Map([...above, ...records].map((record) => [record.id, record]));
  const chainOf = (record: CustomerRecord): CustomerRecord[] => {
    const parent = record.parentId === null ? undefined : known.get(record.parentId);
    return parent ? [record, ...chainOf(parent)] : [record];
  };
  return records.flatMap((record) => {
    const [, ...parents] = chainOf(record);
    const [parent] = parents;
    const { id, externalRef: ref, parentId } = record;
    return [
      // First, since the first condition that fails decides: who takes the same reference also takes the same name.
      ...(ref !== null && parentId !== null
        ? [insert(refKey(parentId, ref), { kind: "ref", customerId: id }, refusal(ref))]
        : []),
      insert(nameKey(record.name), { kind: "name", customerId: id }, nameTaken(record.name)),
      insert(customerKey(id), toItem(record)),
      ...(parent ? linkChanges(null, { record, parent }) : []),
      ...(record.isDefault && parentId !== null
        ? [insert(defaultCustomerKey(parentId), { kind: "default-customer", customerId: id })]
        : []),
      ...timerChanges(id, {}, timersOf(record)),
      timerPut(id, "ledger", nextNight(zoneOf([record, ...parents]), Date.parse(record.createdAt))),
    ];
  });
}

const nameTaken = (name: string) =>
  refuse("name_taken", "name", `The name "${name}" is taken; names are unique in the whole installation.`);
export const refTaken = (ref: string) =>
  refuse("external_ref_taken", "externalRef", `The reference "${ref}" is taken by another customer of this parent.`);

/**
 * Writes that bring a record from one state to another: what changed, on the condition of the version, with its name,
 * reference, links and timer. Counters are left alone.
 */
export function saveCustomer(
  before: CustomerRecord,
  after: CustomerRecord,
  parents: readonly CustomerRecord[],
): Write[] {
  const [parent] = parents;
  const set: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after))
    if (
      !(counters as readonly string[]).includes(name) &&
      JSON.stringify(value) !== JSON.stringify(before[name as keyof CustomerRecord])
    )
      set[name] = value;
  const update: Update = {
    kind: "update",
    key: customerKey(before.id),
    set: { ...set, version: before.version + 1 },
    add: {},
    when: [{ attribute: "version", is: before.version }],
  };
  const [oldName, newName] = [nameKey(before.name), nameKey(after.name)];
  const renamed = oldName.pk !== newName.pk;
  const parentId = before.parentId;
  const refChanged = before.externalRef !== after.externalRef && parentId !== null;
  return [
    update,
    ...(renamed
      ? [
          removeWhere(oldName, "customerId", before.id),
          insert(newName, { kind: "name", customerId: before.id }, nameTaken(after.name)),
        ]
      : []),
    ...(refChanged && before.externalRef !== null
      ? [removeWhere(refKey(parentId, before.externalRef), "customerId", before.id)]
      : []),
    ...(refChanged && after.externalRef !== null
      ? [
          insert(
            refKey(parentId, after.externalRef),
            { kind: "ref", customerId: before.id },
            refTaken(after.externalRef),
          ),
        ]
      : []),
    ...(parent ? linkChanges({ record: before, parent }, { record: after, parent }) : []),
    ...timerChanges(before.id, timersOf(before), timersOf(after)),
  ];
}

/**
 * Writes that bring what a record says of its vault from one state to another, on the condition that the same was on order. Like counters, that
 * does not count for `version`.
 */
export function saveVault(before: CustomerRecord, after: CustomerRecord): Write[] {
  const names = Object.keys(vaultFields) as (keyof typeof vaultFields)[];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (changed.length === 0) return [];
  return [
    {
      kind: "update",
      key: customerKey(before.id),
      set: Object.fromEntries(changed.map((name) => [name, after[name]])),
      add: {},
      when: [{ exists: true }, { attribute: "vaultOrderedAt", is: before.vaultOrderedAt }],
    },
    ...timerChanges(before.id, timersOf(before), timersOf(after)),
  ];
}

/** Conditions that nothing was committed or drawn below a customer since it was read. */
export const settled = (
  kind: AllowanceKind,
  { [allowanceAttributes[kind].committed]: committed, [allowanceAttributes[kind].drawn]: drawn }: CustomerRecord,
): Condition[] => [
  { attribute: allowanceAttributes[kind].committed, is: committed as number },
  { attribute: allowanceAttributes[kind].drawn, is: drawn as number },
];

/**
 * The write that makes a change of one customer's allowance, with its free share, on the condition that there is room for it. Where
 * the limit changes, the write of the record itself (`save`) sets it and holds the version. Licences move only where nothing is deleted: what
 * deletes a branch gives them all back at once.
 */
export function allot(kind: AllowanceKind, before: CustomerRecord, change: AllowanceChange): Update {
  const name = allowanceAttributes[kind];
  const { limit, committed, drawn } = change;
  const old = before[name.limit];
  const needed = committed + drawn;
  const add = { ...(committed !== 0 && { [name.committed]: committed }), ...(drawn !== 0 && { [name.drawn]: drawn }) };
  const update = { kind: "update", key: customerKey(before.id), set: {}, add } as const;
  const was = { attribute: name.limit, is: old };
  const live = kind === "licences" ? [{ attribute: "deletedAt", is: null } as const] : [];
  if (old !== null && limit !== null) {
    const less = needed - (limit - old);
    const enough = { attribute: name.free, atLeast: Math.max(0, less) };
    const room = limit === old ? [needed > 0 ? enough : was] : [was, enough];
    return { ...update, add: { ...add, [name.free]: -less }, when: [...live, ...room] };
  }
  if (old === null && limit === null)
    // The share goes on to the next level only because this one has no limit and stands where it stands.
    return {
      ...update,
      when: [
        ...live,
        was,
        { attribute: "parentId", is: before.parentId },
        { attribute: "heldUntil", counts: before.heldUntil ?? 0 },
        { attribute: name.committed, atMost: Number.MAX_SAFE_INTEGER - Math.max(0, committed) },
      ],
    };
  const inUse = before[name.committed] + before[name.drawn] + needed;
  return {
    ...update,
    set: { [name.free]: limit === null ? null : limit - inUse },
    when: [...live, was, ...settled(kind, before)],
  };
}

/** Writes that commit a share at the ancestors that a plan names (`domain/allowance`), each under its own condition. */
export function commitShares(
  kind: AllowanceKind,
  plan: readonly Commitment[],
  ancestors: readonly CustomerRecord[],
): Write[] {
  return plan.map(({ step, committed, drawn }) => {
    const ancestor = ancestors[step];
    if (!ancestor) throw new Error("A commitment names an ancestor that the chain does not have.");
    return allot(kind, ancestor, { limit: ancestor[allowanceAttributes[kind].limit], committed, drawn });
  });
}

/** The customers of the caller's branch. */
export const customerStore = (context: StoreContext) => ({
  /** A customer with all above it. @throws DomainError not_found */
  load: (id: string): Promise<Chain> => loadChain(context, id),
  /** The counters of a customer that are no part of its record, such as those of attention; read with it. */
  counters: async (id: string): Promise<Item> => (await context.db.get(customerKey(id))) ?? {},
  /** The same, for a change. @throws DomainError not_found | customer_deleted */
  loadLive: (id: string): Promise<Chain> => loadLiveChain(context, id),
  /** @throws DomainError forbidden where the caller would change what the level above decides for it */
  refuseOnOwn: (record: CustomerRecord, what: string): void => refuseOnOwn(context, record, what),

  /** Id of the child of `parentId` with an external reference, null without one. Deleted customers keep their reference. */
  async findByRef(parentId: string, ref: string): Promise<string | null> {
    const item = await context.db.get(refKey(parentId, ref));
    return item ? RefItem.parse(item).customerId : null;
  },

  /** Id of the Default Customer of a reseller, null where it has none. */
  async findDefault(parentId: string): Promise<string | null> {
    const item = await context.db.get(defaultCustomerKey(parentId));
    return item ? RefItem.parse(item).customerId : null;
  },

  /** Which of these types a child that is not deleted has or may provide: one key look-up each, side by side. */
  async usedByChildren(parentId: string, types: readonly ServiceType[]): Promise<ServiceType[]> {
    const used = await Promise.all(
      types.map(async (serviceType) => {
        const prefix = linkPrefix({ by: "created", serviceType });
        const { items } = await context.db.query({ pk: parentId, prefix, limit: 1 });
        return items.length > 0 ? [serviceType] : [];
      }),
    );
    return used.flat();
  },

  /** Writes of new customers, the first under `parents` (its chain above, nearest first). @throws on commit: name_taken | external_ref_taken */
  insert: (records: readonly CustomerRecord[], parents: Chain): Write[] => insertCustomers(records, parents),
  /** The same for an upsert: a reference that has been taken since it was looked up is no refusal but calls for another look. */
  insertUnlessThere: (records: readonly CustomerRecord[], parents: Chain): Write[] =>
    insertCustomers(records, parents, () => undefined),

  save: saveCustomer,

  /**
   * Writes that mark a customer as deleted, or no longer, as long as no licence was drawn below it or given back since it was read, and no
   * device added or taken away. Its devices go back to the levels above, or are taken there again. @throws DomainError device_limit
   */
  mark([before, ...parents]: Chain, after: CustomerRecord, licences: readonly Commitment[]): Write[] {
    return [
      ...saveCustomer(before, after, parents),
      { kind: "update", key: customerKey(before.id), set: {}, add: {}, when: settled("licences", before) },
      ...commitShares("licences", licences, parents),
      ...(after.deletedAt === null ? countBranch([before, ...parents]) : returnBranch([before, ...parents])),
    ];
  },

  /** Writes that keep a customer's free share in step with its new limit. What it commits above comes from `commit`. */
  setLimit: (kind: AllowanceKind, before: CustomerRecord, limit: number | null): Write[] => [
    allot(kind, before, { limit, committed: 0, drawn: 0 }),
  ],

  commit: commitShares,

  /**
   * A customer's record before it gets a limit of devices where it has none: everything below it is counted first. In a dry run it is not.
   * @throws DomainError unavailable where there is too much for one request; the next one goes on
   */
  countDevices: (before: CustomerRecord, limit: number | null, dryRun: boolean): Promise<CustomerRecord> =>
    limit === null || before.deviceLimit !== null || dryRun ? Promise.resolve(before) : countBelow(context, before),
  limitDevices,

  /** The write of a log entry about a customer of this chain. */
  log: (chain: readonly CustomerRecord[], event: LogEvent): Write => logWrite(context, chain, event),

  now: (): number => context.now(),
  storage: context.storage,
  caller: context.caller,
  newId: (): string => context.id("customer"),
  scopeId: context.caller.scopeId,
});
export type CustomerStore = ReturnType<typeof customerStore>;
