import * as z from "zod";
import { DomainError, type ErrorCode, type FieldError } from "./errors.ts";
import { type Level, sells } from "./levels.ts";
import { LocationCode } from "./locations.ts";
import { line } from "./text.ts";
import { AgentVersion } from "./versions.ts";

/** A time of day. */
export const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "must be a time of day, HH:MM" })
  .meta({ examples: ["08:00"] });
const days = (max: number) => z.int().min(1).max(max);
const bytes = z.int().min(1);

export const Throttle = z
  .strictObject({
    mode: z
      .enum(["inherit", "own"])
      .meta({ description: "inherit: the parent's throttle applies and the rest is ignored" }),
    enabled: z.boolean(),
    always: z.boolean().meta({ description: "true: all day; false: from `from` to `to`" }),
    from: clockTime.nullable(),
    to: clockTime.nullable().meta({ description: "Before `from`: the window runs across midnight" }),
    offAtWeekend: z.boolean(),
    bytesPerSecond: bytes.nullable().meta({ description: "Limit of each backup" }),
  })
  .meta({ id: "Throttle", description: "Bandwidth throttling (Q7): one unit, inherited or own as a whole" });
const Trial = z
  .strictObject({
    spaceBytes: bytes.meta({ description: "Quota of an account in trial" }),
    days: days(365).meta({ description: "Of customers and of accounts" }),
    extensionDays: z
      .int()
      .min(0)
      .max(365)
      .meta({ description: "By how many days a customer's trial may be extended, once; 0: not at all" }),
    deleteAfterDays: days(365).meta({ description: "From the end of an account's trial to its deletion" }),
  })
  .meta({ id: "TrialSettings" });
const Mail = z
  .strictObject({
    enabled: z.boolean().meta({ description: "false: no account details are mailed; passwords are set by the caller" }),
    senderName: line(100),
    setupUrl: z
      .url({ protocol: /^https$/ })
      .max(500)
      .meta({ description: "Where the mails send the reader to set the backup software up" }),
  })
  .meta({ id: "MailSettings" });
const Deletion = z
  .strictObject({
    graceDays: days(365).meta({ description: "Days in which what was deleted can be restored" }),
    customersPerHour: z
      .int()
      .min(1)
      .max(10_000)
      .meta({ description: "Customers that one credential may delete in an hour" }),
  })
  .meta({ id: "DeletionSettings" });
const Watchlist = z
  .strictObject({
    noBackupDays: days(90).meta({
      description: "Days without a successful backup after which a device needs attention",
    }),
    notSeenDays: days(90).meta({ description: "Days after which a workstation or laptop that has not reported does" }),
    serverNotSeenDays: days(90).meta({ description: "Days after which a server that has not reported does" }),
    minimumAgentVersion: AgentVersion.meta({ description: "Backup software that is older than this needs attention" }),
  })
  .meta({ id: "WatchlistSettings" });
const Alerts = z
  .strictObject({
    limits: z.enum(["mail", "digest", "off"]).meta({
      description:
        "How this level hears of limits that are almost or wholly used up, its own and those of its customers: at once (then once a day, where there are many), once a day, or not",
    }),
    moves: z.enum(["mail", "off"]).meta({
      description:
        "Whether this level hears by mail of customers that are moved to it, or away from it: within a quarter of an hour, in one mail for all of them",
    }),
  })
  .meta({ id: "AlertSettings" });
const Storage = z
  .strictObject({
    closedLocations: z
      .array(LocationCode)
      .max(LocationCode.options.length)
      .refine((codes) => new Set(codes).size === codes.length, { error: "names a location twice" })
      .meta({ description: "Storage locations that take no new customers. Those that are there go on" }),
  })
  .meta({ id: "StorageSettings" });
const Moves = z
  .strictObject({
    mergeAndSplit: z.boolean().meta({
      description: "Whether customers can be merged, and accounts split off into a new one",
    }),
  })
  .meta({ id: "MoveSettings" });
