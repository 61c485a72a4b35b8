import { beforeAll, describe, expect, test } from "vitest";
import type { OperationId } from "../../../functions/routes.ts";
import { costsOf, type Request } from "../../support/api.ts";
import { putInvoice } from "../../support/books.ts";
import { type Book, openBook } from "../stages/book.ts";

let book: Book;
let line: Awaited<ReturnType<Book["line"]>>;
let tokens: Record<"provider" | "reseller" | "end-customer", string>;
beforeAll(async () => {
  book = await openBook();
  endTogether();
  line = await book.line();
  tokens = {
    provider: book.token,
    reseller: (await book.key(line.reseller.id)).token,
    "end-customer": (await book.key(line["end-customer"].id)).token,
  };
});

/**
 * Holds back each answer of the table until all calls under way have theirs. Calls that are made side by side end together then, however busy
 * the machine is, and what comes after them is one round trip more.
 */
function endTogether(): void {
  let underWay = 0;
  let all = Promise.withResolvers<void>();
  book.runtime.client.middlewareStack.add(
    (next) => async (args) => {
      underWay += 1;
      const mine = all;
      try {
        return await next(args);
      } finally {
        underWay -= 1;
        if (underWay === 0) {
          all.resolve();
          all = Promise.withResolvers<void>();
        }
        await mine.promise;
      }
    },
    { step: "deserialize", priority: "low", name: "endTogether" },
  );
}

/** Sends a request that must succeed within so many round trips. */
async function within(trips: number, id: OperationId, request: Request, token = book.token, headers = {}) {
  const reply = await book.call(id, request, { token, headers });
  // A service plan has a code as well.
  expect([id, reply.status < 300 || reply.body.code]).toEqual([id, true]);
  const { roundTrips } = costsOf(reply);
  expect(roundTrips, id).toBeGreaterThan(0);
  expect(roundTrips, `${id} ${JSON.stringify(request)}`).toBeLessThanOrEqual(trips);
  return reply.body;
}

