import * as z from "zod";

const form = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[+-]\d\d:\d\d)$/;
const withoutZone = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;
const example = "2026-11-26T22:30:00Z or 2026-11-26T22:30:00+01:00";
const daySeconds = 86_400;

/** Milliseconds that an offset lies ahead of UTC; undefined where there is no such offset. */
function offsetMs(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * A moment as RFC 3339 writes it, in UTC with milliseconds: one text for each moment, and texts sort as moments do. The seconds may be
 * left out. What is finer than a millisecond is cut off. A leap second counts as the second that follows it, as computers count it.
 * @returns `at`, or in `error` what is wrong with the text
 */
export function readTime(text: string): { at: string } | { error: string } {
  const parts = form.exec(text);
  if (!parts)
    return {
      error: withoutZone.test(text)
        ? "say the zone: Z or an offset such as +01:00"
        : `must be a time as in RFC 3339, such as ${example}`,
    };
  const [, date = "", hour = "", minute = "", second = "00", fraction = "", zone = ""] = parts;
  const midnight = Date.parse(`${date}T00:00:00.000Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date))
    return { error: `there is no day ${date}` };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
    return { error: "hours run from 00 to 23, minutes and seconds from 00 to 59" };
  const offset = offsetMs(zone);
  if (offset === undefined) return { error: "an offset runs from -23:59 to +23:59" };
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const whole = midnight + seconds * 1000 - offset;
  if (second === "60" && !(whole % (daySeconds * 1000) === 0 && new Date(whole).getUTCDate() === 1))
    return { error: "a leap second ends the last day of a month in UTC; any other second is at most 59" };
  const at = new Date(whole + (second === "60" ? 0 : Number(fraction.slice(0, 3).padEnd(3, "0")))).toISOString();
  return /^\d{4}-/.test(at) ? { at } : { error: "must lie within the years 0000 to 9999 in UTC" };
}

const checkTime = (context: z.core.ParsePayload<string>): void => {
  const read = readTime(context.value);
  if ("at" in read) context.value = read.at;
  else context.issues.push({ code: "custom", input: context.value, message: read.error });
};
const meta = {
  format: "date-time",
  description: "A time as in RFC 3339, with Z or an offset; the seconds may be left out. Answered in UTC",
  examples: ["2026-11-26T22:30:00Z", "2026-11-26T23:30:00+01:00"],
};

/** A moment in the body of a request, with any offset; what is read from it is in UTC. */
export const Instant = z.string().check(checkTime).meta(meta);

/** The same in a query, where a + that was not encoded arrives as a space: before an offset it can be nothing else. */
export const QueryInstant = z
  .string()
  .overwrite((text) =>
    text.replace(/ (\d\d:\d\d)$/, (offset, digits: string, at: number) =>
      /[Tt]/.test(text.slice(0, at)) ? `+${digits}` : offset,
    ),
  )
  .check(checkTime)
  .meta(meta);
