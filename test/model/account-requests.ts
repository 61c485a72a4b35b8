import * as fc from "fast-check";
import type { OperationId } from "../../functions/routes.ts";
import { goodPassword } from "../functions/stages/post.ts";
import type { CallOptions, Reply, Request } from "../support/api.ts";
import type { Ask, HeldAccount, HeldCustomer, HeldDevice, HeldTask } from "./account-model.ts";
import {
  all,
  fresh,
  itemsOf,
  learnAccount,
  learnCustomer,
  learnDevice,
  sameHome,
  type Stage,
} from "./account-stage.ts";
import type { Item } from "./invariants.ts";

type Body = Reply["body"];

const kinds = {
  createCustomer: 3,
  createSite: 1,
  limit: 4,
  suspendCustomer: 1,
  createAccount: 5,
  createSubAccount: 4,
  changeAccount: 2,
  createDevice: 3,
  enrol: 6,
  approve: 2,
  suspendDevice: 1,
  replace: 2,
  backUp: 5,
  report: 6,
  createSet: 3,
  deleteSet: 1,
  createRest: 4,
  delete: 6,
  restore: 8,
  moveCustomer: 2,
  moveCustomers: 2,
  moveAccounts: 12,
  moveDevices: 9,
  merge: 9,
  split: 5,
  undo: 12,
  cancel: 2,
  drain: 3,
} as const;
type Kind = keyof typeof kinds;

/** One step of a history. Numbers pick among what exists when it is run, so that a history can be shrunk. */
export interface Command {
  kind: Kind;
  /** By the distributor above all of the history rather than by the provider. */
  own: boolean;
  target: number;
  other: number;
  more: number[];
  choice: number;
  /** Of what a task does: `now`, or later; or its worker dies after so many transactions. */
  turn: "now" | "later" | number;
}
const size = fc.noBias(fc.nat(999));
export const command: fc.Arbitrary<Command> = fc.record({
  kind: fc.oneof(...Object.entries(kinds).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as Kind) }))),
  own: fc.boolean(),
  target: size,
  other: size,
  more: fc.array(size, { maxLength: 2, size: "max" }),
  choice: size,
  turn: fc.oneof(
    { weight: 6, arbitrary: fc.constant("now" as const) },
    { weight: 1, arbitrary: fc.constant("later" as const) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
  ),
});

const pick = <T>(all: readonly T[], nth: number): T | undefined => all[nth % Math.max(1, all.length)];
/** One that fits, now and then any. */
const mostly = <T>(fitting: readonly T[], all: readonly T[], nth: number): T | undefined =>
  fitting.length > 0 && nth % 9 !== 8 ? pick(fitting, nth) : pick(all, nth);

const isHome = ({ level }: HeldCustomer): boolean => level === "end-customer" || level === "site";
const homes = ({ held }: Stage): HeldCustomer[] => all(held.customers).filter(isHome);
const livingHomes = (stage: Stage): HeldCustomer[] => homes(stage).filter(({ id }) => stage.held.lives(id));
const livingAccounts = ({ held }: Stage): HeldAccount[] => all(held.accounts).filter((one) => held.isThere(one));
const livingDevices = ({ held }: Stage): HeldDevice[] =>
  all(held.devices).filter((one) => !one.deleted && held.lives(held.customerOf(one)));