describe("round trips", () => {
  test("a read takes at most 2, at every level and for every caller", async () => {
    for (const token of Object.values(tokens))
      for (const id of ["getCustomer", "getSettings", "getEffectiveSettings", "getTree"] as const)
        await within(2, id, { params: { id: line["end-customer"].id } }, token);
    for (const { id } of [book.provider, ...Object.values(line)])
      for (const operation of ["getCustomer", "getSettings", "getEffectiveSettings", "getTree"] as const)
        await within(2, operation, { params: { id } });
    for (const token of Object.values(tokens)) {
      await within(2, "me", {}, token);
      await within(2, "listStorageLocations", {}, token);
    }
    for (const only of ["branch", "node"])
      await within(2, "listLog", { params: { id: line.reseller.id }, query: { only } }, tokens.reseller);
    await within(2, "health", {});
    const key = await book.key(line.site.id);
    await within(2, "getApiKey", { params: { id: key.id } }, tokens.reseller);
  });

  test("an invoice takes 2 for its seller and its payer, and its lines 3", async () => {
    const parties = { issuerId: book.provider.id, payerId: line.reseller.id, status: "issued" } as const;
    const params = { id: await putInvoice(book, parties) };
    for (const token of [tokens.provider, tokens.reseller]) {
      await within(2, "getInvoice", { params }, token);
      await within(3, "listInvoiceLines", { params }, token);
      await within(3, "exportInvoiceHtml", { params }, token);
    }
  });

  test("whoever has logged in costs as many as a key", async () => {
    const password = "nobody guesses this one";
    const body = { customerId: line.reseller.id, role: "admin", name: "Ann", email: "ann@example.com" };
    const user = await book.ok("createUser", { body: { ...body, username: "costs.user", password } });
    const own = `${password}, not even friends`;
    const first = await book.ok("login", { body: { username: user.username, password } }, { token: null });
    await book.ok("changeOwnPassword", { body: { password, newPassword: own } }, { token: first.token });
    const { token } = await book.ok("login", { body: { username: user.username, password: own } }, { token: null });
    for (const id of ["getCustomer", "getSettings", "getTree"] as const)
      await within(2, id, { params: { id: line["end-customer"].id } }, token);
    await within(2, "me", {}, token);
    await within(2, "getUser", { params: { id: user.id } }, token);
    await within(2, "listSessions", {}, token);
    await within(3, "listUsers", {}, token);
    await within(3, "updateUser", { params: { id: user.id }, body: { name: "Ann Other" } }, token);
    await within(3, "updateCustomer", { params: { id: line["end-customer"].id }, body: { city: "Bern" } }, token);
    // An attempt is taken before the password is looked at, and given back with the change.
    await within(5, "prove", { body: { password: own } }, token);
  });

  test("a list of children and a look-up by reference take at most 3", async () => {
    await book.create(line.reseller.id, { externalRef: "costs" });
    for (const { id } of [book.provider, ...Object.values(line)])
      await within(3, "listCustomers", { query: { parentId: id } });
    await within(3, "listCustomers", { query: { parentId: line.reseller.id, externalRef: "costs" } });
    await within(3, "listCustomers", { query: { externalRef: "costs" } }, tokens.reseller);
    await within(3, "listCustomers", { query: { parentId: line.reseller.id, sort: "createdAt" } });
    await within(3, "listApiKeys", { query: { customerId: line.reseller.id } });
    await within(3, "listApiKeys", {}, tokens.reseller);
  });

  test("a create takes at most 3, at every level, with and without parentId, allotment and idempotency key", async () => {
    const parents = [
      [book.provider.id, { level: "distributor" }],
      [book.provider.id, { level: "reseller" }],
      [line.distributor.id, { level: "sub-distributor" }],
      [line["sub-distributor"].id, {}],
      [line.reseller.id, { inTrial: true }],
      [line["end-customer"].id, {}],
    ] as const;
    for (const [parentId, more] of parents) {
      await within(3, "createCustomer", { body: book.input({ parentId, ...more }) });
      await within(3, "createCustomer", { body: book.input({ parentId, ...more, space: { limitBytes: 5 } }) });
      const once = { "idempotency-key": book.freshName().replace(" ", "-") };
      const body = book.input({ parentId, ...more });
      await within(3, "createCustomer", { body }, book.token, once);
      await within(1, "createCustomer", { body }, book.token, once);
      await within(3, "createCustomer", { query: { dryRun: "true" }, body: book.input({ parentId, ...more }) });
    }
    for (const token of [tokens.reseller, tokens["end-customer"]])
      await within(3, "createCustomer", { body: book.input() }, token);
    await within(3, "createApiKey", { body: { customerId: line.site.id, role: "viewer", name: "c" } }, tokens.reseller);
    await within(3, "upsertCustomer", { body: book.input({ parentId: line.reseller.id, externalRef: "new" }) });
    await within(3, "upsertCustomer", { body: book.input({ externalRef: "new too" }) }, tokens.reseller);
  });

  test("a change takes at most 3, at every level", async () => {
    for (const { id } of [book.provider, ...Object.values(line)]) {
      await within(3, "updateCustomer", { params: { id }, body: { city: "Bern" } });
      await within(3, "updateCustomer", { params: { id }, body: { name: book.freshName() } });
      await within(3, "updateCustomer", { params: { id }, body: { space: { limitBytes: 1e9 } } });
      await within(3, "updateCustomer", { params: { id }, body: { space: { limitBytes: null } } });
      await within(3, "updateSettings", { params: { id }, body: { throttle: { mode: "inherit" } } });
      await within(3, "deactivateCustomer", { params: { id } });
      await within(3, "activateCustomer", { params: { id } });
    }
    const key = await book.key(line.site.id);
    await within(3, "revokeApiKey", { params: { id: key.id } }, tokens.reseller);
  });

  test("deleting and restoring a customer takes 3, at every level; a dry run of a deletion counts the branch", async () => {
    const doomed = await book.create(line.reseller.id, { licences: { limit: 5 } });
    for (const { id } of [doomed, ...Object.values(line)]) {
      const [params, query] = [{ id }, { confirm: (await book.get(id)).name }];
      await within(3, "deleteCustomer", { params, query });
      await within(3, "restoreCustomer", { params });
    }
    const { id, name } = doomed;
    const [params, query] = [{ id }, { confirm: name }];
    await within(4, "deleteCustomer", { params, query: { ...query, dryRun: "true" } }, tokens.reseller);
    const { deletionId } = await within(3, "deleteCustomer", { params, query }, tokens.reseller);
    await within(3, "getBatch", { query: { ids: `${line.reseller.id},${line.site.id}` } }, tokens.reseller);
    await within(3, "listDeletions", { params: { id: line.reseller.id } }, tokens.reseller);
    await within(3, "getDeletion", { params: { id: deletionId } }, tokens.reseller);
    await within(3, "restoreCustomer", { params }, tokens.reseller);
  });

  test("extending a trial takes 3, ending it 4: whether the addresses of customer and seller take mail is looked up side by side", async () => {
    const { id, trial } = await book.create(line.reseller.id, { inTrial: true, email: "customer@example.com" });
    const endsAt = new Date(Date.parse(trial.endsAt) + 86_400_000).toISOString();
    await within(3, "extendTrial", { params: { id }, body: { endsAt } }, tokens.reseller);
    await within(4, "endTrial", { params: { id } }, tokens.reseller);
  });

  test("deleting and restoring a branch writes as much whatever its size", async () => {
    const writes = async (children: number): Promise<number[]> => {
      const reseller = await book.create(line.distributor.id, { level: "reseller" });
      for (let left = children; left > 0; left -= 20)
        await Promise.all(Array.from({ length: Math.min(20, left) }, () => book.create(reseller.id)));
      const request = { params: { id: reseller.id }, query: { confirm: reseller.name } };
      // Each request of a new minute renews the lease of its credential's rate, so both pay for that.
      const measured = (...call: Parameters<typeof book.call>) => {
        book.advance(60_000);
        return book.call(...call);
      };
      const replies = [
        await measured("deleteCustomer", request),
        await measured("restoreCustomer", { params: request.params }),
      ];
      expect(replies.map(({ status }) => status)).toEqual([200, 200]);
      return replies.map((reply) => costsOf(reply).writeUnits);
    };
    const alone = await writes(0);
    expect(Math.min(...alone)).toBeGreaterThan(0);
    expect(await writes(198)).toEqual(alone);
  });

  test("changing a storage location takes at most 4, since what is stored must be looked at after the customer", async () => {
    const { token } = await book.key(book.provider.id, "support");
    const request = { params: { id: line.site.id }, body: { storageLocation: "CH", reason: "Moved." } };
    await within(4, "changeStorageLocation", request, token);
  });

  test("withdrawing a service type takes at most 3 as well", async () => {
    const reseller = await book.create(line.distributor.id, { level: "reseller" });
    const body = { servicesToProvide: ["all-inclusive"] };
    await within(3, "updateCustomer", { params: { id: reseller.id }, body });
  });

  test("changing by reference takes at most 3 as well, also without parentId once the function knows the credential", async () => {
    const body = book.input({ parentId: line.reseller.id, externalRef: "again" });
    await within(3, "upsertCustomer", { body });
    await within(3, "upsertCustomer", { body: { ...body, city: "Bern" } });
    const { token } = await book.key(line.reseller.id);
    const { parentId: _, ...unsaid } = body;
    await within(3, "upsertCustomer", { body: { ...unsaid, externalRef: "own", name: "Own branch" } }, token);
    await within(
      3,
      "upsertCustomer",
      { body: { ...unsaid, externalRef: "own", name: "Own branch", city: "Bern" } },
      token,
    );
  });
});

