import type { Item } from "./invariants.ts";

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/**
 * What is wrong with the counts of devices that limits rely on. Everything is worked out again from the devices themselves: a count holds
 * its own devices and those of the children that it counts, and below a limit every device is counted.
 */
export function deviceComplaints(items: readonly Item[]): string[] {
  const found: string[] = [];
  const customers = items.filter(({ kind }) => kind === "customer");
  const below = Map.groupBy(customers, (item) => item["parentId"]);
  const accounts = new Map(items.filter(({ kind }) => kind === "account").map((item) => [item["id"], item]));
  const isDeleted = (accountId: unknown): boolean => {
    const account = accounts.get(accountId);
    return account !== undefined && (account["deletedAt"] !== undefined || isDeleted(account["parentAccountId"]));
  };
  const counting = items.filter(
    ({ kind, state, accountId }) =>
      kind === "device" && (state === "active" || state === "suspended") && !isDeleted(accountId),
  );
  const own = (customer: Item): number => counting.filter(({ customerId }) => customerId === customer["id"]).length;
  /** Devices of a branch but for those of branches below it that are deleted. */
  const all = (customer: Item): number =>
    (below.get(customer["id"]) ?? [])
      .filter((child) => child["deletedAt"] === undefined)
      .reduce((sum, child) => sum + all(child), own(customer));
  const byId = new Map(customers.map((item) => [item["id"], item]));
  /** What is being purged has given back all, and is not counted out any more while it goes. */
  const isGoing = (customer: Item | undefined): boolean =>
    customer !== undefined && (customer["purgeStartedAt"] !== undefined || isGoing(byId.get(customer["parentId"])));
  for (const customer of customers.filter((one) => !isGoing(one))) {
    const say = (what: string): void =>
      void found.push(`${String(customer["level"])} ${String(customer["name"])} (${String(customer["id"])}): ${what}`);
    const { deviceDrawn, deviceFree, deviceLimit, devicesCounted } = customer;
    const counted = (below.get(customer["id"]) ?? [])
      .filter((child) => child["devicesCountedAbove"] === true && child["deletedAt"] === undefined)
      .reduce((sum, child) => sum + number(child["deviceDrawn"]), own(customer));
    if (deviceDrawn !== counted) say(`deviceDrawn is ${String(deviceDrawn)}, a recount gives ${counted}`);
    if (deviceFree !== number(deviceLimit) - number(deviceDrawn)) say(`deviceFree is ${String(deviceFree)}`);
    if (deviceLimit !== undefined && devicesCounted !== true) say("has a limit and does not count");
    if (deviceLimit !== undefined && deviceDrawn !== all(customer))
      say(`counts ${String(deviceDrawn)} of ${all(customer)} devices`);
  }
  for (const [id, account] of accounts) {
    const held = counting.filter(
      ({ accountId }) => accountId === id || accounts.get(accountId)?.["parentAccountId"] === id,
    );
    // A deleted account keeps what it held for its restoration.
    if (account["deletedAt"] === undefined && !isDeleted(id) && account["devicesHeld"] !== held.length)
      found.push(`account ${String(id)} holds ${String(account["devicesHeld"])} of ${held.length} devices`);
  }
  found.push(...attentionComplaints(items));
  return found;
}

/** Every reason of every device has its link, and no link is without one; every device that could be overdue some day has the timer for that. */
function attentionComplaints(items: readonly Item[]): string[] {
  const devices = items.filter(({ kind, deletedAt }) => kind === "device" && deletedAt === undefined);
  const place = (pk: unknown, sk: string): string => `${String(pk)} ${sk}`;
  const wanted = new Set(
    devices.flatMap(({ id, customerId, attention }) =>
      ((attention ?? []) as { code: string; since: string }[]).map(({ code, since }) =>
        place(customerId, `device-reason#${code}#${since}#${String(id)}`),
      ),
    ),
  );
  const links = new Set(items.filter(({ sk }) => sk.startsWith("device-reason#")).map(({ pk, sk }) => place(pk, sk)));
  const timers = new Set(items.filter(({ sk }) => sk === "timer#attention").map(({ pk }) => pk));
  return [
    ...[...wanted].filter((one) => !links.has(one)).map((one) => `${one}: is missing`),
    ...[...links].filter((one) => !wanted.has(one)).map((one) => `${one}: follows from no device`),
    ...devices
      .filter(({ id, state }) => (state === "active" || state === "suspended") && !timers.has(`ID#${String(id)}`))
      .map(({ id }) => `device ${String(id)}: nobody will look at it`),
  ];
}
