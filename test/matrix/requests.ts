import type { Operation } from "../../shared/http/contract.ts";
import type { Request } from "../support/api.ts";
import { configBody, issuerBody, planBody } from "../support/books.ts";
import { type CallerKind, callers } from "./callers.ts";
import { placesOf } from "./places.ts";
import { job, type Stage } from "./stage.ts";
import { lineOf, type Spot } from "./tree.ts";

type Json = Record<string, unknown>;

/** What a request is made for: whose it is, and at which place it will name what is tried. */
interface Asked {
  caller: CallerKind;
  place: string;
  kind: string;
  /** A thing of a kind at the caller's home. */
  home: (kind: string, computer?: 1 | 2 | 3) => string;
  /** The caller's own customer. */
  own: string;
  proofs: Stage["proofs"];
  /** The caller's password. */
  ownPassword: string;
  now: number;
}

const nobodysPlan = `prp_${"0".repeat(26)}`;
const unused = { name: "Nobody has this name", email: "office@example.com", country: "DE" };
const machine = { machineId: "nobodys-machine", name: "Nobody's PC", kind: "laptop", os: "Linux" };
const selection = { include: ["/home"] };
const later = "2999-01-01T00:00:00.000Z";
const password = "nobody guesses that either";
const mailed = `tc_${"0".repeat(26)}_${"s".repeat(43)}`;
/** What an authenticator might have answered that nobody knows. */
const passkey = { id: "AAAA", rawId: "AAAA", type: "public-key" };
const signed = { clientDataJSON: "e30" };
const answer = { response: { ...passkey, response: { ...signed, authenticatorData: "AAAA", signature: "AAAA" } } };
const contact = { name: "Ann", email: "ann@example.com" };
/** What is no file of rows, so that whoever may import it is told so. */
const noFile = "nothing that an import knows\n";
/** There are more callers than a name may be tried in a quarter of an hour, so each half of them tries another one. */
const half = (caller: CallerKind): number => callers.indexOf(caller) % 2;

