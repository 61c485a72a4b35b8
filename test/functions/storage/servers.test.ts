import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

/** What names stand for, in the place of DNS. */
const names = new Map<string, string[]>();
const looked: string[] = [];
vi.mock("node:dns/promises", () => {
  const find = (name: string, wanted: (address: string) => boolean): Promise<string[]> => {
    looked.push(name);
    const found = (names.get(name) ?? []).filter(wanted);
    return found.length > 0 ? Promise.resolve(found) : Promise.reject(new Error("ENOTFOUND"));
  };
  class Resolver {
    resolve4 = (name: string) => find(name, (address) => !address.includes(":"));
    resolve6 = (name: string) => find(name, (address) => address.includes(":"));
  }
  return { Resolver };
});

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});
afterEach(() => {
  names.clear();
  looked.length = 0;
});

const url = "https://vault.olivia.example/";
const input = (customerId: string, more: object = {}) => ({
  body: { customerId, name: fleet.freshName("Server"), url, ...more },
});
const register = async (customerId = fleet.resellerId, more: object = {}) =>
  fleet.ok("createStorageServer", input(customerId, more));
const softwareOnly = (more: object = {}) => fleet.customer({ serviceType: "software-only", ...more });
const choose = (id: string, storageServerId: string | null, options?: Parameters<Fleet["call"]>[2]) =>
  fleet.call("chooseStorageServer", { params: { id }, body: { storageServerId } }, options);
const choiceOf = (id: string) => fleet.ok("getStorageServerChoice", { params: { id } });
const serverOf = (id: string) => fleet.ok("getStorageServer", { params: { id } });

describe("a storage server", () => {
  test("checks in with its own token, and counts as offline after 15 minutes without", async () => {
    const { server, token } = await register(fleet.resellerId, { capacityBytes: 1_000 });
    expect(server).toMatchObject({
      state: "new",
      url,
      capacityBytes: 1_000,
      usedBytes: null,
      freeBytes: null,
      version: 1,
    });
    const said = { usedBytes: 300, softwareVersion: "3.1" };
    const answer = await fleet.ok("checkInStorageServer", { body: said }, { token });
    expect(answer).toMatchObject({
      id: server.id,
      state: "online",
      usedBytes: 300,
      freeBytes: 700,
      softwareVersion: "3.1",
    });
    fleet.advance(14 * 60_000);
    expect((await serverOf(server.id)).state).toBe("online");
    fleet.advance(60_001);
    // What it says is no change of its record.
    expect(await serverOf(server.id)).toMatchObject({ state: "offline", version: 1 });
  });

  test("keeps a capacity that it tells while somebody gives it another name", async () => {
    const { server, token } = await register();
    const stack = fleet.runtime.client.middlewareStack;
    stack.add(
      (next, context) => async (args) => {
        if (context["commandName"] === "TransactWriteItemsCommand" && stack.remove("beforeCommit"))
          await fleet.ok("checkInStorageServer", { body: { usedBytes: 1, capacityBytes: 9_000 } }, { token });
        return next(args);
      },
      { step: "initialize", name: "beforeCommit" },
    );
    await fleet.ok("updateStorageServer", { params: { id: server.id }, body: { name: "Renamed meanwhile" } });
    expect(await serverOf(server.id)).toMatchObject({ name: "Renamed meanwhile", capacityBytes: 9_000, version: 2 });
  });

  test("has one token at a time; no other credential checks in, and its token does nothing else", async () => {
    const { server, token } = await register();
    const { token: other } = await fleet.ok("renewStorageServerToken", { params: { id: server.id } });
    const checkIn = (as: string) => fleet.call("checkInStorageServer", { body: { usedBytes: 1 } }, { token: as });
    const device = await fleet.device();
    for (const wrong of [token, device.token, fleet.token, `tv_${other.slice(3, 29)}_${"A".repeat(43)}`])
      expectRefusal(await checkIn(wrong), 401, "unauthenticated");
    expect((await checkIn(other)).status).toBe(200);
    expectRefusal(await fleet.call("me", {}, { token: other }), 401, "unauthenticated");
    expectRefusal(await fleet.call("listOwnBackupSets", {}, { token: other }), 401, "unauthenticated");
    await fleet.ok("deleteStorageServer", { params: { id: server.id }, query: { confirm: server.name } });
    expectRefusal(await checkIn(other), 401, "unauthenticated");
    const types = (await fleet.logged(server.id)).map(({ type }) => type);
    expect(types).toEqual(["StorageServerDeleted", "StorageServerTokenRenewed", "StorageServerCreated"]);
  });

  test("is changed by a merge patch, listed page by page, and seen in its branch alone", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
    const made: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) made.push((await register(reseller.id)).server.id);
    const first = await fleet.ok("listStorageServers", { query: { customerId: reseller.id, limit: "2" } });
    const rest = await fleet.ok("listStorageServers", {
      query: { customerId: reseller.id, limit: "2", cursor: first.nextCursor },
    });
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(made);
    expect(rest.nextCursor).toBeNull();
    const id = made[0] ?? "";
    const changed = await fleet.ok("updateStorageServer", {
      params: { id },
      body: { name: "Renamed", capacityBytes: 5 },
    });
    expect(changed).toMatchObject({ name: "Renamed", capacityBytes: 5, url, version: 2 });
    const cleared = await fleet.ok("updateStorageServer", { params: { id }, body: { capacityBytes: null } });
    expect(cleared).toMatchObject({ capacityBytes: null, version: 3 });
    const { token } = await fleet.key(fleet.resellerId);
    for (const operation of ["getStorageServer", "updateStorageServer", "renewStorageServerToken"] as const)
      expectRefusal(
        await fleet.call(
          operation,
          { params: { id }, ...(operation === "updateStorageServer" && { body: {} }) },
          { token },
        ),
        404,
        "not_found",
      );
    expectRefusal(await fleet.call("createStorageServer", input(reseller.id), { token }), 404, "not_found");
  });

  test("is for customers who bring their own storage, and for those who sell to them", async () => {
    const cloud = await fleet.customer();
    expectRefusal(await fleet.call("createStorageServer", input(cloud.id)), 409, "not_available_for_cloud_storage");
    expect((await register((await softwareOnly()).id)).server.state).toBe("new");
  });
});

