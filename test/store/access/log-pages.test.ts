import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { LogEntryType } from "../../../shared/domain/hierarchy/log-entry.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { type LogFilter, logStore } from "../../../shared/store/access/log-pages.ts";
import { logWrite } from "../../../shared/store/hierarchy/log.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import { putLine } from "../stages/line.ts";
import { contextOf, openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
let line: Awaited<ReturnType<typeof putLine>>;
let nodeId: string;
const ids = createIdSource();
const wholeBudget = 1000;

/** Puts entries about one node into the log of the reseller, oldest first. */
async function putEntries(types: readonly LogEntryType[]): Promise<void> {
  const [, reseller] = line;
  const items = types.map((type) => {
    const author = { now: Date.now, id: () => ids.id("logEntry", Date.now()), requestId: "req_test", caller: null };
    return logWrite(author, line.slice(1), { type, node: { id: nodeId, level: null, name: "Node" } }).item;
  });
  expect(reseller.level).toBe("reseller");
  for (let start = 0; start < items.length; start += 25)
    await store.table.documents.send(
      new BatchWriteCommand({
        RequestItems: {
          [store.table.tableName]: items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } })),
        },
      }),
    );
}
const read = async (filter: LogFilter, readerScope = line[1].id, branchId = line[1].id) => {
  const meter = createMeter();
  const log = logStore(contextOf(store.open(meter), readerScope));
  const pages = [];
  let position = null;
  do {
    const page: Awaited<ReturnType<typeof log.list>> = await log.list(branchId, filter, 10, position);
    pages.push(page);
    position = page.next;
  } while (position !== null);
  return { pages, items: pages.flatMap(({ items }) => items), meter };
};

beforeAll(async () => {
  store = await openStore();
  line = await putLine(store);
  nodeId = ids.id("device", Date.now());
  await putEntries(["DeviceCreated", ...Array.from({ length: 2_300 }, () => "DeviceUpdated" as const)]);
});

describe("a page of what is rare", () => {
  test.each([
    ["in a branch", false],
    ["of a node", true],
  ])("%s ends after a thousand others, and says where to go on", async (_, ofNode) => {
    const filter = { type: "DeviceCreated" as const, ...(ofNode && { nodeId }) };
    const { pages, items, meter } = await read(filter);
    expect(items.map(({ type }) => type)).toEqual(["DeviceCreated"]);
    expect(pages.map((page) => page.items.length)).toEqual([0, 0, 1]);
    // Each entry is read once.
    expect(meter.costs().readUnits).toBeLessThan(2_301 / 4 + 100);
  });

  test("is as full as it is asked for where there is enough", async () => {
    const log = logStore(contextOf(store.open(), line[1].id));
    const { items, next } = await log.list(line[1].id, { type: "DeviceUpdated" }, 25, null);
    expect(items).toHaveLength(25);
    const more = await log.list(line[1].id, { type: "DeviceUpdated" }, 25, next);
    expect(more.items.map(({ id }) => id)).not.toContain(items.at(-1)?.id);
    expect(more.items[0]?.id ?? "").toBe(
      (await log.list(line[1].id, { type: "DeviceUpdated" }, 26, null)).items.at(-1)?.id,
    );
  });
});

test("a page ends before it is larger than an answer may be, and goes on with the next entry", async () => {
  const [, reseller] = line;
  const node = { id: ids.id("device", Date.now()), level: null, name: "Talkative" };
  const changes = Array.from({ length: 40 }, (_, nth) => ({
    path: `field ${nth}`,
    before: null,
    after: "x".repeat(256),
  }));
  const author = { now: Date.now, id: () => ids.id("logEntry", Date.now()), requestId: "req_test", caller: null };
  const entries = Array.from({ length: 300 }, () =>
    logWrite(author, line.slice(1), { type: "DeviceUpdated", node, changes }),
  );
  for (let start = 0; start < entries.length; start += 50) await store.open().commit(entries.slice(start, start + 50));
  const log = logStore(contextOf(store.open(), reseller.id));
  const first = await log.list(reseller.id, { nodeId: node.id }, 1000, null);
  expect(first.items.length).toBeGreaterThan(100);
  expect(JSON.stringify(first.items).length).toBeLessThan(6_000_000);
  const rest = await log.list(reseller.id, { nodeId: node.id }, 1000, first.next);
  expect(new Set([...first.items, ...rest.items].map(({ id }) => id)).size).toBe(300);
  expect(rest.next).toBeNull();
});

test("the log of a node that the reader does not see ends at once, however long it is", async () => {
  expect(wholeBudget).toBeLessThan(2_300);
  const [customer] = line;
  for (const id of [nodeId, ids.id("device", Date.now())]) {
    const { pages } = await read({ nodeId: id }, customer.id, customer.id);
    expect(pages).toEqual([{ items: [], next: null }]);
  }
});