/** The bodies of requests that would succeed, as far as the place that is tried allows. */
const bodies: Record<string, (asked: Asked) => Json> = {
  createCustomer: ({ own }) => ({ parentId: own, ...unused }),
  upsertCustomer: ({ own }) => ({ parentId: own, ...unused, externalRef: "nobody's" }),
  updateCustomer: () => ({ city: "Bern" }),
  extendTrial: () => ({ endsAt: later }),
  updateSettings: () => ({ mail: { enabled: true } }),
  updateAllocations({ home, kind, place }) {
    const customer = { id: home("cus"), deviceLimit: 50 };
    const account = { id: home("acc"), hardQuotaBytes: 9 };
    if (place.startsWith("body.changes.1")) return { changes: kind === "cus" ? [account] : [customer] };
    return { changes: [kind === "cus" ? customer : account] };
  },
  changeStorageLocation: () => ({ storageLocation: "CH", reason: "Ticket 4711" }),
  createAccount: ({ place, home }) => ({
    username: "nobodys.login",
    password,
    ...(place === "body.contactId" ? {} : { contact }),
    ...(place === "body.customerId" && { customerId: home("cus"), plan: "trial" }),
    ...(place === "body.customer.parentId" && { customer: unused, plan: "select" }),
    ...(place === "body.contactId" && { parentAccountId: home("acc") }),
  }),
  upsertAccount: ({ place, home }) => ({
    username: "nobodys.login",
    password,
    externalRef: "nobody's",
    ...(place === "body.contactId" ? { parentAccountId: home("acc") } : { contact }),
    ...(place === "body.customerId" && { customerId: home("cus"), plan: "trial" }),
  }),
  updateAccount: ({ place }) => (place.startsWith("body.") ? {} : { userQuotaBytes: 5 }),
  resetPassword: () => ({ password }),
  createContact: ({ home }) => ({ customerId: home("cus"), ...contact }),
  updateContact: ({ place }) => (place.startsWith("body.") ? {} : { phone: "1" }),
  createDevice: ({ home }) => ({ accountId: home("acc"), ...machine }),
  upsertDevice: ({ home }) => ({ accountId: home("acc"), externalRef: "nobody's", ...machine }),
  updateDevice: ({ place }) => (place.startsWith("body.") ? {} : { name: "renamed" }),
  approveDevice: () => ({}),
  resolveIdentity: () => ({ keep: "current" }),
  replaceDevice: ({ home }) => ({ by: home("dev", 2) }),
  requestPurge: () => ({ reason: "Ticket 4711" }),
  createBackupSet: ({ home }) => ({ deviceId: home("dev"), name: "More", selection }),
  updateBackupSet: () => ({ name: "Less" }),
  moveBackupSet: ({ home }) => ({ deviceId: home("dev", 2) }),
  createEnrolmentKey: () => ({ name: "More", plan: "select" }),
  enrol: ({ proofs: { enrolmentKey } }) => ({ enrolmentKey, ...machine }),
  authorizeBackup: () => ({}),
  renewCredentials: () => ({}),
  reportJob: ({ home, now }) => ({ ...job(now), jobId: "three", backupSetId: home("set") }),
  reportUsage: ({ now }) => ({ usedBytes: 5, measuredAt: new Date(now - 1).toISOString() }),
  createOwnBackupSet: () => ({ name: "More", selection }),
  updateOwnBackupSet: () => ({ name: "Less" }),
  putPlan: () => ({ name: "Gold", rights: { openFileBackupOnServers: true, versioning: true } }),
  login: ({ proofs: { person } }) => ({ ...person }),
  requestPasswordReset: ({ caller }) => ({ username: `nobodys.login.${half(caller)}` }),
  completePasswordReset: () => ({ code: mailed, newPassword: password }),
  acceptInvitation: () => ({ code: mailed, password }),
  giveRestoreAccess: () => ({}),
  switchAccount: ({ home }) => ({ accountId: home("acc") }),
  changeOwnPassword: ({ ownPassword }) => ({ password: ownPassword, newPassword: password }),
  prove: ({ ownPassword }) => ({ password: ownPassword }),
  confirmTotp: () => ({ code: "123456" }),
  createPasskey: () => ({
    name: "Nobody's key",
    response: { ...passkey, response: { ...signed, attestationObject: "AAAA" } },
  }),
  updatePasskey: () => ({ name: "Somebody's key" }),
  proveWithPasskey: () => answer,
  startPasskeyLogin: () => ({}),
  loginWithPasskey: () => answer,
  createUser: ({ home }) => ({
    customerId: home("cus"),
    role: "viewer",
    name: "Ann",
    email: "ann@example.com",
    username: "nobodys.user",
  }),
  updateUser: ({ place }) => (place.startsWith("body.") ? {} : { name: "Ben" }),
  createPricePlan: () => planBody("Nobody's prices"),
  putPricePlan: () => ({ ...planBody("Nobody's prices"), versions: [{ validFrom: "2999-01-01", taxPercent: "19" }] }),
  putInvoiceIssuer: () => issuerBody("Nobody"),
  putInvoiceConfig: ({ home }) => ({ ...configBody(home("prp") || nobodysPlan), enabled: false }),
  correctUsage: () => ({ day: "2020-01-01", usedBytes: 5, reason: "Ticket 4711" }),
  runInvoices: () => ({ month: "2020-01" }),
  payInvoice: () => ({ paidOn: "2025-12-10" }),
  voidInvoice: () => ({ reason: "Ticket 4711" }),
  createService: ({ home }) => ({ customerId: home("cus"), name: "More", unitPrice: { amount: 1, currency: "EUR" } }),
  updateService: () => ({ quantity: 2 }),
  createReportSubscription: ({ home }) => ({
    customerId: home("cus"),
    kind: "watchlist",
    frequency: "daily",
    hour: 6,
    recipients: [contact],
  }),
  updateReportSubscription: ({ place }) => (place.startsWith("body.") ? {} : { hour: 7 }),
  createEventHandler: ({ home }) => ({
    customerId: home("cus"),
    name: "More",
    action: { kind: "webhook", url: "https://198.51.101.7/" },
  }),
  updateEventHandler: ({ place }) => (place.startsWith("body.") ? {} : { name: "Other" }),
  rotateHandlerSecret: () => ({ overlapHours: 1 }),
  changePassword: ({ proofs: { login } }) => ({ ...login, newPassword: password }),
  createApiKey: ({ home }) => ({ customerId: home("cus"), role: "viewer", name: "More" }),
  rotateApiKey: () => ({ overlapHours: 1 }),
  createStorageServer: ({ home }) => ({ customerId: home("cus"), name: "More", url: "https://198.51.101.7/" }),
  updateStorageServer: () => ({ name: "Other vault" }),
  checkInStorageServer: () => ({ usedBytes: 5 }),
  chooseStorageServer: ({ home }) => ({ storageServerId: home("srv") }),
  putReplication: ({ home }) => ({ enabled: true, storageServerId: home("srv") }),
  createSeedMigration: ({ home }) => ({ customerId: home("cus"), toServerId: home("srv") }),
  recordSeedMigrationStep: () => ({ state: "cancelled" }),
  moveCustomer: ({ own }) => ({ parentId: own }),
  moveCustomers: ({ home, own }) => ({ ids: [home("cus")], parentId: own }),
  moveAccounts: ({ home }) => ({ ids: [home("acc")], customerId: home("cus") }),
  moveDevices: ({ home }) => ({ ids: [home("dev")], accountId: home("acc") }),
  mergeCustomer: ({ home, place }) => ({
    fromCustomerId: home("cus"),
    quotas: "keep",
    ...(place.startsWith("body.accountIds") && { accountIds: [home("acc")] }),
  }),
  splitCustomer: ({ home }) => ({ accountIds: [home("acc")], customer: unused }),
};
export const withBodies: ReadonlySet<string> = new Set(Object.keys(bodies));

