/** How a mail writes numbers, moments and countries. */
export interface Formats {
  /** A count of things. */
  count: (value: number) => string;
  /** Bytes, in the largest binary unit that is reached: 1,5 GiB. */
  amount: (bytes: number) => string;
  /** An ISO 8601 moment, to the minute, with the time zone. */
  moment: (iso: string) => string;
  /** The same in short: day and month, and the time of day, in a list whose head names year and zone. */
  shortMoment: (iso: string) => string;
  /** An amount of money. @param decimal a number with all decimals that the currency has: 12.50 */
  money: (decimal: string, currency: string) => string;
  /** A day of the calendar, whatever the time zone. */
  day: (day: string) => string;
  /** Name of the country of an ISO 3166-1 alpha-2 code. */
  country: (code: string) => string;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

const knownTimeZone = (name: string): string => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
};

/**
 * Formats of a locale (BCP 47, well-formed) and a time zone (IANA name); moments are told in UTC where the engine does not know
 * the zone, which an older installation may have stored.
 */
export function formatsFor(locale: string, timezone: string): Formats {
  // Rounded down, so that no mail promises more space than there is.
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2, roundingMode: "floor" });
  // A day alone would be wrong in one half of the world: a trial ends at an instant.
  const moment = new Intl.DateTimeFormat(locale, {
    timeZone: knownTimeZone(timezone),
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  });
  const shortMoment = new Intl.DateTimeFormat(locale, {
    timeZone: knownTimeZone(timezone),
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
  });
  const day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "long" });
  const country = new Intl.DisplayNames([locale], { type: "region" });
  return {
    count: (value) => number.format(value),
    amount: (bytes) => {
      let unit = 0;
      while (bytes >= 1024 ** (unit + 1) && unit < units.length - 1) unit += 1;
      return `${number.format(bytes / 1024 ** unit)}\u00a0${units[unit]}`;
    },
    moment: (iso) => moment.format(new Date(iso)),
    // It stands in narrow columns, where a line must not end between a time and its "PM".
    shortMoment: (iso) => shortMoment.format(new Date(iso)).replaceAll(/\s/g, "\u00a0"),
    money: (decimal, currency) => {
      const digits = /\.(\d+)$/.exec(decimal)?.[1]?.length ?? 0;
      return new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(decimal as Intl.StringNumericLiteral);
    },
    day: (text) => day.format(new Date(`${text}T00:00:00Z`)),
    country: (code) => country.of(code) ?? code,
  };
}
