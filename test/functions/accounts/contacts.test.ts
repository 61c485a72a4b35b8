import { beforeAll, describe, expect, test } from "vitest";
import { accountComplaints } from "../../model/account-invariants.ts";
import { dump } from "../../model/invariants.ts";
import { allPages, expectRefusal } from "../stages/book.ts";
import { goodPassword, openPost, type Post } from "../stages/post.ts";
import { sized } from "../../support/size.ts";

let post: Post;
let reseller: Post["provider"];
let customer: Post["provider"];
beforeAll(async () => {
  post = await openPost();
  reseller = await post.create(post.provider.id, { level: "reseller" });
  customer = await post.create(reseller.id);
});

const bounced = { bounce: { bounceType: "Permanent" } };
const create = (more: object = {}) =>
  post.call("createContact", {
    body: { customerId: customer.id, name: "Ann", email: post.freshAddress(), ...more },
  });
const get = (id: string) => post.ok("getContact", { params: { id } });
const update = (id: string, body: object, options?: object) =>
  post.call("updateContact", { params: { id }, body }, options);
const remove = (id: string, options?: object) => post.call("deleteContact", { params: { id } }, options);
const release = (id: string, options?: object) => post.call("releaseContact", { params: { id } }, options);
const sub = (parentAccountId: string, contactId: string) =>
  post.call("createAccount", {
    body: { parentAccountId, contactId, username: post.freshLogin(), password: goodPassword },
  });
/** An account whose mail has been queued, so that events can tell of its address. */
const mailed = async (more: object = {}) =>
  post.account((await post.create(reseller.id)).id, { password: undefined, ...more });
const nothingIsAmiss = async () => expect(accountComplaints(await dump(post.table))).toEqual([]);

describe("a contact", () => {
  test("is a record of its customer, kept as given", async () => {
    const given = { name: "Ann Müller", email: "Ann@Example.com", phone: "+49 1", locale: "de-AT" };
    const reply = await create(given);
    expect(reply.body).toMatchObject({
      ...given,
      customerId: customer.id,
      version: 1,
      accountCount: 0,
      suppression: null,
    });
    expect(reply.headers["location"]).toBe(`/v1/contacts/${reply.body.id}`);
    expect(await get(reply.body.id)).toEqual(reply.body);
  });

  test.each([
    [{ name: " " }, "name"],
    [{ name: "a\u0000" }, "name"],
    [{ email: "nobody" }, "email"],
    [{ email: `${"x".repeat(250)}@example.com` }, "email"],
    [{ locale: "german" }, "locale"],
    [{ phone: "" }, "phone"],
    [{ accountCount: 5 }, "accountCount"],
  ])("has its form: not %j", async (more, path) => {
    expectRefusal(await create(more), 400, "invalid_request", path);
  });

  test("may belong to a customer of any level, but not to one that is deleted", async () => {
    expect((await create({ customerId: reseller.id })).status).toBe(201);
    const gone = await post.create(reseller.id);
    const contact = (await create({ customerId: gone.id })).body;
    await post.remove(gone);
    expectRefusal(await create({ customerId: gone.id }), 409, "customer_deleted");
    expectRefusal(await update(contact.id, { name: "x" }), 409, "customer_deleted");
    expectRefusal(await remove(contact.id), 409, "customer_deleted");
    expect(await get(contact.id)).toEqual(contact);
  });

  test("that changes is changed for all accounts that use it, and needs the version where one is named", async () => {
    const parent = await post.account((await post.create(reseller.id)).id);
    const other = await post.subAccount(parent.id);
    const reply = await update(parent.contactId, { name: "Anna", phone: "1", locale: "de" });
    expect(reply.body).toMatchObject({ name: "Anna", phone: "1", locale: "de", version: 2, accountCount: 2 });
    for (const { id } of [parent, other])
      expect(await post.ok("getAccount", { params: { id } })).toMatchObject({
        contact: reply.body,
        locale: "de",
        version: 1,
      });
    const headers = { headers: { "if-match": '"1"' } };
    expectRefusal(await update(parent.contactId, { name: "B" }, headers), 412, "precondition_failed");
    expectRefusal(await remove(parent.contactId, headers), 412, "precondition_failed");
    const cleared = (await update(parent.contactId, { phone: null, locale: null })).body;
    expect(cleared).toMatchObject({ phone: null, locale: null, version: 3 });
    expect((await update(parent.contactId, { name: "Anna" })).body).toEqual(cleared);
    expectRefusal(await update(parent.contactId, { customerId: customer.id }), 422, "immutable", "customerId");
  });

  test("of another branch is like one that does not exist", async () => {
    const { token } = await post.key(reseller.id);
    const beside = await post.create(post.provider.id, { level: "reseller" });
    const { id: foreign } = (await create({ customerId: beside.id })).body;
    for (const [operation, body] of [
      ["getContact", undefined],
      ["updateContact", { name: "x" }],
      ["deleteContact", undefined],
      ["releaseContact", undefined],
    ] as const) {
      const [one, other] = await Promise.all(
        [foreign, "con_01JZX0N4Y8M1Q2R3S4T5V6W7X8"].map((id) =>
          post.call(operation, { params: { id }, body }, { token }),
        ),
      );
      expect([one?.status, { ...one?.body, requestId: "" }]).toEqual([404, { ...other?.body, requestId: "" }]);
    }
    expectRefusal(await post.call("listContacts", { query: { customerId: beside.id } }, { token }), 404, "not_found");
  });

  test("is listed with the others of its customer, oldest first, page by page", async () => {
    const { id: customerId } = await post.create(reseller.id);
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await create({ customerId })).body.id);
    const { items, pages } = await allPages(post, "listContacts", { query: { customerId, limit: "2" } });
    expect([items.map(({ id }) => id), pages.length]).toEqual([made, 3]);
  });
});

