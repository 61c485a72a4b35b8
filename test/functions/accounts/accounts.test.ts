import { beforeAll, describe, expect, test } from "vitest";
import { accountComplaints } from "../../model/account-invariants.ts";
import { dump } from "../../model/invariants.ts";
import { allPages, dayMs, expectRefusal, gigabyte } from "../stages/book.ts";
import { goodPassword, openPost, type Post } from "../stages/post.ts";

let post: Post;
let reseller: Post["provider"];
let token: string;
beforeAll(async () => {
  post = await openPost();
  reseller = await post.create(post.provider.id, { level: "reseller" });
  token = (await post.key(reseller.id)).token;
});

const customer = (more?: object) => post.create(reseller.id, more);
const get = (id: string) => post.ok("getAccount", { params: { id } });
const contact = (id: string) => post.ok("getContact", { params: { id } });
const update = (id: string, body: object, options?: object) =>
  post.call("updateAccount", { params: { id }, body }, options);
const remove = ({ id, username }: { id: string; username: string }) =>
  post.ok("deleteAccount", { params: { id }, query: { confirm: username } });
const newContact = (customerId: string) =>
  post.ok("createContact", { body: { customerId, name: "Bob", email: post.freshAddress() } });
const find = (username: string, options?: object) => post.ok("listAccounts", { query: { username } }, options);
/** A create for a new customer. */
const signUp = (more: object = {}, customerMore: object = {}, options: object = {}) =>
  post.call(
    "createAccount",
    {
      body: {
        customer: post.input({ parentId: reseller.id, ...customerMore }),
        plan: "select",
        username: post.freshLogin(),
        ...more,
      },
    },
    options,
  );
const transactionsIn = async (work: () => Promise<unknown>): Promise<number> =>
  (await post.callsDuring(work)).filter((name) => name === "TransactWriteItemsCommand").length;

