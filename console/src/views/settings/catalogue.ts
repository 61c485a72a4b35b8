import type { Output } from "@tenantry/client";
import type { Node } from "../../app/areas.ts";
import { sells } from "../add/levels.ts";

export type Effective = Output<"getEffectiveSettings">;
export type Own = Output<"getSettings">;

/** How a setting is entered. */
export type Kind = "bytes" | "count" | "flag" | "text" | "url" | "locations" | readonly string[];

interface Group {
  id: GroupId;
  fields: readonly (readonly [name: FieldName, kind: Kind])[];
  /** Who may say something here. */
  at: "all" | "sellers" | "provider";
}
export type GroupId =
  "trial" | "mail" | "watchlist" | "alerts" | "access" | "portal" | "log" | "deletion" | "moves" | "storage";
export type FieldName =
  | "trial.days"
  | "trial.extensionDays"
  | "trial.spaceBytes"
  | "trial.deleteAfterDays"
  | "mail.enabled"
  | "mail.senderName"
  | "mail.setupUrl"
  | "watchlist.noBackupDays"
  | "watchlist.notSeenDays"
  | "watchlist.serverNotSeenDays"
  | "watchlist.minimumAgentVersion"
  | "alerts.limits"
  | "alerts.moves"
  | "access.secondFactor"
  | "portal.enabled"
  | "portal.switchAccounts"
  | "portal.changeQuota"
  | "portal.restore"
  | "log.retentionDays"
  | "deletion.graceDays"
  | "deletion.customersPerHour"
  | "moves.mergeAndSplit"
  | "storage.closedLocations";

/** All settings but throttling, which is one unit. */
export const groups: readonly Group[] = [
  {
    id: "trial",
    at: "sellers",
    fields: [
      ["trial.days", "count"],
      ["trial.extensionDays", "count"],
      ["trial.spaceBytes", "bytes"],
      ["trial.deleteAfterDays", "count"],
    ],
  },
  {
    id: "mail",
    at: "sellers",
    fields: [
      ["mail.enabled", "flag"],
      ["mail.senderName", "text"],
      ["mail.setupUrl", "url"],
    ],
  },
  {
    id: "alerts",
    at: "all",
    fields: [
      ["alerts.limits", ["mail", "digest", "off"]],
      ["alerts.moves", ["mail", "off"]],
    ],
  },
  {
    id: "watchlist",
    at: "sellers",
    fields: [
      ["watchlist.noBackupDays", "count"],
      ["watchlist.notSeenDays", "count"],
      ["watchlist.serverNotSeenDays", "count"],
      ["watchlist.minimumAgentVersion", "text"],
    ],
  },
  {
    id: "portal",
    at: "all",
    fields: [
      ["portal.enabled", "flag"],
      ["portal.switchAccounts", "flag"],
      ["portal.changeQuota", "flag"],
      ["portal.restore", "flag"],
    ],
  },
  { id: "access", at: "all", fields: [["access.secondFactor", ["optional", "required"]]] },
  { id: "log", at: "sellers", fields: [["log.retentionDays", "count"]] },
  {
    id: "deletion",
    at: "provider",
    fields: [
      ["deletion.graceDays", "count"],
      ["deletion.customersPerHour", "count"],
    ],
  },
  { id: "moves", at: "provider", fields: [["moves.mergeAndSplit", "flag"]] },
  { id: "storage", at: "provider", fields: [["storage.closedLocations", "locations"]] },
];

/** Whether a level may say something about a group itself. */
export const maySay = ({ level }: Node, at: Group["at"]): boolean =>
  at === "all" || (at === "sellers" ? sells(level) : level === "provider");

const at = (record: object, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], record);

/** What a customer says itself; null: nothing. */
export const ownValue = (own: Own, name: FieldName): unknown => at(own, name) ?? null;
/** What applies, and which level says so. */
export const effectiveValue = (effective: Effective, name: FieldName) =>
  at(effective, name) as { value: unknown; source: { id: string | null; level: string } };

/** Throttling as one unit. */
export interface Throttle {
  enabled: boolean;
  always: boolean;
  from: string | null;
  to: string | null;
  offAtWeekend: boolean;
  bytesPerSecond: number | null;
}
/** The throttling that applies. */
export const effectiveThrottle = ({ throttle }: Effective): Throttle => ({
  enabled: throttle.enabled.value,
  always: throttle.always.value,
  from: throttle.from.value,
  to: throttle.to.value,
  offAtWeekend: throttle.offAtWeekend.value,
  bytesPerSecond: throttle.bytesPerSecond.value,
});
/** The customer's own throttling; null: it inherits. */
export const ownThrottle = ({ throttle }: Own): Throttle | null =>
  throttle?.mode === "own"
    ? {
        enabled: throttle.enabled ?? false,
        always: throttle.always ?? true,
        from: throttle.from ?? null,
        to: throttle.to ?? null,
        offAtWeekend: throttle.offAtWeekend ?? false,
        bytesPerSecond: throttle.bytesPerSecond ?? null,
      }
    : null;

const hourOf = (time: string | null): number => {
  const [hours = "0", minutes = "0"] = (time ?? "00:00").split(":");
  return Number(hours) + Number(minutes) / 60;
};
/** Whether backups are throttled in some part of an hour of a day; 0 is Monday. */
export function throttlesAt({ enabled, always, from, to, offAtWeekend }: Throttle, day: number, hour: number): boolean {
  if (!enabled || (offAtWeekend && day >= 5)) return false;
  if (always) return true;
  const [begin, end] = [hourOf(from), hourOf(to)];
  const within = (low: number, high: number): boolean => hour + 1 > low && hour < high;
  return begin < end ? within(begin, end) : within(begin, 24) || within(0, end);
}