const Access = z
  .strictObject({
    secondFactor: z.enum(["optional", "required"]).meta({
      description:
        "Whether users must prove more than a password. A level may demand it of its branch; no level below can lift it. Accounts have no second factor: where it is required, they cannot log in to the portal",
    }),
  })
  .meta({ id: "AccessSettings" });
const Portal = z
  .strictObject({
    enabled: z.boolean().meta({
      description:
        "Whether accounts log in with their user name and password. A level may switch it off for its branch; no level below can switch it on again",
    }),
    switchAccounts: z.boolean().meta({
      description:
        "Whether accounts that have logged in switch to the other accounts of their customer. A level may forbid it to its branch; no level below can allow it again",
    }),
    changeQuota: z.boolean().meta({
      description:
        "Whether accounts that have logged in change their own user quota. A level may forbid it to its branch; no level below can allow it again",
    }),
    restore: z.boolean().meta({
      description:
        "Whether accounts that have logged in get access to what their devices have stored, to read it. A level may forbid it to its branch; no level below can allow it again",
    }),
  })
  .meta({ id: "PortalSettings" });
const Log = z
  .strictObject({
    retentionDays: z
      .int()
      .min(400)
      .max(36_500)
      .meta({ description: "Days for which log entries are kept that are written from now on" }),
  })
  .meta({ id: "LogSettings" });
export const Locale = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, { error: "must be a language, optionally with a country: de, en-GB" })
  .meta({ examples: ["de"] });
