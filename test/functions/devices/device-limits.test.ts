import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { deviceComplaints } from "../../model/device-invariants.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

type Body = Reply["body"];
/** A customer that computers enrol at: each of its keys lets one in after the other, so there are several. */
interface Office {
  id: string;
  name: string;
  enrol: () => Promise<Reply>;
}

/** A request dies at each call where this is 1, else at one of so many. */
const killStep = Number(process.env["DEVICE_LIMIT_KILL_STEP"] ?? 30);
/** The long run has more come at the same time. */
const isLong = killStep === 1;
const crowd = { racers: isLong ? 24 : 14, offices: isLong ? 16 : 8, enrolling: isLong ? 15 : 9 };
/** The usual run races at two levels, the long one at all. */
const racesOf = <One, More>(two: readonly One[], more: readonly More[]): (One | More)[] =>
  isLong ? [...two, ...more] : [...two];

let fleet: Fleet;
/** Of a hundred transactions so many meet another one. */
let conflicts = 0;
let met = 0;
beforeAll(async () => {
  fleet = await openFleet();
  fleet.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context["commandName"] !== "TransactWriteItemsCommand" || Math.random() * 100 >= conflicts) return next(args);
      met += 1;
      throw new TransactionCanceledException({
        message: "Transaction cancelled [None, TransactionConflict]",
        CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict" }],
        $metadata: { httpStatusCode: 400 },
      });
    },
    { step: "finalizeRequest", priority: "low", name: "injectConflicts" },
  );
});

const reseller = async (more: object = {}): Promise<Body> =>
  fleet.create(fleet.provider.id, { level: "reseller", ...more });
async function office(parentId: string, more: object = {}): Promise<Office> {
  const { id, name } = await fleet.create(parentId, { autoAuthorize: true, ...more });
  const { username, password } = await fleet.login({ customerId: id });
  const keys = await Promise.all(Array.from({ length: 3 }, () => fleet.enrolmentKey(id)));
  let turn = 0;
  return {
    id,
    name,
    enrol: () => {
      const { token: enrolmentKey } = keys[(turn += 1) % keys.length];
      return turn % 10 === 4 ? fleet.enrol({ username, password }) : fleet.enrol({ enrolmentKey });
    },
  };
}
/** Enrols until there is an answer to the question: where others come in between all the time one is told to come again. */
async function enrol({ enrol: once }: Office): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const reply = await once();
    const again = reply.body.code === "conflict" || reply.body.code === "unavailable";
    if (!again || tries === 50) return reply;
  }
}
const enrolled = (replies: readonly Reply[]): Enrolled[] =>
  replies.flatMap(({ status, body }) => (status === 201 ? [{ ...body.device, token: body.token }] : []));
const refused = (replies: readonly Reply[]): Reply[] => replies.filter(({ status }) => status !== 201);
async function admit(at: Office, count = 1): Promise<Enrolled[]> {
  const replies: Reply[] = [];
  for (let index = 0; index < count; index += 1) replies.push(await enrol(at));
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 201));
  return enrolled(replies);
}
const isFull = (reply: Reply, level: string): void => {
  expectRefusal(reply, 409, "device_limit");
  expect(reply.body.detail).toContain(`The ${level} has`);
};
const mayBackUp = async (devices: readonly Enrolled[]): Promise<void> => {
  for (const device of devices) {
    const { body } = await fleet.backup(device);
    expect([body.allowed, body.reasons]).toEqual([true, []]);
  }
};
const limit = async (id: string, deviceLimit: number | null): Promise<Body> => {
  for (let tries = 1; ; tries += 1) {
    const reply = await fleet.patch(id, { deviceLimit });
    if (reply.status === 200) return reply.body;
    expect(["conflict", "unavailable"]).toContain(reply.body.code);
    expect(tries).toBeLessThan(20);
  }
};
const remove = (
  { id, name }: { id: string; name: string },
  what = "deleteDevice" as "deleteDevice" | "deleteAccount",
) => fleet.ok(what, { params: { id }, query: { confirm: name } });
const countOf = async (id: string): Promise<number> => (await fleet.get(id)).deviceCount;
const complaints = async (): Promise<string[]> => deviceComplaints(await dump(fleet.table));

