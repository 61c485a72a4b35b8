import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { jobList } from "../../functions/jobs.ts";
import { type OperationId, operations, routes } from "../../functions/routes.ts";
import { may, Role } from "../../shared/domain/access/roles.ts";
import {
  type Contract,
  changes,
  isByRole,
  methodOf,
  type Operation,
  operationFile,
  pathOf,
} from "../../shared/http/contract.ts";
import { branchPlaces } from "../../shared/http/parse.ts";
import { type CallOptions, type Reply, type Request, startTestApi, type TestApi } from "../support/api.ts";
import { hasTurn } from "../support/in-turn.ts";
import { apartFromRequest, expectDescribed } from "./described.ts";
import {
  deletedCustomer,
  examples,
  freshAccount,
  freshDevice,
  freshPerson,
  freshUser,
  freshHandler,
  freshImport,
  freshService,
  freshMigration,
  freshServer,
  freshSubscription,
  freshTask,
  providerOnly,
  type World,
} from "./examples.ts";
import { forged } from "../support/forged.ts";

const ids = Object.keys(routes) as OperationId[];
const contractOf = (id: OperationId): Operation & Contract => routes[id];
const idsWhere = (holds: (contract: Contract) => boolean): OperationId[] => ids.filter((id) => holds(contractOf(id)));
const closed = idsWhere(({ permission }) => permission !== "public");
const changing = idsWhere((contract) => changes(contract) && contract.permission !== "public");
const withBody = idsWhere(({ body, file }) => body !== undefined && file === undefined);
const inBranch = idsWhere((contract) => branchPlaces(contract).some((place) => place !== "scope"));
/**
 * The long run tries every operation in every way. The usual one tries a body in all ways at a twentieth of them, and repeats, dry runs and versions at
 * another, which are others each day; of what is no credential or no id it tries a fifth at each, another fifth at the next.
 */
const everyOne = process.env["GENERATED"] === "all";
const twentieth = (of: readonly OperationId[], which: 0 | 1): OperationId[] =>
  of.filter((id) => everyOne || hasTurn(ids.indexOf(id) + which, 20));
/** Credentials, roles and branches are the matrix's matter too (test/matrix): here each operation has its turn every tenth day. */
const todays = (of: readonly OperationId[]): OperationId[] =>
  of.filter((id) => everyOne || hasTurn(ids.indexOf(id), 10));
const fifth = <T>(of: readonly T[], id: OperationId): T[] =>
  of.filter((_, nth) => everyOne || (nth + ids.indexOf(id)) % 5 === 0);
const guarded = idsWhere(({ permission }) => isByRole(permission));
/** What only the provider's support may do: no admin holds the right to it, and no other branch has such a credential. */
const supportOnly = guarded.filter((id) => contractOf(id).permission === "support:write");
const unknown = (prefix: string): string => `${prefix}_00000000000000000000000000`;
/** What is asked by POST and changes nothing once the device has its licence. */
const onlyAnswers: ReadonlySet<OperationId> = new Set(["authorizeBackup", "renewCredentials"]);
/** The same, and what there is nothing to ask for while the caller's customer is active. */
const writesNothing = (id: OperationId): boolean => onlyAnswers.has(id) || id === "requestReactivation";
const prefixOf = (id: string): string => id.slice(0, 3);
/** How the provider finds a thing of a kind. */
const finders: Record<string, OperationId> = {
  cus: "getCustomer",
  key: "getApiKey",
  acc: "getAccount",
  con: "getContact",
  svc: "getService",
  mai: "getMail",
  dev: "getDevice",
  set: "getBackupSet",
  del: "getDeletion",
  sub: "getReportSubscription",
  srv: "getStorageServer",
  mig: "getSeedMigration",
  tsk: "getTask",
  imp: "getImport",
  usr: "getUser",
  hnd: "getEventHandler",
};

let api: TestApi;
let world: World;
/** What a reseller has that was deleted, an id of each kind by its prefix. */
let gone: Record<string, string>;
type Tokens = Record<Role | "revoked" | "expired" | "deleted", string>;
/** Credentials of the reseller, and of the provider. */
const resellers = {} as Tokens;
const providers = {} as Tokens;
const devices = {} as Tokens;
const serverTokens = {} as Tokens;
/** Another key of support. */
let spareSupport: string;
/** Whether an operation works in the books of the caller's own customer, where no other customer's credential finds the same. */
const isInBooks = (id: OperationId): boolean => ["billing", "invoices"].includes(areaOf(id)) && id !== "correctUsage";
const areaOf = (id: OperationId): string => routes[id].area;
/** How often the reseller has said who it is on invoices. */
const issuersVersion = async (): Promise<number> =>
  (await api.ok("getInvoiceIssuer", {}, { token: world.colleague })).version;