export const Branding = z
  .strictObject({
    logoUrl: z.url({ protocol: /^https$/ }).max(500),
    color: z.string().regex(/^#[0-9a-fA-F]{6}$/, { error: "must be a colour like #1a2b3c" }),
    supportUrl: z.url({ protocol: /^https$/ }).max(500),
  })
  .partial()
  .meta({ id: "Branding" });

/** The settings that a customer holds itself; what is absent comes from the levels above. */
export const Settings = z
  .strictObject({
    throttle: Throttle.partial().optional(),
    trial: Trial.partial().optional(),
    mail: Mail.partial().optional(),
    deletion: Deletion.partial().optional(),
    watchlist: Watchlist.partial().optional(),
    alerts: Alerts.partial().optional(),
    storage: Storage.partial().optional(),
    moves: Moves.partial().optional(),
    access: Access.partial().optional(),
    portal: Portal.partial().optional(),
    log: Log.partial().optional(),
  })
  .meta({ id: "Settings" });
export type Settings = z.infer<typeof Settings>;

const patchOf = <Shape extends z.ZodRawShape>(object: z.ZodObject<Shape>) => {
  const shape = Object.fromEntries(
    Object.entries(object.shape).map(([key, type]) => [key, (type as z.ZodType).nullish()]),
  );
  return z.strictObject(shape as unknown as { [K in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[K]>> }).nullish();
};
/** A JSON merge patch over a customer's own settings: null clears a value (or a whole group), so that it is inherited again. */
export const SettingsPatch = z
  .strictObject({
    throttle: patchOf(Throttle),
    trial: patchOf(Trial),
    mail: patchOf(Mail),
    deletion: patchOf(Deletion),
    watchlist: patchOf(Watchlist),
    alerts: patchOf(Alerts),
    storage: patchOf(Storage),
    moves: patchOf(Moves),
    access: patchOf(Access),
    portal: patchOf(Portal),
    log: patchOf(Log),
  })
  .meta({ id: "SettingsPatch" });
export type SettingsPatch = z.infer<typeof SettingsPatch>;

/** What applies where no level says anything. */
const defaults = {
  throttle: {
    mode: "own",
    enabled: false,
    always: true,
    from: null,
    to: null,
    offAtWeekend: false,
    bytesPerSecond: null,
  },
  trial: { spaceBytes: 512 * 1024 * 1024, days: 30, extensionDays: 30, deleteAfterDays: 30 },
  mail: { enabled: true, senderName: "Backup Service", setupUrl: null },
  deletion: { graceDays: 30, customersPerHour: 50 },
  watchlist: { noBackupDays: 2, notSeenDays: 7, serverNotSeenDays: 2, minimumAgentVersion: null },
  alerts: { limits: "mail", moves: "mail" },
  storage: { closedLocations: [] },
  moves: { mergeAndSplit: false },
  access: { secondFactor: "optional" },
  portal: { enabled: true, switchAccounts: true, changeQuota: true, restore: true },
  log: { retentionDays: null },
} as const;

/** Where an effective value comes from; `id` is null for the product's default and for levels above the caller's branch. */
const Source = z.object({
  id: z.string().nullable(),
  level: z.enum(["default", "provider", "distributor", "sub-distributor", "reseller", "end-customer", "site"]),
});
const sourced = <T extends z.ZodType>(value: T) => z.object({ value, source: Source });
const sourcedGroup = <Shape extends z.ZodRawShape>(object: z.ZodObject<Shape>) =>
  z.object(
    Object.fromEntries(
      Object.entries(object.shape).map(([key, type]) => [key, sourced(type as z.ZodType)]),
    ) as unknown as { [K in keyof Shape]: z.ZodObject<{ value: Shape[K] & z.ZodType; source: typeof Source }> },
  );

/** Every setting with its effective value and the level that it comes from. */
export const EffectiveSettings = z
  .object({
    throttle: sourcedGroup(Throttle.omit({ mode: true })),
    trial: sourcedGroup(Trial),
    mail: sourcedGroup(Mail.extend({ setupUrl: Mail.shape.setupUrl.nullable() })),
    deletion: sourcedGroup(Deletion),
    watchlist: sourcedGroup(Watchlist.extend({ minimumAgentVersion: AgentVersion.nullable() })),
    alerts: sourcedGroup(Alerts),
    storage: sourcedGroup(Storage),
    moves: sourcedGroup(Moves),
    access: sourcedGroup(Access),
    portal: sourcedGroup(Portal),
    log: sourcedGroup(
      Log.extend({
        retentionDays: Log.shape.retentionDays
          .nullable()
          .meta({ description: "Days for which log entries are kept that are written from now on; null: for good" }),
      }),
    ),
    timezone: sourced(z.string()),
    locale: sourced(Locale),
    branding: sourced(Branding.nullable()),
  })
  .meta({ id: "EffectiveSettings" });
export type EffectiveSettings = z.infer<typeof EffectiveSettings>;

/** What the settings of one customer are made from. */
export interface SettingsHolder {
  id: string;
  level: Level;
  settings: Settings;
  timezone: string | null;
  locale: string | null;
  branding: z.infer<typeof Branding> | null;
}
type Sourced<T> = { value: T; source: { id: string | null; level: Level | "default" } };

const nearest = <T>(
  chain: readonly SettingsHolder[],
  pick: (holder: SettingsHolder) => T | null | undefined,
  fallback: T,
): Sourced<T> => {
  for (const holder of chain) {
    const value = pick(holder);
    if (value !== undefined && value !== null) return { value, source: { id: holder.id, level: holder.level } };
  }
  return { value: fallback, source: { id: null, level: "default" } };
};

const nearestClosed = (chain: readonly SettingsHolder[]): Sourced<readonly LocationCode[]> =>
  nearest<readonly LocationCode[]>(
    chain,
    ({ settings }) => settings.storage?.closedLocations,
    defaults.storage.closedLocations,
  );

/** A second factor is demanded where any level does so, the topmost being the reason. */
function strictestFactor(chain: readonly SettingsHolder[]): Sourced<"optional" | "required"> {
  const demanding = chain.findLast(({ settings }) => settings.access?.secondFactor === "required");
  if (demanding) return { value: "required", source: { id: demanding.id, level: demanding.level } };
  return nearest<"optional" | "required">(
    chain,
    ({ settings }) => settings.access?.secondFactor,
    defaults.access.secondFactor,
  );
}

/** For how many days a log entry is kept that is written now; null: for good. */
const nearestRetention = (chain: readonly SettingsHolder[]): Sourced<number | null> =>
  nearest<number | null>(chain, ({ settings }) => settings.log?.retentionDays, defaults.log.retentionDays);
export const logRetentionDays = (chain: readonly SettingsHolder[]): number | null => nearestRetention(chain).value;

/** Whether any level demands a second factor of the users of the first of a chain. */
export const demandsSecondFactor = (chain: readonly SettingsHolder[]): boolean =>
  strictestFactor(chain).value === "required";

/** What any level may switch off for its branch: it is off where one does so, the topmost being the reason. */
function unlessOff(
  chain: readonly SettingsHolder[],
  pick: (holder: SettingsHolder) => boolean | undefined,
  fallback: boolean,
): Sourced<boolean> {
  const closing = chain.findLast((holder) => pick(holder) === false);
  return closing
    ? { value: false, source: { id: closing.id, level: closing.level } }
    : nearest<boolean>(chain, pick, fallback);
}

/** A level may narrow what it inherits, never widen it, also when a level above is narrowed later: the smallest wins. */
const smallest = (
  chain: readonly SettingsHolder[],
  pick: (holder: SettingsHolder) => number | null | undefined,
  fallback: number,
): Sourced<number> => {
  let best: Sourced<number> | undefined;
  for (const holder of chain.toReversed()) {
    const value = pick(holder);
    if (value !== undefined && value !== null && (best === undefined || value < best.value))
      best = { value, source: { id: holder.id, level: holder.level } };
  }
  return best ?? { value: fallback, source: { id: null, level: "default" } };
};

/**
 * The settings that apply to the first of a chain (nearest first, up to the provider), each with the level it comes from.
 * Throttling is taken whole from the nearest level whose mode is `own` (Q7); of trial settings the smallest wins (L2); of the
 * rest each value comes from the nearest level that holds it. Sources outside of `visible` show their level and no id.
 */
export function effectiveSettings(chain: readonly SettingsHolder[], visible?: ReadonlySet<string>): EffectiveSettings {
  const throttler = chain.find(({ settings }) => settings.throttle?.mode === "own");
  const source: Sourced<unknown>["source"] = throttler
    ? { id: throttler.id, level: throttler.level }
    : { id: null, level: "default" };
  const { mode: _, ...throttle } = { ...defaults.throttle, ...throttler?.settings.throttle };
  const effective = {
    throttle: Object.fromEntries(Object.entries(throttle).map(([key, value]) => [key, { value, source }])),
    trial: {
      spaceBytes: smallest(chain, ({ settings }) => settings.trial?.spaceBytes, defaults.trial.spaceBytes),
      days: smallest(chain, ({ settings }) => settings.trial?.days, defaults.trial.days),
      extensionDays: smallest(chain, ({ settings }) => settings.trial?.extensionDays, defaults.trial.extensionDays),
      deleteAfterDays: smallest(
        chain,
        ({ settings }) => settings.trial?.deleteAfterDays,
        defaults.trial.deleteAfterDays,
      ),
    },
    mail: {
      enabled: nearest<boolean>(chain, ({ settings }) => settings.mail?.enabled, defaults.mail.enabled),
      senderName: nearest<string>(chain, ({ settings }) => settings.mail?.senderName, defaults.mail.senderName),
      setupUrl: nearest<string | null>(chain, ({ settings }) => settings.mail?.setupUrl, defaults.mail.setupUrl),
    },
    deletion: {
      graceDays: nearest<number>(chain, ({ settings }) => settings.deletion?.graceDays, defaults.deletion.graceDays),
      customersPerHour: nearest<number>(
        chain,
        ({ settings }) => settings.deletion?.customersPerHour,
        defaults.deletion.customersPerHour,
      ),
    },
    watchlist: {
      noBackupDays: nearest<number>(
        chain,
        ({ settings }) => settings.watchlist?.noBackupDays,
        defaults.watchlist.noBackupDays,
      ),
      notSeenDays: nearest<number>(
        chain,
        ({ settings }) => settings.watchlist?.notSeenDays,
        defaults.watchlist.notSeenDays,
      ),
      serverNotSeenDays: nearest<number>(
        chain,
        ({ settings }) => settings.watchlist?.serverNotSeenDays,
        defaults.watchlist.serverNotSeenDays,
      ),
      minimumAgentVersion: nearest<string | null>(
        chain,
        ({ settings }) => settings.watchlist?.minimumAgentVersion,
        defaults.watchlist.minimumAgentVersion,
      ),
    },
    alerts: {
      limits: nearest<"mail" | "digest" | "off">(
        chain,
        ({ settings }) => settings.alerts?.limits,
        defaults.alerts.limits,
      ),
      moves: nearest<"mail" | "off">(chain, ({ settings }) => settings.alerts?.moves, defaults.alerts.moves),
    },
    storage: { closedLocations: nearestClosed(chain) },
    moves: {
      mergeAndSplit: nearest<boolean>(
        chain,
        ({ settings }) => settings.moves?.mergeAndSplit,
        defaults.moves.mergeAndSplit,
      ),
    },
    access: { secondFactor: strictestFactor(chain) },
    portal: {
      enabled: unlessOff(chain, ({ settings }) => settings.portal?.enabled, defaults.portal.enabled),
      switchAccounts: unlessOff(
        chain,
        ({ settings }) => settings.portal?.switchAccounts,
        defaults.portal.switchAccounts,
      ),
      changeQuota: unlessOff(chain, ({ settings }) => settings.portal?.changeQuota, defaults.portal.changeQuota),
      restore: unlessOff(chain, ({ settings }) => settings.portal?.restore, defaults.portal.restore),
    },
    log: { retentionDays: nearestRetention(chain) },
    timezone: nearest<string>(chain, ({ timezone }) => timezone, "UTC"),
    locale: nearest<string>(chain, ({ locale }) => locale, "en"),
    branding: nearest<z.infer<typeof Branding> | null>(chain, ({ branding }) => branding, null),
  };
  return (visible ? hideSources(effective, visible) : effective) as EffectiveSettings;
}

/** The same values with the ids of sources taken out that the caller must not see. */
function hideSources(value: unknown, visible: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== "source") return [key, key === "value" ? inner : hideSources(inner, visible)];
      const { id, level } = inner as Sourced<unknown>["source"];
      return [key, { id: id !== null && visible.has(id) ? id : null, level }];
    }),
  );
}

