import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Request } from "../support/api.ts";
import { type Reply, startTestApi, type TestApi } from "../support/api.ts";
import type { OperationId } from "../../functions/routes.ts";
import { accountComplaints } from "../model/account-invariants.ts";
import { complaints, customersIn, dump, lone, partitions } from "../model/invariants.ts";
import { LogItem } from "../../shared/store/access/log-items.ts";
import { type Fault, faults, type Injector, installInjector } from "./faults.ts";

// What a hash costs has no part in this: thousands of accounts are made.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

let api: TestApi;
let injector: Injector;
let distributor: string;
let reseller: string;
let serial = 0;
beforeAll(async () => {
  api = await startTestApi();
  injector = installInjector(api);
  distributor = (await create("Faulty distributor", api.provider.id, { level: "distributor", ...allotted(2 ** 40) }))
    .id;
  reseller = (await create("Faulty reseller", distributor, { level: "reseller" })).id;
  const deletion = { customersPerHour: 10_000 };
  await api.ok("updateSettings", { params: { id: api.provider.id }, body: { deletion } });
});

const allotted = (limitBytes: number) => ({ space: { limitBytes } });
const bodyOf = (name: string, parentId: string, more: object) => ({
  name,
  parentId,
  email: "a@example.com",
  country: "DE",
  ...more,
});
const create = (name: string, parentId: string, more: object = {}) =>
  api.ok("createCustomer", { body: bodyOf(name, parentId, more) });
const nextName = (): string => `Case ${(serial += 1)}`;

/** One change as a case of its own: what it needs is made before, and its effect is looked up afterwards. */
interface Subject {
  operation: OperationId;
  request: Request;
  /** How often the change has taken effect: anything but 0 or 1 is wrong, and half an effect throws. */
  effects: () => Promise<number>;
  /** What a repetition without an idempotency key answers once the change has taken effect. */
  repeated: { status: number; code?: string };
  /**
   * The calls to the table that it takes beside the usual ones. What happens to its reads is tried in part: all changes read by the same
   * means.
   */
  more?: string[];
  /** Another credential than the provider's. */
  token?: string | null;
}

const parentCommits = async (id: string): Promise<number> =>
  Number((await lone(api.table, [id]))[0]?.["spaceCommitted"]);
const logged = async (pk: string, nodeId: string, type: string): Promise<number> => {
  const month = new Date(api.runtime.clock()).toISOString().slice(0, 7);
  const items = await partitions(api.table, [`LOG#${pk}#${month}`]);
  const entries = items.map((item) => LogItem.parse(item).entry);
  return entries.filter((entry) => entry.node.id === nodeId && entry.type === type).length;
};
const contact = { name: "Ann", email: "ann@example.com" };
let sellers = 0;
let latest: Promise<string> | undefined;
/** A reseller that few cases share, so that its log stays short. */
const seller = (): Promise<string> => {
  if (sellers % 30 === 0) latest = create(nextName(), distributor, { level: "reseller" }).then(({ id }) => String(id));
  sellers += 1;
  return latest ?? Promise.reject(new Error("There is no reseller."));
};
/** A parent account with a contact, of a customer of its own. */
const account = async (name: string, sellerId: string) => {
  const { id: customerId } = await create(name, sellerId);
  const body = {
    customerId,
    plan: "select",
    username: name.replace(" ", "."),
    password: "nobody guesses this one",
    contact,
  };
  return api.ok("createAccount", { body });
};
const oneOf = (effects: readonly number[]): number => {
  const [first = 0] = effects;
  expect(effects, "an effect in part").toEqual(effects.map(() => first));
  return first;
};