describe("its URL", () => {
  const bad = [
    "http://vault.olivia.example/",
    "ftp://vault.olivia.example/",
    "not a URL",
    `https://vault.example/${"x".repeat(500)}`,
  ];
  test.each(bad)("is refused where it is none, or not https: %s", async (wrong) => {
    expectRefusal(
      await fleet.call("createStorageServer", input(fleet.resellerId, { url: wrong })),
      400,
      "invalid_request",
      "url",
    );
    expect(looked).toEqual([]);
  });

  const inside = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1:8443/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://vault.local/",
    "https://metadata.google.internal/",
    "https://vault/",
    "https://user:password@vault.olivia.example/",
  ];
  test.each(inside)("is refused where it leads inside: %s", async (wrong) => {
    const { server } = await register(fleet.resellerId, { url: "https://198.51.101.7/" });
    const reply = await fleet.call("createStorageServer", input(fleet.resellerId, { url: wrong }));
    expectRefusal(reply, 422, "url_not_allowed", "url");
    const patched = await fleet.call("updateStorageServer", { params: { id: server.id }, body: { url: wrong } });
    expectRefusal(patched, 422, "url_not_allowed", "url");
    expect(looked).toEqual([]);
  });

  test.each([["10.0.0.7"], ["169.254.169.254"], ["::1"], ["fd00::1"], ["198.51.101.7", "192.168.0.1"]])(
    "is refused where its name stands for %s",
    async (...addresses) => {
      names.set("vault.olivia.example", addresses);
      expectRefusal(await fleet.call("createStorageServer", input(fleet.resellerId)), 422, "url_not_allowed", "url");
    },
  );

  test("is taken where it leads outside, by address or by name, also by one that nobody knows yet; it is never called", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    names.set("vault.olivia.example", ["198.51.101.7", "2a00:1450:4001:81b::200e"]);
    for (const good of [
      url,
      "https://8.8.8.8:8443/x",
      "https://[2a00:1450:4001:81b::200e]/",
      "https://new.olivia.example/",
    ])
      expect((await register(fleet.resellerId, { url: good })).server.url).toBe(good);
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });
});

