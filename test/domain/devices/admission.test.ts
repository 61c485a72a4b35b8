import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountRecord } from "../../../shared/domain/accounts/account.ts";
import {
  type Applicant,
  planLicence,
  type Reason,
  reasonsAgainst,
  reasonsFor,
  rightsOf,
} from "../../../shared/domain/devices/admission.ts";
import type { Chain, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import type { DeviceRecord } from "../../../shared/domain/devices/device.ts";
import { firstPlans } from "../../../shared/domain/accounts/service-plan.ts";

const now = Date.parse("2026-06-01T12:00:00.000Z");
const past = new Date(now - 1).toISOString();
const levels = ["site", "end-customer", "reseller", "sub-distributor", "distributor", "provider"] as const;

/** Only what admission looks at; the rest of a record has no say in it. */
const customer = (level: (typeof levels)[number]): CustomerRecord =>
  ({
    id: level,
    level,
    active: true,
    deletedAt: null,
    spaceLimit: null,
    usedBytes: 0,
    deviceLimit: null,
    deviceCount: 0,
    licenceLimit: null,
    licenceCommitted: 0,
    licenceDrawn: 0,
    serviceType: "all-inclusive",
    storageLocation: "DE",
    vault: null,
    formerVaults: [],
    vaultStatus: "ready",
    settings: {},
    timezone: null,
    locale: null,
    branding: null,
  }) as unknown as CustomerRecord;
const account = (id: string, plan: string | null): AccountRecord =>
  ({
    id,
    plan,
    active: true,
    deletedAt: null,
    mustChangePassword: false,
    trialEndsAt: null,
    hardQuotaBytes: null,
    userQuotaBytes: null,
    usedBytes: 0,
  }) as unknown as AccountRecord;

interface Place {
  device: DeviceRecord;
  account: AccountRecord;
  parent: AccountRecord;
  chain: Chain;
}
const sound = (): Place => ({
  device: {
    id: "device",
    state: "active",
    licensed: false,
    machineKind: "laptop",
    foreignData: [] as unknown[],
  } as DeviceRecord,
  account: account("account", null),
  parent: account("parent", "select"),
  chain: levels.map(customer) as unknown as Chain,
});
const applicant = (place: Place): Applicant => ({ ...place, plans: firstPlans(now) });
const at = (place: Place, level: string): CustomerRecord =>
  place.chain.find((node) => node.level === level) as CustomerRecord;

const requested = 11;
/** Something that goes wrong, and the reason that it is. None of them touches what another one is about. */
interface Wrong {
  does: (place: Place) => void;
  says: Reason;
}
const wrongs: Record<string, Wrong> = {
  "the device is suspended": {
    does: (place) => void (place.device.state = "suspended"),
    says: { code: "device_suspended", level: "device", nodeId: "device" },
  },
  "the password must be changed": {
    does: (place) => void (place.account.mustChangePassword = true),
    says: { code: "password_change_required", level: "account", nodeId: "account" },
  },
  "the account is suspended": {
    does: (place) => void (place.account.active = false),
    says: { code: "account_suspended", level: "account", nodeId: "account" },
  },
  "the parent account is suspended": {
    does: (place) => void (place.parent.active = false),
    says: { code: "account_suspended", level: "account", nodeId: "parent" },
  },
  "the account is deleted": {
    does: (place) => void (place.account.deletedAt = past),
    says: { code: "deleted", level: "account", nodeId: "account" },
  },
  "the parent account is deleted": {
    does: (place) => void (place.parent.deletedAt = past),
    says: { code: "deleted", level: "account", nodeId: "parent" },
  },
  "the quota is full": {
    does: (place) => void Object.assign(place.account, { hardQuotaBytes: 100, usedBytes: 90 }),
    says: { code: "quota_exceeded", level: "account", nodeId: "account", limit: 100, used: 90, requested },
  },
  "the vault is not there yet": {
    does: (place) => void (at(place, "site").vaultStatus = "provisioning"),
    says: { code: "vault_not_ready", level: "site", nodeId: "site" },
  },
  "the pool is empty": {
    does: (place) =>
      void Object.assign(at(place, "reseller"), { licenceLimit: 5, licenceCommitted: 2, licenceDrawn: 3 }),
    says: { code: "licence_exhausted", level: "reseller", nodeId: "reseller", limit: 5, used: 5, requested: 1 },
  },
  ...Object.fromEntries(
    levels.flatMap((level): [string, Wrong][] => [
      [
        `the ${level} is inactive`,
        {
          does: (place) => void (at(place, level).active = false),
          says: { code: "inactive", level, nodeId: level },
        },
      ],
      [
        `the ${level} is deleted`,
        {
          does: (place) => void (at(place, level).deletedAt = past),
          says: { code: "deleted", level, nodeId: level },
        },
      ],
      [
        `the ${level} has no space`,
        {
          does: (place) => void Object.assign(at(place, level), { spaceLimit: 50, usedBytes: 40 }),
          says: { code: "space_exceeded", level, nodeId: level, limit: 50, used: 40, requested },
        },
      ],
    ]),
  ),
};
const names = Object.keys(wrongs);
const byText = (reasons: readonly Reason[]): string[] =>
  reasons.map((reason) => JSON.stringify(Object.entries(reason).sort())).sort();
const hear = (chosen: readonly string[]): Reason[] => {
  const place = sound();
  for (const name of chosen) wrongs[name]?.does(place);
  return reasonsAgainst(applicant(place), requested, now);
};

describe("admission", () => {
  test("has nothing against a device with which nothing is wrong", () => {
    expect(hear([])).toEqual([]);
  });

  test.each(names)("where %s says that and no more", (name) => {
    expect(hear([name])).toEqual([wrongs[name]?.says]);
  });

  test("says all that is wrong, each once, in whatever order it went wrong", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(names), (chosen) => {
        const heard = hear(chosen);
        expect(byText(heard)).toEqual(byText(chosen.map((name) => wrongs[name]?.says as Reason)));
        expect(hear(chosen.toReversed())).toEqual(heard);
      }),
    );
    expect(hear(names)).toHaveLength(names.length);
  });

  test("holds limits to the byte, and those that are lowered below use from then on", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.nat(100), (limit, used, wanted) => {
        const place = sound();
        Object.assign(at(place, "end-customer"), { spaceLimit: limit, usedBytes: used });
        Object.assign(place.account, { userQuotaBytes: limit, usedBytes: used });
        const codes = reasonsAgainst(applicant(place), wanted, now).map(({ code }) => code);
        expect(codes).toEqual(used + wanted > limit ? ["quota_exceeded", "space_exceeded"] : []);
      }),
    );
  });

  test("does not ask a device that holds a licence for another, nor for room among the devices", () => {
    const place = sound();
    for (const name of names) if (/pool|devices/.test(name)) wrongs[name]?.does(place);
    expect(reasonsAgainst(applicant(place), 0, now)).not.toEqual([]);
    place.device.licensed = true;
    expect(reasonsAgainst(applicant(place), 0, now)).toEqual([]);
  });

  test("lets the trial of the parent account end to the millisecond", () => {
    const place = sound();
    Object.assign(place.parent, { plan: "trial", trialEndsAt: new Date(now).toISOString() });
    expect(reasonsAgainst(applicant(place), 0, now - 1)).toEqual([]);
    expect(reasonsAgainst(applicant(place), 0, now)).toEqual([
      { code: "trial_ended", level: "account", nodeId: "parent" },
    ]);
  });

  test.each([
    ["pending", "device_pending"],
    ["deleted", "deleted"],
  ] as const)("where the device is %s says %s", (state, code) => {
    const place = sound();
    place.device.state = state;
    expect(reasonsAgainst(applicant(place), 0, now)).toEqual([{ code, level: "device", nodeId: "device" }]);
  });
});

