/** The world as whoever simulates it knows it. Nothing here is shared with the product. */
export interface World {
  customers: Map<string, Customer>;
  accounts: Map<string, Account>;
  devices: Map<string, Device>;
}
export interface Customer {
  id: string;
  level: "provider" | "reseller" | "end-customer" | "site";
  parentId: string | null;
  active: boolean;
  deleted: boolean;
  spaceLimit: number | null;
  licenceLimit: number | null;
  deviceLimit: number | null;
  /** Licences ever drawn by its own devices. */
  drawnToDate: number;
}
export interface Account {
  id: string;
  customerId: string;
  parentId: string | null;
  active: boolean;
  mustChangePassword: boolean;
  /** Milliseconds since the epoch; null: no trial. */
  trialEndsAt: number | null;
  hardQuota: number | null;
}
export interface Device {
  id: string;
  customerId: string;
  accountId: string | null;
  state: "pending" | "active" | "suspended" | "deleted";
  licensed: boolean;
  used: number;
}

const trialBytes = 512 * 1024 * 1024;
const counts = ({ state }: Device): boolean => state === "active" || state === "suspended";
const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

/** A customer and all above it, itself first. */
export function lineOf({ customers }: World, id: string | null): Customer[] {
  const line: Customer[] = [];
  for (let at = customers.get(id ?? ""); at; at = customers.get(at.parentId ?? "")) line.push(at);
  return line;
}
/** What a customer and everything below it have: bytes, devices, licences, licences ever drawn. */
export function totalsOf(world: World, id: string) {
  const below = [...world.customers.values()].filter((one) => lineOf(world, one.id).some((above) => above.id === id));
  const ids = new Set(below.map((one) => one.id));
  const devices = [...world.devices.values()].filter(({ customerId }) => ids.has(customerId));
  // A branch that is deleted has given its licences and devices back to all above it.
  const givenBack = ({ customerId }: Device): boolean => {
    const line = lineOf(world, customerId);
    return line
      .slice(
        0,
        line.findIndex((above) => above.id === id),
      )
      .some(({ deleted }) => deleted);
  };
  return {
    used: sum(devices.map(({ used }) => used)),
    devices: devices.filter((device) => counts(device) && !givenBack(device)).length,
    licences: devices.filter((device) => device.licensed && !givenBack(device)).length,
    licencesToDate: sum(below.map(({ drawnToDate }) => drawnToDate)),
  };
}
/** Licences that are gone from a customer's own: held by its devices, promised to those below, or held below without a promise. */
export const licencesGone = (world: World, id: string): number =>
  [...world.devices.values()].filter((device) => device.customerId === id && device.licensed).length +
  sum(
    [...world.customers.values()]
      .filter(({ parentId, deleted }) => parentId === id && !deleted)
      .map((child) => child.licenceLimit ?? licencesGone(world, child.id)),
  );

/** Reasons that lie with an account and its parent account. */
function reasonsOfAccount(
  world: World,
  account: Account,
  parent: Account | undefined,
  requested: number,
  now: number,
): string[] {
  const reasons: string[] = [];
  for (const one of [account, parent]) if (one && !one.active) reasons.push(`account_suspended of account ${one.id}`);
  const leader = parent ?? account;
  if (leader.trialEndsAt !== null && leader.trialEndsAt <= now) reasons.push(`trial_ended of account ${leader.id}`);
  if (account.mustChangePassword) reasons.push(`password_change_required of account ${account.id}`);
  const quota = account.hardQuota ?? (leader.trialEndsAt === null ? null : trialBytes);
  const own = sum(
    [...world.devices.values()].filter(({ accountId }) => accountId === account.id).map(({ used }) => used),
  );
  if (quota !== null && own + requested > quota)
    reasons.push(`quota_exceeded of account ${account.id} ${own} + ${requested} of ${quota}`);
  return reasons;
}

/** Every reason why a device may not back up, as one text each; none: it may. `sees`: the levels that are named to whoever asks. */
export function expectedReasons(
  world: World,
  device: Device,
  requested: number,
  now: number,
  sees: (level: Customer["level"]) => boolean,
): string[] {
  const account = world.accounts.get(device.accountId ?? "");
  const parent = world.accounts.get(account?.parentId ?? "");
  const line = lineOf(world, device.customerId);
  const told = (code: string, { id, level }: Customer, figures = ""): string =>
    sees(level) ? `${code} of ${level} ${id}${figures}` : `${code} of ${level} null`;
  const reasons: string[] = [];
  if (device.state === "pending") reasons.push(`device_pending of device ${device.id}`);
  if (device.state === "suspended") reasons.push(`device_suspended of device ${device.id}`);
  if (device.state === "deleted") reasons.push(`deleted of device ${device.id}`);

  // Who waits has no account yet that could say anything.
  if (account) reasons.push(...reasonsOfAccount(world, account, parent, requested, now));
  for (const one of line) {
    const { used } = totalsOf(world, one.id);
    if (one.deleted) reasons.push(told("deleted", one));
    if (!one.active) reasons.push(told("inactive", one));
    if (one.spaceLimit !== null && used + requested > one.spaceLimit)
      reasons.push(told("space_exceeded", one, ` ${used} + ${requested} of ${one.spaceLimit}`));
  }
  const pool = line.find(({ licenceLimit }) => licenceLimit !== null);
  const limit = pool?.licenceLimit ?? null;
  if (pool && limit !== null && !device.licensed) {
    const gone = licencesGone(world, pool.id);
    if (gone >= limit) reasons.push(told("licence_exhausted", pool, ` ${gone} + 1 of ${limit}`));
  }
  return reasons.toSorted();
}
