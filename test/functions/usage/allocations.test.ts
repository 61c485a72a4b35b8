import { beforeAll, describe, expect, test } from "vitest";
import { complaints, dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { allPages, expectRefusal, maxSafe } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { goodPassword } from "../stages/post.ts";

type Body = Reply["body"];
let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

const limit = (limitBytes: number | null) => ({ space: { limitBytes } });
const rowsOf = async (id: string, query: Record<string, string> = {}, options = {}): Promise<Body[]> =>
  (await allPages(fleet, "getAllocations", { params: { id }, query: { limit: "200", ...query } }, options)).items;
const change = (id: string, changes: object[], more: { query?: Record<string, string>; token?: string } = {}) =>
  fleet.call(
    "updateAllocations",
    { params: { id }, body: { changes }, ...(more.query && { query: more.query }) },
    more.token === undefined ? {} : { token: more.token },
  );
const reseller = (more: object = {}) => fleet.create(fleet.provider.id, { level: "reseller", ...more });
/** The refusals of an answer, each as its place and its code. */
const told = ({ body }: Reply): string[] =>
  body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);

describe("the page of allocations", () => {
  let top: Body;
  let [busy, site]: Body[] = [];
  let parent: Body;
  beforeAll(async () => {
    top = await reseller({ ...limit(1_000), licences: { limit: 50 } });
    for (const name of "abdefhij") await fleet.create(top.id, { name: `Quiet ${name} ${top.id}` });
    busy = await fleet.create(top.id, { name: `Quiet g ${top.id}`, ...limit(300), autoAuthorize: true });
    site = await fleet.create(busy.id, { ...limit(100) });
    parent = await fleet.login({ customerId: busy.id });
    const sub = { parentAccountId: parent.id, username: fleet.freshLogin(), password: goodPassword };
    await fleet.ok("createAccount", { body: { ...sub, hardQuotaBytes: 40 } });
    await fleet.login({ customerId: site.id, hardQuotaBytes: 90, userQuotaBytes: 70 });
    const device = await fleet.device(busy.id);
    for (let count = 0; count < 2; count += 1) await fleet.ownSet(device);
    expect((await fleet.backup(device)).body.allowed).toBe(true);
    const second = await fleet.enrol({ username: parent.username, password: goodPassword });
    await fleet.ownSet({ token: second.body.token });
    const doomed = await fleet.device(busy.id);
    await fleet.ok("deleteDevice", { params: { id: doomed.id }, query: { confirm: doomed.name } });
    const waiting = await fleet.create(top.id, { name: `Quiet c ${top.id}` });
    const key = await fleet.enrolmentKey(waiting.id);
    expect((await fleet.enrol({ enrolmentKey: key.token })).status).toBe(202);
  });

  /** The rows as one reads them by the lists of each kind. */
  const expected = async (id: string): Promise<string[]> => {
    const customer = await fleet.get(id);
    const ids = [id];
    if (["end-customer", "site"].includes(customer.level)) {
      const query = { customerId: id };
      const accounts = (await allPages(fleet, "listAccounts", { query })).items;
      const devices = (await allPages(fleet, "listDevices", { query })).items;
      for (const account of [null, ...accounts]) {
        if (account) ids.push(account.id);
        for (const { id: deviceId } of devices.filter((one) => one.accountId === (account?.id ?? null))) {
          ids.push(deviceId);
          if (account) {
            const sets = await fleet.ok("listBackupSets", { query: { deviceId } });
            ids.push(...sets.items.map((set: Body) => set.id));
          }
        }
      }
    }
    const children = (await allPages(fleet, "listCustomers", { query: { parentId: id } })).items;
    for (const child of children) ids.push(...(await expected(child.id)));
    return ids;
  };

  test("holds customers, accounts, devices and backup sets as a tree, each once, in every size of page and from every level", async () => {
    for (const [start, sizes] of [
      [top.id, [1, 3, 7, 8, 200]],
      [busy.id, [2, 3]],
      [site.id, [1]],
    ] as const) {
      const order = await expected(start);
      for (const size of [...sizes, order.length]) {
        const { items, pages } = await allPages(fleet, "getAllocations", {
          params: { id: start },
          query: { limit: String(size) },
        });
        expect(
          items.map(({ id }) => id),
          `limit ${size}`,
        ).toEqual(order);
        for (const page of pages.slice(0, -1)) expect(page.body.items).toHaveLength(size);
      }
    }
    const rows = await rowsOf(top.id);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(["customer", "account", "device", "backup-set"]));
    const above = new Set([fleet.provider.id]);
    for (const { id, parentId } of rows) {
      expect(above).toContain(parentId);
      above.add(id);
    }
  });

  test("goes down to the kind that is asked for", async () => {
    const all = await rowsOf(top.id);
    const kinds = ["customer", "account", "device", "backup-set"];
    for (const [index, downTo] of kinds.entries())
      expect(await rowsOf(top.id, { downTo, limit: "4" })).toEqual(
        all.filter(({ kind }) => kinds.indexOf(kind) <= index),
      );
  });

  test("says of each what its own page says", async () => {
    for (const row of await rowsOf(top.id)) {
      expect(Object.keys(row).sort()).toEqual(
        "deletedAt deviceCount deviceLimit id kind level licences name parentId space version".split(" "),
      );
      if (row.kind === "customer") {
        const { space, licences, name, version, parentId, level, deviceLimit, deviceCount } = await fleet.get(row.id);
        expect(row).toMatchObject({ space, licences, name, version, parentId, level, deviceLimit, deviceCount });
      } else if (row.kind === "account") {
        const account = await fleet.ok("getAccount", { params: { id: row.id } });
        expect(row).toMatchObject({
          name: account.username,
          version: account.version,
          parentId: account.parentAccountId ?? account.customerId,
          space: {
            hardQuotaBytes: account.hardQuotaBytes,
            effectiveQuotaBytes: account.effectiveQuota.bytes,
            usedBytes: account.usedBytes,
          },
          deviceCount: account.deviceCount,
        });
      } else if (row.kind === "device") {
        const device = await fleet.getDevice(row.id);
        expect(row).toMatchObject({
          name: device.name,
          parentId: device.accountId ?? device.customerId,
          space: { usedBytes: device.usedBytes },
          licences: { used: device.licensed ? 1 : 0 },
          deletedAt: device.deletedAt,
        });
      } else {
        const set = await fleet.ok("getBackupSet", { params: { id: row.id } });
        expect(row).toMatchObject({ name: set.name, parentId: set.deviceId, version: set.version, space: null });
      }
    }
    const licensed = (await rowsOf(busy.id)).filter(({ kind, licences }) => kind === "device" && licences.used === 1);
    expect(licensed).toHaveLength(1);
  });

  test("names nothing above the caller, and binds its cursors to customer and kind", async () => {
    const { token } = await fleet.key(top.id, "viewer");
    const [first] = await rowsOf(top.id, {}, { token });
    expect([first.id, first.parentId]).toEqual([top.id, null]);
    const query = { limit: "2", downTo: "account" };
    const page = await fleet.ok("getAllocations", { params: { id: top.id }, query }, { token });
    const cursor = page.nextCursor;
    for (const [id, more] of [
      [busy.id, query],
      [top.id, { limit: "2" }],
    ] as const)
      expectRefusal(
        await fleet.call("getAllocations", { params: { id }, query: { ...more, cursor } }, { token }),
        400,
        "invalid_cursor",
      );
    const kind = await fleet.call("getAllocations", { params: { id: top.id }, query: { downTo: "licence" } });
    expectRefusal(kind, 400, "invalid_request", "downTo");
  });

  test("goes on behind a customer that was deleted while its rows were being read", async () => {
    const seller = await reseller();
    const [first, second] = [
      await fleet.create(seller.id, { name: `AA ${seller.id}` }),
      await fleet.create(seller.id, { name: `BB ${seller.id}` }),
    ];
    for (let count = 0; count < 3; count += 1) {
      const { id } = first;
      const plan = ["basic", "select", "trial"][count];
      await fleet.login({ customerId: id, plan });
    }
    const read = (cursor?: string) =>
      fleet.ok("getAllocations", { params: { id: seller.id }, query: { limit: "3", ...(cursor && { cursor }) } });
    const page = await read();
    expect(page.items.map(({ kind }: Body) => kind)).toEqual(["customer", "customer", "account"]);
    expect((await fleet.remove(first)).status).toBe(200);
    const rest = await read(page.nextCursor);
    expect(rest.items.map(({ id }: Body) => id)).toContain(second.id);
    expect(rest.items.some(({ kind }: Body) => kind === "account")).toBe(false);
  });
});