const subjects: Record<string, () => Promise<Subject>> = {
  async "createCustomer of a reseller with its Default Customer and an allotment"() {
    const name = nextName();
    const before = await parentCommits(distributor);
    return {
      operation: "createCustomer",
      request: { body: bodyOf(name, distributor, { level: "reseller", externalRef: name, ...allotted(1000) }) },
      async effects() {
        const lower = name.toLowerCase();
        const names = [`NAME#${lower}`, `NAME#default customer (${lower})`, `REF#${distributor}#${name}`];
        const guards = await lone(api.table, names);
        const [id] = guards.filter(({ pk }) => pk === names[0]).map(({ customerId }) => String(customerId));
        const own = id === undefined ? [] : await partitions(api.table, [id]);
        return oneOf([
          guards.length / 3,
          ((await parentCommits(distributor)) - before) / 1000,
          own.filter(({ kind }) => kind === "customer").length,
          own.filter(({ sk }) => sk.startsWith("customer#")).length,
          id === undefined ? 0 : await logged(id, id, "CustomerCreated"),
        ]);
      },
      repeated: { status: 409, code: "external_ref_taken" },
    };
  },
  async "createCustomer of an end-customer"() {
    const name = nextName();
    return {
      operation: "createCustomer",
      request: { body: bodyOf(name, reseller, { inTrial: true }) },
      async effects() {
        const guards = await lone(api.table, [`NAME#${name.toLowerCase()}`]);
        const [id] = guards.map(({ customerId }) => String(customerId));
        const own = id === undefined ? [] : await partitions(api.table, [id]);
        return oneOf([
          guards.length,
          // Its record, the end of its trial, and the notice before that.
          own.length / 3,
          id === undefined ? 0 : await logged(reseller, id, "CustomerCreated"),
        ]);
      },
      repeated: { status: 409, code: "name_taken" },
    };
  },
  async updateCustomer() {
    const name = nextName();
    const { id } = await create(name, distributor, { level: "sub-distributor", externalRef: name, ...allotted(500) });
    const before = await parentCommits(distributor);
    return {
      operation: "updateCustomer",
      request: { params: { id }, body: { name: `${name} renamed`, externalRef: `${name} renamed`, ...allotted(700) } },
      async effects() {
        const lower = name.toLowerCase();
        const guards = await lone(api.table, [`NAME#${lower}`, `NAME#${lower} renamed`]);
        const refs = await lone(api.table, [`REF#${distributor}#${name}`, `REF#${distributor}#${name} renamed`]);
        expect([guards.length, refs.length]).toEqual([1, 1]);
        const [record] = await lone(api.table, [id]);
        return oneOf([
          Number(record?.["version"]) - 1,
          guards.filter(({ pk }) => pk.endsWith("renamed")).length,
          refs.filter(({ pk }) => pk.endsWith("renamed")).length,
          ((await parentCommits(distributor)) - before) / 200,
          (Number(record?.["spaceFree"]) - 500) / 200,
          await logged(id, id, "CustomerUpdated"),
        ]);
      },
      repeated: { status: 200 },
    };
  },
  async deleteCustomer() {
    const name = nextName();
    const { id } = await create(name, distributor, { level: "sub-distributor" });
    return {
      operation: "deleteCustomer",
      request: { params: { id }, query: { confirm: name } },
      async effects() {
        const own = await partitions(api.table, [id]);
        const record = own.find(({ kind }) => kind === "customer");
        return oneOf([
          Number(record?.["version"]) - 1,
          record?.["deletedAt"] === undefined ? 0 : 1,
          own.filter(({ kind }) => kind === "timer").length,
          await logged(id, id, "CustomerDeleted"),
        ]);
      },
      repeated: { status: 409, code: "customer_deleted" },
      // How many customers the credential has deleted within the hour.
      more: ["BatchGetItemCommand"],
    };
  },
  async restoreCustomer() {
    const name = nextName();
    const { id } = await create(name, distributor, { level: "sub-distributor", licences: { limit: 3 } });
    const committed = async () => Number((await lone(api.table, [distributor]))[0]?.["licenceCommitted"]);
    await api.ok("deleteCustomer", { params: { id }, query: { confirm: name } });
    const before = await committed();
    const [deleted] = await lone(api.table, [id]);
    return {
      operation: "restoreCustomer",
      request: { params: { id } },
      async effects() {
        const own = await partitions(api.table, [id]);
        const record = own.find(({ kind }) => kind === "customer");
        const [deletion] = await lone(api.table, [`DELETION#${String(deleted?.["deletionId"])}`]);
        return oneOf([
          Number(record?.["version"]) - 2,
          record?.["deletedAt"] === undefined ? 1 : 0,
          1 - own.filter(({ kind }) => kind === "timer").length,
          ((await committed()) - before) / 3,
          deletion?.["state"] === "restored" ? 1 : 0,
          await logged(id, id, "CustomerRestored"),
        ]);
      },
      repeated: { status: 200 },
      more: [],
    };
  },
  async endTrial() {
    const name = nextName();
    const { id } = await create(name, await seller(), {
      inTrial: true,
      email: `${name.replace(" ", ".")}@example.com`,
    });
    return {
      operation: "endTrial",
      request: { params: { id } },
      async effects() {
        const own = await partitions(api.table, [id]);
        const record = own.find(({ kind }) => kind === "customer");
        return oneOf([
          Number(record?.["version"]) - 1,
          record?.["productionSince"] === undefined ? 0 : 1,
          (2 - own.filter(({ kind }) => kind === "timer").length) / 2,
          await logged(String(record?.["parentId"]), id, "TrialEnded"),
        ]);
      },
      repeated: { status: 422, code: "not_applicable" },
      // What is known of the addresses of customer and seller.
      more: ["BatchGetItemCommand"],
    };
  },
  async createApiKey() {
    const name = nextName();
    const { id } = await create(name, distributor, { level: "sub-distributor" });
    const expiresAt = new Date(api.runtime.clock() + 86_400_000).toISOString();
    return {
      operation: "createApiKey",
      request: { body: { customerId: id, role: "viewer", name, expiresAt } },
      async effects() {
        const links = (await partitions(api.table, [id])).filter(({ kind }) => kind === "key-link");
        const keys = links.map((link) => `KEY#${link["id"]}`);
        return oneOf([
          links.length,
          (await lone(api.table, keys)).length,
          (await partitions(api.table, keys)).filter(({ kind }) => kind === "timer").length,
          ...(links[0] ? [await logged(id, String(links[0]["id"]), "ApiKeyCreated")] : []),
        ]);
      },
      // Nothing but an idempotency key can tell a second key from the first one asked for again.
      repeated: { status: 201 },
    };
  },
  async "createAccount of a new customer with a temporary password"() {
    const [name, sellerId] = [nextName(), await seller()];
    const username = name.replace(" ", ".");
    return {
      operation: "createAccount",
      request: { body: { customer: bodyOf(name, sellerId, {}), plan: "select", username } },
      async effects() {
        const guards = await lone(api.table, [`NAME#${name.toLowerCase()}`, `LOGIN#${username.toLowerCase()}`]);
        const login = guards.find(({ kind }) => kind === "login");
        const [customerId, accountId] = [String(login?.["customerId"]), String(login?.["accountId"])];
        const own = login ? await partitions(api.table, [customerId]) : [];
        const of = (kind: string) => own.filter((item) => item["kind"] === kind);
        const [made, madeContact] = [of("account")[0], of("contact")[0]];
        const pointers = login ? await lone(api.table, [`ID#${accountId}`, `ID#${String(madeContact?.["id"])}`]) : [];
        const mails = made ? await lone(api.table, [`MAIL#${String(made["detailsMailId"])}`]) : [];
        return oneOf([
          guards.length / 2,
          of("customer").length,
          of("account").length,
          of("contact").length,
          Number(madeContact?.["accountCount"] ?? 0),
          of("contact-use").length,
          of("plan-account").length,
          pointers.length / 2,
          mails.filter(({ sealedSecret }) => sealedSecret !== undefined).length,
          login ? await logged(sellerId, customerId, "CustomerCreated") : 0,
          login ? await logged(sellerId, accountId, "AccountCreated") : 0,
        ]);
      },
      repeated: { status: 409, code: "login_taken" },
      more: ["BatchGetItemCommand", "BatchGetItemCommand", "QueryCommand"],
    };
  },
  async "updateAccount of plan, user name and contact"() {
    const [name, sellerId] = [nextName(), await seller()];
    const { id, customerId, username, contactId } = await account(name, sellerId);
    const next = (await api.ok("createContact", { body: { customerId, ...contact } })).id;
    const body = { plan: "basic", username: `${username}.renamed`, contactId: next };
    return {
      operation: "updateAccount",
      request: { params: { id }, body },
      async effects() {
        const lower = username.toLowerCase();
        const logins = await lone(api.table, [`LOGIN#${lower}`, `LOGIN#${lower}.renamed`]);
        const own = await partitions(api.table, [customerId]);
        const [pointer] = await lone(api.table, [`ID#${id}`]);
        const plans = own.filter(({ kind }) => kind === "plan-account").map(({ sk }) => sk);
        const uses = own.filter(({ kind }) => kind === "contact-use").map(({ sk }) => sk);
        expect([logins.length, plans.length, uses.length]).toEqual([1, 1, 1]);
        const counted = (contactOf: string) =>
          Number(own.find(({ sk }) => sk === `contact#${contactOf}`)?.["accountCount"]);
        const record = own.find(({ kind }) => kind === "account");
        return oneOf([
          Number(record?.["version"]) - 1,
          record?.["plan"] === "basic" ? 1 : 0,
          logins.filter(({ pk }) => pk.endsWith("renamed")).length,
          plans.filter((sk) => sk === "plan-account#basic").length,
          uses.filter((sk) => sk === `use#${next}#${id}`).length,
          counted(next),
          1 - counted(contactId),
          pointer?.["contactId"] === next ? 1 : 0,
          await logged(sellerId, id, "AccountUpdated"),
        ]);
      },
      repeated: { status: 200 },
      more: ["BatchGetItemCommand", "BatchGetItemCommand", "QueryCommand"],
    };
  },
  async deleteContact() {
    const sellerId = await seller();
    const { id: customerId } = await create(nextName(), sellerId);
    const { id } = await api.ok("createContact", { body: { customerId, ...contact } });
    return {
      operation: "deleteContact",
      request: { params: { id } },
      async effects() {
        const left = (await partitions(api.table, [customerId])).filter(({ kind }) => kind === "contact");
        return oneOf([
          1 - left.length,
          1 - (await lone(api.table, [`ID#${id}`])).length,
          await logged(sellerId, id, "ContactDeleted"),
        ]);
      },
      repeated: { status: 404, code: "not_found" },
      more: ["BatchGetItemCommand"],
    };
  },
};

