import { configBody, issuerBody, planBody, putInvoice } from "../../support/books.ts";
import { beforeAll, expect, test } from "vitest";
import { type OperationId, routes } from "../../../functions/routes.ts";
import type { Request } from "../../support/api.ts";
import { type Book, dayMs, openBook } from "../stages/book.ts";

let book: Book;
beforeAll(async () => {
  book = await openBook();
});

const deviceOf = (accountId: string) =>
  book.ok("createDevice", {
    body: { accountId, machineId: `of-${accountId}`, name: "Laptop", kind: "laptop", os: "Linux" },
  });

test("no answer to a reseller's key holds an id or a name of a level above it", { timeout: 180_000 }, async () => {
  const line = await book.line();
  const above = [book.provider, line.distributor, line["sub-distributor"]];
  const patch = (id: string, body: object) => book.ok("updateSettings", { params: { id }, body });
  await patch(line.distributor.id, { throttle: { mode: "own", enabled: true, bytesPerSecond: 5 } });
  await patch(line["sub-distributor"].id, { trial: { days: 5 }, mail: { enabled: false } });
  for (const { id } of above) await book.patch(id, { timezone: "Europe/Berlin", locale: "de" });
  await book.patch(line.distributor.id, { space: { limitBytes: 1_000 }, licences: { limit: 10 } });
  await book.patch(line.reseller.id, { city: "Bern" });
  const { token } = await book.key(line.reseller.id);
  const trash = await book.create(line.reseller.id);
  const idle = await book.create(line.reseller.id);
  const settled = await book.create(line.reseller.id);
  const spare = await book.key(line["end-customer"].id, "viewer");
  // Made by a level above.
  const person = {
    customerId: line["end-customer"].id,
    role: "viewer",
    name: "Ann",
    email: "ann@example.com",
    password: "nobody guesses this one",
  };
  const theirUser = await book.ok("createUser", { body: { ...person, username: "scope.user" } });
  const { id } = line.reseller;
  const customer = line["end-customer"].id;
  const [password, contact] = ["nobody guesses this one", { name: "Ann", email: "ann@example.com" }];
  const plan = { name: "Gold", rights: { openFileBackupOnServers: true, versioning: true } };
  const service = { name: "Support", unitPrice: { amount: 1, currency: "EUR" } };
  const billed = await book.ok("createService", { body: { customerId: customer, ...service } });
  const pricePlan = await book.ok("createPricePlan", { body: planBody("Prices") }, { token });
  const months = { from: "2025-10", to: "2025-12" };
  const parties = { issuerId: id, payerId: customer };
  const draft = await putInvoice(book, { ...parties, status: "draft" });
  const invoice = await putInvoice(book, { ...parties, status: "issued" });
  const got = await putInvoice(book, { issuerId: line["sub-distributor"].id, payerId: id, status: "issued" });
  // Made by a level above, while mail was still on.
  await patch(line["sub-distributor"].id, { mail: { enabled: true } });
  const body = { customerId: customer, plan: "select", username: "scope.0", contact };
  const account = await book.ok("createAccount", { body });
  const besides = await book.create(line.distributor.id, { level: "reseller" });
  const { id: foreign } = await book.create(besides.id);
  const away = await book.ok("createAccount", { body: { ...body, customerId: foreign, username: "above", password } });
  await patch(line["sub-distributor"].id, { mail: { enabled: false } });
  const machine = (name: string) => ({ machineId: name, name, kind: "laptop", os: "Linux" });
  const enrolmentKey = await book.ok("createEnrolmentKey", { params: { id: customer }, body: { name: "Office" } });
  const enrolled = await book.ok("enrol", { body: { enrolmentKey: enrolmentKey.token, ...machine("waits") } });
  const device = await book.ok("createDevice", { body: { accountId: account.id, ...machine("works") } });
  const selection = { include: ["/home"] };
  const theirDevice = await deviceOf(away.id);
  // Each with a customer of its own, which no other task has in hand.
  const apart = async (username: string) =>
    book.ok("createAccount", {
      body: { ...body, customerId: (await book.create(line.reseller.id)).id, username, password },
    });
  const [roamer, carrier, carried] = [await apart("roams"), await apart("carries"), await apart("is.carried.to")];
  const roamingDevice = await deviceOf(carrier.id);
  const set = await book.ok("createBackupSet", { body: { deviceId: device.id, name: "Docs", selection } });
  const tried = await book.create(line.reseller.id, { inTrial: true });
  const extended = await book.create(line.reseller.id, { inTrial: true });
  // Deleted, and asked to be purged, by a level above.
  const theirs = (await book.remove(await book.create(line.reseller.id))).body;
  await book.ok("requestPurge", { params: { id: theirs.deletionId }, body: { reason: "Ticket" } });
  const endsAt = new Date(Date.now() + 40 * dayMs).toISOString();
  const nightly = { frequency: "daily", hour: 6, recipients: [{ email: "ann@example.com" }] };
  const reports = await Promise.all(
    ["event-log", "consolidated", "all-customers", "watchlist", "activity"].map((kind) =>
      book.ok("createReportSubscription", { body: { customerId: id, kind, ...nightly, attachCsv: true } }),
    ),
  );
  const report = { params: { id: reports[0].id } };
  const hook = { customerId: id, name: "Tickets", action: { kind: "webhook", url: "https://198.51.101.7/" } };
  const listener = { params: { id: (await book.ok("createEventHandler", { body: hook })).id } };
  const delivery = await book.ok("testEventHandler", listener);
  const vault = { customerId: id, name: "Vault", url: "https://198.51.101.7/" };
  const { server } = await book.ok("createStorageServer", { body: vault });
  const [left, next] = [
    await book.ok("createStorageServer", { body: vault }),
    await book.ok("createStorageServer", { body: vault }),
  ];
  const own = await book.create(line.reseller.id, { serviceType: "software-only" });
  const roaming = await book.create(customer);
  const wandering = await book.create(customer);
  await patch(book.provider.id, { moves: { mergeAndSplit: true } });
  const [joins, parts, back] = [await apart("joins"), await apart("parts"), await apart("goes.back")];
  const [joined, returned] = [await book.create(line.reseller.id), await book.create(line.reseller.id)];
  // A task that has ended, and one of a level above.
  const goes = { body: { ids: [back.id], customerId: returned.id } };
  const done = await book.ok("moveAccounts", goes, { token });
  const afar = await book.ok("moveAccounts", { body: { ids: [away.id], customerId: foreign } });
  book.advance(10 * 60_000);
  await book.invoke("functions/schedule/sweep-tasks.ts", {});
  const file = `name,email,country\n${book.input().name},office@example.com,DE\n`;
  const imported = { query: { customerId: customer }, body: file };
  const wholeImport = await book.ok("createImport", imported, { token });
  const halfImport = await book.ok("createImport", { ...imported, query: { parts: "2" } }, { token });
  const moved = { ids: [(await book.create(customer)).id], parentId: idle.id };
  const task = await book.ok("moveCustomers", { body: moved }, { token });
  await book.ok("chooseStorageServer", { params: { id: own.id }, body: { storageServerId: left.server.id } });
  const migration = await book.ok("createSeedMigration", { body: { customerId: own.id, toServerId: next.server.id } });
  const sent: Partial<Record<OperationId, Request[]>> = {
    me: [{}],
    requestReactivation: [{}],
    listStorageLocations: [{}, { query: { country: "AT" } }],
    listCustomers: [{}, { query: { parentId: id } }, { query: { limit: "1" } }, { query: { level: "site" } }],
    getCustomer: [id, line["end-customer"].id, line.site.id].map((one) => ({ params: { id: one } })),
    getTree: [{ params: { id }, query: { depth: "5" } }],
    getBatch: [{ query: { ids: [id, line.site.id, account.id, device.id, foreign, away.id].join(",") } }],
    search: [{ query: { q: "c" } }, { query: { q: "e", kind: "account" } }],
    listDescendants: ["customer", "account", "device"].map((kind) => ({ params: { id }, query: { kind } })),
    getOverview: [{ params: { id } }],
    getUsage: [{ params: { id }, query: { from: "2026-06-01", to: "2026-06-30" } }],
    exportUsage: [{ params: { id }, query: { from: "2026-06-01", to: "2026-06-30" } }],
    getCounts: [{ params: { id } }],
    exportBranch: [id, customer].map((one) => ({ params: { id: one } })),
    getSettings: [{ params: { id } }],
    getEffectiveSettings: [id, line.site.id].map((one) => ({ params: { id: one } })),
    listLog: [{ params: { id } }, { params: { id }, query: { only: "node" } }],
    listAccessLog: [{ params: { id } }],
    exportLog: [{ params: { id } }, { params: { id }, query: { only: "node" } }],
    createCustomer: [
      { body: book.input() },
      { body: book.input({ space: { limitBytes: 2_000 } }) },
      { body: book.input({ name: line.distributor.name.toUpperCase() }) },
      { body: book.input({ inTrial: true, servicesToProvide: ["all-inclusive"] }) },
    ],
    upsertCustomer: [{ body: book.input({ externalRef: "scope" }) }],
    updateCustomer: [
      { params: { id }, body: { phone: "1" } },
      { params: { id }, body: { deviceLimit: 1 } },
    ],
    updateSettings: [
      { params: { id }, body: { trial: { days: 6 } } },
      { params: { id }, body: { trial: { days: 4 } } },
    ],
    changeStorageLocation: [{ params: { id: idle.id }, body: { storageLocation: "CH", reason: "Ours." } }],
    deactivateCustomer: [{ params: { id: idle.id } }],
    activateCustomer: [{ params: { id: idle.id } }],
    deleteCustomer: [{ params: { id: trash.id }, query: { confirm: trash.name } }, { params: { id } }],
    restoreCustomer: [{ params: { id: trash.id } }, { params: { id: theirs.id } }],
    endTrial: [{ params: { id: tried.id } }],
    extendTrial: [{ params: { id: extended.id }, body: { endsAt } }],
    listDeletions: [{ params: { id } }],
    getDeletion: [{ params: { id: theirs.deletionId } }],
    requestPurge: [{ params: { id: theirs.deletionId }, body: { reason: "Ours" } }],
    approvePurge: [{ params: { id: theirs.deletionId } }],
    getAllocations: [{ params: { id } }],
    updateAllocations: [
      { params: { id }, body: { changes: [{ id: customer, deviceLimit: 50 }] } },
      { params: { id }, body: { changes: [{ id: customer, space: { limitBytes: 2_000 } }] } },
    ],
    createApiKey: [{ body: { customerId: id, role: "viewer", name: "x" } }],
    listApiKeys: [{}],
    getApiKey: [{ params: { id: spare.id } }],
    rotateApiKey: [{ params: { id: spare.id }, body: {} }],
    revokeApiKey: [{ params: { id: spare.id } }],
    createUser: [{ body: { ...person, username: "scope.created" } }],
    listUsers: [{}, { query: { customerId: customer } }],
    getUser: [{ params: { id: theirUser.id } }],
    updateUser: [{ params: { id: theirUser.id }, body: { name: "Ann Other" } }],
    resetSecondFactor: [{ params: { id: theirUser.id } }],
    listUserSessions: [{ params: { id: theirUser.id } }],
    endUserSessions: [{ params: { id: theirUser.id } }],
    inviteUser: [{ params: { id: theirUser.id } }],
    deleteUser: [{ params: { id: theirUser.id } }],
    listPlans: [{}],
    putPlan: [{ params: { code: "gold" }, body: plan }],
    deletePlan: [{ params: { code: "select" } }],
    createAccount: [
      { body: { customerId: customer, plan: "basic", username: "scope.1", password, contact } },
      { body: { customerId: customer, plan: "trial", username: "scope.2", contact } },
      { body: { customerId: customer, plan: "select", username: "scope.3", password, contact } },
      { body: { parentAccountId: account.id, username: "above", password } },
    ],
    upsertAccount: [
      {
        body: { customerId: customer, plan: "gold", externalRef: "scope", username: "scope.4", password, contact },
      },
      { body: { parentAccountId: account.id, externalRef: "scope", username: "scope.5", password } },
    ],
    listAccounts: [
      { query: { customerId: customer, externalRef: "scope" } },
      { query: { parentAccountId: account.id, externalRef: "scope" } },
      { query: { customerId: customer } },
      { query: { username: "above" } },
      { query: { username: account.username } },
    ],
    getAccount: [{ params: { id: account.id } }],
    updateAccount: [{ params: { id: account.id }, body: { userQuotaBytes: 5 } }],
    resetPassword: [
      { params: { id: account.id }, body: { password } },
      { params: { id: account.id }, body: {} },
    ],
    previewDetailsOfAccount: [{ params: { id: account.id } }],
    sendDetailsOfAccount: [{ params: { id: account.id } }],
    previewAccountDetails: [{ params: { id: customer } }],
    sendAccountDetails: [{ params: { id: customer } }],
    getStorage: [id, customer].map((one) => ({ params: { id: one } })),
    getStorageStatement: [{ params: { id } }],
    createStorageServer: [{ body: { customerId: id, name: "Vault", url: "https://198.51.101.7/" } }],
    listStorageServers: [{}, { query: { customerId: id } }],
    getStorageServer: [{ params: { id: server.id } }],
    updateStorageServer: [{ params: { id: server.id }, body: { name: "Other vault" } }],
    renewStorageServerToken: [{ params: { id: server.id } }],
    getStorageServerChoice: [id, customer].map((one) => ({ params: { id: one } })),
    chooseStorageServer: [{ params: { id }, body: { storageServerId: server.id } }],
    deleteStorageServer: [{ params: { id: server.id }, query: { confirm: "Other vault" } }],
    moveCustomer: [{ params: { id: roaming.id }, body: { parentId: idle.id } }],
    moveCustomers: [
      { body: { ids: [wandering.id], parentId: idle.id } },
      { body: { ids: [wandering.id, foreign], parentId: idle.id } },
    ],
    moveAccounts: [
      { body: { ids: [roamer.id], customerId: settled.id }, query: { dryRun: "true" } },
      { body: { ids: [roamer.id, away.id], customerId: settled.id } },
      { body: { ids: [roamer.id], customerId: foreign } },
      { body: { ids: [roamer.id], customerId: id } },
      { body: { ids: [roamer.id], customerId: settled.id } },
    ],
    moveDevices: [
      { body: { ids: [roamingDevice.id], accountId: carried.id }, query: { dryRun: "true" } },
      { body: { ids: [roamingDevice.id, theirDevice.id], accountId: carried.id } },
      { body: { ids: [roamingDevice.id], accountId: away.id } },
      { body: { ids: [roamingDevice.id], accountId: carried.id } },
    ],
    mergeCustomer: [
      {
        params: { id: joined.id },
        body: { fromCustomerId: joins.customerId, quotas: "sum" },
        query: { dryRun: "true" },
      },
      { params: { id: joined.id }, body: { fromCustomerId: foreign, quotas: "sum" } },
      { params: { id: joined.id }, body: { fromCustomerId: joins.customerId, accountIds: [away.id], quotas: "keep" } },
      { params: { id: joined.id }, body: { fromCustomerId: id, quotas: "sum" } },
      { params: { id: joined.id }, body: { fromCustomerId: joins.customerId, quotas: "sum" } },
    ],
    splitCustomer: [
      {
        params: { id: parts.customerId },
        body: { accountIds: [parts.id], customer: book.input() },
        query: { dryRun: "true" },
      },
      { params: { id: parts.customerId }, body: { accountIds: [away.id], customer: book.input() } },
      { params: { id }, body: { accountIds: [parts.id], customer: book.input() } },
      { params: { id: parts.customerId }, body: { accountIds: [joins.id], customer: book.input() } },
      { params: { id: parts.customerId }, body: { accountIds: [parts.id], customer: book.input() } },
    ],
    undoTask: [{ params: { id: done.id } }, { params: { id: afar.id } }, { params: { id: task.id } }],
    listTasks: [{}],
    getTask: [{ params: { id: task.id } }],
    createImport: [{ body: file }, { query: { customerId: customer }, body: file }],
    putImportPart: [{ params: { id: halfImport.id, part: "2" }, body: file }],
    ...Object.fromEntries(
      (["getImport", "listImportRows", "exportImportRows"] as const).map((one) => [
        one,
        [halfImport.id, wholeImport.id].map((of) => ({ params: { id: of } })),
      ]),
    ),
    cancelTask: [{ params: { id: task.id } }],
    getReplication: [id, own.id].map((one) => ({ params: { id: one } })),
    putReplication: [{ params: { id: own.id }, body: { enabled: true, storageServerId: next.server.id } }],
    createSeedMigration: [{ body: { customerId: own.id, toServerId: next.server.id } }],
    listSeedMigrations: [{}, { query: { customerId: own.id } }],
    getSeedMigration: [{ params: { id: migration.id } }],
    recordSeedMigrationStep: [{ params: { id: migration.id }, body: { state: "cancelled" } }],
    getWatchlist: [id, customer].map((one) => ({ params: { id: one } })),
    createReportSubscription: [{ body: { customerId: customer, kind: "watchlist", ...nightly } }],
    listReportSubscriptions: [{}, { query: { customerId: id } }],
    getReportSubscription: [report],
    updateReportSubscription: [{ ...report, body: { hour: 7 } }],
    previewReport: reports.map((one) => ({ params: { id: one.id } })),
    sendReport: [report],
    listDeliveries: [report],
    deleteReportSubscription: [report],
    createEventHandler: [{ body: { ...hook, customerId: customer } }],
    listEvents: [{}, { query: { customerId: id } }],
    listEventHandlers: [{}, { query: { customerId: id } }],
    getEventHandler: [listener],
    updateEventHandler: [{ ...listener, body: { name: "Other" } }],
    rotateHandlerSecret: [{ ...listener, body: {} }],
    testEventHandler: [listener],
    listHandlerDeliveries: [listener],
    redeliver: [{ params: { ...listener.params, deliveryId: delivery.id } }],
    deleteEventHandler: [listener],
    getMail: [{ params: { id: account.detailsMailId } }],
    createContact: [{ body: { customerId: customer, ...contact } }],
    listContacts: [{}, { query: { customerId: customer } }],
    getContact: [{ params: { id: account.contactId } }],
    updateContact: [{ params: { id: account.contactId }, body: { phone: "1" } }],
    releaseContact: [{ params: { id: account.contactId } }],
    deleteContact: [{ params: { id: account.contactId } }],
    listPricePlans: [{}],
    createPricePlan: [{ body: planBody("Other prices") }],
    getPricePlan: [{ params: { id: pricePlan.id } }],
    putPricePlan: [{ params: { id: pricePlan.id }, body: planBody("Renamed prices") }],
    getInvoiceIssuer: [{}],
    putInvoiceIssuer: [{ body: issuerBody("Line") }],
    listInvoiceConfigs: [{}],
    getInvoiceConfig: [{ params: { id: customer } }, { params: { id } }],
    putInvoiceConfig: [{ params: { id: customer }, body: configBody(pricePlan.id) }],
    correctUsage: [{ params: { id }, body: { day: "2026-06-01", usedBytes: 5, reason: "Ticket" } }],
    listInvoices: [{ query: months }, { query: { ...months, received: "true" } }],
    getInvoiceTotals: [{ query: months }],
    exportInvoices: [{ query: months }],
    exportInvoiceReport: [{ query: months }],
    exportInvoiceReportPdf: [{ query: months }],
    runInvoices: [{ body: { month: "2025-11" } }],
    previewInvoice: [{ params: { id: customer }, query: { month: "2025-11" } }],
    ...Object.fromEntries(
      ["getInvoice", "listInvoiceLines", "exportInvoicePdf", "exportInvoiceHtml", "exportInvoiceCsv"].map((one) => [
        one,
        [{ params: { id: invoice } }, { params: { id: got } }],
      ]),
    ),
    exportInvoiceXml: [{ params: { id: invoice }, query: { syntax: "UBL" } }],
    issueInvoice: [{ params: { id: draft } }],
    payInvoice: [{ params: { id: invoice }, body: { paidOn: "2025-12-10" } }],
    voidInvoice: [{ params: { id: invoice }, body: { reason: "Ticket" } }],
    mailInvoice: [{ params: { id: invoice } }],
    createService: [{ body: { customerId: customer, ...service } }, { body: { customerId: id, ...service } }],
    listServices: [{}, { query: { customerId: customer } }],
    getService: [{ params: { id: billed.id } }],
    updateService: [{ params: { id: billed.id }, body: { quantity: 2 } }],
    deleteService: [{ params: { id: billed.id } }],
    upsertDevice: [{ body: { accountId: account.id, externalRef: "scope", ...machine("referred") } }],
    createDevice: [{ body: { accountId: account.id, ...machine("another") } }],
    listDevices: [{}, { query: { customerId: customer, state: "pending" } }, { query: { accountId: account.id } }],
    getDevice: [{ params: { id: device.id } }],
    updateDevice: [{ params: { id: device.id }, body: { name: "renamed" } }],
    deactivateDevice: [{ params: { id: device.id } }],
    activateDevice: [{ params: { id: device.id } }],
    resolveIdentity: [{ params: { id: device.id }, body: { keep: "current" } }],
    replaceDevice: [{ params: { id: device.id }, body: { by: device.id } }],
    approveDevice: [{ params: { id: enrolled.device.id }, body: { plan: "select" } }],
    explainAdmission: [{ params: { id: device.id } }, { params: { id: device.id }, query: { estimatedBytes: "1" } }],
    getDeviceEffectiveSettings: [{ params: { id: device.id } }],
    listDeviceJobs: [{ params: { id: device.id } }],
    createBackupSet: [{ body: { deviceId: device.id, name: "More", selection } }],
    listBackupSets: [{ query: { deviceId: device.id } }],
    getBackupSet: [{ params: { id: set.id } }],
    updateBackupSet: [{ params: { id: set.id }, body: { name: "Less" } }],
    moveBackupSet: [{ params: { id: set.id }, body: { deviceId: device.id } }],
    listSetJobs: [{ params: { id: set.id } }],
    getSetReport: [{ params: { id: set.id } }],
    getSetReportCsv: [{ params: { id: set.id } }],
    deleteBackupSet: [{ params: { id: set.id }, query: { confirm: "Less" } }],
    deleteDevice: [{ params: { id: device.id }, query: { confirm: "renamed" } }],
    createEnrolmentKey: [{ params: { id: customer }, body: { name: "More" } }],
    listEnrolmentKeys: [{ params: { id: customer } }],
    revokeEnrolmentKey: [{ params: { id: customer, keyId: enrolmentKey.id } }],
    restoreDevice: [{ params: { id: device.id } }],
    deleteAccount: [
      { params: { id: account.id }, query: { confirm: account.username } },
      { params: { id: account.id } },
    ],
    restoreAccount: [{ params: { id: account.id } }],
  };

  // A new operation is to be looked at here too; devices see their own customer, which their own tests look at.
  const besideKeys = Object.values(routes).filter(
    ({ permission }) =>
      permission === "public" || permission === "self" || permission === "device" || permission === "server",
  );
  expect([...Object.keys(sent), ...besideKeys.map((contract) => contract.id)].sort()).toEqual(
    Object.keys(routes).sort(),
  );

  await book.invoke("functions/setup/rebuild-search.ts", {});
  const [providers] = (await book.ok("listApiKeys")).items;
  const statuses = new Set<number>();
  for (const [operationId, requests] of Object.entries(sent))
    for (const request of requests) {
      const reply = await book.call(operationId as OperationId, request, { token });
      statuses.add(reply.status);
      expect(reply.status, `${operationId} ${JSON.stringify(book.failures)}`).not.toBe(500);
      const given = JSON.stringify(request);
      const text = JSON.stringify([reply.body, reply.headers]);
      expect(text, operationId).not.toContain(providers.id);
      for (const { id: hidden, name } of above) {
        expect(text, operationId).not.toContain(hidden);
        if (!given.includes(name.toUpperCase())) expect(text, operationId).not.toContain(`"${name}"`);
      }
    }
  expect([...statuses].sort()).toEqual([200, 201, 202, 403, 404, 409, 422]);

  const shown = await book.get(id, { token });
  expect(shown).toMatchObject({ parentId: null, path: [{ id, level: "reseller", name: line.reseller.name }] });
  const site = await book.get(line.site.id, { token });
  expect(site.parentId).toBe(line["end-customer"].id);
  expect(site.path.map((step: { id: string }) => step.id)).toEqual([id, line["end-customer"].id, line.site.id]);
});

