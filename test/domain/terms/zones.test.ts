import latest from "moment-timezone/data/packed/latest.json" with { type: "json" };
import meta from "moment-timezone/data/meta/latest.json" with { type: "json" };
import { describe, expect, test } from "vitest";
import { canonicalZone, TimeZone } from "../../../shared/domain/terms/zones.ts";

/** The zones that the IANA database lists for a country. */
const listed = new Set(Object.keys(meta.zones));
/** All names of the database, older ones included. */
const names = new Set([
  ...latest.zones.map((zone) => String(zone.split("|")[0])),
  ...latest.links.flatMap((link) => link.split("|")),
]);

describe("the canonical name of a time zone", () => {
  test.each([
    ["europe/berlin", "Europe/Berlin"],
    ["EUROPE/BERLIN", "Europe/Berlin"],
    ["Asia/Calcutta", "Asia/Kolkata"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    ["asia/saigon", "Asia/Ho_Chi_Minh"],
    ["Europe/Kiev", "Europe/Kyiv"],
    ["Europe/Kyiv", "Europe/Kyiv"],
    ["Asia/Katmandu", "Asia/Kathmandu"],
    ["America/Buenos_Aires", "America/Argentina/Buenos_Aires"],
    ["US/Eastern", "America/New_York"],
    ["Europe/Amsterdam", "Europe/Amsterdam"],
    ["UTC", "UTC"],
    ["utc", "UTC"],
    ["Etc/UTC", "UTC"],
    ["GMT", "UTC"],
    ["Etc/GMT", "UTC"],
    ["Zulu", "UTC"],
    ["Etc/GMT+5", "Etc/GMT+5"],
  ])("of %s is %s", (given, zone) => {
    expect(canonicalZone(given)).toBe(zone);
    expect(TimeZone.parse(given)).toBe(zone);
  });

  test("is a zone's own for every zone that the IANA database lists for a country", () => {
    expect(listed.size).toBeGreaterThan(400);
    expect([...listed].filter((zone) => canonicalZone(zone) !== zone)).toEqual([]);
  });

  test("of every other name of the database is one of those, UTC or a fixed distance from it", () => {
    expect(names.size).toBeGreaterThan(590);
    const strange = [...names].filter((name) => {
      const zone = canonicalZone(name);
      return zone === undefined || !(listed.has(zone) || zone === "UTC" || /^Etc\/GMT[+-]\d+$/.test(zone));
    });
    // Names of a ship's clock and of nobody's: none of a place.
    expect(strange).toEqual([]);
  });

  test("is the canonical name's own", () => {
    for (const name of names) {
      const zone = canonicalZone(name) ?? "";
      expect(canonicalZone(zone)).toBe(zone);
      expect(canonicalZone(name.toLowerCase())).toBe(zone);
    }
  });
});

describe("a time zone", () => {
  test.each(["", "Europe/Nowhere", "Berlin", "Europe/Berlin ", " Europe/Berlin", "Etc/Unknown", "\u0130stanbul", "1"])(
    "may not be %j",
    (zone) =>
      expect(TimeZone.safeParse(zone).error?.issues.map(({ message }) => message)).toEqual([
        "must be an IANA time zone, such as Europe/Berlin",
      ]),
  );

  test.each(["+01:00", "-01:00", "+0530", "UTC+1", "GMT+01:00"])("may not be the offset %s, and is told so", (zone) =>
    expect(TimeZone.safeParse(zone).error?.issues.map(({ message }) => message)).toEqual([
      "must be an IANA time zone, such as Europe/Berlin, not an offset: an offset knows no summer time",
    ]),
  );

  test("is never an abbreviation that the database does not have: IST is three zones", () => {
    const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const known = letters.flatMap((one) =>
      letters.flatMap((two) => letters.map((three) => one + two + three).filter((name) => canonicalZone(name))),
    );
    const inDatabase = new Set([...names].map((name) => name.toUpperCase()));
    expect(known.filter((name) => !inDatabase.has(name))).toEqual([]);
    expect(known).toContain("CET");
  });
});