/** A reseller with a number of licences and devices, and customers with a key each: one whose computers begin at once, one whose wait. */
interface Fleet {
  sellerId: string;
  begins: { id: string; keyId: string; token: string };
  waits: { id: string; keyId: string; token: string };
}
let fleet: Promise<Fleet> | undefined;
/** Customers that the cases of one test share: each case reads all that stands in them. */
const fleetOf = (): Promise<Fleet> =>
  (fleet ??= (async () => {
    const more = { level: "reseller", licences: { limit: 1_000 }, deviceLimit: 1_000 };
    const { id: sellerId } = await create(nextName(), distributor, more);
    const withKey = async (autoAuthorize: boolean) => {
      const { id } = await create(nextName(), sellerId, { autoAuthorize });
      const body = { name: "Key", plan: "select" };
      const key = await api.ok("createEnrolmentKey", { params: { id }, body });
      return { id: String(id), keyId: String(key.id), token: String(key.token) };
    };
    const [begins, waits] = [await withKey(true), await withKey(false)];
    // The first device of a customer brings its first account, which takes other calls than those that follow.
    await enrolled(begins.token);
    const { body } = await api.call("enrol", { body: enrolment(waits.token) });
    await api.ok("approveDevice", { params: { id: body.device.id }, body: {} });
    return { sellerId, begins, waits };
  })());
