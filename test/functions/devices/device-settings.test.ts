import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];

let fleet: Fleet;
let resellerId: string;
let device: Enrolled;
beforeAll(async () => {
  fleet = await openFleet();
  ({ id: resellerId } = await fleet.create(fleet.provider.id, { level: "reseller" }));
  const { id } = await fleet.create(resellerId, { autoAuthorize: true, timezone: "Europe/Berlin" });
  device = await fleet.device(id);
});

const at = async (moment?: string, token = fleet.token): Promise<Body> =>
  (
    await fleet.ok(
      "getDeviceEffectiveSettings",
      { params: { id: device.id }, query: moment === undefined ? {} : { at: moment } },
      { token },
    )
  ).throttleNow;
const office = { mode: "own", enabled: true, always: false, from: "08:00", to: "18:00", bytesPerSecond: 5 };
const throttleDevice = (throttle: object | null) =>
  fleet.ok("updateDevice", { params: { id: device.id }, body: { throttle } });
const throttleCustomer = (id: string, throttle: object | null) =>
  fleet.ok("updateSettings", { params: { id }, body: { throttle } });

describe("what applies to a device at a moment", () => {
  test("is nothing where no level says anything", async () => {
    expect(await at("2026-03-28T14:05:00Z")).toEqual({
      at: "2026-03-28T14:05:00.000Z",
      bytesPerSecond: null,
      until: null,
      source: { id: null, level: "default" },
    });
  });

  test("follows the window, by the customer's clocks in summer and in winter", async () => {
    await throttleDevice(office);
    const source = { id: device.id, level: "device" };
    const cases = [
      // Winter: an hour ahead of UTC.
      ["2026-01-14T06:59:59Z", null, "2026-01-14T07:00:00.000Z"],
      ["2026-01-14T07:00:00Z", 5, "2026-01-14T17:00:00.000Z"],
      ["2026-01-14T17:00:00Z", null, "2026-01-15T07:00:00.000Z"],
      // Summer: two.
      ["2026-07-15T05:59:00Z", null, "2026-07-15T06:00:00.000Z"],
      ["2026-07-15T15:59:00Z", 5, "2026-07-15T16:00:00.000Z"],
      // The night in which the clocks are put forward, and the one in which they are put back.
      ["2026-03-28T17:30:00Z", null, "2026-03-29T06:00:00.000Z"],
      ["2026-10-24T16:30:00Z", null, "2026-10-25T07:00:00.000Z"],
    ] as const;
    for (const [moment, bytesPerSecond, until] of cases)
      expect(await at(moment), moment).toMatchObject({ bytesPerSecond, until, source });
  });

  test("knows Saturday at 14:05: the window is off at weekends", async () => {
    await throttleDevice({ ...office, offAtWeekend: true });
    expect(await at("2026-03-28T13:05:00Z")).toMatchObject({ bytesPerSecond: null, until: "2026-03-30T06:00:00.000Z" });
    expect(await at("2026-03-27T13:05:00Z")).toMatchObject({ bytesPerSecond: 5, until: "2026-03-27T17:00:00.000Z" });
    await throttleDevice({ ...office, offAtWeekend: false });
    expect((await at("2026-03-28T13:05:00Z")).bytesPerSecond).toBe(5);
  });

  test("runs across midnight", async () => {
    await throttleDevice({ ...office, from: "22:00", to: "06:00" });
    expect(await at("2026-01-14T20:59:00Z")).toMatchObject({ bytesPerSecond: null, until: "2026-01-14T21:00:00.000Z" });
    for (const moment of ["2026-01-14T21:00:00Z", "2026-01-15T04:59:00Z"])
      expect(await at(moment)).toMatchObject({ bytesPerSecond: 5, until: "2026-01-15T05:00:00.000Z" });
    expect((await at("2026-01-15T05:00:00Z")).bytesPerSecond).toBeNull();
  });

  test("comes from the device, else from the customer, the reseller or the provider, as far as the caller sees them", async () => {
    const all = { mode: "own", enabled: true, always: true };
    await throttleDevice({ mode: "inherit" });
    await throttleCustomer(fleet.provider.id, { ...all, bytesPerSecond: 1 });
    const { token } = await fleet.key(device.customerId, "viewer");
    const ofReseller = (await fleet.key(resellerId, "viewer")).token;
    const said = async (by: string) => {
      const { bytesPerSecond, source } = await at("2026-01-14T12:00:00Z", by);
      return [bytesPerSecond, source.level, source.id];
    };
    expect(await said(token)).toEqual([1, "provider", null]);
    expect(await said(fleet.token)).toEqual([1, "provider", fleet.provider.id]);
    await throttleCustomer(resellerId, { ...all, bytesPerSecond: 2 });
    expect(await said(token)).toEqual([2, "reseller", null]);
    expect(await said(ofReseller)).toEqual([2, "reseller", resellerId]);
    await throttleCustomer(device.customerId, { ...all, bytesPerSecond: 3 });
    expect(await said(token)).toEqual([3, "end-customer", device.customerId]);
    await throttleDevice({ ...all, bytesPerSecond: 4 });
    expect(await said(token)).toEqual([4, "device", device.id]);
    // A device may also be let off.
    await throttleDevice({ mode: "own", enabled: false });
    expect(await said(token)).toEqual([null, "device", device.id]);
    await throttleDevice(null);
    expect(await said(token)).toEqual([3, "end-customer", device.customerId]);
    for (const id of [device.customerId, resellerId, fleet.provider.id]) await throttleCustomer(id, null);
    expect(await said(token)).toEqual([null, "default", null]);
  });

  test("is now where no moment is named", async () => {
    expect(Math.abs(Date.parse((await at()).at) - fleet.now())).toBeLessThan(60_000);
  });

  test.each(["yesterday", "2026-03-28", "14:05", ""])("is refused at %j", async (moment) => {
    const request = { params: { id: device.id }, query: { at: moment } };
    expectRefusal(await fleet.call("getDeviceEffectiveSettings", request), 400, "invalid_request", "at");
  });
});

test("the other settings of a device are those of its customer", async () => {
  const ofDevice = await fleet.ok("getDeviceEffectiveSettings", { params: { id: device.id } });
  const ofCustomer = await fleet.ok("getEffectiveSettings", { params: { id: device.customerId } });
  for (const group of ["throttle", "trial", "mail", "deletion", "timezone", "locale", "branding"])
    expect(ofDevice[group], group).toEqual(ofCustomer[group]);
});