test("the log tells a reseller what was done to it, not with which key of a level above", async () => {
  const line = await book.line();
  await book.patch(line.reseller.id, { city: "Bern" });
  const { id: own, token } = await book.key(line.reseller.id);
  await book.patch(line.reseller.id, { city: "Basel" }, { token });
  const { items } = await book.ok("listLog", { params: { id: line.reseller.id } }, { token });
  const actors = items.map(({ actor }: { actor: { id: string | null } }) => actor.id);
  expect(actors[0]).toBe(own);
  const [first] = (await book.ok("listApiKeys")).items;
  expect(actors).not.toContain(first.id);
});

test("in the list of a request for moves, what another branch has is answered like what does not exist", async () => {
  const [line, besides] = [await book.line(), await book.line()];
  const { token } = await book.key(line.reseller.id);
  let logins = 0;
  const account = (customerId: string) =>
    book.ok("createAccount", {
      body: {
        customerId,
        plan: "select",
        username: `listed.${(logins += 1)}`,
        password: "nobody guesses this one",
        contact: { name: "Ann", email: "ann@example.com" },
      },
    });
  const [own, away] = [await account(line["end-customer"].id), await account(besides["end-customer"].id)];
  const [device, far] = [await deviceOf(own.id), await deviceOf(away.id)];
  const idle = await book.create(line.reseller.id);
  const target = await account((await book.create(line.reseller.id)).id);
  const unknown = (prefix: string): string => `${prefix}_00000000000000000000000000`;
  for (const dryRun of ["true", "false"])
    for (const [operationId, body, mine, theirs] of [
      ["moveCustomers", { parentId: idle.id }, line.site.id, besides.site.id],
      ["moveAccounts", { customerId: idle.id }, own.id, away.id],
      ["moveDevices", { accountId: target.id }, device.id, far.id],
    ] as const) {
      const answers = [];
      for (const other of [theirs, unknown(theirs.slice(0, 3))]) {
        const request = { body: { ...body, ids: [mine, other] }, query: { dryRun } };
        const { status, body: problem } = await book.call(operationId, request, { token });
        expect([operationId, status, problem.code]).toEqual([operationId, 404, "not_found"]);
        expect(problem.errors.map(({ path }: { path: string }) => path)).toEqual(["ids.1"]);
        answers.push({ ...problem, requestId: "" });
      }
      expect(answers[0]).toEqual(answers[1]);
    }
});

