import { createHash } from "node:crypto";
import type { Item } from "./invariants.ts";
import { normalised } from "./model.ts";

/** What something that a customer holds has in its item, as this file reads it. */
interface Held extends Item {
  id: string;
  customerId: string;
}
interface StoredDevice extends Held {
  accountId?: string;
  name: string;
  machineId: string;
  state: "pending" | "active" | "suspended" | "deleted";
  licensed?: boolean;
  everLicensed?: boolean;
  usedBytes?: number;
  setCount?: number;
  attention?: { code: string; since: string }[];
  foreignData?: { customerId: string; deviceIds: string[]; vaults: { location: string }[] }[];
  deletedAt?: string;
  purgeAt?: string;
  externalRef?: string;
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const at = ({ pk, sk }: { pk: string; sk: string }): string => `${pk} ${sk}`;
const foreignOf = ({ foreignData = [] }: StoredDevice) => foreignData;
/** The vaults of customers in which devices have left data, each by the customer and the id under which they lie. */
const keptBy = (device: StoredDevice): string[] =>
  foreignOf(device).flatMap(({ customerId, deviceIds }) => deviceIds.map((id) => `KEPT#${customerId} ${id}`));

/** Items that a device implies beside its own, each with what must stand in it. */
function impliedBy(device: StoredDevice, parentAccountId: unknown): Item[] {
  const { id, customerId, accountId, name, machineId, state, attention = [], deletedAt, purgeAt } = device;
  const { externalRef } = device;
  const path = `/${accountId ?? "-"}/${id}`;
  const hash = createHash("sha256").update(normalised(name)).digest("base64url").slice(0, 22);
  const lives = deletedAt === undefined;
  const links = [
    `device-state#${state}#${path}`,
    ...(lives && attention.length > 0 ? [`device-attention#${path}`] : []),
    ...(lives ? attention.map(({ code, since }) => `device-reason#${code}#${since}#${id}`) : []),
    ...(lives ? [`device-name#${hash}#${id}/${accountId ?? "-"}`] : []),
  ];
  return [
    { pk: `ID#${id}`, sk: "@", customerId, accountId, parentAccountId },
    ...links.map((sk) => ({ pk: customerId, sk, id, accountId })),
    ...(lives ? [{ pk: customerId, sk: `machine#${machineId}`, deviceId: id, accountId }] : []),
    ...(purgeAt === undefined ? [] : [{ pk: `ID#${id}`, sk: "timer#device-purge", at: purgeAt }]),
    ...(externalRef === undefined || accountId === undefined
      ? []
      : [{ pk: `DEVICE-REF#${accountId}#${externalRef}`, sk: "@", deviceId: id }]),
    ...keptBy(device).map((place) => {
      const [pk = "", sk = ""] = place.split(" ");
      return { pk, sk };
    }),
  ];
}
const impliedKinds = /^(device-link|device-ref|machine|kept-data)$/;
const isImplied = ({ pk, sk, kind }: Item): boolean =>
  impliedKinds.test(String(kind)) || (/^ID#(dev|set)_/.test(pk) && (kind === "pointer" || sk === "timer#device-purge"));

/**
 * What is wrong with the devices and backup sets of a table, or of a part that is closed but for parents above, with what leads to them, and with what a
 * move leaves behind. Everything is worked out again from the items themselves; nothing of the product's code is used.
 */
export function heldComplaints(items: readonly Item[]): string[] {
  const found: string[] = [];
  const byPlace = new Map(items.map((item) => [at(item), item]));
  const ofKind = (kind: string): Held[] => items.filter((item) => item["kind"] === kind) as Held[];
  const [devices, sets, accounts] = [ofKind("device") as StoredDevice[], ofKind("set"), ofKind("account")];
  const customers = new Set(ofKind("customer").map(({ id }) => id));
  const selling = new Set(
    ofKind("customer")
      .filter(({ level }) => level !== "end-customer" && level !== "site")
      .map(({ id }) => id),
  );
  const wanted = new Set<string>();
  const want = (about: string, implied: readonly Item[]): void => {
    for (const item of implied) {
      const there = byPlace.get(at(item));
      if (wanted.has(at(item))) found.push(`${about}: ${at(item)} is that of another too`);
      wanted.add(at(item));
      if (!there) found.push(`${about}: lacks ${at(item)}`);
      for (const [name, value] of Object.entries(item))
        if (there && there[name] !== value)
          found.push(`${about}: ${at(item)} has ${name} ${String(there[name])}, not ${String(value)}`);
    }
  };

  for (const kind of ["account", "device", "set", "contact", "service", "subscription", "customer"]) {
    const seen = new Set<string>();
    for (const { id, customerId, pk } of ofKind(kind)) {
      if (seen.has(id)) found.push(`${kind} ${id}: stands in two places`);
      seen.add(id);
      if (kind === "customer") continue;
      if (pk !== customerId) found.push(`${kind} ${id}: stands at ${pk} and names ${customerId}`);
      if (!customers.has(pk)) found.push(`${kind} ${id}: stands at a customer that does not exist`);
      if (kind === "account" && selling.has(pk)) found.push(`account ${id}: stands under a customer that sells`);
    }
  }
  for (const device of devices) {
    const { id, customerId, accountId, sk, state } = device;
    const about = `device ${id}`;
    if (sk !== `device#/${accountId ?? "-"}/${id}`) found.push(`${about}: stands under another key`);
    const account = byPlace.get(`${customerId} account#/${accountId}`);
    if (accountId !== undefined && !account) found.push(`${about}: its account is not there`);
    if (accountId === undefined && state !== "pending" && device.deletedAt === undefined)
      found.push(`${about}: has no account`);
    want(about, impliedBy(device, account?.["parentAccountId"]));
    const own = sets.filter(({ deviceId }) => deviceId === id);
    if (number(device.setCount) !== own.length)
      found.push(`${about}: setCount is ${String(device.setCount)}, it has ${own.length} sets`);
    for (const foreign of foreignOf(device))
      if (foreign.customerId === customerId) found.push(`${about}: calls data of its own customer foreign`);
  }
  const places = new Map(devices.map((device) => [device.id, device]));
  for (const set of sets) {
    const { id, customerId, accountId, deviceId, sk } = set;
    const about = `set ${id}`;
    const device = places.get(String(deviceId));
    if (device?.customerId !== customerId || device.accountId !== accountId)
      found.push(`${about}: is not at its device`);
    if (sk !== `set#/${String(accountId)}/${String(deviceId)}/${id}`) found.push(`${about}: stands under another key`);
    want(about, [{ pk: `ID#${id}`, sk: "@", customerId, accountId, deviceId }]);
  }
  for (const item of items)
    if (isImplied(item) && !wanted.has(at(item))) found.push(`${at(item)}: follows from no device or set`);

  for (const [prefix, kind] of [
    ["key#", "api-key"],
    ["enrolment-key#", "enrolment-key"],
  ] as const)
    for (const { pk, sk } of items.filter((item) => item.sk.startsWith(prefix) && customers.has(item.pk))) {
      const id = sk.slice(prefix.length);
      const owner = byPlace.get(`KEY#${id} @`)?.["customerId"];
      if (owner !== pk) found.push(`${kind} ${id}: is listed at ${pk} and belongs to ${String(owner)}`);
    }
  for (const { pk, customerId } of items)
    if (pk.startsWith("KEY#") && customers.has(String(customerId))) {
      const id = pk.slice("KEY#".length);
      const listed = ["key#", "enrolment-key#"].some((prefix) => byPlace.has(`${String(customerId)} ${prefix}${id}`));
      if (!listed) found.push(`key ${id}: is not listed at ${String(customerId)}`);
    }
  for (const { id, pk } of ofKind("subscription"))
    if (byPlace.get(`ID#${id} @`)?.["customerId"] !== pk) found.push(`subscription ${id}: its pointer leads elsewhere`);

  const foreign = new Map<string, number>();
  for (const device of devices) {
    const locations = new Set(foreignOf(device).flatMap(({ vaults }) => vaults.map(({ location }) => location)));
    for (const location of locations) {
      const place = `${device.customerId} foreign-data#${location}`;
      foreign.set(place, (foreign.get(place) ?? 0) + 1);
    }
  }
  for (const item of items.filter(({ sk }) => sk.startsWith("foreign-data#"))) {
    const count = foreign.get(at(item)) ?? 0;
    foreign.delete(at(item));
    if (number(item["devices"]) !== count)
      found.push(`${at(item)}: counts ${String(item["devices"])} of ${count} devices`);
  }
  for (const [place, count] of foreign) found.push(`${place}: is missing, and counts ${count} devices`);

  for (const item of items) {
    const left = item.sk === "transit" || item.sk.startsWith("open-task#") || item["moveId"] !== undefined;
    if (left || item.sk === "timer#account-move") found.push(`${at(item)}: is left of a move`);
  }
  return [...found, ...accountCounts(accounts, devices)];
}

/** What accounts count of their devices; what they use is added up by the stream, so that must have been brought. */
function accountCounts(accounts: readonly Held[], devices: readonly StoredDevice[]): string[] {
  const found: string[] = [];
  const perAccount = Map.groupBy(devices, ({ accountId }) => accountId);
  for (const account of accounts) {
    const own = perAccount.get(account.id) ?? [];
    const subs = accounts.filter((one) => one["parentAccountId"] === account.id && one["deletedAt"] === undefined);
    const all = [account, ...subs].flatMap(({ id }) => perAccount.get(id) ?? []);
    const counts = {
      usedBytes: sum(own.map(({ usedBytes }) => number(usedBytes))),
      deviceCount: own.filter(({ state }) => state === "active" || state === "suspended").length,
      devicesHeld: all.filter(({ state }) => state === "active" || state === "suspended").length,
      licencesUsed: all.filter(({ licensed }) => licensed === true).length,
    };
    const firsts = own.filter(({ licensed }) => licensed === true).length;
    if (number(account["licencesUsedToDate"]) < firsts)
      found.push(
        `account ${account.id}: licencesUsedToDate is ${String(account["licencesUsedToDate"])}, ${firsts} are held`,
      );
    for (const [name, count] of Object.entries(counts))
      if (number(account[name]) !== count)
        found.push(`account ${account.id}: ${name} is ${String(account[name])}, a recount gives ${count}`);
  }
  return found;
}

/** Counters of attention as an item holds them: of devices that need it, and by reason. */
const needsOf = ({ attention = [], deletedAt }: StoredDevice): string[] =>
  deletedAt !== undefined || attention.length === 0
    ? []
    : ["attentionDevices", ...attention.map(({ code }) => `attention_${code}`)];

/**
 * What is wrong with the totals of customers, once the stream has brought everything: each is what its own devices come to, and what its children
 * count for. Of the provider, which may have children beyond these, nothing is said. Nothing may have been purged.
 */
export function totalsComplaints(items: readonly Item[]): string[] {
  const found: string[] = [];
  const customers = items.filter(({ kind }) => kind === "customer") as Held[];
  const accounts = new Map(items.filter(({ kind }) => kind === "account").map((item) => [item["id"], item]));
  const accountsOf = Map.groupBy(accounts.values(), ({ customerId }) => customerId);
  const byId = new Map<unknown, Held>(customers.map((customer) => [customer.id, customer]));
  const children = Map.groupBy(customers, ({ parentId }) => parentId);
  const devices = Map.groupBy(
    items.filter(({ kind }) => kind === "device") as StoredDevice[],
    ({ customerId }) => customerId,
  );
  const isDeleted = (accountId: unknown): boolean => {
    const account = accounts.get(accountId);
    return account !== undefined && (account["deletedAt"] !== undefined || isDeleted(account["parentAccountId"]));
  };
  const names = new Set(["usedBytes", "deviceCount", "licencesUsed"]);
  for (const item of customers)
    for (const name of Object.keys(item)) if (/^attention(Devices|_)/.test(name)) names.add(name);
  type Totals = Record<string, number>;
  const add = (one: Totals, other: Totals): Totals =>
    Object.fromEntries(
      [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => [
        name,
        (one[name] ?? 0) + (other[name] ?? 0),
      ]),
    );
  const own = (id: string): Totals => {
    const totals: Totals = {};
    for (const device of devices.get(id) ?? []) {
      const counts = !isDeleted(device.accountId);
      const active = device.state === "active" || device.state === "suspended";
      const more: Totals = {
        usedBytes: number(device.usedBytes),
        deviceCount: counts && active ? 1 : 0,
        licencesUsed: counts && device.licensed === true ? 1 : 0,
        ...Object.fromEntries(needsOf(device).map((name) => [name, 1])),
      };
      Object.assign(totals, add(totals, more));
    }
    return totals;
  };
  /** What a customer counts for at its parent. */
  const above = (customer: Held): Totals => {
    const deleted = customer["deletedAt"] !== undefined;
    return Object.fromEntries(
      Object.entries(all(customer)).filter(([name]) => {
        if (name.startsWith("attention")) return !deleted && customer["active"] !== false;
        return !deleted || name === "usedBytes";
      }),
    );
  };
  const all = ({ id }: Held): Totals =>
    (children.get(id) ?? []).reduce((totals, child) => add(totals, above(child)), own(id));
  /** Licences that are gone from a customer's own: held by its devices, or below it by way of customers without a number of their own. */
  const drawn = ({ id }: Held): number =>
    (own(id)["licencesUsed"] ?? 0) +
    sum(
      (children.get(id) ?? [])
        .filter((child) => child["deletedAt"] === undefined && child["licenceLimit"] === undefined)
        .map(drawn),
    );

  for (const customer of customers.filter(({ level }) => level !== "provider")) {
    const say = (name: string, count: number): void =>
      void found.push(
        `${String(customer["level"])} ${String(customer["name"])} (${customer.id}): ${name} is ${String(customer[name])}, a recount gives ${count}`,
      );
    const totals = all(customer);
    for (const name of names) if (number(customer[name]) !== (totals[name] ?? 0)) say(name, totals[name] ?? 0);
    const toDate = sum(
      [...(accountsOf.get(customer.id) ?? []), ...(children.get(customer.id) ?? [])].map((one) =>
        number(one["licencesUsedToDate"]),
      ),
    );
    if (number(customer["licencesUsedToDate"]) !== toDate) say("licencesUsedToDate", toDate);
    if (number(customer["licenceDrawn"]) !== drawn(customer)) say("licenceDrawn", drawn(customer));
  }
  const watched = new Set(items.filter(({ sk }) => sk.startsWith("watch#")).map(at));
  for (const customer of customers) {
    const link = `${String(customer["parentId"])} watch#${customer.id}`;
    const needed = (above(customer)["attentionDevices"] ?? 0) > 0;
    if (byId.has(customer["parentId"]) && watched.has(link) !== needed)
      found.push(`${link}: is ${needed ? "missing" : "there, and nothing needs attention"}`);
  }
  return found;
}
