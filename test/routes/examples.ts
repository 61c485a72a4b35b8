import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { Secret, TOTP } from "otpauth";
import type { OperationId } from "../../functions/routes.ts";
import { hashMailed } from "../../shared/store/people/mailed-codes.ts";
import { taskKey, userKey } from "../../shared/store/table/keys.ts";
import type { Request, TestApi } from "../support/api.ts";
import { configBody, issuerBody, planBody, putInvoice, putLedgerDay } from "../support/books.ts";
import { passkeyExamples } from "./passkey-examples.ts";

/** What the requests of the examples work on: the branch of one reseller, and a branch beside it. */
export interface World {
  api: TestApi;
  resellerId: string;
  endCustomerId: string;
  /** What another reseller has, an id of each kind by its prefix. */
  foreign: Record<string, string>;
  /** A device of the reseller's branch, whose token operations of devices are tried with. */
  device: { id: string; customerId: string; token: string; setId: string };
  /** A storage server of the reseller's, whose token operations of servers are tried with. */
  server: { id: string; token: string };
  /** A key of the reseller's that nobody else uses, of another admin. */
  colleague: string;
  /** Somebody who has logged in, whose session operations for oneself are tried with: the last that an example has made. */
  person: Person;
  /** A name that no customer has. */
  freshName: () => string;
}

/** A user who has logged in. */
export interface Person {
  id: string;
  username: string;
  token: string;
  password: string;
}

/** A request that succeeds for an admin of the reseller (or the provider, see `providerOnly`); what it uses up is made anew each time. */
export type Example = (world: World) => Request | Promise<Request>;

const email = "office@example.com";
/** An end-customer of its own for each request. */
const fresh = async (
  { api, resellerId, freshName }: World,
  more: object = {},
): Promise<{ id: string; name: string; ref: string }> => {
  const ref = freshName();
  const body = { parentId: resellerId, name: freshName(), email, country: "DE", externalRef: ref, ...more };
  const { id, name } = await api.ok("createCustomer", { body });
  return { id, name, ref };
};
/** A customer that was deleted by the provider, so that no other credential's count of deletions is used up. */
export const deletedCustomer = async (
  { api }: Pick<World, "api">,
  { id, name }: { id: string; name: string },
): Promise<{ id: string; deletionId: string }> => {
  const { deletionId } = await api.ok("deleteCustomer", { params: { id }, query: { confirm: name } });
  return { id, deletionId };
};
/** A deletion that somebody has asked to purge. */
const requestedPurge = async (world: World): Promise<string> => {
  const { deletionId } = await deletedCustomer(world, await fresh(world));
  await world.api.ok(
    "requestPurge",
    { params: { id: deletionId }, body: { reason: "Ticket 4711" } },
    { token: world.colleague },
  );
  return deletionId;
};
const freshKey = async ({ api, endCustomerId, freshName }: World): Promise<string> => {
  const body = { customerId: endCustomerId, role: "viewer", name: freshName() };
  return (await api.ok("createApiKey", { body })).id;
};

/** A parent account of a customer of its own. */
export const freshAccount = async (
  { api, freshName }: Pick<World, "api" | "freshName">,
  parentId: string,
  more: object = {},
): Promise<{ id: string; username: string; customerId: string; contactId: string; detailsMailId: string | null }> => {
  const body = {
    customer: { parentId, name: freshName(), email, country: "DE" },
    plan: "select",
    username: freshName().replaceAll(" ", "."),
    password: "nobody guesses this one",
    ...more,
  };
  return api.ok("createAccount", { body });
};
export const freshService = async (
  { api, freshName }: Pick<World, "api" | "freshName">,
  customerId: string,
): Promise<string> => {
  const body = { customerId, name: freshName(), quantity: 3, unitPrice: { amount: 450, currency: "EUR" } };
  return (await api.ok("createService", { body })).id;
};
const asBooks = ({ colleague }: Pick<World, "colleague">) => ({ token: colleague });
const freshPricePlan = async (world: World): Promise<string> =>
  (await world.api.ok("createPricePlan", { body: planBody(world.freshName()) }, asBooks(world))).id;
const freshIssuer = async (world: World): Promise<void> => {
  await world.api.ok("putInvoiceIssuer", { body: issuerBody(world.freshName()) }, asBooks(world));
};
/** A customer of the reseller that is invoiced. */
const freshPayer = async (world: World): Promise<string> => {
  await freshIssuer(world);
  const { id } = await fresh(world);
  const body = configBody(await freshPricePlan(world));
  await world.api.ok("putInvoiceConfig", { params: { id }, body }, asBooks(world));
  return id;
};
const freshInvoice = (world: World, status: "draft" | "issued"): Promise<string> =>
  putInvoice(world.api, { issuerId: world.resellerId, payerId: world.endCustomerId, status });
const freshContact = async ({ api, endCustomerId, freshName }: World): Promise<string> =>
  (await api.ok("createContact", { body: { customerId: endCustomerId, name: freshName(), email } })).id;
