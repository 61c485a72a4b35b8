import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { openPost, type Post } from "../stages/post.ts";

let post: Post;
let reseller: Post["provider"];
let serial = 0;
beforeAll(async () => {
  post = await openPost();
  reseller = await post.create(post.provider.id, { level: "reseller" });
});

const rights = { openFileBackupOnServers: true, versioning: false };
const freshCode = (): string => `plan-${(serial += 1)}`;
const put = (code: string, more: object = {}, options?: object) =>
  post.call("putPlan", { params: { code }, body: { name: "Gold", rights, ...more } }, options);
const retire = (code: string, options?: object) => post.call("deletePlan", { params: { code } }, options);
const list = async (options?: object) => (await post.ok("listPlans", {}, options)).items;
const find = async (code: string) => (await list()).find((plan: { code: string }) => plan.code === code);
const logged = async (count: number) => {
  const query = { limit: String(count) };
  const { items } = await post.ok("listLog", { params: { id: post.provider.id }, query });
  return items.map(({ type, node }: { type: string; node: { id: string } }) => [type, node.id]);
};

test("a new installation has the plans of document 004, for everybody to read", async () => {
  const { token } = await post.key((await post.create(reseller.id)).id, "viewer");
  const plans = await list({ token });
  expect(plans).toEqual(await list());
  expect(plans.map(({ code }: { code: string }) => code)).toEqual(["basic", "select", "trial"]);
  expect(plans[0].rights).toEqual({ openFileBackupOnServers: false, versioning: false });
  expect(plans[1].rights).toEqual({ openFileBackupOnServers: true, versioning: true });
  expect(plans[2]).toMatchObject({ trial: true, hardQuotaBytes: 512 * 1024 * 1024, version: 1, retiredAt: null });
});

describe("putting a plan", () => {
  test("creates one", async () => {
    const code = freshCode();
    const reply = await put(code, { hardQuotaBytes: 7 });
    expect([reply.status, reply.headers["etag"]]).toEqual([200, '"1"']);
    expect(reply.body).toMatchObject({ code, name: "Gold", rights, trial: false, hardQuotaBytes: 7, version: 1 });
    expect(await find(code)).toEqual(reply.body);
    expect(await logged(1)).toEqual([["ServicePlanSaved", code]]);
  });

  test("changes one as a whole: what is not said is cleared", async () => {
    const code = freshCode();
    const { createdAt } = (await put(code, { hardQuotaBytes: 7, trial: true })).body;
    const changed = (await put(code, { name: "Silver" })).body;
    expect(changed).toMatchObject({ name: "Silver", hardQuotaBytes: null, trial: true, version: 2, createdAt });
    expect(await find(code)).toEqual(changed);
  });

  test("takes back one that was retired", async () => {
    const code = freshCode();
    await put(code);
    const retired = (await retire(code)).body;
    expect(retired).toMatchObject({ version: 2, retiredAt: expect.any(String) });
    expect((await put(code)).body).toMatchObject({ version: 3, retiredAt: null });
    expect(await find(code)).toMatchObject({ retiredAt: null });
  });

  test("never makes a trial of one, nor the other way round", async () => {
    const [paid, trial] = [freshCode(), freshCode()];
    await put(paid);
    await put(trial, { trial: true });
    expectRefusal(await put(paid, { trial: true }), 422, "immutable", "trial");
    expectRefusal(await put(trial, { trial: false }), 422, "immutable", "trial");
    expect([(await find(paid)).trial, (await find(trial)).trial]).toEqual([false, true]);
  });

  test("needs the version that it was worked out from, where one is named", async () => {
    const code = freshCode();
    const when = (version: number) => ({ headers: { "if-match": `"${version}"` } });
    expectRefusal(await put(code, {}, when(1)), 412, "precondition_failed");
    await put(code);
    expectRefusal(await put(code, {}, when(2)), 412, "precondition_failed");
    expectRefusal(await retire(code, when(2)), 412, "precondition_failed");
    expect((await retire(code, when(1))).body.version).toBe(2);
  });

  test.each([
    [{ name: "" }, "name"],
    [{ rights: { versioning: true } }, "rights.openFileBackupOnServers"],
    [{ rights: { ...rights, more: true } }, "rights.more"],
    [{ hardQuotaBytes: -1 }, "hardQuotaBytes"],
    [{ hardQuotaBytes: 0.5 }, "hardQuotaBytes"],
    [{ trial: "yes" }, "trial"],
  ])("refuses %j", async (more, path) => {
    expectRefusal(await put(freshCode(), more), 400, "invalid_request", path);
  });

  test.each(["Gold", "2nd", "a b", "x".repeat(41), "PLANS"])("refuses the code %s", async (code) => {
    expectRefusal(await put(code), 400, "invalid_request", "code");
    expectRefusal(await retire(code), 400, "invalid_request", "code");
  });

  test("at once by many ends with one of theirs, each heard once", async () => {
    const code = freshCode();
    const replies = await Promise.all(Array.from({ length: 6 }, (_, index) => put(code, { name: `Name ${index}` })));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(replies.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    const last = replies.find(({ body }) => body.version === 6);
    expect(await find(code)).toEqual(last?.body);
  });
});

describe("retiring a plan", () => {
  test("leaves the accounts on it, and lets no other on it; again is no error", async () => {
    const code = freshCode();
    await put(code, { hardQuotaBytes: 9 });
    const account = await post.account((await post.create(reseller.id)).id, { plan: code });
    const retired = (await retire(code)).body;
    expect((await retire(code)).body).toEqual(retired);
    expect(await logged(1)).toEqual([["ServicePlanRetired", code]]);
    expect(await post.ok("getAccount", { params: { id: account.id } })).toEqual(account);
    const other = await post.account((await post.create(reseller.id)).id);
    const onto = await post.call("updateAccount", { params: { id: other.id }, body: { plan: code } });
    expectRefusal(onto, 422, "plan_retired", "plan");
    // Once left, there is no way back.
    await post.ok("updateAccount", { params: { id: account.id }, body: { plan: "basic" } });
    const back = await post.call("updateAccount", { params: { id: account.id }, body: { plan: code } });
    expectRefusal(back, 422, "plan_retired", "plan");
  });

  test("that nobody knows is answered so", async () => {
    expectRefusal(await retire("unknown"), 404, "not_found");
  });
});

test("plans are decided by the provider's admins alone", async () => {
  const code = freshCode();
  await put(code);
  const distributor = await post.create(post.provider.id, { level: "distributor" });
  const keys = [
    await post.key(reseller.id),
    await post.key(distributor.id),
    await post.key((await post.create(reseller.id)).id),
    await post.key(post.provider.id, "operator"),
    await post.key(post.provider.id, "viewer"),
  ];
  for (const { token } of keys) {
    expectRefusal(await put(code, { name: "Mine" }, { token }), 403, "forbidden");
    expectRefusal(await put(freshCode(), {}, { token }), 403, "forbidden");
    expectRefusal(await retire(code, { token }), 403, "forbidden");
  }
  expect(await find(code)).toMatchObject({ version: 1, name: "Gold", retiredAt: null });
});

test("there are at most a hundred, retired ones included; each can still be changed", async () => {
  const known = (await list()).length;
  for (let count = known; count < 100; count += 1) expect((await put(freshCode())).status).toBe(200);
  expectRefusal(await put("one-more"), 409, "too_many");
  await retire("basic");
  expectRefusal(await put("one-more"), 409, "too_many");
  expect((await put("basic", { name: "Basic" })).body.retiredAt).toBeNull();
  expect(await list()).toHaveLength(100);
});
