import { beforeAll, describe, expect, test } from "vitest";
import { accountComplaints } from "../../model/account-invariants.ts";
import { dump } from "../../model/invariants.ts";
import { expectRefusal, gigabyte } from "../stages/book.ts";
import { goodPassword, openPost, type Post } from "../stages/post.ts";

let post: Post;
let reseller: Post["provider"];
beforeAll(async () => {
  post = await openPost();
  reseller = await post.create(post.provider.id, { level: "reseller" });
});

const customer = (more?: object) => post.create(reseller.id, more);
const get = (id: string) => post.ok("getAccount", { params: { id } });
const update = (id: string, body: object) => post.call("updateAccount", { params: { id }, body });
const trySub = (parentAccountId: string, more: object = {}) =>
  post.call("createAccount", {
    body: { parentAccountId, username: post.freshLogin(), password: goodPassword, ...more },
  });
const family = async (more: object = {}) => {
  const parent = await post.account((await customer()).id, more);
  return { parent, sub: await post.subAccount(parent.id) };
};

describe("a sub-account (A1)", () => {
  test("is made in one transaction, with its parent's plan and contact", async () => {
    const parent = await post.account((await customer()).id, { plan: "basic" });
    let reply: Awaited<ReturnType<typeof trySub>> | undefined;
    const calls = await post.callsDuring(async () => {
      reply = await trySub(parent.id);
    });
    expect(calls.filter((name) => name === "TransactWriteItemsCommand")).toHaveLength(1);
    expect(reply?.body).toMatchObject({
      customerId: parent.customerId,
      parentAccountId: parent.id,
      plan: "basic",
      contactId: parent.contactId,
      contact: { accountCount: 2 },
      state: "active",
      version: 1,
    });
    expect(await get(reply?.body.id)).toEqual(reply?.body);
  });

  test("has a contact of its own where one is given", async () => {
    const { parent } = await family();
    const email = post.freshAddress();
    const fresh = (await trySub(parent.id, { contact: { name: "Bob", email } })).body;
    expect(fresh.contact).toMatchObject({ name: "Bob", email, accountCount: 1, customerId: parent.customerId });
    const shared = (await trySub(parent.id, { contactId: fresh.contactId })).body;
    expect([shared.contactId, shared.contact.accountCount]).toEqual([fresh.contactId, 2]);
    const elsewhere = await post.account((await customer()).id);
    const reply = await trySub(parent.id, { contactId: elsewhere.contactId });
    expectRefusal(reply, 422, "contact_of_other_customer", "contactId");
  });

  test("is one of any number, and leaves the plan to its parent", async () => {
    const { parent } = await family();
    for (let count = 0; count < 3; count += 1) expect((await trySub(parent.id)).status).toBe(201);
    expectRefusal(await post.tryAccount(parent.customerId), 409, "plan_taken", "plan");
  });

  test("has none below it", async () => {
    const { sub } = await family();
    expectRefusal(await trySub(sub.id), 422, "sub_account_of_sub_account", "parentAccountId");
  });

  test("has no plan and no trial of its own", async () => {
    const { parent, sub } = await family({ plan: "trial" });
    for (const plan of ["trial", "select", "gold"])
      expectRefusal(await trySub(parent.id, { plan }), 422, "plan_of_parent", "plan");
    expectRefusal(await trySub(parent.id, { trialDays: 5 }), 422, "not_applicable", "trialDays");
    expectRefusal(await update(sub.id, { plan: "select" }), 422, "plan_of_parent", "plan");
    expectRefusal(await update(sub.id, { plan: "trial" }), 422, "plan_of_parent", "plan");
  });

  test("belongs to its parent's customer", async () => {
    const { parent } = await family();
    const other = await customer();
    expect((await trySub(parent.id, { customerId: parent.customerId })).status).toBe(201);
    expectRefusal(await trySub(parent.id, { customerId: other.id }), 422, "not_applicable", "customerId");
    const fresh = post.input({ parentId: reseller.id });
    expectRefusal(await trySub(parent.id, { customer: fresh }), 422, "not_applicable", "customer");
  });

  test("is not made below an account that is deleted", async () => {
    const { parent } = await family();
    await post.ok("deleteAccount", { params: { id: parent.id }, query: { confirm: parent.username } });
    expectRefusal(await trySub(parent.id), 409, "account_deleted", "parentAccountId");
  });

  test("has quotas of its own, within its customer's limit", async () => {
    const parent = await post.account((await customer({ space: { limitBytes: gigabyte } })).id, { hardQuotaBytes: 5 });
    const sub = await post.subAccount(parent.id, { hardQuotaBytes: 7, userQuotaBytes: 6 });
    expect(sub.effectiveQuota).toEqual({ bytes: 6, source: "userQuota" });
    expect((await post.subAccount(parent.id)).effectiveQuota).toEqual({ bytes: null, source: null });
    expectRefusal(
      await trySub(parent.id, { hardQuotaBytes: gigabyte + 1 }),
      422,
      "quota_not_allowed",
      "hardQuotaBytes",
    );
    expectRefusal(await update(sub.id, { userQuotaBytes: -1 }), 422, "quota_not_allowed", "userQuotaBytes");
  });
});

