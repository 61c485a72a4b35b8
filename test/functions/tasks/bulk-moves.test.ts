import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { complaints, dump } from "../../model/invariants.ts";
import { costsOf } from "../../support/api.ts";
import { shortenWaits } from "../../support/short-waits.ts";
import { sized } from "../../support/size.ts";
import { allPages, dayMs, expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { settleStream } from "../stages/settle.ts";
import { endTasks, wakes, workAt } from "../stages/tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;
type Options = Parameters<Fleet["call"]>[2];

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
/** A call to the table that is broken: whoever sends it dies with it, or gets this answer. */
let broken: ((command: string, nth: number) => Error | null) | null = null;
let calls = 0;
let lost: ((command: string, nth: number) => boolean) | null = null;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  fleet.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context["commandName"]);
      calls += 1;
      const nth = calls;
      const error = broken?.(command, nth);
      if (error) throw error;
      const answer = await next(args);
      if (lost?.(command, nth)) throw new Error("killed");
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "broken" },
  );
  shortenWaits(2);
  for (const level of ["error", "warn"] as const)
    vi.spyOn(fleet.runtime.logger, level).mockImplementation((() => undefined) as never);
});
afterAll(() => stream.close());

const moveAll = (ids: readonly string[], parentId: string, query: Record<string, string> = {}, options?: Options) =>
  fleet.call("moveCustomers", { body: { ids, parentId }, query }, options);
const taskOf = (id: string, options?: Options): Promise<Body> => fleet.ok("getTask", { params: { id } }, options);
const cancel = (id: string) => fleet.call("cancelTask", { params: { id } });
const distributor = () => fleet.create(fleet.provider.id, { level: "distributor" });
const reseller = (parentId = fleet.provider.id, more: object = {}) =>
  fleet.create(parentId, { level: "reseller", ...more });
/** A reseller with customers, and another one that they may go to. */
async function sellers(count: number, more: object = {}): Promise<{ from: Body; to: Body; ids: string[] }> {
  const [from, to] = [await reseller(), await reseller()];
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth += 1) ids.push((await fleet.create(from.id, more)).id);
  return { from, to, ids };
}
const parentsOf = (ids: readonly string[]): Promise<string[]> =>
  Promise.all(ids.map(async (id) => (await fleet.item(id))["parentId"] as string));
const statusesOf = ({ result }: Body): string[] => result.rows.map(({ status }: Body) => status);
const sound = async (): Promise<void> =>
  expect(complaints(await dump(fleet.table), { whole: true, moves: true, services: false })).toEqual([]);
/** What the log tells of how often each customer has arrived somewhere. */
const arrivals = async (parentId: string): Promise<string[]> => {
  const { items } = await allPages(fleet, "listLog", { params: { id: parentId }, query: { limit: "200" } });
  return items.filter(({ type }) => type === "CustomerArrived").map(({ node }) => node.id);
};
const sweep = (): Promise<unknown> => fleet.invoke("functions/schedule/sweep-tasks.ts", {});