describe("round trips of accounts, contacts, plans, services and mails", () => {
  const password = "nobody guesses this one";
  let logins = 0;
  const username = (): string => `login.${(logins += 1)}`;
  const contact = { name: "Ann", email: "ann@example.com" };
  /** A customer of its own with a parent account on the plan `select`. */
  const parentAccount = async () => {
    const { id: customerId } = await book.create(line.reseller.id);
    const body = { customerId, plan: "select", username: username(), password, contact };
    return book.ok("createAccount", { body });
  };

  test("an account takes at most 3 to create, in each of the three ways, with and without an idempotency key", async () => {
    const { id: parentAccountId, customerId, contactId } = await parentAccount();
    const freshCustomer = async () => (await book.create(line.reseller.id)).id;
    const ways = [
      async () => ({ customer: book.input({ parentId: line.reseller.id }), plan: "select" }),
      async () => ({ customer: book.input({ parentId: line["end-customer"].id }), plan: "trial", contact }),
      async () => ({ customerId: await freshCustomer(), plan: "select", contact }),
      async (plan: string) => ({ customerId, plan, contactId }),
      async () => ({ parentAccountId }),
      async () => ({ parentAccountId, contact }),
    ];
    for (const way of ways) {
      const mailed = { ...(await way("basic")), username: username() };
      await within(3, "createAccount", { query: { dryRun: "true" }, body: mailed }, tokens.reseller);
      await within(3, "createAccount", { body: mailed }, tokens.reseller);
      const referred = { ...(await way("select")), username: username(), externalRef: username() };
      if ("parentAccountId" in referred) {
        await within(3, "upsertAccount", { body: referred }, tokens.reseller);
        await within(4, "upsertAccount", { body: { ...referred, userQuotaBytes: 7 } }, tokens.reseller);
      }
      const once = { "idempotency-key": book.freshName().replace(" ", "-") };
      const given = { ...(await way("trial")), username: username(), password };
      await within(3, "createAccount", { body: given }, tokens.provider, once);
      // In the first request of a minute the credential's rate is leased once more; of two in a row one at most is that.
      const again = () => book.call("createAccount", { body: given }, { token: tokens.provider, headers: once });
      const replays = [await again(), await again()];
      expect(replays.map(({ headers }) => headers["idempotency-replayed"])).toEqual(["true", "true"]);
      expect(Math.min(...replays.map((reply) => costsOf(reply).roundTrips))).toBe(1);
    }
  });

  test("an account of a new customer takes 3 as well where its parent is not named, once the function knows the credential", async () => {
    const customer = () => ({ customer: book.input(), plan: "select", username: username(), password });
    const { token } = await book.key(line.reseller.id);
    await book.ok("createAccount", { body: customer() }, { token });
    await within(3, "createAccount", { body: customer() }, token);
  });

  test("one thing takes 2 to read", async () => {
    const { id, contactId, customerId } = await parentAccount();
    const sub = await book.ok("createAccount", { body: { parentAccountId: id, username: username(), password } });
    const { id: mailId } = await book.ok("sendDetailsOfAccount", { params: { id } });
    const service = { customerId, name: "Support", unitPrice: { amount: 1, currency: "EUR" } };
    const { id: serviceId } = await book.ok("createService", { body: service });
    for (const token of [tokens.reseller, tokens.provider]) {
      for (const one of [id, sub.id])
        for (const operation of ["getAccount", "previewDetailsOfAccount"] as const)
          await within(2, operation, { params: { id: one } }, token);
      await within(2, "getContact", { params: { id: contactId } }, token);
      await within(2, "getService", { params: { id: serviceId } }, token);
      await within(2, "getMail", { params: { id: mailId } }, token);
      await within(2, "listPlans", {}, token);
    }
  });

  test("a list, and what is written from one, takes 3", async () => {
    const { id, customerId } = await parentAccount();
    for (let count = 0; count < 3; count += 1)
      await book.ok("createAccount", { body: { parentAccountId: id, username: username(), password } });
    for (const limit of ["1", "2", "50"]) {
      const { nextCursor: cursor } = await within(3, "listAccounts", { query: { customerId, limit } }, tokens.reseller);
      if (cursor !== null) await within(3, "listAccounts", { query: { customerId, limit, cursor } }, tokens.reseller);
    }
    await within(3, "listContacts", { query: { customerId } }, tokens.reseller);
    for (const ended of ["true", "false"])
      await within(3, "listServices", { query: { customerId, ended } }, tokens.reseller);
    await within(3, "previewAccountDetails", { params: { id: customerId } }, tokens.reseller);
  });

  test("a change takes at most 3", async () => {
    const token = tokens.reseller;
    const parent = await parentAccount();
    const [id, customerId] = [parent.id, parent.customerId];
    const params = { id };
    const body = { plan: "basic", username: username(), active: false, hardQuotaBytes: 5 };
    await within(3, "updateAccount", { params, body }, token);
    await within(3, "resetPassword", { params, body: {} }, token);
    await within(3, "resetPassword", { params, body: { password } }, token);
    await within(3, "sendDetailsOfAccount", { params }, token);
    await within(3, "deleteAccount", { params, query: { confirm: body.username } }, token);
    await within(3, "restoreAccount", { params }, token);

    const { id: contactId } = await within(3, "createContact", { body: { customerId, ...contact } }, token);
    await within(
      3,
      "updateContact",
      { params: { id: contactId }, body: { email: "new@example.com", phone: "1" } },
      token,
    );
    await within(3, "releaseContact", { params: { id: contactId } }, token);
    await within(3, "deleteContact", { params: { id: contactId } }, token);

    const service = { customerId, name: "Support", unitPrice: { amount: 1, currency: "EUR" } };
    const { id: serviceId } = await within(3, "createService", { body: service }, token);
    await within(3, "updateService", { params: { id: serviceId }, body: { quantity: 2 } }, token);
    await within(3, "deleteService", { params: { id: serviceId } }, token);

    const plan = { name: "Gold", rights: { openFileBackupOnServers: true, versioning: true } };
    for (let time = 0; time < 2; time += 1) await within(3, "putPlan", { params: { code: "gold" }, body: plan });
    await within(3, "deletePlan", { params: { code: "gold" } });
  });

  test("a password takes at most 3 to change, and 2 to be refused", async () => {
    const { username: name } = await parentAccount();
    const right = { username: name, password, newPassword: "nor will they guess that" };
    // The attempt is counted beside the search for the account. Where the one is done before the other begins, the counter takes them for
    // a row, so each is asked three times.
    for (const [body, status, trips] of [
      [{ ...right, password: "x", newPassword: "what a guesser wants" }, 401, 2],
      [{ ...right, username: "nobody" }, 401, 2],
      [right, 200, 3],
    ] as const) {
      const replies = [];
      for (let time = 0; time < 3; time += 1)
        replies.push(await book.call("changePassword", { body }, { token: null }));
      expect(replies.map((reply) => reply.status)).toEqual([status, status, status]);
      expect(Math.min(...replies.map((reply) => costsOf(reply).roundTrips))).toBe(trips);
    }
  });
});

