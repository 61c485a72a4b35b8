import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AttentionChanges, AttentionCode, withAttention } from "../../../shared/domain/devices/attention.ts";
import { type DeviceRecord, newDevice } from "../../../shared/domain/devices/device.ts";
import {
  firstLook,
  isDueWithReport,
  isQuotaHigh,
  lookAt,
  seenSince,
  type WatchRules,
} from "../../../shared/domain/devices/looks.ts";
import { isOlder } from "../../../shared/domain/terms/versions.ts";

const hour = 3_600_000;
const day = 24 * hour;
/** A Monday, 08:00 UTC. */
const monday = Date.parse("2026-03-02T08:00:00.000Z");
const iso = (ms: number): string => new Date(ms).toISOString();
const rules: WatchRules = { noBackupDays: 2, notSeenDays: 7, serverNotSeenDays: 2, minimumAgentVersion: null };
const fine = { mayBackUp: true, licenceFree: true };

const device = (kind: DeviceRecord["machineKind"], more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...newDevice(
    { machineId: "m", name: "PC", kind, os: "Linux" },
    {
      id: `dev_${"0".repeat(26)}`,
      customerId: `cus_${"0".repeat(26)}`,
      accountId: `acc_${"0".repeat(26)}`,
      plan: null,
      state: "active",
    },
    monday,
  ),
  licensed: true,
  ...more,
});
const raised = (of: DeviceRecord, now: number, standing = fine): string[] =>
  Object.entries(lookAt(of, standing, rules, now).changes).flatMap(([code, is]) => (is ? [code] : []));

describe("a server", () => {
  const good = device("server", { lastSuccessAt: iso(monday), lastSeenAt: iso(monday + 10 * day) });
  test("is overdue two days after its last good backup, also where it reports", () => {
    expect(raised(good, monday + 2 * day - 1)).toEqual([]);
    expect(raised(good, monday + 2 * day)).toEqual(["overdue"]);
  });
  test("that has never backed up says so from its creation on", () => {
    const never = device("server", { lastSeenAt: iso(monday + 2 * day) });
    expect(raised(never, monday + 2 * day - 1)).toEqual([]);
    expect(raised(never, monday + 2 * day)).toEqual(["never_backed_up"]);
  });
  test("is missed after two days, and a workstation after a week", () => {
    const seen = { lastSeenAt: iso(monday), lastSuccessAt: iso(monday) };
    expect(raised(device("server", seen), monday + 2 * day)).toEqual(["overdue", "not_seen"]);
    expect(raised(device("workstation", seen), monday + 7 * day - 1)).toEqual([]);
    expect(raised(device("workstation", seen), monday + 7 * day)).toEqual(["not_seen"]);
  });
});

describe("a workstation", () => {
  const friday = monday + 4 * day;
  test("that was off over the weekend is not overdue on Monday morning, and is on Wednesday", () => {
    const off = device("workstation", { lastSuccessAt: iso(friday), lastSeenAt: iso(friday + 9 * hour) });
    const back = friday + 3 * day;
    expect(raised(off, back - hour)).toEqual([]);
    const returned = { ...off, lastSeenAt: iso(back), seenSince: seenSince(off, back) };
    expect(returned.seenSince).toBe(iso(back));
    expect(raised(returned, back + day)).toEqual([]);
    const reporting = { ...returned, lastSeenAt: iso(back + 2 * day), seenSince: seenSince(returned, back + hour) };
    expect(raised(reporting, back + 2 * day)).toEqual(["overdue"]);
  });
  test("that is off at night only was there all the time", () => {
    const evening = device("laptop", { lastSeenAt: iso(monday + 10 * hour), seenSince: iso(monday) });
    expect(seenSince(evening, monday + 24 * hour)).toBe(iso(monday));
    expect(seenSince(device("laptop"), monday)).toBeNull();
  });
  test("that was off when its backup was due is overdue with its first report, once", () => {
    const off = device("workstation", { lastSuccessAt: iso(friday), lastSeenAt: iso(friday + 30 * hour) });
    const back = { ...off, lastSeenAt: iso(friday + 50 * hour) };
    expect(isDueWithReport(off, back, rules)).toBe(true);
    expect(raised(back, friday + 50 * hour)).toEqual(["overdue"]);
    expect(isDueWithReport(back, { ...back, lastSeenAt: iso(friday + 51 * hour) }, rules)).toBe(false);
    expect(isDueWithReport(off, { ...back, lastSuccessAt: iso(friday + 50 * hour) }, rules)).toBe(false);
    const server = { ...off, machineKind: "server" as const };
    expect(isDueWithReport(server, { ...server, lastSeenAt: iso(friday + 50 * hour) }, rules)).toBe(false);
  });
  test("that is overdue stays so over the next weekend, until it has backed up", () => {
    const overdue = device("workstation", {
      lastSuccessAt: iso(monday),
      lastSeenAt: iso(friday),
      attention: [{ code: "overdue", since: iso(monday + 2 * day) }],
    });
    const back = friday + 3 * day;
    const returned = { ...overdue, lastSeenAt: iso(back), seenSince: iso(back) };
    expect(raised(returned, back)).toEqual(["overdue"]);
    expect(raised({ ...returned, lastSuccessAt: iso(back) }, back + hour)).toEqual([]);
  });
});

