import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** How amounts are written. */
export interface Money {
  /** An amount in minor units. */
  money: (minorUnits: number, currency: string) => string;
  /** A price in minor units, with as many decimals as it has. */
  price: (minorUnits: string, currency: string) => string;
}

const formats = new Map<string, Intl.NumberFormat>();
const formatOf = (language: string, currency: string, more: number): Intl.NumberFormat => {
  const key = `${language} ${currency} ${more}`;
  const base = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = base.resolvedOptions().maximumFractionDigits ?? 2;
  const made =
    formats.get(key) ??
    new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: digits + more });
  formats.set(key, made);
  return made;
};
const digitsOf = (currency: string): number =>
  new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** Amounts of money in the reader's language; the API counts in minor units. */
export function useMoney(): Money {
  const { language } = useTranslation().i18n;
  return useMemo(
    () => ({
      money: (minorUnits, currency) => formatOf(language, currency, 0).format(minorUnits / 10 ** digitsOf(currency)),
      price: (minorUnits, currency) =>
        formatOf(language, currency, 4).format(Number(minorUnits) / 10 ** digitsOf(currency)),
    }),
    [language],
  );
}