describe("a change of allocations", () => {
  test("is judged by the state that all of it leaves, whatever its order", async () => {
    const seller = await reseller(limit(100));
    const [one, two] = [await fleet.create(seller.id, limit(60)), await fleet.create(seller.id, limit(40))];
    const steps: [number, number, number][] = [
      [200, 120, 80],
      [200, 80, 120],
      [50, 20, 30],
      [30, 30, 0],
      [90, 0, 90],
    ];
    for (const [index, [space, first, second]] of steps.entries()) {
      const changes = [
        { id: seller.id, space: { limitBytes: space } },
        { id: one.id, space: { limitBytes: first } },
        { id: two.id, space: { limitBytes: second } },
      ];
      const ordered = index % 2 === 0 ? changes : changes.toReversed();
      const reply = await change(fleet.provider.id, ordered);
      expect([reply.status, reply.body.errors]).toEqual([200, undefined]);
      const rows = await rowsOf(seller.id);
      expect(reply.body.items).toEqual(ordered.map(({ id }) => rows.find((row) => row.id === id)));
      expect((await fleet.get(seller.id)).space).toMatchObject({
        limitBytes: space,
        allottedToChildrenBytes: first + second,
        freeBytes: space - first - second,
      });
    }
  });

  test("takes space, licences and devices of several at once, and clears with null", async () => {
    const seller = await reseller({ ...limit(100), licences: { limit: 10 } });
    const customer = await fleet.create(seller.id);
    const set = { ...limit(50), licences: { limit: 4 }, deviceLimit: 3 };
    const { body } = await change(seller.id, [
      { id: customer.id, version: 1, ...set },
      { id: seller.id, deviceLimit: 9 },
    ]);
    expect(body.items).toMatchObject([
      { id: customer.id, version: 2, space: { limitBytes: 50, freeBytes: 50 }, licences: { limit: 4 }, deviceLimit: 3 },
      { id: seller.id, version: 2, deviceLimit: 9, space: { allottedToChildrenBytes: 50 } },
    ]);
    const cleared = await change(seller.id, [
      { id: customer.id, space: { limitBytes: null }, licences: { limit: null }, deviceLimit: null },
    ]);
    expect(cleared.body.items).toMatchObject([
      { version: 3, space: { limitBytes: null }, licences: { limit: null }, deviceLimit: null },
    ]);
    const { space, licences } = await fleet.get(seller.id);
    expect([space.allottedToChildrenBytes, licences.allottedToChildren]).toEqual([0, 0]);
  });

  test("writes one log entry for each that differs, and nothing where nothing does", async () => {
    const seller = await fleet.create(fleet.provider.id, { level: "reseller", ...limit(100) });
    const customer = await fleet.create(seller.id, limit(10));
    const account = await fleet.login({ customerId: customer.id });
    const changes = [
      { id: customer.id, space: { limitBytes: 20, softLimitBytes: 15 } },
      { id: account.id, hardQuotaBytes: 20 },
      { id: seller.id, ...limit(100) },
    ];
    for (const version of [2, 2]) {
      const { body } = await change(seller.id, changes);
      expect(body.items.map((row: Body) => row.version)).toEqual([version, version, 1]);
    }
    const log = (await fleet.ok("listLog", { params: { id: seller.id } })).items;
    const entries = log.filter(({ type }: Body) => /Updated/.test(type));
    expect(entries.map(({ type, node }: Body) => [type, node.id]).sort()).toEqual(
      [
        ["AccountUpdated", account.id],
        ["CustomerUpdated", customer.id],
      ].sort(),
    );
    const told = entries.find(({ node }: Body) => node.id === customer.id).changes;
    expect(told).toEqual([
      { path: "space.limitBytes", before: 10, after: 20 },
      { path: "space.softLimitBytes", before: null, after: 15 },
    ]);
  });

  test("is refused with every refusal at once, and then makes nothing", async () => {
    const distributor = await fleet.create(fleet.provider.id, { level: "distributor" });
    const seller = await fleet.create(distributor.id, { level: "reseller", ...limit(100) });
    const other = await fleet.create(distributor.id, { level: "reseller" });
    const [one, two, three, four] = await Promise.all(
      [30, 30, 30, null].map((of) => fleet.create(seller.id, limit(of))),
    );
    await fleet.create(three.id, limit(25));
    const doomed = await fleet.create(seller.id);
    await fleet.remove(doomed);
    const account = await fleet.login({ customerId: one.id });
    const gone = await fleet.login({ customerId: two.id });
    await fleet.ok("deleteAccount", { params: { id: gone.id }, query: { confirm: gone.username } });
    const before = await rowsOf(seller.id);
    const refused = await change(seller.id, [
      { id: one.id, space: { limitBytes: 40, softLimitBytes: 41 } },
      { id: two.id, ...limit(61), version: 7 },
      { id: three.id, ...limit(24) },
      { id: doomed.id, deviceLimit: 1 },
      { id: account.id, hardQuotaBytes: 41 },
      { id: gone.id, hardQuotaBytes: 1 },
      { id: other.id, deviceLimit: 1 },
      { id: distributor.id, deviceLimit: 1 },
      { id: "acc_00000000000000000000000000", hardQuotaBytes: 1 },
      { id: four.id, deviceLimit: 5 },
    ]);
    expectRefusal(refused, 422, "changes_refused");
    expect(told(refused).sort()).toEqual([
      "changes.0.space.limitBytes allotment_exceeded",
      "changes.0.space.softLimitBytes soft_limit_above_limit",
      "changes.1.space.limitBytes allotment_exceeded",
      "changes.1.version precondition_failed",
      "changes.2.space.limitBytes limit_below_committed",
      "changes.3.id customer_deleted",
      "changes.4.hardQuotaBytes quota_not_allowed",
      "changes.5.id account_deleted",
      "changes.6.id not_found",
      "changes.7.id not_found",
      "changes.8.id not_found",
    ]);
    expect(await rowsOf(seller.id)).toEqual(before);
  });

  test("answers for what lies outside of the branch as for what does not exist", async () => {
    const [mine, theirs] = [await reseller(), await reseller()];
    const own = await fleet.create(mine.id);
    const [customer, beside] = [await fleet.create(theirs.id), await fleet.create(mine.id)];
    const account = await fleet.login({ customerId: customer.id });
    const { token } = await fleet.key(mine.id);
    const ask = async (top: string, id: string) => {
      const field = id.startsWith("acc_") ? { hardQuotaBytes: 1 } : { deviceLimit: 1 };
      const reply = await change(top, [{ id, version: 1, ...field }], { token });
      const { requestId: _, ...body } = reply.body;
      return [reply.status, body];
    };
    const unknown = await ask(own.id, "cus_00000000000000000000000000");
    expect(unknown).toMatchObject([
      422,
      { code: "changes_refused", errors: [{ path: "changes.0.id", code: "not_found" }] },
    ]);
    for (const id of [customer.id, beside.id, mine.id, fleet.provider.id])
      expect(await ask(own.id, id)).toEqual(unknown);
    expect(await ask(own.id, account.id)).toEqual(await ask(own.id, "acc_00000000000000000000000000"));
  });

  test("is 412 where only versions are stale", async () => {
    const seller = await reseller();
    const [one, two] = [await fleet.create(seller.id), await fleet.create(seller.id)];
    const account = await fleet.login({ customerId: one.id });
    const stale = await change(seller.id, [
      { id: one.id, version: 2, deviceLimit: 1 },
      { id: two.id, version: 1, deviceLimit: 1 },
      { id: account.id, version: 9, hardQuotaBytes: 1 },
    ]);
    expectRefusal(stale, 412, "precondition_failed");
    expect(told(stale)).toEqual(["changes.0.version precondition_failed", "changes.2.version precondition_failed"]);
    expect((await fleet.get(two.id)).deviceLimit).toBeNull();
  });

  test("does not decide what the level above decides, nor quotas where those who sell do", async () => {
    const seller = await reseller(limit(100));
    const customer = await fleet.create(seller.id, limit(50));
    const account = await fleet.login({ customerId: customer.id });
    const [{ token }, { token: customers }] = [await fleet.key(seller.id), await fleet.key(customer.id)];
    const own = await change(
      seller.id,
      [
        { id: seller.id, ...limit(200), deviceLimit: null },
        { id: customer.id, ...limit(60) },
      ],
      {
        token,
      },
    );
    expectRefusal(own, 422, "changes_refused");
    expect(told(own)).toEqual(["changes.0.space forbidden", "changes.0.deviceLimit forbidden"]);
    const theirs = await change(
      customer.id,
      [
        { id: account.id, hardQuotaBytes: 5 },
        { id: customer.id, licences: {} },
      ],
      {
        token: customers,
      },
    );
    expect(told(theirs)).toEqual(["changes.0.hardQuotaBytes forbidden", "changes.1.licences forbidden"]);
    // The provider has nobody above it.
    const provider = await change(fleet.provider.id, [{ id: fleet.provider.id, deviceLimit: 1_000_000 }]);
    expect(provider.body.items).toMatchObject([{ id: fleet.provider.id, parentId: null, deviceLimit: 1_000_000 }]);
  });

  test("measures quotas by the limits that the same request leaves", async () => {
    const customer = await fleet.create((await reseller()).id, limit(100));
    const site = await fleet.create(customer.id);
    const [account, below] = [
      await fleet.login({ customerId: customer.id }),
      await fleet.login({ customerId: site.id }),
    ];
    const both = (limitBytes: number, hardQuotaBytes: number) =>
      change(customer.id, [
        { id: below.id, hardQuotaBytes },
        { id: customer.id, space: { limitBytes } },
        { id: account.id, hardQuotaBytes },
      ]);
    expect((await both(200, 200)).status).toBe(200);
    const refused = await both(150, 151);
    expect(told(refused)).toEqual([
      "changes.0.hardQuotaBytes quota_not_allowed",
      "changes.2.hardQuotaBytes quota_not_allowed",
    ]);
    const { body } = await both(150, 150);
    expect(body.items.map(({ space }: Body) => space.hardQuotaBytes ?? space.limitBytes)).toEqual([150, 150, 150]);
  });

  test("names 1 to 30, each once, with fields of its kind", async () => {
    const seller = await reseller();
    const { id } = await fleet.create(seller.id);
    const account = await fleet.login({ customerId: id });
    const wrong: [object[], string][] = [
      [[], "changes"],
      [Array.from({ length: 31 }, () => ({ id })), "changes"],
      [[{ id }, { id: account.id }, { id }], "changes.2.id"],
      [[{ id, hardQuotaBytes: 1 }], "changes.0.hardQuotaBytes"],
      [[{ id: account.id, deviceLimit: 1 }], "changes.0.deviceLimit"],
      [[{ id: account.id, space: {} }], "changes.0.space"],
      [[{ id: "dev_00000000000000000000000000" }], "changes.0.id"],
      [[{ deviceLimit: 1 }], "changes.0.id"],
      [[{ id, name: "x" }], "changes.0.name"],
      [[{ id, space: { limitBytes: -1 } }], "changes.0.space.limitBytes"],
      [[{ id, space: { limitBytes: maxSafe + 1 } }], "changes.0.space.limitBytes"],
    ];
    for (const [changes, path] of wrong) {
      const reply = await change(seller.id, changes);
      expect([path, reply.status, reply.body.code]).toEqual([path, 400, "invalid_request"]);
      expect(reply.body.errors.map((error: { path: string }) => error.path)).toContain(path);
    }
    const quota = await change(seller.id, [{ id: account.id, hardQuotaBytes: -1 }]);
    expect(told(quota)).toEqual(["changes.0.hardQuotaBytes quota_not_allowed"]);
  });

  test("is one transaction: thirty customers of one reseller fit, and what does not is told so", async () => {
    const seller = await reseller(limit(3_000));
    const many = await Promise.all(Array.from({ length: 30 }, () => fleet.create(seller.id)));
    const headers = { "idempotency-key": `thirty-${seller.id}` };
    const all = { params: { id: seller.id }, body: { changes: many.map(({ id }) => ({ id, ...limit(100) })) } };
    for (const replayed of [undefined, "true"]) {
      const reply = await fleet.call("updateAllocations", all, { headers });
      expect([reply.status, reply.headers["idempotency-replayed"]]).toEqual([200, replayed]);
    }
    expect((await fleet.get(seller.id)).space.freeBytes).toBe(0);

    // Sites under thirty end-customers of eight resellers: 30 records, 30 entries, 30 + 8 + 1 above, and the kept answer.
    const sellers = await Promise.all(Array.from({ length: 9 }, () => reseller()));
    const site = async (index: number) =>
      (await fleet.create((await fleet.create(sellers[index]?.id)).id)).id as string;
    const sites = await Promise.all(Array.from({ length: 31 }, (_, index) => site(index === 30 ? 8 : index % 8)));
    const send = (ids: string[], key: string) =>
      fleet.call(
        "updateAllocations",
        { params: { id: fleet.provider.id }, body: { changes: ids.map((id) => ({ id, ...limit(1) })) } },
        { headers: { "idempotency-key": key } },
      );
    expectRefusal(await send(sites.slice(1), "too-many"), 409, "too_many", "changes");
    expect((await send(sites.slice(0, 30), "just-enough")).status).toBe(200);
  });

  test("leaves every counter exact where many change overlapping sets at the same time", async () => {
    const distributor = await fleet.create(fleet.provider.id, { level: "distributor", ...limit(1_000) });
    const sellers = await Promise.all(
      [400, null, 300].map((of) => fleet.create(distributor.id, { level: "reseller", ...limit(of) })),
    );
    const customers = await Promise.all(
      sellers.flatMap(({ id }) =>
        [20, null, 30].map((of) => fleet.create(id, { ...limit(of), licences: { limit: of } })),
      ),
    );
    const nodes = [distributor, ...sellers, ...customers];
    let seed = 7;
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const wanted = (): object[] => {
      const chosen = new Set(Array.from({ length: 1 + next(6) }, () => nodes[next(nodes.length)]));
      return [...chosen].map(({ id, level }) => {
        const scale = level === "distributor" ? 1_500 : level === "reseller" ? 500 : 150;
        const value = next(5) === 0 ? null : next(scale);
        return { id, ...limit(value), ...(next(3) === 0 && { licences: { limit: value } }) };
      });
    };
    const replies: Reply[] = [];
    for (let round = 0; round < 5; round += 1)
      replies.push(...(await Promise.all(Array.from({ length: 8 }, () => change(distributor.id, wanted())))));
    expect(fleet.failures).toEqual([]);
    const statuses = replies.map(({ status }) => status);
    for (const status of statuses) expect([200, 409, 422, 503]).toContain(status);
    expect(new Set(statuses)).toContain(200);
    expect(new Set(statuses)).toContain(422);
    const items = (await dump(fleet.table)).filter(({ pk, sk }) => !pk.startsWith("ID#") || sk === "timer#attention");
    expect(complaints(items, { whole: true })).toEqual([]);
  });
});
