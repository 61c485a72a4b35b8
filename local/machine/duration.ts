const pattern =
  /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * A moment later by an ISO 8601 duration such as `PT1H`, `P31D` or `P1M`. Months and years are those of the calendar in UTC; the 31st
 * becomes the last day of a shorter month.
 * @returns milliseconds since the epoch; undefined where the text is no such duration, or leads beyond the calendar
 */
export function addDuration(startMs: number, duration: string): number | undefined {
  const match = pattern.exec(duration);
  if (!match) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const date = new Date(startMs);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + years * 12 + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  const rest = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds;
  const end = date.getTime() + Math.round(rest * 1000);
  // What a four-digit year cannot hold would break every sorted timestamp.
  return end <= Date.UTC(9999, 11, 31) ? end : undefined;
}
