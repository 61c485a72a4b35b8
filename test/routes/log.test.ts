import { createHash } from "node:crypto";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { type OperationId, operations, routes } from "../../functions/routes.ts";
import type { LogEntryType } from "../../shared/domain/hierarchy/log-entry.ts";
import { changes, type Contract } from "../../shared/http/contract.ts";
import { LogItem } from "../../shared/store/access/log-items.ts";
import { itemBytes } from "../../shared/store/table/units.ts";
import { type Reply, type Request, startTestApi, type TestApi } from "../support/api.ts";
import { examples, type World } from "./examples.ts";
import { openWorld } from "./recording.ts";

/*
 * Every operation of the route table that changes something is called with its example, and what it writes is compared with the entries that its
 * change is to have. An operation that is not named here fails.
 */

/** What devices and storage servers report of themselves, and who logs in and out: it is kept elsewhere, and is no change that somebody makes. */
const reports = "reports";
const wanted: Record<string, readonly LogEntryType[] | typeof reports> = {
  acceptInvitation: ["InvitationAccepted"],
  changeOwnPassword: ["UserPasswordChanged"],
  completePasswordReset: ["UserPasswordChanged"],
  confirmTotp: ["SecondFactorAdded"],
  createPasskey: ["PasskeyAdded"],
  deletePasskey: ["PasskeyRemoved"],
  loginWithPasskey: reports,
  proveWithPasskey: reports,
  startPasskeyLogin: reports,
  startPasskeyProof: reports,
  startPasskeyRegistration: reports,
  updatePasskey: ["PasskeyUpdated"],
  createUser: ["UserCreated"],
  deleteUser: ["UserDeleted"],
  endSession: reports,
  endUserSessions: ["SessionsEnded"],
  inviteUser: ["UserInvited"],
  login: reports,
  logout: reports,
  requestReactivation: reports,
  prove: reports,
  removeTotp: ["SecondFactorRemoved"],
  renewRecoveryCodes: ["UserUpdated"],
  requestPasswordReset: ["UserPasswordReset"],
  resetSecondFactor: ["SecondFactorRemoved"],
  startTotp: reports,
  switchAccount: reports,
  giveRestoreAccess: ["RestoreAccessGiven"],
  updateUser: ["UserUpdated"],
  activateCustomer: ["CustomerActivated"],
  activateDevice: ["DeviceActivated"],
  approveDevice: ["AccountCreated", "DeviceApproved"],
  approvePurge: ["PurgeApproved"],
  authorizeBackup: ["LicenceDrawn"],
  cancelTask: ["TaskCancelled"],
  createImport: [],
  putImportPart: ["TaskCreated"],
  changePassword: ["PasswordChanged"],
  changeStorageLocation: ["StorageLocationChanged"],
  checkInStorageServer: reports,
  chooseStorageServer: ["StorageServerChosen"],
  createAccount: ["AccountCreated"],
  createApiKey: ["ApiKeyCreated"],
  createBackupSet: ["BackupSetCreated"],
  createContact: ["ContactCreated"],
  createCustomer: ["CustomerCreated"],
  createDevice: ["DeviceCreated"],
  createEnrolmentKey: ["EnrolmentKeyCreated"],
  createOwnBackupSet: ["BackupSetCreated"],
  createReportSubscription: ["ReportSubscriptionCreated"],
  createSeedMigration: ["SeedMigrationRequested"],
  createPricePlan: ["PricePlanCreated"],
  putPricePlan: ["PricePlanUpdated"],
  putInvoiceIssuer: ["InvoiceIssuerSaved"],
  putInvoiceConfig: ["InvoiceConfigSaved"],
  correctUsage: ["UsageCorrected"],
  runInvoices: ["InvoiceRunOrdered"],
  issueInvoice: ["InvoiceIssued"],
  payInvoice: ["InvoicePaid"],
  voidInvoice: ["InvoiceVoided"],
  mailInvoice: ["InvoiceMailed"],
  createService: ["ServiceCreated"],
  createEventHandler: ["EventHandlerCreated"],
  deleteEventHandler: ["EventHandlerDeleted"],
  redeliver: ["EventRedelivered"],
  rotateHandlerSecret: ["EventHandlerSecretRotated"],
  testEventHandler: ["EventHandlerTested"],
  updateEventHandler: ["EventHandlerUpdated"],
  createStorageServer: ["StorageServerCreated"],
  deactivateCustomer: ["CustomerDeactivated"],
  deactivateDevice: ["DeviceSuspended"],
  deleteAccount: ["AccountDeleted"],
  deleteBackupSet: ["BackupSetDeleted"],
  deleteContact: ["ContactDeleted"],
  deleteCustomer: ["CustomerDeleted"],
  deleteDevice: ["DeviceDeleted"],
  deleteOwnBackupSet: ["BackupSetDeleted"],
  deletePlan: ["ServicePlanRetired"],
  deleteReportSubscription: ["ReportSubscriptionDeleted"],
  deleteService: ["ServiceEnded"],
  deleteStorageServer: ["StorageServerDeleted"],
  endTrial: ["TrialEnded"],
  enrol: ["DeviceEnrolled"],
  extendTrial: ["TrialExtended"],
  mergeCustomer: ["TaskCreated"],
  moveAccounts: ["TaskCreated"],
  moveBackupSet: ["BackupSetUpdated"],
  moveCustomer: ["CustomerArrived", "CustomerLeft"],
  moveCustomers: ["TaskCreated"],
  moveDevices: ["TaskCreated"],
  putPlan: ["ServicePlanSaved"],
  putReplication: ["ReplicationChanged"],
  recordSeedMigrationStep: ["SeedMigrationAdvanced"],
  releaseContact: ["AddressReleased"],
  renewCredentials: reports,
  renewStorageServerToken: ["StorageServerTokenRenewed"],
  replaceDevice: ["DeviceReplaced"],
  reportJob: reports,
  reportUsage: reports,
  requestPurge: ["PurgeRequested"],
  resetPassword: ["PasswordReset"],
  resolveIdentity: ["DeviceCreated", "DeviceIdentityResolved"],
  restoreAccount: ["AccountRestored"],
  restoreCustomer: ["CustomerRestored"],
  restoreDevice: ["DeviceRestored"],
  revokeApiKey: ["ApiKeyRevoked"],
  rotateApiKey: ["ApiKeyCreated"],
  revokeEnrolmentKey: ["EnrolmentKeyRevoked"],
  sendAccountDetails: ["AccountDetailsQueued"],
  sendDetailsOfAccount: ["AccountDetailsQueued"],
  sendReport: ["ReportQueued"],
  splitCustomer: ["CustomerCreated", "TaskCreated"],
  undoTask: ["TaskCreated"],
  unsubscribe: ["ReportUnsubscribed"],
  updateAccount: ["AccountUpdated"],
  updateAllocations: ["AccountUpdated", "CustomerUpdated"],
  updateBackupSet: ["BackupSetUpdated"],
  updateContact: ["ContactUpdated"],
  updateCustomer: ["CustomerUpdated"],
  updateDevice: ["DeviceUpdated"],
  updateOwnBackupSet: ["BackupSetUpdated"],
  updateReportSubscription: ["ReportSubscriptionUpdated"],
  updateService: ["ServiceUpdated"],
  updateSettings: ["SettingsUpdated"],
  updateStorageServer: ["StorageServerUpdated"],
  upsertAccount: ["AccountUpdated"],
  upsertCustomer: ["CustomerUpdated"],
  upsertDevice: ["DeviceUpdated"],
};
/** Entries of changes of which all is secret. */
const secretOnly: ReadonlySet<LogEntryType> = new Set([
  "PasswordReset",
  "PasswordChanged",
  "StorageServerTokenRenewed",
  "UserPasswordChanged",
  "UserPasswordReset",
  "UserInvited",
  "InvitationAccepted",
  "SecondFactorAdded",
  "SecondFactorRemoved",
  "SessionsEnded",
  "EventHandlerSecretRotated",
  "EventHandlerTested",
  // Of a URL the log tells where it leads, and not the path, which may be a secret.
  "EventHandlerUpdated",
]);
/** Operations that make another change each time that they are asked: another thing, another secret, another mail. */
const anew =
  /^(giveRestoreAccess|correctUsage|runInvoices|mailInvoice|create|send|renew|rotate|test|redeliver|reset|enrol|invite|endUser|move(Accounts|Customers|Devices)|request|undo|merge|split)/;

