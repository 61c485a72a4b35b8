import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OwnThrottle, SettingsHolder } from "../../../shared/domain/terms/settings.ts";
import {
  effectiveThrottle,
  throttleAt,
  throttleNow,
  type ThrottleRule,
} from "../../../shared/domain/devices/throttle.ts";
import { sized } from "../../support/size.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Two weeks, minute by minute, as the clocks of a zone show them. */
interface Fortnight {
  zone: string;
  /** The middle of it: where clocks are changed, if they are. */
  middle: number;
  start: number;
  weekend: boolean[];
  minuteOfDay: number[];
}

/** Where clocks are changed in 2026, and where nothing happens at all. */
const middles: [zone: string, ...instants: string[]][] = [
  ["Europe/Berlin", "2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-07-01T10:00Z"],
  ["America/New_York", "2026-03-08T07:00Z", "2026-11-01T06:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z", "2026-10-03T15:30Z"],
  ["Asia/Kathmandu", "2026-03-29T01:00Z"],
  ["UTC", "2026-10-25T01:00Z"],
];
const halfMinutes = 10 * 24 * 60;
const fortnights: Fortnight[] = middles.flatMap(([zone, ...instants]) =>
  instants.map((instant) => {
    const middle = Date.parse(instant);
    const start = middle - halfMinutes * minuteMs;
    const clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const shown = Array.from({ length: 2 * halfMinutes }, (_, minute) => clock.format(start + minute * minuteMs));
    return {
      zone,
      middle,
      start,
      weekend: shown.map((text) => text.startsWith("Sat") || text.startsWith("Sun")),
      minuteOfDay: shown.map((text) => Number(text.slice(-5, -3)) * 60 + Number(text.slice(-2))),
    };
  }),
);

const minutes = (clock: string): number => {
  const [hours = 0, rest = 0] = clock.split(":").map(Number);
  return hours * 60 + rest;
};
/** All minutes of a day in which a window is open, one by one from its beginning to its end. */
const minutesOf = ({ from, to }: ThrottleRule): Set<number> => {
  const open = new Set<number>();
  if (from === null || to === null) return open;
  for (let minute = minutes(from); minute !== minutes(to); minute = (minute + 1) % 1440) open.add(minute);
  return open;
};
/** What a rule allows in each minute of a fortnight: bytes a second, null without limit. */
function everyMinute(rule: ThrottleRule, { weekend, minuteOfDay }: Fortnight): (number | null)[] {
  const open = minutesOf(rule);
  return minuteOfDay.map((minute, index) => {
    if (!rule.enabled) return null;
    if (rule.offAtWeekend && weekend[index]) return null;
    return rule.always || open.has(minute) ? rule.bytesPerSecond : null;
  });
}
/** The first minute after an instant in which something else is allowed; null where it stays so for eight days. */
function firstOther(all: readonly (number | null)[], { start }: Fortnight, at: number): number | null {
  const now = Math.floor((at - start) / minuteMs);
  const until = all.slice(now, now + 8 * 24 * 60).findIndex((allowed) => allowed !== all[now]);
  return until < 0 ? null : start + (now + until) * minuteMs;
}