describe("round trips of allocations", () => {
  test("a page of one end-customer takes 4, of a reseller without sites 6 and without what customers hold 4", async () => {
    const { id } = await book.create(line.distributor.id, { level: "reseller" });
    const customers = await Promise.all(Array.from({ length: 20 }, () => book.create(id)));
    const customer = customers[0]?.id;
    const contact = { name: "Ann", email: "ann@example.com" };
    const password = "nobody guesses this one";
    const account = { customerId: customer, plan: "select", username: "allocated", password, contact };
    const { id: parentAccountId } = await book.ok("createAccount", { body: account });
    await book.ok("createAccount", { body: { parentAccountId, username: "allocated-too", password } });
    for (const limit of ["1", "2", "50"]) {
      const { nextCursor: cursor } = await within(4, "getAllocations", { params: { id: customer }, query: { limit } });
      // The parent account of the sub-account with which a page begins is one more.
      if (cursor) await within(5, "getAllocations", { params: { id: customer }, query: { limit, cursor } });
    }
    await within(6, "getAllocations", { params: { id } });
    await within(4, "getAllocations", { params: { id }, query: { downTo: "customer" } });
  });

  test("a change of up to 30 takes 3, whatever it names", async () => {
    const seller = await book.create(line.distributor.id, { level: "reseller", space: { limitBytes: 1_000 } });
    const customers = await Promise.all(Array.from({ length: 28 }, () => book.create(seller.id)));
    const account = {
      customerId: customers[0]?.id,
      plan: "select",
      username: "bulk",
      password: "nobody guesses this one",
      contact: { name: "Ann", email: "ann@example.com" },
    };
    const parent = await book.ok("createAccount", { body: account });
    const sub = { parentAccountId: parent.id, username: "bulk-too", password: account.password };
    const accounts = [parent, await book.ok("createAccount", { body: sub })];
    const changes = [
      ...customers.map(({ id }) => ({ id, space: { limitBytes: 10 }, licences: { limit: 1 } })),
      ...accounts.map(({ id }) => ({ id, hardQuotaBytes: 10 })),
    ];
    for (const id of [seller.id, book.provider.id])
      await within(3, "updateAllocations", { params: { id }, query: { dryRun: "true" }, body: { changes } });
    const once = { "idempotency-key": "thirty-at-once" };
    await within(3, "updateAllocations", { params: { id: seller.id }, body: { changes } }, book.token, once);
  });
});

