import { describe, expect, test } from "vitest";
import { AccountInput, AccountRecord, accountState, checkQuotas } from "../../../shared/domain/accounts/account.ts";
import type { Chain, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import {
  changedAccount,
  checkAccountLevel,
  checkParentAccount,
  newAccountTerms,
  refuseToCustomers,
} from "../../../shared/domain/accounts/new-account.ts";
import { newCustomer, newProvider } from "../../../shared/domain/hierarchy/new-customer.ts";
import { firstPlans } from "../../../shared/domain/accounts/service-plan.ts";
import type { Settings } from "../../../shared/domain/terms/settings.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { storagePlan } from "../../support/storage-plan.ts";

const now = Date.parse("2030-01-01T00:00:00.000Z");
const dayMs = 86_400_000;
const at = (days: number): string => new Date(now + days * dayMs).toISOString();
const ids = createIdSource();
const newId = () => ids.id("customer", now);
const details = { email: "a@example.com", country: "DE" } as const;
const plans = firstPlans(now);

/** A site with all above it, and the settings and limits that some levels hold. */
function chainOf(holds: Partial<Record<CustomerRecord["level"], { settings?: Settings; spaceLimit?: number }>> = {}) {
  const top = newProvider({ name: "Provider", ...details }, newId(), now);
  const chain: [CustomerRecord, ...CustomerRecord[]] = [top];
  for (const level of ["reseller", "end-customer", "site"] as const)
    chain.unshift(newCustomer({ name: level, ...details, level }, chain, newId, { now, plan: storagePlan }).records[0]);
  return chain.map((record) => ({ ...record, ...holds[record.level] })) as unknown as Chain;
}
const [site, endCustomer, reseller, provider] = chainOf() as unknown as CustomerRecord[];
const from = (level: CustomerRecord["level"], chain = chainOf()): Chain =>
  chain.slice(chain.findIndex((record) => record.level === level)) as unknown as Chain;

const account = (more: object = {}): AccountRecord =>
  AccountRecord.parse({
    id: ids.id("account", now),
    version: 3,
    customerId: endCustomer?.id,
    plan: "select",
    username: "anna",
    contactId: ids.id("contact", now),
    passwordHash: "hash",
    mustChangePassword: false,
    active: true,
    createdAt: at(0),
    updatedAt: at(0),
    ...more,
  });
const refusalOf = (work: () => unknown): unknown => {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
};
const refused = (code: string, path?: string) => ({ code, ...(path !== undefined && { errors: [{ path, code }] }) });

describe("what a request for an account may say", () => {
  const base = { username: "anna" };
  const ok = { customerId: newId() };
  const pathsOf = (body: object) =>
    (AccountInput.safeParse({ ...base, ...body }).error?.issues ?? []).map(({ path }) => path.join("."));

  test("is one of the three ways", () => {
    expect(pathsOf(ok)).toEqual([]);
    expect(pathsOf({ parentAccountId: ids.id("account", now) })).toEqual([]);
    expect(pathsOf({ customer: { name: "New", ...details } })).toEqual([]);
    expect(pathsOf({})).toEqual(["customerId"]);
    expect(pathsOf({ ...ok, customer: { name: "New", ...details } })).toEqual(["customer"]);
  });

  test("names a contact once", () => {
    const contact = { name: "Ann", email: "a@example.com" };
    expect(pathsOf({ ...ok, contact, contactId: ids.id("contact", now) })).toEqual(["contact"]);
  });

  test("has 1 to 365 whole days of trial, and whole bytes", () => {
    for (const trialDays of [0, 366, 1.5, "30", null]) expect(pathsOf({ ...ok, trialDays })).toEqual(["trialDays"]);
    for (const hardQuotaBytes of [0.5, "1", 2 ** 53])
      expect(pathsOf({ ...ok, hardQuotaBytes })).toEqual(["hardQuotaBytes"]);
    expect(pathsOf({ ...ok, trialDays: 365, hardQuotaBytes: null, userQuotaBytes: 0 })).toEqual([]);
  });
});

describe("the terms of a new account", () => {
  const terms = (input: object, { parent = null as AccountRecord | null, chain = from("end-customer") } = {}) =>
    newAccountTerms(input, { parent, chain, plans }, now);

  test("of a parent account are the plan that was asked for", () => {
    expect(terms({ plan: "basic" })).toEqual({ plan: "basic", trialEndsAt: null });
    expect(refusalOf(() => terms({}))).toMatchObject(refused("plan_required", "plan"));
    expect(refusalOf(() => terms({ plan: "gold" }))).toMatchObject(refused("plan_unknown", "plan"));
  });

  test("of a trial are 30 days, fewer by the settings of a level above, or as many as were asked for", () => {
    expect(terms({ plan: "trial" })).toEqual({ plan: "trial", trialEndsAt: at(30) });
    expect(terms({ plan: "trial", trialDays: 7 }).trialEndsAt).toBe(at(7));
    const chain = chainOf({
      provider: { settings: { trial: { days: 20 } } },
      reseller: { settings: { trial: { days: 14 } } },
    });
    expect(terms({ plan: "trial" }, { chain: from("end-customer", chain) }).trialEndsAt).toBe(at(14));
    expect(terms({ plan: "trial" }, { chain }).trialEndsAt).toBe(at(14));
  });

  test("know no days of trial on a plan that is none", () => {
    expect(refusalOf(() => terms({ plan: "select", trialDays: 7 }))).toMatchObject(
      refused("not_applicable", "trialDays"),
    );
  });

  test("of a sub-account are its parent's", () => {
    const parent = account({ plan: "trial", trialEndsAt: at(9) });
    expect(terms({}, { parent })).toEqual({ plan: null, trialEndsAt: null });
    expect(refusalOf(() => terms({ plan: "trial" }, { parent }))).toMatchObject(refused("plan_of_parent", "plan"));
    expect(refusalOf(() => terms({ trialDays: 7 }, { parent }))).toMatchObject(refused("not_applicable", "trialDays"));
  });

  test("hold no quota beyond what the customer has", () => {
    const chain = from("end-customer", chainOf({ "end-customer": { spaceLimit: 100 } }));
    for (const field of ["hardQuotaBytes", "userQuotaBytes"]) {
      expect(refusalOf(() => terms({ plan: "select", [field]: 100 }, { chain }))).toBeNull();
      for (const bytes of [-1, 101])
        expect(refusalOf(() => terms({ plan: "select", [field]: bytes }, { chain }))).toMatchObject(
          refused("quota_not_allowed", field),
        );
    }
  });
});

test("quotas of a site's account are held by its own limit and its end-customer's, not by a reseller's", () => {
  const limits = (siteLimit: number | undefined, customerLimit: number | undefined) =>
    chainOf({
      ...(siteLimit !== undefined && { site: { spaceLimit: siteLimit } }),
      ...(customerLimit !== undefined && { "end-customer": { spaceLimit: customerLimit } }),
      reseller: { spaceLimit: 5 },
    });
  for (const [chain, bound] of [
    [limits(50, 100), 50],
    [limits(100, 50), 50],
    [limits(undefined, 50), 50],
    [limits(50, undefined), 50],
  ] as const) {
    expect(refusalOf(() => checkQuotas({ hardQuotaBytes: bound, userQuotaBytes: bound }, chain))).toBeNull();
    expect(refusalOf(() => checkQuotas({ userQuotaBytes: bound + 1 }, chain))).toMatchObject(
      refused("quota_not_allowed", "userQuotaBytes"),
    );
  }
  expect(refusalOf(() => checkQuotas({ hardQuotaBytes: 1e15 }, limits(undefined, undefined)))).toBeNull();
});

test("accounts stand under end-customers and sites", () => {
  for (const level of ["end-customer", "site"] as const)
    expect(refusalOf(() => checkAccountLevel(from(level), "customerId"))).toBeNull();
  for (const level of ["provider", "reseller"] as const)
    expect(refusalOf(() => checkAccountLevel(from(level), "customerId"))).toMatchObject(
      refused("not_applicable", "customerId"),
    );
});

test("a sub-account, and an account that is deleted, can have no sub-account", () => {
  expect(refusalOf(() => checkParentAccount(account()))).toBeNull();
  const sub = account({ plan: null, parentAccountId: ids.id("account", now) });
  expect(refusalOf(() => checkParentAccount(sub))).toMatchObject(
    refused("sub_account_of_sub_account", "parentAccountId"),
  );
  expect(refusalOf(() => checkParentAccount(account({ deletedAt: at(0) })))).toMatchObject(
    refused("account_deleted", "parentAccountId"),
  );
});

test("plan, hard quota and days of trial are not for credentials of end-customers and sites", () => {
  const said = [{ plan: "select" }, { hardQuotaBytes: 5 }, { hardQuotaBytes: null }, { trialDays: 9 }];
  for (const one of said) {
    for (const record of [site, endCustomer])
      expect(refusalOf(() => refuseToCustomers(String(record?.id), chain, one))).toMatchObject(refused("forbidden"));
    for (const record of [reseller, provider])
      expect(refusalOf(() => refuseToCustomers(String(record?.id), chain, one))).toBeNull();
  }
  expect(refusalOf(() => refuseToCustomers(String(endCustomer?.id), chain, { plan: undefined }))).toBeNull();
});
const chain = [site, endCustomer, reseller, provider] as unknown as Chain;

describe("an account after a change", () => {
  const changed = (patch: object, before = account(), where = from("end-customer")) =>
    changedAccount(patch, { account: before, parent: null, chain: where, plans }, now + dayMs);

  test("has what was said, the next version, and the rest as it was", () => {
    const before = account({ userQuotaBytes: 7 });
    const contactId = ids.id("contact", now);
    expect(changed({ username: "ann", active: false, hardQuotaBytes: 5, contactId, plan: "basic" }, before)).toEqual({
      ...before,
      username: "ann",
      active: false,
      hardQuotaBytes: 5,
      contactId,
      plan: "basic",
      version: 4,
      updatedAt: at(1),
    });
    expect(changed({ userQuotaBytes: null }, before).userQuotaBytes).toBeNull();
  });

  test("is the same where nothing differs", () => {
    const before = account({ hardQuotaBytes: 5 });
    const { customerId } = before;
    for (const patch of [
      {},
      { username: "anna", plan: "select" },
      { hardQuotaBytes: 5, customerId, parentAccountId: null },
    ])
      expect(changed(patch, before)).toBe(before);
  });

  test("stays where it stands", () => {
    for (const field of ["customerId", "parentAccountId"])
      expect(refusalOf(() => changed({ [field]: "another" }))).toMatchObject(refused("immutable", field));
    const sub = account({ plan: null, parentAccountId: ids.id("account", now) });
    expect(refusalOf(() => changed({ parentAccountId: null }, sub))).toMatchObject(
      refused("immutable", "parentAccountId"),
    );
  });

  test("keeps a plan that was retired, and takes no other that is", () => {
    const retired = plans.map((plan) => (plan.code === "basic" ? { ...plan, retiredAt: at(0) } : plan));
    const change = (patch: object, plan: string) => () =>
      changedAccount(
        patch,
        { account: account({ plan }), parent: null, chain: from("end-customer"), plans: retired },
        now,
      );
    expect(refusalOf(change({ plan: "basic", username: "x" }, "basic"))).toBeNull();
    expect(refusalOf(change({ plan: "basic" }, "select"))).toMatchObject(refused("plan_retired", "plan"));
    expect(refusalOf(change({ plan: "gold" }, "select"))).toMatchObject(refused("plan_unknown", "plan"));
  });

  test("begins a trial with a trial plan, ends it with another, and does not begin it anew", () => {
    expect(changed({ plan: "trial" }).trialEndsAt).toBe(at(31));
    const inTrial = account({ plan: "trial", trialEndsAt: at(3) });
    expect(changed({ plan: "select" }, inTrial).trialEndsAt).toBeNull();
    const plan = { ...plans.find(({ code }) => code === "trial"), code: "trial-2" } as (typeof plans)[number];
    const place = { account: inTrial, parent: null, chain: from("end-customer"), plans: [...plans, plan] };
    expect(changedAccount({ plan: "trial-2" }, place, now + dayMs)).toMatchObject({
      plan: "trial-2",
      trialEndsAt: at(3),
    });
  });

  test("is refused once it is deleted", () => {
    expect(refusalOf(() => changed({ username: "x" }, account({ deletedAt: at(0) })))).toMatchObject(
      refused("account_deleted"),
    );
  });

  test("holds quotas within the customer's limit", () => {
    const limited = from("end-customer", chainOf({ "end-customer": { spaceLimit: 100 } }));
    expect(refusalOf(() => changed({ userQuotaBytes: 101 }, account(), limited))).toMatchObject(
      refused("quota_not_allowed", "userQuotaBytes"),
    );
  });
});

test("an account is what it and its parent account are together (H7)", () => {
  const state = (own: object, above: object | null) =>
    accountState({ account: account(own), parent: above && account(above) });
  const [deleted, idle, trial] = [{ deletedAt: at(0) }, { active: false }, { trialEndsAt: at(9) }];
  for (const [own, above, expected] of [
    [{}, null, "active"],
    [{}, {}, "active"],
    [trial, null, "trial"],
    [{}, trial, "trial"],
    [idle, trial, "suspended"],
    [{}, { ...idle, ...trial }, "suspended"],
    [idle, deleted, "deleted"],
    [deleted, idle, "deleted"],
    [{ ...deleted, ...idle, ...trial }, null, "deleted"],
  ] as const)
    expect(state(own, above)).toBe(expected);
});
