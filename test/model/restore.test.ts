import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type Fleet, openFleet } from "../functions/stages/fleet.ts";
import { goodPassword } from "../functions/stages/post.ts";
import { prepareStages } from "./commands.ts";
import { deviceComplaints } from "./device-invariants.ts";
import { dump, type Item } from "./invariants.ts";

const branches = Number(process.env["BRANCHES"] ?? 2);
const seed = Number(process.env["HISTORIES_SEED"] ?? 20_261_122);

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
  await prepareStages(fleet);
});

/** What one end-customer of a random branch has, and the sites below it. */
interface Holding {
  inTrial: boolean;
  active: boolean;
  licences: number | null;
  deleted: boolean;
  /** Devices of each place, the end-customer first, then its sites; whether each has drawn a licence. */
  devices: boolean[][];
}
const holding: fc.Arbitrary<Holding> = fc.record({
  inTrial: fc.boolean(),
  active: fc.boolean(),
  licences: fc.constantFrom(null, null, 3, 9),
  deleted: fc.constantFrom(false, false, false, true),
  devices: fc.array(fc.array(fc.boolean(), { maxLength: 2 }), { minLength: 1, maxLength: 2, size: "max" }),
});

interface Node {
  id: string;
  name: string;
}
/** What can be deleted in a branch that was made. */
interface Branch {
  customers: Node[];
  accounts: Node[];
}

/** Makes a branch: a distributor, a reseller, end-customers and sites with devices, backup sets, accounts, contacts and keys. */
async function populate(
  holdings: readonly Holding[],
  pool: number | null,
  deviceLimit: number | null,
): Promise<Branch> {
  const distributor = await fleet.create(fleet.provider.id, {
    level: "distributor",
    licences: { limit: 1_000 },
    deviceLimit,
  });
  const reseller = await fleet.create(distributor.id, { level: "reseller", licences: { limit: pool } });
  const branch: Branch = { customers: [distributor, reseller], accounts: [] };
  await fleet.key(reseller.id, "viewer");
  for (const { inTrial, active, licences, deleted, devices } of holdings) {
    const more = { inTrial, licences: { limit: licences }, autoAuthorize: true, externalRef: fleet.freshName("ref") };
    const customer = await fleet.create(reseller.id, more);
    const username = fleet.freshLogin();
    const contact = { name: "Ann", email: "ann@example.com" };
    const body = { customerId: customer.id, plan: "select", username, password: goodPassword, contact };
    const account = await fleet.ok("createAccount", { body });
    const places: Node[] = [customer];
    for (const [index, own] of devices.entries()) {
      const place = index === 0 ? customer : await fleet.create(customer.id, { autoAuthorize: true });
      if (index > 0) places.push(place);
      for (const licensed of own) {
        const device = await fleet.device(place.id);
        await fleet.ownSet(device);
        if (licensed) await fleet.backup(device);
      }
    }
    if (!active) await fleet.ok("deactivateCustomer", { params: { id: customer.id } });
    if (deleted) await fleet.remove(customer);
    else {
      branch.customers.push(...places);
      branch.accounts.push({ id: account.id, name: username });
    }
  }
  return branch;
}

/** What a deletion leaves behind for good, and what counts requests. */
const leftBehind = new Set(["log", "deletion", "deletion-link", "rate", "idempotency"]);
const stamps = new Set(["version", "updatedAt", "restoredAt"]);
/** Everything in the table but what a deletion leaves behind, each item as text; without stamps for the one that it is about. */
async function picture(id: string): Promise<Map<string, string>> {
  const text = (item: Item): string => {
    const fields = Object.entries(item).filter(([name]) => item["id"] !== id || !stamps.has(name));
    return JSON.stringify(fields.sort(([one], [other]) => (one < other ? -1 : 1)));
  };
  // Counts of requests go on, whatever is restored.
  const items = (await dump(fleet.table)).filter(
    ({ kind, pk }) => !leftBehind.has(String(kind)) && !String(pk).startsWith("RATE#"),
  );
  return new Map(items.map((item) => [`${item.pk} ${item.sk}`, text(item)]));
}
const differences = (before: Map<string, string>, after: Map<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((place) => before.get(place) !== after.get(place))
    .map((place) => `${before.get(place)} is now ${after.get(place)}`);

test(
  `what is deleted and restored is as it was, every byte but for the stamps of the change, in ${branches} random branches (seed ${seed})`,
  { timeout: 60_000 + branches * 10_000 },
  async () => {
    const branch = fc.tuple(
      fc.array(holding, { minLength: 1, maxLength: 2, size: "max" }),
      fc.constantFrom(null, 40),
      fc.nat(100),
      fc.constantFrom(null, 50),
    );
    await fc.assert(
      fc.asyncProperty(branch, async ([holdings, pool, pick, most]) => {
        const { customers, accounts } = await populate(holdings, pool, most);
        const [distributor, reseller, ...others] = customers;
        for (const [kind, node] of [
          ["Customer", distributor],
          ["Customer", reseller],
          ["Customer", others[pick % Math.max(1, others.length)]],
          ["Account", accounts[0]],
        ] as const) {
          if (!node) continue;
          const { id, name: confirm } = node;
          const before = await picture(id);
          await fleet.ok(`delete${kind}`, { params: { id }, query: { confirm } });
          expect(differences(before, await picture(id))).not.toEqual([]);
          expect(deviceComplaints(await dump(fleet.table))).toEqual([]);
          await fleet.ok(`restore${kind}`, { params: { id } });
          expect(differences(before, await picture(id))).toEqual([]);
        }
      }),
      { seed, numRuns: branches },
    );
  },
);