const changing = operations.filter(changes).map(({ id }) => id as OperationId);
const contractOf = (id: OperationId): Contract => routes[id];
const sourceIp = "203.0.113.7";

let api: TestApi;
let world: World;
let tokenFor: (id: OperationId) => string | null;
/** Log entries of transactions that came through, as they were written. */
const written: LogItem[] = [];
const sizes: [type: string, bytes: number][] = [];
/** Everything that was written under a name that says that it is a secret, and what was sent and told as one. */
const secrets = new Set<string>(["nobody guesses this one", "nor will they guess that"]);

type Json = Record<string, unknown>;
const learn = (value: unknown, name = ""): void => {
  if (typeof value === "string") {
    if (/hash|secret|token|password/i.test(name) && value !== "mustChangePassword") secrets.add(value);
    for (const [, secret = ""] of value.matchAll(/t[a-z]_[0-9A-Z]{26}_([\w-]{43})/g)) {
      secrets.add(secret);
      for (const form of ["base64url", "hex", "base64"] as const)
        secrets.add(createHash("sha256").update(secret).digest(form));
    }
  } else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value)) learn(inner, Array.isArray(value) ? name : key);
};

const watchWrites = (): void =>
  api.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      if (context["commandName"] !== "TransactWriteItemsCommand") return result;
      const { TransactItems = [] } = args.input as unknown as {
        TransactItems?: { Put?: { Item: Json }; Update?: Json }[];
      };
      for (const { Put, Update } of TransactItems) {
        learn(Update?.["ExpressionAttributeValues"]);
        if (!Put) continue;
        const item = plain(Put.Item);
        learn(item);
        if (item["kind"] !== "log") continue;
        written.push(LogItem.parse(item));
        sizes.push([LogItem.parse(item).entry.type, itemBytes(item)]);
      }
      return result;
    },
    { step: "initialize", name: "watchLog" },
  );
