import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Level, levels } from "../../../shared/domain/terms/levels.ts";
import {
  checkSettings,
  effectiveSettings,
  mergeSettings,
  Settings,
  type SettingsHolder,
  SettingsPatch,
} from "../../../shared/domain/terms/settings.ts";
import { sized } from "../../support/size.ts";

const clock = fc.constantFrom("00:00", "08:00", "22:30");
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const group = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T) =>
  maybe(fc.record(shape, { requiredKeys: [] }));
const shapes = {
  throttle: {
    mode: fc.constantFrom("inherit", "own"),
    enabled: fc.boolean(),
    always: fc.boolean(),
    from: clock,
    to: clock,
    offAtWeekend: fc.boolean(),
    bytesPerSecond: fc.integer({ min: 1, max: 1_000 }),
  },
  trial: {
    spaceBytes: fc.integer({ min: 1, max: 9 }),
    days: fc.integer({ min: 1, max: 9 }),
    extensionDays: fc.integer({ min: 0, max: 9 }),
    deleteAfterDays: fc.integer({ min: 1, max: 9 }),
  },
  mail: {
    enabled: fc.boolean(),
    senderName: fc.constantFrom("A", "B", "C"),
    setupUrl: fc.constantFrom("https://a.example/", "https://b.example/"),
  },
  deletion: { graceDays: fc.integer({ min: 1, max: 9 }), customersPerHour: fc.integer({ min: 1, max: 9 }) },
  watchlist: {
    noBackupDays: fc.integer({ min: 1, max: 9 }),
    notSeenDays: fc.integer({ min: 1, max: 9 }),
    serverNotSeenDays: fc.integer({ min: 1, max: 9 }),
    minimumAgentVersion: fc.constantFrom("6.1", "7"),
  },
  alerts: { limits: fc.constantFrom("mail", "digest", "off"), moves: fc.constantFrom("mail", "off") },
  storage: { closedLocations: fc.subarray(["DE", "CH", "BE"]) },
  moves: { mergeAndSplit: fc.boolean() },
  access: { secondFactor: fc.constantFrom("optional", "required") },
  portal: {
    enabled: fc.boolean(),
    switchAccounts: fc.boolean(),
    changeQuota: fc.boolean(),
    restore: fc.boolean(),
  },
  log: { retentionDays: fc.integer({ min: 400, max: 403 }) },
};
const settings = fc
  .record({
    throttle: group(shapes.throttle),
    trial: group(shapes.trial),
    mail: group(shapes.mail),
    deletion: group(shapes.deletion),
    watchlist: group(shapes.watchlist),
    alerts: group(shapes.alerts),
    storage: group(shapes.storage),
    moves: group(shapes.moves),
    access: group(shapes.access),
    portal: group(shapes.portal),
    log: group(shapes.log),
  })
  .map((given) => Settings.parse(JSON.parse(JSON.stringify(given))));
const holder = (level: Level) =>
  fc.record({
    id: fc.constant(`id of ${level}`),
    level: fc.constant(level),
    settings,
    timezone: fc.option(fc.constantFrom("Europe/Berlin", "UTC")),
    locale: fc.option(fc.constantFrom("de", "en-GB")),
    branding: fc.option(fc.constantFrom({ color: "#000000" }, { color: "#ffffff" })),
  });
/** Chains from any level up to the provider, nearest first. */
const chains: fc.Arbitrary<SettingsHolder[]> = fc
  .nat(levels.length - 1)
  .chain((depth) => fc.tuple(...levels.slice(0, depth + 1).map(holder)))
  .map((downwards) => downwards.toReversed());

/** The same question answered in another way: from the top down, each level changing what it inherits. */
function independently(chain: readonly SettingsHolder[]): Record<string, Record<string, unknown>> {
  const fallback = { id: null, level: "default" };
  const of = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value, source: fallback as object }]));
  const quiet = { enabled: false, always: true, from: null, to: null, offAtWeekend: false, bytesPerSecond: null };
  const result: Record<string, Record<string, { value: unknown; source: object }>> = {
    throttle: of(quiet),
    trial: of({ spaceBytes: 512 * 1024 * 1024, days: 30, extensionDays: 30, deleteAfterDays: 30 }),
    mail: of({ enabled: true, senderName: "Backup Service", setupUrl: null }),
    deletion: of({ graceDays: 30, customersPerHour: 50 }),
    watchlist: of({ noBackupDays: 2, notSeenDays: 7, serverNotSeenDays: 2, minimumAgentVersion: null }),
    alerts: of({ limits: "mail", moves: "mail" }),
    storage: of({ closedLocations: [] }),
    moves: of({ mergeAndSplit: false }),
    access: of({ secondFactor: "optional" }),
    portal: of({ enabled: true, switchAccounts: true, changeQuota: true, restore: true }),
    log: of({ retentionDays: null }),
    person: of({ timezone: "UTC", locale: "en", branding: null }),
  };
  const limited = new Set<string>();
  for (const { id, level, settings: own, timezone, locale, branding } of chain.toReversed()) {
    const source = { id, level };
    if (own.throttle?.mode === "own")
      for (const [key, value] of Object.entries({ ...quiet, ...own.throttle }))
        if (key !== "mode") (result["throttle"] ??= {})[key] = { value, source };
    for (const [key, value] of Object.entries(own.trial ?? {})) {
      const before = result["trial"]?.[key]?.value as number;
      if (!limited.has(key) || (value as number) < before) (result["trial"] ??= {})[key] = { value, source };
      limited.add(key);
    }
    for (const name of ["mail", "deletion", "watchlist", "alerts", "storage", "moves", "log"] as const)
      for (const [key, value] of Object.entries(own[name] ?? {})) (result[name] ??= {})[key] = { value, source };
    const factor = own.access?.secondFactor;
    if (factor !== undefined && result["access"]?.["secondFactor"]?.value !== "required")
      result["access"] = { secondFactor: { value: factor, source } };
    // What was true by a level, or by nobody, any level below may say again, or deny; what was denied stays so.
    for (const [key, value] of Object.entries(own.portal ?? {}))
      if (result["portal"]?.[key]?.value !== false) (result["portal"] ??= {})[key] = { value, source };
    for (const [key, value] of Object.entries({ timezone, locale, branding }))
      if (value !== null) (result["person"] ??= {})[key] = { value, source };
  }
  const { person, ...groups } = result;
  return { ...groups, ...person } as Record<string, Record<string, unknown>>;
}

