import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import type { Fleet } from "../stages/fleet.ts";
import { type Moving, openMoving, rowsOf } from "../stages/moving.ts";
import { goodPassword } from "../stages/post.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

let fleet: Moving;
beforeAll(async () => {
  fleet = await openMoving();
  await fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body: { moves: { mergeAndSplit: true } } });
});
afterAll(() => fleet.close());

const contact = { name: "Ann", email: "ann@example.com" };
const account = (customerId: string, more: object = {}) => ({
  customerId,
  plan: "select",
  username: fleet.freshLogin(),
  password: goodPassword,
  contact,
  ...more,
});
const put = (body: object, options = {}) => fleet.call("upsertAccount", { body }, options);
const putDevice = (body: object, options = {}) => fleet.call("upsertDevice", { body }, options);
const machine = (nth: string) => ({
  machineId: `${nth}-${fleet.freshLogin()}`,
  name: "PC",
  kind: "laptop",
  os: "Linux",
});
const found = async (operation: "listAccounts" | "listDevices", query: Record<string, string>): Promise<string[]> =>
  (await fleet.ok(operation, { query })).items.map(({ id }: Body) => id);

describe("an account with a reference", () => {
  test("is created the first time and changed afterwards; the same request again changes nothing", async () => {
    const customer = await fleet.customer();
    const body = account(customer.id, { externalRef: "A-1", trialDays: undefined });
    const first = await put(body);
    expect([first.status, first.body.version, first.body.externalRef]).toEqual([201, 1, "A-1"]);
    const again = await put(body);
    expect([again.status, again.body]).toEqual([200, first.body]);
    const changed = await put({ ...body, plan: "basic", hardQuotaBytes: 500, mustChangePassword: true });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ id: first.body.id, plan: "basic", hardQuotaBytes: 500, version: 2 });
    expect(changed.body.mustChangePassword).toBe(false);
    expect(await found("listAccounts", { customerId: customer.id, externalRef: "A-1" })).toEqual([first.body.id]);
    expect(await found("listAccounts", { customerId: customer.id, externalRef: "A-2" })).toEqual([]);
    await fleet.settled();
  });

  test("shares it with no other of its parent; sub-accounts have references of their own", async () => {
    const [customer, other] = [await fleet.customer(), await fleet.customer()];
    const parent = (await put(account(customer.id, { externalRef: "B" }))).body;
    const second = account(customer.id, { plan: "basic", externalRef: "B" });
    expectRefusal(await fleet.call("createAccount", { body: second }), 409, "external_ref_taken", "externalRef");
    expect((await put(account(other.id, { externalRef: "B" }))).status).toBe(201);
    const sub = { parentAccountId: parent.id, externalRef: "B", username: fleet.freshLogin(), password: goodPassword };
    const made = await put(sub);
    expect([made.status, made.body.parentAccountId]).toEqual([201, parent.id]);
    expect((await put(sub)).body).toEqual(made.body);
    expect(await found("listAccounts", { parentAccountId: parent.id, externalRef: "B" })).toEqual([made.body.id]);
    const rename = { params: { id: made.body.id }, body: { externalRef: "C" } };
    expect((await fleet.call("updateAccount", rename)).body.externalRef).toBe("C");
    expect(await found("listAccounts", { parentAccountId: parent.id, externalRef: "B" })).toEqual([]);
    expect((await fleet.call("updateAccount", { params: rename.params, body: { externalRef: null } })).status).toBe(
      200,
    );
    expect(await found("listAccounts", { parentAccountId: parent.id, externalRef: "C" })).toEqual([]);
    await fleet.settled();
  });

  test("is created once, however many ask for it at a time", async () => {
    const customer = await fleet.customer();
    const body = account(customer.id, { externalRef: "race" });
    const replies = await Promise.all(Array.from({ length: 6 }, () => put(body)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(replies.map(({ body: { id } }) => id)).size).toBe(1);
    await fleet.settled();
  });

  test("keeps it while it is deleted, and is unknown to those who do not see it", async () => {
    const customer = await fleet.customer();
    const body = account(customer.id, { externalRef: "D" });
    const { body: made } = await put(body);
    const { token } = await fleet.key((await fleet.customer()).id);
    expectRefusal(await put(body, { token }), 404, "not_found");
    const hidden = { query: { customerId: customer.id, externalRef: "D" } };
    expectRefusal(await fleet.call("listAccounts", hidden, { token }), 404, "not_found");
    expectRefusal(
      await fleet.call("listAccounts", { query: { externalRef: "D", username: "x" } }),
      422,
      "not_applicable",
    );
    expectRefusal(await fleet.call("listAccounts", { query: { parentAccountId: made.id } }), 422, "not_applicable");
    await fleet.ok("deleteAccount", { params: { id: made.id }, query: { confirm: made.username } });
    expectRefusal(await put(body), 409, "account_deleted");
    await fleet.ok("restoreAccount", { params: { id: made.id } });
    expect((await put(body)).status).toBe(200);
    await fleet.settled();
  });

  test("takes it along to another customer, unless it is taken there", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const parent = (await put(account(from.id, { externalRef: "E" }))).body;
    const sub = (await put({ parentAccountId: parent.id, externalRef: "E-1", username: fleet.freshLogin() })).body;
    const taken = (await put(account(to.id, { plan: "basic", externalRef: "E" }))).body;
    const move = (more: object = {}) =>
      fleet.call("moveAccounts", { body: { ids: [parent.id], customerId: to.id, ...more } });
    const refused = await move();
    expect(refused.body.errors.map(({ code, path }: Body) => [code, path])).toEqual([
      ["external_ref_taken", "ids.0.externalRef"],
    ]);
    await fleet.ok("updateAccount", { params: { id: taken.id }, body: { externalRef: "F" } });
    expect(rowsOf(await fleet.ended(await move()))).toEqual(["succeeded"]);
    expect(await found("listAccounts", { customerId: to.id, externalRef: "E" })).toEqual([parent.id]);
    expect(await found("listAccounts", { customerId: from.id, externalRef: "E" })).toEqual([]);
    expect(await found("listAccounts", { parentAccountId: parent.id, externalRef: "E-1" })).toEqual([sub.id]);
    await fleet.settled();
  });

  test("as a sub-account of another takes those of its sub-accounts along too, unless one is taken there", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    expectRefusal(await put(account(from.id)), 400, "invalid_request", "externalRef");
    const lead = (await put(account(from.id, { externalRef: "G" }))).body;
    const sub = (await put({ parentAccountId: lead.id, externalRef: "G-1", username: fleet.freshLogin() })).body;
    const holder = (await put(account(to.id, { externalRef: "H" }))).body;
    const rival = (await put({ parentAccountId: holder.id, externalRef: "G-1", username: fleet.freshLogin() })).body;
    const body = { ids: [lead.id], customerId: to.id, onSamePlan: "sub-account" };
    const refused = await fleet.call("moveAccounts", { body });
    expect(refused.body.errors.map(({ code }: Body) => code)).toEqual(["external_ref_taken"]);
    await fleet.ok("updateAccount", { params: { id: rival.id }, body: { externalRef: null } });
    const moved = await fleet.ended(await fleet.call("moveAccounts", { body }));
    expect(rowsOf(moved)).toEqual(["succeeded"]);
    for (const [ref, id] of [
      ["G", lead.id],
      ["G-1", sub.id],
    ])
      expect(await found("listAccounts", { parentAccountId: holder.id, externalRef: ref })).toEqual([id]);
    await fleet.settled();
    const back = await fleet.ended(await fleet.call("undoTask", { params: { id: moved.id } }));
    expect(new Set(rowsOf(back))).toEqual(new Set(["succeeded"]));
    expect(await found("listAccounts", { customerId: from.id, externalRef: "G" })).toEqual([lead.id]);
    expect(await found("listAccounts", { parentAccountId: lead.id, externalRef: "G-1" })).toEqual([sub.id]);
    await fleet.settled();
  });
});