/** When a device needs attention: each of the rules from the nearest level that has it. */
export function watchRules(chain: readonly SettingsHolder[]) {
  const { watchlist } = effectiveSettings(chain);
  return {
    noBackupDays: watchlist.noBackupDays.value,
    notSeenDays: watchlist.notSeenDays.value,
    serverNotSeenDays: watchlist.serverNotSeenDays.value,
    minimumAgentVersion: watchlist.minimumAgentVersion.value,
  };
}

/** Storage locations that take no new customers; the provider closes and opens them. */
export const closedLocations = (chain: readonly SettingsHolder[]): readonly LocationCode[] =>
  nearestClosed(chain).value;

/** Days of grace before what was deleted is purged. */
export const graceDays = (chain: readonly SettingsHolder[]): number =>
  nearest<number>(chain, ({ settings }) => settings.deletion?.graceDays, defaults.deletion.graceDays).value;

/** Throttling by the merge patch of a device or a backup set. */
export const ThrottlePatch = patchOf(Throttle);
/** Own throttling as it is stored; what is absent has its default once the mode is `own`. */
export const OwnThrottle = Throttle.partial();
export type OwnThrottle = z.infer<typeof OwnThrottle>;
/** Own throttling after a merge patch; null: there is none any more. @throws DomainError invalid_request */
export function mergeThrottle(own: OwnThrottle | null, patch: z.infer<typeof ThrottlePatch>): OwnThrottle | null {
  const { throttle } = mergeSettings(own === null ? {} : { throttle: own }, { throttle: patch });
  const complaints = throttleComplaints({ throttle });
  if (complaints.length > 0)
    throw new DomainError(
      "invalid_request",
      "The throttling contradicts itself.",
      complaints.map((complaint) => ({ ...complaint, code: "invalid_request" })),
    );
  return throttle ?? null;
}
/** Throttling where the mode is `own`, with the defaults of what is not said. */
export const throttleOf = (own: OwnThrottle): z.infer<typeof Throttle> =>
  Throttle.parse({ ...defaults.throttle, ...own });