const spaces = [null, null, 3_000, 8_000, 20_000];
const counts = [null, null, 2, 4, 8];
const limitsBy = (choice: number): object => ({
  space: { limitBytes: pick(spaces, choice) },
  licences: { limit: pick(counts, choice >> 2) },
  deviceLimit: pick(counts, choice >> 4),
});
const bytes = [0, 10, 150, 700, 1_400, 2_500];
const plans = ["select", "basic", "select", "trial"];
const contactOf = (stage: Stage) => ({ name: "Ann", email: `c${(stage.serial += 1)}.${stage.tag}@example.com` });
const machineOf = (stage: Stage, { other, choice }: Pick<Command, "other" | "choice">) => ({
  machineId: `machine-${other % 7}-${stage.tag}`,
  name: `PC-${choice % 5}`,
  kind: choice % 3 === 0 ? "server" : "laptop",
  os: "Windows 11",
});
const loginOf = (stage: Stage, shared: Item | undefined) => ({
  username: fresh(stage, "login").replaceAll(" ", "."),
  password: goodPassword,
  ...(shared ? { contactId: String(shared["id"]) } : { contact: contactOf(stage) }),
});
/** A request, and what follows from its success. */
export interface Step {
  operation: OperationId;
  input: Request;
  options?: CallOptions;
  follow?: (body: Body) => void;
  ask?: Ask;
}
const restOf = {
  contact: "createContact",
  service: "createService",
  subscription: "createReportSubscription",
  key: "createApiKey",
  "enrolment-key": "createEnrolmentKey",
} as const;
function createRest(stage: Stage, customerId: string, choice: number): Step {
  const kind = pick(["contact", "service", "subscription", "key", "enrolment-key"] as const, choice) ?? "key";
  const name = fresh(stage, "Rest");
  const report = { kind: "watchlist", frequency: "daily", hour: 7, recipients: [{ email: "a@example.com" }] };
  const input: Request = {
    contact: { body: { customerId, ...contactOf(stage) } },
    service: { body: { customerId, name, unitPrice: { amount: 1, currency: "EUR" } } },
    subscription: { body: { customerId, ...report } },
    key: { body: { customerId, name, role: "viewer" } },
    "enrolment-key": { params: { id: customerId }, body: { name, plan: pick(plans, choice >> 3) } },
  }[kind];
  return {
    operation: restOf[kind],
    input,
    follow: ({ id, token }) => void stage.held.rest.set(id, { id, kind, customerId, token: token ?? null }),
  };
}
/** By whoever asked for a task: others may not see it. */
const askedBy = ({ token }: HeldTask): CallOptions => ({ token });
/** What a command may be about: something that fits, and now and then any. */
function choose(stage: Stage, one: Command) {
  const { held } = stage;
  const { target, more } = one;
  const living = livingDevices(stage);
  const sellers = all(held.customers).filter(({ level }) => level === "reseller");
  return {
    ...one,
    stage,
    held,
    home: mostly(livingHomes(stage), homes(stage), target),
    account: mostly(livingAccounts(stage), all(held.accounts), target),
    device: mostly(living, all(held.devices), target),
    /** One whose computer can call. */
    awake: mostly(
      living.filter(({ token, state }) => token !== null && state === "active"),
      all(held.devices).filter(({ token }) => token !== null),
      target,
    ),
    seller: mostly(
      sellers.filter(({ id }) => held.lives(id)),
      sellers,
      target,
    ),
    ids: <T extends { id: string }>(from: readonly T[]): string[] => [
      ...new Set([target, ...more].flatMap((nth) => pick(from, nth)?.id ?? [])),
    ],
    partial: { partial: String(one.choice % 3 === 0) },
    /** What the last task has moved, now and then. */
    again: <T extends { id: string }>(from: readonly T[]): readonly T[] => {
      const last = held.tasks.findLast(({ ended }) => ended);
      const moved = from.filter(({ id }) => one.choice % 4 === 1 && last?.before.has(id));
      return moved.length > 0 ? moved : from;
    },
  };
}
type Choice = ReturnType<typeof choose>;

function createCustomer({ stage, target, other, choice, kind, seller }: Choice): Step | null {
  const parent = kind === "createSite" ? pick(homes(stage), target) : seller;
  if (!parent) return null;
  const body = {
    parentId: parent.id,
    name: fresh(stage, "Customer"),
    email: "a@example.com",
    country: choice % 4 === 3 ? "CH" : "DE",
    autoAuthorize: choice % 8 !== 7,
    ...(other % 3 !== 0 && limitsBy(choice)),
    ...(other % 11 === 10 && kind === "createCustomer" && { serviceType: "software-only" }),
  };
  return { operation: "createCustomer", input: { body }, follow: (made) => learnCustomer(stage, made) };
}

function deleteOrRestore({ stage, held, target, choice, kind }: Choice): Step | null {
  const deletes = kind === "delete";
  const there = (from: ReadonlyMap<string, HeldCustomer | HeldAccount | HeldDevice>) =>
    all(from).filter(({ id, deleted }) => id !== stage.top && deleted !== deletes);
  const possible = (
    [
      ["Customer", there(held.customers)],
      ["Account", there(held.accounts)],
      ["Device", there(held.devices)],
    ] as const
  ).filter(([, from]) => from.length > 0);
  const [what, from] = pick(possible, choice) ?? ["Device", []];
  const about = pick(from, target);
  if (!about) return null;
  const confirm = "username" in about ? about.username : about.name;
  return {
    operation: `${deletes ? "delete" : "restore"}${what}`,
    input: { params: { id: about.id }, ...(deletes && { query: { confirm } }) },
    follow: (body) => {
      about.deleted = deletes;
      if (what === "Device" && body.state !== "deleted") Object.assign(about, { state: body.state });
    },
  };
}