describe("deleting a contact", () => {
  test("that nobody uses removes it", async () => {
    const { body: contact } = await create();
    expect((await remove(contact.id)).body).toEqual(contact);
    expectRefusal(await post.call("getContact", { params: { id: contact.id } }), 404, "not_found");
    expectRefusal(await remove(contact.id), 404, "not_found");
    await nothingIsAmiss();
  });

  test("that accounts use is refused, and they are named, twenty of them", async () => {
    const parent = await post.account((await post.create(reseller.id)).id);
    const second = await post.subAccount(parent.id);
    const reply = await remove(parent.contactId);
    expectRefusal(reply, 409, "contact_in_use");
    expect(reply.body.errors.map(({ path }: { path: string }) => path)).toEqual([parent.id, second.id]);
    expect(reply.body.detail).toContain("2 account(s)");
    const more = Array.from({ length: 20 }, () => post.subAccount(parent.id));
    await Promise.all(more);
    const named = (await remove(parent.contactId)).body;
    expect([named.errors.length, named.detail.slice(0, 2)]).toEqual([20, "22"]);
  });

  test("before an account begins to use it means that it is missed; afterwards, that it stays", async () => {
    const parent = await post.account((await post.create(reseller.id)).id);
    const own = async () => (await create({ customerId: parent.customerId })).body.id as string;
    const [gone, used] = [await own(), await own()];
    expect((await remove(gone)).status).toBe(200);
    expectRefusal(await sub(parent.id, gone), 404, "not_found");
    expectRefusal(
      await post.call("updateAccount", { params: { id: parent.id }, body: { contactId: gone } }),
      404,
      "not_found",
    );
    expect((await sub(parent.id, used)).status).toBe(201);
    expectRefusal(await remove(used), 409, "contact_in_use");
  });

  test("while accounts begin to use it: never an account without its contact, and every count is exact", async () => {
    const parent = await post.account((await post.create(reseller.id)).id);
    const users = await Promise.all(Array.from({ length: 3 }, () => post.subAccount(parent.id)));
    const won = { deletion: 0, use: 0 };
    // Deletions begin all over the time that a change takes on this machine.
    const started = performance.now();
    await update(parent.contactId, { phone: "0" });
    const changeMs = performance.now() - started;
    /** In shares of that time. The last is long after any use, so that both win at least once, however the machine's load changes. */
    const begins = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 20];
    for (let round = 0; round < sized(8, 24); round += 1) {
      const { id: contactId } = (await create({ customerId: parent.customerId })).body;
      const user = users[round % 3];
      const [removed, used] = await Promise.all([
        new Promise((resolve) => setTimeout(resolve, (begins[round % 8] ?? 0) * changeMs)).then(() =>
          remove(contactId),
        ),
        // Every fourth time a new account, whose password takes its time between reading and writing; every eighth time long after.
        new Promise((resolve) => setTimeout(resolve, round % 8 === 0 ? 20 * changeMs : 0)).then(() =>
          round % 4 === 3
            ? sub(parent.id, contactId)
            : post.call("updateAccount", { params: { id: String(user?.id) }, body: { contactId } }),
        ),
      ]);
      if (removed.status === 200) {
        won.deletion += 1;
        expectRefusal(used, 404, "not_found");
      } else {
        won.use += 1;
        expectRefusal(removed, 409, "contact_in_use");
        expect(used.status).toBeLessThan(300);
      }
    }
    expect(Math.min(won.deletion, won.use)).toBeGreaterThan(0);
    await nothingIsAmiss();
  });

  test("while many accounts come and go, its count stays exact", async () => {
    const parent = await post.account((await post.create(reseller.id)).id);
    const users = await Promise.all(Array.from({ length: 6 }, () => post.subAccount(parent.id)));
    const own = async () => (await create({ customerId: parent.customerId })).body.id as string;
    const contacts = [await own(), await own()];
    for (let round = 0; round < 3; round += 1)
      await Promise.all([
        ...users.map(({ id }, index) =>
          post.call("updateAccount", { params: { id }, body: { contactId: contacts[(round + index) % 2] } }),
        ),
        ...contacts.map((id) => remove(id)),
        ...contacts.map((id) => update(id, { phone: String(round) })),
      ]);
    await nothingIsAmiss();
  });
});

