import type { CallerKind } from "./callers.ts";
import { cloud, isCustomer, isIn, lineOf, type Spot } from "./tree.ts";

/**
 * `served`: done, or refused for a reason that is no matter of rights. `as unknown`: neither done nor told apart from an id that nobody has. `404 in sight`: what is named stands in the
 * branch, but what the request wants of it does not.
 */
export type Expected = "served" | "as unknown" | "404 in sight" | 400 | 401 | 403 | 404;

/** What a request for one operation names at the place that is tried. */
export interface Target {
  /** Where the thing stands; `unknown`: nobody has it; `malformed`: it is no id of its kind; `none`: nothing is tried. */
  at: Spot | "unknown" | "malformed" | "none" | "wrong secret";
  /** A cursor that this caller did not get from this list. */
  cursor?: true;
}

/** Which word lets callers in to each operation. */
export const words = {
  public:
    "index health openapi llms docs referenceScript enrol changePassword unsubscribePage unsubscribe login startPasskeyLogin loginWithPasskey requestPasswordReset completePasswordReset acceptInvitation",
  self: "listOwnAccounts switchAccount giveRestoreAccess logout listSessions endSession changeOwnPassword prove startTotp confirmTotp renewRecoveryCodes removeTotp startPasskeyRegistration createPasskey listPasskeys updatePasskey deletePasskey startPasskeyProof proveWithPasskey",
  "any key": "me requestReactivation listPlans listStorageLocations",
  agent:
    "authorizeBackup renewCredentials getOwnStorageServer reportJob reportUsage listOwnBackupSets createOwnBackupSet updateOwnBackupSet deleteOwnBackupSet",
  server: "checkInStorageServer",
  read: "getCustomer getBatch listDescendants search exportBranch getOverview getUsage exportUsage getCounts listCustomers getTree getSettings getEffectiveSettings getAllocations listDeletions getDeletion previewAccountDetails listLog exportLog listAccounts getAccount previewDetailsOfAccount listContacts getContact listDevices getDevice explainAdmission getDeviceEffectiveSettings listDeviceJobs listBackupSets getBackupSet listSetJobs getSetReport getSetReportCsv listEnrolmentKeys getWatchlist listReportSubscriptions getReportSubscription previewReport listDeliveries getMail getStorage getStorageStatement listStorageServers getStorageServer getStorageServerChoice getReplication listSeedMigrations getSeedMigration listTasks getTask getImport listImportRows exportImportRows listEvents listEventHandlers getEventHandler listHandlerDeliveries",
  customers:
    "createCustomer upsertCustomer updateCustomer deleteCustomer restoreCustomer endTrial extendTrial activateCustomer deactivateCustomer updateSettings updateAllocations requestPurge createStorageServer updateStorageServer deleteStorageServer renewStorageServerToken chooseStorageServer putReplication createSeedMigration recordSeedMigrationStep moveCustomer moveCustomers mergeCustomer splitCustomer cancelTask undoTask",
  accounts:
    "createImport putImportPart createAccount upsertAccount updateAccount deleteAccount restoreAccount resetPassword sendAccountDetails sendDetailsOfAccount createContact updateContact deleteContact releaseContact moveAccounts",
  devices:
    "createDevice upsertDevice updateDevice deleteDevice restoreDevice activateDevice deactivateDevice approveDevice resolveIdentity replaceDevice createBackupSet updateBackupSet moveBackupSet deleteBackupSet createEnrolmentKey revokeEnrolmentKey moveDevices",
  reports: "createReportSubscription updateReportSubscription deleteReportSubscription sendReport",
  events: "createEventHandler updateEventHandler deleteEventHandler rotateHandlerSecret testEventHandler redeliver",
  plans: "putPlan deletePlan",
  billing:
    "createService listServices getService updateService deleteService listPricePlans getPricePlan getInvoiceIssuer listInvoiceConfigs getInvoiceConfig listInvoices getInvoiceTotals exportInvoices exportInvoiceReport exportInvoiceReportPdf previewInvoice getInvoice listInvoiceLines exportInvoicePdf exportInvoiceHtml exportInvoiceCsv exportInvoiceXml createPricePlan putPricePlan putInvoiceIssuer putInvoiceConfig correctUsage runInvoices issueInvoice payInvoice voidInvoice mailInvoice",
  keys: "createApiKey listApiKeys getApiKey rotateApiKey revokeApiKey listAccessLog",
  users:
    "createUser listUsers getUser updateUser deleteUser inviteUser resetSecondFactor listUserSessions endUserSessions",
  support: "changeStorageLocation approvePurge",
} as const;
export type Word = keyof typeof words;
const wordOf = new Map(
  Object.entries(words).flatMap(([word, ids]) => ids.split(" ").map((id) => [id, word as Word] as const)),
);
export const ruledOperations = [...wordOf.keys()];

