import { describe, expect, test } from "vitest";
import {
  foreignAfter,
  foreignTogether,
  type HasData,
  homeOf,
  inheritedPrefixes,
  locationOf,
  placeOfData,
  storesElsewhere,
} from "../../../shared/domain/devices/data-place.ts";
import type { Chain, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { vaultPlace } from "../../../shared/domain/hierarchy/vault.ts";
import type { LocationCode } from "../../../shared/domain/terms/locations.ts";
import { storagePlan } from "../../support/storage-plan.ts";

/** Only what the place of data depends on. */
const customer = (id: string, location: LocationCode, more: object = {}): CustomerRecord =>
  ({
    id,
    level: "end-customer",
    serviceType: "all-inclusive",
    storageLocation: location,
    vault: vaultPlace(storagePlan, id, location),
    formerVaults: [],
    storageServer: null,
    ...more,
  }) as unknown as CustomerRecord;
const device = (more: Partial<HasData> = {}): HasData => ({
  id: "device",
  everLicensed: true,
  replaces: [],
  replacedBy: null,
  foreignData: [],
  ...more,
});
const chainOf = (...chain: [CustomerRecord, ...CustomerRecord[]]): Chain => chain;
const [old, other, far] = [customer("old", "DE"), customer("other", "DE"), customer("far", "CH")];
/** A device that has been moved. */
const moved = (one: HasData, from: CustomerRecord, to: CustomerRecord): HasData => ({
  ...one,
  foreignData: foreignAfter(one, from, to.id),
});
const placeIn = (at: CustomerRecord, one: HasData, id = "device") => placeOfData(chainOf(at), one, id, storagePlan);

describe("the place of a device's data", () => {
  test("of a site is that of its end-customer's kind of service", () => {
    const site = customer("site", "DE", { level: "site" });
    const own = customer("end", "DE", { serviceType: "software-only", vault: null });
    expect(placeOfData(chainOf(site, own), device(), "device", storagePlan)).toEqual({
      location: "DE",
      region: null,
      bucket: null,
      prefix: "site/device/",
      endpoint: null,
      storageServerId: null,
    });
    expect(placeOfData(chainOf(site, customer("end", "DE")), device(), "device", storagePlan)).toMatchObject({
      region: "eu-central-1",
      bucket: "tenantry-test-vault-de-111122223333",
      endpoint: "https://s3.eu-central-1.amazonaws.com",
    });
  });

  test("stays when it is moved, with what it has taken over, wherever it goes from there", () => {
    const taken = device({ replaces: ["before"] });
    const once = moved(taken, old, far);
    expect(placeIn(far, once)).toMatchObject({ location: "DE", prefix: "old/device/" });
    expect(locationOf(once, far)).toBe("DE");
    expect(inheritedPrefixes(chainOf(far), once)).toEqual(["old/before/"]);
    expect(storesElsewhere(once, far)).toBe(true);
    const twice = moved(once, far, other);
    expect(placeIn(other, twice)).toMatchObject({ location: "DE", prefix: "old/device/" });
    expect(twice.foreignData).toEqual(once.foreignData);
  });
  test("is its customer's again once it is back", () => {
    const back = moved(moved(device(), old, far), far, old);
    expect(back.foreignData).toEqual([]);
    expect(placeIn(old, back)).toMatchObject({ prefix: "old/device/" });
  });
  test("stays where it was even if the customer that it has left goes elsewhere since", () => {
    const once = moved(device(), old, other);
    const relocated = customer("old", "CH");
    expect(homeOf(once, other, "device").vaults.map(({ location }) => location)).toEqual(["DE"]);
    expect(homeOf(moved(once, other, relocated), relocated, "device").vaults[0]?.location).toBe("CH");
  });
  test("is the new customer's of one that was never let in", () => {
    const fresh = moved(device({ everLicensed: false }), old, far);
    expect(fresh.foreignData).toEqual([]);
    expect(placeIn(far, fresh)).toMatchObject({ location: "CH", prefix: "far/device/" });
  });
  test("is the other's of one that was replaced: it is not named twice, and its removal ends nothing", () => {
    const replaced = moved(device({ replacedBy: "newer" }), old, far);
    expect(replaced.foreignData).toEqual([]);
  });
  test("on a storage of their own keeps the folder of the customer that it has left", () => {
    const [from, to] = ["from", "to"].map((id) => customer(id, "DE", { serviceType: "software-only", vault: null }));
    if (!from || !to) throw new Error("There are two.");
    const once = moved(device(), from, to);
    expect(placeIn(to, once)).toMatchObject({ bucket: null, prefix: "from/device/" });
    expect(storesElsewhere(once, to)).toBe(false);
  });
});

describe("a device that replaces one that was moved", () => {
  const older = moved(device({ id: "older" }), old, far);
  test("goes on where the data of that one lie, where it has none of its own", () => {
    const newer = device({ id: "newer", everLicensed: false });
    const after = { ...newer, replaces: ["older"], foreignData: foreignTogether(older, newer, far) };
    expect(placeIn(far, after, "newer")).toMatchObject({ location: "DE", prefix: "old/newer/" });
    expect(inheritedPrefixes(chainOf(far), after)).toEqual(["old/older/"]);
  });
  test("is refused where both have data, in different buckets", () => {
    expect(() => foreignTogether(older, device({ id: "newer" }), far)).toThrow(/different storage locations/);
  });
  test("keeps its own place where both lie in one bucket", () => {
    const newer = device({ id: "newer" });
    const near = moved(device({ id: "older" }), old, other);
    const after = { ...newer, replaces: ["older"], foreignData: foreignTogether(near, newer, other) };
    expect(placeIn(other, after, "newer")).toMatchObject({ prefix: "other/newer/" });
    expect(inheritedPrefixes(chainOf(other), after)).toEqual(["old/older/"]);
  });
  test("knows all vaults that the data of both lie in, each once", () => {
    const newer = moved(device({ id: "newer" }), old, far);
    expect(foreignTogether(older, newer, far)).toEqual([
      { customerId: "old", vaults: [vaultPlace(storagePlan, "old", "DE")], deviceIds: ["older", "newer"] },
    ]);
  });
});
