import { beforeAll, describe, expect, test } from "vitest";
import type { LogEntry } from "../../../shared/domain/hierarchy/logged-entry.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { logStore } from "../../../shared/store/access/log-pages.ts";
import { fileCopies, LogItem } from "../../../shared/store/access/log-items.ts";
import { type Author, logWrite, type LogEvent } from "../../../shared/store/hierarchy/log.ts";
import { itemBytes } from "../../../shared/store/table/units.ts";
import { putLine } from "../stages/line.ts";
import { contextOf, openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
let line: Awaited<ReturnType<typeof putLine>>;
const ids = createIdSource();
beforeAll(async () => {
  store = await openStore();
  line = await putLine(store);
});

const origin = { operation: "updateCustomer", sourceIp: "2001:db8::7" };
const by = (scopeId: string, more: Partial<Author> = {}): Author => ({
  now: Date.now,
  id: (kind) => ids.id(kind, Date.now()),
  requestId: ids.id("request", Date.now()),
  origin,
  caller: { kind: "apiKey", id: ids.id("apiKey", Date.now()), scopeId },
  ...more,
});
const event = (more: Partial<LogEvent> = {}): LogEvent => {
  const [{ id, level, name }] = line;
  return { type: "CustomerUpdated", node: { id, level, name }, ...more };
};
/** An entry as the reader of a branch is shown it. */
async function shown(author: Author, readerScope: string, more?: Partial<LogEvent>): Promise<LogEntry> {
  const write = logWrite(author, line, event(more));
  await store.open().commit([write]);
  const { items } = await logStore(contextOf(store.open(), readerScope)).list(
    line[0].id,
    { nodeId: line[0].id },
    1,
    null,
  );
  const [entry] = items;
  if (!entry) throw new Error("There is no entry.");
  return entry;
}

describe("who did it, and from where,", () => {
  test("is shown to those in whose branch the credential stands", async () => {
    const [customer, reseller, provider] = line;
    for (const scope of [customer, reseller, provider].map(({ id }) => id)) {
      const author = by(customer.id);
      expect(await shown(author, scope)).toMatchObject({
        actor: { kind: "apiKey", id: author.caller?.id },
        ...origin,
        requestId: author.requestId,
      });
    }
  });

  test("is not shown to those below: they hear that it was somebody's API key, and by which operation", async () => {
    const [customer, reseller, provider] = line;
    for (const [actorScope, readers] of [
      [reseller.id, [customer.id]],
      [provider.id, [customer.id, reseller.id]],
      // A customer that has nothing to do with the node any more.
      [ids.id("customer", Date.now()), [customer.id, reseller.id, provider.id]],
    ] as const)
      for (const reader of readers)
        expect(await shown(by(actorScope), reader)).toMatchObject({
          actor: { kind: "apiKey", id: null },
          sourceIp: null,
          operation: "updateCustomer",
        });
  });

  test("is told of somebody who acts for another only as far as the reader sees each of the two", async () => {
    const [customer, reseller] = line;
    const other = { kind: "apiKey" as const, id: ids.id("apiKey", Date.now()), scopeId: reseller.id };
    const caller = { kind: "account" as const, id: ids.id("account", Date.now()), scopeId: customer.id };
    const author = by(customer.id, { caller: { ...caller, onBehalfOf: other } });
    const actor = { kind: "account", id: caller.id };
    expect(await shown(author, reseller.id)).toMatchObject({ actor, onBehalfOf: { kind: "apiKey", id: other.id } });
    expect(await shown(author, customer.id)).toMatchObject({ actor, onBehalfOf: { kind: "apiKey", id: null } });
  });

  test("is a job, in the name of the credential whose task it works at", async () => {
    const [customer, reseller] = line;
    const author = by(reseller.id, { isForCaller: true, origin: { operation: "runTasks", sourceIp: null } });
    const actor = { kind: "system", id: null };
    const told = { actor, operation: "runTasks", sourceIp: null };
    const id = author.caller?.id;
    expect(await shown(author, reseller.id)).toMatchObject({ ...told, onBehalfOf: { kind: "apiKey", id } });
    expect(await shown(author, customer.id)).toMatchObject({ ...told, onBehalfOf: { kind: "apiKey", id: null } });
  });

  test("is the product itself where nobody has asked for it", async () => {
    expect(await shown(by("", { caller: null }), line[0].id)).toMatchObject({
      actor: { kind: "system", id: null },
      onBehalfOf: null,
    });
  });
});

describe("what changed", () => {
  const changesOf = async (changes: LogEntry["changes"]) =>
    (await shown(by(line[1].id), line[1].id, { changes })).changes;

  test("is kept as it was, whatever kind of value it is", async () => {
    const changes = [
      { path: "a", before: null, after: "text" },
      { path: "b", before: 1.5, after: -3 },
      { path: "c", before: true, after: false },
      { path: "d", before: ["x"], after: { y: [null, { z: 1 }] } },
    ];
    expect(await changesOf(changes)).toEqual(changes);
  });

  test("never holds a secret, whatever an operation tells: neither by itself nor within a value", async () => {
    const names = [
      "passwordHash",
      "secretHash",
      "token",
      "tokenHash",
      "totpSeed",
      "recoveryCodes",
      "password",
      "sealed",
    ];
    const secrets = names.map((path) => ({ path, before: "geheim", after: ["geheim"] }));
    const within = {
      path: "settings",
      before: null,
      after: { webhook: { url: "https://a.example", secret: "geheim" } },
    };
    const flag = { path: "mustChangePassword", before: true, after: false };
    expect(await changesOf([...secrets, within, flag])).toEqual([
      { ...within, after: { webhook: { url: "https://a.example" } } },
      flag,
    ]);
  });

  test("is cut where it is longer than 256 characters, and says so", async () => {
    const long = "ü".repeat(257);
    const [text, list, short] = await changesOf([
      { path: "notes", before: "ü".repeat(256), after: long },
      { path: "list", before: [], after: Array.from({ length: 100 }, (_, nth) => `item ${nth}`) },
      { path: "short", before: null, after: "…" },
    ]);
    expect(text).toEqual({ path: "notes", before: "ü".repeat(256), after: `${"ü".repeat(256)}…` });
    expect(list?.after).toMatch(/^\["item 0",.*…$/);
    expect(String(list?.after)).toHaveLength(257);
    expect(short?.after).toBe("…");
  });
});

test("an entry takes less than a kilobyte, as deep as a hierarchy can be and with a handful of changes", () => {
  const [customer, reseller, provider] = line;
  const deep = [customer, ...Array.from({ length: 3 }, () => ({ ...reseller, id: ids.id("customer", 0) })), provider];
  const changes = [
    { path: "email", before: "office@wiesengrund.example", after: "backup@wiesengrund.example" },
    { path: "space.limitBytes", before: null, after: 500_000_000_000 },
    { path: "city", before: "Regensburg", after: "Bern" },
  ];
  const [{ id, level }] = line;
  const node = { id, level, name: "Gartenbau Wiesengrund GmbH & Co. KG" };
  const { item } = logWrite(by(provider.id), deep, event({ node, changes }));
  expect(itemBytes(item)).toBeLessThan(1024);
});

test("an entry and its copies have the same end where a level above says for how many days they are kept", async () => {
  const [customer, reseller, provider] = line;
  const keeping = (retentionDays: number) => ({ settings: { log: { retentionDays } } });
  const endOf = ({ item }: { item: Record<string, unknown> }): number =>
    (Number(item["expiresAt"]) * 1000 - Date.parse(LogItem.parse(item).entry.at)) / 86_400_000;
  const author = by(reseller.id);
  const above = logWrite(author, [customer, reseller, { ...provider, ...keeping(500) }], event());
  expect(endOf(above)).toBeCloseTo(500, 3);
  const nearer = logWrite(
    author,
    [customer, { ...reseller, ...keeping(400) }, { ...provider, ...keeping(500) }],
    event(),
  );
  expect(endOf(nearer)).toBeCloseTo(400, 3);
  await store.open().commit([nearer]);
  const entry = LogItem.parse(nearer.item);
  await fileCopies(store.open(), entry);
  for (const holder of [customer.id, reseller.id, provider.id, String(entry.entry.actor.id)]) {
    const copy = await store.open().get({ pk: `LOG#${holder}#${nearer.key.pk.slice(-7)}`, sk: nearer.key.sk });
    expect(copy?.["expiresAt"]).toBe(nearer.item["expiresAt"]);
  }
});

test("an entry and its copies never expire where no level says so, and a copy does not take the place of an entry", async () => {
  const { item, key } = logWrite(by(line[1].id), line, event());
  await store.open().commit([{ ...logWrite(by(line[1].id), line, event()), item, key }]);
  await fileCopies(store.open(), LogItem.parse(item));
  const [customer, reseller, provider] = line;
  const { actor } = LogItem.parse(item).entry;
  for (const holder of [customer.id, reseller.id, provider.id, String(actor.id)]) {
    const copy = await store.open().get({ pk: `LOG#${holder}#${key.pk.slice(-7)}`, sk: key.sk });
    expect(copy).toMatchObject({ kind: holder === reseller.id ? "log" : "log-copy", entry: item["entry"] });
    expect(copy).not.toHaveProperty("expiresAt");
  }
  // Nor is it written twice.
  await expect(store.open().commit([{ ...logWrite(by(line[1].id), line, event()), item, key }])).rejects.toThrow();
});

test("entries that were written before there was a short form still read", () => {
  const { item, key } = logWrite(by(line[1].id), line, event({ reason: "because" }));
  const { entry } = LogItem.parse(item);
  const { onBehalfOf: _, operation: __, sourceIp: ___, reason: ____, ...old } = entry;
  const earlier = LogItem.parse({ ...item, ...key, owner: line[1].id, entry: JSON.stringify(old) });
  expect(earlier.entry).toEqual({ ...old, onBehalfOf: null, operation: null, sourceIp: null, reason: null });
});
