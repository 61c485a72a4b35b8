import * as fc from "fast-check";
import { iso31661 } from "iso-3166";
import { expect, test } from "vitest";
import { mergedCustomer } from "../../../shared/domain/hierarchy/changed-customer.ts";
import type { Chain, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { newCustomer, newProvider } from "../../../shared/domain/hierarchy/new-customer.ts";
import { relocated } from "../../../shared/domain/storage/storage-location.ts";
import { LocationCode } from "../../../shared/domain/terms/locations.ts";
import { storagePlan } from "../../support/storage-plan.ts";
import { sized } from "../../support/size.ts";

/*
 * Document 003, told once more: a country that hosts storage decides the location, any other needs a choice. No change of the customer changes it; only
 * support does, which is the one caller of `relocated`.
 */
const hosts = new Set<string>(LocationCode.options);
const countries = iso31661.filter(({ state }) => state === "assigned").map(({ alpha2 }) => alpha2);
const choices = [undefined, ...LocationCode.options];
const levels = ["distributor", "sub-distributor", "reseller", "end-customer", "site"] as const;
const now = Date.parse("2026-11-29T00:00:00Z");

let serial = 0;
const newId = (): string => `cus_${String((serial += 1)).padStart(26, "0")}`;
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const by = { kind: "apiKey", id: "key_1", scopeId: "cus_1" };
const provider = (): CustomerRecord => newProvider({ name: "P", email: "p@example.com", country: "DE" }, newId(), now);
type Input = Parameters<typeof newCustomer>[0];
const inputOf = (more: Partial<Input>): Input => ({
  parentId: newId() as Input["parentId"],
  name: `Customer ${(serial += 1)}`,
  email: "a@example.com",
  country: "DE",
  ...more,
});
/** The parents of a customer of a level, nearest first; each stores in Germany. The provider closes its locations when they exist. */
function parentsOf(level: (typeof levels)[number], closed: LocationCode[]): Chain {
  const top = provider();
  const below: CustomerRecord[] = [];
  const chain = (last: CustomerRecord): Chain => [...below, last] as unknown as Chain;
  for (const above of levels.slice(0, levels.indexOf(level)))
    below.unshift(newCustomer(inputOf({ level: above }), chain(top), newId, { now, plan: storagePlan }).records[0]);
  return chain({ ...top, settings: { storage: { closedLocations: closed } } });
}

test("the location of a new customer follows from its country and the choice, at every level", () => {
  let [decided, refused] = [0, 0];
  for (const level of levels) {
    const parents = parentsOf(level, []);
    for (const country of countries)
      for (const storageLocation of choices) {
        const make = () =>
          newCustomer(inputOf({ level, country, storageLocation }), parents, newId, { now, plan: storagePlan }).records;
        const expected = hosts.has(country) ? country : storageLocation;
        if (expected === undefined) expect(codeOf(make)).toBe("location_required");
        else if (storageLocation !== undefined && storageLocation !== expected)
          expect(codeOf(make)).toBe("location_fixed");
        else {
          // A reseller's Default Customer stores where the reseller would.
          expect(make().map((record) => record.storageLocation)).toEqual(make().map(() => expected));
          decided += 1;
          continue;
        }
        refused += 1;
      }
  }
  const others = countries.length - hosts.size;
  expect([decided, refused]).toEqual([
    levels.length * (hosts.size * 2 + others * hosts.size),
    levels.length * (hosts.size * (hosts.size - 1) + others),
  ]);
});

test("a closed location gets no customer that would store there, and every other location gets what it got before", () => {
  const closedOnes = fc.subarray(LocationCode.options);
  fc.assert(
    fc.property(
      fc.constantFrom(...levels),
      fc.constantFrom(...countries),
      fc.constantFrom(...choices),
      closedOnes,
      (level, country, storageLocation, closed) => {
        const make = (parents: Chain) => () =>
          newCustomer(inputOf({ level, country, storageLocation }), parents, newId, { now, plan: storagePlan })
            .records[0].storageLocation;
        const before = codeOf(make(parentsOf(level, [])));
        const stores = level !== "distributor" && level !== "sub-distributor";
        const expected =
          before === undefined && stores && closed.includes(make(parentsOf(level, []))() as LocationCode)
            ? "location_closed"
            : before;
        expect(codeOf(make(parentsOf(level, closed)))).toBe(expected);
      },
    ),
    { numRuns: sized(100, 500) },
  );
});

test("no change of a customer changes its location but that of support", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...levels),
      fc.array(fc.constantFrom(...countries), { maxLength: 5 }),
      fc.constantFrom(...LocationCode.options),
      (level, moves, wanted) => {
        const parents = parentsOf(level, []);
        const [made] = newCustomer(inputOf({ level, country: "AT", storageLocation: "CH" }), parents, newId, {
          now,
          plan: storagePlan,
        }).records;
        let record = made;
        for (const country of moves) {
          record = mergedCustomer({ country }, [record, ...parents], { now, plan: storagePlan });
          expect([record.country, record.storageLocation]).toEqual([country, "CH"]);
        }
        expect(
          relocated([record, ...parents], wanted, { now, plan: storagePlan, by, reason: "moved" }).storageLocation,
        ).toBe(wanted);
      },
    ),
    { numRuns: sized(60, 300) },
  );
});