describe("reasons that are told", () => {
  test("name no customer outside of what is seen, and no figures of it", () => {
    const seen = new Set(["site", "end-customer"]);
    const told = reasonsFor(hear(names), seen);
    expect(told).toHaveLength(names.length);
    for (const reason of told)
      if (["site", "end-customer", "account", "device"].includes(reason.level)) expect(reason.nodeId).not.toBeNull();
      else expect(Object.keys(reason).sort()).toEqual(["code", "level", "nodeId"]);
    expect(told.filter(({ nodeId }) => nodeId === null).every(({ level }) => !seen.has(level))).toBe(true);
  });
});

describe("a licence", () => {
  const pools = fc.array(fc.option(fc.integer({ min: 0, max: 2 }), { nil: null }), { minLength: 1, maxLength: 6 });
  test("is drawn at each level up to the nearest pool that has a number, and from no pool that is empty", () => {
    fc.assert(
      fc.property(pools, (limits) => {
        const chain = limits.map((licenceLimit, step) => ({
          ...customer(levels[step] ?? "provider"),
          licenceLimit,
        }));
        const nearest = limits.findIndex((limit) => limit !== null);
        const reached = nearest < 0 ? limits.length : nearest + 1;
        const drawn = planLicence(chain, 1);
        if (nearest >= 0 && limits[nearest] === 0) expect(drawn).toBeNull();
        else
          expect(drawn?.map(({ step, drawn: count }) => [step, count])).toEqual(
            Array.from({ length: reached }, (_, step) => [step, 1]),
          );
        // One goes back also where its pool is used up.
        expect(planLicence(chain, -1)).toHaveLength(reached);
      }),
    );
  });
});

describe("the rights of a plan", () => {
  test.each([
    ["basic", "server", false, false],
    ["basic", "workstation", true, false],
    ["select", "server", true, true],
  ] as const)("%s on a %s: open files %s, versions %s", (plan, machineKind, openFileBackup, versioning) => {
    const place = sound();
    place.parent.plan = plan;
    place.device.machineKind = machineKind;
    expect(rightsOf(applicant(place))).toEqual({ openFileBackup, versioning });
  });
});
