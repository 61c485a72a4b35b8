import { useTranslation } from "react-i18next";
import type { Subscription } from "./data.ts";

/** Names of the days of the week, Monday first. */
export function weekdaysOf(language: string): string[] {
  const format = new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" });
  // The first of January 2024 was a Monday.
  return Array.from({ length: 7 }, (_, nth) => format.format(Date.UTC(2024, 0, 1 + nth)));
}

export const timeText = (hour: number, minute: number): string =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;

/** When a report comes, in words. */
export function useSchedule(): (subscription: Subscription) => string {
  const { t, i18n } = useTranslation();
  return ({ frequency, weekday, day, hour, minute }) => {
    const time = timeText(hour, minute);
    if (frequency === "weekly")
      return t("reports.when.weekly", { day: weekdaysOf(i18n.language)[(weekday ?? 1) - 1], time });
    if (frequency === "monthly") return t("reports.when.monthly", { day, time });
    return t("reports.when.daily", { time });
  };
}
