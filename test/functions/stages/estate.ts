import pMap from "p-map";
import type { Reply } from "../../support/api.ts";
import type { Enrolled, Fleet } from "./fleet.ts";
import { goodPassword } from "./post.ts";

type Body = Reply["body"];

/** How much a branch is to hold. */
export interface Size {
  /** End-customers of the reseller; each third has a site. */
  customers: number;
  accountsEach: number;
  devicesEach: number;
  setsEach: number;
}

/** A reseller's branch with everything that can stand in it. */
export interface Estate {
  reseller: Body;
  customers: Body[];
  accounts: Body[];
  /** Devices that were created by hand. */
  devices: Body[];
  sets: Body[];
  services: Body[];
  /** Computers that have enrolled and back up, each of an account of its own. */
  backingUp: Enrolled[];
  keys: Body[];
  enrolmentKeys: Body[];
}

const sideBySide = { concurrency: 8 };

/** Builds a branch below a reseller of its own, through the API. */
export async function buildEstate(
  fleet: Fleet,
  { customers: count, accountsEach, devicesEach, setsEach }: Size,
): Promise<Estate> {
  const { body } = await fleet.tryCreate(fleet.provider.id, { level: "reseller", externalRef: fleet.freshName("Ref") });
  const reseller: Body = body;
  const numbers = (many: number): number[] => Array.from({ length: many }, (_, index) => index);
  const ends: Body[] = await pMap(
    numbers(count),
    (index) =>
      fleet.create(reseller.id, { autoAuthorize: true, externalRef: `customer ${index}`, inTrial: index % 4 === 1 }),
    sideBySide,
  );
  const sites: Body[] = await pMap(
    ends.filter((_, index) => index % 3 === 0),
    ({ id }) => fleet.create(id, { autoAuthorize: true }),
    sideBySide,
  );
  const customers = [...ends, ...sites];
  const services = await pMap(
    ends.slice(0, 2),
    ({ id: customerId }) =>
      fleet.ok("createService", {
        body: { customerId, name: "Support", unitPrice: { amount: 100, currency: "EUR" } },
      }),
    sideBySide,
  );
  const login = () => ({ username: fleet.freshLogin(), password: goodPassword });
  const contact = { name: "Ann", email: "ann@example.com" };
  const perCustomer = await pMap(
    customers,
    async ({ id: customerId }) => {
      const parent = await fleet.ok("createAccount", { body: { customerId, plan: "select", contact, ...login() } });
      const subs = await pMap(
        numbers(accountsEach - 1),
        () => fleet.ok("createAccount", { body: { parentAccountId: parent.id, ...login() } }),
        sideBySide,
      );
      return [parent, ...subs];
    },
    sideBySide,
  );
  const accounts: Body[] = perCustomer.flat();
  const perAccount = await pMap(
    accounts,
    ({ id: accountId }) =>
      pMap(numbers(devicesEach), () => fleet.ok("createDevice", { body: { accountId, ...fleet.machine() } }), {
        concurrency: 2,
      }),
    sideBySide,
  );
  const devices: Body[] = perAccount.flat();
  const perDevice = await pMap(
    devices,
    ({ id: deviceId }) =>
      pMap(numbers(setsEach), () => fleet.ok("createBackupSet", { body: { deviceId, ...fleet.setInput() } }), {
        concurrency: 2,
      }),
    sideBySide,
  );
  const backingUp: Enrolled[] = [];
  for (const { id } of ends.slice(0, 3)) {
    const device = await fleet.device(id);
    await fleet.backup(device);
    await fleet.ok("reportUsage", { body: { usedBytes: 1_000, measuredAt: fleet.at() } }, { token: device.token });
    backingUp.push(device);
  }
  return {
    reseller,
    customers,
    accounts,
    devices,
    sets: perDevice.flat(),
    services,
    backingUp,
    keys: [
      await fleet.key(reseller.id),
      await fleet.key(String(customers[0].id), "viewer", { expiresAt: "2999-01-01T00:00:00.000Z" }),
    ],
    enrolmentKeys: [await fleet.enrolmentKey(String(customers[0].id))],
  };
}