/** A value put at a path of JSON; a number in it is a place of a list. */
function put(json: unknown, [name = "", ...rest]: readonly string[], value: unknown): unknown {
  const inner = (old: unknown): unknown => (rest.length === 0 ? value : put(old, rest, value));
  if (/^\d+$/.test(name)) {
    const items = Array.isArray(json) ? [...(json as unknown[])] : [];
    items[Number(name)] = inner(items[Number(name)]);
    return items;
  }
  const record = (json ?? {}) as Json;
  return { ...record, [name]: inner(record[name]) };
}

/** Things of this operation are tried with the third computer, which waits for approval. */
const ofWaiting = "approveDevice";

/** A request of a caller, all in its own home but what stands at `place`. */
export function requestFor(
  stage: Stage,
  operation: Operation,
  caller: CallerKind,
  place: string,
  kind: string,
  value: string | undefined,
  isWrong = false,
): Request {
  const { things, names, logins } = stage;
  const { enrolmentKey, login, person } = stage.proofs;
  const forged = `${enrolmentKey.slice(0, -43)}${"A".repeat(43)}`;
  const proofs = isWrong
    ? {
        enrolmentKey: forged,
        login: { username: half(caller) === 0 ? login.username : String(logins.S), password: "not this one" },
        person: { username: half(caller) === 0 ? person.username : String(logins.E2), password: "not this one" },
      }
    : stage.proofs;
  const home: Asked["home"] = (of, computer = 1) => {
    const agents = caller.at.includes("/") ? caller.at : `${caller.home}/${computer}`;
    const at = (of === "dev" ? `${caller.home}/${computer}` : agents) as Spot;
    return things[of]?.[at] ?? things[of]?.[caller.home] ?? things[of]?.[lineOf(caller.home)[1] ?? caller.at] ?? "";
  };
  const own = things["cus"]?.[caller.at] ?? things["cus"]?.[caller.home] ?? "";
  const { id, params, query, body } = operation;
  const kindAt = (name: string): string =>
    placesOf(operation).find(({ path }) => path === `params.${name}`)?.kind ?? "";
  let request: Json = {};
  const asked: Asked = {
    caller,
    place,
    kind,
    home,
    own,
    proofs,
    ownPassword: stage.passwords[caller.name] ?? password,
    now: stage.now(),
  };
  if (params)
    request["params"] = Object.fromEntries(
      Object.keys(params.shape).map((name) => [
        name,
        fixedParams[name] ?? home(kindAt(name), id === ofWaiting ? 3 : 1),
      ]),
    );
  if (body) request["body"] = operation.file ? noFile : (bodies[id]?.(asked) ?? {});
  if (id === "listBackupSets") request["query"] = { deviceId: home("dev") };
  if (id === "getBatch") request["query"] = { ids: own };
  if (id === "search") request["query"] = { q: "mk" };
  if (id === "getUsage" || id === "exportUsage") request["query"] = { from: "2026-06-01", to: "2026-06-30" };
  const months = { from: "2026-05", to: "2026-06" };
  if (/^(listInvoices|getInvoiceTotals|exportInvoices|exportInvoiceReport|exportInvoiceReportPdf)$/.test(id))
    request["query"] = months;
  if (id === "previewInvoice") request["query"] = { month: "2026-06" };
  if (id === "exportInvoiceXml") request["query"] = { syntax: "UBL" };
  if (id === "listDescendants") request["query"] = { kind: "device" };
  if (value !== undefined) request = put(request, place.split("."), value) as Json;
  const shape = query?.shape ?? {};
  const named = (request["params"] as Json | undefined)?.["id"];
  const more: Record<string, string> = {
    ...("dryRun" in shape && { dryRun: "true" }),
    ...("confirm" in shape && { confirm: names[String(named)] ?? "nobody" }),
  };
  if (Object.keys(more).length > 0) request["query"] = { ...(request["query"] as Json | undefined), ...more };
  return request as Request;
}
/** Parameters of paths that are no ids. */
const fixedParams: Record<string, string> = {
  part: "2",
  code: "select",
  token: `tu_${"0".repeat(26)}_${"A".repeat(43)}`,
};