/** A contact whose address has bounced. */
const suppressedContact = async (world: World): Promise<string> => {
  const { api, resellerId, freshName } = world;
  const address = `${freshName().replaceAll(" ", ".")}@example.com`;
  const contact = { name: "Bob", email: address };
  const account = await freshAccount(world, resellerId, { password: undefined, contact });
  const mail = { messageId: "1", tags: { mail: [account.detailsMailId] } };
  await api.invoke("functions/events/record-mail-events.ts", {
    "detail-type": "Email Bounced",
    detail: { mail, bounce: { bounceType: "Permanent" } },
  });
  return account.contactId;
};
const password = "nobody guesses this one";
/** A user of the reseller's, who has a password. */
export const freshUser = async (
  { api, resellerId, freshName }: Pick<World, "api" | "resellerId" | "freshName">,
  more: object = {},
): Promise<{ id: string; username: string; version: number }> => {
  const username = freshName().toLowerCase().replaceAll(" ", ".");
  const body = { customerId: resellerId, role: "admin", name: "Ann Example", email, username, password, ...more };
  return api.ok("createUser", { body });
};
/** The same, logged in, with a password of his own choice. */
export const freshPerson = async (world: Pick<World, "api" | "resellerId" | "freshName">): Promise<Person> => {
  const { api } = world;
  const { id, username } = await freshUser(world);
  const { token } = await api.ok("login", { body: { username, password } }, { token: null });
  const own = `${password}, not even friends`;
  await api.ok("changeOwnPassword", { body: { password, newPassword: own } }, { token });
  return { id, username, token, password: own };
};
/** Lets somebody else be the one who does things for himself from now on. */
const anotherPerson = async (world: World): Promise<Person> => {
  world.person = await freshPerson(world);
  return world.person;
};
/** Lets somebody who has logged in by an account be the one. */
const anotherAccount = async (world: World): Promise<Person> => {
  const { id, username } = await freshAccount(world, world.resellerId, { password });
  const { token } = await world.api.ok("login", { body: { username, password } }, { token: null });
  world.person = { id, username, token, password };
  return world.person;
};
/** The same, with an authenticator app. */
const personWithApp = async (world: World): Promise<Person> => {
  const person = await anotherPerson(world);
  const { token } = person;
  await world.api.ok("confirmTotp", { body: { code: await firstCode(world) } }, { token });
  return person;
};
/** The first code of an authenticator app that is being set up. */
const firstCode = async ({ api, person: { token } }: World): Promise<string> => {
  const { seed } = await api.ok("startTotp", {}, { token });
  return new TOTP({ secret: Secret.fromBase32(seed) }).generate({ timestamp: api.runtime.clock() });
};
/** A code that might have come by mail: it is written where a mail would have been sent. */
const mailedCode = async ({ api }: World, id: string, purpose: "invitation" | "passwordReset"): Promise<string> => {
  const secret = "s".repeat(43);
  const expiresAt = new Date(api.runtime.clock() + 3_600_000).toISOString();
  await api.table.documents.send(
    new UpdateCommand({
      TableName: api.table.tableName,
      Key: userKey(id),
      UpdateExpression: "SET #purpose = :code",
      ExpressionAttributeNames: { "#purpose": purpose },
      ExpressionAttributeValues: { ":code": { hash: hashMailed(secret), expiresAt } },
    }),
  );
  return `tc_${id.slice(4)}_${secret}`;
};
const freshPlan = async ({ api, freshName }: World): Promise<string> => {
  const code = freshName().toLowerCase().replaceAll(" ", "-");
  const body = { name: freshName(), rights: { openFileBackupOnServers: true, versioning: false } };
  await api.ok("putPlan", { params: { code }, body });
  return code;
};

const machine = (name: string) => ({
  machineId: name.replaceAll(" ", "-"),
  name,
  kind: "laptop",
  os: "Windows 11",
});
/** A device that has enrolled with the key of a customer of its own, and its token. */
export const freshDevice = async (
  { api, freshName }: Pick<World, "api" | "freshName">,
  parentId: string,
  { autoAuthorize = true } = {},
): Promise<{ id: string; name: string; token: string; accountId: string; customerId: string; setId: string }> => {
  const customer = { parentId, name: freshName(), email, country: "DE", autoAuthorize };
  const { id } = await api.ok("createCustomer", { body: customer });
  const key = await api.ok("createEnrolmentKey", { params: { id }, body: { name: freshName(), plan: "select" } });
  const { device, token } = await api.ok("enrol", { body: { enrolmentKey: key.token, ...machine(freshName()) } });
  const setId = autoAuthorize ? (await api.ok("createOwnBackupSet", { body: ownSet(freshName()) }, { token })).id : "";
  return { ...device, token, setId };
};
const ownSet = (name: string) => ({
  name,
  schedule: { days: ["monday", "friday"], at: "22:00" },
  selection: { include: ["C:\\Users"] },
  retention: { versions: 10 },
});
const freshEnrolmentKey = async ({ api, endCustomerId, freshName }: World): Promise<{ id: string; token: string }> =>
  api.ok("createEnrolmentKey", { params: { id: endCustomerId }, body: { name: freshName(), plan: "select" } });
const freshOwnSet = async ({ api, device, freshName }: World): Promise<{ id: string; name: string }> =>
  api.ok("createOwnBackupSet", { body: ownSet(freshName()) }, { token: device.token });

const subscriptionInput = (customerId: string) => ({
  customerId,
  kind: "watchlist",
  frequency: "weekly",
  weekday: 1,
  hour: 6,
  minute: 30,
  timezone: "Europe/Berlin",
  recipients: [{ email, name: "Ann" }],
});
export const freshSubscription = async ({ api }: Pick<World, "api">, customerId: string): Promise<string> =>
  String((await api.ok("createReportSubscription", { body: subscriptionInput(customerId) })).id);

/** An address on the Internet where nobody answers. */
const hook = "https://198.51.101.7/events";
/** An event handler of a customer that calls a webhook. */
export const freshHandler = async ({ api }: Pick<World, "api">, customerId: string): Promise<string> => {
  const body = { customerId, name: "Ticket system", action: { kind: "webhook", url: hook } };
  return String((await api.ok("createEventHandler", { body })).id);
};

/** A storage server of a customer, which nobody has chosen. */
export async function freshServer(
  { api, freshName }: Pick<World, "api" | "freshName">,
  customerId: string,
): Promise<{ id: string; name: string; token: string }> {
  const body = { customerId, name: freshName(), url: "https://198.51.101.7/vault", capacityBytes: 4_000_000_000_000 };
  const { server, token } = await api.ok("createStorageServer", { body });
  return { id: server.id, name: server.name, token };
}

