const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/** Bytes in decimal units, as the API counts them: `1.5 TB`. null: `–`. */
export function bytes(count: number | null): string {
  if (count === null) return "–";
  let [value, unit] = [count, 0];
  while (Math.abs(value) >= 999.95 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A limit for people: `limit 5`, or `no limit`. */
export const limit = (text: string): string => (text === "–" ? "no limit" : `limit ${text}`);

/** A moment in this machine's time zone: `2026-11-30 14:05`. null: `–`. */
export function moment(iso: string | null): string {
  if (iso === null) return "–";
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A value that may be missing, for people. */
export const orDash = (value: string | number | null | undefined): string =>
  value === null || value === undefined || value === "" ? "–" : String(value);

/** Words of a code: `backup_failed` becomes `backup failed`. */
export const words = (code: string): string => code.replaceAll("_", " ");