describe("many customers that are moved at once", () => {
  test("go one by one, as a task that says how far it is and what became of each row", async () => {
    const { from, to, ids } = await sellers(30, { autoAuthorize: true });
    const device = await fleet.device(ids[3]);
    const reply = await moveAll(ids, to.id);
    expect([reply.status, costsOf(reply).roundTrips]).toEqual([202, expect.any(Number)]);
    expect(costsOf(reply).roundTrips).toBeLessThanOrEqual(4);
    expect(reply.body).toMatchObject({
      type: "move_customers",
      customerId: fleet.provider.id,
      status: "queued",
      parameters: { parentId: to.id },
      progress: { done: 0, failed: 0, total: 30 },
      startedAt: null,
    });
    expect(statusesOf(reply.body)).toEqual(ids.map(() => "pending"));
    expect(new Set(await parentsOf(ids))).toEqual(new Set([from.id]));
    await endTasks(fleet, stream);
    const task = await taskOf(reply.body.id);
    expect(task).toMatchObject({
      status: "succeeded",
      progress: { done: 30, failed: 0, total: 30 },
      error: null,
      endedAt: expect.any(String),
    });
    expect(task.result.rows.map(({ id }: Body) => id)).toEqual(ids);
    expect(new Set(statusesOf(task))).toEqual(new Set(["succeeded"]));
    expect(new Set(await parentsOf(ids))).toEqual(new Set([to.id]));
    expect((await arrivals(to.id)).toSorted()).toEqual([...ids].toSorted());
    expect((await fleet.backup(device)).body.allowed).toBe(true);
    const { items } = await fleet.ok("listTasks", { query: { limit: "1" } });
    const { result: _, ...summary } = task;
    expect(items).toEqual([summary]);
    await settleStream(fleet, stream);
    await sound();
  });

  test("are refused all where one is out of sight, or cannot be moved; with partial the others go", async () => {
    const { from, to, ids } = await sellers(2);
    const foreign = (await fleet.customer()).id;
    const top = await distributor();
    const { items: standing } = await fleet.ok("listCustomers", { query: { parentId: from.id } });
    const own = standing.find(({ isDefault }: Body) => isDefault);
    const gone = await fleet.create(from.id);
    await fleet.remove(gone);
    const mixed = [ids[0], own.id, gone.id, top.id] as string[];
    for (const dryRun of ["true", "false"]) {
      const reply = await moveAll(mixed, to.id, { dryRun });
      expectRefusal(reply, 409, "move_refused");
      expect(reply.body.errors.map(({ code, path }: Body) => [code, path])).toEqual([
        ["default_customer", "ids.1"],
        ["customer_deleted", "ids.2"],
        ["level_not_allowed", "ids.3.parentId"],
      ]);
    }
    // A reseller's key sees its own branch only.
    const { token } = await fleet.key(from.id);
    const [one, other] = [await fleet.create(String(ids[0])), await fleet.create(String(ids[0]))];
    const rows = [one.id, foreign, other.id];
    const hidden = await moveAll(rows, String(ids[1]), {}, { token });
    expectRefusal(hidden, 404, "not_found");
    expect(hidden.body.errors).toMatchObject([{ code: "not_found", path: "ids.1" }]);
    expect((await fleet.ok("listTasks", {}, { token })).items).toEqual([]);
    const dry = await moveAll(rows, String(ids[1]), { partial: "true", dryRun: "true" }, { token });
    expect([dry.status, statusesOf(dry.body), costsOf(dry).writeUnits]).toEqual([
      202,
      ["pending", "failed", "pending"],
      0,
    ]);
    const begun = await moveAll(rows, String(ids[1]), { partial: "true" }, { token });
    expect(begun.status).toBe(202);
    await endTasks(fleet, stream);
    const task = await taskOf(begun.body.id, { token });
    expect(task).toMatchObject({
      status: "failed",
      progress: { done: 3, failed: 1, total: 3 },
      error: { code: "rows_failed" },
    });
    expect(task.result.rows).toMatchObject([
      { status: "succeeded" },
      { id: foreign, status: "failed", code: "not_found", message: "No such customer." },
      { status: "succeeded" },
    ]);
    expect(await parentsOf([one.id, other.id])).toEqual([ids[1], ids[1]]);
    // Who stands above sees the task, who stands beside does not.
    await taskOf(begun.body.id);
    expectRefusal(
      await fleet.call("getTask", { params: { id: begun.body.id } }, { token: (await fleet.key(to.id)).token }),
      404,
      "not_found",
    );
    await sound();
  });

  test("are named in a list of 1 to 1,000, each once", async () => {
    const { to, ids } = await sellers(1);
    const many = Array.from({ length: 1_001 }, (_, nth) => `cus_${String(nth).padStart(26, "0")}`);
    for (const [list, path] of [
      [[], "ids"],
      [many, "ids"],
      [[ids[0], "cus_00000000000000000000000000", ids[0]], "ids.2"],
    ] as const)
      expectRefusal(await moveAll(list as string[], to.id), 422, "invalid_ids", path);
    expectRefusal(await moveAll(["acc_00000000000000000000000000"], to.id), 400, "invalid_request", "ids.0");
    expectRefusal(await moveAll(ids, "cus_00000000000000000000000000"), 404, "not_found");
  });

  test("stay where they are when they stand there already", async () => {
    const { from, to, ids } = await sellers(2);
    await fleet.ok("moveCustomer", { params: { id: String(ids[0]) }, body: { parentId: to.id } });
    const { body } = await moveAll(ids, to.id);
    await endTasks(fleet, stream);
    expect(await taskOf(body.id)).toMatchObject({ status: "succeeded", progress: { done: 2, failed: 0 } });
    expect((await fleet.get(String(ids[0]))).version).toBe(2);
    expect(await arrivals(from.id)).toEqual([]);
  });

  test("that no longer fit fail alone, with the reasons that the move of one would have got", async () => {
    const { to, ids } = await sellers(3, { licences: { limit: 2 } });
    expect((await fleet.patch(to.id, { licences: { limit: 5 } })).status).toBe(200);
    const { body } = await moveAll(ids, to.id);
    await endTasks(fleet, stream);
    const task = await taskOf(body.id);
    expect(statusesOf(task).toSorted()).toEqual(["failed", "succeeded", "succeeded"]);
    const failed = task.result.rows.find(({ status }: Body) => status === "failed");
    expect([failed.code, failed.errors.map(({ code }: Body) => code)]).toSatisfy(
      ([code, codes]: [string, string[]]) =>
        code === "allotment_exceeded" || (code === "move_refused" && codes.includes("allotment_exceeded")),
    );
    await sound();
  });
});

