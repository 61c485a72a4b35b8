import { nextTime } from "../terms/schedule.ts";
import { effectiveSettings } from "../terms/settings.ts";
import { wallClock } from "../terms/wall-clock.ts";
import type { Chain } from "./customer.ts";
import { effectiveServer, usesCloud } from "./effective-server.ts";
import type { OwnReplication, ReplicationSchedule, ReplicationState, ServerRef } from "./own-storage.ts";

const defaultSchedule: ReplicationSchedule = { frequency: "daily", at: "01:00" };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** The clocks of all zones are ahead of UTC by whole quarters of an hour. */
const quarterMs = 15 * minuteMs;

/** The first time after an instant at which the clocks of a zone show a full hour that a number divides, counted from midnight. */
function nextHour(everyHours: number, timezone: string, after: number): number {
  for (let at = (Math.floor(after / quarterMs) + 1) * quarterMs; ; at += quarterMs)
    if (wallClock(timezone, at) % (everyHours * hourMs) === 0) return at;
}

/** The first time after an instant at which data are to be copied. Milliseconds since the epoch, both ways. */
export function nextReplication(schedule: ReplicationSchedule, timezone: string, after: number): number {
  if (schedule.frequency === "hourly") return nextHour(schedule.everyHours, timezone, after);
  const [hour = 0, minute = 0] = schedule.at.split(":").map(Number);
  const weekday = schedule.frequency === "weekly" ? schedule.weekday : null;
  return nextTime({ frequency: schedule.frequency, weekday, day: null, hour, minute, timezone }, after);
}

export interface EffectiveReplication {
  state: ReplicationState;
  timezone: string;
  nextAt: string | null;
  enabled: { value: boolean; level: string };
  server: { value: ServerRef | null; level: string };
  schedule: { value: ReplicationSchedule; level: string };
}

/** What applies to the first of a chain, nearest first: each part from the nearest level that says anything of it. Off for who stores in the provider's storage. */
export function effectiveReplication(chain: Chain, nowMs: number): EffectiveReplication {
  const nearest = <Part extends keyof OwnReplication>(part: Part) => {
    for (const { replication, level } of chain) {
      const value = replication?.[part] ?? null;
      if (value !== null) return { value: value as NonNullable<OwnReplication[Part]>, level: level as string };
    }
    return null;
  };
  const enabled = nearest("enabled") ?? { value: false, level: "default" };
  const server = nearest("server") ?? { value: null, level: "default" };
  const schedule = nearest("schedule") ?? { value: defaultSchedule, level: "default" };
  const timezone = effectiveSettings(chain).timezone.value;
  const state =
    usesCloud(chain) || !enabled.value
      ? "off"
      : server.value === null
        ? "no-target"
        : server.value.id === effectiveServer(chain)?.id
          ? "same-server"
          : "on";
  const nextAt = state === "on" ? new Date(nextReplication(schedule.value, timezone, nowMs)).toISOString() : null;
  return { enabled, server, schedule, state, timezone, nextAt };
}