describe("round trips of devices and what belongs to them", () => {
  let serial = 0;
  const machine = () => {
    const name = `PC-${(serial += 1)}`;
    return { machineId: name, name, kind: "laptop", os: "Windows 11" };
  };
  const set = () => ({ name: `Set ${(serial += 1)}`, selection: { include: ["C:\\"] } });
  const password = "nobody guesses this one";
  /** A customer at the end of the line, with a key and a device whose account is a sub-account. */
  const fleet = async (more: object = {}) => {
    const { id: customerId } = await book.create(line.reseller.id, { autoAuthorize: true, ...more });
    const body = { name: "Office", plan: "select" };
    const key = await book.ok("createEnrolmentKey", { params: { id: customerId }, body });
    const enrol = () => book.ok("enrol", { body: { enrolmentKey: key.token, ...machine() } });
    await enrol();
    const { device, token } = await enrol();
    return { customerId, key, device, token };
  };

  test("an agent is told whether it may back up in 2, in 3 where a licence is drawn", async () => {
    const site = await book.create(line["end-customer"].id, { autoAuthorize: true });
    const body = { name: "Office", plan: "select" };
    const { token: enrolmentKey } = await book.ok("createEnrolmentKey", { params: { id: site.id }, body });
    // The account of the second is a sub-account: below a site that is as deep as it goes.
    for (let count = 0; count < 2; count += 1) {
      const { token } = await book.ok("enrol", { body: { enrolmentKey, ...machine() } });
      const { id: backupSetId } = await book.ok("createOwnBackupSet", { body: set() }, { token });
      const request = { body: { backupSetId, estimatedBytes: 1_000 } };
      await within(3, "authorizeBackup", request, token);
      await within(2, "authorizeBackup", request, token);
      const { grant } = await within(2, "authorizeBackup", { body: {} }, token);
      await within(2, "renewCredentials", { params: { id: grant.id }, body: {} }, token);
      await within(3, "authorizeBackup", request, token, { "idempotency-key": book.freshName().replace(" ", "-") });
    }
    const { device, token } = await fleet({ licences: { limit: 0 } });
    expect((await within(2, "authorizeBackup", { body: {} }, token)).allowed).toBe(false);
    expect((await within(3, "explainAdmission", { params: { id: device.id } })).allowed).toBe(false);
  });

  test("an agent reports, and changes its backup sets, in 3, and lists them in 2", async () => {
    const { token } = await fleet();
    const usage = { usedBytes: 5, measuredAt: new Date().toISOString() };
    await within(3, "reportUsage", { body: usage }, token);
    await within(2, "reportUsage", { body: usage }, token);
    const { id } = await within(3, "createOwnBackupSet", { body: set() }, token);
    await within(2, "listOwnBackupSets", {}, token);
    const at = new Date().toISOString();
    const times = { startedAt: at, endedAt: at, bytes: 1, files: 1 };
    const job = { jobId: "one", backupSetId: id, type: "backup", status: "failed", ...times };
    await within(3, "reportJob", { body: job }, token);
    await within(2, "reportJob", { body: job }, token);
    await within(3, "updateOwnBackupSet", { params: { id }, body: { name: "new" } }, token);
    await within(3, "deleteOwnBackupSet", { params: { id }, query: { confirm: "new" } }, token);
  });

  test("one device, set or key takes 2 to read, a list 3", async () => {
    const { customerId, device, token } = await fleet();
    const { id } = await book.ok("createOwnBackupSet", { body: set() }, { token });
    for (const by of [tokens.reseller, tokens.provider]) {
      await within(2, "getDevice", { params: { id: device.id } }, by);
      await within(2, "getDeviceEffectiveSettings", { params: { id: device.id } }, by);
      await within(2, "getBackupSet", { params: { id } }, by);
      await within(2, "listBackupSets", { query: { deviceId: device.id } }, by);
      for (const query of [{}, { type: "backup" }]) {
        await within(2, "listDeviceJobs", { params: { id: device.id }, query }, by);
        await within(2, "listSetJobs", { params: { id }, query }, by);
        await within(3, "getSetReport", { params: { id }, query }, by);
      }
      await within(3, "explainAdmission", { params: { id: device.id } }, by);
      await within(3, "listEnrolmentKeys", { params: { id: customerId } }, by);
      const lists = [{}, { state: "active" }, { attention: "true" }, { state: "active", limit: "1" }];
      for (const more of lists) {
        await within(3, "listDevices", { query: { customerId, ...more } }, by);
        await within(3, "listDevices", { query: { accountId: device.accountId, ...more } }, by);
      }
    }
  });

  test("a change of a device, set or key takes at most 3", async () => {
    const by = tokens.reseller;
    const { customerId, key, device } = await fleet();
    const [params, query] = [{ id: device.id }, { confirm: device.name }];
    const created = await within(3, "createBackupSet", { body: { deviceId: device.id, ...set() } }, by);
    await within(3, "updateBackupSet", { params: { id: created.id }, body: { schedule: null, name: "new" } }, by);
    await within(3, "deleteBackupSet", { params: { id: created.id }, query: { confirm: "new" } }, by);
    await within(3, "updateDevice", { params, body: { os: "Linux" } }, by);
    await within(3, "deactivateDevice", { params }, by);
    await within(3, "activateDevice", { params }, by);
    await within(3, "deleteDevice", { params, query }, by);
    await within(3, "restoreDevice", { params }, by);
    await within(3, "createEnrolmentKey", { params: { id: customerId }, body: { name: "k", plan: "basic" } }, by);
    await within(3, "revokeEnrolmentKey", { params: { id: customerId, keyId: key.id } }, by);
  });

  test("a limit of devices takes 3 to change, and more to be set where none was: a count of all that is below", async () => {
    const { id } = await book.create(line.distributor.id, { level: "reseller" });
    const { id: customerId } = await book.create(id);
    await book.create(customerId);
    const setTo = (at: string, deviceLimit: number | null, trips: number) =>
      within(trips, "updateCustomer", { params: { id: at }, body: { deviceLimit } });
    await setTo(customerId, 5, 10);
    await setTo(customerId, 9, 3);
    await setTo(customerId, null, 3);
    // The second time there is nothing left to mark.
    await setTo(customerId, 9, 7);
    await setTo(id, 20, 14);
  });

  test("a computer becomes a device in 5 by a key, where its account is made with it, and in 4 by a login", async () => {
    const { customerId, key } = await fleet();
    const computer = machine();
    await within(5, "enrol", { body: { enrolmentKey: key.token, ...computer } });
    await within(4, "enrol", { body: { enrolmentKey: key.token, ...computer } });
    // The first of a customer has no parent account to stand below; a reseller's key finds the Default Customer first.
    const { id: resellerId } = await book.create(line.distributor.id, { level: "reseller" });
    const { items } = await book.ok("listCustomers", { query: { parentId: resellerId } });
    await book.patch(items[0].id, { autoAuthorize: true });
    const ofReseller = { params: { id: resellerId }, body: { name: "Office", plan: "select" } };
    const { token: enrolmentKey } = await book.ok("createEnrolmentKey", ofReseller);
    for (const trips of [4, 6]) await within(trips, "enrol", { body: { enrolmentKey, ...machine() } });
    const username = `device.login.${(serial += 1)}`;
    const contact = { name: "Ann", email: "ann@example.com" };
    const account = { customerId, plan: "basic", username, password, contact };
    const { id: accountId } = await book.ok("createAccount", { body: account });
    const another = { ...machine(), machineId: "by-login" };
    await within(4, "enrol", { body: { username, password, ...another } });
    await within(5, "enrol", { body: { username, password, ...another } });
    // Whether it was another device before is read only where one has its name.
    await within(5, "enrol", { body: { username, password, ...another, machineId: "anew" } });
    await within(6, "enrol", { body: { enrolmentKey: key.token, ...another, machineId: "and-again" } });
    await within(4, "createDevice", { body: { accountId, ...machine() } }, tokens.reseller);
    const referred = { accountId, externalRef: "D-1", ...machine() };
    await within(5, "upsertDevice", { body: referred }, tokens.reseller);
    await within(4, "upsertDevice", { body: { ...referred, name: "Renamed" } }, tokens.reseller);
    await book.patch(customerId, { autoAuthorize: false });
    for (const [trips, body] of [
      [6, {}],
      [5, { accountId }],
    ] as const) {
      const { device } = await within(3, "enrol", { body: { enrolmentKey: key.token, ...machine() } });
      await within(trips, "approveDevice", { params: { id: device.id }, body }, tokens.reseller);
    }
  });
});