const enrolment = (enrolmentKey: string) => {
  const name = nextName().replace(" ", "-");
  return { enrolmentKey, machineId: name, name, kind: "laptop", os: "Linux" };
};
const enrolled = async (enrolmentKey: string) => {
  const { device, token } = await api.ok("enrol", { body: enrolment(enrolmentKey) });
  return {
    id: String(device.id),
    name: String(device.name),
    accountId: String(device.accountId),
    token: String(token),
  };
};
/** What a customer and its reseller count, to be compared with what they did before. */
const counters = async (customerId: string, sellerId: string): Promise<Record<string, number>> => {
  const found = await lone(api.table, [customerId, sellerId]);
  const read = (pk: string, name: string) => Number(found.find((item) => item.pk === pk)?.[name] ?? 0);
  return {
    devices: read(customerId, "deviceCount"),
    devicesAbove: read(sellerId, "deviceDrawn"),
    devicesFreeAbove: read(sellerId, "deviceFree"),
    used: read(customerId, "licencesUsed"),
    toDate: read(customerId, "licencesUsedToDate"),
    drawn: read(customerId, "licenceDrawn"),
    drawnAbove: read(sellerId, "licenceDrawn"),
    freeAbove: read(sellerId, "licenceFree"),
  };
};
/** What stands in a customer's partition of a device and of the account that it was given, and where else they stand. */
async function tracesOf(customerId: string, holds: (device: Record<string, unknown>) => boolean) {
  const own = await partitions(api.table, [customerId]);
  const devices = own.filter((item) => item["kind"] === "device" && holds(item));
  expect(devices.length).toBeLessThanOrEqual(1);
  const [device] = devices;
  const [id, accountId] = [String(device?.["id"]), String(device?.["accountId"])];
  const account = own.find(({ sk }) => sk === `account#/${accountId}`);
  const [pointer, accountPointer] = await Promise.all(
    [id, accountId].map(async (of) => (await lone(api.table, [`ID#${of}`]))[0]),
  );
  const login = await lone(api.table, [`LOGIN#${String(account?.["username"]).toLowerCase()}`]);
  return {
    device,
    id,
    accountId,
    pointer,
    account: [
      account ? 1 : 0,
      account?.["deviceCount"] === 1 ? 1 : 0,
      accountPointer ? 1 : 0,
      login.length,
      own.filter(({ sk }) => sk.startsWith("use#") && sk.endsWith(`#${accountId}`)).length,
    ],
    links: own
      .filter((item) => item["kind"] === "device-link" && item["id"] === id)
      .map(({ sk }) => sk)
      .toSorted(),
    machines: own.filter((item) => item["kind"] === "machine" && item["deviceId"] === id),
  };
}