describe("the choice of a server", () => {
  test("is a reseller's default, and a customer's own where it makes one; agents hear which it is and where", async () => {
    const [ofReseller, other] = [(await register()).server, (await register()).server];
    const customer = await softwareOnly();
    const site = await fleet.create(customer.id, { autoAuthorize: true });
    const device = await fleet.device(site.id);
    expect((await fleet.backup(device)).body.grant).toMatchObject({ storageServerId: null, credentials: null });
    expect((await choose(fleet.resellerId, ofReseller.id)).body).toEqual({
      storageServerId: ofReseller.id,
      effective: { id: ofReseller.id, level: "reseller" },
    });
    expect(await choiceOf(site.id)).toEqual({
      storageServerId: null,
      effective: { id: ofReseller.id, level: "reseller" },
    });
    expect((await fleet.backup(device)).body.grant.storageServerId).toBe(ofReseller.id);
    const { token } = await fleet.key(customer.id, "admin");
    expect((await choose(customer.id, other.id, { token })).status).toBe(200);
    expect((await fleet.backup(device)).body.grant.storageServerId).toBe(other.id);
    const own = await fleet.ok("getOwnStorageServer", {}, { token: device.token });
    expect(own).toEqual({ server: { id: other.id, name: other.name, url, state: "new" }, replication: null });
    await choose(customer.id, null, { token });
    expect((await fleet.backup(device)).body.grant.storageServerId).toBe(ofReseller.id);
    await choose(fleet.resellerId, null);
  });

  test("is none for customers of the provider's storage, nor of a server that is not theirs or of a level above", async () => {
    const { server } = await register();
    const cloud = await fleet.customer();
    expectRefusal(await choose(cloud.id, server.id), 409, "not_available_for_cloud_storage");
    // What its reseller has chosen for others is nothing to it or its devices.
    await choose(fleet.resellerId, server.id);
    const device = await fleet.device(cloud.id);
    expect(await choiceOf(cloud.id)).toEqual({ storageServerId: null, effective: null });
    expect(await fleet.ok("getOwnStorageServer", {}, { token: device.token })).toEqual({
      server: null,
      replication: null,
    });
    await choose(fleet.resellerId, null);
    const [one, next] = [await softwareOnly(), await softwareOnly()];
    const ofNext = (await register(next.id)).server;
    expectRefusal(await choose(one.id, ofNext.id), 404, "not_found");
    expectRefusal(await choose(one.id, "srv_00000000000000000000000000"), 404, "not_found");
  });

  test("keeps a server from being deleted, also by a choice in the same moment, until nobody has it", async () => {
    const { server } = await register();
    const [one, other] = [await softwareOnly(), await softwareOnly()];
    const remove = () =>
      fleet.call("deleteStorageServer", { params: { id: server.id }, query: { confirm: server.name } });
    await choose(one.id, server.id);
    expect((await serverOf(server.id)).chosenBy).toBe(1);
    expectRefusal(await remove(), 409, "server_in_use");
    await choose(one.id, null);
    const stack = fleet.runtime.client.middlewareStack;
    stack.add(
      (next, context) => async (args) => {
        if (context["commandName"] === "TransactWriteItemsCommand" && stack.remove("beforeCommit"))
          expect((await choose(other.id, server.id)).status).toBe(200);
        return next(args);
      },
      { step: "initialize", name: "beforeCommit" },
    );
    expectRefusal(await remove(), 409, "server_in_use");
    expectRefusal(
      await fleet.call("deleteStorageServer", { params: { id: server.id }, query: { confirm: "another" } }),
      422,
      "confirmation_required",
      "confirm",
    );
    // A customer that is removed for good has it no more.
    await fleet.remove(other);
    fleet.advance(31 * 86_400_000);
    await fleet.invoke("functions/schedule/sweep-purges.ts", {});
    expect((await serverOf(server.id)).chosenBy).toBe(0);
    expect((await remove()).status).toBe(200);
    expectRefusal(await fleet.call("getStorageServer", { params: { id: server.id } }), 404, "not_found");
  });
});