test("what must not back up is neither overdue nor missed, and what was raised is settled", () => {
  const old = device("server", { lastSuccessAt: iso(monday), lastSeenAt: iso(monday) });
  const { changes } = lookAt(old, { mayBackUp: false, licenceFree: false }, rules, monday + 30 * day);
  expect(changes).toEqual({ overdue: false, never_backed_up: false, not_seen: false, licence_missing: false });
});

test("a licence is missing where the device has none and could have none", () => {
  const without = device("server", { licensed: false });
  expect(raised(without, monday + hour, { mayBackUp: true, licenceFree: false })).toEqual(["licence_missing"]);
  expect(raised(without, monday + hour)).toEqual([]);
  expect(raised(device("server"), monday + hour, { mayBackUp: true, licenceFree: false })).toEqual([]);
  expect(lookAt(without, fine, rules, monday + hour).next).toBe(iso(monday + hour + day));
  expect(firstLook(rules, monday)).toBe(iso(monday + day));
});

const withChanges = (of: DeviceRecord, changes: AttentionChanges, now: number): DeviceRecord => ({
  ...of,
  attention: withAttention(of.attention, changes, iso(now)),
});
/** A device once it has reported, a good backup or something else. */
function reported(of: DeviceRecord, { at, success }: { at: number; success: boolean }): DeviceRecord {
  const seen = { ...of, seenSince: seenSince(of, at), lastSeenAt: iso(at), ...(success && { lastSuccessAt: iso(at) }) };
  return withChanges(seen, { not_seen: false, ...(success && { overdue: false, never_backed_up: false }) }, at);
}

test("looks at their times find all that comes with time, whatever is reported in between, within a quarter of an hour", () => {
  const report = fc.record({ afterHours: fc.integer({ min: 1, max: 100 }), success: fc.boolean() });
  fc.assert(
    fc.property(
      fc.constantFrom("server", "workstation" as const),
      fc.array(report, { maxLength: 12 }),
      (kind, reports) => {
        let last = monday;
        const times = reports.map(({ afterHours, success }) => ({ at: (last += afterHours * hour), success }));
        const end = (times.at(-1)?.at ?? monday) + 20 * day;
        let one = device(kind);
        let due = Date.parse(firstLook(rules, monday));
        let next = 0;
        // Every quarter of an hour as the schedule does; what a look would find now has been found at the last one.
        for (let now = monday; now <= end; now += hour / 4) {
          for (let told = times[next]; told && told.at <= now; told = times[(next += 1)]) {
            const before = one;
            one = reported(one, told);
            if (isDueWithReport(before, one, rules)) due = Math.min(due, told.at);
          }
          if (now >= due) {
            const look = lookAt(one, fine, rules, now);
            one = withChanges(one, look.changes, now);
            due = Date.parse(look.next);
            if (due <= now) expect.fail(`${iso(now)}: looks again at once`);
          }
          const codes = one.attention
            .map(({ code }) => code)
            .toSorted()
            .join(" ");
          // A report in the last quarter of an hour may have made something due that the next look finds.
          const fresh = times.some(({ at }) => at > now - hour / 2 && at <= now);
          const found = raised(one, now).toSorted().join(" ");
          // An assertion at each step would take ten times as long as the steps.
          if (!fresh && codes !== found) expect.fail(`${iso(now)}: "${codes}" on record, "${found}" found now`);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("a quota is high from 90 % on; an unrestricted one never is", () => {
  expect([89, 90, 101].map((used) => isQuotaHigh(used, 100))).toEqual([false, true, true]);
  expect(isQuotaHigh(2 ** 50, null)).toBe(false);
});

test("versions are compared by their numbers", () => {
  const older = [
    ["7.2", "7.10"],
    ["7", "7.0.1"],
    ["6.9.9-beta", "7"],
  ] as const;
  for (const [one, other] of older) expect([isOlder(one, other), isOlder(other, one)]).toEqual([true, false]);
  expect([isOlder("7.0", "7"), isOlder("7.1+b2", "7.1"), isOlder(null, "7"), isOlder("7", null)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test("every code has a counter of its own", () => {
  expect(new Set(AttentionCode.options).size).toBe(13);
});
