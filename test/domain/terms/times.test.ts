import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Instant, QueryInstant, readTime } from "../../../shared/domain/terms/times.ts";
import { sized } from "../../support/size.ts";

const inUtc = (text: string): string => Instant.parse(text);
const problem = (text: string): string => {
  const read = readTime(text);
  return "error" in read ? read.error : `read as ${read.at}`;
};

describe("a time of a request", () => {
  test.each([
    ["2026-11-26T22:30:00Z", "2026-11-26T22:30:00.000Z"],
    ["2026-11-26T22:30:00+01:00", "2026-11-26T21:30:00.000Z"],
    ["2026-11-26T22:30:00-08:00", "2026-11-27T06:30:00.000Z"],
    ["2026-11-26T22:30:00+05:45", "2026-11-26T16:45:00.000Z"],
    ["2026-11-26T22:30Z", "2026-11-26T22:30:00.000Z"],
    ["2026-11-26T22:30+01:00", "2026-11-26T21:30:00.000Z"],
    ["2026-11-26t22:30:00z", "2026-11-26T22:30:00.000Z"],
    ["2026-11-26T22:30:00-00:00", "2026-11-26T22:30:00.000Z"],
    ["2026-11-26T22:30:00+23:59", "2026-11-25T22:31:00.000Z"],
    ["2026-11-26T22:30:00.5Z", "2026-11-26T22:30:00.500Z"],
    ["2026-11-26T22:30:00.123456789+01:00", "2026-11-26T21:30:00.123Z"],
    ["2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("%s is %s", (text, utc) => {
    expect(inUtc(text)).toBe(utc);
    expect(QueryInstant.parse(text)).toBe(utc);
  });

  test.each([
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["2016-12-31T23:59:60.9Z", "2017-01-01T00:00:00.000Z"],
    ["2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000Z"],
  ])("%s, a leap second, counts as %s", (text, utc) => expect(inUtc(text)).toBe(utc));

  test.each(["2026-11-26T22:30:00", "2026-11-26T22:30", "2026-11-26 22:30:00", "2026-11-26T22:30:00.25"])(
    "%s does not say the zone",
    (text) => expect(problem(text)).toBe("say the zone: Z or an offset such as +01:00"),
  );

  test.each([
    ["2026-02-30T00:00:00Z", "there is no day 2026-02-30"],
    ["2027-02-29T00:00:00Z", "there is no day 2027-02-29"],
    ["2026-13-01T00:00:00Z", "there is no day 2026-13-01"],
    ["2026-11-00T00:00:00Z", "there is no day 2026-11-00"],
    ["2026-11-26T24:00:00Z", "hours run from 00 to 23, minutes and seconds from 00 to 59"],
    ["2026-11-26T22:60:00Z", "hours run from 00 to 23, minutes and seconds from 00 to 59"],
    ["2026-11-26T22:30:61Z", "hours run from 00 to 23, minutes and seconds from 00 to 59"],
    ["2026-11-26T22:30:60Z", "a leap second ends the last day of a month in UTC; any other second is at most 59"],
    ["2026-12-30T23:59:60Z", "a leap second ends the last day of a month in UTC; any other second is at most 59"],
    ["2026-11-26T22:30:00+24:00", "an offset runs from -23:59 to +23:59"],
    ["2026-11-26T22:30:00+01:60", "an offset runs from -23:59 to +23:59"],
    ["0000-01-01T00:00:00+01:00", "must lie within the years 0000 to 9999 in UTC"],
    ["9999-12-31T23:59:00-00:01", "must lie within the years 0000 to 9999 in UTC"],
  ])("%s is refused: %s", (text, message) => expect(problem(text)).toBe(message));

  test.each([
    "",
    "now",
    "2026-11-26",
    "1796252400",
    "2026-11-26T22:30:00+01",
    "2026-11-26T22:30:00+0100",
    "2026-11-26 22:30:00Z",
    "2026-11-26T22Z",
    "2026-11-26T22:30:00.Z",
    "+12026-11-26T22:30:00Z",
    "26-11-26T22:30:00Z",
    " 2026-11-26T22:30:00Z",
    "2026-11-26T22:30:00 Z",
    "2026-11-26T22:30:00\u221201:00",
    "２０２６-11-26T22:30:00Z",
  ])("%j is no time, and the refusal shows what one is", (text) =>
    expect(problem(text)).toBe(
      "must be a time as in RFC 3339, such as 2026-11-26T22:30:00Z or 2026-11-26T22:30:00+01:00",
    ),
  );

  test("in a query, a + that was not encoded is read as the offset's", () => {
    expect(QueryInstant.parse("2026-11-26T22:30:00 01:00")).toBe("2026-11-26T21:30:00.000Z");
    expect(QueryInstant.parse("2026-11-26T22:30 01:00")).toBe("2026-11-26T21:30:00.000Z");
    expect(Instant.safeParse("2026-11-26T22:30:00 01:00").success).toBe(false);
    expect(QueryInstant.safeParse("2026-11-26 22:30").error?.issues[0]?.message).toMatch(/^say the zone/);
  });

  test("is the same text for the same moment, whatever the offset, and texts sort as moments do", () => {
    const moment = fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(9998, 0) });
    const offset = fc.integer({ min: -1439, max: 1439 });
    const spelled = (ms: number, minutes: number): string => {
      const size = Math.abs(minutes);
      const digits = (value: number): string => String(value).padStart(2, "0");
      const local = new Date(ms + minutes * 60_000).toISOString().slice(0, -1);
      return `${local}${minutes < 0 ? "-" : "+"}${digits(Math.floor(size / 60))}:${digits(size % 60)}`;
    };
    fc.assert(
      fc.property(moment, moment, offset, offset, (one, other, here, there) => {
        expect(inUtc(spelled(one, here))).toBe(new Date(one).toISOString());
        expect(inUtc(inUtc(spelled(one, here)))).toBe(inUtc(spelled(one, there)));
        expect(inUtc(spelled(one, here)) < inUtc(spelled(other, there))).toBe(one < other);
      }),
      { numRuns: sized(200, 1_000) },
    );
  });
});
