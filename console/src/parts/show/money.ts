import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { decimalsOf } from "./amounts.ts";

/** How amounts are written. */
export interface Money {
  /** An amount in minor units. */
  money: (minorUnits: number, currency: string) => string;
  /** A price in minor units, with as many decimals as it has. */
  price: (minorUnits: string, currency: string) => string;
}

interface Made {
  format: Intl.NumberFormat;
  decimals: number;
}
// Made once: a table writes hundreds of amounts while it is scrolled, and making a format takes longer than using it.
const formats = new Map<string, Made>();
function formatOf(language: string, currency: string, more: number): Made {
  const key = `${language} ${currency} ${more}`;
  const known = formats.get(key);
  if (known) return known;
  const decimals = decimalsOf(currency);
  const options = {
    style: "currency",
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals + more,
  } as const;
  const made = { format: new Intl.NumberFormat(language, options), decimals };
  formats.set(key, made);
  return made;
}

/** Amounts of money in the reader's language; the API counts in minor units. */
export function useMoney(): Money {
  const { language } = useTranslation().i18n;
  return useMemo(() => {
    const write = (minorUnits: number, currency: string, more: number): string => {
      const { format, decimals } = formatOf(language, currency, more);
      return format.format(minorUnits / 10 ** decimals);
    };
    return {
      money: (minorUnits, currency) => write(minorUnits, currency, 0),
      price: (minorUnits, currency) => write(Number(minorUnits), currency, 4),
    };
  }, [language]);
}
