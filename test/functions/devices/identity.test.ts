import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

const machine = (machineId: string, name: string) => ({ machineId, name, kind: "server", os: "Linux" });
const device = (id: string) => fleet.ok("getDevice", { params: { id } });
const call = (token: string) => fleet.call("listOwnBackupSets", {}, { token });
const mayBackUp = async (token: string): Promise<boolean> =>
  (await fleet.ok("authorizeBackup", { body: { estimatedBytes: 1 } }, { token })).allowed;
const resolve = (id: string, keep: "current" | "both") =>
  fleet.call("resolveIdentity", { params: { id }, body: { keep } });
const needing = async (customerId: string): Promise<string[]> =>
  (await fleet.ok("listDevices", { query: { customerId, attention: "true" } })).items.map(
    ({ id }: { id: string }) => id,
  );

/** A production computer, and a clone of it that has enrolled after it. */
async function cloned(more: object = {}): Promise<{
  customerId: string;
  production: Enrolled;
  clone: Enrolled;
  enrol: (name: string) => Promise<Enrolled>;
}> {
  const { id: customerId } = await fleet.customer(more);
  const { token: enrolmentKey } = await fleet.enrolmentKey(customerId);
  const machineId = fleet.freshName("machine").replaceAll(" ", "-");
  const enrol = async (name: string): Promise<Enrolled> => {
    const { status, body } = await fleet.enrol({ enrolmentKey }, machine(machineId, name));
    expect(status).toBeLessThan(300);
    return { ...body.device, token: body.token };
  };
  return { customerId, production: await enrol("PROD"), clone: await enrol("PROD-CLONE"), enrol };
}

describe("a token that another computer has superseded", () => {
  test("is refused saying when and by which name, and the device shows both computers until somebody decides", async () => {
    const { customerId, production, clone } = await cloned();
    expect(clone.id).toBe(production.id);
    const before = await device(clone.id);
    expect(before.attention).toEqual([]);
    const refused = await call(production.token);
    expectRefusal(refused, 401, "credential_superseded");
    expect(refused.body.detail).toContain("PROD-CLONE");
    expect(refused.body.detail).toContain(before.updatedAt);
    const after = await device(clone.id);
    expect(after.attention).toEqual([
      {
        code: "identity_conflict",
        since: expect.any(String),
        identities: [
          { name: "PROD-CLONE", at: before.updatedAt },
          { name: "PROD", at: after.attention[0].since },
        ],
      },
    ]);
    expect(await needing(customerId)).toEqual([clone.id]);
    // Again it says the same and changes nothing; the computer that holds the device backs up.
    expectRefusal(await call(production.token), 401, "credential_superseded");
    expect((await device(clone.id)).attention).toEqual(after.attention);
    expect(await mayBackUp(clone.token)).toBe(true);
    expect((await fleet.logged(clone.id)).map(({ type }) => type)).toContain("DeviceIdentityConflict");
  });

  test("that nobody uses any more raises nothing: the agent was installed anew", async () => {
    const { customerId, clone } = await cloned();
    expect(await mayBackUp(clone.token)).toBe(true);
    expect(await needing(customerId)).toEqual([]);
  });

  test("is any wrong token once its device is deleted, and after five others", async () => {
    const { production, clone, enrol } = await cloned();
    for (let time = 0; time < 5; time += 1) await enrol(`PROD ${time}`);
    expectRefusal(await call(production.token), 401, "unauthenticated");
    expectRefusal(await call(clone.token), 401, "credential_superseded");
    const { name } = await device(clone.id);
    await fleet.ok("deleteDevice", { params: { id: clone.id }, query: { confirm: name } });
    expectRefusal(await call(clone.token), 401, "unauthenticated");
  });

  test("raises one conflict however many calls come at once, and however the two take turns", async () => {
    const { production, clone, enrol } = await cloned();
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(production.token)));
    for (const answer of answers) expectRefusal(answer, 401, "credential_superseded");
    expect((await device(clone.id)).attention).toHaveLength(1);
    const log = await fleet.logged(clone.id);
    expect(log.filter(({ type }) => type === "DeviceIdentityConflict")).toHaveLength(1);
    // The production computer enrols again, then the clone calls.
    const back = await enrol("PROD");
    expectRefusal(await call(clone.token), 401, "credential_superseded");
    expect(await mayBackUp(back.token)).toBe(true);
    expect((await device(clone.id)).attention).toHaveLength(1);
  });
});

describe("an identity conflict", () => {
  test("ends when the present computer keeps the device; the other stays shut out, and raises nothing any more", async () => {
    const { customerId, production, clone } = await cloned();
    await call(production.token);
    const { status, body } = await resolve(clone.id, "current");
    expect([status, body.other, body.device.attention]).toEqual([200, null, []]);
    expect(await needing(customerId)).toEqual([]);
    expectRefusal(await call(production.token), 401, "credential_superseded");
    expect(await needing(customerId)).toEqual([]);
    expect(await mayBackUp(clone.token)).toBe(true);
    // A third computer is another matter.
    expect((await resolve(clone.id, "current")).body).toMatchObject({ other: null });
  });

  test("ends when both are kept: the other is a device of its own at once, with the token that it has", async () => {
    const { customerId, production, clone } = await cloned();
    await call(production.token);
    const { status, body } = await resolve(clone.id, "both");
    expect(status).toBe(200);
    expect(body.other).toMatchObject({ name: "PROD", state: "active", accountId: clone.accountId, licensed: false });
    expect(body.other.id).not.toBe(clone.id);
    expect(await needing(customerId)).toEqual([]);
    expect([await mayBackUp(production.token), await mayBackUp(clone.token)]).toEqual([true, true]);
    expect(await device(body.other.id)).toMatchObject({ licensed: true });
    expect((await fleet.ok("getCustomer", { params: { id: customerId } })).deviceCount).toBe(2);
    // Sent again, as after a lost answer, it makes no third.
    expect((await resolve(clone.id, "both")).body.other).toBeNull();
    // Each goes its own way.
    await fleet.ok("deleteDevice", { params: { id: body.other.id }, query: { confirm: "PROD" } });
    await fleet.ok("restoreDevice", { params: { id: body.other.id } });
    expect(await mayBackUp(clone.token)).toBe(true);
  });

  test("cannot end in two devices where the limit has room for one; nothing changes", async () => {
    const { customerId, production, clone } = await cloned({ deviceLimit: 1 });
    await call(production.token);
    expectRefusal(await resolve(clone.id, "both"), 409, "device_limit");
    expect(await needing(customerId)).toEqual([clone.id]);
    expectRefusal(await call(production.token), 401, "credential_superseded");
  });

  test("is settled once where two people decide at the same time", async () => {
    const { customerId, production, clone } = await cloned();
    await call(production.token);
    const answers = await Promise.all(Array.from({ length: 4 }, () => resolve(clone.id, "both")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.filter(({ body }) => body.other !== null)).toHaveLength(1);
    expect((await fleet.ok("getCustomer", { params: { id: customerId } })).deviceCount).toBe(2);
  });

  test("cannot be resolved at a deleted device", async () => {
    const { production, clone } = await cloned();
    await call(production.token);
    await fleet.ok("deleteDevice", { params: { id: clone.id }, query: { confirm: "PROD-CLONE" } });
    expectRefusal(await resolve(clone.id, "current"), 409, "device_deleted");
  });
});