/** Changes of devices and by them. Each is many writes in several partitions. */
const deviceSubjects: Record<string, () => Promise<Subject>> = {
  async "enrol by a key, with an account of its own"() {
    const { sellerId, begins } = await fleetOf();
    const body = enrolment(begins.token);
    const usesOf = async () => Number((await lone(api.table, [`KEY#${begins.keyId}`]))[0]?.["uses"]);
    const [before, usesBefore] = [await counters(begins.id, sellerId), await usesOf()];
    return {
      operation: "enrol",
      request: { body },
      token: null,
      async effects() {
        const after = await counters(begins.id, sellerId);
        const traces = await tracesOf(begins.id, ({ machineId }) => machineId === body.machineId);
        const { device, id, accountId, pointer, links, machines } = traces;
        return oneOf([
          device ? 1 : 0,
          links.filter((sk) => sk.startsWith("device-state#")).length,
          links.filter((sk) => sk.startsWith("device-name#")).length,
          machines.length,
          pointer?.["tokenHash"] === undefined ? 0 : 1,
          ...traces.account,
          Number(after["devices"]) - Number(before["devices"]),
          Number(after["devicesAbove"]) - Number(before["devicesAbove"]),
          Number(before["devicesFreeAbove"]) - Number(after["devicesFreeAbove"]),
          (await usesOf()) - usesBefore,
          await logged(sellerId, id, "DeviceEnrolled"),
          await logged(sellerId, accountId, "AccountCreated"),
        ]);
      },
      repeated: { status: 200 },
    };
  },
  async "approveDevice, with an account of its own"() {
    const { sellerId, waits } = await fleetOf();
    const { id } = await enrolled(waits.token);
    const before = await counters(waits.id, sellerId);
    return {
      operation: "approveDevice",
      request: { params: { id }, body: {} },
      async effects() {
        const after = await counters(waits.id, sellerId);
        const traces = await tracesOf(waits.id, (item) => item["id"] === id);
        const { device, accountId, pointer, links, machines } = traces;
        expect([device?.["id"], machines.length]).toEqual([id, 1]);
        return oneOf([
          device?.["state"] === "active" ? 1 : 0,
          device?.sk === `device#/${accountId}/${id}` ? 1 : 0,
          links.length === 2 && links[0]?.endsWith(`#${id}/${accountId}`) ? 1 : 0,
          links[1] === `device-state#active#/${accountId}/${id}` ? 1 : 0,
          pointer?.["accountId"] === accountId ? 1 : 0,
          machines[0]?.["accountId"] === accountId ? 1 : 0,
          ...traces.account,
          Number(after["devices"]) - Number(before["devices"]),
          Number(after["devicesAbove"]) - Number(before["devicesAbove"]),
          await logged(sellerId, id, "DeviceApproved"),
        ]);
      },
      repeated: { status: 409, code: "device_not_pending" },
    };
  },
  async "enrol under the name of another computer"() {
    const { sellerId, begins } = await fleetOf();
    const known = await enrolled(begins.token);
    const body = { ...enrolment(begins.token), name: known.name };
    return {
      operation: "enrol",
      request: { body },
      token: null,
      async effects() {
        const traces = await tracesOf(begins.id, ({ machineId }) => machineId === body.machineId);
        const older = await tracesOf(begins.id, ({ id }) => id === known.id);
        const [attention] = (older.device?.["attention"] ?? []) as Record<string, unknown>[];
        return oneOf([
          traces.device ? 1 : 0,
          attention?.["code"] === "possible_duplicate" && attention["deviceId"] === traces.id ? 1 : 0,
          older.links.filter((sk) => sk.startsWith("device-attention#")).length,
          await logged(sellerId, known.id, "DevicePossibleDuplicate"),
        ]);
      },
      repeated: { status: 200 },
    };
  },
  async "replaceDevice by a device of another account"() {
    const { sellerId, begins } = await fleetOf();
    const [older, newer] = [await enrolled(begins.token), await enrolled(begins.token)];
    for (const { token } of [older, newer]) await api.ok("authorizeBackup", { body: {} }, { token });
    const input = { name: "Set", selection: { include: ["/home"] } };
    const sets = await Promise.all(
      [older, newer].map(({ token }) => api.ok("createOwnBackupSet", { body: input }, { token })),
    );
    const before = await counters(begins.id, sellerId);
    return {
      operation: "replaceDevice",
      request: { params: { id: older.id }, body: { by: newer.id } },
      async effects() {
        const after = await counters(begins.id, sellerId);
        const shrunk = (counter: string) => Number(before[counter]) - Number(after[counter]);
        const gone = await tracesOf(begins.id, ({ id }) => id === older.id);
        const stays = await tracesOf(begins.id, ({ id }) => id === newer.id);
        const own = await partitions(api.table, [begins.id]);
        const place = `${older.accountId}/${newer.id}`;
        expect(own.filter(({ kind, id }) => kind === "set" && sets.some((set) => set.id === id))).toHaveLength(2);
        const emptied = own.find(({ sk }) => sk === `account#/${newer.accountId}`);
        return oneOf([
          gone.device?.["replacedBy"] === newer.id ? 1 : 0,
          gone.links.join() === `device-state#deleted#/${older.accountId}/${older.id}` ? 1 : 0,
          1 - gone.machines.length,
          stays.device?.sk === `device#/${place}` ? 1 : 0,
          stays.links[1] === `device-state#active#/${place}` ? 1 : 0,
          stays.machines[0]?.["accountId"] === older.accountId ? 1 : 0,
          stays.pointer?.["accountId"] === older.accountId ? 1 : 0,
          1 - Number(emptied?.["deviceCount"]),
          ...sets.map(({ id }) => own.filter(({ sk }) => sk === `set#/${place}/${id}`).length),
          shrunk("devices"),
          shrunk("devicesAbove"),
          shrunk("used"),
          shrunk("drawnAbove"),
          await logged(sellerId, older.id, "DeviceReplaced"),
        ]);
      },
      repeated: { status: 200 },
    };
  },
  async "authorizeBackup that draws a licence"() {
    const { sellerId, begins } = await fleetOf();
    const { id, token } = await enrolled(begins.token);
    const before = await counters(begins.id, sellerId);
    return {
      operation: "authorizeBackup",
      request: { body: { estimatedBytes: 5 } },
      token,
      async effects() {
        const after = await counters(begins.id, sellerId);
        const grown = (name: string) => Number(after[name]) - Number(before[name]);
        const { device } = await tracesOf(begins.id, (item) => item["id"] === id);
        return oneOf([
          device?.["licensed"] === true ? 1 : 0,
          grown("used"),
          grown("toDate"),
          grown("drawn"),
          grown("drawnAbove"),
          Number(before["freeAbove"]) - Number(after["freeAbove"]),
          await logged(sellerId, id, "LicenceDrawn"),
        ]);
      },
      repeated: { status: 200 },
    };
  },
  async "deleteDevice that holds a licence"() {
    const { sellerId, begins } = await fleetOf();
    const { id, name, accountId, token } = await enrolled(begins.token);
    await api.ok("authorizeBackup", { body: {} }, { token });
    const before = await counters(begins.id, sellerId);
    return {
      operation: "deleteDevice",
      request: { params: { id }, query: { confirm: name } },
      async effects() {
        const after = await counters(begins.id, sellerId);
        const shrunk = (counter: string) => Number(before[counter]) - Number(after[counter]);
        const { device, links, machines, account } = await tracesOf(begins.id, (item) => item["id"] === id);
        return oneOf([
          device?.["state"] === "deleted" ? 1 : 0,
          device?.["licensed"] === false ? 1 : 0,
          links.join() === `device-state#deleted#/${accountId}/${id}` ? 1 : 0,
          1 - machines.length,
          1 - Number(account[1]),
          shrunk("devices"),
          shrunk("devicesAbove"),
          Number(after["devicesFreeAbove"]) - Number(before["devicesFreeAbove"]),
          shrunk("used"),
          shrunk("drawn"),
          shrunk("drawnAbove"),
          Number(after["freeAbove"]) - Number(before["freeAbove"]),
          await logged(sellerId, id, "DeviceDeleted"),
        ]);
      },
      repeated: { status: 200 },
    };
  },
};