/** Applies a merge patch (RFC 7396) to own settings; a group left without values disappears. */
export function mergeSettings(own: Settings, patch: SettingsPatch): Settings {
  const merged: Record<string, Record<string, unknown>> = structuredClone(own) as Record<
    string,
    Record<string, unknown>
  >;
  for (const [group, change] of Object.entries(patch)) {
    if (change === undefined) continue;
    const values = change === null ? {} : { ...merged[group], ...change };
    const kept = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
    if (kept.length > 0) merged[group] = Object.fromEntries(kept);
    else delete merged[group];
  }
  return Settings.parse(merged);
}

/** Complaints about own settings, each of one kind. */
type Complaint = Omit<FieldError, "code">;

const throttleComplaints = ({ throttle }: Settings): Complaint[] => {
  if (throttle?.mode !== "own" || throttle.enabled !== true) return [];
  const { bytesPerSecond, always, from, to } = throttle;
  return [
    ...(bytesPerSecond ? [] : [{ path: "throttle.bytesPerSecond", message: "is needed where throttling is enabled" }]),
    ...(always !== false || (from && to && from !== to)
      ? []
      : [
          {
            path: "throttle.from",
            message: "throttling that is not always on needs two different times, `from` and `to`",
          },
        ]),
  ];
};

const levelComplaints = (
  level: Level,
  { trial, mail, deletion, watchlist, storage, moves, log }: Settings,
): Complaint[] => {
  const sellersOnly = `belongs to the provider and to those who sell, not to a customer of level ${level}`;
  return [
    ...(trial && !sells(level) ? [{ path: "trial", message: sellersOnly }] : []),
    ...(mail && !sells(level) ? [{ path: "mail", message: sellersOnly }] : []),
    ...(watchlist && !sells(level) ? [{ path: "watchlist", message: sellersOnly }] : []),
    ...(log && !sells(level) ? [{ path: "log", message: sellersOnly }] : []),
    ...(deletion && level !== "provider"
      ? [{ path: "deletion", message: "only the provider sets how deletion works" }]
      : []),
    ...(storage && level !== "provider"
      ? [{ path: "storage", message: "only the provider opens and closes storage locations" }]
      : []),
    ...(moves && level !== "provider"
      ? [{ path: "moves", message: "only the provider allows customers to be merged and split" }]
      : []),
  ];
};