describe("a second move", () => {
  test("of what a task moves, of what stands around it or below it, is refused and hears of the task", async () => {
    const { from, to, ids } = await sellers(2);
    const site = await fleet.create(String(ids[0]));
    const [besides, apart] = [await distributor(), await fleet.create(from.id)];
    const { body: task } = await moveAll(ids, to.id);
    const elsewhere = await reseller();
    const other = await fleet.create(elsewhere.id);
    for (const [id, parentId] of [
      [ids[1], elsewhere.id],
      [from.id, besides.id],
      [site.id, other.id],
    ] as const) {
      const single = await fleet.call("moveCustomer", { params: { id: String(id) }, body: { parentId } });
      for (const reply of [single, await moveAll([String(id)], parentId)]) {
        expectRefusal(reply, 409, "move_running");
        expect(reply.body.detail).toContain(task.id);
      }
    }
    expect((await fleet.call("moveCustomer", { params: { id: apart.id }, body: { parentId: to.id } })).status).toBe(
      200,
    );
    await endTasks(fleet, stream);
    expect((await moveAll(ids, elsewhere.id)).status).toBe(202);
    await endTasks(fleet, stream);
    expect(new Set(await parentsOf(ids))).toEqual(new Set([elsewhere.id]));
    await sound();
  });

  test("beside fifty that wait has to wait itself", async () => {
    const { from, ids } = await sellers(2);
    const { token } = await fleet.key(from.id);
    const sites = [];
    for (let nth = 0; nth < 4; nth += 1) sites.push((await fleet.create(String(ids[0]))).id);
    const begun = [];
    for (const site of sites.slice(1)) begun.push((await moveAll([site], String(ids[1]), {}, { token })).body.id);
    const { items, pages } = await allPages(fleet, "listTasks", { query: { limit: "2" } }, { token });
    expect([items.map(({ id }) => id), pages.length]).toEqual([begun.toReversed(), 2]);
    // As many as may wait.
    const { documents, tableName: TableName } = fleet.table;
    for (let nth = 0; nth < 47; nth += 1) {
      const taskId = `tsk_${String(nth).padStart(26, "0")}`;
      const item = { pk: from.id, sk: `open-task#${taskId}`, kind: "open-task", taskId };
      const payload = { pk: `TASK#${taskId}`, sk: "payload", ids: [], around: [] };
      for (const Item of [item, payload]) await documents.send(new PutCommand({ TableName, Item }));
    }
    expectRefusal(await moveAll([String(sites[0])], String(ids[1]), {}, { token }), 409, "too_many");
    await endTasks(fleet, stream);
    expect((await moveAll([String(sites[0])], String(ids[1]), {}, { token })).status).toBe(202);
    await endTasks(fleet, stream);
    expect(new Set(await parentsOf(sites))).toEqual(new Set([ids[1]]));
  });
});