const send = ({ operation, request, token }: Subject, key?: string): Promise<Reply> =>
  api.call(operation, request, {
    ...(token !== undefined && { token }),
    ...(key !== undefined && { headers: { "idempotency-key": key } }),
  });

/** A request that failed says so in a way that invites a retry, and never as a fault of ours. */
function polite(reply: Reply, what: string): void {
  const said = `${what}: ${reply.status} ${JSON.stringify(reply.body)}`;
  if (reply.status < 300) return;
  expect([409, 503], said).toContain(reply.status);
  expect(["conflict", "unavailable"], said).toContain(reply.body.code);
  expect(reply.headers["retry-after"], said).toMatch(/^\d+$/);
}

/** Each request renews the lease of its credential's rate, so that this call is among those that fail. */
const nextMinute = (): void => api.advance(60_000);

async function callsOf(make: () => Promise<Subject>, key?: string): Promise<string[]> {
  const subject = await make();
  nextMinute();
  injector.watch();
  expect((await send(subject, key)).status).toBeLessThan(300);
  return injector.calls();
}

/** The changes that are tried: all in the long run, every thirtieth one in the usual run, since they share their ways through the store. */
const some = (of: Record<string, () => Promise<Subject>>) =>
  Object.entries(of).filter((_, nth) => everyOne || nth % 30 === 0);