const narrowingComplaints = ({ trial }: Settings, parents: readonly SettingsHolder[]): Complaint[] => {
  if (!trial || parents.length === 0) return [];
  const inherited = effectiveSettings(parents).trial as Record<string, { value: number }>;
  return Object.entries(trial).flatMap(([key, value]) => {
    const bound = inherited[key]?.value;
    return value !== undefined && bound !== undefined && value > bound
      ? [{ path: `trial.${key}`, message: `must be at most ${bound}, the value of the levels above` }]
      : [];
  });
};

/**
 * Rules of a customer's own settings against those that it inherits (`parents`, nearest first).
 * @throws DomainError invalid_request | not_applicable | setting_not_narrower, at the setting
 */
export function checkSettings(level: Level, own: Settings, parents: readonly SettingsHolder[]): void {
  const rules: [code: ErrorCode, detail: string, complaints: Complaint[]][] = [
    ["invalid_request", "The settings contradict themselves.", throttleComplaints(own)],
    ["not_applicable", "A setting does not belong to this level.", levelComplaints(level, own)],
    ["setting_not_narrower", "A level may narrow trial settings, not widen them.", narrowingComplaints(own, parents)],
  ];
  for (const [code, detail, complaints] of rules)
    if (complaints.length > 0)
      throw new DomainError(
        code,
        detail,
        complaints.map((complaint) => ({ ...complaint, code })),
      );
}
