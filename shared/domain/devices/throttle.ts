import * as z from "zod";
import type { Level } from "../terms/levels.ts";
import {
  EffectiveSettings,
  effectiveSettings,
  type OwnThrottle,
  type SettingsHolder,
  throttleOf,
} from "../terms/settings.ts";
import { offset, wallClock } from "../terms/wall-clock.ts";

/** When and to how much each backup is limited. Times of day are HH:MM in the customer's time zone. */
export interface ThrottleRule {
  enabled: boolean;
  always: boolean;
  from: string | null;
  to: string | null;
  offAtWeekend: boolean;
  bytesPerSecond: number | null;
}

/** Where a rule comes from. */
export interface ThrottleSource {
  id: string | null;
  level: Level | "device" | "backup-set" | "default";
}

/** A holder of a rule below the customers: a device or a backup set. */
export interface OwnRule {
  id: string;
  level: "device" | "backup-set";
  throttle: OwnThrottle | null;
}

/** The rule that applies (Q7): taken whole from the nearest holder whose mode is `own`. `own` and `chain` nearest first. */
export function effectiveThrottle(
  own: readonly OwnRule[],
  chain: readonly SettingsHolder[],
): { rule: ThrottleRule; source: ThrottleSource } {
  const holder = own.find(({ throttle }) => throttle?.mode === "own");
  if (holder?.throttle) {
    const { mode: _, ...rule } = throttleOf(holder.throttle);
    return { rule, source: { id: holder.id, level: holder.level } };
  }
  const { throttle } = effectiveSettings(chain);
  return {
    rule: {
      enabled: throttle.enabled.value,
      always: throttle.always.value,
      from: throttle.from.value,
      to: throttle.to.value,
      offAtWeekend: throttle.offAtWeekend.value,
      bytesPerSecond: throttle.bytesPerSecond.value,
    },
    source: throttle.enabled.source,
  };
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** Whether a rule limits backups at an instant. */
function limits(rule: ThrottleRule, zone: string, at: number): boolean {
  if (!rule.enabled || rule.bytesPerSecond === null) return false;
  const wall = wallClock(zone, at);
  const day = new Date(wall).getUTCDay();
  if (rule.offAtWeekend && (day === 0 || day === 6)) return false;
  if (rule.always || rule.from === null || rule.to === null) return true;
  const minute = Math.floor((((wall % dayMs) + dayMs) % dayMs) / minuteMs);
  const [from, to] = [minuteOf(rule.from), minuteOf(rule.to)];
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The instant between two, a day apart, at which the clocks of a zone are changed. */
function clockChange(zone: string, before: number, after: number): number {
  const old = offset(zone, before);
  // Whole seconds: between others there may be no middle, and no end.
  let [low, high] = [Math.floor(before / 1000) * 1000, Math.ceil(after / 1000) * 1000];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offset(zone, middle) === old) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * All instants of the days to come at which a rule may begin or end to limit: its times of day and midnights, each as often as the clocks
 * show it (twice on the day on which they are put back), and the change of the clocks itself, which may skip them.
 */
function* turningPoints(rule: ThrottleRule, zone: string, at: number, days: number): Generator<number> {
  const minutes = new Set([0, ...[rule.from, rule.to].flatMap((clock) => (clock === null ? [] : [minuteOf(clock)]))]);
  const midnight = Math.floor(wallClock(zone, at) / dayMs) * dayMs;
  for (let day = -1; day <= days; day += 1) {
    const wallDay = midnight + day * dayMs;
    const start = at + day * dayMs;
    const [before, after] = [offset(zone, start - dayMs), offset(zone, start + dayMs)];
    if (before !== after) yield clockChange(zone, start - dayMs, start + dayMs);
    for (const minute of minutes) {
      const wall = wallDay + minute * minuteMs;
      for (const ahead of new Set([before, after])) if (wallClock(zone, wall - ahead) === wall) yield wall - ahead;
    }
  }
}

/**
 * What a rule allows at an instant: the limit in bytes a second (null: none) and until when that stays so (null: it never changes). Pure;
 * right on the days on which clocks are changed, and for windows across midnight. Times in milliseconds since the epoch.
 */
export function throttleAt(
  rule: ThrottleRule,
  zone: string,
  at: number,
): { bytesPerSecond: number | null; until: number | null } {
  const now = limits(rule, zone, at);
  const changes = [...turningPoints(rule, zone, at, 9)].filter((point) => point > at).sort((one, other) => one - other);
  const until =
    !rule.enabled || rule.bytesPerSecond === null
      ? undefined
      : changes.find((point) => limits(rule, zone, point) !== now);
  return { bytesPerSecond: now ? rule.bytesPerSecond : null, until: until ?? null };
}

/** What throttling says at a moment. */
export const ThrottleNow = z
  .object({
    at: z.string(),
    bytesPerSecond: z.int().nullable().meta({ description: "Limit of each backup; null: unlimited" }),
    until: z.string().nullable().meta({ description: "How long that stays so; null: it never changes" }),
    source: z.object({ id: z.string().nullable(), level: z.string() }),
  })
  .meta({ id: "ThrottleNow" });

/** The settings that apply, and what throttling says at a moment. */
export const EffectiveSettingsNow = EffectiveSettings.extend({ throttleNow: ThrottleNow }).meta({
  id: "EffectiveSettingsNow",
});

/** What applies to a device (or a backup set, or a customer) at an instant, in the customer's time zone. */
export function throttleNow(
  own: readonly OwnRule[],
  chain: readonly SettingsHolder[],
  at: number,
): z.infer<typeof ThrottleNow> {
  const { rule, source } = effectiveThrottle(own, chain);
  const { bytesPerSecond, until } = throttleAt(rule, effectiveSettings(chain).timezone.value, at);
  return {
    at: new Date(at).toISOString(),
    bytesPerSecond,
    until: until === null ? null : new Date(until).toISOString(),
    source,
  };
}

/** The same with the id of its source left out where the caller does not see it. */
export const throttleFor = <T extends { source: { id: string | null; level: string } }>(
  now: T,
  visible: ReadonlySet<string>,
): T =>
  now.source.level === "device" || now.source.level === "backup-set" || visible.has(now.source.id ?? "")
    ? now
    : { ...now, source: { id: null, level: now.source.level } };
