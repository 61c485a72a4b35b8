import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** Names of countries and storage locations in the reader's language, by ISO 3166-1. */
export function useRegions(): (code: string) => string {
  const { language } = useTranslation().i18n;
  return useMemo(() => {
    const names = new Intl.DisplayNames(language, { type: "region" });
    return (code) => names.of(code) ?? code;
  }, [language]);
}