/** What each role may do in its branch. */
const roles: Record<string, readonly Word[]> = {
  admin: ["read", "customers", "accounts", "devices", "reports", "events", "plans", "billing", "keys", "users"],
  operator: ["read", "accounts", "devices", "reports"],
  billing: ["read", "billing"],
  viewer: ["read"],
  support: ["read", "support"],
};

const list = (text: string): ReadonlySet<string> => new Set(text.split(" "));
/** What nothing but the login of an account does, once it needs no other password. */
const portalOnly = list("listOwnAccounts switchAccount giveRestoreAccess");
/** What the login of an account may do, for this account, its devices and their sets. */
const portal = list(
  "me listOwnAccounts switchAccount logout listSessions endSession changeOwnPassword getAccount updateAccount listDevices getDevice explainAdmission giveRestoreAccess listDeviceJobs listBackupSets getBackupSet listSetJobs getSetReport getSetReportCsv",
);
/** All that is left to whoever is deactivated, but to ask for reactivation. */
const reads = /^(me$|search$|(get|list|preview|explain|export)[A-Z])/;
/** What nobody does to his own customer: the level above decides it. */
const decidedAbove = list(
  "activateCustomer deactivateCustomer deleteCustomer endTrial extendTrial moveCustomer splitCustomer",
);
/** What users do only when they have just proved who they are. */
const provedAnew = list(
  "deleteCustomer deleteAccount deleteDevice requestPurge approvePurge deleteBackupSet createEnrolmentKey renewRecoveryCodes removeTotp startPasskeyRegistration createPasskey deletePasskey createUser updateUser deleteUser resetSecondFactor createApiKey rotateApiKey revokeApiKey",
);
/** What everybody has for himself alone. */
const ofOneself = list("endSession updatePasskey deletePasskey");
/** Prices are made by those who sell, and not for themselves. */
const prices = list("createService updateService deleteService");
/** The books of who sells, and nobody else's: those of the caller's own customer. */
const ofSellers = list(
  "listPricePlans createPricePlan getPricePlan putPricePlan getInvoiceIssuer putInvoiceIssuer listInvoiceConfigs getInvoiceConfig putInvoiceConfig runInvoices previewInvoice",
);
/** What is between a seller and the customers directly below it. */
const withPayer = list("getInvoiceConfig putInvoiceConfig previewInvoice");
const inBooks =
  /^(getPricePlan|putPricePlan|(get|issue|pay|void|mail)Invoice|listInvoiceLines|exportInvoice(Pdf|Html|Csv|Xml))\.params\.id$/;
/** What customers do not decide for themselves: what they are sold. */
const soldTo = list("createAccount.body.customerId createAccount.body.customer.parentId upsertAccount.body.customerId");
/** Places whose value is compared with what stands there and never looked up: it cannot be changed. */
const fixed = list(
  "updateCustomer.body.parentId updateAccount.body.customerId updateAccount.body.parentAccountId updateContact.body.customerId updateDevice.body.accountId updateReportSubscription.body.customerId updateEventHandler.body.customerId",
);
/** Places where what is out of sight is left out, or refused as a row of a list, exactly as what nobody has. */
const leftOut = list(
  "getBatch.query.ids listInvoices.query.payerId getInvoiceTotals.query.payerId exportInvoices.query.payerId exportInvoiceReport.query.payerId exportInvoiceReportPdf.query.payerId runInvoices.body.payerId putInvoiceConfig.body.pricePlanId listLog.query.actorId exportLog.query.actorId listCustomers.query.externalRef listAccounts.query.username updateAllocations.body.changes.0.id updateAllocations.body.changes.1.id",
);
/** What works with a server, which belongs to the customer or to any level above it, in sight or not. */
const withServer = list("chooseStorageServer putReplication createSeedMigration");

