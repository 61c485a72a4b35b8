/** An area of the console, and the operation that it begins with: who is not served by it has no such tab. */
export interface Area {
  path: string;
  reads: string;
  /** Where the request names the customer that is looked at. Default: `params.id`. */
  place?: string;
  /** Only at this page, or at the one of whoever looks. */
  at?: "provider" | "customer" | "own";
}

export const areas: readonly Area[] = [
  { path: "overview", reads: "getOverview" },
  { path: "customers", reads: "listCustomers", place: "query.parentId" },
  { path: "devices", reads: "listDevices", place: "query.customerId" },
  { path: "accounts", reads: "listAccounts", place: "query.customerId" },
  { path: "contacts", reads: "listContacts", place: "query.customerId", at: "customer" },
  { path: "watchlist", reads: "getWatchlist" },
  { path: "trials", reads: "listCustomers", place: "query.parentId" },
  { path: "enrolment", reads: "listEnrolmentKeys", place: "query.customerId" },
  { path: "details", reads: "getCustomer" },
  { path: "allocations", reads: "getAllocations" },
  { path: "settings", reads: "getSettings" },
  { path: "move", reads: "moveDevices", place: "body.accountId" },
  { path: "deletions", reads: "listDeletions" },
  { path: "usage", reads: "getUsage" },
  { path: "services", reads: "listServices", place: "query.customerId" },
  { path: "billing", reads: "getInvoiceConfig", at: "customer" },
  { path: "invoices", reads: "listInvoices", place: "query.payerId", at: "own" },
  { path: "prices", reads: "listPricePlans", place: "query.limit", at: "own" },
  { path: "plans", reads: "putPlan", place: "params.code", at: "provider" },
  { path: "storage", reads: "getStorage" },
  { path: "tasks", reads: "listTasks", place: "query.customerId" },
  { path: "imports", reads: "listTasks", place: "query.customerId" },
  { path: "users", reads: "listUsers", place: "query.customerId" },
  { path: "keys", reads: "listApiKeys", place: "query.customerId" },
  { path: "reports", reads: "listReportSubscriptions", place: "query.customerId" },
  { path: "handlers", reads: "listEventHandlers", place: "query.customerId" },
  { path: "log", reads: "listLog" },
];

/** What changes something in an area, and the operation that it begins: the permission matrix says who is offered it. */
export interface Offer {
  area: string;
  /** What is pressed or filled in. */
  control: { role: "button" | "link" | "textbox" | "checkbox" | "radio" | "combobox" | "file"; name: RegExp };
  operation: string;
  /** Where the request names the customer that is looked at; else one below it. */
  place: string;
  /** Only at these: the reseller's page or the customer's. */
  at?: "reseller" | "customer";
  /** At a customer's page it is the customer itself that is changed, elsewhere one below it. */
  itself?: true;
}

const button = (name: RegExp) => ({ role: "button", name }) as const;
const link = (name: RegExp) => ({ role: "link", name }) as const;

export const offers: readonly Offer[] = [
  { area: "customers", control: link(/^Add customer$/), operation: "createCustomer", place: "body.parentId" },
  {
    area: "devices",
    control: { role: "checkbox", name: /^Select EMPFANG-1$/ },
    operation: "deactivateDevice",
    place: "params.id",
  },
  { area: "accounts", control: link(/^Add account$/), operation: "createAccount", place: "body.parentAccountId" },
  {
    area: "contacts",
    control: button(/^Add contact$/),
    operation: "createContact",
    place: "body.customerId",
    at: "customer",
  },
  {
    area: "trials",
    control: button(/^Extend: Praxis Linde$/),
    operation: "extendTrial",
    place: "params.id",
    at: "reseller",
  },
  { area: "enrolment", control: button(/^Create key$/), operation: "createEnrolmentKey", place: "body.customerId" },
  {
    area: "details",
    control: { role: "textbox", name: /^Phone$/ },
    operation: "updateCustomer",
    place: "params.id",
    itself: true,
  },
  {
    area: "details",
    control: button(/^Deactivate$/),
    operation: "deactivateCustomer",
    place: "params.id",
    itself: true,
  },
  { area: "details", control: button(/^Delete …$/), operation: "deleteCustomer", place: "params.id", itself: true },
  {
    area: "allocations",
    control: { role: "textbox", name: /^Licences: Autohaus Berger$/ },
    operation: "updateAllocations",
    place: "params.id",
    at: "reseller",
  },
  {
    area: "settings",
    control: { role: "radio", name: /^Own$/ },
    operation: "updateSettings",
    place: "params.id",
    itself: true,
  },
  {
    area: "move",
    control: { role: "combobox", name: /^What to do$/ },
    operation: "moveDevices",
    place: "body.accountId",
  },
  {
    area: "services",
    control: button(/^Add service$/),
    operation: "createService",
    place: "body.customerId",
    at: "customer",
  },
  { area: "prices", control: button(/^New price plan$/), operation: "createPricePlan", place: "body.name" },
  {
    area: "storage",
    control: button(/^Register server$/),
    operation: "createStorageServer",
    place: "body.customerId",
    at: "reseller",
  },
  {
    area: "storage",
    control: button(/^Change storage location$/),
    operation: "changeStorageLocation",
    place: "params.id",
    at: "customer",
  },
  {
    area: "imports",
    control: { role: "file", name: /^Choose a file/ },
    operation: "createImport",
    place: "query.customerId",
  },
  { area: "users", control: button(/^Add user$/), operation: "createUser", place: "body.customerId" },
  { area: "keys", control: button(/^Create key$/), operation: "createApiKey", place: "body.customerId" },
  {
    area: "reports",
    control: button(/^Subscribe to a report$/),
    operation: "createReportSubscription",
    place: "body.customerId",
  },
  { area: "handlers", control: button(/^Add handler$/), operation: "createEventHandler", place: "body.customerId" },
];
