import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Level } from "../../../shared/domain/terms/levels.ts";
import { deviceComplaints } from "../../model/device-invariants.ts";
import { dump, type Item } from "../../model/invariants.ts";
import { dayMs } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { goodPassword } from "../stages/post.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

/*
 * The long run asks for more. HISTORIES_SEED repeats a run, but for the order in which changes at the same time come in.
 */
const histories = Number(process.env["LIFE_HISTORIES"] ?? 1);
const groups = Number(process.env["HISTORY_GROUPS"] ?? 25);
const firstSeed = Number(process.env["HISTORIES_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
  const deletion = { customersPerHour: 10_000 };
  await fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body: { deletion } });
});

/** Puts a customer under another parent. @returns whether it was moved */
const move = async (id: string, parentId: string): Promise<boolean> =>
  (await fleet.call("moveCustomer", { params: { id }, body: { parentId } })).status === 200;

const childLevel: Partial<Record<Level, Level>> = {
  distributor: "reseller",
  reseller: "end-customer",
  "end-customer": "site",
};

/** Something that was acknowledged, as the caller was told of it. */
interface Node {
  kind: "customer" | "account" | "device";
  id: string;
  name: string;
  level: Level | null;
  /** The customer above; of accounts and devices the customer that they belong to. */
  parentId: string;
  /** The account of a device, the parent account of a sub-account. */
  accountId: string | null;
}
/** What the table says of a node. */
interface Record_ {
  parentId: string;
  accountId: string | null;
  deletedAt: string | null;
  purgeAt: string | null;
  name: string;
}

/** All records of the table by id. */
function recordsIn(items: readonly Item[]): Map<string, Record_> {
  const found = new Map<string, Record_>();
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  for (const item of items)
    if (["customer", "account", "device"].includes(String(item["kind"])))
      found.set(String(item["id"]), {
        parentId: String(item["kind"] === "customer" ? item["parentId"] : item["customerId"]),
        accountId: text(item["kind"] === "account" ? item["parentAccountId"] : item["accountId"]),
        deletedAt: text(item["deletedAt"]),
        purgeAt: text(item["purgeAt"]),
        name: String(item["kind"] === "account" ? item["username"] : item["name"]),
      });
  return found;
}
/** A node and everything above it, as the table has it. */
function lineOf(records: ReadonlyMap<string, Record_>, id: string): string[] {
  const line: string[] = [];
  for (let at: string | null | undefined = id; at !== null && at !== undefined && records.has(at);) {
    line.push(at);
    const record: Record_ | undefined = records.get(at);
    if (record?.accountId && !line.includes(record.accountId)) at = record.accountId;
    else at = record?.parentId;
  }
  return line;
}

