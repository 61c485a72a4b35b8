import { inMajorUnits, minorUnitOf } from "../domain/billing/money.ts";

/** How a document writes amounts, quantities and days. */
export interface InvoiceFormats {
  /** An amount in minor units, with its currency. */
  money: (minorUnits: number) => string;
  /** A price in minor units, with as many decimals as it has, and its currency. */
  price: (minorUnits: string) => string;
  /** A decimal number, to three decimals. */
  quantity: (value: string) => string;
  percent: (value: string) => string;
  day: (day: string) => string;
  period: (period: { from: string; to: string }) => string;
  country: (code: string) => string;
}

/**
 * Formats of a language and a currency. White space within what they write does not break a line.
 * @throws Error for what is no currency
 */
export function invoiceFormats(language: string, currency: string): InvoiceFormats {
  // British English writes days without ambiguity to the rest of Europe.
  const locale = language === "en" ? "en-GB" : language;
  const decimals = minorUnitOf(currency);
  const style = { style: "currency", currency, currencyDisplay: "code" } as const;
  const money = new Intl.NumberFormat(locale, {
    ...style,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  const price = new Intl.NumberFormat(locale, {
    ...style,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals + 4,
  });
  const quantity = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 4 });
  const date = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "2-digit", month: "short", year: "numeric" });
  const country = new Intl.DisplayNames([locale], { type: "region" });
  // A decimal string is formatted exactly, where a number would have been rounded before.
  const exact = (value: string) => value as `${number}`;
  const kept = (text: string): string => text.replaceAll(/\s/g, "\u00a0");
  const day = (name: string): string => kept(date.format(new Date(`${name}T00:00:00Z`)));
  return {
    money: (minorUnits) => kept(money.format(exact(inMajorUnits(minorUnits, currency)))),
    price: (minorUnits) => kept(price.format(exact(inMajorUnits(minorUnits, currency)))),
    quantity: (value) => kept(quantity.format(exact(value))),
    percent: (value) => kept(percent.format(exact(`${value}e-2`))),
    day,
    period: ({ from, to }) => (from === to ? day(from) : `${day(from)} – ${day(to)}`),
    country: (code) => country.of(code) ?? code,
  };
}