let holds = 0;
/** Holds back the next transaction that is sent. */
function hold(): { arrived: Promise<void>; release: () => void } {
  const stack = fleet.runtime.client.middlewareStack;
  const name = `hold ${(holds += 1)}`;
  const [here, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let held = false;
  stack.add(
    (next, context) => async (args) => {
      if (context["commandName"] === "TransactWriteItemsCommand" && !held) {
        held = true;
        stack.remove(name);
        here.resolve();
        await free.promise;
      }
      return next(args);
    },
    { step: "initialize", name },
  );
  return { arrived: here.promise, release: free.resolve };
}
/** Holds back the first transaction of some work until other work is done. */
async function overtaken<T>(work: () => Promise<T>, other: () => Promise<unknown>): Promise<T> {
  const { arrived, release } = hold();
  const working = work();
  await arrived;
  await other().finally(release);
  return working;
}

describe("a limit of devices", { timeout: 120_000 }, () => {
  test("of a reseller lets one of four computers in that enrol at once, and that one may back up", async () => {
    const { id } = await reseller({ deviceLimit: 1 });
    const offices = [await office(id), await office(id)];
    const replies = await Promise.all([...offices, ...offices].map(enrol));
    const [one, ...more] = enrolled(replies);
    expect(more).toEqual([]);
    for (const reply of refused(replies)) isFull(reply, "reseller");
    expect(refused(replies)).toHaveLength(3);
    await mayBackUp(one ? [one] : []);
    expect(await countOf(id)).toBe(1);
    expect(await complaints()).toEqual([]);
  });

  test.each(
    racesOf(
      [
        ["reseller", 6, crowd.racers],
        ["site", 3, 10],
      ] as const,
      [
        ["provider", 3, 10],
        ["distributor", 3, 10],
        ["end-customer", 3, 10],
      ] as const,
    ),
  )(
    "of a %s lets exactly %i of %i in, all of which may back up, also where transactions meet",
    async (level, room, racers) => {
      const distributor = await fleet.create(fleet.provider.id, { level: "distributor" });
      const { id } = await fleet.create(distributor.id, { level: "reseller" });
      const first = await office(id);
      const site = await office(first.id);
      const places = {
        provider: [fleet.provider.id, [first, site, await office(id)]],
        distributor: [distributor.id, [first, site, await office(id)]],
        reseller: [id, [first, site, await office(id)]],
        "end-customer": [first.id, [first, site]],
        site: [site.id, [site]],
      } as const;
      const [pool, offices] = places[level];
      const there = level === "provider" ? (await dump(fleet.table)).filter(counts).length : 0;
      await limit(pool, there + room);
      conflicts = 20;
      const replies = await Promise.all(
        Array.from({ length: racers }, (_, index) => enrol(offices[index % offices.length] ?? first)),
      ).finally(() => (conflicts = 0));
      // Looked at after the last of them: a few transactions alone may all be lucky.
      if (level === "site") expect(met).toBeGreaterThan(0);
      expect(enrolled(replies)).toHaveLength(room);
      for (const reply of refused(replies)) isFull(reply, level);
      await mayBackUp(enrolled(replies));
      expect(await countOf(pool)).toBe(there + room);
      expect(await complaints()).toEqual([]);
      await limit(pool, null);
    },
  );

  test("holds at each level beside those of the others", async () => {
    const { id } = await reseller();
    const [one, other] = [await office(id, { deviceLimit: 3 }), await office(id)];
    const site = await office(one.id, { deviceLimit: 1 });
    await limit(id, 4);
    await admit(site);
    isFull(await enrol(site), "site");
    await admit(one, 2);
    isFull(await enrol(one), "end-customer");
    isFull(await enrol(site), "site");
    await admit(other);
    isFull(await enrol(other), "reseller");
    expect([await countOf(site.id), await countOf(one.id), await countOf(other.id), await countOf(id)]).toEqual([
      1, 3, 1, 4,
    ]);
  });

  test("that is lowered keeps what exists, which goes on; one that is raised helps at once", async () => {
    const { id } = await reseller({ deviceLimit: 3 });
    const at = await office(id);
    const devices = await admit(at, 3);
    await mayBackUp(devices.slice(0, 1));
    expect(await limit(id, 1)).toMatchObject({ deviceLimit: 1, deviceCount: 3 });
    await mayBackUp(devices);
    isFull(await enrol(at), "reseller");
    // Room comes when there are fewer than the limit, and not before.
    await remove(devices[0] as Enrolled);
    await remove(devices[1] as Enrolled);
    isFull(await enrol(at), "reseller");
    await limit(id, 2);
    await admit(at);
    isFull(await enrol(at), "reseller");
    await limit(id, null);
    await admit(at, 2);
    expect(await complaints()).toEqual([]);
  });

  test("is given back with a device, and taken again where there is room when that is restored", async () => {
    const { id } = await reseller({ deviceLimit: 2 });
    const at = await office(id);
    const [one, two] = (await admit(at, 2)) as [Enrolled, Enrolled];
    await fleet.ok("deactivateDevice", { params: { id: two.id } });
    isFull(await enrol(at), "reseller");
    await remove(one);
    expect(await countOf(id)).toBe(1);
    const [three] = (await admit(at)) as [Enrolled];
    const before = await dump(fleet.table);
    isFull(await fleet.call("restoreDevice", { params: { id: one.id } }), "reseller");
    expect((await dump(fleet.table)).filter(stays)).toEqual(before.filter(stays));
    await remove(three);
    await fleet.ok("restoreDevice", { params: { id: one.id } });
    expect(await countOf(id)).toBe(2);
    isFull(await enrol(at), "reseller");
    await mayBackUp([one]);
    expect(await complaints()).toEqual([]);
  });

  test("is given back with an account and its sub-accounts, and with a customer and its branch, and taken again with them", async () => {
    const { id } = await reseller({ deviceLimit: 4 });
    const at = await office(id);
    const site = await office(at.id);
    await admit(at, 3);
    await admit(site);
    const { items } = await fleet.ok("listAccounts", { query: { customerId: at.id } });
    const parent = items.find(({ parentAccountId }: Body) => parentAccountId === null);
    const sub = items.find(({ parentAccountId }: Body) => parentAccountId !== null);
    expect(sub).toBeDefined();

    await remove({ id: sub.id, name: sub.username }, "deleteAccount");
    expect(await countOf(id)).toBe(3);
    await remove({ id: parent.id, name: parent.username }, "deleteAccount");
    expect([await countOf(id), await countOf(at.id), await countOf(site.id)]).toEqual([1, 1, 1]);
    expect(await complaints()).toEqual([]);

    const other = await office(id);
    await admit(other, 2);
    isFull(await fleet.call("restoreAccount", { params: { id: parent.id } }), "reseller");
    await limit(id, 5);
    await fleet.ok("restoreAccount", { params: { id: parent.id } });
    isFull(await fleet.call("restoreAccount", { params: { id: sub.id } }), "reseller");
    await limit(id, 6);
    await fleet.ok("restoreAccount", { params: { id: sub.id } });
    expect([await countOf(id), await countOf(at.id)]).toEqual([6, 4]);
    expect(await complaints()).toEqual([]);

    expect((await fleet.remove(at)).status).toBe(200);
    expect(await countOf(id)).toBe(2);
    await admit(other, 1);
    expect(await complaints()).toEqual([]);
    isFull(await fleet.call("restoreCustomer", { params: { id: at.id } }), "reseller");
    await limit(id, 7);
    await fleet.ok("restoreCustomer", { params: { id: at.id } });
    expect([await countOf(id), await countOf(at.id)]).toEqual([7, 4]);
    isFull(await enrol(site), "reseller");
    expect(await complaints()).toEqual([]);
  });

  test("is not taken by a device that waits until it is approved, for which there must be room", async () => {
    const { id } = await reseller({ deviceLimit: 1 });
    const at = await office(id, { autoAuthorize: false });
    const waiting = [await at.enrol(), await at.enrol()].map(({ status, body }) => {
      expect(status).toBe(202);
      return body.device;
    });
    expect(await countOf(id)).toBe(0);
    const approve = ({ id: device }: Body) =>
      fleet.call("approveDevice", { params: { id: device }, body: { plan: "select" } });
    expect((await approve(waiting[0])).status).toBe(200);
    isFull(await approve(waiting[1]), "reseller");
    expect((await fleet.getDevice(waiting[1].id)).state).toBe("pending");
    await remove(waiting[0]);
    expect((await approve(waiting[1])).status).toBe(200);
    expect(await countOf(id)).toBe(1);
    expect(await complaints()).toEqual([]);
  });

  test("is none of customers without one: what they add touches nothing above, and meets nobody", async () => {
    const { id } = await reseller();
    const offices = await Promise.all(Array.from({ length: crowd.offices }, () => office(id)));
    for (const at of offices) await admit(at);
    const touched: string[][] = [];
    type Part = Record<string, { Key?: { pk?: unknown; sk?: unknown }; Item?: { pk?: unknown; sk?: unknown } }>;
    fleet.runtime.client.middlewareStack.add(
      (next, context) => (args) => {
        if (context["commandName"] === "TransactWriteItemsCommand")
          touched.push(
            (args.input as { TransactItems: Part[] }).TransactItems.flatMap((part) =>
              Object.values(part).map(({ Key, Item }) => JSON.stringify([(Item ?? Key)?.pk, (Item ?? Key)?.sk])),
            ),
          );
        return next(args);
      },
      { step: "initialize", name: "recordTransactions" },
    );
    const replies = await Promise.all(offices.map(enrol)).finally(() =>
      fleet.runtime.client.middlewareStack.remove("recordTransactions"),
    );
    expect(enrolled(replies)).toHaveLength(crowd.offices);
    expect(touched).toHaveLength(crowd.offices);
    expect(new Set(touched.flat()).size).toBe(touched.flat().length);
    expect(touched.flat()).not.toContain(JSON.stringify([id, "@"]));
  });
});

const counts = ({ kind, state }: Record<string, unknown>): boolean =>
  kind === "device" && (state === "active" || state === "suspended");
/** Items that no refused request may change. */
const stays = ({ kind }: Record<string, unknown>): boolean => kind !== "rate" && kind !== "idempotency";

describe("a limit where none was before", { timeout: 120_000 }, () => {
  test("counts what exists, in all states and at all levels below", async () => {
    const distributor = await fleet.create(fleet.provider.id, { level: "distributor" });
    const { id } = await fleet.create(distributor.id, { level: "reseller" });
    const at = await office(id);
    const site = await office(at.id);
    const gone = await office(id);
    const [one, two] = (await admit(at, 2)) as [Enrolled, Enrolled];
    await admit(site, 2);
    await admit(gone, 2);
    await fleet.ok("deactivateDevice", { params: { id: one.id } });
    await remove(two);
    await fleet.remove(gone);
    expect(await limit(distributor.id, 4)).toMatchObject({ deviceLimit: 4, deviceCount: 3 });
    expect(await complaints()).toEqual([]);
    await admit(site);
    isFull(await enrol(at), "distributor");
    isFull(await fleet.call("restoreCustomer", { params: { id: gone.id } }), "distributor");
    await limit(distributor.id, 6);
    await fleet.ok("restoreCustomer", { params: { id: gone.id } });
    isFull(await fleet.call("restoreDevice", { params: { id: two.id } }), "distributor");
    expect(await countOf(distributor.id)).toBe(6);
    expect(await complaints()).toEqual([]);
  });

  test("is not passed by a device, a restoration or a customer that was being made when it came", async () => {
    const { id } = await reseller();
    const at = await office(id);
    await admit(at, 2);
    isFull(
      await overtaken(
        () => at.enrol(),
        () => limit(id, 2),
      ),
      "reseller",
    );
    expect(await complaints()).toEqual([]);

    const other = await reseller();
    const gone = await office(other.id);
    await admit(gone, 2);
    await fleet.remove(gone);
    const back = await overtaken(
      () => fleet.call("restoreCustomer", { params: { id: gone.id } }),
      () => limit(other.id, 1),
    );
    isFull(back, "reseller");
    expect(await complaints()).toEqual([]);

    const third = await reseller();
    const account = await office(third.id);
    await admit(account, 2);
    const { items } = await fleet.ok("listAccounts", { query: { customerId: account.id } });
    const parent = items.find(({ parentAccountId }: Body) => parentAccountId === null);
    await remove({ id: parent.id, name: parent.username }, "deleteAccount");
    const restored = await overtaken(
      () => fleet.call("restoreAccount", { params: { id: parent.id } }),
      () => limit(third.id, 1),
    );
    isFull(restored, "reseller");
    expect(await complaints()).toEqual([]);

    const fourth = await reseller();
    const late = await overtaken(
      () => fleet.create(fourth.id, { autoAuthorize: true }),
      () => limit(fourth.id, 1),
    );
    const { token: enrolmentKey } = await fleet.enrolmentKey(late.id);
    expect((await fleet.enrol({ enrolmentKey })).status).toBe(201);
    isFull(await fleet.enrol({ enrolmentKey }), "reseller");
    expect(await countOf(fourth.id)).toBe(1);
    expect(await complaints()).toEqual([]);
  });

  test("between others is not passed by a device that was being added, nor is one in a branch that was deleted", async () => {
    const distributor = await fleet.create(fleet.provider.id, { level: "distributor", deviceLimit: 9 });
    const { id, name } = await fleet.create(distributor.id, { level: "reseller" });
    const at = await office(id);
    await admit(at);
    // Below it everything counts already: nothing is left to mark.
    const late = await overtaken(
      () => at.enrol(),
      () => limit(id, 1),
    );
    isFull(late, "reseller");
    await limit(id, 5);
    const [{ id: device, name: called }] = (await admit(at)) as [Enrolled];
    expect(await complaints()).toEqual([]);
    const added = await overtaken(
      () => at.enrol(),
      () => fleet.remove({ id, name }),
    );
    expect(added.status).not.toBe(201);
    expect(await countOf(distributor.id)).toBe(0);
    expect(await complaints()).toEqual([]);
    const restored = overtaken(
      () => fleet.call("restoreCustomer", { params: { id } }),
      () => limit(distributor.id, 1),
    );
    isFull(await restored, "distributor");
    await limit(distributor.id, 2);
    await fleet.ok("restoreCustomer", { params: { id } });
    // A customer is deleted with what it has by then.
    const gone = await overtaken(
      () => fleet.remove({ id, name }),
      () => remove({ id: device, name: called }),
    );
    expect(gone.status).toBe(200);
    expect(await complaints()).toEqual([]);
  });

  test("takes a level between as it stands when a device below is the first to be counted through it", async () => {
    const distributor = await fleet.create(fleet.provider.id, { level: "distributor" });
    const { id } = await fleet.create(distributor.id, { level: "reseller", deviceLimit: 9 });
    const at = await office(id);
    await admit(at);
    // The reseller goes on counting this customer until its next device, and never has counted the other.
    await limit(id, null);
    const other = await office(id);
    await admit(other, 2);
    const first = hold();
    const limiting = limit(distributor.id, 20);
    await first.arrived;
    const second = hold();
    const adding = at.enrol();
    await second.arrived;
    // What the other customer has comes to the reseller, which is not counted above yet, after it was read for the device.
    const third = hold();
    first.release();
    await third.arrived;
    second.release();
    expect((await adding).status).toBe(201);
    third.release();
    await limiting;
    expect(await countOf(distributor.id)).toBe(4);
    expect(await complaints()).toEqual([]);
  });

  test.each([
    "a device is added",
    "another limit is counted",
    "a customer is deleted",
    "a customer is restored",
  ] as const)("counts right where, between its look and its mark, %s", async (what) => {
    const distributor = await fleet.create(fleet.provider.id, { level: "distributor" });
    const { id } = await fleet.create(distributor.id, { level: "reseller", deviceLimit: 9 });
    const at = await office(id);
    await admit(at);
    await limit(id, null);
    // The first is counted by the reseller still, the others never were.
    const [other, gone] = [await office(id), await office(id)];
    await admit(other, 2);
    await admit(gone, 1);
    await fleet.remove(gone);
    const others: Record<typeof what, [() => Promise<unknown>, number]> = {
      "a device is added": [() => admit(at), 4],
      "another limit is counted": [() => limit(id, 9), 3],
      "a customer is deleted": [() => fleet.remove(other), 1],
      "a customer is restored": [() => fleet.ok("restoreCustomer", { params: { id: gone.id } }), 4],
    };
    const [change, count] = others[what];
    await overtaken(() => limit(distributor.id, 20), change);
    expect(await countOf(distributor.id)).toBe(count);
    expect(await complaints()).toEqual([]);
  });

  test("is not set on a count that was given up meanwhile", async () => {
    const { id } = await reseller();
    const at = await office(id);
    await admit(at, 2);
    await limit(id, 9);
    await limit(id, null);
    const { documents, tableName: TableName } = fleet.table;
    const reply = await overtaken(
      () => fleet.patch(id, { deviceLimit: 3 }),
      async () => {
        // As a recount does, which finds a customer that counts for nothing.
        const UpdateExpression = "REMOVE devicesCounted";
        await documents.send(new UpdateCommand({ TableName, Key: { pk: id, sk: "@" }, UpdateExpression }));
        await admit(at);
      },
    );
    expect([reply.status, reply.body.deviceCount]).toEqual([200, 3]);
    expect(await complaints()).toEqual([]);
    isFull(await enrol(at), "reseller");
  });

  test("that comes back at once finds those that were just leaving", async () => {
    const { id } = await reseller();
    const [at, empty, gone] = [await office(id), await office(id), await office(id)];
    await admit(at, 2);
    await admit(gone);
    await limit(id, 9);
    await fleet.remove(gone);

    // One device is added as long as there is a limit, another once there is none, which takes along what it has seen.
    const first = hold();
    const one = at.enrol();
    await first.arrived;
    await limit(id, null);
    const second = hold();
    const two = at.enrol();
    await second.arrived;
    first.release();
    expect((await one).status).toBe(201);
    second.release();
    expect((await two).status).toBe(201);
    expect(await complaints()).toEqual([]);

    for (const late of [
      () => at.enrol(),
      () => empty.enrol(),
      () => fleet.call("restoreCustomer", { params: { id: gone.id } }),
    ]) {
      await limit(id, 20);
      await limit(id, null);
      const reply = await overtaken(late, () => limit(id, 20));
      expect(reply.status).toBeLessThan(300);
      expect(await complaints()).toEqual([]);
    }
    expect(await countOf(id)).toBe(7);
  });

  test("counts on where a request died between any two calls, and once however often that happens", async () => {
    const stack = fleet.runtime.client.middlewareStack;
    const { id } = await reseller();
    const at = await office(id);
    const site = await office(at.id);
    for (let [nth, devices] = [3, 0]; ; nth += killStep) {
      // Since nothing above has a limit, from here on nothing above counts them.
      await admit(at);
      await admit(site);
      let calls = 0;
      stack.add(
        (next) => async (args) => {
          calls += 1;
          if (calls >= nth) throw Object.assign(new Error("killed"), { name: "ValidationException" });
          return next(args);
        },
        { step: "finalizeRequest", priority: "low", name: "kill" },
      );
      const reply = await fleet.patch(id, { deviceLimit: 1_000 });
      // What it had begun beside the call that failed dies with it.
      await new Promise((resolve) => setTimeout(resolve, 50));
      stack.remove("kill");
      await admit(site);
      expect(await complaints()).toEqual([]);
      devices += 3;
      expect(await limit(id, devices)).toMatchObject({ deviceCount: devices });
      isFull(await enrol(at), "reseller");
      if (reply.status === 200) break;
      await limit(id, null);
      expect(nth).toBeLessThan(60);
    }
    expect(await complaints()).toEqual([]);
  });

  test("counts nothing in a dry run, and several at once are counted together", async () => {
    const { id } = await reseller();
    const at = await office(id);
    const site = await office(at.id);
    await admit(site, 2);
    const changes = [
      { id, deviceLimit: 3 },
      { id: at.id, deviceLimit: 2 },
    ];
    const before = (await dump(fleet.table)).filter(stays);
    for (const query of [{ dryRun: "true" }]) {
      await fleet.ok("updateCustomer", { params: { id }, query, body: { deviceLimit: 3 } });
      await fleet.ok("updateAllocations", { params: { id }, query, body: { changes } });
    }
    expect((await dump(fleet.table)).filter(stays)).toEqual(before);
    const { items } = await fleet.ok("updateAllocations", { params: { id }, body: { changes } });
    expect(items).toMatchObject([
      { deviceLimit: 3, deviceCount: 2 },
      { deviceLimit: 2, deviceCount: 2 },
    ]);
    isFull(await enrol(site), "end-customer");
    await limit(at.id, 9);
    await admit(site);
    isFull(await enrol(site), "reseller");
    expect(await complaints()).toEqual([]);
  });

  test("and goes again leaves those below alone from their next device on, and is exact when it comes back", async () => {
    const { id } = await reseller();
    const [one, other] = [await office(id), await office(id)];
    await admit(one, 2);
    await admit(other);
    await limit(id, 9);
    await limit(id, null);
    await admit(one);
    const { deviceDrawn } = await fleet.item(id);
    await admit(one);
    // Its first took along what it had; its second touched nothing above.
    expect((await fleet.item(id)).deviceDrawn).toBe(deviceDrawn);
    expect(deviceDrawn).toBe(1);
    expect(await complaints()).toEqual([]);
    expect(await limit(id, 5)).toMatchObject({ deviceCount: 5 });
    isFull(await enrol(other), "reseller");
    expect(await complaints()).toEqual([]);
  });

  // At the end, because each change takes longer once the table has a stream.
  test(`that is set while ${crowd.enrolling} devices enrol is exact: what came later has had room`, async () => {
    const stream = await openTableStream(fleet.table);
    for (const delayMs of [0, 60]) {
      const { id } = await reseller();
      const offices = [await office(id), await office(id), await office(id)];
      offices.push(await office((offices[0] as Office).id));
      await stream.next();
      const racing = Promise.all(
        Array.from({ length: crowd.enrolling }, (_, index) => enrol(offices[index % offices.length] as Office)),
      );
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await limit(id, 5);
      const replies = await racing;
      expect(await complaints()).toEqual([]);
      // The stream tells what was there when the limit came.
      const records = await stream.next();
      const isLimit = (record: (typeof records)[number]): boolean =>
        record.dynamodb.NewImage?.["id"]?.S === id && record.dynamodb.NewImage?.["deviceLimit"] !== undefined;
      const isDevice = (record: (typeof records)[number]): boolean =>
        record.eventName === "INSERT" && record.dynamodb.NewImage?.["kind"]?.S === "device";
      const before = records.slice(0, records.findIndex(isLimit)).filter(isDevice).length;
      expect(records.some(isLimit)).toBe(true);
      expect(enrolled(replies)).toHaveLength(Math.max(5, before));
      for (const reply of refused(replies)) isFull(reply, "reseller");
      expect(await countOf(id)).toBe(Math.max(5, before));
      await mayBackUp(enrolled(replies));
    }
    stream.close();
  });
});
