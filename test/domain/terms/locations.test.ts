import { iso31661 } from "iso-3166";
import { describe, expect, test } from "vitest";
import { CountryCode, LocationCode, locationFor, storageLocations } from "../../../shared/domain/terms/locations.ts";

const countries = iso31661.filter(({ state }) => state === "assigned").map(({ alpha2 }) => alpha2);
const names = [
  "Australia",
  "Belgium",
  "Brazil",
  "Canada",
  "Denmark",
  "France",
  "Germany",
  "Italy",
  "Netherlands",
  "Norway",
  "Portugal",
  "South Africa",
  "Spain",
  "Sweden",
  "Switzerland",
  "United Kingdom",
  "United States",
];
const outcome = (work: () => string): string => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("storage locations (S3)", () => {
  test("are the seventeen of the feature list, by name", () => {
    expect(storageLocations.map(({ name }) => name)).toEqual(names);
    expect(new Set(storageLocations.map(({ code }) => code)).size).toBe(17);
  });

  test("have a region each, and say where it stands", () => {
    for (const { code, region, residency, regionCountry } of storageLocations) {
      expect(region).toMatch(/^[a-z]{2}-[a-z]+-\d$/);
      expect(countries).toContain(code);
      expect(countries).toContain(regionCountry);
      expect(residency).toBe(regionCountry === code ? "in-country" : "nearest");
    }
    const nearest = storageLocations.filter(({ residency }) => residency === "nearest").map(({ code }) => code);
    expect(nearest).toEqual(["BE", "DK", "NL", "NO", "PT"]);
  });

  test("a region stands in one country", () => {
    const countryOf = new Map<string, string>();
    for (const { region, regionCountry } of storageLocations) {
      expect(countryOf.get(region) ?? regionCountry).toBe(regionCountry);
      countryOf.set(region, regionCountry);
    }
    expect(countryOf.size).toBe(12);
  });
});

describe("the location of a new customer (S2)", () => {
  test("every country of ISO 3166 either decides it or needs a choice among all seventeen", () => {
    expect(countries.length).toBe(249);
    const hosts = new Set<string>(storageLocations.map(({ code }) => code));
    for (const country of countries) {
      expect(CountryCode.parse(country)).toBe(country);
      expect(outcome(() => locationFor(country, undefined))).toBe(hosts.has(country) ? country : "location_required");
      for (const wanted of LocationCode.options) {
        const expected = !hosts.has(country) || wanted === country ? wanted : "location_fixed";
        expect(outcome(() => locationFor(country, wanted))).toBe(expected);
      }
    }
  });

  test("takes no code that is not assigned", () => {
    for (const code of ["UK", "EU", "XX", "ZZ", "de", "DEU", "", "D", "__proto__", "constructor", "AN"])
      expect([code, CountryCode.safeParse(code).success]).toEqual([code, false]);
  });
});

describe("the country of a customer", () => {
  test("may be XK, Kosovo, which ISO leaves to its users; it hosts no storage", () => {
    expect(CountryCode.parse("XK")).toBe("XK");
    expect(locationFor("XK", "IT")).toBe("IT");
    expect(outcome(() => locationFor("XK", undefined))).toBe("location_required");
    expect(LocationCode.safeParse("XK").success).toBe(false);
  });

  test.each([
    ["UK", "the ISO 3166-1 code of this country is GB, not UK"],
    ["EL", "the ISO 3166-1 code of this country is GR, not EL"],
    ["XX", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
    ["AA", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
    ["de", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
    ["xk", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
    ["uk", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
    ["__proto__", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
    ["constructor", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
  ])("may not be %s: %s", (code, message) =>
    expect(CountryCode.safeParse(code).error?.issues.map((issue) => issue.message)).toEqual([message]),
  );
});
