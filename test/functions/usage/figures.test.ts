import pMap from "p-map";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Reply } from "../../support/api.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

type Body = Reply["body"];
let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

/** What contradicts itself in the figures of one customer. Nothing is rolled up here: what the stream would bring is never there. */
function contradictions({ licences, deviceLimit, deviceCount, level, id }: Body): string[] {
  const { limit, allottedToChildren, drawn, used, usedToDate, available } = licences;
  const wrong: string[] = [];
  if (limit !== null && allottedToChildren + drawn + available !== limit) wrong.push("the pool does not add up");
  if (limit !== null && allottedToChildren === 0 && used + available !== limit) wrong.push("used and available");
  if (used < drawn || used > drawn + allottedToChildren) wrong.push("more or less is used than there can be");
  if (usedToDate < used) wrong.push("less was used to date than is used");
  if (deviceLimit !== null && deviceCount > deviceLimit) wrong.push("more devices than may be added");
  return wrong.map((what) => `${level} ${id}: ${what} in ${JSON.stringify({ licences, deviceLimit, deviceCount })}`);
}

describe("figures of one answer", { timeout: 120_000 }, () => {
  test("agree at every moment while devices enrol and draw licences, and right after that", async () => {
    const reseller = await fleet.create(fleet.provider.id, {
      level: "reseller",
      licences: { limit: 5 },
      deviceLimit: 12,
    });
    const one = await fleet.create(reseller.id, { autoAuthorize: true });
    const site = await fleet.create(one.id, { autoAuthorize: true });
    const own = await fleet.create(reseller.id, { autoAuthorize: true, licences: { limit: 2 }, deviceLimit: 3 });
    const keys = await Promise.all([one, site, own].map(({ id }) => fleet.enrolmentKey(id)));
    for (const { id } of [one, site, own]) await fleet.login({ customerId: id });
    const watched = [reseller, one, site, own].map(({ id }) => String(id));

    let over = false;
    let looks = 0;
    const wrong = new Set<string>();
    const look = (shown: readonly Body[], counts: Map<string, number>): void => {
      looks += 1;
      for (const customer of shown) {
        for (const text of contradictions(customer)) wrong.add(text);
        // Below a limit nothing lags: what was counted once is not missing in the next answer.
        if (customer.deviceCount < (counts.get(customer.id) ?? 0)) wrong.add(`${customer.id} counts fewer than before`);
        counts.set(customer.id, customer.deviceCount);
      }
    };
    const query = { downTo: "customer" };
    const ways: (() => Promise<Body[]>)[] = [
      () => Promise.all(watched.map((id) => fleet.get(id))),
      async () => (await fleet.ok("listCustomers", { query: { parentId: reseller.id } })).items,
      async () => (await fleet.ok("getAllocations", { params: { id: reseller.id }, query })).items,
    ];
    const watching = ways.map(async (way) => {
      const counts = new Map<string, number>();
      while (!over) look(await way(), counts);
    });
    const race = async (index: number): Promise<Enrolled | null> => {
      for (let tries = 0; tries < 50; tries += 1) {
        const { status, body } = await fleet.enrol({ enrolmentKey: keys[index % 3].token });
        if (status === 201) {
          const device = { ...body.device, token: body.token };
          await fleet.backup(device);
          return device;
        }
        if (body.code === "device_limit") return null;
      }
      throw new Error("A computer is told to come again for ever.");
    };
    const racers = Array.from({ length: 20 }, (_, index) => index);
    const devices = (await pMap(racers, race, { concurrency: 5 })).filter((device) => device !== null);
    over = true;
    await Promise.all(watching);
    expect([...wrong]).toEqual([]);
    expect(looks).toBeGreaterThan(10);

    expect(devices).toHaveLength(12);
    const licensed = await Promise.all(devices.map(async ({ id }) => (await fleet.getDevice(id)).licensed as boolean));
    const [atOwn] = [devices.filter(({ customerId }) => customerId === own.id).length];
    expect(await fleet.get(reseller.id)).toMatchObject({
      deviceLimit: 12,
      deviceCount: 12,
      licences: { limit: 5, allottedToChildren: 2, drawn: 3, available: 0 },
    });
    expect(await fleet.get(own.id)).toMatchObject({
      deviceCount: atOwn,
      licences: { limit: 2, drawn: 2, used: 2, available: 0 },
    });
    expect(licensed.filter(Boolean)).toHaveLength(5);
    const { items } = await fleet.ok("getAllocations", { params: { id: reseller.id }, query });
    for (const row of items) expect(contradictions(row)).toEqual([]);
  });

  test("agree in what a change of limits answers, and say what is left of a pool", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller", licences: { limit: 3 } });
    const one = await fleet.create(reseller.id, { autoAuthorize: true });
    const device = await fleet.device(one.id);
    await fleet.backup(device);
    const changes = [
      { id: reseller.id, licences: { limit: 4 }, deviceLimit: 2 },
      { id: one.id, deviceLimit: 1 },
    ];
    const { items } = await fleet.ok("updateAllocations", { params: { id: reseller.id }, body: { changes } });
    expect(items).toMatchObject([
      { licences: { limit: 4, drawn: 1, used: 1, available: 3 }, deviceLimit: 2, deviceCount: 1 },
      { licences: { limit: null, drawn: 1, used: 1, available: 3 }, deviceLimit: 1, deviceCount: 1 },
    ]);
    expect((await fleet.patch(reseller.id, { licences: { limit: 1 } })).body.licences).toMatchObject({
      used: 1,
      available: 0,
    });
  });
});