/** Whether all cases are tried. The usual run takes those that tell most, and of the others every sixtieth with an idempotency key. */
const everyOne = process.env["FAULTS"] === "all";
/** Of the many cases those that tell most: an answer that is lost, a change that fails for good, a read that does. */
const isTelling = ({ when, name }: Fault, call: string | undefined, times: number): boolean =>
  call === "TransactWriteItemsCommand"
    ? (times === 1) === (when === "after" || name === "TransactionConflict")
    : times === 1
      ? when === "partial"
      : name === "InternalServerError before";

const inPart = new Set(["InternalServerError before", "time-out after", "partial batch"]);
/** Every fault at every call; `brief`: of those that happen to reads only some, once and for good. `share`: one of so many that tell less. */
async function everyCase(
  calls: readonly string[],
  brief: boolean,
  share: number,
  run: (fault: Fault, nth: number, times: number, what: string) => Promise<void>,
): Promise<number> {
  let [cases, others] = [0, 0];
  for (const [index, call] of calls.entries())
    for (const fault of faults.filter(({ at }) => at.includes(call)))
      for (const times of [1, 2, Infinity]) {
        if (brief && (times === 2 || (call !== "TransactWriteItemsCommand" && !inPart.has(fault.name)))) continue;
        if (!everyOne && !isTelling(fault, call, times) && (others += 1) % share !== 0) continue;
        await run(fault, index + 1, times, `${fault.name}, ${times} times from call ${index + 1} (${call}) on`);
        cases += 1;
      }
  return cases;
}

async function nothingIsAmiss(): Promise<void> {
  const items = await dump(api.table);
  expect(complaints(items, { whole: true })).toEqual([]);
  expect(accountComplaints(items)).toEqual([]);
  const parents = new Set(customersIn(items).map(({ id }) => id));
  expect(parents.has(distributor)).toBe(true);
}