describe("a task that is cancelled", () => {
  test("before anybody has begun leaves everything as it is", async () => {
    const { from, to, ids } = await sellers(2);
    const { body } = await moveAll(ids, to.id);
    const { status, body: after } = await cancel(body.id);
    expect([status, after.status, statusesOf(after)]).toEqual([200, "cancelled", ["skipped", "skipped"]]);
    expect((await cancel(body.id)).body).toEqual(after);
    await endTasks(fleet, stream);
    expect(await taskOf(body.id)).toEqual(after);
    expect(new Set(await parentsOf(ids))).toEqual(new Set([from.id]));
    expect((await moveAll(ids, to.id)).status).toBe(202);
    await endTasks(fleet, stream);
  });

  test("under way finishes the rows that have begun, and leaves the others alone", async () => {
    const { from, to, ids } = await sellers(60);
    const { body } = await moveAll(ids, to.id);
    let asked: ReturnType<typeof cancel> | null = null;
    let transactions = 0;
    broken = (command) => {
      if (command === "TransactWriteItemsCommand" && (transactions += 1) === 12) asked = cancel(body.id);
      return null;
    };
    await endTasks(fleet, stream).finally(() => {
      broken = null;
    });
    expect((await (asked as unknown as ReturnType<typeof cancel>)).status).toBe(200);
    const task = await taskOf(body.id);
    expect(task).toMatchObject({ status: "cancelled", error: null, cancelRequestedAt: expect.any(String) });
    const rows = statusesOf(task);
    expect([rows.includes("succeeded"), rows.includes("skipped"), rows.includes("failed")]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await parentsOf(ids)).toEqual(rows.map((status) => (status === "succeeded" ? to.id : from.id)));
    await sound();
  });

  test("once it has ended is refused", async () => {
    const { to, ids } = await sellers(1);
    const { body } = await moveAll(ids, to.id);
    await endTasks(fleet, stream);
    expectRefusal(await cancel(body.id), 409, "task_ended");
    const stale = { headers: { "if-match": '"1"' } };
    expectRefusal(await fleet.call("cancelTask", { params: { id: body.id } }, stale), 412, "precondition_failed");
    expectRefusal(await cancel("tsk_00000000000000000000000000"), 404, "not_found");
  });
});

describe("each row is done once", () => {
  /** Works at a task until whoever does so is killed at the n-th call, before or after it takes effect. @returns whether he was */
  async function killedAt(records: readonly TableRecord[], nth: number, when: "before" | "after"): Promise<boolean> {
    calls = 0;
    let dead = false;
    const dies = (_: string, at: number): boolean => at >= nth && (dead = true);
    if (when === "before") broken = (command, at) => (dies(command, at) ? new Error("killed") : null);
    // Whoever is dead calls no more.
    else {
      lost = (command, at) => dies(command, at);
      broken = (command, at) => (at > nth && dies(command, at) ? new Error("killed") : null);
    }
    await workAt(fleet, records).catch(() => undefined);
    [broken, lost] = [null, null];
    return dead;
  }

  test.each(["before", "after"] as const)("wherever its worker dies, %s a call", { timeout: 300_000 }, async (when) => {
    const { from, to, ids } = await sellers(5);
    await fleet.patch(from.id, { licences: { limit: 50 } });
    for (const id of ids) await fleet.patch(id, { licences: { limit: 2 } });
    let [at, target] = [from.id, to.id];
    let moves = 0;
    for (let nth = 1, killed = true; killed; nth += sized(5, 1)) {
      const { body } = await moveAll(ids, target);
      killed = await killedAt(await stream.next(), nth, when);
      // Its lease ends, and the next sweep goes on.
      fleet.advance(3 * 60_000);
      await sweep();
      await endTasks(fleet, stream);
      expect(await taskOf(body.id)).toMatchObject({ status: "succeeded", progress: { done: 5, failed: 0 } });
      expect(new Set(await parentsOf(ids))).toEqual(new Set([target]));
      moves += 1;
      [at, target] = [target, at];
      expect(nth).toBeLessThan(120);
    }
    expect(moves).toBeGreaterThan(3);
    const all = [...(await arrivals(from.id)), ...(await arrivals(to.id))];
    expect(all.toSorted()).toEqual(ids.flatMap((id) => Array.from({ length: moves }, () => id)).toSorted());
    await settleStream(fleet, stream);
    await sound();
  });

  test("when the stream brings a task twice, and two work at it at once", async () => {
    const { to, ids } = await sellers(20);
    const { body } = await moveAll(ids, to.id);
    const records = wakes(await stream.next());
    // The lease of the first has ended while it worked.
    const first = workAt(fleet, records);
    fleet.advance(3 * 60_000);
    await Promise.all([first, workAt(fleet, records), sweep(), sweep()]);
    await endTasks(fleet, stream);
    fleet.advance(3 * 60_000);
    await sweep();
    expect(await taskOf(body.id)).toMatchObject({ status: "succeeded", progress: { done: 20, failed: 0 } });
    expect((await arrivals(to.id)).toSorted()).toEqual([...ids].toSorted());
    await sound();
  });
});

