import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { costsOf } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { goodPassword, openPost, type Post } from "../stages/post.ts";

let post: Post;
let reseller: Post["provider"];
let token: string;
beforeAll(async () => {
  post = await openPost();
  reseller = await post.create(post.provider.id, { level: "reseller" });
  token = (await post.key(reseller.id)).token;
});

const customer = () => post.create(reseller.id);
const bounced = { bounce: { bounceType: "Permanent" } };
const newPassword = "nor will they guess that";
const change = (username: string, password: string) =>
  post.call("changePassword", { body: { username, password, newPassword } }, { token: null });

describe("an address that bounced at another contact", () => {
  const twoContacts = async () => {
    const email = post.freshAddress();
    const contact = { name: "Ann", email };
    const first = await post.account((await customer()).id, { password: undefined, contact });
    const second = await post.account((await customer()).id, { contact });
    await post.tell(first.detailsMailId, "Email Bounced", bounced);
    return { first, second };
  };
  test("keeps a password from being replaced by one that nobody will get", async () => {
    const { second } = await twoContacts();
    const reply = await post.call("resetPassword", { params: { id: second.id }, body: {} });
    expectRefusal(reply, 422, "address_suppressed", "password");
    expect((await change(second.username, goodPassword)).status).toBe(200);
  });
  test("refuses a new account with a temporary password, and the account's details", async () => {
    const { second } = await twoContacts();
    const body = { parentAccountId: second.id, username: post.freshLogin() };
    expectRefusal(await post.call("createAccount", { body }), 422, "address_suppressed", "password");
    expectRefusal(await post.call("sendDetailsOfAccount", { params: { id: second.id } }), 422, "address_suppressed");
  });
});

test("a complaint that comes after a bounce is released by the provider alone", async () => {
  const account = await post.account((await customer()).id, { password: undefined });
  await post.tell(account.detailsMailId, "Email Bounced", bounced);
  await post.tell(account.detailsMailId, "Email Complaint Received");
  const reply = await post.call("releaseContact", { params: { id: account.contactId } }, { token });
  expectRefusal(reply, 403, "forbidden");
});

test("a name that is too long once normalised is a wrong name, not a fault of ours", async () => {
  expect((await change("\ufdfa".repeat(400), "x")).status).toBeLessThan(500);
});

describe("round trips: at most 3", () => {
  test("for a sub-account with another contact than its parent's", async () => {
    const parent = await post.account((await customer()).id);
    const { customerId } = parent;
    const { id: contactId } = await post.ok("createContact", {
      body: { customerId, name: "B", email: "b@example.com" },
    });
    const body = { parentAccountId: parent.id, username: post.freshLogin(), password: goodPassword, contactId };
    const reply = await post.call("createAccount", { body }, { token });
    expect([reply.status, costsOf(reply).roundTrips]).toEqual([201, 3]);
  });
  test("for an account that gets another contact", async () => {
    const { id, customerId } = await post.account((await customer()).id);
    const { id: contactId } = await post.ok("createContact", {
      body: { customerId, name: "B", email: "b@example.com" },
    });
    const reply = await post.call("updateAccount", { params: { id }, body: { contactId } }, { token });
    expect([reply.status, costsOf(reply).roundTrips]).toEqual([200, 3]);
  });
  test("for looking an account up by its user name", async () => {
    const { username } = await post.account((await customer()).id);
    const reply = await post.call("listAccounts", { query: { username } }, { token });
    expect([reply.body.items.length, costsOf(reply).roundTrips]).toEqual([1, 3]);
  });
});

test("a plan that is taken names the account that has it, also where an account is to be changed to it", async () => {
  const { id } = await customer();
  const [first, second] = [await post.account(id), await post.account(id, { plan: "basic" })];
  const reply = await post.call("updateAccount", { params: { id: second.id }, body: { plan: "select" } });
  expectRefusal(reply, 409, "plan_taken", "plan");
  expect(reply.body.detail).toContain(first.id);
});