/** An item as the document client takes it, or as it sends it on. */
const plain = (item: Json): Json =>
  typeof item["pk"] === "string" ? item : unmarshall(item as Parameters<typeof unmarshall>[0]);

async function send(id: OperationId, request: Request): Promise<{ reply: Reply; entries: LogItem[] }> {
  const reply = await api.call(id, request, { token: tokenFor(id), sourceIp });
  learn(reply.body);
  const requestId = reply.headers["x-request-id"];
  return { reply, entries: written.filter(({ entry }) => entry.requestId === requestId) };
}

beforeAll(async () => {
  api = await startTestApi();
  watchWrites();
  let names = 0;
  ({ world, tokenFor } = await openWorld(api, () => `Customer number ${(names += 1)}`));
});

test("every operation that changes something says which entries it writes", () => {
  expect(Object.keys(wanted).sort()).toEqual([...changing].sort());
});

describe.each(changing)("%s", (id) => {
  test("writes the entries of its change and no other, and none where nothing changes", async () => {
    const request = await examples[id](world);
    learn("body" in request ? request.body : undefined);
    const { reply, entries } = await send(id, request);
    expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
    const expected = wanted[id];
    expect(entries.map(({ entry }) => entry.type).sort()).toEqual(expected === reports ? [] : expected);
    for (const { entry } of entries) {
      expect(entry).toMatchObject({ operation: id, sourceIp, onBehalfOf: null });
      const { permission, portal } = contractOf(id);
      const kind = permission === "public" ? expect.toBeOneOf(["account", "user", "enrolmentKey", "system"]) : null;
      const logged = portal === "only" ? "account" : permission === "self" ? "user" : "apiKey";
      const own = permission === "device" || permission === "server" ? permission : logged;
      expect(entry.actor.kind).toEqual(kind ?? own);
      expect(entry.actor.id === null).toBe(id === "unsubscribe");
      if (!secretOnly.has(entry.type) && id !== "renewRecoveryCodes") expect(entry.changes, entry.type).not.toEqual([]);
    }
    // Each thing that is concerned has one.
    expect(new Set(entries.map(({ entry }) => entry.node.id)).size).toBe(entries.length);

    const again = await send(id, request);
    if (again.reply.status < 300 && !anew.test(id)) expect(again.entries.map(({ entry }) => entry.type)).toEqual([]);
    if (again.reply.status >= 300) expect(again.entries).toEqual([]);
  });
});

test("no entry holds a secret: no password, no token, no hash of either, and no field that is named like one", () => {
  expect(written.length).toBeGreaterThan(changing.length);
  expect(secrets.size).toBeGreaterThan(100);
  // What types of entries and operations are called is no secret.
  const named = ({ type, operation }: LogItem["entry"]) => new RegExp(`"(${type}|${operation})"`, "g");
  const text = written.map((item) => item.text.replaceAll(named(item.entry), '""')).join("\n");
  for (const secret of secrets) expect(text.includes(secret), secret).toBe(false);
  expect(text).not.toMatch(/\$argon2|hash|secret|t[a-z]_[0-9A-Z]{26}_/i);
  const names = (value: unknown): string[] =>
    typeof value !== "object" || value === null
      ? []
      : Object.entries(value).flatMap(([name, inner]) => [name, ...names(inner)]);
  for (const { entry } of written)
    for (const name of [...entry.changes.map(({ path }) => path), ...names(entry.changes)])
      if (name !== "mustChangePassword") expect(name).not.toMatch(/hash|secret|token|password|totp/i);
});

test("nearly all entries take less than a kilobyte", () => {
  const large = sizes.filter(([, bytes]) => bytes > 1024);
  expect(large.length / sizes.length).toBeLessThan(0.05);
  for (const [type, bytes] of sizes) expect(bytes, type).toBeLessThan(2048);
});