/** A software-only customer that stores on one server, and another one that it may choose. */
async function movable(
  world: Pick<World, "api" | "freshName">,
  resellerId: string,
): Promise<{ customerId: string; toServerId: string }> {
  const { api, freshName } = world;
  const body = { parentId: resellerId, name: freshName(), email, country: "DE", serviceType: "software-only" };
  const { id: customerId } = await api.ok("createCustomer", { body });
  const [from, to] = [await freshServer(world, customerId), await freshServer(world, resellerId)];
  await api.ok("chooseStorageServer", { params: { id: customerId }, body: { storageServerId: from.id } });
  return { customerId, toServerId: to.id };
}
/** A seed migration that somebody has requested. */
export async function freshMigration(
  world: Pick<World, "api" | "freshName">,
  resellerId: string,
): Promise<{ id: string; customerId: string }> {
  const body = await movable(world, resellerId);
  const { id, customerId } = await world.api.ok("createSeedMigration", { body });
  return { id, customerId };
}
/** A customer below another, and a third one under which it may stand. */
async function mayMove(world: World): Promise<{ id: string; parentId: string }> {
  const [from, to] = [await fresh(world), await fresh(world)];
  const body = { parentId: from.id, name: world.freshName(), email, country: "DE" };
  const { id } = await world.api.ok("createCustomer", { body });
  return { id, parentId: to.id };
}
/** A task that nobody has begun: a site goes from one customer to another. */
export async function freshTask(
  { api, freshName }: Pick<World, "api" | "freshName">,
  resellerId: string,
  token: string,
): Promise<string> {
  const make = async (parentId: string): Promise<string> => {
    const body = { parentId, name: freshName(), email, country: "DE" };
    return String((await api.ok("createCustomer", { body })).id);
  };
  const [from, parentId] = [await make(resellerId), await make(resellerId)];
  const body = { ids: [await make(from)], parentId };
  return String((await api.ok("moveCustomers", { body }, { token })).id);
}

/** A task that has ended, by which an account has gone to another customer. */
async function endedTask(world: World): Promise<string> {
  const { api, resellerId, colleague } = world;
  const account = await freshAccount(world, resellerId);
  const body = { ids: [account.id], customerId: (await fresh(world)).id };
  const { id, customerId } = await api.ok("moveAccounts", { body }, { token: colleague });
  const { documents, tableName: TableName } = api.table;
  const Key = taskKey(String(customerId), String(id));
  const { Item } = await documents.send(new GetCommand({ TableName, Key }));
  const dynamodb = { SequenceNumber: "1", Keys: marshall(Key), NewImage: marshall(Item) };
  await api.invoke("functions/stream/run-tasks.ts", { Records: [{ eventName: "INSERT", dynamodb }] });
  return String(id);
}

/** A file of one customer, as the examples import it. */
const importFile = (name: string): string => `name,email,country\n${name},${email},DE\n`;

/** An import that waits for the second of its parts. */
export async function freshImport(
  { api, freshName }: Pick<World, "api" | "freshName">,
  customerId: string,
  token: string,
  parts = "2",
): Promise<string> {
  return String(
    (await api.ok("createImport", { query: { customerId, parts }, body: importFile(freshName()) }, { token })).id,
  );
}

/** An import that has ended. */
async function endedImport({ api, resellerId, colleague, freshName }: World): Promise<string> {
  const id = await freshImport({ api, freshName }, resellerId, colleague, "1");
  const { documents, tableName: TableName } = api.table;
  const found = await api.ok("getImport", { params: { id } }, { token: colleague });
  const Key = taskKey(resellerId, String(found.taskId));
  const { Item } = await documents.send(new GetCommand({ TableName, Key }));
  const dynamodb = { SequenceNumber: "1", Keys: marshall(Key), NewImage: marshall(Item) };
  await api.invoke("functions/stream/run-imports.ts", { Records: [{ eventName: "INSERT", dynamodb }] });
  return id;
}

/** Copies to a server of the reseller's, every Saturday night. */
const replicationOf = async (world: World): Promise<object> => ({
  enabled: true,
  storageServerId: (await freshServer(world, world.resellerId)).id,
  schedule: { frequency: "weekly", weekday: 6, at: "23:30" },
});

/** What stands in the link of a mail; no answer of the API has it. */
async function unsubscribeToken(world: World): Promise<string> {
  const { id: customerId } = await fresh(world);
  const id = await freshSubscription(world, customerId);
  const { documents, tableName: TableName } = world.api.table;
  const Key = { pk: customerId, sk: `subscription#${id}` };
  const { Item } = await documents.send(new GetCommand({ TableName, Key }));
  const [recipient] = (Item?.["recipients"] ?? []) as { token: string }[];
  return `tu_${id.slice(4)}_${String(recipient?.token)}`;
}

let estimates = 1_000;

/** Operations that only the provider's credentials may use. */
export const providerOnly: readonly OperationId[] = [
  "putPlan",
  "deletePlan",
  "changeStorageLocation",
  "approvePurge",
  "correctUsage",
];