/** Numbers from 0 to 1, always the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return state / 2 ** 32;
  };
}

/** How devices are counted up to limits above, which may come and go meanwhile; what is right of it is looked at by itself. */
const counts = ["deviceDrawn", "deviceFree", "devicesCounted", "devicesCountedAbove"];
/** Attributes that a deletion and its undoing may leave another way, or that reading mends. */
const stamps = new Set(["version", "updatedAt", "restoredAt", "ancestors", "dueSk", "at", ...counts]);
/** The items of a branch, but for what tells of its changes. */
function branchItems(items: readonly Item[], ids: ReadonlySet<string>): Map<string, string> {
  const idOf = (pk: string): string => pk.replace(/^(ID#|KEY#)/, "");
  return new Map(
    items
      .filter(
        ({ pk, kind }) => ids.has(idOf(pk)) && !["log", "log-copy", "deletion-link", "totals"].includes(String(kind)),
      )
      .map((item) => [
        `${item.pk} ${item.sk}`,
        JSON.stringify(
          Object.entries(item)
            .filter(([name]) => !stamps.has(name))
            .sort(),
        ),
      ]),
  );
}

class History {
  readonly nodes = new Map<string, Node>();
  /** Branches as they were when they were deleted. */
  readonly deleted = new Map<string, { ids: Set<string>; items: Map<string, string> }>();
  readonly seen: Record<string, number> = {};
  readonly random: () => number;
  readonly topId: string;

  constructor(seed: number, topId: string) {
    this.random = randomFrom(seed);
    this.topId = topId;
  }

  pick<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.random() * all.length)];
  }
  of(kind: Node["kind"]): Node[] {
    return [...this.nodes.values()].filter((node) => node.kind === kind);
  }
  count(what: string, reply: { status: number }): boolean {
    const key = `${what} ${reply.status}`;
    this.seen[key] = (this.seen[key] ?? 0) + 1;
    // Whatever comes in between, nobody is told that something broke.
    expect([what, reply.status < 500]).toEqual([what, true]);
    return reply.status < 300;
  }

  /** One change, worked out now and sent later. */
  change(): () => Promise<unknown> {
    const roll = this.random();
    if (roll < 0.22) return this.createCustomer();
    if (roll < 0.36) return this.createAccount();
    if (roll < 0.5) return this.createDevice();
    if (roll < 0.62) return this.remove();
    if (roll < 0.86) return this.restore();
    return roll < 0.93 ? this.moveOne() : this.limitDevices();
  }

  limitDevices(): () => Promise<unknown> {
    const node = this.pick([{ id: this.topId }, ...this.of("customer")]);
    const deviceLimit = this.random() < 0.4 ? null : Math.floor(this.random() * 5);
    return async () => {
      if (node) this.count("limit devices", await fleet.patch(node.id, { deviceLimit }));
    };
  }

  createCustomer(): () => Promise<unknown> {
    const parents = [{ id: this.topId, level: "distributor" as Level }, ...this.of("customer")];
    const parent = this.pick(parents.filter(({ level }) => level !== null && childLevel[level] !== undefined));
    const inTrial = parent?.level === "reseller" && this.random() < 0.3;
    return async () => {
      if (!parent) return;
      const level = parent.level === "distributor" ? { level: "reseller" } : {};
      const reply = await fleet.tryCreate(parent.id, { ...level, ...(inTrial && { inTrial }), autoAuthorize: true });
      if (this.count("create customer", reply)) {
        const { id, name } = reply.body;
        this.nodes.set(id, {
          kind: "customer",
          id,
          name,
          level: reply.body.level,
          parentId: parent.id,
          accountId: null,
        });
      }
    };
  }
  createAccount(): () => Promise<unknown> {
    const customer = this.pick(this.of("customer").filter(({ level }) => level !== "reseller"));
    const above =
      this.random() < 0.4 ? this.pick(this.of("account").filter(({ accountId }) => accountId === null)) : undefined;
    return async () => {
      if (!customer) return;
      const place = above ? { parentAccountId: above.id } : { customerId: customer.id, plan: "select" };
      const contact = { name: "Ann", email: "ann@example.com" };
      const body = { ...place, contact, username: fleet.freshLogin(), password: goodPassword };
      const reply = await fleet.call("createAccount", { body });
      if (!this.count("create account", reply)) return;
      const { id, username: name, customerId: parentId } = reply.body;
      this.nodes.set(id, { kind: "account", id, name, level: null, parentId, accountId: above?.id ?? null });
    };
  }
  createDevice(): () => Promise<unknown> {
    const account = this.pick(this.of("account"));
    return async () => {
      if (!account) return;
      const reply = await fleet.call("createDevice", { body: { accountId: account.id, ...fleet.machine() } });
      if (!this.count("create device", reply)) return;
      const { id, name, customerId: parentId } = reply.body;
      this.nodes.set(id, { kind: "device", id, name, level: null, parentId, accountId: account.id });
    };
  }
  remove(): () => Promise<unknown> {
    const node = this.pick([...this.nodes.values()]);
    return async () => {
      if (!node) return;
      const operation = ({ customer: "deleteCustomer", account: "deleteAccount", device: "deleteDevice" } as const)[
        node.kind
      ];
      const query = { confirm: node.name };
      this.count(`delete ${node.kind}`, await fleet.call(operation, { params: { id: node.id }, query }));
    };
  }
  /** Restores something, and says whether that was acknowledged. */
  restore(): () => Promise<unknown> {
    const node = this.pick([...this.nodes.values()]);
    return async () => {
      if (!node) return;
      const operation = ({ customer: "restoreCustomer", account: "restoreAccount", device: "restoreDevice" } as const)[
        node.kind
      ];
      if (this.count(`restore ${node.kind}`, await fleet.call(operation, { params: { id: node.id } })))
        this.restored.add(node.id);
    };
  }
  moveOne(): () => Promise<unknown> {
    const customers = this.of("customer");
    const node = this.pick(customers);
    const parents = [{ id: this.topId, level: "distributor" as Level }, ...customers];
    const target = this.pick(parents.filter(({ level }) => level !== null && childLevel[level] === node?.level));
    return async () => {
      if (!node || !target) return;
      const moved = await move(node.id, target.id);
      this.count("move", { status: moved ? 200 : 409 });
    };
  }

  /** What was restored in the group that runs. */
  restored = new Set<string>();
  records = new Map<string, Record_>();

  /** What has gone since the last look must have been due, and what stands must be as it was acknowledged. */
  check(items: readonly Item[]): void {
    const now = fleet.now();
    const records = recordsIn(items);
    for (const node of this.nodes.values()) {
      const record = records.get(node.id);
      if (record) {
        expect([node.id, record.name]).toEqual([node.id, node.name]);
        continue;
      }
      const line = lineOf(this.records, node.id);
      const due = line.some((id) => {
        const mark = this.records.get(id);
        return !this.restored.has(id) && typeof mark?.purgeAt === "string" && Date.parse(mark.purgeAt) <= now;
      });
      expect([node.kind, node.id, "gone before its purge date", !due]).toEqual([
        node.kind,
        node.id,
        "gone before its purge date",
        false,
      ]);
      this.seen["purged"] = (this.seen["purged"] ?? 0) + 1;
      this.nodes.delete(node.id);
      this.deleted.delete(node.id);
    }
    for (const id of this.restored) {
      expect([id, records.has(id)]).toEqual([id, true]);
      this.deleted.delete(id);
    }
    this.records = records;
    this.restored = new Set();
  }

  /** Everything at and below a node. */
  branch(records: ReadonlyMap<string, Record_>, id: string): Set<string> {
    return new Set([...records.keys()].filter((one) => lineOf(records, one).includes(id)));
  }
}

