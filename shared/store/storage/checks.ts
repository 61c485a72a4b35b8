import { changesAttention, withAttention } from "../../domain/devices/attention.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { deviceElsewhere, type ResidencyCheck, type ResidencyDifference } from "../../domain/storage/residency.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { readDevice, saveDevice } from "../devices/device-records.ts";
import { type Author, logWrite } from "../hierarchy/log.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { customerKey, devicePrefix } from "../table/keys.ts";
import { settle } from "../table/settle.ts";
import { timerPut } from "../table/timers.ts";
import type { Write } from "../table/writes.ts";
import { keepCheck, readCheck } from "./residency.ts";
import { residencyKey } from "../table/keys.ts";

const devicesAtOnce = 200;
/** Differences of devices that a check keeps. */
const devicesTold = 20;

/**
 * Raises `data_misplaced` at the devices of a customer that need it, and settles it at the others. A device that changes in the same moment is
 * left to its own next report, or to the next check.
 * @param differs the vault itself is not as it should be @returns what devices report, the first ones
 */
export async function checkDevices(
  open: () => Database,
  chain: Chain,
  differs: boolean,
  at: string,
): Promise<ResidencyDifference[]> {
  const found: ResidencyDifference[] = [];
  let after: string | undefined;
  do {
    const page = await open().query({ pk: chain[0].id, prefix: devicePrefix(), after, limit: devicesAtOnce });
    for (const device of page.items.map(readDevice)) {
      if (device.state === "deleted" || device.state === "pending") continue;
      const elsewhere = deviceElsewhere(chain, device);
      if (elsewhere && found.length < devicesTold) found.push(elsewhere);
      const changes = { data_misplaced: differs || elsewhere !== null };
      if (!changesAttention(device.attention, changes)) continue;
      const attention = withAttention(device.attention, changes, at);
      await settle(open(), saveDevice(device, { ...device, attention, updatedAt: at }));
    }
    after = page.last?.sk;
  } while (after !== undefined);
  return found;
}

const same = (one: ResidencyCheck | null, other: readonly ResidencyDifference[]): boolean =>
  JSON.stringify(one?.differences ?? []) === JSON.stringify(other);

/**
 * The writes of a check: what it found, the time of the next one, and an entry in the log where something differs now that did not before, or no
 * longer does. The customer remembers that something differs, so that reports of its devices know it.
 * @param differs the vault itself is not as it should be
 */
export async function checkWrites(
  context: WorkContext & Author,
  chain: Chain,
  differences: readonly ResidencyDifference[],
  differs: boolean,
): Promise<Write[]> {
  const [record] = chain;
  const { id, level, name, vaultOrderedAt } = record;
  const now = context.now();
  const before = readCheck(await context.db.get(residencyKey(id)));
  const state = differences.length === 0 ? ("consistent" as const) : ("different" as const);
  const type = state === "different" ? ("ResidencyDiffers" as const) : ("ResidencyRestored" as const);
  const changes = differences.map(({ code, expected, found }) => ({ path: code, before: expected, after: found }));
  return [
    ...((record.vaultDiffers ?? false) === differs
      ? []
      : [
          {
            kind: "update" as const,
            key: customerKey(id),
            set: { vaultDiffers: differs || null },
            add: {},
            when: [{ attribute: "vaultOrderedAt", is: vaultOrderedAt } as const],
          },
        ]),
    keepCheck(id, { checkedAt: new Date(now).toISOString(), state, differences: [...differences] }),
    timerPut(id, "residency", new Date(now + dayMs).toISOString()),
    ...(same(before, differences) ? [] : [logWrite(context, chain, { type, node: { id, level, name }, changes })]),
  ];
}