/** Whether an operation takes a credential that is no API key: a device's, or a storage server's. */
const isForDevices = (id: OperationId): boolean =>
  contractOf(id).permission === "device" || contractOf(id).permission === "server";
/** Whether an operation is for whoever has logged in. */
const isForOneself = (id: OperationId): boolean => contractOf(id).permission === "self";
/** The session of the person for whom the last example was made, whatever the role. */
const people = {} as Tokens;
/** The credentials that an operation is tried with. */
const tokensFor = (id: OperationId): Tokens =>
  contractOf(id).permission === "server"
    ? serverTokens
    : isForOneself(id)
      ? people
      : isForDevices(id)
        ? devices
        : providerOnly.includes(id)
          ? providers
          : resellers;

/** The credential that an operation succeeds with. */
const tokenFor = (id: OperationId): string => tokensFor(id)[supportOnly.includes(id) ? "support" : "admin"];

/** Sends a request as the reseller's admin (or whoever else may do it), and fails where the answer is not as its contract describes it. */
async function send(id: OperationId, request: Request, options: CallOptions = {}): Promise<Reply> {
  const reply = await api.call(id, request, { token: tokenFor(id), ...options });
  expectDescribed(contractOf(id), reply);
  return reply;
}
/** A request that succeeds, on things of its own. */
const example = async (id: OperationId): Promise<Request> => examples[id](world);
const examplesToRefuse = new Map<OperationId, Promise<Request>>();
/** One such request for each operation, for tests that only break it: what is refused changes nothing, so they can share its things. */
const toRefuse = async (id: OperationId): Promise<Request> => {
  // Another person may be the last that there is an example of, or have logged out.
  if (isForOneself(id)) return example(id);
  const made = examplesToRefuse.get(id) ?? example(id);
  examplesToRefuse.set(id, made);
  return structuredClone(await made);
};

/** Requests to write that have been sent to the table, but for the counts of requests and attempts, and the last use of a credential. */
let writes = 0;
/** Every id that has been written. */
const writtenIds = new Set<string>();
/** All functions share one client, so whatever any of them writes passes here. */
const watchWrites = (): void =>
  api.runtime.client.middlewareStack.add(
    (next, context) => (args) => {
      const text = JSON.stringify(args.input);
      const name = String(context["commandName"]);
      const counts = name === "UpdateItemCommand" && /"(RATE|ACCESS)#|"lastSeenAt"/.test(text);
      if (/^(TransactWrite|Put|Update|Delete|BatchWrite)/.test(name) && !counts) {
        writes += 1;
        for (const [id] of text.matchAll(/[a-z]{3}_[0-9A-Z]{26}/g)) writtenIds.add(id);
      }
      return next(args);
    },
    { step: "initialize", name: "watchWrites" },
  );
/** Does something that must leave the table as it is: it must not even try to write. */
async function writingNothing<T>(work: () => Promise<T>): Promise<T> {
  const before = writes;
  const result = await work();
  expect(writes).toBe(before);
  return result;
}
/** A refusal. */
async function refuses(
  id: OperationId,
  request: Request,
  [status, code]: [number, string],
  options?: CallOptions,
): Promise<Reply> {
  const reply = await send(id, request, options);
  expect([reply.status, reply.body.code]).toEqual([status, code]);
  return reply;
}
/** A refusal that wrote nothing. */
const refused = (...args: Parameters<typeof refuses>): Promise<Reply> => writingNothing(() => refuses(...args));
/** The same for each of several, and together they wrote nothing. */
const refusedEach = async <T>(all: readonly T[], one: (value: T) => Promise<unknown>): Promise<void> =>
  writingNothing(async () => {
    expect(all.length).toBeGreaterThan(0);
    for (const value of all) await one(value);
  });

type Json = Record<string, unknown>;
/** The place where an example names its branch, by its path in the request. */
function branchPath(id: OperationId, request: Request): string[] {
  const paths = branchPlaces(contractOf(id)).map((place) => place.split("."));
  return paths.find((path) => within(request, path) !== undefined) ?? paths[0] ?? [];
}
const within = (json: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Json | undefined)?.[name], json);
const withValue = (json: unknown, [name = "", ...rest]: readonly string[], value: unknown): Json => ({
  ...(json as Json | undefined),
  [name]: rest.length === 0 ? value : withValue((json as Json | undefined)?.[name], rest, value),
});
/** A request with another value where it names its branch. */
const inPlace = (id: OperationId, request: Request, value: unknown): Request =>
  withValue(request, branchPath(id, request), value) as Request;
const branchValue = (id: OperationId, request: Request): string =>
  String(within(request, branchPath(id, request)) ?? "");