test("customers, accounts and tasks of another branch can be merged, split off and undone as little as what does not exist", async () => {
  const [line, besides] = [await book.line(), await book.line()];
  await book.ok("updateSettings", { params: { id: book.provider.id }, body: { moves: { mergeAndSplit: true } } });
  const { token } = await book.key(line.reseller.id);
  const [password, contact] = ["nobody guesses this one", { name: "Ann", email: "ann@example.com" }];
  const account = (customerId: string, username: string) =>
    book.ok("createAccount", { body: { customerId, plan: "select", username, password, contact } });
  const [own, away] = [
    await account(line["end-customer"].id, "merged.own"),
    await account(besides["end-customer"].id, "merged.away"),
  ];
  const idle = await book.create(line.reseller.id);
  const far = await book.create(besides.reseller.id);
  const body = { ids: [away.id], customerId: far.id };
  const task = await book.ok("moveAccounts", { body }, { token: (await book.key(besides.reseller.id)).token });
  const [target, source] = [{ id: idle.id }, { id: line["end-customer"].id }];
  const parts = (accountIds: string[]) => ({ accountIds, customer: book.input() });
  const merge = (fromCustomerId: string, more: object = { quotas: "sum" }) => ({ fromCustomerId, ...more });
  const some = (...accountIds: string[]) => merge(source.id, { accountIds, quotas: "keep" });
  const requests: [OperationId, string, (id: string) => Request, string[]][] = [
    ["mergeCustomer", far.id, (id) => ({ params: { id }, body: merge(source.id) }), []],
    ["mergeCustomer", far.id, (id) => ({ params: target, body: merge(id) }), []],
    ["mergeCustomer", away.id, (id) => ({ params: target, body: some(own.id, id) }), ["accountIds.1"]],
    ["splitCustomer", far.id, (id) => ({ params: { id }, body: parts([own.id]) }), []],
    ["splitCustomer", away.id, (id) => ({ params: source, body: parts([own.id, id]) }), ["accountIds.1"]],
    ["undoTask", task.id, (id) => ({ params: { id } }), []],
  ];
  for (const dryRun of ["true", "false"])
    for (const [operationId, theirs, request, paths] of requests) {
      const answers = [];
      for (const id of [theirs, `${theirs.slice(0, 3)}_00000000000000000000000000`]) {
        const asked = { ...request(id), query: { dryRun } };
        const { status, body: problem } = await book.call(operationId, asked, { token });
        expect([operationId, status, problem.code]).toEqual([operationId, 404, "not_found"]);
        expect((problem.errors ?? []).map(({ path }: { path: string }) => path)).toEqual(paths);
        answers.push({ ...problem, requestId: "" });
      }
      expect(answers[0]).toEqual(answers[1]);
    }
});