describe(
  "random histories of creating, deleting, restoring, moving and purging",
  { timeout: 30_000 + histories * groups * 3_000 },
  () => {
    test.each(Array.from({ length: histories }, (_, index) => firstSeed + index))(
      "lose nothing before its purge date, and give back what is restored as it was (seed %i)",
      async (seed) => {
        const top = await fleet.create(fleet.provider.id, { level: "distributor" });
        const history = new History(seed, top.id);
        for (let begun = 0; begun < 12; begun += 1) await history.createCustomer()();
        for (let begun = 0; begun < 5; begun += 1) await history.createAccount()();
        for (let begun = 0; begun < 4; begun += 1) await history.createDevice()();
        const look = async (): Promise<Item[]> => {
          const items = await dump(fleet.table);
          history.check(items);
          expect(deviceComplaints(items)).toEqual([]);
          return items;
        };
        let compared = 0;
        await look();
        for (let group = 0; group < groups; group += 1) {
          const roll = history.random();
          if (roll < 0.2) {
            fleet.advance(Math.ceil(history.random() * 25) * dayMs);
            if (history.random() < 0.5) await fleet.invoke("functions/schedule/sweep-trials.ts", {});
          } else if (roll < 0.36) {
            // A purge, and changes beside it.
            const changes = history.random() < 0.5 ? [history.restore(), history.change()] : [];
            await Promise.all([
              fleet.invoke("functions/schedule/sweep-purges.ts", {}),
              ...changes.map((change) => change()),
            ]);
            const items = await look();
            if (changes.length === 0)
              for (const [id, { deletedAt, purgeAt }] of recordsIn(items))
                if (deletedAt !== null && purgeAt !== null && history.nodes.has(id))
                  expect([id, Date.parse(purgeAt) > fleet.now()]).toEqual([id, true]);
            continue;
          } else if (roll < 0.56) {
            // One deletion alone, remembered as it was; or the restoration of one.
            const remembered = history.pick([...history.deleted.keys()]);
            if (remembered !== undefined && history.random() < 0.5) {
              const node = history.nodes.get(remembered);
              const reply = await fleet.call("restoreCustomer", { params: { id: remembered } });
              const was = history.deleted.get(remembered);
              history.deleted.delete(remembered);
              const items = await look();
              if (node && was && history.count("restore whole", reply)) {
                const left = new Set(
                  [...was.ids].filter((id) => history.records.has(id) || !/^(cus|acc|dev)_/.test(id)),
                );
                const now = branchItems(items, left);
                // What was deleted by itself before may have come to its own purge meanwhile.
                if (left.size === was.ids.size) {
                  expect(Object.fromEntries([...now].sort())).toEqual(Object.fromEntries([...was.items].sort()));
                  compared += was.items.size;
                }
              }
              continue;
            }
            const standing = history.of("customer").filter(({ id }) => history.records.get(id)?.deletedAt === null);
            // Branches of some size, rather than their many leaves.
            const sizeOf = (node: Node | undefined): number =>
              node ? history.branch(history.records, node.id).size : -1;
            const [node] = [history.pick(standing), history.pick(standing), history.pick(standing)].sort(
              (one, other) => sizeOf(other) - sizeOf(one),
            );
            if (node) {
              const before = await look();
              const ids = history.branch(history.records, node.id);
              const query = { confirm: node.name };
              const reply = await fleet.call("deleteCustomer", { params: { id: node.id }, query });
              if (history.count("delete whole", reply))
                history.deleted.set(node.id, { ids, items: branchItems(before, ids) });
            }
          } else {
            const changes = Array.from({ length: 1 + Math.floor(history.random() * 4) }, () => history.change());
            await Promise.all(changes.map((change) => change()));
          }
          await look();
        }
        process.stdout.write(`life: seed ${seed}: ${JSON.stringify({ ...history.seen, compared })}
`);
      },
    );
  },
);
