import { describe, expect, test } from "vitest";
import {
  fieldAt,
  type Values,
  valuesOf,
  type Version,
  versionOf,
  withoutRow,
} from "../../../console/src/views/prices/values.ts";
import { PriceVersion } from "../../../shared/domain/billing/price-plan.ts";

const whole: Version = {
  validFrom: "2027-01-01",
  storage: {
    unit: "GiB",
    measure: "peak",
    price: {
      mode: "graduated",
      freeUnits: 10,
      tiers: [
        { upTo: 1000, unitPrice: "3.5" },
        { upTo: 5000, unitPrice: "2.75" },
        { upTo: null, unitPrice: "0.0001" },
      ],
    },
  },
  devices: { server: { unitPrice: "900" }, laptop: { mode: "volume", tiers: [{ upTo: null, unitPrice: "0" }] } },
  licences: { unitPrice: "150", freeUnits: 0 },
  accounts: { select: { unitPrice: "99" }, archive: { unitPrice: "5", freeUnits: 3 } },
  services: { "Firewall 2.0": { unitPrice: "2500" }, Firewall: { unitPrice: "1000.5" } },
  minimum: "5000",
  discountPercent: "7.5",
  taxPercent: "0",
  taxExemption: { kind: "reverse-charge", reason: "Article 196" },
};

test("prices with all that there can be are prices of the API", () => {
  expect(PriceVersion.parse(whole)).toEqual(whole);
  expect(Object.keys(whole).toSorted()).toEqual(Object.keys(PriceVersion.shape).toSorted());
});

test.for([".", ","] as const)("prices in a form are the ones that it began with, with the decimal sign %s", (point) => {
  const values = valuesOf(whole, whole.validFrom, "EUR", point);
  expect(values["storage.price.tiers.0.unitPrice"]).toBe(`0${point}035`);
  expect(versionOf(values, "EUR")).toEqual({ version: whole, faults: {} });
});

test("what is left empty is not charged, and only the tax must be said", () => {
  const empty = valuesOf(null, "2027-01-01", "EUR", ".");
  const { version, faults } = versionOf(empty, "EUR");
  expect(faults).toEqual({ taxPercent: "required" });
  expect(version).toEqual({ validFrom: "2027-01-01", taxPercent: "" });
});

describe("a field is at fault", () => {
  const faultsOf = (changes: Values) =>
    versionOf({ ...valuesOf(whole, "2027-01-01", "EUR", "."), ...changes }, "EUR").faults;
  test.for([
    [{ validFrom: "" }, { validFrom: "required" }],
    [{ "licences.unitPrice": "" }, { "licences.unitPrice": "required" }],
    [{ "devices.server.unitPrice": "nine" }, { "devices.server.unitPrice": "amount" }],
    [{ "devices.server.freeUnits": "1.5" }, { "devices.server.freeUnits": "count" }],
    [{ "storage.price.tiers.1.upTo": "" }, { "storage.price.tiers.1.upTo": "required" }],
    [{ "storage.price.tiers.2.unitPrice": "" }, { "storage.price.tiers.2.unitPrice": "required" }],
    [{ "accounts.1.plan": "select" }, { "accounts.1.plan": "twice" }],
    [{ "services.0.service": " " }, { "services.0.service": "required" }],
    [{ "services.0.unitPrice": "" }, { "services.0.unitPrice": "required" }],
    [{ discountPercent: "7.12345" }, { discountPercent: "percent" }],
    [{ taxPercent: "-1" }, { taxPercent: "percent" }],
    [{ "taxExemption.reason": "" }, { "taxExemption.reason": "required" }],
  ] as const)("%j", ([changes, faults]) => {
    expect(faultsOf(changes)).toEqual(faults);
  });
});

test("a price below zero is sent, for the service to refuse it", () => {
  const values = { ...valuesOf(whole, "2027-01-01", "EUR", "."), minimum: "-5" };
  expect(versionOf(values, "EUR")).toMatchObject({ version: { minimum: "-500" }, faults: {} });
});

test("per cent are written as the service takes them", () => {
  const values = { ...valuesOf(whole, "2027-01-01", "EUR", "."), taxPercent: " 019,50 ", discountPercent: "0" };
  expect(versionOf(values, "EUR").version).toMatchObject({ taxPercent: "19.5", discountPercent: "0" });
});

test("a row that goes takes its fields along, and those after it move up", () => {
  const values = valuesOf(whole, "2027-01-01", "EUR", ".");
  const fewer = { ...values, ...withoutRow(values, "services", 0) };
  expect(versionOf(fewer, "EUR").version.services).toEqual({ Firewall: { unitPrice: "1000.5" } });
  const tiers = { ...values, ...withoutRow(values, "storage.price.tiers", 0) };
  expect(versionOf(tiers, "EUR").version.storage?.price).toMatchObject({
    tiers: [
      { upTo: 5000, unitPrice: "2.75" },
      { upTo: null, unitPrice: "0.0001" },
    ],
  });
});

test.for([
  ["name", "name"],
  ["versions.2.taxPercent", "taxPercent"],
  ["versions.2.validFrom", "validFrom"],
  ["versions.2", "validFrom"],
  ["versions.2.taxExemption", "taxExemption.kind"],
  ["versions.0.storage.price.tiers.1.upTo", "storage.price.tiers.1.upTo"],
  ["versions.0.accounts.archive.unitPrice", "accounts.1.unitPrice"],
  ["versions.0.services.Firewall 2.0.unitPrice", "services.0.unitPrice"],
  ["versions.0.services.Firewall.unitPrice", "services.1.unitPrice"],
] as const)("what the service says of %s stands at %s", ([path, field]) => {
  expect(fieldAt(path, valuesOf(whole, "2027-01-01", "EUR", "."))).toBe(field);
});