describe("the first parent account (A1)", () => {
  test("comes with its new customer, its contact and its mail in one transaction", async () => {
    let reply: Awaited<ReturnType<typeof signUp>> | undefined;
    const details = { contactName: "Ada Müller", email: post.freshAddress(), phone: "+41 1", locale: "de-CH" };
    const transactions = await transactionsIn(async () => {
      reply = await signUp({}, { ...details, name: "Alpine AG" });
    });
    expect([reply?.status, transactions]).toEqual([201, 1]);
    const account = reply?.body;
    expect(reply?.headers).toMatchObject({ location: `/v1/accounts/${account.id}`, etag: '"1"' });
    expect(account).toMatchObject({
      version: 1,
      parentAccountId: null,
      plan: "select",
      mustChangePassword: true,
      active: true,
      state: "active",
      trial: null,
      hardQuotaBytes: null,
      userQuotaBytes: null,
      effectiveQuota: { bytes: null, source: null },
      usedBytes: 0,
      deviceCount: 0,
      locale: "de-CH",
      deletedAt: null,
      purgeAt: null,
      detailsMailId: expect.stringMatching(/^mai_/),
    });
    expect(account.contact).toMatchObject({
      id: account.contactId,
      customerId: account.customerId,
      name: "Ada Müller",
      email: details.email,
      phone: "+41 1",
      locale: "de-CH",
      accountCount: 1,
      suppression: null,
    });
    expect(account).not.toHaveProperty("passwordHash");
    expect(await get(account.id)).toEqual(account);
    expect(await contact(account.contactId)).toEqual(account.contact);
    expect(await post.get(account.customerId)).toMatchObject({ name: "Alpine AG", level: "end-customer" });
    expect(await post.mail(account.detailsMailId)).toMatchObject({
      state: "queued",
      accountId: account.id,
      contactId: account.contactId,
      template: "account-details",
      to: { name: "Ada Müller", address: details.email },
    });
    const { items } = await post.ok("listLog", { params: { id: reseller.id }, query: { limit: "2" } });
    const types = items.map(({ type, node }: { type: string; node: { name: string } }) => [type, node.name]);
    expect(types.sort()).toEqual([
      ["AccountCreated", account.username],
      ["CustomerCreated", "Alpine AG"],
    ]);
  });

  test("has the contact that is given, or else one with the customer's name", async () => {
    const email = post.freshAddress();
    const given = await signUp({ contact: { name: "Carl", email } }, { contactName: "Ada", email: "ada@example.com" });
    expect(given.body.contact).toMatchObject({ name: "Carl", email, locale: null, phone: null });
    const named = await signUp({}, { name: "Just a Name GmbH" });
    expect(named.body.contact).toMatchObject({ name: "Just a Name GmbH" });
  });

  test("is not there where its customer is refused, nor the customer where the account is", async () => {
    const taken = await post.account((await customer()).id);
    const refusals: [object, object, number, string, string][] = [
      [{}, { name: "Alpine AG" }, 409, "name_taken", "name"],
      [{}, { country: "AT" }, 422, "location_required", "storageLocation"],
      [{ username: taken.username.toUpperCase() }, {}, 409, "login_taken", "username"],
      [{ plan: undefined }, {}, 422, "plan_required", "plan"],
      [{ plan: "gold" }, {}, 422, "plan_unknown", "plan"],
      [{ contactId: taken.contactId }, {}, 422, "contact_of_other_customer", "contactId"],
      [{ password: "short" }, {}, 422, "password_too_weak", "password"],
      [{ userQuotaBytes: 6 }, { space: { limitBytes: 5 } }, 422, "quota_not_allowed", "userQuotaBytes"],
      [{}, { parentId: post.provider.id, level: "reseller" }, 422, "not_applicable", "customer.parentId"],
      [{}, { parentId: post.provider.id }, 422, "level_required", "level"],
    ];
    const before = (await dump(post.table)).filter(({ pk }) => !pk.startsWith("RATE#"));
    for (const [more, customerMore, status, code, path] of refusals)
      expectRefusal(await signUp(more, customerMore), status, code, path);
    const after = (await dump(post.table)).filter(({ pk }) => !pk.startsWith("RATE#"));
    expect(after).toEqual(before);
  });

  test("can be a site's", async () => {
    const { id } = await customer();
    const reply = await signUp({ password: goodPassword }, { parentId: id });
    expect([reply.status, (await post.get(reply.body.customerId)).level]).toEqual([201, "site"]);
  });
});