describe("sub-accounts follow their parent at once (A2)", () => {
  test("to another plan, into a trial and out of it", async () => {
    const { parent, sub } = await family();
    const trial = (await update(parent.id, { plan: "trial" })).body;
    expect(await get(sub.id)).toMatchObject({
      plan: "trial",
      state: "trial",
      trial: trial.trial,
      effectiveQuota: { bytes: 512 * 1024 * 1024, source: "plan" },
      version: 1,
    });
    await update(parent.id, { plan: "basic" });
    expect(await get(sub.id)).toMatchObject({
      plan: "basic",
      state: "active",
      trial: null,
      effectiveQuota: { bytes: null, source: null },
    });
    const { items } = await post.ok("listAccounts", { query: { customerId: parent.customerId } });
    expect(items.map(({ plan }: { plan: string }) => plan)).toEqual(["basic", "basic"]);
  });

  test("into suspension and out of it, but for those that are suspended themselves", async () => {
    const { parent, sub } = await family();
    const idle = await post.subAccount(parent.id);
    await update(idle.id, { active: false });
    await update(parent.id, { active: false });
    for (const { id } of [parent, sub, idle]) expect((await get(id)).state).toBe("suspended");
    expect((await get(sub.id)).active).toBe(true);
    await update(parent.id, { active: true });
    expect([(await get(sub.id)).state, (await get(idle.id)).state]).toEqual(["active", "suspended"]);
  });

  test("into deletion; on another page of the list as well", async () => {
    const { parent, sub } = await family();
    await post.ok("deleteAccount", { params: { id: parent.id }, query: { confirm: parent.username } });
    expect(await get(sub.id)).toMatchObject({ state: "deleted", deletedAt: null, version: 1 });
    const query = { customerId: parent.customerId, limit: "1" };
    const first = await post.ok("listAccounts", { query });
    const second = await post.ok("listAccounts", { query: { ...query, cursor: first.nextCursor } });
    expect([first.items[0].id, second.items[0].id]).toEqual([parent.id, sub.id]);
    expect(second.items[0].state).toBe("deleted");
  });

  test("into deletion: they are not changed, nor mailed to, and their passwords are no more", async () => {
    const { parent, sub } = await family();
    await post.ok("deleteAccount", { params: { id: parent.id }, query: { confirm: parent.username } });
    for (const [operation, body] of [
      ["updateAccount", { userQuotaBytes: 5 }],
      ["resetPassword", {}],
      ["sendDetailsOfAccount", undefined],
    ] as const)
      expectRefusal(await post.call(operation, { params: { id: sub.id }, body }), 409, "account_deleted");
    const change = { username: sub.username, password: goodPassword, newPassword: "nor will they guess that" };
    expectRefusal(await post.call("changePassword", { body: change }, { token: null }), 401, "wrong_password");
  });

  test("but not the other way round", async () => {
    const { parent, sub } = await family();
    await update(sub.id, { active: false });
    await post.ok("deleteAccount", { params: { id: sub.id }, query: { confirm: sub.username } });
    expect((await get(parent.id)).state).toBe("active");
    expect((await get(sub.id)).state).toBe("deleted");
    expect((await trySub(parent.id)).status).toBe(201);
  });
});

test("sub-accounts made at once under a parent that changes have one plan and are counted by its contact", async () => {
  const { parent } = await family();
  const replies = await Promise.all([
    ...Array.from({ length: 8 }, () => trySub(parent.id)),
    update(parent.id, { plan: "basic" }),
    update(parent.id, { username: post.freshLogin() }),
  ]);
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, ...Array.from({ length: 8 }, () => 201)]);
  const { items } = await post.ok("listAccounts", { query: { customerId: parent.customerId } });
  expect(new Set(items.map(({ plan }: { plan: string }) => plan))).toEqual(new Set(["basic"]));
  expect(items[0].contact.accountCount).toBe(10);
  expect(accountComplaints(await dump(post.table))).toEqual([]);
});
