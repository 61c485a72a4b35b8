/**
 * Who holds which accounts and devices, once more and as plainly as possible: maps, no code of the product. It is told what was acknowledged, and
 * what became of each row of a task; where everything stands after that is worked out here.
 */

/** A customer of a history. */
export interface HeldCustomer extends HeldLimits {
  id: string;
  name: string;
  level: string;
  parentId: string;
  location: string;
  isDefault: boolean;
  deleted: boolean;
  active: boolean;
}
/** An account. `plan`: of a parent account; a sub-account has its parent's. */
export interface HeldAccount {
  id: string;
  username: string;
  password: string | null;
  customerId: string;
  parentId: string | null;
  plan: string | null;
  deleted: boolean;
  /** Of its contact. */
  email: string;
}
/** Where a device's own data lie. `location` null: on a server of its customer's own. */
export interface Home {
  location: string | null;
  prefix: string;
}
/** `null`: none. */
export interface HeldLimits {
  space: number | null;
  licences: number | null;
  devices: number | null;
}
export interface HeldDevice {
  id: string;
  name: string;
  token: string | null;
  /** null: it waits and has none yet; then it stands at a customer. */
  accountId: string | null;
  customerId: string;
  state: "pending" | "active" | "suspended";
  deleted: boolean;
  used: number;
  sets: Set<string>;
  /** null: it has never been let in. */
  home: Home | null;
  everLicensed: boolean;
}
/** What a customer holds beside its accounts, and gives away with a merge. */
export interface HeldRest {
  id: string;
  kind: "contact" | "service" | "subscription" | "key" | "enrolment-key";
  customerId: string;
  token: string | null;
}

/** Where something was before a task moved it. */
type Before =
  | { what: "customer"; parentId: string; nowAt: string }
  | { what: "device"; accountId: string | null; nowAt: string }
  | {
      what: "account";
      customerId: string;
      nowAt: string;
      plan: string | null;
      parentId: string | null;
      /** Sub-accounts that it had, where it became one itself. */
      subs: string[];
    }
  | { what: "merged"; nowAt: string; rest: HeldRest[] };

/** What a task was asked to do. */
export type Ask =
  | { kind: "customers"; to: string }
  | { kind: "accounts"; to: string; plan: string | null; refusesSamePlan: boolean }
  | { kind: "devices"; to: string }
  | {
      kind: "merge";
      to: string;
      from: string;
      quotas: "sum" | "keep" | "largest";
      isWhole: boolean;
      refusesSamePlan: boolean;
    }
  | { kind: "undo"; of: string };

/** A task as its history knows it. */
export interface HeldTask {
  id: string;
  ask: Ask;
  token: string;
  ended: boolean;
  /** By what its rows are about. */
  before: Map<string, Before>;
  /** What it did is not known from its rows, as others were under way beside it. */
  isUncertain: boolean;
  /** Of a merge: the limits that both customers had, and how many times limits had changed once it had ended. */
  limits: { from: HeldLimits; to: HeldLimits } | null;
  changes: number;
}