describe("a task", () => {
  test("that takes longer than a turn is handed on, and goes on at once", async () => {
    const { to, ids } = await sellers(30);
    const { body } = await moveAll(ids, to.id);
    const records = wakes(await stream.next());
    let transactions = 0;
    broken = (command) => {
      if (command === "TransactWriteItemsCommand" && (transactions += 1) === 10) fleet.advance(50_000);
      return null;
    };
    await workAt(fleet, records).finally(() => {
      broken = null;
    });
    expect(await taskOf(body.id)).toMatchObject({ status: "running", progress: { done: 24, total: 30 } });
    await endTasks(fleet, stream);
    expect(await taskOf(body.id)).toMatchObject({ status: "succeeded", progress: { done: 30 } });
    await sound();
  });

  test("whose customer is deleted meanwhile does no more", async () => {
    const { from, to, ids } = await sellers(2);
    const site = await fleet.create(String(ids[0]));
    const { token } = await fleet.key(from.id);
    const { body } = await moveAll([site.id], String(ids[1]), {}, { token });
    await fleet.remove(from);
    await endTasks(fleet, stream);
    expect(await taskOf(body.id)).toMatchObject({
      status: "failed",
      error: { code: "customer_deleted" },
      progress: { done: 0 },
    });
    expect(await parentsOf([site.id])).toEqual([ids[0]]);
    expect(to.version).toBe(1);
  });

  test("whose row cannot be done is tried again a few times, and then given up", async () => {
    const { from, to, ids } = await sellers(3);
    const { body } = await moveAll(ids, to.id);
    const records = wakes(await stream.next());
    // What nobody has foreseen, at one row only.
    await fleet.setItem(String(ids[1]), { spaceDrawn: "a mistake" });
    await workAt(fleet, records);
    for (let turn = 0; turn < 6; turn += 1) {
      expect(await taskOf(body.id)).toMatchObject({ progress: { done: 2 } });
      fleet.advance(3 * 60_000);
      await sweep();
      await endTasks(fleet, stream);
    }
    expect(await taskOf(body.id)).toMatchObject({ status: "failed", error: { code: "rows_failed" } });
    await fleet.setItem(String(ids[1]), { spaceDrawn: 0 });
    expect(await parentsOf(ids)).toEqual([to.id, from.id, to.id]);
  });
});

test(
  `${sized(40, 1000)} customers are moved several at a time, with few attempts where every fifth transaction meets another`,
  { timeout: 900_000 },
  async () => {
    const { to, ids } = await sellers(sized(40, 1000), { space: { limitBytes: 10 }, licences: { limit: 1 } });
    const { body } = await moveAll(ids, to.id);
    let [transactions, side, most] = [0, 0, 0];
    const underWay = (step: 1 | -1): void => {
      side += step;
      most = Math.max(most, side);
    };
    fleet.runtime.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context["commandName"] !== "BatchGetItemCommand") return next(args);
        underWay(1);
        return next(args).finally(() => underWay(-1));
      },
      { step: "finalizeRequest", priority: "high", name: "underWay" },
    );
    broken = (command) => {
      if (command !== "TransactWriteItemsCommand") return null;
      transactions += 1;
      const reasons = [{ Code: "None" }, { Code: "TransactionConflict" }];
      return transactions % 5 === 0
        ? new TransactionCanceledException({ message: "", CancellationReasons: reasons, $metadata: {} })
        : null;
    };
    const started = performance.now();
    await endTasks(fleet, stream).finally(() => {
      broken = null;
      fleet.runtime.client.middlewareStack.remove("underWay");
    });
    const took = Math.round(performance.now() - started);
    expect(await taskOf(body.id)).toMatchObject({ status: "succeeded", progress: { done: ids.length, failed: 0 } });
    const attempts = (transactions / ids.length).toFixed(2);
    process.stdout.write(`${ids.length} customers: ${took} ms, ${attempts} attempts per customer\n`);
    expect(transactions / ids.length).toBeLessThanOrEqual(1.4);
    expect(most).toBeGreaterThan(2);
    await settleStream(fleet, stream);
    await sound();
  },
);

test("a task goes with the customer whose credential asked for it, once that is purged", async () => {
  const { from, ids } = await sellers(2);
  const site = await fleet.create(String(ids[0]));
  const { token } = await fleet.key(from.id);
  const { body } = await moveAll([site.id], String(ids[1]), {}, { token });
  await endTasks(fleet, stream);
  await fleet.remove(await fleet.get(from.id));
  fleet.advance(40 * dayMs);
  await fleet.invoke("functions/schedule/sweep-purges.ts", {});
  const left = (await dump(fleet.table)).filter((item) => JSON.stringify([item["pk"], item["sk"]]).includes(body.id));
  expect(left).toEqual([]);
});