describe("an address that takes no mail", () => {
  const suppression = (reason: string) => ({ reason, at: expect.any(String) });

  test("shows on its contact, and no mail is queued for it: a password must be given", async () => {
    const account = await mailed();
    await post.tell(account.detailsMailId, "Email Bounced", bounced);
    const contact = await get(account.contactId);
    expect(contact).toMatchObject({ suppression: suppression("bounced"), version: 2 });
    const send = await post.call("sendDetailsOfAccount", { params: { id: account.id } });
    expectRefusal(send, 422, "address_suppressed", "");
    const reset = (body: object) => post.call("resetPassword", { params: { id: account.id }, body });
    expectRefusal(await reset({}), 422, "address_suppressed", "password");
    expect((await reset({ password: goodPassword })).status).toBe(200);
    const body = { parentAccountId: account.id, username: post.freshLogin() };
    expectRefusal(await post.call("createAccount", { body }), 422, "address_suppressed", "password");
    expect((await sub(account.id, account.contactId)).status).toBe(201);
  });

  test("is known of new contacts too, at any customer, in any case, and of a new account's", async () => {
    const account = await mailed();
    const { email } = account.contact;
    await post.tell(account.detailsMailId, "Email Bounced", bounced);
    const other = await post.create(reseller.id);
    const made = await create({ customerId: other.id, email: email.toUpperCase() });
    expect(made.body.suppression).toMatchObject(suppression("bounced"));
    const refused = await post.tryAccount(other.id, { password: undefined, contact: { name: "B", email } });
    expectRefusal(refused, 422, "address_suppressed", "password");
    const withNew = await post.call("createAccount", {
      body: { customer: post.input({ parentId: reseller.id, email }), plan: "select", username: post.freshLogin() },
    });
    expectRefusal(withNew, 422, "address_suppressed", "password");
  });

  test("is told of in the log, once", async () => {
    const account = await mailed();
    for (let time = 0; time < 2; time += 1) await post.tell(account.detailsMailId, "Email Bounced", bounced);
    const { items } = await post.ok("listLog", { params: { id: reseller.id }, query: { limit: "2" } });
    expect(items.map(({ type }: { type: string }) => type)).toEqual(["AddressSuppressed", "AccountCreated"]);
    expect(items[0]).toMatchObject({
      node: { id: account.contactId, name: account.contact.email },
      actor: { kind: "system", id: null },
    });
  });

  test("goes from its contact with the address, and comes with it", async () => {
    const account = await mailed();
    const { email } = account.contact;
    await post.tell(account.detailsMailId, "Email Bounced", bounced);
    const moved = (await update(account.contactId, { email: post.freshAddress() })).body;
    expect(moved.suppression).toBeNull();
    expect((await post.call("sendDetailsOfAccount", { params: { id: account.id } })).status).toBe(202);
    expect((await update(account.contactId, { email })).body.suppression).toMatchObject(suppression("bounced"));
    // Another case is the same address.
    expect((await update(account.contactId, { email: email.toUpperCase() })).body.suppression).not.toBeNull();
  });

  test("is left alone by a bounce that may pass", async () => {
    const account = await mailed();
    for (const bounceType of ["Transient", "Undetermined"])
      await post.tell(account.detailsMailId, "Email Bounced", { bounce: { bounceType } });
    expect(await get(account.contactId)).toMatchObject({ suppression: null, version: 1 });
  });

  test("has mail again once it is released by who may: a bounce by its reseller, a complaint by the provider alone", async () => {
    const account = await mailed();
    const { token } = await post.key(reseller.id);
    const sendAgain = () => post.call("sendDetailsOfAccount", { params: { id: account.id } });
    await post.tell(account.detailsMailId, "Email Bounced", bounced);
    expect((await release(account.contactId, { token })).body).toMatchObject({ suppression: null, version: 3 });
    expect((await sendAgain()).status).toBe(202);
    expect((await create({ email: account.contact.email })).body.suppression).toBeNull();

    await post.tell(account.detailsMailId, "Email Complaint Received");
    expect((await get(account.contactId)).suppression).toMatchObject(suppression("complained"));
    expectRefusal(await release(account.contactId, { token }), 403, "forbidden");
    expectRefusal(await sendAgain(), 422, "address_suppressed");
    expect((await release(account.contactId)).body.suppression).toBeNull();
    expect((await sendAgain()).status).toBe(202);
    const released = (await release(account.contactId, { token })).body;
    expect(released).toEqual(await get(account.contactId));
    const { items } = await post.ok("listLog", { params: { id: reseller.id }, query: { limit: "10" } });
    const about = items.filter(({ node }: { node: { id: string } }) => node.id === account.contactId);
    expect(about.map(({ type }: { type: string }) => type)).toEqual([
      "AddressReleased",
      "AddressSuppressed",
      "AddressReleased",
      "AddressSuppressed",
    ]);
  });

  test("stays so through a change of its contact in the same moment", async () => {
    for (let round = 0; round < 6; round += 1) {
      const account = await mailed({ password: undefined });
      const [, changed] = await Promise.all([
        post.tell(account.detailsMailId, "Email Bounced", bounced),
        update(account.contactId, { phone: "5" }),
      ]);
      expect(changed.status).toBe(200);
      expect(await get(account.contactId)).toMatchObject({
        phone: "5",
        suppression: suppression("bounced"),
        version: 3,
      });
    }
  });
});
