import { marshall } from "@aws-sdk/util-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { dump } from "../../model/invariants.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

type Entry = { id: string; at: string; type: string; operation: string; node: { id: string }; actor: { id: string } };
type Query = Record<string, string>;

/** Files the copies of all entries, as the stream would. */
async function fileCopies(): Promise<void> {
  const items = (await dump(fleet.table)).filter(({ kind }) => kind === "log");
  const Records = items.map(({ pk, sk, ...rest }) => ({
    eventName: "INSERT",
    dynamodb: {
      SequenceNumber: "1",
      Keys: marshall({ pk, sk }),
      NewImage: marshall({ pk, sk, ...rest }),
    },
  }));
  await fleet.invoke("functions/stream/file-log-entries.ts", { Records });
}
/** All entries of a log that fit a query, page by page. */
async function entries(id: string, query: Query = {}, token = fleet.token): Promise<Entry[]> {
  const items: Entry[] = [];
  let cursor: string | undefined;
  do {
    const request = { params: { id }, query: { ...query, ...(cursor !== undefined && { cursor }) } };
    const page = await fleet.ok("listLog", request, { token });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
const typesOf = (found: readonly Entry[]): string[] => found.map(({ type }) => type);
/** The first page of a log, as it is answered. */
const pageOf = async (id: string, query: Query, token = fleet.token) =>
  (await fleet.ok("listLog", { params: { id }, query }, { token })) as { items: Entry[]; nextCursor: string | null };

/** A reseller with two customers, each changed by a key of its own. */
async function branch() {
  const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
  const [one, other] = [await fleet.create(reseller.id), await fleet.create(reseller.id)];
  const [keyOfOne, keyOfReseller] = [await fleet.key(one.id), await fleet.key(reseller.id)];
  await fleet.patch(one.id, { city: "Bern" }, { token: keyOfOne.token });
  await fleet.patch(one.id, { city: "Basel" }, { token: keyOfReseller.token });
  await fleet.patch(other.id, { city: "Chur" }, { token: keyOfReseller.token });
  await fileCopies();
  return { reseller, one, other, keyOfOne, keyOfReseller };
}

describe("by actor", () => {
  test("a log shows what one credential did, in the branch that is asked for", async () => {
    const { reseller, one, other, keyOfOne, keyOfReseller } = await branch();
    for (const [id, actorId, count] of [
      [reseller.id, keyOfOne.id, 1],
      [one.id, keyOfOne.id, 1],
      [other.id, keyOfOne.id, 0],
      [reseller.id, keyOfReseller.id, 2],
      [one.id, keyOfReseller.id, 1],
      [fleet.provider.id, keyOfReseller.id, 2],
    ] as const) {
      const found = await entries(id, { actorId });
      expect(typesOf(found)).toEqual(Array.from({ length: count }, () => "CustomerUpdated"));
      for (const { actor } of found) expect(actor.id).toBe(actorId);
      expect(await entries(id, { actorId, limit: "1" })).toEqual(found);
    }
  });

  test("a credential above the reader's branch has done nothing, like one that does not exist", async () => {
    const { one, other, keyOfOne, keyOfReseller } = await branch();
    const nobody = "key_00000000000000000000000000";
    const foreign = (await branch()).keyOfReseller.id;
    const { token } = keyOfOne;
    for (const actorId of [nobody, keyOfReseller.id, foreign])
      expect(await pageOf(one.id, { actorId }, token)).toEqual({ items: [], nextCursor: null });
    expectRefusal(await fleet.call("listLog", { params: { id: other.id } }, { token }), 404, "not_found");
  });

  test("what a task did is found by the credential that asked for it", async () => {
    const { reseller, one, other, keyOfReseller } = await branch();
    const site = await fleet.create(one.id);
    const body = { ids: [site.id], parentId: other.id };
    await fleet.ok("moveCustomers", { body }, { token: keyOfReseller.token });
    const task = (await dump(fleet.table)).findLast(({ kind, type }) => kind === "task" && type === "move_customers");
    const { pk, sk } = task ?? { pk: "", sk: "" };
    const dynamodb = { SequenceNumber: "1", Keys: marshall({ pk, sk }), NewImage: marshall(task) };
    await fleet.invoke("functions/stream/run-tasks.ts", { Records: [{ eventName: "INSERT", dynamodb }] });
    await fileCopies();
    const found = await entries(reseller.id, { actorId: keyOfReseller.id });
    expect(typesOf(found).slice(0, 3).sort()).toEqual(["CustomerArrived", "CustomerLeft", "TaskCreated"]);
    expect(found.find(({ type }) => type === "CustomerArrived")).toMatchObject({
      actor: { kind: "system", id: null },
      onBehalfOf: { kind: "apiKey", id: keyOfReseller.id },
      operation: "runTasks",
      sourceIp: null,
    });
  });
});

describe("by node", () => {
  test("a log shows what happened to an account, a device, a backup set, a key or a contact", async () => {
    const device = await fleet.device();
    const { customerId, accountId } = device;
    const reseller = fleet.resellerId;
    await fleet.ok("updateDevice", { params: { id: device.id }, body: { os: "Linux 7" } });
    const set = await fleet.ok("createBackupSet", {
      body: { deviceId: device.id, name: "Documents", selection: { include: ["/home"] } },
    });
    await fleet.ok("updateAccount", { params: { id: accountId }, body: { userQuotaBytes: 5 } });
    const key = await fleet.key(customerId);
    await fleet.ok("revokeApiKey", { params: { id: key.id } });
    const contact = { customerId, name: "Ann", email: "ann@example.com" };
    const { id: contactId } = await fleet.ok("createContact", { body: contact });
    for (const [nodeId, types] of [
      [device.id, ["DeviceUpdated", "DeviceEnrolled"]],
      [set.id, ["BackupSetCreated"]],
      [accountId, ["AccountUpdated", "AccountCreated"]],
      [key.id, ["ApiKeyRevoked", "ApiKeyCreated"]],
      [contactId, ["ContactCreated"]],
    ] as const)
      for (const id of [customerId, reseller, fleet.provider.id]) {
        expect(typesOf(await entries(id, { nodeId }))).toEqual(types);
        expect(typesOf(await entries(id, { nodeId, limit: "1" }))).toEqual(types);
      }
    expect(typesOf(await entries(customerId, { only: "node" }))).toEqual(
      typesOf(await entries(customerId, { nodeId: customerId })),
    );
  });

  test("what belongs to another branch has no log, like what does not exist", async () => {
    const device = await fleet.device();
    const { one, reseller } = await branch();
    const { token } = await fleet.key(reseller.id);
    for (const nodeId of [device.id, device.accountId, "dev_00000000000000000000000000", fleet.provider.id, "select"])
      expect(await pageOf(one.id, { nodeId }, token)).toEqual({ items: [], nextCursor: null });
  });
});

describe("by time, type and operation", () => {
  test("a log shows what came after a moment, and up to another", async () => {
    const { reseller } = await branch();
    const at: string[] = [];
    for (let nth = 0; nth < 4; nth += 1) {
      fleet.advance(20 * dayMs);
      const { id } = await fleet.create(reseller.id);
      const [entry] = await entries(reseller.id, { nodeId: id });
      at.push(String(entry?.at));
    }
    const [first = "", second = "", , last = ""] = at;
    const times = async (query: Query) => (await entries(reseller.id, query)).map((entry) => entry.at);
    for (const limit of ["1", "3", "50"]) {
      expect(await times({ from: first, limit })).toEqual(at.slice(1).toReversed());
      expect(await times({ from: first, to: last, limit })).toEqual(at.slice(1).toReversed());
      expect(await times({ from: first, to: second, limit })).toEqual([second]);
      expect((await times({ to: second, limit })).slice(0, 2)).toEqual([second, first]);
      expect(await times({ from: last, limit })).toEqual([]);
      expect(await times({ to: "2001-01-01T00:00:00Z", limit })).toEqual([]);
    }
    const offset = `${second.slice(0, 11)}23:59:59.999+00:00`;
    expect((await times({ from: first, to: offset }))[0]).toBe(second);
  });

  test("types and operations are picked out, together with all others", async () => {
    const { reseller, one, keyOfOne } = await branch();
    expect(typesOf(await entries(reseller.id, { type: "ApiKeyCreated" }))).toEqual(["ApiKeyCreated", "ApiKeyCreated"]);
    const updates = await entries(reseller.id, { operation: "updateCustomer" });
    expect(typesOf(updates)).toEqual(["CustomerUpdated", "CustomerUpdated", "CustomerUpdated"]);
    expect(await entries(reseller.id, { operation: "updateCustomer", nodeId: one.id })).toHaveLength(2);
    const all = { operation: "updateCustomer", nodeId: one.id, actorId: keyOfOne.id, type: "CustomerUpdated" };
    expect(await entries(reseller.id, all)).toHaveLength(1);
    expect(await entries(reseller.id, { ...all, type: "CustomerCreated" })).toEqual([]);
    expect(await entries(reseller.id, { operation: "noSuchOperation" })).toEqual([]);
  });

  test("what cannot be a filter is refused, and named", async () => {
    const { reseller } = await branch();
    for (const [name, value] of [
      ["from", "yesterday"],
      ["to", "2026-13-01T00:00:00Z"],
      ["actorId", "cus_1"],
      ["nodeId", "a b"],
      ["type", "SomethingHappened"],
      ["operation", "not one"],
    ] as const)
      expectRefusal(
        await fleet.call("listLog", { params: { id: reseller.id }, query: { [name]: value } }),
        400,
        "invalid_request",
        name,
      );
  });
});