describe("a further parent account (A1, A2)", () => {
  test("for another plan shares a contact, or brings one, in one transaction", async () => {
    const { id } = await customer();
    const first = await post.account(id);
    let second: Post["provider"] | undefined;
    const transactions = await transactionsIn(async () => {
      second = await post.account(id, { plan: "basic", contact: undefined, contactId: first.contactId });
    });
    expect(transactions).toBe(1);
    expect(second).toMatchObject({ plan: "basic", parentAccountId: null, contactId: first.contactId });
    expect((await contact(first.contactId)).accountCount).toBe(2);
    const third = await post.account(id, { plan: "trial" });
    expect(third.contactId).not.toBe(first.contactId);
    const { items } = await post.ok("listAccounts", { query: { customerId: id } });
    expect(items.map(({ plan }: { plan: string }) => plan)).toEqual(["select", "basic", "trial"]);
    expect((await post.ok("listContacts", { query: { customerId: id } })).items).toHaveLength(2);
  });

  test("for the same plan is refused, and the one that there is is named", async () => {
    const { id } = await customer();
    const first = await post.account(id);
    const reply = await post.tryAccount(id);
    expectRefusal(reply, 409, "plan_taken", "plan");
    expect(reply.body.detail).toContain(first.id);
    // Also where it is deleted and can still be restored.
    await remove(first);
    expectRefusal(await post.tryAccount(id), 409, "plan_taken", "plan");
  });

  test("needs a plan that is offered", async () => {
    const { id } = await customer();
    const body = { name: "Old", rights: { openFileBackupOnServers: true, versioning: true } };
    await post.ok("putPlan", { params: { code: "old" }, body });
    const kept = await post.account(id, { plan: "old" });
    await post.ok("deletePlan", { params: { code: "old" } });
    const other = await customer();
    expectRefusal(await post.tryAccount(other.id, { plan: "old" }), 422, "plan_retired", "plan");
    expectRefusal(await post.tryAccount(other.id, { plan: "gold" }), 422, "plan_unknown", "plan");
    expectRefusal(await post.tryAccount(other.id, { plan: undefined }), 422, "plan_required", "plan");
    expect(await get(kept.id)).toMatchObject({ plan: "old", state: "active" });
    expect((await update(kept.id, { userQuotaBytes: 5, plan: "old" })).status).toBe(200);
    expect((await post.subAccount(kept.id)).plan).toBe("old");
  });

  test("needs a contact", async () => {
    const { id } = await customer();
    expectRefusal(await post.tryAccount(id, { contact: undefined }), 422, "contact_required", "contact");
  });

  test("has no contact of another customer; one of another branch is like one that does not exist", async () => {
    const { id } = await customer();
    const elsewhere = await newContact((await customer()).id);
    const beside = await post.create(post.provider.id, { level: "reseller" });
    const foreign = await newContact((await post.create(beside.id)).id);
    const unknown = "con_01JZX0N4Y8M1Q2R3S4T5V6W7X8";
    const tryWith = (contactId: string) => post.tryAccount(id, { contact: undefined, contactId }, { token });
    expectRefusal(await tryWith(elsewhere.id), 422, "contact_of_other_customer", "contactId");
    const [one, other] = [await tryWith(foreign.id), await tryWith(unknown)];
    expectRefusal(one, 404, "not_found");
    expect({ ...one.body, requestId: "" }).toEqual({ ...other.body, requestId: "" });
    const account = await post.account(id);
    expectRefusal(
      await update(account.id, { contactId: elsewhere.id }, { token }),
      422,
      "contact_of_other_customer",
      "contactId",
    );
    expectRefusal(await update(account.id, { contactId: foreign.id }, { token }), 404, "not_found");
    expectRefusal(await update(account.id, { contactId: unknown }, { token }), 404, "not_found");
    expect((await get(account.id)).contactId).toBe(account.contactId);
  });

  test("stands under end-customers and sites only", async () => {
    for (const id of [reseller.id, post.provider.id])
      expectRefusal(await post.tryAccount(id), 422, "not_applicable", "customerId");
  });

  test("is not made for a customer that is deleted, or stands below one that is", async () => {
    const parent = await customer();
    const site = await post.create(parent.id);
    const account = await post.account(parent.id);
    await post.remove(parent);
    for (const id of [parent.id, site.id]) expectRefusal(await post.tryAccount(id), 409, "customer_deleted");
    for (const [operation, body] of [
      ["updateAccount", { userQuotaBytes: 1 }],
      ["resetPassword", {}],
      ["sendDetailsOfAccount", undefined],
      ["deleteAccount", undefined],
    ] as const)
      expectRefusal(await post.call(operation, { params: { id: account.id }, body }), 409, "customer_deleted");
    expect((await get(account.id)).state).toBe("deleted");
  });
});