/** One example for each operation. An operation without one does not compile. */
export const examples = {
  health: () => ({}),
  index: () => ({}),
  docs: () => ({}),
  referenceScript: () => ({}),
  llms: () => ({}),
  openapi: () => ({}),
  me: () => ({}),
  requestReactivation: () => ({}),
  getStorage: ({ endCustomerId }) => ({ params: { id: endCustomerId } }),
  getStorageStatement: ({ resellerId }) => ({ params: { id: resellerId }, query: { limit: "10" } }),
  moveCustomer: async (world) => {
    const { id, parentId } = await mayMove(world);
    return { params: { id }, body: { parentId } };
  },
  moveCustomers: async (world) => {
    const { id, parentId } = await mayMove(world);
    return { body: { ids: [id], parentId } };
  },
  moveAccounts: async (world) => {
    const { id } = await freshAccount(world, world.resellerId);
    return { body: { ids: [id], customerId: (await fresh(world)).id, plan: "basic" } };
  },
  moveDevices: async (world) => {
    const { id } = await freshDevice(world, world.resellerId);
    return { body: { ids: [id], accountId: (await freshAccount(world, world.resellerId)).id } };
  },
  mergeCustomer: async (world) => {
    const { customerId: fromCustomerId } = await freshAccount(world, world.resellerId);
    return { params: { id: (await fresh(world)).id }, body: { fromCustomerId, quotas: "sum" } };
  },
  splitCustomer: async (world) => {
    const { id, customerId } = await freshAccount(world, world.resellerId);
    const customer = { name: world.freshName(), email, country: "DE" };
    return { params: { id: customerId }, body: { accountIds: [id], customer } };
  },
  listTasks: async (world) => {
    await freshTask(world, world.resellerId, world.colleague);
    return { query: { customerId: world.resellerId, limit: "2" } };
  },
  getTask: async (world) => ({ params: { id: await freshTask(world, world.resellerId, world.colleague) } }),
  cancelTask: async (world) => ({ params: { id: await freshTask(world, world.resellerId, world.colleague) } }),
  undoTask: async (world) => ({ params: { id: await endedTask(world) } }),
  createImport: async (world) => ({
    query: { customerId: (await fresh(world)).id, parts: "2" },
    body: importFile(world.freshName()),
  }),
  putImportPart: async (world) => ({
    params: { id: await freshImport(world, world.resellerId, world.colleague), part: "2" },
    body: `${world.freshName()},${email},DE\n`,
  }),
  getImport: async (world) => ({ params: { id: await endedImport(world) } }),
  listImportRows: async (world) => ({ params: { id: await endedImport(world) }, query: { limit: "10" } }),
  exportImportRows: async (world) => ({ params: { id: await endedImport(world) }, query: { limit: "10" } }),
  createStorageServer: ({ resellerId, freshName }) => ({
    body: { customerId: resellerId, name: freshName(), url: "https://198.51.101.7/vault", capacityBytes: 4e12 },
  }),
  listStorageServers: ({ resellerId }) => ({ query: { customerId: resellerId, limit: "2" } }),
  getStorageServer: ({ server }) => ({ params: { id: server.id } }),
  updateStorageServer: async (world) => ({
    params: { id: (await freshServer(world, world.resellerId)).id },
    body: { capacityBytes: 8e12 },
  }),
  deleteStorageServer: async (world) => {
    const { id, name } = await freshServer(world, world.resellerId);
    return { params: { id }, query: { confirm: name } };
  },
  renewStorageServerToken: async (world) => ({
    params: { id: (await freshServer(world, world.resellerId)).id },
  }),
  checkInStorageServer: () => ({
    body: { usedBytes: 1_500_000_000_000 + (estimates += 1), softwareVersion: "3.1.0" },
  }),
  getStorageServerChoice: ({ endCustomerId }) => ({ params: { id: endCustomerId } }),
  chooseStorageServer: async (world) => {
    const { id: storageServerId } = await freshServer(world, world.resellerId);
    return { params: { id: (await fresh(world, { serviceType: "software-only" })).id }, body: { storageServerId } };
  },
  getReplication: async (world) => {
    const { id } = await fresh(world, { serviceType: "software-only" });
    await world.api.ok("putReplication", { params: { id }, body: await replicationOf(world) });
    return { params: { id } };
  },
  putReplication: async (world) => ({
    params: { id: (await fresh(world, { serviceType: "software-only" })).id },
    body: await replicationOf(world),
  }),
  createSeedMigration: async (world) => {
    const { customerId, toServerId } = await movable(world, world.resellerId);
    return { body: { customerId, toServerId, note: "Two disks, by courier" } };
  },
  listSeedMigrations: async (world) => {
    const { customerId } = await freshMigration(world, world.resellerId);
    return { query: { customerId, limit: "2" } };
  },
  getSeedMigration: async (world) => ({ params: { id: (await freshMigration(world, world.resellerId)).id } }),
  recordSeedMigrationStep: async (world) => ({
    params: { id: (await freshMigration(world, world.resellerId)).id },
    body: { state: "seeding", note: "Disk 1 of 2" },
  }),
  getOwnStorageServer: () => ({}),
  listStorageLocations: () => ({ query: { country: "NO" } }),
  createCustomer: ({ resellerId, freshName }) => ({
    body: { parentId: resellerId, name: freshName(), email, country: "CH", inTrial: true },
  }),
  upsertCustomer: async (world) => {
    const { ref } = await fresh(world);
    return {
      body: {
        parentId: world.resellerId,
        name: world.freshName(),
        email,
        country: "DE",
        externalRef: ref,
        space: { limitBytes: 1_000 },
      },
    };
  },
  listCustomers: ({ resellerId }) => ({ query: { parentId: resellerId } }),
  getCustomer: ({ endCustomerId }) => ({ params: { id: endCustomerId } }),
  updateCustomer: async (world) => ({
    params: { id: (await fresh(world)).id },
    body: { name: world.freshName(), city: "Bern", space: { limitBytes: 5_000_000 } },
  }),
  deleteCustomer: async (world) => {
    const { id, name } = await fresh(world);
    return { params: { id }, query: { confirm: name } };
  },
  restoreCustomer: async (world) => ({ params: { id: (await deletedCustomer(world, await fresh(world))).id } }),
  endTrial: async (world) => ({ params: { id: (await fresh(world, { inTrial: true })).id } }),
  extendTrial: async (world) => ({
    params: { id: (await fresh(world, { inTrial: true })).id },
    body: { endsAt: new Date(world.api.runtime.clock() + 40 * 86_400_000).toISOString() },
  }),
  getBatch: ({ resellerId, endCustomerId }) => ({ query: { ids: `${endCustomerId},${resellerId}` } }),
  getOverview: ({ resellerId }) => ({ params: { id: resellerId } }),
  getUsage: ({ resellerId }) => ({ params: { id: resellerId }, query: { from: "2025-11-20", to: "2025-12-02" } }),
  exportUsage: ({ resellerId }) => ({
    params: { id: resellerId },
    query: { from: "2025-11-01", to: "2025-12-02", unit: "month" },
  }),
  getCounts: ({ resellerId }) => ({ params: { id: resellerId } }),
  exportBranch: ({ resellerId }) => ({ params: { id: resellerId }, query: { limit: "3" } }),
  search: async (world) => {
    const { id, name } = await fresh(world);
    await world.api.invoke("functions/setup/rebuild-search.ts", { customerId: id });
    return { query: { q: name.toLowerCase() } };
  },
  listDescendants: ({ resellerId }) => ({ params: { id: resellerId }, query: { kind: "customer" } }),
  getWatchlist: ({ resellerId }) => ({ params: { id: resellerId } }),
  createReportSubscription: async (world) => ({ body: subscriptionInput((await fresh(world)).id) }),
  listReportSubscriptions: ({ resellerId }) => ({ query: { customerId: resellerId } }),
  getReportSubscription: async (world) => ({ params: { id: await freshSubscription(world, (await fresh(world)).id) } }),
  updateReportSubscription: async (world) => ({
    params: { id: await freshSubscription(world, (await fresh(world)).id) },
    body: { frequency: "daily", recipients: [{ email }, { email: "ben@example.com" }] },
  }),
  previewReport: async (world) => ({ params: { id: await freshSubscription(world, (await fresh(world)).id) } }),
  sendReport: async (world) => ({ params: { id: await freshSubscription(world, (await fresh(world)).id) } }),
  listDeliveries: async (world) => ({ params: { id: await freshSubscription(world, (await fresh(world)).id) } }),
  unsubscribePage: async (world) => ({ params: { token: await unsubscribeToken(world) } }),
  unsubscribe: async (world) => ({ params: { token: await unsubscribeToken(world) } }),
  deleteReportSubscription: async (world) => ({
    params: { id: await freshSubscription(world, (await fresh(world)).id) },
  }),
  createEventHandler: async (world) => ({
    body: {
      customerId: (await fresh(world)).id,
      name: "Ticket system",
      filter: { types: ["DeviceSuspended", "ThresholdCrossed"], thresholds: 90 },
      action: { kind: "webhook", url: hook },
    },
  }),
  listEvents: ({ resellerId }) => ({ query: { customerId: resellerId, types: "CustomerCreated,CustomerDeleted" } }),
  listEventHandlers: ({ resellerId }) => ({ query: { customerId: resellerId } }),
  getEventHandler: async (world) => ({ params: { id: await freshHandler(world, (await fresh(world)).id) } }),
  updateEventHandler: async (world) => ({
    params: { id: await freshHandler(world, (await fresh(world)).id) },
    body: { filter: { types: null }, action: { url: `${hook}/2` } },
  }),
  rotateHandlerSecret: async (world) => ({
    params: { id: await freshHandler(world, (await fresh(world)).id) },
    body: { overlapHours: 48 },
  }),
  testEventHandler: async (world) => ({ params: { id: await freshHandler(world, (await fresh(world)).id) } }),
  listHandlerDeliveries: async (world) => {
    const id = await freshHandler(world, (await fresh(world)).id);
    await world.api.ok("testEventHandler", { params: { id } });
    return { params: { id } };
  },
  redeliver: async (world) => {
    const id = await freshHandler(world, (await fresh(world)).id);
    return { params: { id, deliveryId: (await world.api.ok("testEventHandler", { params: { id } })).id } };
  },
  deleteEventHandler: async (world) => ({ params: { id: await freshHandler(world, (await fresh(world)).id) } }),
  listDeletions: ({ resellerId }) => ({ params: { id: resellerId } }),
  getDeletion: async (world) => ({ params: { id: (await deletedCustomer(world, await fresh(world))).deletionId } }),
  requestPurge: async (world) => ({
    params: { id: (await deletedCustomer(world, await fresh(world))).deletionId },
    body: { reason: "Ticket 4711" },
  }),
  approvePurge: async (world) => ({ params: { id: await requestedPurge(world) } }),
  activateCustomer: async (world) => {
    const { id } = await fresh(world);
    await world.api.ok("deactivateCustomer", { params: { id } });
    return { params: { id } };
  },
  deactivateCustomer: async (world) => ({ params: { id: (await fresh(world)).id } }),
  getTree: ({ resellerId }) => ({ params: { id: resellerId }, query: { depth: "2" } }),
  getSettings: ({ resellerId }) => ({ params: { id: resellerId } }),
  updateSettings: async (world) => ({
    params: { id: (await fresh(world)).id },
    body: { throttle: { mode: "own", enabled: true, bytesPerSecond: 1_000_000 } },
  }),
  getAllocations: ({ resellerId }) => ({ params: { id: resellerId }, query: { limit: "200" } }),
  updateAllocations: async (world) => {
    const { id, customerId } = await freshAccount(world, world.resellerId);
    return {
      params: { id: customerId },
      body: {
        changes: [
          { id: customerId, version: 1, space: { limitBytes: 5_000 }, licences: { limit: 3 }, deviceLimit: 4 },
          { id, hardQuotaBytes: 5_000 },
        ],
      },
    };
  },
  getEffectiveSettings: ({ endCustomerId }) => ({ params: { id: endCustomerId } }),
  changeStorageLocation: async (world) => ({
    params: { id: (await fresh(world)).id },
    body: { storageLocation: "CH", reason: "Ticket 4711: the customer has moved." },
  }),
  listLog: ({ resellerId }) => ({ params: { id: resellerId } }),
  listAccessLog: async ({ api, resellerId, freshName }) => {
    const viewer = await api.ok("createApiKey", {
      body: { customerId: resellerId, role: "viewer", name: freshName() },
    });
    await api.call("listApiKeys", {}, { token: viewer.token });
    return { params: { id: resellerId } };
  },
  exportLog: ({ resellerId }) => ({ params: { id: resellerId }, query: { limit: "20" } }),
  createApiKey: ({ endCustomerId, freshName }) => ({
    body: { customerId: endCustomerId, role: "operator", name: freshName(), expiresAt: "2999-01-01T00:00:00.000Z" },
  }),
  listApiKeys: ({ resellerId }) => ({ query: { customerId: resellerId } }),
  getApiKey: async (world) => ({ params: { id: await freshKey(world) } }),
  rotateApiKey: async (world) => ({ params: { id: await freshKey(world) }, body: { overlapHours: 2 } }),
  revokeApiKey: async (world) => ({ params: { id: await freshKey(world) } }),
  createAccount: async (world) => ({
    body: {
      customerId: (await fresh(world)).id,
      plan: "select",
      username: world.freshName().replaceAll(" ", "."),
      contact: { name: "Ann", email },
      userQuotaBytes: 1_000_000,
    },
  }),
  upsertAccount: async (world) => {
    const externalRef = world.freshName();
    const { customerId, username } = await freshAccount(world, world.resellerId, { externalRef });
    return { body: { customerId, externalRef, username, hardQuotaBytes: 5_000 } };
  },
  listAccounts: ({ endCustomerId }) => ({ query: { customerId: endCustomerId } }),
  getAccount: async (world) => ({ params: { id: (await freshAccount(world, world.resellerId)).id } }),
  updateAccount: async (world) => ({
    params: { id: (await freshAccount(world, world.resellerId)).id },
    body: { plan: "basic", username: world.freshName().replaceAll(" ", "_"), hardQuotaBytes: 5_000 },
  }),
  deleteAccount: async (world) => {
    const { id, username } = await freshAccount(world, world.resellerId);
    return { params: { id }, query: { confirm: username } };
  },
  restoreAccount: async (world) => {
    const { id, username } = await freshAccount(world, world.resellerId);
    await world.api.ok("deleteAccount", { params: { id }, query: { confirm: username } });
    return { params: { id } };
  },
  resetPassword: async (world) => ({ params: { id: (await freshAccount(world, world.resellerId)).id }, body: {} }),
  previewDetailsOfAccount: async (world) => ({ params: { id: (await freshAccount(world, world.resellerId)).id } }),
  sendDetailsOfAccount: async (world) => ({ params: { id: (await freshAccount(world, world.resellerId)).id } }),
  previewAccountDetails: async (world) => ({
    params: { id: (await freshAccount(world, world.resellerId)).customerId },
  }),
  sendAccountDetails: async (world) => ({ params: { id: (await freshAccount(world, world.resellerId)).customerId } }),
  createContact: ({ endCustomerId, freshName }) => ({
    body: { customerId: endCustomerId, name: freshName(), email, phone: "+49 30 1234", locale: "de" },
  }),
  listContacts: ({ endCustomerId }) => ({ query: { customerId: endCustomerId } }),
  getContact: async (world) => ({ params: { id: await freshContact(world) } }),
  updateContact: async (world) => ({ params: { id: await freshContact(world) }, body: { email: "new@example.com" } }),
  deleteContact: async (world) => ({ params: { id: await freshContact(world) } }),
  releaseContact: async (world) => {
    const id = await suppressedContact(world);
    return { params: { id } };
  },
  listPlans: () => ({}),
  putPlan: async (world) => ({
    params: { code: await freshPlan(world) },
    body: { name: world.freshName(), rights: { openFileBackupOnServers: false, versioning: true }, hardQuotaBytes: 7 },
  }),
  deletePlan: async (world) => ({ params: { code: await freshPlan(world) } }),
  listPricePlans: () => ({}),
  createPricePlan: ({ freshName }) => ({ body: planBody(freshName()) }),
  getPricePlan: async (world) => ({ params: { id: await freshPricePlan(world) } }),
  putPricePlan: async (world) => {
    const body = planBody(world.freshName());
    const later = { ...body.versions[0], validFrom: "2999-01-01" };
    return { params: { id: await freshPricePlan(world) }, body: { ...body, versions: [...body.versions, later] } };
  },
  getInvoiceIssuer: async (world) => {
    await freshIssuer(world);
    return {};
  },
  putInvoiceIssuer: ({ freshName }) => ({ body: issuerBody(freshName()) }),
  listInvoiceConfigs: () => ({}),
  getInvoiceConfig: async (world) => ({ params: { id: await freshPayer(world) } }),
  putInvoiceConfig: async (world) => {
    const [id, pricePlanId] = [await freshPayer(world), await freshPricePlan(world)];
    return { params: { id }, body: configBody(pricePlanId) };
  },
  correctUsage: async (world) => {
    const { id } = await fresh(world);
    await putLedgerDay(world.api, id, "2025-11-03");
    return { params: { id }, body: { day: "2025-11-03", usedBytes: 500, reason: "Ticket 4711" } };
  },
  listInvoices: async (world) => {
    await freshInvoice(world, "issued");
    return { query: { from: "2025-10", to: "2025-12" } };
  },
  getInvoiceTotals: async (world) => {
    await freshInvoice(world, "issued");
    return { query: { from: "2025-10", to: "2025-12" } };
  },
  exportInvoices: () => ({ query: { from: "2025-10", to: "2025-12" } }),
  exportInvoiceReport: () => ({ query: { from: "2025-10", to: "2025-12", language: "de" } }),
  exportInvoiceReportPdf: () => ({ query: { from: "2025-10", to: "2025-12", language: "de" } }),
  runInvoices: async (world) => {
    await freshIssuer(world);
    return { body: { month: "2025-11" } };
  },
  previewInvoice: async (world) => ({ params: { id: await freshPayer(world) }, query: { month: "2025-11" } }),
  getInvoice: async (world) => ({ params: { id: await freshInvoice(world, "issued") } }),
  listInvoiceLines: async (world) => ({ params: { id: await freshInvoice(world, "draft") } }),
  exportInvoicePdf: async (world) => ({ params: { id: await freshInvoice(world, "issued") } }),
  exportInvoiceHtml: async (world) => ({ params: { id: await freshInvoice(world, "issued") } }),
  exportInvoiceCsv: async (world) => ({ params: { id: await freshInvoice(world, "issued") } }),
  exportInvoiceXml: async (world) => ({
    params: { id: await freshInvoice(world, "issued") },
    query: { syntax: "UBL" },
  }),
  issueInvoice: async (world) => {
    await freshIssuer(world);
    return { params: { id: await freshInvoice(world, "draft") } };
  },
  payInvoice: async (world) => ({
    params: { id: await freshInvoice(world, "issued") },
    body: { paidOn: "2025-12-10" },
  }),
  voidInvoice: async (world) => {
    await freshIssuer(world);
    return { params: { id: await freshInvoice(world, "issued") }, body: { reason: "Ticket 4711" } };
  },
  mailInvoice: async (world) => ({ params: { id: await freshInvoice(world, "issued") } }),
  createService: ({ endCustomerId, freshName }) => ({
    body: { customerId: endCustomerId, name: freshName(), unitPrice: { amount: 1999, currency: "CHF" } },
  }),
  listServices: ({ endCustomerId }) => ({ query: { customerId: endCustomerId } }),
  getService: async (world) => ({ params: { id: await freshService(world, world.endCustomerId) } }),
  updateService: async (world) => ({
    params: { id: await freshService(world, world.endCustomerId) },
    body: { quantity: 4 },
  }),
  deleteService: async (world) => ({ params: { id: await freshService(world, world.endCustomerId) } }),
  getMail: async (world) => {
    const { detailsMailId } = await freshAccount(world, world.resellerId, { password: undefined });
    return { params: { id: String(detailsMailId) } };
  },
  createUser: ({ endCustomerId, freshName }) => ({
    body: {
      customerId: endCustomerId,
      role: "viewer",
      name: "Ann Example",
      email,
      username: freshName().toLowerCase().replaceAll(" ", "."),
    },
  }),
  listUsers: ({ resellerId }) => ({ query: { customerId: resellerId } }),
  getUser: async (world) => ({ params: { id: (await freshUser(world)).id } }),
  updateUser: async (world) => ({ params: { id: (await freshUser(world)).id }, body: { role: "viewer" } }),
  deleteUser: async (world) => ({ params: { id: (await freshUser(world)).id } }),
  inviteUser: async (world) => ({ params: { id: (await freshUser(world, { password: undefined })).id } }),
  resetSecondFactor: async (world) => ({ params: { id: (await freshUser(world)).id } }),
  listUserSessions: ({ person }) => ({ params: { id: person.id } }),
  endUserSessions: async (world) => ({ params: { id: (await freshUser(world)).id } }),
  login: async (world) => ({ body: { username: (await freshUser(world)).username, password } }),
  logout: async (world) => {
    await anotherPerson(world);
    return {};
  },
  listSessions: async (world) => {
    await anotherPerson(world);
    return {};
  },
  endSession: async (world) => {
    const { api } = world;
    const { username, password: own, token } = await anotherPerson(world);
    await api.ok("login", { body: { username, password: own } }, { token: null });
    const { items } = await api.ok("listSessions", {}, { token });
    return { params: { id: items.at(-1).id } };
  },
  listOwnAccounts: async (world) => {
    await anotherAccount(world);
    return {};
  },
  switchAccount: async (world) => {
    const { id } = await anotherAccount(world);
    const username = world.freshName().replaceAll(" ", ".");
    const contact = { name: "Bob", email };
    const sub = await world.api.ok("createAccount", { body: { parentAccountId: id, username, password, contact } });
    return { body: { accountId: sub.id } };
  },
  changeOwnPassword: async (world) => {
    const { password: old } = await anotherPerson(world);
    return { body: { password: old, newPassword: `${old}, nor colleagues` } };
  },
  prove: async (world) => ({ body: { password: (await anotherPerson(world)).password } }),
  startTotp: async (world) => {
    await anotherPerson(world);
    return {};
  },
  confirmTotp: async (world) => {
    await anotherPerson(world);
    return { body: { code: await firstCode(world) } };
  },
  renewRecoveryCodes: async (world) => {
    await personWithApp(world);
    return {};
  },
  removeTotp: async (world) => {
    await personWithApp(world);
    return {};
  },
  ...(Object.fromEntries(
    Object.entries(passkeyExamples).map(([id, make]) => [
      id,
      async (world: World) => {
        await anotherPerson(world);
        return make(world);
      },
    ]),
  ) as Record<keyof typeof passkeyExamples, Example>),
  requestPasswordReset: async (world) => ({ body: { username: (await freshUser(world)).username } }),
  completePasswordReset: async (world) => ({
    body: {
      code: await mailedCode(world, (await freshUser(world)).id, "passwordReset"),
      newPassword: `${password}, nor colleagues`,
    },
  }),
  acceptInvitation: async (world) => {
    const { id } = await freshUser(world, { password: undefined });
    return { body: { code: await mailedCode(world, id, "invitation"), password } };
  },
  changePassword: async (world) => {
    const { username } = await freshAccount(world, world.resellerId);
    return { body: { username, password: "nobody guesses this one", newPassword: "nor will they guess that" } };
  },
  createDevice: async (world) => ({
    body: { accountId: (await freshAccount(world, world.resellerId)).id, ...machine(world.freshName()) },
  }),
  upsertDevice: async (world) => {
    const { id: accountId } = await freshAccount(world, world.resellerId);
    const body = { accountId, externalRef: world.freshName(), ...machine(world.freshName()) };
    await world.api.ok("createDevice", { body });
    return { body: { ...body, name: world.freshName() } };
  },
  listDevices: ({ endCustomerId }) => ({ query: { customerId: endCustomerId, attention: "true" } }),
  getDevice: async (world) => ({ params: { id: (await freshDevice(world, world.resellerId)).id } }),
  updateDevice: async (world) => ({
    params: { id: (await freshDevice(world, world.resellerId)).id },
    body: { name: world.freshName(), throttle: { mode: "own", enabled: true, bytesPerSecond: 1_000 } },
  }),
  deleteDevice: async (world) => {
    const { id, name } = await freshDevice(world, world.resellerId);
    return { params: { id }, query: { confirm: name } };
  },
  restoreDevice: async (world) => {
    const { id, name } = await freshDevice(world, world.resellerId);
    await world.api.ok("deleteDevice", { params: { id }, query: { confirm: name } });
    return { params: { id } };
  },
  activateDevice: async (world) => {
    const { id } = await freshDevice(world, world.resellerId);
    await world.api.ok("deactivateDevice", { params: { id } });
    return { params: { id } };
  },
  deactivateDevice: async (world) => ({ params: { id: (await freshDevice(world, world.resellerId)).id } }),
  approveDevice: async (world) => ({
    params: { id: (await freshDevice(world, world.resellerId, { autoAuthorize: false })).id },
    body: {},
  }),
  resolveIdentity: async (world) => {
    const { api, resellerId } = world;
    const { id, customerId, token } = await freshDevice(world, resellerId);
    const { machineId, name, kind, os } = await api.ok("getDevice", { params: { id } });
    const key = await api.ok("createEnrolmentKey", {
      params: { id: customerId },
      body: { name: world.freshName(), plan: "select" },
    });
    await api.ok(
      "enrol",
      { body: { enrolmentKey: key.token, machineId, name: `${name} copy`, kind, os } },
      { token: null },
    );
    await api.call("listOwnBackupSets", {}, { token });
    return { params: { id }, body: { keep: "both" } };
  },
  replaceDevice: async (world) => {
    const { api, resellerId } = world;
    const { id, customerId } = await freshDevice(world, resellerId);
    const { name, kind, os } = await api.ok("getDevice", { params: { id } });
    const key = await api.ok("createEnrolmentKey", {
      params: { id: customerId },
      body: { name: world.freshName(), plan: "select" },
    });
    const machineId = world.freshName().replaceAll(" ", "-");
    const newer = await api.ok(
      "enrol",
      { body: { enrolmentKey: key.token, machineId, name, kind, os } },
      { token: null },
    );
    return { params: { id }, body: { by: newer.device.id } };
  },
  explainAdmission: ({ device }) => ({ params: { id: device.id }, query: { estimatedBytes: "1000" } }),
  getDeviceEffectiveSettings: ({ device }) => ({ params: { id: device.id }, query: { at: "2026-03-28T14:05:00Z" } }),
  giveRestoreAccess: async (world) => {
    const { id: accountId } = await anotherAccount(world);
    const { api } = world;
    const machine = { machineId: world.freshName().replaceAll(" ", "-"), name: "PC-7", kind: "laptop", os: "Linux" };
    const { username, password: own } = world.person;
    const { device, token } = await api.ok("enrol", { body: { username, password: own, ...machine } }, { token: null });
    if (device.state === "pending") await api.ok("approveDevice", { params: { id: device.id }, body: { accountId } });
    const { grant } = await api.ok("authorizeBackup", { body: {} }, { token });
    return { params: { id: device.id }, body: { prefixes: [grant.prefix] } };
  },
  listDeviceJobs: ({ device }) => ({ params: { id: device.id }, query: { type: "backup" } }),
  createBackupSet: ({ device, freshName }) => ({ body: { deviceId: device.id, ...ownSet(freshName()) } }),
  listBackupSets: async (world) => ({ query: { deviceId: (await freshDevice(world, world.resellerId)).id } }),
  getBackupSet: ({ device }) => ({ params: { id: device.setId } }),
  updateBackupSet: async (world) => ({
    params: { id: (await freshOwnSet(world)).id },
    body: { name: world.freshName() },
  }),
  deleteBackupSet: async (world) => {
    const { id, name } = await freshOwnSet(world);
    return { params: { id }, query: { confirm: name } };
  },
  moveBackupSet: async (world) => {
    const set = await freshOwnSet(world);
    const { accountId } = await world.api.ok("getDevice", { params: { id: world.device.id } });
    const machine = { machineId: world.freshName().replaceAll(" ", "-"), name: "PC-9", kind: "laptop", os: "Linux" };
    const { id: deviceId } = await world.api.ok("createDevice", { body: { accountId, ...machine } });
    return { params: { id: set.id }, body: { deviceId } };
  },
  listSetJobs: ({ device }) => ({ params: { id: device.setId } }),
  getSetReport: ({ device }) => ({ params: { id: device.setId } }),
  getSetReportCsv: ({ device }) => ({ params: { id: device.setId } }),
  createEnrolmentKey: async (world) => ({
    params: { id: (await fresh(world)).id },
    body: { name: world.freshName(), plan: "select", maxUses: 5, expiresAt: "2999-01-01T00:00:00.000Z" },
  }),
  listEnrolmentKeys: ({ endCustomerId }) => ({ params: { id: endCustomerId } }),
  revokeEnrolmentKey: async (world) => ({
    params: { id: world.endCustomerId, keyId: (await freshEnrolmentKey(world)).id },
  }),
  enrol: async (world) => ({
    body: { enrolmentKey: (await freshEnrolmentKey(world)).token, ...machine(world.freshName()) },
  }),
  authorizeBackup: ({ device }) => ({ body: { estimatedBytes: (estimates += 1), backupSetId: device.setId } }),
  renewCredentials: async ({ api, device }) => {
    const { grant } = await api.ok("authorizeBackup", { body: {} }, { token: device.token });
    return { params: { id: grant.id }, body: { prefixes: [grant.prefix] } };
  },
  reportJob: ({ device, freshName }) => ({
    body: {
      jobId: freshName().replaceAll(" ", "-"),
      backupSetId: device.setId,
      type: "backup",
      status: "succeeded",
      startedAt: "2026-01-01T00:00:00.000Z",
      endedAt: "2026-01-01T01:00:00.000Z",
      bytes: 1_000,
      files: 3,
      errors: [],
    },
  }),
  reportUsage: ({ api }) => ({
    body: { usedBytes: 5_000, measuredAt: new Date(api.runtime.clock() - 1).toISOString() },
  }),
  listOwnBackupSets: () => ({}),
  createOwnBackupSet: ({ freshName }) => ({ body: ownSet(freshName()) }),
  updateOwnBackupSet: async (world) => ({ params: { id: (await freshOwnSet(world)).id }, body: { schedule: null } }),
  deleteOwnBackupSet: async (world) => {
    const { id, name } = await freshOwnSet(world);
    return { params: { id }, query: { confirm: name } };
  },
} satisfies Record<OperationId, Example>;