describe("a device with a reference", () => {
  test("is created the first time and changed afterwards; it stays the one computer", async () => {
    const login = await fleet.login();
    const body = { accountId: login.id, externalRef: "D-1", ...machine("one") };
    const first = await putDevice(body);
    expect([first.status, first.body.externalRef, first.body.version]).toEqual([201, "D-1", 1]);
    expect((await putDevice(body)).body).toEqual(first.body);
    const renamed = await putDevice({ ...body, name: "Front desk" });
    expect([renamed.status, renamed.body.name, renamed.body.id]).toEqual([200, "Front desk", first.body.id]);
    expectRefusal(await putDevice({ ...body, machineId: "another" }), 422, "immutable", "machineId");
    expectRefusal(await putDevice({ ...body, externalRef: "D-2" }), 409, "machine_taken", "machineId");
    const second = await fleet.ok("createDevice", { body: { accountId: login.id, ...machine("two") } });
    const take = { params: { id: second.id }, body: { externalRef: "D-1" } };
    expectRefusal(await fleet.call("updateDevice", take), 409, "external_ref_taken", "externalRef");
    expect(await found("listDevices", { accountId: login.id, externalRef: "D-1" })).toEqual([first.body.id]);
    expectRefusal(await fleet.call("listDevices", { query: { externalRef: "D-1" } }), 422, "not_applicable");
    const { token } = await fleet.key((await fleet.customer()).id);
    expectRefusal(await putDevice(body, { token }), 404, "not_found");
    await fleet.ok("deleteDevice", { params: { id: first.body.id }, query: { confirm: "Front desk" } });
    expectRefusal(await putDevice(body), 409, "device_deleted");
    await fleet.settled();
  });

  test("is created once, however many ask for it at a time", async () => {
    const login = await fleet.login();
    const body = { accountId: login.id, externalRef: "race", ...machine("race") };
    const replies = await Promise.all(Array.from({ length: 6 }, () => putDevice(body)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 201]));
    expect(new Set(replies.map(({ body: { id } }) => id)).size).toBe(1);
    await fleet.settled();
  });

  test("takes it to another account, unless it is taken there; with its account it stays as it is", async () => {
    const [here, there] = [await fleet.login(), await fleet.login()];
    const { body: device } = await putDevice({ accountId: here.id, externalRef: "M", ...machine("m") });
    const { body: rival } = await putDevice({ accountId: there.id, externalRef: "M", ...machine("n") });
    const body = { ids: [device.id], accountId: there.id };
    const refused = await fleet.call("moveDevices", { body });
    expect(refused.body.errors.map(({ code }: Body) => code)).toEqual(["external_ref_taken"]);
    await fleet.ok("updateDevice", { params: { id: rival.id }, body: { externalRef: "N" } });
    expect(rowsOf(await fleet.ended(await fleet.call("moveDevices", { body })))).toEqual(["succeeded"]);
    expect(await found("listDevices", { accountId: there.id, externalRef: "M" })).toEqual([device.id]);
    expect(await found("listDevices", { accountId: here.id, externalRef: "M" })).toEqual([]);
    const to = await fleet.customer();
    const account = { ids: [there.id], customerId: to.id };
    expect(rowsOf(await fleet.ended(await fleet.call("moveAccounts", { body: account })))).toEqual(["succeeded"]);
    expect(await found("listDevices", { accountId: there.id, externalRef: "M" })).toEqual([device.id]);
    await fleet.settled();
  });

  test("gives it to the computer that takes its place", async () => {
    const login = await fleet.login();
    const { body: older } = await putDevice({ accountId: login.id, externalRef: "R", ...machine("old") });
    const newer = await fleet.computer(login);
    await fleet.ok("replaceDevice", { params: { id: older.id }, body: { by: newer.id } });
    expect((await fleet.getDevice(newer.id)).externalRef).toBe("R");
    expect(await found("listDevices", { accountId: login.id, externalRef: "R" })).toEqual([newer.id]);
    await fleet.settled();
  });
});

