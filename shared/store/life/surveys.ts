import { AccountRecord } from "../../domain/accounts/account.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import { nothingSurveyed, setsAlongAtMost, type Survey } from "../../domain/life/account-move.ts";
import { MachineItem, readDevice } from "../devices/device-records.ts";
import { sharing } from "../devices/lending.ts";
import type { Database } from "../table/database.ts";
import { accountPrefix, devicePrefix, linkPrefix, machineKey } from "../table/keys.ts";

const pageSize = 500;

/** All accounts of a customer. */
export async function accountsOf(db: Database, customerId: string): Promise<AccountRecord[]> {
  const accounts: AccountRecord[] = [];
  let after: string | undefined;
  do {
    const page = await db.query({ pk: customerId, prefix: accountPrefix, after, limit: pageSize });
    accounts.push(...page.items.map((item) => AccountRecord.parse(item)));
    after = page.last?.sk;
  } while (after !== undefined);
  return accounts;
}

/** The devices of an account, a page at a time. */
async function* devicesIn(db: Database, customerId: string, accountId: string): AsyncGenerator<DeviceRecord[]> {
  let after: string | undefined;
  do {
    const page = await db.query({ pk: customerId, prefix: devicePrefix(accountId), after, limit: pageSize });
    yield page.items.map(readDevice);
    after = page.last?.sk;
  } while (after !== undefined);
}

/** Computers of which another customer has a device too. */
export async function machinesTaken(
  db: Database,
  devices: readonly DeviceRecord[],
  customerId: string,
): Promise<Survey["machinesTaken"]> {
  const present = devices.filter((device) => device.deletedAt === null && device.customerId !== customerId);
  const found = await db.getAll(present.map(({ machineId }) => machineKey(customerId, machineId)));
  return present.flatMap(({ id }, index) => {
    const item = found[index];
    return item ? [{ deviceId: id, takenBy: MachineItem.parse(item).deviceId }] : [];
  });
}

/** Devices that a refusal names at most for one reason. */
const namedAtMost = 20;

/** Whether a device is one of those that use each other's data. */
export const isAmong =
  (shared: ReadonlySet<string>) =>
  ({ id, replaces }: DeviceRecord): boolean =>
    [id, ...replaces].some((one) => shared.has(one));

/** Looks through the devices of accounts that are to be moved to another customer. */
export async function surveyOf(db: Database, accounts: readonly AccountRecord[], customerId: string): Promise<Survey> {
  let survey = nothingSurveyed;
  const [first] = accounts;
  const shared = first ? await sharing(db, first.customerId) : new Set<string>();
  for (const account of accounts)
    for await (const page of devicesIn(db, account.customerId, account.id)) {
      const taken = [...survey.machinesTaken, ...(await machinesTaken(db, page, customerId))];
      const overfull = page.filter(({ setCount }) => setCount > setsAlongAtMost).map(({ id }) => id);
      survey = {
        devices: survey.devices + page.length,
        backupSets: survey.backupSets + page.reduce((sum, { setCount }) => sum + setCount, 0),
        stored: survey.stored + page.filter(({ everLicensed }) => everLicensed).length,
        machinesTaken: taken.slice(0, namedAtMost),
        overfull: [...survey.overfull, ...overfull].slice(0, namedAtMost),
        sharing: [...survey.sharing, ...page.filter(isAmong(shared)).map(({ id }) => id)].slice(0, namedAtMost),
      };
    }
  return survey;
}

/** What decides whether a customer can be merged into another as a whole: the parent accounts that would go, and what would be left. */
export async function emptying(
  db: Database,
  customerId: string,
): Promise<{ leads: string[]; hasSites: boolean; hasWaiting: boolean }> {
  const first = (prefix: string) => db.query({ pk: customerId, prefix, limit: 1 });
  const [accounts, sites, waiting] = await Promise.all([
    accountsOf(db, customerId),
    first(linkPrefix({ by: "name" })),
    first(devicePrefix(null)),
  ]);
  return {
    leads: accounts
      .filter(({ parentAccountId, deletedAt }) => parentAccountId === null && deletedAt === null)
      .map(({ id }) => id),
    hasSites: sites.items.length > 0,
    hasWaiting: waiting.items.length > 0,
  };
}
