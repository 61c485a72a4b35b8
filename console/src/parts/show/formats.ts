import { useTranslation } from "react-i18next";

const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** What people read: numbers, sizes and times in their language and time zone. */
export interface Formats {
  number: (value: number) => string;
  /** Decimal units, as the API counts. */
  bytes: (value: number) => string;
  share: (value: number) => string;
  date: (iso: string) => string;
  /** A day of the calendar, such as 2026-11-30, or a month, such as 2026-11: the same in every time zone; `brief` is its shortest name. */
  period: (period: string, brief?: boolean) => string;
  dateTime: (iso: string) => string;
  /** How long ago, or how long until. */
  relative: (iso: string, now?: number) => string;
  /** The same, abbreviated. */
  short: (iso: string, now?: number) => string;
}

const made = new Map<string, Formats>();
/** Where this program runs. */
export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** English keeps the reader's own region, for dates: en-GB, en-US. */
function localeOf(language: string): string {
  return navigator.languages.find((one) => one.startsWith(`${language}-`)) ?? (language === "en" ? "en-GB" : language);
}

/** How long ago, or how long until, in the largest unit that fits. */
function span(spans: Intl.RelativeTimeFormat, iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 60) return spans.format(Math.round(seconds), "second");
  if (size < 3600) return spans.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return spans.format(Math.round(seconds / 3600), "hour");
  if (size < 30 * 86_400) return spans.format(Math.round(seconds / 86_400), "day");
  if (size < 365 * 86_400) return spans.format(Math.round(seconds / (30.44 * 86_400)), "month");
  return spans.format(Math.round(seconds / (365.25 * 86_400)), "year");
}

/** The formats of a language. */
export function formatsOf(language: string): Formats {
  const known = made.get(language);
  if (known) return known;
  const locale = localeOf(language);
  const numbers = new Intl.NumberFormat(locale);
  // Made once: a table formats hundreds of amounts while it is scrolled, and making a format takes longer than using it.
  const amounts = [0, 1, 2].map((maximumFractionDigits) => new Intl.NumberFormat(locale, { maximumFractionDigits }));
  const shares = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const calendar = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  const [days, briefDays] = [calendar({ dateStyle: "medium" }), calendar({ day: "numeric" })];
  const [months, briefMonths] = [calendar({ month: "long", year: "numeric" }), calendar({ month: "short" })];
  const spans = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const shortSpans = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const formats: Formats = {
    number: (value) => numbers.format(value),
    bytes(value) {
      let index = 0;
      let rest = Math.abs(value);
      while (rest >= 999.5 && index < units.length - 1) {
        rest /= 1000;
        index += 1;
      }
      const digits = index === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : 2;
      const amount = (amounts[digits] ?? numbers).format(Math.sign(value) * rest);
      return `${amount}\u00A0${units[index] ?? ""}`;
    },
    share: (value) => shares.format(value),
    date: (iso) => dates.format(new Date(iso)),
    period(period, brief = false) {
      const isMonth = period.length === 7;
      const format = isMonth ? (brief ? briefMonths : months) : brief ? briefDays : days;
      return format.format(new Date(`${period}${isMonth ? "-01" : ""}T00:00:00Z`));
    },
    dateTime: (iso) => times.format(new Date(iso)),
    relative: (iso, now) => span(spans, iso, now),
    short: (iso, now) => span(shortSpans, iso, now),
  };
  made.set(language, formats);
  return formats;
}

/** The formats of the reader's language. */
export const useFormats = (): Formats => formatsOf(useTranslation().i18n.language);