describe("effective settings", () => {
  test("are what an independent evaluation from the top down gives, each with its source", () => {
    fc.assert(
      fc.property(chains, (chain) => {
        expect(effectiveSettings(chain)).toEqual(independently(chain));
      }),
      { numRuns: sized(600, 3_000) },
    );
  });

  test("hide the ids of sources that the caller must not see, and nothing else", () => {
    fc.assert(
      fc.property(chains, fc.nat(5), (chain, cut) => {
        const visible = new Set(chain.slice(0, cut).map(({ id }) => id));
        const all = JSON.parse(JSON.stringify(effectiveSettings(chain)), (key, value: unknown) =>
          key === "id" && !visible.has(String(value)) ? null : value,
        ) as unknown;
        expect(effectiveSettings(chain, visible)).toEqual(all);
      }),
      { numRuns: sized(200, 1_000) },
    );
  });
});

describe("merging", () => {
  const nullable = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T) =>
    maybe(
      fc.option(
        fc.record(Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, fc.option(value)])), {
          requiredKeys: [],
        }),
      ),
    );
  const patches = fc
    .record({
      throttle: nullable(shapes.throttle),
      trial: nullable(shapes.trial),
      mail: nullable(shapes.mail),
      deletion: nullable(shapes.deletion),
      watchlist: nullable(shapes.watchlist),
      alerts: nullable(shapes.alerts),
      storage: nullable(shapes.storage),
      moves: nullable(shapes.moves),
      access: nullable(shapes.access),
      portal: nullable(shapes.portal),
      log: nullable(shapes.log),
    })
    .map((given) => SettingsPatch.parse(JSON.parse(JSON.stringify(given))));
  /** RFC 7396 as its text says it, and empty groups left out. */
  const rfc7396 = (target: unknown, patch: unknown): unknown => {
    if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
    const result: Record<string, unknown> = typeof target === "object" && target !== null ? { ...target } : {};
    for (const [key, value] of Object.entries(patch))
      if (value === null) delete result[key];
      else result[key] = rfc7396(result[key], value);
    return result;
  };
  const withoutEmpty = (groups: object) =>
    Object.fromEntries(Object.entries(groups).filter(([, values]) => Object.keys(values as object).length > 0));

  test("is a JSON merge patch", () => {
    fc.assert(
      fc.property(settings, patches, (own, patch) => {
        const before = structuredClone(own);
        const stored = withoutEmpty(own);
        expect(withoutEmpty(mergeSettings(own, patch))).toEqual(withoutEmpty(rfc7396(stored, patch) as object));
        expect(own).toEqual(before);
      }),
      { numRuns: sized(600, 3_000) },
    );
  });

  test("twice is merging once, and of an empty patch changes nothing", () => {
    fc.assert(
      fc.property(settings, patches, (own, patch) => {
        const once = mergeSettings(own, patch);
        expect(mergeSettings(once, patch)).toEqual(once);
        expect(mergeSettings(own, {})).toEqual(own);
      }),
    );
  });
});

test("a level never ends with more than it inherits: what passes the check is what applies", () => {
  fc.assert(
    fc.property(chains, (chain) => {
      const [own, ...parents] = chain;
      fc.pre(own !== undefined && parents.length > 0);
      const inherited = effectiveSettings(parents).trial as Record<string, { value: number }>;
      const wider = Object.entries(own.settings.trial ?? {}).filter(
        ([key, value = 0]) => value > (inherited[key]?.value ?? 0),
      );
      const check = () => checkSettings(own.level, { trial: own.settings.trial }, parents);
      if (own.settings.trial && ["end-customer", "site"].includes(own.level))
        expect(check).toThrow(expect.objectContaining({ code: "not_applicable" }));
      else if (wider.length > 0)
        expect(check).toThrow(
          expect.objectContaining({
            code: "setting_not_narrower",
            errors: wider.map(([key]) => expect.objectContaining({ path: `trial.${key}` })),
          }),
        );
      else {
        expect(check).not.toThrow();
        const effective = effectiveSettings(chain).trial as Record<string, { value: number }>;
        for (const [key, value] of Object.entries(own.settings.trial ?? {})) expect(effective[key]?.value).toBe(value);
      }
    }),
    { numRuns: sized(200, 1_000) },
  );
});
