import { useTranslation } from "react-i18next";
import type { BackupSet } from "./data.ts";

export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** The name of a weekday in a language. 5 January 1970 was a Monday. */
export const dayName = (day: (typeof weekdays)[number], language: string, weekday: "long" | "short"): string =>
  new Intl.DateTimeFormat(language, { weekday, timeZone: "UTC" }).format((weekdays.indexOf(day) + 4) * 86_400_000);

/** A schedule in words: "Mon, Thu at 20:15". */
export function useScheduleText(): (schedule: BackupSet["schedule"]) => string {
  const { t, i18n } = useTranslation();
  return (schedule) => {
    if (schedule === null) return t("devices.sets.onDemand");
    const { days, at, everyHours } = schedule;
    const named =
      days.length === 7
        ? t("devices.sets.daily")
        : weekdays
            .filter((day) => days.includes(day))
            .map((day) => dayName(day, i18n.language, "short"))
            .join(", ");
    const when = t("devices.sets.at", { days: named, time: at });
    return everyHours === null ? when : `${when}, ${t("devices.sets.everyHours", { count: everyHours })}`;
  };
}