test("creating customers without allotments under one parent shares no item between transactions", async () => {
  const parent = await book.create(line.distributor.id, { level: "reseller", space: { limitBytes: 1e12 } });
  const transactions: string[][] = [];
  type Part = Record<string, { Key?: object; Item?: { pk: string; sk: string } }>;
  book.runtime.client.middlewareStack.add(
    (next, context) => (args) => {
      const { TransactItems } = args.input as { TransactItems?: Part[] };
      if (context["commandName"] === "TransactWriteItemsCommand")
        transactions.push(
          (TransactItems ?? []).flatMap((part) =>
            Object.values(part).map(({ Key, Item }) => {
              const { pk, sk } = (Item ?? Key) as Record<"pk" | "sk", unknown>;
              return JSON.stringify([pk, sk]);
            }),
          ),
        );
      return next(args);
    },
    { step: "initialize", name: "recordTransactions" },
  );
  const replies = await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      book.tryCreate(
        parent.id,
        { inTrial: index % 2 === 0, externalRef: `disjoint ${index}` },
        {
          headers: { "idempotency-key": `disjoint-${index}` },
        },
      ),
    ),
  );
  book.runtime.client.middlewareStack.remove("recordTransactions");
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 201));
  expect(transactions).toHaveLength(24);
  const places = transactions.flat();
  expect(places.length).toBeGreaterThan(24 * 5);
  expect(new Set(places).size).toBe(places.length);
  expect(places).not.toContain(JSON.stringify([parent.id, "@"]));
  expect((await book.get(parent.id)).version).toBe(parent.version);
});
