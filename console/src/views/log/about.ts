import i18next from "i18next";
import type { LogEntry } from "./data.ts";

/** What an entry is about, as people call it: a subscription has no name but its kind of report. */
export function aboutOf({ id, name }: LogEntry["node"]): string {
  const key = `reports.kinds.${name}`;
  return id.startsWith("sub_") && i18next.exists(key) ? i18next.t(key as "reports.kinds.activity") : name;
}