test("a rejection that is told twice rings the alarm once", async () => {
  const { detailsMailId } = await post.account((await customer()).id, { password: undefined });
  await post.deliver(detailsMailId);
  const log = vi.spyOn(post.runtime.logger, "error").mockImplementation(() => undefined);
  for (let time = 0; time < 2; time += 1) await post.tell(detailsMailId, "Email Rejected", { reject: { reason: "x" } });
  expect(log.mock.calls.filter(([message]) => message === "mail failed")).toHaveLength(1);
  log.mockRestore();
});

test("a password made of the user name is refused in every spelling by which user names are one", async () => {
  const { id } = await customer();
  const reply = await post.tryAccount(id, { username: "Straßenbahn", password: "straßenbahn12" });
  expectRefusal(reply, 422, "password_too_weak", "password");
});

test("a count of attempts that was forgotten is dropped by the time to live", async () => {
  const { username } = await post.account((await customer()).id);
  await change(username, goodPassword);
  const { Items = [] } = await post.table.documents.send(
    new QueryCommand({
      TableName: post.table.tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": `RATE#login#${username}` },
    }),
  );
  // DynamoDB does not expire what lies more than five years back.
  for (const { expiresAt } of Items) expect(expiresAt * 1000).toBeGreaterThan(post.now() - 5 * 365 * 86_400_000);
});

test("there are never more than a hundred plans, also where the last are made at once", async () => {
  const body = { name: "Gold", rights: { openFileBackupOnServers: true, versioning: true } };
  const list = async () => (await post.ok("listPlans")).items.length;
  for (let count = await list(); count < 98; count += 1)
    await post.ok("putPlan", { params: { code: `plan-${count}` }, body });
  const rivals = Array.from({ length: 8 }, (_, index) =>
    post.call("putPlan", { params: { code: `rival-${index}` }, body }),
  );
  const made = (await Promise.all(rivals)).filter(({ status }) => status === 200).length;
  expect(made).toBe(2);
});

describe("figures that are larger than numbers hold exactly", () => {
  test("are shown as the largest, and stop nobody", async () => {
    const { id } = await customer();
    const account = await post.account(id);
    for (const Key of [
      { pk: { S: id }, sk: { S: "@" } },
      { pk: { S: id }, sk: { S: `account#/${account.id}` } },
    ])
      await post.table.client.send(
        new UpdateItemCommand({
          TableName: post.table.tableName,
          Key,
          UpdateExpression: "SET usedBytes = :used",
          ExpressionAttributeValues: { ":used": { N: "99999999999999999999" } },
        }),
      );
    expect((await post.get(id)).space.usedBytes).toBe(Number.MAX_SAFE_INTEGER);
    expect((await post.ok("getAccount", { params: { id: account.id } })).usedBytes).toBe(Number.MAX_SAFE_INTEGER);
    expect((await post.tryAccount(id, { plan: "basic" })).status).toBe(201);
    expect((await post.ok("listCustomers", { query: { parentId: reseller.id } })).items.length).toBeGreaterThan(0);
  });
});

test("two computers that are the first on a plan at the same time share one parent account", async () => {
  const { id } = await post.create(reseller.id, { autoAuthorize: true });
  const key = await post.ok("createEnrolmentKey", { params: { id }, body: { name: "Office", plan: "select" } });
  const machine = (name: string) => ({ machineId: name, name, kind: "laptop", os: "Linux" });
  const replies = await Promise.all(
    ["a", "b", "c", "d"].map((name) =>
      post.call("enrol", { body: { enrolmentKey: key.token, ...machine(name) } }, { token: null }),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  const { items } = await post.ok("listAccounts", { query: { customerId: id } });
  const parents = items.filter((account: { parentAccountId: string | null }) => account.parentAccountId === null);
  expect([items.length, parents.length]).toEqual([4, 1]);
  // With that account deleted the plan is still its own: the next computer waits for somebody to decide.
  const [parent] = parents;
  await post.ok("deleteAccount", { params: { id: parent.id }, query: { confirm: parent.username } });
  const late = await post.call("enrol", { body: { enrolmentKey: key.token, ...machine("e") } }, { token: null });
  expect([late.status, late.body.device.state]).toEqual([202, "pending"]);
  const approved = await post.call("approveDevice", { params: { id: late.body.device.id }, body: {} });
  expectRefusal(approved, 409, "account_deleted", "plan");
});