describe.each(some(subjects))("%s", (_, make) => {
  test(
    "with an idempotency key: one effect, and the first answer again, whatever fails",
    { timeout: 600_000 },
    async () => {
      const calls = await callsOf(make, nextName().replace(" ", "-"));
      const { more } = await make();
      const usual = ["BatchGetItemCommand", "BatchGetItemCommand", "TransactWriteItemsCommand", "UpdateItemCommand"];
      expect(calls.toSorted()).toEqual([...usual, ...(more ?? [])].sort());
      const cases = await everyCase(calls, more !== undefined, 60, async (fault, nth, times, what) => {
        const key = nextName().replace(" ", "-");
        const subject = await make();
        nextMinute();
        await injector.arm(fault, nth, times);
        const first = await send(subject, key);
        injector.disarm();
        expect(injector.happened(), what).toBeGreaterThan(0);
        polite(first, what);
        // What fails once is mended without the caller hearing of it.
        if (times === 1) expect(first.status, `${what}: ${JSON.stringify(first.body)}`).toBeLessThan(300);
        const effects = await subject.effects();
        if (first.status < 300) expect(effects, what).toBe(1);
        else expect([0, 1], what).toContain(effects);

        const second = await send(subject, key);
        expect(second.status, what).toBe(subject.operation.startsWith("create") ? 201 : 200);
        expect(second.headers["idempotency-replayed"], what).toBe(effects === 1 ? "true" : undefined);
        if (first.status < 300) expect(second.body, what).toEqual(first.body);
        const third = await send(subject, key);
        expect(third.body, what).toEqual(second.body);
        expect(third.headers["idempotency-replayed"], what).toBe("true");
        expect(third.headers["etag"], what).toBe(second.headers["etag"]);
        expect(await subject.effects(), what).toBe(1);
      });
      expect(cases).toBeGreaterThan((more === undefined ? 80 : 39) * (everyOne ? 1 : 0.25));
      await nothingIsAmiss();
    },
  );

  test("without an idempotency key: at most one effect of each request", { timeout: 600_000 }, async () => {
    const { more } = await make();
    await everyCase(await callsOf(make), more !== undefined, Infinity, async (fault, nth, times, what) => {
      const subject = await make();
      nextMinute();
      await injector.arm(fault, nth, times);
      const first = await send(subject);
      injector.disarm();
      polite(first, what);
      if (times === 1) expect(first.status, `${what}: ${JSON.stringify(first.body)}`).toBeLessThan(300);
      const effects = await subject.effects();
      if (first.status < 300) expect(effects, what).toBe(1);
      else expect([0, 1], what).toContain(effects);

      const second = await send(subject);
      if (effects === 0) expect(second.status, what).toBe(subject.operation.startsWith("create") ? 201 : 200);
      else expect({ status: second.status, code: second.body.code }, what).toMatchObject(subject.repeated);
      if (subject.operation !== "createApiKey") expect(await subject.effects(), what).toBe(1);
    });
    await nothingIsAmiss();
  });

  test("a process that dies at any call leaves no half change, and its retry is answered", async () => {
    const calls = await callsOf(make);
    for (const [index, call] of calls.entries()) {
      // The lease of the credential's rate is memory of the process, which would have gone with it.
      if (call === "UpdateItemCommand") continue;
      const key = nextName().replace(" ", "-");
      const subject = await make();
      nextMinute();
      await injector.arm({ name: "death", at: [call], when: "never answers" }, index + 1, 1);
      void send(subject, key);
      await injector.struck();
      injector.disarm();
      expect(await subject.effects()).toBe(call === "TransactWriteItemsCommand" ? 1 : 0);
      const [second, third] = [await send(subject, key), await send(subject, key)];
      expect(second.status).toBeLessThan(300);
      expect(third.body).toEqual(second.body);
      expect(await subject.effects()).toBe(1);
    }
    await nothingIsAmiss();
  });
});

describe.each(some(deviceSubjects))("%s", (_, make) => {
  beforeEach(() => {
    fleet = undefined;
  });

  test(
    "has at most one effect, and none by half, whatever fails; sent again it has one",
    { timeout: 600_000 },
    async () => {
      const calls = await callsOf(make);
      const cases = await everyCase(calls, true, Infinity, async (fault, nth, times, what) => {
        const subject = await make();
        nextMinute();
        await injector.arm(fault, nth, times);
        const first = await send(subject);
        injector.disarm();
        expect(injector.happened(), what).toBeGreaterThan(0);
        polite(first, what);
        if (times === 1) expect(first.status, `${what}: ${JSON.stringify(first.body)}`).toBeLessThan(300);
        const effects = await subject.effects();
        if (first.status < 300) expect(effects, what).toBe(1);
        else expect([0, 1], what).toContain(effects);

        const second = await send(subject);
        if (effects === 0) expect(second.status, what).toBeLessThan(300);
        else expect({ status: second.status, code: second.body.code }, what).toMatchObject(subject.repeated);
        expect(await subject.effects(), what).toBe(1);
      });
      expect(cases).toBeGreaterThan(15);
    },
  );

  test("of a process that dies at any call is whole or not there", { timeout: 60_000 }, async () => {
    const calls = await callsOf(make);
    for (const [index, call] of calls.entries()) {
      if (call === "UpdateItemCommand") continue;
      const subject = await make();
      nextMinute();
      // Nothing that the process does beside the call, or after it, is answered either.
      await injector.arm({ name: "death", at: [...new Set(calls)], when: "never answers" }, index + 1, Infinity);
      void send(subject);
      await injector.struck();
      expect(await subject.effects()).toBe(call === "TransactWriteItemsCommand" ? 1 : 0);
      injector.disarm();
      await send(subject);
      expect(await subject.effects()).toBe(1);
    }
  });
});

test("nothing is amiss after all that happened to devices", nothingIsAmiss);