describe("quotas (Q2)", () => {
  test("are not negative, nor over the limit of the customer or of the end-customer above a site", async () => {
    const parent = await customer({ space: { limitBytes: 100 * gigabyte } });
    const site = await post.create(parent.id);
    const small = await post.create(parent.id, { space: { limitBytes: gigabyte } });
    for (const [id, limit] of [
      [parent.id, 100 * gigabyte],
      [site.id, 100 * gigabyte],
      [small.id, gigabyte],
    ] as const) {
      const account = await post.account(id, { hardQuotaBytes: limit, userQuotaBytes: 0 });
      for (const field of ["hardQuotaBytes", "userQuotaBytes"])
        for (const bytes of [-1, limit + 1]) {
          const said = { [field]: bytes };
          expectRefusal(await post.tryAccount(id, { plan: "basic", ...said }), 422, "quota_not_allowed", field);
          expectRefusal(await update(account.id, said), 422, "quota_not_allowed", field);
        }
      for (const bytes of [1.5, "5", 2 ** 53])
        expectRefusal(await update(account.id, { userQuotaBytes: bytes }), 400, "invalid_request", "userQuotaBytes");
    }
  });

  test("show the smaller one with its source: own, the plan's, the user's, in trial the settings'", async () => {
    const { id } = await customer();
    const account = await post.account(id);
    const effective = async (body: object) => (await update(account.id, body)).body.effectiveQuota;
    expect(account.effectiveQuota).toEqual({ bytes: null, source: null });
    expect(await effective({ userQuotaBytes: 50 })).toEqual({ bytes: 50, source: "userQuota" });
    expect(await effective({ hardQuotaBytes: 40 })).toEqual({ bytes: 40, source: "hardQuota" });
    expect(await effective({ userQuotaBytes: 30 })).toEqual({ bytes: 30, source: "userQuota" });
    expect(await effective({ hardQuotaBytes: null, userQuotaBytes: null })).toEqual({ bytes: null, source: null });
    const plan = { name: "Small", rights: { openFileBackupOnServers: true, versioning: true }, hardQuotaBytes: 25 };
    await post.ok("putPlan", { params: { code: "small" }, body: plan });
    expect(await effective({ plan: "small" })).toEqual({ bytes: 25, source: "plan" });
    expect(await effective({ hardQuotaBytes: 60 })).toEqual({ bytes: 60, source: "hardQuota" });
    expect((await get(account.id)).effectiveQuota).toEqual({ bytes: 60, source: "hardQuota" });
    // A plan that changes changes the accounts on it at once.
    await update(account.id, { hardQuotaBytes: null });
    await post.ok("putPlan", { params: { code: "small" }, body: { ...plan, hardQuotaBytes: 26 } });
    expect((await get(account.id)).effectiveQuota).toEqual({ bytes: 26, source: "plan" });
  });
});

describe("a trial (A5)", () => {
  test("lasts 30 days and has 512 MB, or what the levels above have narrowed that to", async () => {
    const { id } = await customer();
    const before = post.now();
    const account = await post.account(id, { plan: "trial" });
    const endsAt = Date.parse(account.trial.endsAt);
    expect(endsAt - before - 30 * dayMs).toBeGreaterThanOrEqual(0);
    expect(endsAt - before - 30 * dayMs).toBeLessThan(60_000);
    expect(account).toMatchObject({
      state: "trial",
      trial: { daysLeft: 30 },
      effectiveQuota: { bytes: 512 * 1024 * 1024, source: "plan" },
    });
    const narrow = await post.create(post.provider.id, { level: "reseller" });
    const trial = { days: 7, spaceBytes: 1_000_000 };
    await post.ok("updateSettings", { params: { id: narrow.id }, body: { trial } });
    const site = await post.create((await post.create(narrow.id)).id);
    const short = await post.account(site.id, { plan: "trial" });
    expect(short).toMatchObject({
      trial: { daysLeft: 7 },
      effectiveQuota: { bytes: 1_000_000, source: "trialSettings" },
    });
    expect((await update(short.id, { userQuotaBytes: 900 })).body.effectiveQuota.source).toBe("userQuota");
  });

  test("lasts as many days as are said, on trial plans only", async () => {
    const { id } = await customer();
    expectRefusal(await post.tryAccount(id, { trialDays: 5 }), 422, "not_applicable", "trialDays");
    for (const trialDays of [0, 366, 2.5])
      expectRefusal(await post.tryAccount(id, { plan: "trial", trialDays }), 400, "invalid_request", "trialDays");
    expect((await post.account(id, { plan: "trial", trialDays: 5 })).trial.daysLeft).toBe(5);
  });

  test("ends with its plan, takes its timer along, and begins with a trial plan", async () => {
    const account = await post.account((await customer()).id, { plan: "trial", trialDays: 5 });
    const paid = (await update(account.id, { plan: "select" })).body;
    expect(paid).toMatchObject({ state: "active", trial: null, effectiveQuota: { bytes: null, source: null } });
    expect(accountComplaints(await dump(post.table))).toEqual([]);
    expect((await update(account.id, { plan: "trial" })).body.trial.daysLeft).toBe(30);
    expect(accountComplaints(await dump(post.table))).toEqual([]);
  });
});