describe("what begins suspended", () => {
  test("is an account whose devices may not back up, until it is active; one with a reference follows what is said", async () => {
    const customer = await fleet.customer();
    const body = account(customer.id, { externalRef: "S", active: false });
    const made = await put(body);
    expect([made.status, made.body.active, made.body.state]).toEqual([201, false, "suspended"]);
    const device = await fleet.ok("createDevice", { body: { accountId: made.body.id, ...machine("waits") } });
    const admission = async (): Promise<Body> => await fleet.ok("explainAdmission", { params: { id: device.id } });
    expect((await admission()).reasons.map(({ code }: Body) => code)).toEqual(["account_suspended"]);
    const again = await put({ ...body, active: true });
    expect([again.status, again.body.state]).toEqual([200, "active"]);
    expect((await admission()).allowed).toBe(true);
    // Who is sold to does not decide it.
    const { token } = await fleet.key(customer.id);
    expectRefusal(await put({ ...body, active: false }, { token }), 403, "forbidden");
    await fleet.settled();
  });

  test("is a device that holds a place and does not back up; one with a reference stays what it is", async () => {
    const customer = await fleet.customer();
    const login = await fleet.login({ customerId: customer.id });
    const body = { accountId: login.id, externalRef: "S", active: false, ...machine("suspended") };
    const made = await putDevice(body);
    expect([made.status, made.body.state, (await putDevice(body)).body]).toEqual([201, "suspended", made.body]);
    expect((await fleet.get(customer.id)).deviceCount).toBe(1);
    const suspended = { customerId: customer.id, state: "suspended" };
    expect(await found("listDevices", suspended)).toEqual([made.body.id]);
    expectRefusal(await putDevice({ ...body, active: true }), 422, "immutable", "active");
    await fleet.ok("activateDevice", { params: { id: made.body.id } });
    expect(await found("listDevices", suspended)).toEqual([]);
    expectRefusal(await putDevice(body), 422, "immutable", "active");
    expect((await putDevice({ ...body, active: undefined })).status).toBe(200);
    const plain = await fleet.ok("createDevice", {
      body: { accountId: login.id, active: true, ...machine("active") },
    });
    expect(plain.state).toBe("active");
    await fleet.settled();
  });
});
