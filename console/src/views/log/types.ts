import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { LogEntry } from "./data.ts";

type Type = LogEntry["type"];

/** All types of entries, by their names in the reader's language. */
export function useTypeOptions(): { value: Type; label: string }[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const names = t("log.types", { returnObjects: true }) as Record<Type, string>;
    return (Object.entries(names) as [Type, string][])
      .map(([value, label]) => ({ value, label }))
      .toSorted((one, other) => one.label.localeCompare(other.label, i18n.language));
  }, [t, i18n.language]);
}
