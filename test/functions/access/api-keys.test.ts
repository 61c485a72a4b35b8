import type { Caller } from "../../../shared/store/hierarchy/scope.ts";
import { ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../../../shared/domain/access/roles.ts";
import { allPages, type Book, dayMs, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
let line: Awaited<ReturnType<Book["line"]>>;
beforeAll(async () => {
  book = await openBook();
  line = await book.line();
});
const dump = async (): Promise<Record<string, unknown>[]> => {
  const { Items = [] } = await book.table.documents.send(new ScanCommand({ TableName: book.table.tableName }));
  return Items;
};
const hourMs = 3_600_000;
const inFuture = (ms: number): string =>
  new Date(Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"]) + ms).toISOString();
const sweep = () => book.invoke("functions/schedule/sweep-expired-keys.ts", {});

test("a new key shows its token once, and works for its branch with its role", async () => {
  const made = await book.key(line.reseller.id, "operator", { name: "CRM" });
  expect(made).toMatchObject({
    customerId: line.reseller.id,
    role: "operator",
    name: "CRM",
    state: "active",
    version: 1,
    expiresAt: null,
    revokedAt: null,
  });
  expect(made.token).toMatch(/^tk_[0-9A-Z]{26}_[A-Za-z0-9_-]{49}$/);
  const { token, ...shown } = made;
  expect(await book.ok("getApiKey", { params: { id: made.id } })).toEqual(shown);
  expect((await book.ok("listApiKeys", { query: { customerId: line.reseller.id } })).items).toContainEqual(shown);
  expect(await book.ok("me", {}, { token })).toEqual({
    kind: "apiKey",
    id: made.id,
    role: "operator",
    scope: { id: line.reseller.id, level: "reseller", name: line.reseller.name },
    account: null,
    user: null,
    branding: null,
  });
  expectRefusal(await book.tryCreate(line.reseller.id, {}, { token }), 403, "forbidden");
  expectRefusal(await book.call("listApiKeys", {}, { token }), 403, "forbidden");
  expect(await book.get(line.site.id, { token })).toMatchObject({ id: line.site.id });
  expectRefusal(await book.call("getCustomer", { params: { id: line.distributor.id } }, { token }), 404, "not_found");
});

test("the token stands nowhere in the table, not even with the kept answer, and the replay shows it again", async () => {
  const body = { customerId: line.reseller.id, role: "viewer", name: "Secret" };
  const headers = { "idempotency-key": "token-once" };
  const first = await book.ok("createApiKey", { body }, { headers });
  const again = await book.call("createApiKey", { body }, { headers });
  expect([again.headers["idempotency-replayed"], again.body]).toEqual(["true", first]);
  const secret = first.token.split("_").slice(2).join("_");
  const text = JSON.stringify(await dump());
  expect(text).toContain(first.id);
  for (const form of [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")])
    expect(text).not.toContain(form);
  expect(text).not.toContain(Buffer.from(first.token).toString("base64").slice(4, -4));
  expect((await dump()).filter(({ pk }) => String(pk).startsWith("IDEM#"))).toHaveLength(1);
});

test("an expiry must lie ahead, and has its form", async () => {
  const body = { customerId: line.reseller.id, role: "viewer", name: "Late" };
  const tryKey = (expiresAt: unknown) => book.call("createApiKey", { body: { ...body, expiresAt } });
  expectRefusal(await tryKey(inFuture(-1_000)), 422, "expiry_in_past", "expiresAt");
  for (const expiresAt of ["tomorrow", "2999-13-01T00:00:00Z", "2999-01-01", 5])
    expectRefusal(await tryKey(expiresAt), 400, "invalid_request", "expiresAt");
  expect((await tryKey(null)).body.expiresAt).toBeNull();
  const unknownRole = { ...body, role: "owner" };
  expectRefusal(await book.call("createApiKey", { body: unknownRole }), 400, "invalid_request", "role");
});

test("a key stops at the moment of its expiry", async () => {
  const made = await book.key(line.reseller.id, "admin", { expiresAt: inFuture(hourMs) });
  expect((await book.call("me", {}, { token: made.token })).status).toBe(200);
  book.advance(hourMs - 20_000);
  expect((await book.call("me", {}, { token: made.token })).status).toBe(200);
  book.advance(20_000);
  expectRefusal(await book.call("me", {}, { token: made.token }), 401, "unauthenticated");
  expect((await book.ok("getApiKey", { params: { id: made.id } })).state).toBe("expired");
});

test("a key of a deleted customer is no credential, whatever it names", async () => {
  const customer = await book.create(line.reseller.id);
  const { token } = await book.key(customer.id);
  await book.remove(customer);
  for (const id of [customer.id, line.reseller.id, line.site.id, `cus_${"0".repeat(26)}`])
    expectRefusal(await book.call("getCustomer", { params: { id } }, { token }), 401, "unauthenticated");
  expectRefusal(
    await book.call("getApiKey", { params: { id: `key_${"0".repeat(26)}` } }, { token }),
    401,
    "unauthenticated",
  );
});

describe("revoking", () => {
  test("ends a key at once and for ever; again changes nothing", async () => {
    const made = await book.key(line.reseller.id, "admin", { expiresAt: inFuture(dayMs) });
    const revoke = () => book.call("revokeApiKey", { params: { id: made.id } });
    const { status, body } = await revoke();
    expect([status, body.state, body.version]).toEqual([200, "revoked", 2]);
    expect(body.token).toBeUndefined();
    expectRefusal(await book.call("me", {}, { token: made.token }), 401, "unauthenticated");
    expect((await revoke()).body).toEqual(body);
    expect((await dump()).filter(({ pk, kind }) => kind === "timer" && String(pk).includes(made.id))).toEqual([]);
    book.advance(2 * dayMs);
    expect((await book.ok("getApiKey", { params: { id: made.id } })).state).toBe("revoked");
  });

  test("is refused to the key itself", async () => {
    const made = await book.key(line.reseller.id);
    const request = { params: { id: made.id } };
    expectRefusal(await book.call("revokeApiKey", request, { token: made.token }), 409, "key_in_use");
    expect((await book.call("me", {}, { token: made.token })).status).toBe(200);
  });

  test("reaches no key above the branch or beside it", async () => {
    const own = await book.key(line.reseller.id);
    const above = await book.key(line.distributor.id);
    const beside = await book.key((await book.line()).reseller.id);
    for (const { id, token } of [above, beside]) {
      const request = { params: { id } };
      expectRefusal(await book.call("revokeApiKey", request, { token: own.token }), 404, "not_found");
      expect((await book.call("me", {}, { token })).status).toBe(200);
    }
  });
});

test("a key of a key's branch cannot be made for a customer above it", async () => {
  const own = await book.key(line.reseller.id);
  const body = { customerId: line.distributor.id, role: "viewer", name: "up" };
  expectRefusal(await book.call("createApiKey", { body }, { token: own.token }), 404, "not_found");
});

describe("the role support", () => {
  const tryKey = (customerId: string, role: Role, token?: string) =>
    book.call("createApiKey", { body: { customerId, role, name: "S" } }, token === undefined ? {} : { token });

  test("is given to keys of the provider itself, by the provider's admins", async () => {
    expect(await tryKey(book.provider.id, "support")).toMatchObject({ status: 201, body: { role: "support" } });
    for (const { id } of Object.values(line))
      expectRefusal(await tryKey(id, "support"), 422, "role_not_allowed", "role");
    const below = await book.key(line.reseller.id);
    expectRefusal(await tryKey(line.reseller.id, "support", below.token), 422, "role_not_allowed", "role");
    expectRefusal(await tryKey(book.provider.id, "support", below.token), 404, "not_found");
    for (const role of ["operator", "viewer", "support"] as const) {
      const { token } = await book.key(book.provider.id, role);
      expectRefusal(await tryKey(book.provider.id, "support", token), 403, "forbidden");
    }
  });

  test("reads the whole installation but its API keys and billing, and changes nothing that admins change", async () => {
    const { token } = await book.key(book.provider.id, "support");
    expect(await book.get(line.site.id, { token })).toMatchObject({ id: line.site.id });
    expect((await book.ok("me", {}, { token })).role).toBe("support");
    expectRefusal(await book.patch(line.site.id, { city: "Bern" }, { token }), 403, "forbidden");
    for (const id of ["listApiKeys", "listServices"] as const)
      expectRefusal(await book.call(id, {}, { token }), 403, "forbidden");
  });
});

describe("who made a key", () => {
  const madeBy = async (id: string, token?: string): Promise<string | null> =>
    (await book.ok("getApiKey", { params: { id } }, token === undefined ? {} : { token })).createdBy;

  test("is told to keys of the provider, and to others where they made it themselves", async () => {
    const { id: first } = await book.ok("me");
    const admin = await book.key(line.reseller.id);
    const body = { customerId: line.reseller.id, role: "viewer", name: "Below" };
    const below = await book.ok("createApiKey", { body }, { token: admin.token });
    const other = await book.key(line.reseller.id);
    expect([admin.createdBy, below.createdBy]).toEqual([first, admin.id]);
    expect([await madeBy(first), await madeBy(admin.id), await madeBy(below.id)]).toEqual([null, first, admin.id]);
    for (const reader of [admin, other]) {
      expect(await madeBy(admin.id, reader.token)).toBeNull();
      expect(await madeBy(below.id, reader.token)).toBe(reader === admin ? admin.id : null);
      const listed = (await book.ok("listApiKeys", { query: { limit: "200" } }, { token: reader.token })).items;
      expect(JSON.stringify(listed)).not.toContain(first);
    }
  });

  test("is carried by the credential, also to operations; of keys that are older than the record of it nobody did", async () => {
    const { credentialOf } = await import("../../../shared/http/credential.ts");
    const { openDatabase } = await import("../../../shared/store/table/database.ts");
    const { createMeter } = await import("../../../shared/store/table/units.ts");
    const callerOf = (token: string) => {
      const db = openDatabase(book.runtime.client, book.table.tableName, createMeter());
      const http = { method: "GET", path: "/", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" };
      const headers = { authorization: `Bearer ${token}` };
      const event = { rawPath: "/", headers, isBase64Encoded: false, requestContext: { requestId: "r", http } };
      return credentialOf(event, { route: "GET /v1/me", permission: "none" }).check(
        db,
        book.runtime.clock(),
      ) as Promise<Caller | null>;
    };
    const first = await callerOf(book.token);
    const made = await book.key(line.reseller.id);
    expect(first).toMatchObject({ kind: "apiKey", createdBy: null });
    expect(await callerOf(made.token)).toMatchObject({ id: made.id, createdBy: first?.id });
    await book.table.documents.send(
      new UpdateCommand({
        TableName: book.table.tableName,
        Key: { pk: `KEY#${made.id}`, sk: "@" },
        UpdateExpression: "REMOVE createdBy",
      }),
    );
    expect(await callerOf(made.token)).toMatchObject({ id: made.id, createdBy: null });
    expect(await madeBy(made.id)).toBeNull();
  });
});

test("keys are listed oldest first, page by page, those of one customer only", async () => {
  const { reseller, site } = await book.line();
  const made = [];
  for (let count = 0; count < 5; count += 1) made.push((await book.key(reseller.id)).id);
  await book.key(site.id);
  await book.ok("revokeApiKey", { params: { id: made[2] } });
  for (const limit of ["1", "2", "5", "50"]) {
    const { items } = await allPages(book, "listApiKeys", { query: { customerId: reseller.id, limit } });
    expect(items.map(({ id }) => id)).toEqual(made);
  }
});

describe("the sweep of expired keys", () => {
  const logOf = async (id: string) =>
    (await book.ok("listLog", { params: { id: line.reseller.id }, query: { limit: "200" } })).items.filter(
      ({ type, node }: { type: string; node: { id: string } }) => type === "ApiKeyExpired" && node.id === id,
    );

  test("records each expiry once, run twice and by two at once", async () => {
    await sweep();
    const made = [];
    for (let count = 0; count < 4; count += 1)
      made.push(await book.key(line.reseller.id, "viewer", { expiresAt: inFuture(hourMs) }));
    const later = await book.key(line.reseller.id, "viewer", { expiresAt: inFuture(3 * hourMs) });
    expect(await sweep()).toEqual({ done: 0, left: 0 });
    book.advance(2 * hourMs);
    const [one, other] = (await Promise.all([sweep(), sweep()])) as { done: number; left: number }[];
    expect((one?.done ?? 0) + (other?.done ?? 0)).toBe(4);
    expect(await sweep()).toMatchObject({ done: 0 });
    for (const { id } of made) {
      expect(await logOf(id)).toHaveLength(1);
      expect((await logOf(id))[0].actor).toEqual({ kind: "system", id: null });
      expect(await book.ok("getApiKey", { params: { id } })).toMatchObject({ state: "expired", version: 2 });
    }
    expect(await logOf(later.id)).toEqual([]);
    const timers = (await dump()).filter(({ kind, timer }) => kind === "timer" && timer === "key-expiry");
    expect(timers.map(({ pk }) => pk)).toContain(`KEY#${later.id}`);
    for (const { id } of made) expect(timers.map(({ pk }) => pk)).not.toContain(`KEY#${id}`);
  });

  test("leaves revoked keys alone, and a swept key can still be revoked", async () => {
    const revoked = await book.key(line.reseller.id, "viewer", { expiresAt: inFuture(hourMs) });
    const swept = await book.key(line.reseller.id, "viewer", { expiresAt: inFuture(hourMs) });
    await book.ok("revokeApiKey", { params: { id: revoked.id } });
    book.advance(2 * hourMs);
    await sweep();
    expect(await logOf(revoked.id)).toEqual([]);
    expect(await logOf(swept.id)).toHaveLength(1);
    expect((await book.ok("revokeApiKey", { params: { id: swept.id } })).state).toBe("revoked");
  });
});

describe("a key that is restricted", () => {
  test("to networks is refused from elsewhere, IPv6 and mapped addresses included", async () => {
    const ipRanges = ["192.0.2.0/24", "2001:db8:7::/48"];
    const { id, token } = await book.key(line.reseller.id, "viewer", { ipRanges });
    const from = (sourceIp: string) => book.call("me", {}, { token, sourceIp });
    for (const inside of ["192.0.2.1", "::ffff:192.0.2.255", "2001:db8:7:1::1"])
      expect([inside, (await from(inside)).status]).toEqual([inside, 200]);
    for (const outside of ["192.0.3.1", "::ffff:198.51.100.1", "2001:db8:8::1", "nonsense"])
      expectRefusal(await from(outside), 403, "forbidden");
    expect((await book.ok("getApiKey", { params: { id } })).ipRanges).toEqual(ipRanges);
    for (const wrong of ["192.0.2.1", "192.0.2.0/33", "2001:db8::/129", "localhost", "10.0.0.0/8/8"]) {
      const body = { customerId: line.reseller.id, role: "viewer", name: "x", ipRanges: [wrong] };
      expectRefusal(await book.call("createApiKey", { body }), 400, "invalid_request");
    }
  });

  test("to networks gives no access from elsewhere: by another key, by rotation, by a user", async () => {
    const customerId = line.reseller.id;
    const own = await book.key(customerId, "admin", { ipRanges: ["192.0.2.0/24", "2001:db8:7::/48"] });
    const by = { token: own.token, sourceIp: "192.0.2.9" };
    const make = (ipRanges?: string[]) =>
      book.call("createApiKey", { body: { customerId, role: "viewer", name: "N", ...(ipRanges && { ipRanges }) } }, by);
    const refused = (reply: Awaited<ReturnType<typeof make>>, path: string) =>
      expectRefusal(reply, 422, "networks_not_allowed", path);
    const before = await dump();
    for (const wider of [
      undefined,
      [],
      ["192.0.2.0/23"],
      ["192.0.3.0/24"],
      ["192.0.2.0/25", "198.51.100.0/24"],
      ["2001:db8::/32"],
      ["::/0"],
      ["0.0.0.0/0"],
      ["::ffff:192.0.2.0/120"],
    ])
      refused(await make(wider), "ipRanges");
    const open = await book.key(customerId, "viewer");
    const narrow = await book.key(customerId, "viewer", { ipRanges: ["192.0.2.128/25"] });
    const rotate = (id: string) => book.call("rotateApiKey", { params: { id }, body: {} }, by);
    refused(await rotate(open.id), "id");
    const person = {
      customerId,
      role: "viewer",
      name: "Ann",
      email: "ann.networks@example.com",
      password: "a meadow full of cranes",
    };
    refused(await book.call("createUser", { body: person }, by), "");
    const { id } = await book.ok("createUser", { body: { ...person, endsAt: inFuture(dayMs) } });
    const change = (body: object) => book.call("updateUser", { params: { id }, body }, by);
    const wider: Record<string, unknown> = {
      role: "admin",
      email: "eve@example.com",
      customerId: line["end-customer"].id,
      endsAt: null,
    };
    for (const [name, value] of Object.entries(wider)) refused(await change({ name: "Anna", [name]: value }), name);
    refused(await change({ endsAt: inFuture(2 * dayMs) }), "endsAt");
    expect((await book.ok("getUser", { params: { id } })).version).toBe(1);
    expect((await change({ active: false, endsAt: inFuture(hourMs) })).body).toMatchObject({ state: "disabled" });
    refused(await change({ active: true }), "active");
    expect((await dump()).filter(({ kind }) => kind === "api-key")).toHaveLength(
      before.filter(({ kind }) => kind === "api-key").length + 2,
    );
    for (const inside of [["192.0.2.0/24"], ["2001:db8:7:1::/64", "192.0.2.7/32"]])
      expect((await make(inside)).body.ipRanges).toEqual(inside);
    expect((await rotate(narrow.id)).body.ipRanges).toEqual(["192.0.2.128/25"]);
    expect((await rotate(own.id)).status).toBe(201);
  });

  test("to reading changes nothing, whatever its role", async () => {
    const { token } = await book.key(line.reseller.id, "admin", { readOnly: true });
    expect((await book.get(line.site.id, { token })).id).toBe(line.site.id);
    expectRefusal(await book.tryCreate(line.reseller.id, {}, { token }), 403, "forbidden");
    const patch = { params: { id: line.site.id }, body: { city: "Bern" } };
    expectRefusal(await book.call("updateCustomer", patch, { token }), 403, "forbidden");
  });

  test("is in the log of access where it was used all the same, as its customer's admins see", async () => {
    const { id, token } = await book.key(line.reseller.id, "admin", { readOnly: true, ipRanges: ["192.0.2.0/24"] });
    expectRefusal(await book.call("me", {}, { token, sourceIp: "198.51.100.9" }), 403, "forbidden");
    const seen = async (): Promise<unknown[]> => {
      const { items } = await book.ok("listAccessLog", { params: { id: line.reseller.id }, query: { limit: "200" } });
      return items.filter(({ credential }: { credential: { id: string } | null }) => credential?.id === id);
    };
    await expect
      .poll(seen)
      .toMatchObject([{ type: "PermissionRefused", sourceIp: "198.51.100.9", reason: "forbidden", operation: "me" }]);
  });
});

test("the last use of a key is told, and written at most once an hour", async () => {
  const { id, token } = await book.key(line.reseller.id, "viewer");
  const used = async (): Promise<string | null> => (await book.ok("getApiKey", { params: { id } })).lastUsedAt;
  expect(await used()).toBeNull();
  await book.ok("me", {}, { token });
  const first = await used();
  expect(first).not.toBeNull();
  book.advance(10 * 60_000);
  await book.ok("me", {}, { token });
  expect(await used()).toBe(first);
  book.advance(hourMs);
  await book.ok("me", {}, { token });
  expect(Date.parse(String(await used())) - Date.parse(String(first))).toBeGreaterThan(hourMs);
});

describe("a key that is rotated", () => {
  const rotate = (id: string, body: object = {}, token?: string) =>
    book.call("rotateApiKey", { params: { id }, body }, token === undefined ? {} : { token });
  const works = async (token: string): Promise<boolean> => (await book.call("me", {}, { token })).status === 200;

  test("goes on beside the new one for a while, which has the same rights", async () => {
    const old = await book.key(line.reseller.id, "operator", {
      name: "CRM",
      readOnly: true,
      ipRanges: ["127.0.0.0/8"],
    });
    const reply = await rotate(old.id, { overlapHours: 2 });
    expect([reply.status, reply.body]).toMatchObject([
      201,
      { role: "operator", name: "CRM", readOnly: true, ipRanges: ["127.0.0.0/8"], expiresAt: null, version: 1 },
    ]);
    expect([await works(old.token), await works(reply.body.token)]).toEqual([true, true]);
    book.advance(2 * hourMs + 1_000);
    expect([await works(old.token), await works(reply.body.token)]).toEqual([false, true]);
    await sweep();
    expect((await book.ok("getApiKey", { params: { id: old.id } })).state).toBe("expired");
    expectRefusal(await rotate(old.id), 422, "not_applicable");
  });

  test("ends at once where no overlap is wanted, never later than before, and may rotate itself", async () => {
    const [one, two] = [await book.key(line.reseller.id, "admin"), await book.key(line.reseller.id, "admin")];
    expect((await rotate(one.id, { overlapHours: 0 })).status).toBe(201);
    expect(await works(one.token)).toBe(false);
    expect((await rotate(two.id, {}, two.token)).status).toBe(201);
    const expiresAt = inFuture(hourMs);
    const short = await book.key(line.reseller.id, "viewer", { expiresAt });
    await rotate(short.id, { overlapHours: 100 });
    expect((await book.ok("getApiKey", { params: { id: short.id } })).expiresAt).toBe(expiresAt);
    expectRefusal(await rotate(short.id, { overlapHours: 169 }), 400, "invalid_request");
    const { token } = await book.key(line["end-customer"].id, "admin");
    expectRefusal(await rotate(two.id, {}, token), 404, "not_found");
  });
});
