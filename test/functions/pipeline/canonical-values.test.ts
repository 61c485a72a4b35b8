import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

let fleet: Fleet;
let customerId: string;
beforeAll(async () => {
  fleet = await openFleet();
  ({ id: customerId } = await fleet.customer());
});

const noZone = "say the zone: Z or an offset such as +01:00";
/** The one complaint of a refused request. */
function complaintOf(reply: Reply): { path: string; message: string } {
  expectRefusal(reply, 400, "invalid_request");
  expect(reply.body.errors).toHaveLength(1);
  return reply.body.errors[0];
}
/** A moment as clocks an hour ahead of UTC show it. */
const anHourAhead = (at: string): string =>
  `${new Date(Date.parse(at) + 3_600_000).toISOString().replace(/\.\d+Z$/, "")}+01:00`;
const toTheSecond = (at: string): string => at.replace(/\.\d+Z$/, ".000Z");

describe("a time, with any offset", () => {
  test("is asked about in a query, also where the + was not encoded", async () => {
    const device = await fleet.device(customerId);
    const ask = (at: string) => fleet.call("getDeviceEffectiveSettings", { params: { id: device.id }, query: { at } });
    for (const at of [
      "2026-11-26T22:30:00+01:00",
      "2026-11-26T22:30:00 01:00",
      "2026-11-26T22:30+01:00",
      "2026-11-26T21:30Z",
    ])
      expect((await ask(at)).body.throttleNow.at).toBe("2026-11-26T21:30:00.000Z");
    expect(complaintOf(await ask("2026-11-26T22:30:00"))).toMatchObject({ path: "at", message: noZone });
    const settings = await fleet.ok("getEffectiveSettings", {
      params: { id: customerId },
      query: { at: "2026-11-26T22:30:00-05:00" },
    });
    expect(settings.throttleNow.at).toBe("2026-11-27T03:30:00.000Z");
  });

  test("ends keys: answered in UTC, and due when it comes", async () => {
    const at = toTheSecond(fleet.at(86_400_000));
    const key = await fleet.ok("createApiKey", {
      body: { customerId, role: "viewer", name: "Key", expiresAt: anHourAhead(at) },
    });
    expect(key.expiresAt).toBe(at);
    expect(await fleet.item(`KEY#${key.id}`, "timer#key-expiry")).toMatchObject({
      dueSk: `${at}#KEY#${key.id}`,
    });
    const past = { customerId, role: "viewer", name: "Key", expiresAt: anHourAhead(fleet.at(-60_000)) };
    expectRefusal(await fleet.call("createApiKey", { body: past }), 422, "expiry_in_past", "expiresAt");
    const enrolment = await fleet.ok("createEnrolmentKey", {
      params: { id: customerId },
      body: { name: "Office", expiresAt: anHourAhead(at) },
    });
    expect(enrolment.expiresAt).toBe(at);
  });

  test("is what an agent tells: a job is the same one, however its times are written", async () => {
    const device = await fleet.device(customerId);
    const set = await fleet.ownSet(device);
    const [startedAt, endedAt] = [toTheSecond(fleet.at(-7_200_000)), toTheSecond(fleet.at(-3_600_000))];
    const report = (more: object = {}) =>
      fleet.call(
        "reportJob",
        {
          body: {
            jobId: "job-1",
            backupSetId: set.id,
            type: "backup",
            status: "succeeded",
            startedAt: anHourAhead(startedAt),
            endedAt: anHourAhead(endedAt),
            bytes: 1,
            files: 1,
            ...more,
          },
        },
        { token: device.token },
      );
    const made = await report();
    expect([made.status, made.body]).toMatchObject([201, { startedAt, endedAt }]);
    const again = await report({ startedAt, endedAt });
    expect([again.status, again.body]).toEqual([200, made.body]);
    expect(complaintOf(await report({ jobId: "job-2", endedAt: endedAt.slice(0, 19) }))).toMatchObject({
      path: "endedAt",
      message: noZone,
    });
    // Ahead of the clock in UTC, whatever the digits say.
    expectRefusal(await report({ jobId: "job-3", endedAt: fleet.at(7_200_000) }), 422, "invalid_time", "endedAt");
    expect((await report({ jobId: "job-4", endedAt: anHourAhead(fleet.at()) })).status).toBe(201);

    const measured = toTheSecond(fleet.at(-60_000));
    const usage = (measuredAt: string) =>
      fleet.ok("reportUsage", { body: { usedBytes: 5, measuredAt } }, { token: device.token });
    expect(await usage(anHourAhead(measured))).toEqual({ usedBytes: 5, measuredAt: measured, stale: false });
    expect(await usage(measured)).toEqual({ usedBytes: 5, measuredAt: measured, stale: false });
  });

  test("ends a trial", async () => {
    const trial = await fleet.create(fleet.resellerId, { inTrial: true });
    const endsAt = toTheSecond(new Date(Date.parse(trial.trial.endsAt) + 86_400_000).toISOString());
    const extended = await fleet.ok("extendTrial", {
      params: { id: trial.id },
      body: { endsAt: anHourAhead(endsAt) },
    });
    expect(extended.trial.endsAt).toBe(endsAt);
  });
});

describe("a time zone", () => {
  const zoneOf = async (given: string): Promise<string> =>
    (await fleet.create(fleet.resellerId, { timezone: given })).timezone;

  test.each([
    ["europe/berlin", "Europe/Berlin"],
    ["Asia/Calcutta", "Asia/Kolkata"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    ["Europe/Kiev", "Europe/Kyiv"],
    ["Etc/UTC", "UTC"],
    ["GMT", "UTC"],
  ])("%s is kept as %s", async (given, zone) => {
    expect(await zoneOf(given)).toBe(zone);
    const { body } = await fleet.patch(customerId, { timezone: given });
    expect(body.timezone).toBe(zone);
    expect((await fleet.ok("getEffectiveSettings", { params: { id: customerId } })).timezone.value).toBe(zone);
  });

  test("that is unknown, or an offset, is refused, and another name of the one on record changes nothing", async () => {
    const { body: before } = await fleet.patch(customerId, { timezone: "Asia/Kolkata" });
    expect((await fleet.patch(customerId, { timezone: "asia/calcutta" })).body).toEqual(before);
    expect(complaintOf(await fleet.patch(customerId, { timezone: "Europe/Nowhere" }))).toMatchObject({
      path: "timezone",
      message: "must be an IANA time zone, such as Europe/Berlin",
    });
    expect(complaintOf(await fleet.patch(customerId, { timezone: "+01:00" })).message).toMatch(/not an offset/);
    expect(await fleet.get(customerId)).toEqual(before);
  });
});

describe("a country", () => {
  test("may be XK, and has the choice of storage that any country without its own has", async () => {
    const made = await fleet.create(fleet.resellerId, { country: "XK", storageLocation: "IT" });
    expect(made).toMatchObject({ country: "XK", storageLocation: "IT" });
    const refused = await fleet.tryCreate(fleet.resellerId, { country: "XK" });
    expectRefusal(refused, 422, "location_required", "storageLocation");
  });

  test.each([
    ["UK", "the ISO 3166-1 code of this country is GB, not UK"],
    ["EL", "the ISO 3166-1 code of this country is GR, not EL"],
    ["xk", "must be an ISO 3166-1 alpha-2 country code, such as DE"],
  ])("is not %s", async (country, message) => {
    expect(complaintOf(await fleet.tryCreate(fleet.resellerId, { country }))).toMatchObject({
      path: "country",
      message,
    });
  });
});