const clockTime = fc
  .oneof(
    fc.integer({ min: 0, max: 1439 }),
    fc.integer({ min: 0, max: 16 }).map((quarter) => quarter * 15),
  )
  .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`);
/** Windows within a day and across midnight, many of them at the hours in which clocks are changed; settings refuse from = to. */
const window = fc.tuple(clockTime, clockTime).filter(([from, to]) => from !== to);
const rule: fc.Arbitrary<ThrottleRule> = fc
  .record({
    enabled: fc.integer({ min: 0, max: 9 }).map((die) => die > 0),
    always: fc.integer({ min: 0, max: 3 }).map((die) => die === 0),
    offAtWeekend: fc.boolean(),
    bytesPerSecond: fc.integer({ min: 1, max: 1e9 }),
    window,
  })
  .map(({ window: [from, to], ...rest }) => ({ ...rest, from, to }));
const fortnight = fc.constantFrom(...fortnights);
/** Milliseconds from the middle: now within hours of it, now anywhere in the four days around it. */
const distance = fc.oneof(
  fc.integer({ min: -2 * dayMs, max: 2 * dayMs }),
  fc.integer({ min: -180, max: 180 }).map((minute) => minute * minuteMs),
  fc.integer({ min: -3 * 3600, max: 3 * 3600 }).map((second) => second * 1000 - 1),
);

const expectLikeBruteForce = (one: ThrottleRule, of: Fortnight, distances: readonly number[]): void => {
  const all = everyMinute(one, of);
  for (const far of distances) {
    const at = of.middle + far;
    expect(throttleAt(one, of.zone, at), `${of.zone} ${new Date(at).toISOString()} ${JSON.stringify(one)}`).toEqual({
      bytesPerSecond: all[Math.floor((at - of.start) / minuteMs)],
      until: firstOther(all, of, at),
    });
  }
};

describe("a rule of throttling", { timeout: 120_000 }, () => {
  test("limits just in the minutes that the clocks say, and says when that ends, around every change of clocks", () => {
    fc.assert(fc.property(rule, fortnight, fc.array(distance, { minLength: 8, maxLength: 8 }), expectLikeBruteForce), {
      seed: 20_261_122,
      numRuns: sized(150, 700),
    });
  });

  test("is right in each minute of the hours around a change, for windows that begin or end in them", () => {
    const around = Array.from(
      { length: sized(30, 90) },
      (_, index, step = 180 / sized(30, 90)) => (step * index - 90) * minuteMs,
    );
    const base = { enabled: true, always: false, offAtWeekend: false, bytesPerSecond: 1000 };
    for (const of of fortnights.filter(({ zone }) => zone !== "UTC" && zone !== "Asia/Kathmandu"))
      for (const [from, to] of [
        ["02:15", "02:45"],
        ["01:45", "02:15"],
        ["02:30", "01:30"],
      ] as const)
        expectLikeBruteForce({ ...base, from, to }, of, around);
  });

  test("answers in the fractions of a second after the time of a change, also on the days before and after it", () => {
    const one = { enabled: true, always: false, from: "02:30", to: "03:30", offAtWeekend: false, bytesPerSecond: 9 };
    const seconds = [1, 500, 999, 1001, 1999].flatMap((ms) => [-2, -1, 0, 1].map((day) => day * dayMs + ms));
    for (const of of fortnights) expectLikeBruteForce(one, of, seconds);
  });

  test("that is on for good, or off, never ends", () => {
    const on = { enabled: true, always: true, from: null, to: null, offAtWeekend: false, bytesPerSecond: 5 };
    const at = Date.parse("2026-10-24T12:00Z");
    expect(throttleAt(on, "Europe/Berlin", at)).toEqual({ bytesPerSecond: 5, until: null });
    const off = { bytesPerSecond: null, until: null };
    expect(throttleAt({ ...on, enabled: false, offAtWeekend: true }, "Europe/Berlin", at)).toEqual(off);
  });
});

const levels = ["provider", "reseller", "end-customer", "device", "backup-set"] as const;
type Place = (typeof levels)[number];
/** What a place holds that inherits: nothing, nothing of its own switched on, or the whole rule that it once had. */
const inheriting = ["absent", "empty", "kept"] as const;

interface World {
  own: Parameters<typeof throttleNow>[0];
  chain: SettingsHolder[];
}
const idOf = (place: Place): string => `id of the ${place}`;
function worldOf(held: Record<Place, OwnThrottle | null>, zones: Record<string, string | null>): World {
  const holder = (level: "provider" | "reseller" | "end-customer"): SettingsHolder => ({
    id: idOf(level),
    level,
    settings: held[level] === null ? {} : { throttle: held[level] },
    timezone: zones[level] ?? null,
    locale: null,
    branding: null,
  });
  return {
    own: (["backup-set", "device"] as const).map((level) => ({ id: idOf(level), level, throttle: held[level] })),
    chain: [holder("end-customer"), holder("reseller"), holder("provider")],
  };
}

describe("what applies to a backup set", { timeout: 120_000 }, () => {
  const combinations = Array.from({ length: 2 ** levels.length }, (_, mask) =>
    levels.filter((__, bit) => (mask & (1 << bit)) !== 0),
  );

  test("is the rule of the nearest of provider, reseller, customer, device and set that has its own, in all 32 combinations", () => {
    fc.assert(
      fc.property(
        fc.record({ provider: rule, reseller: rule, "end-customer": rule, device: rule, "backup-set": rule }),
        fc.array(fc.constantFrom(...inheriting), { minLength: 5, maxLength: 5 }),
        fortnight,
        distance,
        fc.constantFrom("provider", "reseller", "end-customer"),
        (rules, inherit, of, far, zoneFrom) => {
          for (const owners of combinations) {
            const held = Object.fromEntries(
              levels.map((place, index): [Place, OwnThrottle | null] => {
                if (owners.includes(place)) return [place, { mode: "own", ...rules[place] } as OwnThrottle];
                const how = inherit[index];
                if (how === "absent") return [place, null];
                return [
                  place,
                  how === "empty" ? { mode: "inherit" } : ({ mode: "inherit", ...rules[place] } as OwnThrottle),
                ];
              }),
            ) as Record<Place, OwnThrottle | null>;
            // Zones further up than the nearest are of no account.
            const zones = { provider: "Pacific/Auckland", reseller: null, "end-customer": null, [zoneFrom]: of.zone };
            const { own, chain } = worldOf(held, zones);
            const at = of.middle + far;
            const nearest = owners.at(-1);
            const all = nearest === undefined ? [] : everyMinute(rules[nearest], of);
            const until = firstOther(all, of, at);
            expect(throttleNow(own, chain, at), `${owners.join(", ")} ${JSON.stringify(held)}`).toEqual({
              at: new Date(at).toISOString(),
              bytesPerSecond: all[Math.floor((at - of.start) / minuteMs)] ?? null,
              until: until === null ? null : new Date(until).toISOString(),
              source: nearest === undefined ? { id: null, level: "default" } : { id: idOf(nearest), level: nearest },
            });
          }
        },
      ),
      { seed: 20_261_122, numRuns: 12, endOnFailure: true },
    );
  });

  test("has defaults for what an own rule leaves out, and takes nothing of it from above", () => {
    const full: OwnThrottle = {
      mode: "own",
      enabled: true,
      always: false,
      from: "08:00",
      to: "18:00",
      offAtWeekend: true,
      bytesPerSecond: 1000,
    };
    for (const place of levels.slice(1)) {
      const held = { provider: full, reseller: null, "end-customer": null, device: null, "backup-set": null };
      const { own, chain } = worldOf({ ...held, [place]: { mode: "own", enabled: true, bytesPerSecond: 7 } }, {});
      expect(effectiveThrottle(own, chain)).toEqual({
        rule: { enabled: true, always: true, from: null, to: null, offAtWeekend: false, bytesPerSecond: 7 },
        source: { id: idOf(place), level: place },
      });
    }
  });

  test("lets everything pass where nobody has said anything, by clocks of UTC", () => {
    const nothing = { provider: null, reseller: null, "end-customer": null, device: null, "backup-set": null };
    const { own, chain } = worldOf(nothing, {});
    expect(throttleNow(own, chain, 0)).toMatchObject({ bytesPerSecond: null, until: null });
    const half = { mode: "own", enabled: true, always: false, from: "10:00", to: "11:00", bytesPerSecond: 3 } as const;
    const told = worldOf({ ...nothing, provider: half }, {});
    expect(throttleNow(told.own, told.chain, Date.parse("2026-05-05T10:59:59.999Z"))).toMatchObject({
      bytesPerSecond: 3,
      until: "2026-05-05T11:00:00.000Z",
      source: { id: idOf("provider"), level: "provider" },
    });
  });
});