function moveCustomers({ held, other, kind, ids, partial }: Choice): Step | null {
  const movable = all(held.customers).filter((of) => isHome(of) && !of.isDefault);
  const [first, ...others] = ids(movable);
  if (first === undefined) return null;
  const parents = all(held.customers).filter(({ level, id }) =>
    held.customer(first).level === "site" ? level === "end-customer" && id !== first : level === "reseller",
  );
  const to = mostly(
    parents.filter(({ id }) => id !== held.customer(first).parentId),
    all(held.customers),
    other,
  );
  if (!to) return null;
  if (kind === "moveCustomers")
    return {
      operation: "moveCustomers",
      input: { body: { ids: [first, ...others], parentId: to.id }, query: partial },
      ask: { kind: "customers", to: to.id },
    };
  return {
    operation: "moveCustomer",
    input: { params: { id: first }, body: { parentId: to.id } },
    follow: () => Object.assign(held.customer(first), { parentId: to.id }),
  };
}

/** The request that a command of each kind stands for; null: there is nothing that it could be about. */
const steps: Record<Kind, (choice: Choice) => Step | null> = {
  createCustomer,
  createSite: createCustomer,
  limit({ stage, held, target, other, choice }) {
    const about = pick(all(held.customers), target);
    if (!about) return null;
    const body = Object.fromEntries(Object.entries(limitsBy(choice)).filter((_, nth) => (other >> nth) % 2 === 0));
    return {
      operation: "updateCustomer",
      input: { params: { id: about.id }, body },
      follow: ({ space, licences, deviceLimit }) => {
        stage.limitChanges += 1;
        Object.assign(about, { space: space.limitBytes, licences: licences.limit, devices: deviceLimit });
      },
    };
  },
  suspendCustomer({ stage, held, target, choice }) {
    const about = pick(
      all(held.customers).filter(({ active }) => active !== (choice % 4 === 0)),
      target,
    );
    if (!about || about.id === stage.top) return null;
    const operation = about.active ? "deactivateCustomer" : "activateCustomer";
    return {
      operation,
      input: { params: { id: about.id } },
      follow: ({ active }) => Object.assign(about, { active }),
    };
  },
  createAccount({ stage, other, choice, home }) {
    if (!home) return null;
    const contacts = itemsOf(stage, "contact").filter(({ pk }) => pk === home.id);
    const shared = choice % 3 === 0 ? pick(contacts, other) : undefined;
    return {
      operation: "createAccount",
      input: { body: { customerId: home.id, plan: pick(plans, other), ...loginOf(stage, shared) } },
      follow: (made) => learnAccount(stage, made),
    };
  },
  createSubAccount({ stage, held, other, choice, account }) {
    if (!account) return null;
    const lead = account.parentId !== null && choice % 5 !== 0 ? held.account(account.parentId) : account;
    const contacts = itemsOf(stage, "contact").filter(({ pk }) => pk === lead.customerId);
    const login: Body = loginOf(stage, choice % 4 === 0 ? pick(contacts, other) : undefined);
    // Without a contact of its own it has its parent account's.
    if (choice % 2 === 0) delete login.contact;
    return {
      operation: "createAccount",
      input: { body: { parentAccountId: lead.id, ...login } },
      follow: (made) => learnAccount(stage, made),
    };
  },
  changeAccount({ other, choice, account }) {
    if (!account) return null;
    const body =
      choice % 3 === 0
        ? { active: choice % 2 === 0 }
        : choice % 3 === 1
          ? { plan: pick(plans, other) }
          : { hardQuotaBytes: pick([null, 1_000, 4_000], other) };
    return {
      operation: "updateAccount",
      input: { params: { id: account.id }, body },
      follow: ({ plan, parentAccountId }) => parentAccountId === null && Object.assign(account, { plan }),
    };
  },
  createDevice({ stage, other, choice, account }) {
    if (!account) return null;
    return {
      operation: "createDevice",
      input: { body: { accountId: account.id, ...machineOf(stage, { other, choice }) } },
      follow: (made) => learnDevice(stage, made, null),
    };
  },
  enrol({ stage, held, target, other, choice, account }) {
    const key =
      choice % 5 === 0
        ? pick(
            all(held.rest).filter(({ kind }) => kind === "enrolment-key"),
            target,
          )
        : null;
    const proof = key
      ? { enrolmentKey: key.token }
      : account?.password && { username: account.username, password: account.password };
    if (!proof) return null;
    return {
      operation: "enrol",
      input: { body: { ...proof, ...machineOf(stage, { other, choice }) } },
      // Who tries often from one place is held up.
      options: { token: null, sourceIp: `10.0.${(stage.serial += 1) % 250}.${choice % 250}` },
      follow: (made) => learnDevice(stage, made.device, made.token),
    };
  },
  approve({ held, target, other, choice }) {
    const pending = pick(
      all(held.devices).filter(({ state }) => state === "pending"),
      target,
    );
    if (!pending) return null;
    const own = all(held.accounts).filter(({ customerId }) => customerId === held.customerOf(pending));
    const accountId = pending.accountId === null && choice % 2 === 0 ? pick(own, other)?.id : undefined;
    return {
      operation: "approveDevice",
      input: { params: { id: pending.id }, body: accountId === undefined ? {} : { accountId } },
      follow: (made) => Object.assign(pending, { accountId: made.accountId, state: made.state }),
    };
  },
  suspendDevice({ device }) {
    if (!device) return null;
    return {
      operation: device.state === "suspended" ? "activateDevice" : "deactivateDevice",
      input: { params: { id: device.id } },
      follow: ({ state }) => Object.assign(device, { state }),
    };
  },
  replace({ stage, held, other, device }) {
    if (!device) return null;
    const beside = livingDevices(stage).filter(
      (by) => by !== device && held.customerOf(by) === held.customerOf(device),
    );
    const by = pick(beside, other);
    if (!by) return null;
    return {
      operation: "replaceDevice",
      input: { params: { id: device.id }, body: { by: by.id } },
      follow: (made) => {
        by.everLicensed ||= device.everLicensed;
        for (const set of device.sets) by.sets.add(set);
        Object.assign(by, { accountId: device.accountId, state: made.device.state, used: by.used + device.used });
        Object.assign(device, { deleted: true, sets: new Set(), used: 0 });
      },
    };
  },
  backUp({ stage, choice, awake }) {
    if (!awake) return null;
    return {
      operation: "authorizeBackup",
      input: { body: {}, query: choice % 4 === 0 ? { dryRun: "true" } : {} },
      options: { token: awake.token },
      follow: ({ allowed, grant }) => {
        if (allowed !== true || choice % 4 === 0) return;
        if (!awake.everLicensed) stage.firstLicences += 1;
        awake.everLicensed = true;
        awake.home = sameHome(awake, grant);
      },
    };
  },
  report({ stage, choice, awake }) {
    if (!awake) return null;
    // A report counts that is newer than the last one.
    stage.fleet.advance(1_000);
    const body = { usedBytes: pick(bytes, choice), measuredAt: stage.fleet.at(-1) };
    return {
      operation: "reportUsage",
      input: { body },
      options: { token: awake.token },
      follow: ({ usedBytes }) => Object.assign(awake, { used: usedBytes }),
    };
  },
  createSet({ stage, device }) {
    if (!device) return null;
    return {
      operation: "createBackupSet",
      input: { body: { deviceId: device.id, ...stage.fleet.setInput() } },
      follow: ({ id }) => void device.sets.add(id),
    };
  },
  deleteSet({ stage, held, target, other }) {
    const owner = pick(
      all(held.devices).filter(({ sets }) => sets.size > 0),
      target,
    );
    const id = owner && pick([...owner.sets], other);
    if (!owner || id === undefined) return null;
    const name = itemsOf(stage, "set").find((item) => item["id"] === id)?.["name"];
    return {
      operation: "deleteBackupSet",
      input: { params: { id }, query: { confirm: String(name) } },
      follow: () => void owner.sets.delete(id),
    };
  },
  createRest({ stage, choice, home }) {
    return home ? createRest(stage, home.id, choice) : null;
  },
  delete: deleteOrRestore,
  restore: deleteOrRestore,
  moveCustomer: moveCustomers,
  moveCustomers,
  moveAccounts({ stage, held, other, choice, ids, again, partial }) {
    const named = ids(choice % 7 === 0 ? all(held.accounts) : again(livingAccounts(stage)));
    const [first] = named;
    if (first === undefined) return null;
    const from = held.account(first).customerId;
    const to = mostly(
      livingHomes(stage).filter(({ id }) => id !== from),
      all(held.customers),
      other,
    );
    if (!to) return null;
    const plan = choice % 5 === 0 ? pick(plans, choice >> 3) : undefined;
    const onSamePlan = choice % 4 === 0 ? "refuse" : "sub-account";
    return {
      operation: "moveAccounts",
      input: {
        body: { ids: named, customerId: to.id, onSamePlan, ...(plan !== undefined && { plan }) },
        query: partial,
      },
      ask: { kind: "accounts", to: to.id, plan: plan ?? null, refusesSamePlan: onSamePlan === "refuse" },
    };
  },
  moveDevices({ stage, held, other, choice, ids, again, partial }) {
    const named = ids(choice % 7 === 0 ? all(held.devices) : again(livingDevices(stage)));
    const [first] = named;
    if (first === undefined) return null;
    const from = held.customerOf(held.device(first));
    const to = mostly(
      livingAccounts(stage).filter(({ customerId, id }) =>
        choice % 3 === 0 ? id !== held.device(first).accountId : customerId !== from,
      ),
      all(held.accounts),
      other,
    );
    if (!to) return null;
    return {
      operation: "moveDevices",
      input: { body: { ids: named, accountId: to.id }, query: partial },
      ask: { kind: "devices", to: to.id },
    };
  },
  merge({ stage, held, target, other, choice, ids }) {
    const holding = livingHomes(stage).filter((of) =>
      all(held.accounts).some(({ customerId }) => customerId === of.id),
    );
    const from = mostly(holding, all(held.customers), target);
    if (!from) return null;
    const to = mostly(
      livingHomes(stage).filter(({ id, location }) => id !== from.id && location === from.location),
      homes(stage),
      other,
    );
    if (!to) return null;
    const some = choice % 4 === 0 ? ids(all(held.accounts).filter(({ customerId }) => customerId === from.id)) : [];
    const quotas = some.length > 0 ? "keep" : (pick(["sum", "largest", "keep"] as const, choice >> 2) ?? "keep");
    const refusesSamePlan = choice % 5 === 0;
    const body = {
      fromCustomerId: from.id,
      quotas,
      ...(refusesSamePlan && { onSamePlan: "refuse" }),
      ...(some.length > 0 && { accountIds: some }),
    };
    return {
      operation: "mergeCustomer",
      input: { params: { id: to.id }, body },
      ask: { kind: "merge", to: to.id, from: from.id, quotas, isWhole: some.length === 0, refusesSamePlan },
    };
  },
  split({ stage, held, choice, account, seller, ids }) {
    const from = account && held.customers.get(account.customerId);
    if (!from) return null;
    const accountIds = ids([account, ...all(held.accounts).filter(({ customerId }) => customerId === from.id)]);
    const customer = {
      name: fresh(stage, "Split"),
      email: "a@example.com",
      country: choice % 5 === 4 ? "CH" : "DE",
      ...(choice % 3 === 0 && limitsBy(choice)),
      ...(choice % 4 === 0 && seller && { parentId: seller.id }),
    };
    return {
      operation: "splitCustomer",
      input: { params: { id: from.id }, body: { accountIds, customer } },
      follow: (made) => learnCustomer(stage, made.customer),
      ask: { kind: "accounts", to: "", plan: null, refusesSamePlan: false },
    };
  },
  undo({ held, target }) {
    const task = mostly(
      held.tasks.filter(({ ended }) => ended).toReversed(),
      held.tasks,
      Math.min(target % 7, target % 5),
    );
    if (!task) return null;
    const input = { params: { id: task.id } };
    return { operation: "undoTask", input, options: askedBy(task), ask: { kind: "undo", of: task.id } };
  },
  cancel({ held }) {
    const task = held.tasks.find(({ ended }) => !ended);
    if (!task) return null;
    return { operation: "cancelTask", input: { params: { id: task.id } }, options: askedBy(task) };
  },
  drain: () => null,
};
export const stepOf = (stage: Stage, one: Command): Step | null => steps[one.kind](choose(stage, one));