/** What the answer has to be: the whole rule of who may do what. */
export function expected(operation: string, caller: CallerKind, place: string, { at, cursor }: Target): Expected {
  const word = wordOf.get(operation);
  const [where, home] = [`${operation}.${place}`, caller.home];
  if (word === undefined) throw new Error(`No rule says who may call ${operation}.`);
  if (word === "public") return at === "wrong secret" ? 401 : "served";
  if (caller.refused !== undefined && caller.refused !== "deleted") return 401;
  const admitted: Record<string, readonly string[]> = {
    agent: ["agent"],
    server: ["server"],
    self: ["user", "account"],
  };
  const isAccount = caller.credential === "account";
  if (!(admitted[word] ?? ["key", "user", "account"]).includes(caller.credential)) return 401;
  if (caller.unready && (word !== "self" || portalOnly.has(operation))) return 403;
  if (!isAccount && portalOnly.has(operation)) return 403;
  if (isAccount && !portal.has(operation)) return 403;
  if (!isAccount && admitted[word] === undefined && word !== "any key" && !roles[caller.role ?? ""]?.includes(word))
    return 403;
  if (caller.stale && provedAnew.has(operation)) return 403;
  if (cursor || at === "malformed") return 400;
  if (caller.refused === "deleted") return 401;
  if (caller.lacksFactor && word !== "self") return 403;
  if (caller.deactivated && !reads.test(operation) && operation !== "requestReactivation") return 403;
  if (word === "plans" && caller.at !== "P") return 403;
  if (where === "createAccount.body.customer.parentId" && !roles[caller.role ?? ""]?.includes("customers")) return 403;
  if (ofSellers.has(operation) && isCustomer(caller.at)) return 403;
  if (inBooks.test(where)) return at === caller.at ? "served" : 404;
  if (at === "none" || at === "wrong secret") return "served";
  // Another account of the same customer is another one to see.
  if (operation === "switchAccount") return at === caller.at || at === `${caller.at}/account` ? "served" : 404;
  // Of the account the quota alone.
  if (isAccount && place.startsWith("body.")) return 403;
  // What the request is about: what it names first, or else the caller's home.
  const isSubject = place.startsWith("params.");
  if (decidedAbove.has(operation) && !isSubject && home === caller.at) return 403;
  if (ofOneself.has(operation)) return caller.name === personAt.get(at) ? "served" : 404;
  const sees = (spot: Target["at"]): spot is Spot =>
    isSpot(spot) && (isAccount ? ofAccount(caller.at, spot) : isIn(caller.at, spot));
  if (fixed.has(where))
    return sees(at) && at === (operation === "updateCustomer" ? lineOf(home)[1] : home) ? "served" : "as unknown";
  if (withServer.has(operation)) {
    const isServer = place.endsWith("erverId");
    const [customer, server] = isServer ? [home, at] : [at, cloud.has(home) ? lineOf(home)[1] : home];
    if (!sees(customer)) return 404;
    if (cloud.has(customer) || customer === "X") return isServer ? "as unknown" : "served";
    if (server !== undefined && isSpot(server) && lineOf(customer).includes(server)) return "served";
    return isServer ? 404 : "404 in sight";
  }
  // The report of deletions stays where it was written; who has lost sight of the customer orders no purge.
  if (word !== "support" && operation === "getDeletion" && at === "M")
    return seesDeletionOfM(caller.at) ? "served" : 404;
  if (operation === "requestPurge" && at === "M" && !seesDeletionOfM(caller.at)) return 404;
  if (operation === "renewCredentials" && !cloud.has(home)) return 404;
  if (where === "putInvoiceConfig.body.pricePlanId" && lineOf(home)[1] !== caller.at) return 403;
  if (withPayer.has(operation) && isSubject) {
    if (!sees(at)) return 404;
    if (lineOf(at)[1] !== caller.at) return 403;
    return operation === "getInvoiceConfig" ? "404 in sight" : "served";
  }
  if (!sees(at)) return leftOut.has(where) ? "as unknown" : 404;
  if (where === "redeliver.params.id" && at === "X") return "served";
  if ((operation === "revokeEnrolmentKey" || operation === "redeliver") && at !== home) return "404 in sight";
  // Whoever merges deletes the customer that is emptied.
  if (
    operation === "mergeCustomer" &&
    !place.startsWith("body.accountIds") &&
    (isSubject ? home : at) === caller.at &&
    caller.at !== "P"
  )
    return 403;
  // Below a site stands nothing, whoever asks.
  if (soldTo.has(where) && isCustomer(caller.at)) return where.endsWith("parentId") && at === "S" ? "served" : 403;
  if (prices.has(operation) && (isCustomer(caller.at) || at === caller.at)) return 403;
  if (decidedAbove.has(operation) && isSubject && at === caller.at && at !== "P") return 403;
  if (operation === "correctUsage") return caller.at === "P" ? (at === "X" ? "served" : "404 in sight") : 403;
  return "served";
}
/** Whether something is of the account of a customer that logs in, and not of another one. */
const ofAccount = (at: Spot, spot: Spot): boolean => [at, `${at}/1`, `${at}/2`].includes(spot);
/** Whose session or passkey stands where. */
const personAt = new Map<Target["at"], string>([
  ["R/user", "admin user of R"],
  ["R2/user", "admin user of R2"],
]);
/** Who was above M, or M itself, when it still stood under R. */
const seesDeletionOfM = (at: Spot): boolean => list("M R A P").has(at);
const isSpot = (at: Target["at"]): at is Spot => !["unknown", "malformed", "none", "wrong secret"].includes(at);
