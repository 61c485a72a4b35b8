/** Browsers show these without decimals, as people do; ISO 4217, and with it the API, counts them in smaller units. */
const finer: ReadonlyMap<string, number> = new Map([
  ...["AFN", "ALL", "COP", "HUF", "IDR", "IRR", "KPW", "LAK", "LBP", "MMK", "PKR", "SOS", "SYP", "YER"].map(
    (code) => [code, 2] as const,
  ),
  ["IQD", 3],
]);

/** Decimals of a currency's amounts: 2 for EUR. What is no currency has two, until the service says what is wrong. */
export function decimalsOf(currency: string): number {
  const known = finer.get(currency.toUpperCase());
  if (known !== undefined) return known;
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/**
 * An amount as it is typed, such as 3,50, in minor units with at most four decimals; null: it is none. Its point is moved, and nothing is rounded. What is
 * below zero is read, for the service to say whether it can be.
 */
export function minorUnits(typed: string, currency: string): string | null {
  const [, sign = "", whole = "", part = ""] = /^\s*([-−]?)(\d+)(?:[.,](\d*))?\s*$/.exec(typed) ?? [];
  if (whole === "") return null;
  const digits = decimalsOf(currency);
  const all = part.replace(/0+$/, "").padEnd(digits, "0");
  if (all.length > digits + 4) return null;
  const minor = (whole + all.slice(0, digits)).replace(/^0+(?=\d)/, "");
  if (minor.length > 10) return null;
  const rest = all.slice(digits).replace(/0+$/, "");
  const amount = rest === "" ? minor : `${minor}.${rest}`;
  return sign === "" || amount === "0" ? amount : `-${amount}`;
}

/** An amount in minor units as it is typed: 12.5 in EUR is 0.125, and 900 is 9.00. @param point the reader's decimal sign */
export function majorUnits(minor: string, currency: string, point: "." | ","): string {
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(minor) ?? [];
  const digits = decimalsOf(currency);
  const all = whole.padStart(digits + 1, "0");
  const part = all.slice(all.length - digits) + rest;
  return `${sign}${all.slice(0, all.length - digits)}${part === "" ? "" : point + part}`;
}
