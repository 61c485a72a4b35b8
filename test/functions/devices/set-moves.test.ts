import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import type { Enrolled, Fleet } from "../stages/fleet.ts";
import { type Moving, openMoving } from "../stages/moving.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

let fleet: Moving;
beforeAll(async () => {
  fleet = await openMoving();
});
afterAll(() => fleet.close());

const move = (set: { id: string }, deviceId: string, options?: Parameters<Fleet["call"]>[2]) =>
  fleet.call("moveBackupSet", { params: { id: set.id }, body: { deviceId } }, options);
/** Two devices of one customer, under two accounts, the first with two backup sets. */
async function pair(): Promise<{ customer: Body; one: Enrolled; two: Enrolled; set: Body; other: Body }> {
  const customer = await fleet.customer();
  const [first, second] = [
    await fleet.login({ customerId: customer.id }),
    await fleet.login({ customerId: customer.id, plan: "basic" }),
  ];
  const [one, two] = [await fleet.computer(first), await fleet.computer(second)];
  return { customer, one, two, set: await fleet.ownSet(one), other: await fleet.ownSet(one) };
}
const setsOf = async ({ token }: { token: string }): Promise<string[]> =>
  (await fleet.ok("listOwnBackupSets", {}, { token })).items.map(({ id }: Body) => id);
const grantOf = async (device: Enrolled, backupSetId?: string): Promise<Body> =>
  (await fleet.backup(device, { backupSetId })).body.grant;

describe("a backup set that is moved to a device of another account", () => {
  test("is that device's, with its history, and goes on where its data lie", async () => {
    const { customer, one, two, set, other } = await pair();
    const moved = await move(set, two.id);
    expect(moved.body).toMatchObject({ deviceId: two.id, accountId: two.accountId, dataDeviceId: one.id, version: 2 });
    expect([await setsOf(one), await setsOf(two)]).toEqual([[other.id], [set.id]]);
    const grant = await grantOf(two, set.id);
    expect(grant.prefix).toBe(`${customer.id}/${one.id}/`);
    const own = await grantOf(two);
    expect([own.prefix, own.inheritedPrefixes]).toEqual([`${customer.id}/${two.id}/`, [`${customer.id}/${one.id}/`]]);
    expect((await grantOf(one)).inheritedPrefixes).toEqual([]);
    await fleet.settled();
    // Where it is already nothing changes; back where it came from the other has access no more.
    expect((await move(set, two.id)).body.version).toBe(2);
    expect((await move(set, one.id)).body).toMatchObject({ deviceId: one.id, version: 3 });
    expect((await grantOf(two)).inheritedPrefixes).toEqual([]);
    expect(await fleet.item(customer.id, `lent#${one.id}#${two.id}`)).toBeUndefined();
    await fleet.settled();
  });

  test("keeps both devices with their customer as long as they share data", async () => {
    const { one, two, set } = await pair();
    await move(set, two.id);
    const to = await fleet.customer();
    const account = await fleet.login({ customerId: to.id });
    for (const device of [one, two]) {
      const alone = await fleet.call("moveDevices", { body: { ids: [device.id], accountId: account.id } });
      expectRefusal(alone, 409, "move_refused", "ids.0.devices");
      expect(alone.body.errors[0].code).toBe("data_shared");
      const body = { ids: [device.accountId], customerId: to.id, plan: "trial" };
      const all = await fleet.call("moveAccounts", { body });
      expect(all.body.errors.map(({ code }: Body) => code)).toContain("data_shared");
    }
    await move(set, one.id);
    const task = await fleet.ended(await fleet.call("moveDevices", { body: { ids: [one.id], accountId: account.id } }));
    expect(task.status).toBe("succeeded");
    await fleet.settled();
  });

  test("is refused to a device of another customer, one that is deleted, and one out of sight", async () => {
    const { one, two, set } = await pair();
    const [{ one: foreign }, other] = [await pair(), await fleet.create(fleet.provider.id, { level: "reseller" })];
    expectRefusal(await move(set, foreign.id), 422, "not_applicable", "deviceId");
    const away = await fleet.device((await fleet.create(other.id, { autoAuthorize: true })).id);
    const { token } = await fleet.key(fleet.resellerId);
    expectRefusal(await move(set, away.id, { token }), 404, "not_found");
    await fleet.ok("deleteDevice", { params: { id: two.id }, query: { confirm: two.name } });
    expectRefusal(await move(set, two.id), 409, "device_deleted");
    expect(await setsOf(one)).toContain(set.id);
  });

  test("is not left behind by a device that replaces its own", async () => {
    const { customer, one, two, set } = await pair();
    await move(set, two.id);
    const { body } = await fleet.enrol(
      { enrolmentKey: (await fleet.enrolmentKey(customer.id)).token },
      { name: two.name },
    );
    const newer = { ...body.device, token: body.token };
    await fleet.ok("replaceDevice", { params: { id: two.id }, body: { by: newer.id } });
    expect((await grantOf(newer)).inheritedPrefixes.toSorted()).toEqual(
      [`${customer.id}/${two.id}/`, `${customer.id}/${one.id}/`].toSorted(),
    );
    expect(await fleet.item(customer.id, `lent#${one.id}#${newer.id}`)).toBeDefined();
    expect(await fleet.item(customer.id, `lent#${one.id}#${two.id}`)).toBeUndefined();
    await fleet.settled();
  });
});