export function createHeld() {
  const customers = new Map<string, HeldCustomer>();
  const accounts = new Map<string, HeldAccount>();
  const devices = new Map<string, HeldDevice>();
  const rest = new Map<string, HeldRest>();
  const tasks: HeldTask[] = [];
  const find = <T>(map: ReadonlyMap<string, T>, id: string): T => {
    const found = map.get(id);
    if (!found) throw new Error(`The model does not know ${id}.`);
    return found;
  };
  const subsOf = (id: string): HeldAccount[] => [...accounts.values()].filter(({ parentId }) => parentId === id);
  /** The parent account that a customer has for a plan. */
  const holderOf = (customerId: string, plan: string): HeldAccount | undefined =>
    [...accounts.values()].find((account) => account.customerId === customerId && account.plan === plan);
  const planOf = (account: HeldAccount): string => {
    const { plan } = account.parentId === null ? account : find(accounts, account.parentId);
    if (plan === null) throw new Error(`The model knows no plan of ${account.id}.`);
    return plan;
  };

  /**
   * Puts an account under a customer: as the parent account for its plan, or below the one that is there.
   * @returns why that should have been refused, as far as it is known here
   */
  function place(
    account: HeldAccount,
    to: string,
    wanted: string | null,
    refusesSamePlan: boolean,
    task: HeldTask,
  ): string[] {
    if (account.customerId === to) return [];
    const plan = wanted ?? planOf(account);
    const holder = holderOf(to, plan);
    const subs = subsOf(account.id);
    const wrong = [
      ...(held.isThere(account, false) ? [] : ["it is deleted"]),
      ...(held.lives(to) && held.isHome(to) ? [] : ["the target takes nothing"]),
      ...(holder && (refusesSamePlan || holder.deleted) ? [`the plan is that of ${holder.id}`] : []),
    ];
    task.before.set(account.id, {
      what: "account",
      customerId: account.customerId,
      nowAt: to,
      plan: account.plan,
      parentId: account.parentId,
      subs: holder ? subs.map(({ id }) => id) : [],
    });
    for (const one of [account, ...subs]) one.customerId = to;
    account.parentId = holder?.id ?? null;
    account.plan = holder ? null : plan;
    for (const sub of subs) sub.parentId = holder?.id ?? account.id;
    return wrong;
  }
  /** Puts an account back to where it was: with its plan, or below the parent account that it had, as long as that is one there. */
  function placeBack(
    account: HeldAccount,
    { customerId: to, nowAt }: { customerId: string; nowAt: string },
    plan: string | null,
    parentId: string | null,
    task: HeldTask,
  ): string[] {
    if (account.customerId === to) return [];
    const moved = account.customerId === nowAt ? [] : ["it has been moved since"];
    const parent = parentId === null ? undefined : accounts.get(parentId);
    const wrong = place(account, to, plan, plan !== null, task);
    if (plan === null && parent?.customerId === to && parent.plan !== null && !parent.deleted) {
      account.parentId = parent.id;
      account.plan = null;
    }
    return [...moved, ...wrong];
  }

  function undoRow(id: string, undone: HeldTask, task: HeldTask): string[] {
    const lead = [...undone.before].find(([, one]) => one.what === "account" && one.subs.includes(id));
    const before = undone.before.get(id) ?? lead?.[1];
    switch (before?.what) {
      case "customer": {
        const customer = find(customers, id);
        const { parentId, nowAt } = before;
        const wrong = [parentId, nowAt].includes(customer.parentId) ? [] : ["it has been moved since"];
        customer.parentId = parentId;
        return wrong;
      }
      case "device": {
        const device = find(devices, id);
        const { accountId, nowAt } = before;
        const wrong = [accountId, nowAt].includes(device.accountId) ? [] : ["it has been moved since"];
        device.accountId = accountId;
        return wrong;
      }
      case "account": {
        const own = undone.before.has(id);
        const parentId = own ? before.parentId : (lead?.[0] ?? null);
        const strangers = held.subsOf(id).filter((sub) => {
          const origin = undone.before.get(sub.id);
          return origin?.what === "account" && origin.customerId !== before.customerId;
        });
        const wrong = strangers.map((sub) => `${sub.id} would come along to where it has never been`);
        return [...wrong, ...placeBack(find(accounts, id), before, own ? before.plan : null, parentId, task)];
      }
      case "merged":
        find(customers, id).deleted = false;
        // What has gone on since, or is used by an account, stays.
        for (const one of before.rest) {
          const now = rest.get(one.id);
          if (now?.customerId === before.nowAt) now.customerId = id;
        }
        return [];
      default:
        return [];
    }
  }

  /** Does what a row of a task has done that succeeded. @returns why it should have been refused, as far as it is known here */
  function apply(task: HeldTask, id: string): string[] {
    const { ask } = task;
    if (ask.kind === "undo") {
      const undone = tasks.find((one) => one.id === ask.of);
      return undone ? undoRow(id, undone, task) : [];
    }
    if (id.startsWith("dev_")) {
      const device = find(devices, id);
      const target = find(accounts, ask.to);
      if (device.accountId === ask.to) return [];
      const refused = device.deleted || device.state === "pending" || !held.isThere(target);
      task.before.set(id, { what: "device", accountId: device.accountId, nowAt: ask.to });
      device.accountId = ask.to;
      return refused ? ["it waits, or one of both is deleted"] : [];
    }
    if (id.startsWith("acc_") && (ask.kind === "accounts" || ask.kind === "merge"))
      return place(find(accounts, id), ask.to, ask.kind === "accounts" ? ask.plan : null, ask.refusesSamePlan, task);
    if (ask.kind === "customers") {
      const customer = find(customers, id);
      if (customer.parentId === ask.to) return [];
      task.before.set(id, { what: "customer", parentId: customer.parentId, nowAt: ask.to });
      customer.parentId = ask.to;
      return held.lives(ask.to) ? [] : ["the target takes nothing"];
    }
    if (ask.kind === "merge" && id === ask.from) {
      const goes = [...rest.values()].filter(({ customerId }) => customerId === id);
      task.before.set(id, { what: "merged", nowAt: ask.to, rest: goes.map((one) => ({ ...one })) });
      find(customers, id).deleted = true;
      for (const one of goes) one.customerId = ask.to;
    }
    return [];
  }

  const together = (rule: string, own: number | null, more: number | null): number | null => {
    if (rule === "keep") return own;
    if (own === null || more === null) return null;
    return rule === "sum" ? own + more : Math.max(own, more);
  };

  const held = {
    customers,
    accounts,
    devices,
    rest,
    tasks,
    customer: (id: string): HeldCustomer => find(customers, id),
    account: (id: string): HeldAccount => find(accounts, id),
    device: (id: string): HeldDevice => find(devices, id),
    subsOf,
    /** A customer and those above it, nearest first, as far as the history knows them. */
    chain(id: string): HeldCustomer[] {
      const customer = customers.get(id);
      return customer ? [customer, ...held.chain(customer.parentId)] : [];
    },
    isHome: (id: string): boolean => ["end-customer", "site"].includes(find(customers, id).level),
    lives: (id: string): boolean => held.chain(id).every(({ deleted, active }) => !deleted && active),
    /** Whether an account and its parent account are there, and its customer takes changes; `active`: and may back up. */
    isThere({ deleted, parentId, customerId }: HeldAccount, active = true): boolean {
      const isGone = deleted || (parentId !== null && find(accounts, parentId).deleted);
      return !isGone && (active ? held.lives(customerId) : held.chain(customerId).every((one) => !one.deleted));
    },
    customerOf: ({ accountId, customerId }: HeldDevice): string =>
      accountId === null ? customerId : find(accounts, accountId).customerId,
    limitsOf: (id: string): HeldLimits => {
      const { space, licences, devices: most } = find(customers, id);
      return { space, licences, devices: most };
    },
    /** The limits that the target of a merge has by a rule. */
    mergedLimits: (rule: string, from: HeldLimits, to: HeldLimits): HeldLimits => ({
      space: together(rule, to.space, from.space),
      licences: together(rule, to.licences, from.licences),
      devices: together(rule, to.devices, from.devices),
    }),
    devicesOf: (accountId: string): HeldDevice[] => [...devices.values()].filter((one) => one.accountId === accountId),
    apply,
  };
  return held;
}
export type Held = ReturnType<typeof createHeld>;
