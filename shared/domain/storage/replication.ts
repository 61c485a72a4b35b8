import * as z from "zod";
import type { Chain } from "../hierarchy/customer.ts";
import { effectiveServer } from "../hierarchy/effective-server.ts";
import { type OwnReplication, ReplicationSchedule, type ServerRef } from "../hierarchy/own-storage.ts";
import { DomainError } from "../terms/errors.ts";
import { StorageServerId } from "../terms/ids.ts";
import { nextTime } from "../terms/schedule.ts";
import { effectiveSettings } from "../terms/settings.ts";
import { wallClock } from "../terms/wall-clock.ts";

/** What a caller says of a customer's replication: the whole of it. */
export const ReplicationInput = z
  .strictObject({
    enabled: z.boolean().nullish().meta({ description: "Whether data are copied to a second server" }),
    storageServerId: StorageServerId.nullish().meta({
      description: "The server that data are copied to: one of the customer or of a level above",
    }),
    schedule: ReplicationSchedule.nullish(),
  })
  .meta({ id: "ReplicationInput", description: "What is null or absent is inherited" });

const from = <T extends z.ZodType>(value: T) =>
  z.object({ value, level: z.string().meta({ description: "That says so; default: no level does" }) });

/** Replication of a customer's data to a second storage server (L9). */
export const Replication = z
  .object({
    own: z
      .object({
        enabled: z.boolean().nullable(),
        storageServerId: StorageServerId.nullable(),
        schedule: ReplicationSchedule.nullable(),
      })
      .meta({ description: "What this customer says itself; null: inherited" }),
    effective: z
      .object({
        enabled: from(z.boolean()),
        storageServerId: from(StorageServerId.nullable()),
        schedule: from(ReplicationSchedule),
      })
      .meta({ description: "What applies: of each the customer's own, or the nearest above" }),
    state: z.enum(["on", "off", "no-target", "same-server"]).meta({
      description:
        "no-target: it is enabled and no level names a server; same-server: the server is the one that the data lie on, so nothing is copied",
    }),
    timezone: z.string().meta({ description: "The customer's, which the schedule is in" }),
    nextAt: z.string().nullable().meta({ description: "When data are to be copied next; null: they are not" }),
  })
  .meta({ id: "Replication" });
export type Replication = z.infer<typeof Replication>;

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

interface EffectiveReplication extends Pick<Replication, "state" | "timezone" | "nextAt"> {
  enabled: { value: boolean; level: string };
  server: { value: ServerRef | null; level: string };
  schedule: { value: ReplicationSchedule; level: string };
}

/** What applies to the first of a chain, nearest first: each part from the nearest level that says anything of it. */
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
  const state = !enabled.value
    ? "off"
    : server.value === null
      ? "no-target"
      : server.value.id === effectiveServer(chain)?.id
        ? "same-server"
        : "on";
  const nextAt = state === "on" ? new Date(nextReplication(schedule.value, timezone, nowMs)).toISOString() : null;
  return { enabled, server, schedule, state, timezone, nextAt };
}

/** Replication of the first of a chain, as the API shows it. */
export function presentReplication(chain: Chain, nowMs: number): Replication {
  const { enabled, server, schedule, state, timezone, nextAt } = effectiveReplication(chain, nowMs);
  const own = chain[0].replication;
  return {
    own: {
      enabled: own?.enabled ?? null,
      storageServerId: own?.server?.id ?? null,
      schedule: own?.schedule ?? null,
    },
    effective: {
      enabled,
      storageServerId: { value: server.value?.id ?? null, level: server.level },
      schedule,
    },
    state,
    timezone,
    nextAt,
  };
}

/** @throws DomainError replication_to_itself where the first of a chain itself names the server that its data lie on */
export function refuseSameServer(chain: Chain): void {
  const target = chain[0].replication?.server?.id;
  if (target !== undefined && target === effectiveServer(chain)?.id)
    throw new DomainError(
      "replication_to_itself",
      `The customer's data lie on ${target} already; choose another server to copy them to.`,
    );
}