describe("passwords of new accounts (A4)", () => {
  test.each([
    ["eleven chars", "kd83jf0s7gh"],
    ["one of the common ones", "Password1234"],
    ["a row", "abcdefghijkl"],
    ["the login with an addition", "franziska-1234"],
  ])("are not %s", async (_, password) => {
    const { id } = await customer();
    const reply = await post.tryAccount(id, { username: "Franziska", password });
    expectRefusal(reply, 422, "password_too_weak", "password");
    expect(JSON.stringify(reply.body)).not.toContain(password);
  });

  test("that are given need not be changed unless it is said; temporary ones must be", async () => {
    const { id } = await customer();
    const given = await post.account(id);
    expect(given).toMatchObject({ mustChangePassword: false, detailsMailId: null });
    expect((await post.subAccount(given.id, { mustChangePassword: true })).mustChangePassword).toBe(true);
    const temporary = await post.account(id, { plan: "basic", password: undefined, mustChangePassword: true });
    expect(temporary.mustChangePassword).toBe(true);
    const never = await post.tryAccount(id, { plan: "trial", password: undefined, mustChangePassword: false });
    expectRefusal(never, 422, "not_applicable", "mustChangePassword");
  });
});

describe("a user name (A4)", () => {
  test.each([
    ["Straße.Nord", "STRASSE.nord"],
    ["ａｄａ＠example.com", "Ada@Example.com"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
  ])("that is taken, %s, is taken in other spellings too, %s", async (one, other) => {
    const [first, second] = [await customer(), await post.create(post.provider.id, { level: "reseller" })];
    const account = await post.account(first.id, { username: one });
    expect(account.username).toBe(one);
    const elsewhere = await post.create(second.id);
    expectRefusal(await post.tryAccount(elsewhere.id, { username: other }), 409, "login_taken", "username");
    expect((await find(other)).items).toEqual([account]);
    const rival = await post.account(elsewhere.id);
    expectRefusal(await update(rival.id, { username: other }), 409, "login_taken", "username");
    // Spelling one's own name otherwise takes it from nobody.
    expect((await update(account.id, { username: other })).body).toMatchObject({ username: other, version: 2 });
  });

  test("that is changed frees the old one at once", async () => {
    const account = await post.account((await customer()).id);
    const renamed = (await update(account.id, { username: "brand.new" })).body;
    expect(renamed).toMatchObject({ username: "brand.new", version: 2 });
    expect((await find(account.username)).items).toEqual([]);
    expect((await find("BRAND.new")).items).toEqual([renamed]);
    const next = await post.account((await customer()).id, { username: account.username });
    expect(next.username).toBe(account.username);
  });

  test("is found in the branch that is looked in, and nowhere else", async () => {
    const beside = await post.create(post.provider.id, { level: "reseller" });
    const { id } = await post.create(beside.id);
    const foreign = await post.account(id);
    expect((await find(foreign.username, { token })).items).toEqual([]);
    expect((await find(foreign.username)).items).toEqual([foreign]);
    const query = { username: foreign.username, customerId: reseller.id };
    expect((await post.ok("listAccounts", { query })).items).toEqual([]);
    expect((await post.ok("listAccounts", { query: { ...query, customerId: id } })).items).toEqual([foreign]);
    expectRefusal(
      await post.call("listAccounts", { query: { ...query, customerId: id } }, { token }),
      404,
      "not_found",
    );
  });
});

describe("a change of an account", () => {
  test("moves plan, name and contact in one transaction, and frees what it had", async () => {
    const { id } = await customer();
    const account = await post.account(id);
    const other = await newContact(id);
    let changed: Post["provider"] | undefined;
    const body = { plan: "basic", username: post.freshLogin(), contactId: other.id, hardQuotaBytes: 5, active: false };
    const transactions = await transactionsIn(async () => {
      changed = (await update(account.id, body)).body;
    });
    expect(transactions).toBe(1);
    expect(changed).toMatchObject({ ...body, version: 2, state: "suspended" });
    expect(await get(account.id)).toEqual(changed);
    expect([(await contact(account.contactId)).accountCount, (await contact(other.id)).accountCount]).toEqual([0, 1]);
    await post.ok("deleteContact", { params: { id: account.contactId } });
    expect((await post.account(id)).plan).toBe("select");
    expect(accountComplaints(await dump(post.table))).toEqual([]);
  });

  test("to a plan for which there is a parent account is refused", async () => {
    const { id } = await customer();
    const [account] = [await post.account(id), await post.account(id, { plan: "basic" })];
    expectRefusal(await update(account.id, { plan: "basic" }), 409, "plan_taken", "plan");
    expectRefusal(await update(account.id, { plan: "gold" }), 422, "plan_unknown", "plan");
    expect(await get(account.id)).toEqual(account);
  });

  test("to what is there already writes nothing", async () => {
    const account = await post.account((await customer()).id, { userQuotaBytes: 7 });
    const { username, plan, contactId, customerId } = account;
    const same = { username, plan, contactId, customerId, parentAccountId: null, userQuotaBytes: 7, active: true };
    const calls = await post.callsDuring(async () => {
      expect((await update(account.id, same)).body).toEqual(account);
    });
    expect(calls.filter((name) => name.includes("Write"))).toEqual([]);
  });

  test("does not move it elsewhere", async () => {
    const [one, other] = [await customer(), await customer()];
    const account = await post.account(one.id);
    const parent = await post.account(other.id);
    expectRefusal(await update(account.id, { customerId: other.id }), 422, "immutable", "customerId");
    expectRefusal(await update(account.id, { parentAccountId: parent.id }), 422, "immutable", "parentAccountId");
  });

  test("needs the version that it was worked out from, where one is named", async () => {
    const account = await post.account((await customer()).id);
    const headers = (version: number) => ({ headers: { "if-match": `"${version}"` } });
    expectRefusal(await update(account.id, { userQuotaBytes: 1 }, headers(2)), 412, "precondition_failed");
    expect((await update(account.id, { userQuotaBytes: 1 }, headers(1))).headers["etag"]).toBe('"2"');
    const confirmed = { params: { id: account.id }, query: { confirm: account.username } };
    expectRefusal(await post.call("deleteAccount", confirmed, headers(1)), 412, "precondition_failed");
  });

  test("is told by the log, without its secrets", async () => {
    const account = await post.account((await customer()).id);
    await update(account.id, { userQuotaBytes: 5, username: "told.of" });
    await post.ok("resetPassword", { params: { id: account.id }, body: { password: "another fine secret" } });
    const { items } = await post.ok("listLog", { params: { id: reseller.id }, query: { limit: "3" } });
    expect(items.map(({ type }: { type: string }) => type)).toEqual([
      "PasswordReset",
      "AccountUpdated",
      "AccountCreated",
    ]);
    expect(items[1]).toMatchObject({ node: { id: account.id, name: "told.of" } });
    expect(items[1].changes).toEqual([
      { path: "username", before: account.username, after: "told.of" },
      { path: "userQuotaBytes", before: null, after: 5 },
    ]);
    expect(JSON.stringify(items)).not.toMatch(/argon2|secret/);
  });
});

describe("deleting an account", () => {
  test("needs its user name, and leaves name, plan and contact for the grace period; again is no error", async () => {
    const { id } = await customer();
    const account = await post.account(id, { username: "Löschmich" });
    const tryRemove = (confirm?: string) =>
      post.call("deleteAccount", { params: { id: account.id }, ...(confirm !== undefined && { query: { confirm } }) });
    for (const confirm of [undefined, "", "someone"])
      expectRefusal(await tryRemove(confirm), 422, "confirmation_required", "confirm");
    const gone = (await tryRemove(" LÖSCHMICH ")).body;
    expect(gone).toMatchObject({ state: "deleted", version: 2, deletedAt: expect.any(String) });
    expect(Date.parse(gone.purgeAt) - Date.parse(gone.deletedAt)).toBe(30 * dayMs);
    expect((await tryRemove("löschmich")).body).toEqual(gone);
    expect((await post.ok("listAccounts", { query: { customerId: id } })).items).toEqual([gone]);
    expect((await contact(account.contactId)).accountCount).toBe(1);
    expectRefusal(
      await post.call("deleteContact", { params: { id: account.contactId } }),
      409,
      "contact_in_use",
      account.id,
    );
    expectRefusal(await post.tryAccount(id, { username: "löschmich" }), 409, "plan_taken", "plan");
    expectRefusal(await update(account.id, { active: false }), 409, "account_deleted");
    for (const operation of ["resetPassword", "sendDetailsOfAccount"] as const) {
      const body = operation === "resetPassword" ? {} : undefined;
      expectRefusal(await post.call(operation, { params: { id: account.id }, body }), 409, "account_deleted");
    }
    expect(accountComplaints(await dump(post.table))).toEqual([]);
  });
});

describe("who decides", () => {
  test("plan, hard quota and days of trial: those who sell, not credentials of end-customers and sites", async () => {
    const parent = await customer();
    const site = await post.create(parent.id);
    const account = await post.account(site.id);
    for (const scope of [parent, site]) {
      const own = { token: (await post.key(scope.id)).token };
      for (const more of [{}, { hardQuotaBytes: 5 }, { plan: "trial", trialDays: 3 }])
        expectRefusal(await post.tryAccount(site.id, { plan: "basic", ...more }, own), 403, "forbidden");
      for (const body of [{ plan: "basic" }, { hardQuotaBytes: 5 }, { hardQuotaBytes: null }])
        expectRefusal(await update(account.id, body, own), 403, "forbidden");
      const sub = await post.call(
        "createAccount",
        {
          body: { parentAccountId: account.id, username: post.freshLogin(), password: goodPassword, userQuotaBytes: 9 },
        },
        own,
      );
      expect(sub.status).toBe(201);
      const hard = { parentAccountId: account.id, username: post.freshLogin(), hardQuotaBytes: 9 };
      expectRefusal(await post.call("createAccount", { body: hard }, own), 403, "forbidden");
      expect((await update(account.id, { userQuotaBytes: 8, username: post.freshLogin() }, own)).status).toBe(200);
    }
    const { token: customers } = await post.key(parent.id);
    expectRefusal(await signUp({}, { parentId: parent.id }, { token: customers }), 403, "forbidden");
    expect((await get(account.id)).hardQuotaBytes).toBeNull();
  });

  test("operators manage accounts of those that there are, and make no customers; viewers read", async () => {
    const { id } = await customer();
    const operator = { token: (await post.key(reseller.id, "operator")).token };
    const viewer = { token: (await post.key(reseller.id, "viewer")).token };
    const account = await post.account(id, { plan: "trial", trialDays: 9, hardQuotaBytes: 7 }, operator);
    expect((await update(account.id, { plan: "basic" }, operator)).status).toBe(200);
    expectRefusal(await signUp({}, {}, operator), 403, "forbidden");
    expectRefusal(await post.tryAccount(id, {}, viewer), 403, "forbidden");
    expectRefusal(await update(account.id, { active: false }, viewer), 403, "forbidden");
    expect(await post.ok("getAccount", { params: { id: account.id } }, viewer)).toMatchObject({ id: account.id });
    expect(
      (await post.ok("deleteAccount", { params: { id: account.id }, query: { confirm: account.username } }, operator))
        .state,
    ).toBe("deleted");
  });

  test("nobody sees or changes an account of another branch: it is like one that does not exist", async () => {
    const beside = await post.create(post.provider.id, { level: "reseller" });
    const { id: foreign } = await post.account((await post.create(beside.id)).id);
    const unknown = "acc_01JZX0N4Y8M1Q2R3S4T5V6W7X8";
    for (const [operation, body] of [
      ["getAccount", undefined],
      ["updateAccount", { active: false }],
      ["deleteAccount", undefined],
      ["resetPassword", {}],
      ["previewDetailsOfAccount", undefined],
      ["sendDetailsOfAccount", undefined],
    ] as const) {
      const replies = [foreign, unknown].map((id) => post.call(operation, { params: { id }, body }, { token }));
      const [one, other] = await Promise.all(replies);
      expect([one?.status, one?.body.code]).toEqual([404, "not_found"]);
      expect({ ...one?.body, requestId: "" }).toEqual({ ...other?.body, requestId: "" });
    }
    const body = { parentAccountId: foreign, username: post.freshLogin(), password: goodPassword };
    expectRefusal(await post.call("createAccount", { body }, { token }), 404, "not_found");
  });
});

test("a list has all accounts of its customer, oldest first, page by page", async () => {
  const { id } = await customer();
  const parent = await post.account(id);
  const made = [parent];
  for (let count = 0; count < 4; count += 1) made.push(await post.subAccount(parent.id));
  const { items, pages } = await allPages(post, "listAccounts", { query: { customerId: id, limit: "2" } });
  // The parent's contact serves all of them.
  expect(items.map((item) => item.id)).toEqual(made.map((item) => item.id));
  expect(pages).toHaveLength(3);
  expect(new Set(items.map((item) => item.contact.accountCount))).toEqual(new Set([5]));
});

describe("at the same time", () => {
  test("twenty creates of one user name make one account", async () => {
    const customers = await Promise.all(Array.from({ length: 20 }, () => customer()));
    const replies = await Promise.all(
      customers.map(({ id }, index) => post.tryAccount(id, { username: index % 2 === 0 ? "Twin" : "ＴＷＩＮ" })),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const reply of replies) if (reply.status !== 201) expectRefusal(reply, 409, "login_taken", "username");
  });

  test("twenty creates for one plan make one parent account, and twenty renames to one name succeed once", async () => {
    const { id } = await customer();
    const replies = await Promise.all(Array.from({ length: 20 }, () => post.tryAccount(id)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const reply of replies) if (reply.status !== 201) expectRefusal(reply, 409, "plan_taken", "plan");
    const { items } = await post.ok("listAccounts", { query: { customerId: id } });
    expect(items).toHaveLength(1);
    const subs = await Promise.all(Array.from({ length: 6 }, () => post.subAccount(items[0].id)));
    const renamed = await Promise.all(subs.map((sub) => update(sub.id, { username: "one.of.many" })));
    expect(renamed.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    expect(accountComplaints(await dump(post.table))).toEqual([]);
  });

  test("two changes of plans that would cross end with one parent account for each plan", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await customer();
      const [one, other] = [await post.account(id), await post.account(id, { plan: "basic" })];
      await Promise.all([
        update(one.id, { plan: "trial" }),
        update(other.id, { plan: "select" }),
        update(other.id, { plan: "trial" }),
      ]);
      const { items } = await post.ok("listAccounts", { query: { customerId: id } });
      expect(new Set(items.map(({ plan }: { plan: string }) => plan)).size).toBe(2);
    }
    expect(accountComplaints(await dump(post.table))).toEqual([]);
  });
});

test("after all of this nothing is amiss in the table", async () => {
  const items = await dump(post.table);
  expect(items.filter(({ kind }) => kind === "account").length).toBeGreaterThan(50);
  expect(accountComplaints(items)).toEqual([]);
});
