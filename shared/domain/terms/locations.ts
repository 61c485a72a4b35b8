import { iso31661Alpha2ToAlpha3 } from "iso-3166";
import * as z from "zod";
import { refuse } from "./errors.ts";

/** An AWS region and the country that it stands in. */
interface Region {
  region: string;
  regionCountry: string;
}

const regions = {
  sydney: { region: "ap-southeast-2", regionCountry: "AU" },
  saoPaulo: { region: "sa-east-1", regionCountry: "BR" },
  montreal: { region: "ca-central-1", regionCountry: "CA" },
  paris: { region: "eu-west-3", regionCountry: "FR" },
  frankfurt: { region: "eu-central-1", regionCountry: "DE" },
  milan: { region: "eu-south-1", regionCountry: "IT" },
  capeTown: { region: "af-south-1", regionCountry: "ZA" },
  aragon: { region: "eu-south-2", regionCountry: "ES" },
  stockholm: { region: "eu-north-1", regionCountry: "SE" },
  zurich: { region: "eu-central-2", regionCountry: "CH" },
  london: { region: "eu-west-2", regionCountry: "GB" },
  virginia: { region: "us-east-1", regionCountry: "US" },
} as const satisfies Record<string, Region>;

/** The 17 storage locations of document 003 (S3), by country, each with the region that holds its data. */
const locationTable = {
  AU: { name: "Australia", ...regions.sydney },
  BE: { name: "Belgium", ...regions.paris },
  BR: { name: "Brazil", ...regions.saoPaulo },
  CA: { name: "Canada", ...regions.montreal },
  DK: { name: "Denmark", ...regions.stockholm },
  FR: { name: "France", ...regions.paris },
  DE: { name: "Germany", ...regions.frankfurt },
  IT: { name: "Italy", ...regions.milan },
  NL: { name: "Netherlands", ...regions.frankfurt },
  NO: { name: "Norway", ...regions.stockholm },
  PT: { name: "Portugal", ...regions.aragon },
  ZA: { name: "South Africa", ...regions.capeTown },
  ES: { name: "Spain", ...regions.aragon },
  SE: { name: "Sweden", ...regions.stockholm },
  CH: { name: "Switzerland", ...regions.zurich },
  GB: { name: "United Kingdom", ...regions.london },
  US: { name: "United States", ...regions.virginia },
} as const;

export type LocationCode = keyof typeof locationTable;
const locationCodes = Object.keys(locationTable) as [LocationCode, ...LocationCode[]];

/** Code of a storage location: the ISO 3166-1 alpha-2 code of its country. */
export const LocationCode = z
  .enum(locationCodes)
  .meta({ id: "StorageLocationCode", description: "Code of a storage location" });

/** The name of a location's bucket: the stage, the location in lower case and the AWS account are put in, and the stage's configuration may name another. */
export const bucketPattern = "tenantry-{stage}-vault-{location}-{account}";

/** Where data can lie: `residency` says whether the region stands in the location's own country. */
export const StorageLocation = z.object({
  code: LocationCode,
  name: z.string(),
  region: z.string().meta({ description: "AWS region that holds the data", examples: ["eu-central-1"] }),
  residency: z.enum(["in-country", "nearest"]).meta({ description: "nearest: the region stands in another country" }),
  regionCountry: z.string().meta({ description: "ISO 3166-1 alpha-2 code of the country that the region stands in" }),
});
export type StorageLocation = z.infer<typeof StorageLocation>;

/** All storage locations, by name. */
export const storageLocations: readonly StorageLocation[] = locationCodes.map((code) => {
  const place = locationTable[code];
  return { code, ...place, residency: place.regionCountry === code ? "in-country" : "nearest" };
});

/** Kosovo: ISO has assigned no code; this one of the codes left to users is what the EU, the IMF and banks use. */
const userAssigned: ReadonlySet<string> = new Set(["XK"]);
/** Codes that are in use for two countries beside those that ISO has assigned. */
const mistaken: Readonly<Record<string, string>> = { UK: "GB", EL: "GR" };

const isCountry = (code: string): boolean => Object.hasOwn(iso31661Alpha2ToAlpha3, code) || userAssigned.has(code);

/** An assigned ISO 3166-1 alpha-2 country code, or XK for Kosovo. */
export const CountryCode = z
  .string()
  .refine(isCountry, {
    error: ({ input }) => {
      const meant = typeof input === "string" && Object.hasOwn(mistaken, input) ? mistaken[input] : undefined;
      return meant === undefined
        ? "must be an ISO 3166-1 alpha-2 country code, such as DE"
        : `the ISO 3166-1 code of this country is ${meant}, not ${String(input)}`;
    },
  })
  .meta({ description: "ISO 3166-1 alpha-2 country code, or XK for Kosovo", examples: ["DE"] });

const hostsStorage = (country: string): country is LocationCode => Object.hasOwn(locationTable, country);

/** What a new customer of a country gets (S2). */
export const LocationChoice = z
  .object({
    country: CountryCode,
    mayChoose: z.boolean().meta({ description: "true: the caller must choose one of the open locations" }),
    storageLocation: LocationCode.nullable().meta({
      description: "The location that the country decides; null: it is chosen",
    }),
  })
  .meta({ id: "StorageLocationChoice" });

/** Who decides where a new customer's data lie: its country, where that hosts storage, or whoever creates it. */
export const locationChoice = (country: string): z.infer<typeof LocationChoice> =>
  hostsStorage(country)
    ? { country, mayChoose: false, storageLocation: country }
    : { country, mayChoose: true, storageLocation: null };

/**
 * The storage location of a new customer (S2): the country's own where it hosts storage, else the caller's choice.
 * @param closed locations that are not proposed where one must be chosen
 * @throws DomainError location_fixed | location_required, at `storageLocation`
 */
export function locationFor(
  country: string,
  wanted: LocationCode | undefined,
  closed: readonly LocationCode[] = [],
): LocationCode {
  if (hostsStorage(country)) {
    if (wanted !== undefined && wanted !== country)
      throw refuse(
        "location_fixed",
        "storageLocation",
        `${country} hosts storage, so the storage location is ${country} and cannot be chosen.`,
      );
    return country;
  }
  if (wanted === undefined)
    throw refuse(
      "location_required",
      "storageLocation",
      `${country} hosts no storage; choose one of ${locationCodes.filter((code) => !closed.includes(code)).join(", ")}.`,
    );
  return wanted;
}