/** An answer without credentials for storage: only the first answer to a request holds them, as they are kept nowhere. */
const apartFromCredentials = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body), (key, value: unknown) => (key === "credentials" ? null : value));
/** An answer without the ids, times and secrets that a second answer cannot share. */
const apartFromNew = (body: unknown): unknown =>
  JSON.parse(
    JSON.stringify(apartFromCredentials(body))
      .replaceAll(/[a-z]{3}_[0-9A-Z]{26}/g, (id) => (isOld(id) ? id : "<new id>"))
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replaceAll(/t[kedvsn]_[\w-]+|whsec_[\w+/=]+/g, "<token>")
      .replaceAll(/"(?:\w{4}-){3}\w{4}"/g, '"<recovery code>"')
      .replaceAll(/(?<="seed":"|secret=)[A-Z2-7]{32}/g, "<seed>")
      .replaceAll(/(?<="challenge":")[\w-]{43}/g, "<challenge>"),
  );
const isForStorage = (id: OperationId): boolean => onlyAnswers.has(id) || id === "giveRestoreAccess";
const oldIds = new Set<string>();
const isOld = (id: string): boolean => oldIds.has(id);

beforeAll(async () => {
  api = await startTestApi();
  watchWrites();
  let names = 0;
  const freshName = () => `Customer number ${(names += 1)}`;
  const create = async (parentId: string, more: object): Promise<string> => {
    const body = { parentId, name: freshName(), email: "office@example.com", country: "DE", ...more };
    return (await api.ok("createCustomer", { body })).id;
  };
  const createNamed = (parentId: string): Promise<{ id: string; name: string }> =>
    api.ok("createCustomer", { body: { parentId, name: freshName(), email: "office@example.com", country: "DE" } });
  const settings = { deletion: { customersPerHour: 10_000 }, moves: { mergeAndSplit: true } };
  await api.ok("updateSettings", { params: { id: api.provider.id }, body: settings });
  const createKey = async (customerId: string, role: Role, more: object = {}) =>
    api.ok("createApiKey", { body: { customerId, role, name: freshName(), ...more } });
  const distributor = await create(api.provider.id, { level: "distributor" });
  const resellerId = await create(distributor, { level: "reseller", space: { limitBytes: 1e12 } });
  const otherId = await create(distributor, { level: "reseller" });
  /** A thing of each kind below a reseller. */
  const things = async (seller: string): Promise<Record<string, string>> => {
    const made = await freshAccount({ api, freshName }, seller, { password: undefined });
    const device = await freshDevice({ api, freshName }, seller);
    return {
      dev: device.id,
      set: device.setId,
      cus: made.customerId,
      key: (await createKey(seller, "viewer")).id,
      acc: made.id,
      con: made.contactId,
      svc: await freshService({ api, freshName }, made.customerId),
      mai: String(made.detailsMailId),
      del: (await deletedCustomer({ api }, await createNamed(seller))).deletionId,
      sub: await freshSubscription({ api }, made.customerId),
      srv: (await freshServer({ api, freshName }, seller)).id,
      hnd: await freshHandler({ api }, made.customerId),
      mig: (await freshMigration({ api, freshName }, seller)).id,
      usr: (await freshUser({ api, freshName, resellerId: seller })).id,
      tsk: await freshTask({ api, freshName }, seller, (await createKey(seller, "admin")).token),
      imp: await freshImport({ api, freshName }, seller, (await createKey(seller, "admin")).token),
    };
  };
  const foreign = await things(otherId);
  const endCustomerId = await create(resellerId, {});
  await create(endCustomerId, {});
  const device = await freshDevice({ api, freshName }, resellerId);
  const server = await freshServer({ api, freshName }, resellerId);
  const colleague = (await createKey(resellerId, "admin")).token;
  const person = await freshPerson({ api, freshName, resellerId });
  world = { api, resellerId, endCustomerId, foreign, freshName, device, server, colleague, person };
  const doomed = await create(distributor, { level: "reseller" });
  const doomedKey = await createKey(doomed, "admin");
  gone = { ...(await things(doomed)), cus: doomed, key: doomedKey.id };
  for (const role of Role.options)
    Object.defineProperty(people, role, { get: () => world.person.token, enumerable: true });
  people.deleted = (await freshPerson({ api, freshName, resellerId: doomed })).token;
  const left = await freshPerson({ api, freshName, resellerId });
  await api.ok("logout", {}, { token: left.token });
  people.revoked = left.token;
  people.expired = forged(left.token);
  for (const [tokens, customerId] of [
    [resellers, resellerId],
    [providers, api.provider.id],
  ] as const) {
    // Support is of the provider, also where the reseller's operations are tried with it.
    for (const role of Role.options)
      tokens[role] = (await createKey(role === "support" ? api.provider.id : customerId, role)).token;
    const revoked = await createKey(customerId, "admin");
    await api.ok("revokeApiKey", { params: { id: revoked.id } });
    tokens.revoked = revoked.token;
    const expiresAt = new Date(Date.now() + 30_000).toISOString();
    tokens.expired = (await createKey(customerId, "admin", { expiresAt })).token;
    tokens.deleted = doomedKey.token;
  }
  spareSupport = (await createKey(api.provider.id, "support")).token;
  for (const role of Role.options) devices[role] = device.token;
  for (const role of Role.options) serverTokens[role] = server.token;
  serverTokens.revoked = `tv_${server.token.slice(3, 29)}_${"A".repeat(43)}`;
  serverTokens.expired = serverTokens.revoked;
  devices.revoked = `td_${device.token.slice(3, 29)}_${"A".repeat(43)}`;
  devices.expired = devices.revoked;
  const { name } = await api.ok("getCustomer", { params: { id: doomed } });
  await api.ok("deleteCustomer", { params: { id: doomed }, query: { confirm: name } });
  api.advance(60_000);
});

test("every route has an operation file that exports its handler and a function of its name", async () => {
  expect(operations.length).toBe(ids.length);
  for (const id of ids) {
    const module = (await import(`../../${operationFile(contractOf(id))}`)) as Record<string, unknown>;
    expect(module["handler"], id).toBeTypeOf("function");
    expect(module[id], id).toBeTypeOf("function");
  }
});

test("every file that exports a handler belongs to a route or to a job, and no two share one", () => {
  const root = new URL("../../functions/", import.meta.url);
  const found = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter(
      (file) => file.endsWith(".ts") && /^export const handler\b/m.test(readFileSync(new URL(file, root), "utf8")),
    )
    .map((file) => `functions/${file}`);
  expect(found.sort()).toEqual([...operations, ...jobList].map(operationFile).sort());
});

test("method and path of every route are its own", () => {
  expect(new Set(operations.map(({ route }) => route)).size).toBe(ids.length);
  for (const contract of operations) {
    const named = [...pathOf(contract).matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    expect(Object.keys(contract.params?.shape ?? {}), contract.id).toEqual(named);
  }
});

test("viewers read their branch; operators manage accounts too; customers, prices, plans and keys belong to admins, storage locations to support", () => {
  const matrix = Object.fromEntries(
    Role.options.map((role) => [
      role,
      guarded.filter((id) => may(role, contractOf(id).permission as Parameters<typeof may>[1])),
    ]),
  );
  const reading = (
    "getAccount getContact getCustomer getEffectiveSettings getMail getSettings getTree listAccounts listContacts " +
    "listTasks getTask getImport listImportRows exportImportRows listCustomers getBatch listDescendants search exportBranch getOverview getUsage exportUsage getCounts listLog exportLog getStorage getStorageStatement listStorageServers getStorageServer getStorageServerChoice getReplication listSeedMigrations getSeedMigration getWatchlist listReportSubscriptions getReportSubscription listEvents listEventHandlers getEventHandler listHandlerDeliveries previewReport listDeliveries previewAccountDetails previewDetailsOfAccount listDevices getDevice explainAdmission " +
    "getDeviceEffectiveSettings getAllocations listDeviceJobs listBackupSets getBackupSet listSetJobs getSetReport getSetReportCsv listEnrolmentKeys listDeletions getDeletion"
  ).split(" ");
  const managing = (
    "createAccount upsertAccount upsertDevice updateAccount deleteAccount restoreAccount resetPassword sendAccountDetails sendDetailsOfAccount createContact " +
    "updateContact deleteContact releaseContact createDevice updateDevice deleteDevice restoreDevice activateDevice deactivateDevice " +
    "createReportSubscription sendReport updateReportSubscription deleteReportSubscription approveDevice resolveIdentity replaceDevice createImport putImportPart moveAccounts moveDevices createBackupSet updateBackupSet moveBackupSet deleteBackupSet createEnrolmentKey revokeEnrolmentKey"
  ).split(" ");
  expect(matrix["viewer"]?.sort()).toEqual(reading.sort());
  expect(matrix["billing"]?.sort()).toEqual(
    [
      ...reading,
      ..."createService listServices getService updateService deleteService".split(" "),
      ...(
        "listPricePlans getPricePlan getInvoiceIssuer listInvoiceConfigs getInvoiceConfig listInvoices getInvoiceTotals exportInvoices exportInvoiceReport exportInvoiceReportPdf previewInvoice getInvoice listInvoiceLines exportInvoicePdf exportInvoiceHtml exportInvoiceCsv exportInvoiceXml " +
        "createPricePlan putPricePlan putInvoiceIssuer putInvoiceConfig correctUsage runInvoices issueInvoice payInvoice voidInvoice mailInvoice"
      ).split(" "),
    ].sort(),
  );
  expect(matrix["support"]?.sort()).toEqual([...reading, ...supportOnly].sort());
  expect(matrix["operator"]?.sort()).toEqual([...reading, ...managing].sort());
  expect(matrix["admin"]?.sort()).toEqual(guarded.filter((id) => !supportOnly.includes(id)).sort());
  expect(supportOnly).toEqual(["changeStorageLocation", "approvePurge"]);
  expect(ids.filter((id) => contractOf(id).permission === "none").sort()).toEqual([
    "listPlans",
    "listStorageLocations",
    "me",
    "requestReactivation",
  ]);
  expect(ids.filter((id) => contractOf(id).permission === "public").sort()).toEqual([
    "acceptInvitation",
    "changePassword",
    "completePasswordReset",
    "docs",
    "enrol",
    "health",
    "index",
    "llms",
    "login",
    "loginWithPasskey",
    "openapi",
    "referenceScript",
    "requestPasswordReset",
    "startPasskeyLogin",
    "unsubscribe",
    "unsubscribePage",
  ]);
});

describe.each(ids.filter((id) => !closed.includes(id)))("%s, which is public,", (id) => {
  test("answers without a credential", async () => {
    expect((await send(id, await example(id), { token: null })).status).toBeLessThan(300);
  });
  test("refuses a parameter that it does not have", async () => {
    const request = { ...(await toRefuse(id)), query: { surprise: "1" } };
    const reply = await refused(id, request, [400, "invalid_request"], { token: null });
    expect(reply.body.errors).toMatchObject([{ path: "surprise" }]);
  });
});

describe.each(todays(closed))("%s", (id) => {
  const contract = contractOf(id);
  const tokens = tokensFor(id);

  test("answers 401 to all that is no valid credential, without telling why", async () => {
    const request = await toRefuse(id);
    const [, ulid = "", secret = ""] = tokens.admin.split("_");
    const wrong: Record<string, string>[] = [
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: tokens.admin },
      { authorization: `Basic ${tokens.admin}` },
      { authorization: `Bearer ${tokens.admin} ${tokens.admin}` },
      { authorization: "Bearer tk_nonsense" },
      { authorization: `Bearer tk_${ulid}_${secret.slice(0, -1)}` },
      { authorization: `Bearer tk_${ulid}_${"A".repeat(43)}` },
      { authorization: `Bearer tk_${unknown("key").slice(4)}_${tokens.admin.slice(-43)}` },
      { authorization: `Bearer ${isForOneself(id) ? "td" : "ts"}_${ulid}_${tokens.admin.slice(-43)}` },
      // A credential of the other kind, valid where it belongs.
      { authorization: `Bearer ${isForDevices(id) || isForOneself(id) ? resellers.admin : devices.admin}` },
      { authorization: `Bearer ${tokens.revoked}` },
      { authorization: `Bearer ${tokens.expired}` },
    ];
    const bodies = await writingNothing(async () => {
      const seen: unknown[] = [];
      for (const one of [{}, ...fifth(wrong, id)]) {
        const reply = await send(id, request, { token: null, headers: one });
        expect([one, reply.status, reply.body.code]).toEqual([one, 401, "unauthenticated"]);
        seen.push(apartFromRequest(reply));
      }
      return seen;
    });
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  test("answers 401 to the key of a branch that was deleted", async () => {
    // A device hears that its customer is deleted from the operation itself; support is of the provider, which cannot be deleted.
    if (isForDevices(id) || supportOnly.includes(id)) return;
    // No user may do what is only for accounts, and none hears more than that.
    if (contract.portal === "only") return;
    const request = await toRefuse(id);
    const inside = inBranch.includes(id) ? inPlace(id, request, gone[prefixOf(branchValue(id, request))]) : request;
    await refused(id, inside, [401, "unauthenticated"], { token: tokens.deleted });
  });

  const { permission } = contract;
  const serves = (role: Role): boolean => !isByRole(permission) || may(role, permission);
  // Other tests make each change as admin.
  const roles = Role.options.filter((role) => !(role === "admin" && changes(contract) && serves(role)));
  test.each(roles)("serves the role %s as far as the contract says so", async (role) => {
    if (serves(role)) {
      // What only reads can share its things.
      const request = changes(contract) ? await example(id) : await toRefuse(id);
      expect((await send(id, request, { token: tokens[role] })).status).toBeLessThan(300);
    } else await refused(id, await toRefuse(id), [403, "forbidden"], { token: tokens[role] });
  });

  test("refuses a query parameter that it does not have", async () => {
    const request = await toRefuse(id);
    const query = { ...request.query, surprise: "1" };
    const reply = await refused(id, { ...request, query }, [400, "invalid_request"]);
    expect(reply.body.errors.map(({ path }: { path: string }) => path)).toEqual(["surprise"]);
  });
});

describe.each(providerOnly)("%s", (id) => {
  test("refuses credentials of a reseller", async () => {
    await refused(id, await toRefuse(id), [403, "forbidden"], { token: resellers.admin });
  });
});

const seesAll = [...supportOnly, ...providerOnly.filter((id) => inBranch.includes(id) && !supportOnly.includes(id))];
describe.each(seesAll)("%s", (id) => {
  test("answers for what does not exist", async () => {
    const request = await toRefuse(id);
    await refused(id, inPlace(id, request, unknown(prefixOf(branchValue(id, request)))), [404, "not_found"]);
  });
});

describe.each(todays(inBranch.filter((id) => !seesAll.includes(id))))("%s", (id) => {
  test("answers for another branch as for what does not exist", async () => {
    const request = await toRefuse(id);
    const prefix = prefixOf(branchValue(id, request));
    const [theirs, nobodys] = [world.foreign[prefix], unknown(prefix)];
    // The foreign one is really there: the provider finds it.
    const found = await api.call(finders[prefix] ?? "me", { params: { id: String(theirs) } });
    expect([prefix, found.status]).toEqual([prefix, 200]);
    const foreign = await refused(id, inPlace(id, request, theirs), [404, "not_found"]);
    const absent = await refused(id, inPlace(id, request, nobodys), [404, "not_found"]);
    expect(apartFromRequest(foreign)).toEqual(apartFromRequest(absent));
    expect(Object.keys(foreign.headers).sort()).toEqual(Object.keys(absent.headers).sort());
  });

  test("answers for the levels above its branch as for what does not exist", async () => {
    const request = await toRefuse(id);
    const prefix = prefixOf(branchValue(id, request));
    if (prefix === "key") {
      const [first] = (await api.ok("listApiKeys")).items;
      await refused(id, inPlace(id, request, first.id), [404, "not_found"]);
    } else if (prefix === "sub") {
      const above = await freshSubscription({ api }, api.provider.id);
      await refused(id, inPlace(id, request, above), [404, "not_found"]);
      await api.ok("deleteReportSubscription", { params: { id: above } });
    } else if (prefix === "hnd") {
      const above = await freshHandler({ api }, api.provider.id);
      await refused(id, inPlace(id, request, above), [404, "not_found"]);
      await api.ok("deleteEventHandler", { params: { id: above } });
    } else if (prefix === "srv") {
      const above = await freshServer({ api, freshName: world.freshName }, api.provider.id);
      await refused(id, inPlace(id, request, above.id), [404, "not_found"]);
      await api.ok("deleteStorageServer", { params: { id: above.id }, query: { confirm: above.name } });
    } else if (prefix === "cus") await refused(id, inPlace(id, request, api.provider.id), [404, "not_found"]);
    // What stands under end-customers has nothing of its kind above them.
    else expect(["acc", "con", "svc", "mai", "dev", "set", "del", "mig", "tsk", "imp", "usr"]).toContain(prefix);
  });
});

describe.each(todays(inBranch))("%s", (id) => {
  test("refuses an id that cannot be one, and names its place", async () => {
    const request = await toRefuse(id);
    const place = branchPath(id, request).slice(1).join(".");
    const value = branchValue(id, request);
    const wrong = ["x", value.toLowerCase(), `${value}0`, value.replace(/^.../, "xyz"), `${value.slice(0, -1)}U`, "@"];
    await refusedEach(fifth(wrong, id), async (one) => {
      const reply = await refuses(id, inPlace(id, request, one), [400, "invalid_request"]);
      expect(reply.body.errors.map(({ path }: { path: string }) => path)).toEqual([place]);
    });
  });
});

describe.each(twentieth(withBody, 0))("%s", (id) => {
  const { body: schema } = contractOf(id);

  test("refuses an unknown field and names it", async () => {
    const request = await toRefuse(id);
    await refusedEach(["surprise", "id", "version", "constructor"], async (field) => {
      const body = { ...(request.body as object), [field]: "1" };
      const reply = await refuses(id, { ...request, body }, [400, "invalid_request"]);
      expect(reply.body.errors).toMatchObject([{ path: field, code: "unknown_field" }]);
    });
  });

  test("refuses JSON that is no object", async () => {
    const request = await toRefuse(id);
    await refusedEach([null, [], "text", 7, true], async (body) => {
      expect(schema?.safeParse(body).success).toBe(false);
      await refuses(id, { ...request, body }, [400, "invalid_request"]);
    });
  });

  test("refuses a body that is not JSON", async () => {
    const request = await toRefuse(id);
    await refusedEach(["", "{", "{'name': 1}", "name=x", '{"a":1}{"b":2}'], (raw) =>
      refuses(id, request, [400, "malformed_json"], { raw }),
    );
  });

  test("refuses a body of another content type", async () => {
    const request = await toRefuse(id);
    await refusedEach(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""], (type) =>
      refuses(id, request, [415, "unsupported_media_type"], { headers: { "content-type": type } }),
    );
  });

  test("refuses bytes that are not UTF-8", async () => {
    const raw = JSON.stringify({ name: "M\xfcller" });
    await refused(id, await toRefuse(id), [400, "malformed_json"], { raw, base64: true });
  });

  test("takes a body that comes as base64, and its content type with parameters and in any case", async () => {
    const request = await example(id);
    const raw = Buffer.from(JSON.stringify(request.body), "utf8").toString("latin1");
    const headers = { "content-type": "Application/JSON; charset=utf-8" };
    expect((await send(id, request, { raw, base64: true, headers })).status).toBeLessThan(300);
  });
});

describe.each(ids.filter((id) => contractOf(id).file !== undefined))("%s, which takes a file,", (id) => {
  const { maxBytes } = contractOf(id).file ?? { maxBytes: 0 };

  test("refuses a body of another content type", async () => {
    const request = await toRefuse(id);
    await refusedEach(["text/plain", "application/json", "multipart/form-data", ""], (type) =>
      refuses(id, request, [415, "unsupported_media_type"], { headers: { "content-type": type } }),
    );
  });

  test("refuses a file that is too large, and takes one that is as large as it may be", async () => {
    const request = await example(id);
    const filled = (bytes: number): string => String(request.body).padEnd(bytes, "\n");
    await refused(id, { ...request, body: filled(maxBytes + 1) }, [413, "payload_too_large"]);
    expect((await send(id, { ...request, body: filled(maxBytes) })).status).toBeLessThan(300);
  });

  test("takes one that comes as base64, and its content type with parameters and in any case", async () => {
    const request = await example(id);
    const body = new TextEncoder().encode(String(request.body));
    const headers = { "content-type": "Text/CSV; charset=utf-8" };
    expect((await send(id, { ...request, body }, { headers })).status).toBeLessThan(300);
  });
});

describe.each(changing.filter((id) => contractOf(id).body === undefined))("%s, which takes no body,", (id) => {
  test("refuses one, and takes an empty object", async () => {
    const request = await example(id);
    await refused(id, { ...request, body: { surprise: 1 } }, [400, "invalid_request"]);
    expect((await send(id, { ...request, body: {} })).status).toBeLessThan(300);
  });
});

describe.each(twentieth(changing, 1))("%s", (id) => {
  const { file, keepsDryRun } = contractOf(id);
  test.skipIf(file)("refuses a body of more than 256 kB, and takes white space up to it", async () => {
    const request = await example(id);
    const text = JSON.stringify(request.body ?? {});
    const filled = (bytes: number): string => text + " ".repeat(bytes - Buffer.byteLength(text));
    await refused(id, request, [413, "payload_too_large"], { raw: filled(256 * 1024 + 1) });
    expect((await send(id, request, { raw: filled(256 * 1024) })).status).toBeLessThan(300);
  });

  test("refuses a stale If-Match, where it looks at it, and writes nothing", async () => {
    const request = await example(id);
    const headers = { "if-match": '"99"' };
    // What can be restored has been changed once, by its deletion; a task that can be undone twice, by its beginning and its end.
    const known: Partial<Record<OperationId, number>> = { undoTask: 3, removeTotp: 4 };
    const version =
      id === "putInvoiceIssuer" ? await issuersVersion() : id.startsWith("restore") ? 2 : (known[id] ?? 1);
    const asked = { ...request, query: { ...request.query, dryRun: "true" } };
    const reply = await (keepsDryRun
      ? send(id, asked, { headers })
      : writingNothing(() => send(id, asked, { headers })));
    const looks = methodOf(contractOf(id)) !== "POST" || contractOf(id).errors.includes("precondition_failed");
    expect(reply.status === 412).toBe(looks);
    if (!looks) return;
    await refused(id, request, [412, "precondition_failed"], { headers });
    await refused(id, request, [412, "precondition_failed"], { headers: { "if-match": 'W/"1"' } });
    expect((await send(id, request, { headers: { "if-match": `"98", "${version}"` } })).status).toBeLessThan(300);
  });

  // A dry run of those is worked at later, and so it is stored.
  test.skipIf(keepsDryRun)("answers a dry run as the real one, and writes nothing", async () => {
    const request = await example(id);
    for (const old of writtenIds) oldIds.add(old);
    const query = { ...request.query, dryRun: "true" };
    const rehearsed = await writingNothing(() =>
      send(id, { ...request, query }, { headers: { "idempotency-key": `dry-${id}` } }),
    );
    const before = writes;
    const real = await send(id, request);
    expect(writes > before).toBe(!writesNothing(id));
    expect(rehearsed.status).toBe(real.status);
    expect(rehearsed.headers["etag"]).toBe(real.headers["etag"]);
    // What a dry run alone works out.
    if (id === "deleteCustomer") {
      expect(rehearsed.body.preview.nodes.customers).toBe(1);
      rehearsed.body.preview = null;
    }
    if (id === "moveCustomer") {
      expect(rehearsed.body.preview.nodes.customers).toBe(1);
      rehearsed.body.preview = null;
    }
    if (id === "moveAccounts" || id === "moveDevices") {
      expect(rehearsed.body.preview.moves.devices).toBe(id === "moveDevices" ? 1 : 0);
      rehearsed.body.preview = null;
    }
    if (id === "mergeCustomer" || id === "splitCustomer") {
      const task = id === "mergeCustomer" ? rehearsed.body : rehearsed.body.task;
      expect(task.preview.moves.accounts).toBe(1);
      task.preview = null;
    }
    expect(apartFromNew(rehearsed.body)).toEqual(apartFromNew(real.body));
  });

  test("takes dryRun=false as no dry run, and no other word", async () => {
    const request = await example(id);
    await refusedEach(["yes", "1", "", "TRUE"], (word) =>
      refuses(id, { ...request, query: { ...request.query, dryRun: word } }, [400, "invalid_request"]),
    );
    const before = writes;
    expect((await send(id, { ...request, query: { ...request.query, dryRun: "false" } })).status).toBeLessThan(300);
    expect(writes > before).toBe(!writesNothing(id));
  });

  // Whoever has logged out cannot ask again.
  test.skipIf(id === "logout")(
    "replays the first answer to the same idempotency key, and refuses the key with another request",
    async () => {
      const request = await example(id);
      const token = tokenFor(id);
      const headers = { "idempotency-key": `once-${id}` };
      const first = await send(id, request, { headers, token });
      expect(first.status).toBeLessThan(300);
      expect(first.headers["idempotency-replayed"]).toBeUndefined();
      const second = await writingNothing(() => send(id, request, { headers, token }));
      expect(second.headers["idempotency-replayed"]).toBe("true");
      expect([second.status, second.body, second.headers["etag"]]).toEqual([
        first.status,
        isForStorage(id) ? apartFromCredentials(first.body) : first.body,
        first.headers["etag"],
      ]);
      const other = await example(id);
      const changed = contractOf(id).params === undefined ? other : { ...request, params: other.params ?? {} };
      // Not every operation has another request.
      if (JSON.stringify([changed.params, changed.body]) !== JSON.stringify([request.params, request.body]))
        await refused(id, changed, [422, "idempotency_key_reused"], { headers, token });
      // The key belongs to the credential: another one may use the same.
      if (isForDevices(id) || isForOneself(id)) return;
      const others = supportOnly.includes(id) ? spareSupport : isInBooks(id) ? world.colleague : api.token;
      const elsewhere = await send(id, await example(id), { headers, token: others });
      expect([elsewhere.status, elsewhere.headers["idempotency-replayed"]]).toEqual([first.status, undefined]);
    },
  );

  // A password may be tried five times, however often the same request is sent.
  test.skipIf(id === "logout" || id === "changeOwnPassword")(
    "gives one answer to the same idempotency key sent several times at once",
    async () => {
      const request = await example(id);
      const headers = { "idempotency-key": `at-once-${id}` };
      const replies = await Promise.all(Array.from({ length: 6 }, () => send(id, request, { headers })));
      const bodies = replies.map(({ body }) => (isForStorage(id) ? apartFromCredentials(body) : body));
      for (const [nth, { status }] of replies.entries())
        expect([status, bodies[nth]]).toEqual([replies[0]?.status, bodies[0]]);
      expect(replies[0]?.status).toBeLessThan(300);
      expect(replies.filter((reply) => reply.headers["idempotency-replayed"] === undefined)).toHaveLength(1);
    },
  );

  test("refuses an idempotency key that cannot be one", async () => {
    const request = await toRefuse(id);
    await refusedEach(["", "two words", "x".repeat(256), "schlüssel"], (key) =>
      refuses(id, request, [400, "invalid_request"], { headers: { "idempotency-key": key } }),
    );
  });
});
