import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { beforeAll, expect, test, vi } from "vitest";
import { AccountRecord } from "../../../shared/domain/accounts/account.ts";
import { newDevice } from "../../../shared/domain/devices/device.ts";
import { writeToken } from "../../../shared/store/access/tokens.ts";
import { readChain } from "../../../shared/store/hierarchy/chain.ts";
import { openDatabase } from "../../../shared/store/table/database.ts";
import { enrolDevice } from "../../../shared/store/devices/enrolments.ts";
import { accountKey, customerKey } from "../../../shared/store/table/keys.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import type { Reply } from "../../support/api.ts";
import { type Book, openBook } from "../stages/book.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

const races = Number(process.env["LICENCE_RACES"] ?? 1);
const racers = Number(process.env["LICENCE_RACERS"] ?? 18);
const last = Math.min(10, Math.floor(racers / 3));

let book: Book;
/** Of a hundred transactions so many meet another one, and of a hundred that are carried out so many answers are lost. */
const injected = { conflicts: 0, lostAnswers: 0 };
/** What happens to the next transaction whatever the dice say: each race has one of both, however few transactions it takes. */
const sure = { conflict: false, lostAnswer: false };
let happened = 0;

beforeAll(async () => {
  book = await openBook();
  book.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context["commandName"] !== "TransactWriteItemsCommand") return next(args);
      if (sure.conflict || Math.random() * 100 < injected.conflicts) {
        sure.conflict = false;
        happened += 1;
        throw new TransactionCanceledException({
          message: "Transaction cancelled [None, TransactionConflict]",
          CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict" }],
          $metadata: { httpStatusCode: 400 },
        });
      }
      const answer = await next(args);
      if (!sure.lostAnswer && Math.random() * 100 >= injected.lostAnswers) return answer;
      sure.lostAnswer = false;
      happened += 1;
      throw Object.assign(new Error("Connection timed out"), { name: "TimeoutError" });
    },
    { step: "finalizeRequest", priority: "low", name: "injectConflicts" },
  );
});

interface Racer {
  id: string;
  name: string;
  token: string;
  customerId: string;
}
interface Field {
  /** Whose licences are raced for. */
  poolId: string;
  /** Customers between the devices' own and the pool, the devices' own among them, each with those directly below it. */
  below: Map<string, string[]>;
  /** The accounts in which devices stand, by customer. */
  accounts: Map<string, string>;
  racers: Racer[];
}

/** Devices of a customer, made as enrolling makes them. */
async function enrolMany(field: Field, customerId: string, count: number): Promise<void> {
  const { ids } = book.runtime;
  for (let index = 0; index < count; index += 1) {
    const db = openDatabase(book.runtime.client, book.table.tableName, createMeter());
    const chain = await readChain(db, customerId, { customerId, ancestors: [] });
    const accountId = field.accounts.get(customerId) ?? "";
    const account = AccountRecord.parse(await db.get(accountKey(customerId, accountId)));
    if (!chain) throw new Error("The customer is gone.");
    const now = Date.now();
    const id = ids.id("device", now);
    const machine = { machineId: id, name: `Racer ${id}`, kind: "laptop", os: "Linux" } as const;
    const device = newDevice(machine, { id, customerId, accountId, plan: null, state: "active" }, now);
    const secret = ids.secret();
    await db.commit(enrolDevice(device, account, false, chain, secret));
    field.racers.push({ id, name: device.name, token: writeToken(id, secret, "device"), customerId });
  }
}

async function openField(level: "end-customer" | "reseller" | "provider"): Promise<Field> {
  const { id: resellerId } = await book.create(book.provider.id, { level: "reseller" });
  const one = await book.create(resellerId);
  const sites = [await book.create(one.id), await book.create(one.id)];
  const others = level === "end-customer" ? [] : [await book.create(resellerId), await book.create(resellerId)];
  const holders = [one, ...sites, ...others].map(({ id }) => String(id));
  const below = new Map([
    ...holders.map((id): [string, string[]] => [id, []]),
    [String(one.id), sites.map(({ id }) => String(id))],
    ...(level === "provider" ? [[resellerId, [one, ...others].map(({ id }) => id)] as [string, string[]]] : []),
  ]);
  const poolId = { "end-customer": one.id, reseller: resellerId, provider: book.provider.id }[level] as string;
  below.delete(poolId);
  const field: Field = { poolId, below, accounts: new Map(), racers: [] };
  for (const customerId of holders) {
    const contact = { name: "Ann", email: "ann@example.com" };
    const login = { username: `of.${customerId}`, password: "nobody guesses this one" };
    const body = { customerId, plan: "select", contact, ...login };
    field.accounts.set(customerId, (await book.ok("createAccount", { body })).id);
  }
  await pMap(holders, (id, index) =>
    enrolMany(field, id, Math.floor(racers / holders.length) + (index < racers % holders.length ? 1 : 0)),
  );
  return field;
}

const item = async (id: string): Promise<Record<string, unknown>> => {
  const { documents, tableName } = book.table;
  const { Item } = await documents.send(
    new GetCommand({ TableName: tableName, Key: customerKey(id), ConsistentRead: true }),
  );
  return Item ?? {};
};
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Asks until there is an answer to the question; where others come in between all the time one is told to come again. */
async function ask({ token }: Racer, answers: number[]): Promise<Reply["body"]> {
  for (let tries = 0; tries < 50; tries += 1) {
    const reply = await book.call("authorizeBackup", { body: {} }, { token });
    answers.push(reply.status);
    if (reply.status === 200) return reply.body;
    expect([409, 503], JSON.stringify(reply.body)).toContain(reply.status);
    expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
  }
  throw new Error("A device is told to come again for ever.");
}

/** One race for the last licences, what it leaves behind, and then the winners leave. */
async function race(field: Field, answers: number[]): Promise<void> {
  const pool = await item(field.poolId);
  const [committed, drawn] = [number(pool["licenceCommitted"]), number(pool["licenceDrawn"])];
  const limit = committed + drawn + last;
  const limited = await book.patch(field.poolId, { licences: { limit } });
  expect([limited.status, limited.body.licences.available]).toEqual([200, last]);
  const before = new Map<string, Record<string, unknown>>();
  for (const id of [...field.below.keys(), field.poolId]) before.set(id, await item(id));

  Object.assign(injected, { conflicts: 20, lostAnswers: 3 });
  Object.assign(sure, { conflict: true, lostAnswer: true });
  const told = await Promise.all(field.racers.map(async (racer) => ({ racer, body: await ask(racer, answers) })));
  Object.assign(injected, { conflicts: 0, lostAnswers: 0 });

  const winners = told.filter(({ body }) => body.allowed).map(({ racer }) => racer);
  expect(winners).toHaveLength(last);
  const level = String(pool["level"]);
  const seen = level === "end-customer";
  for (const { body } of told) {
    if (body.allowed)
      expect(body).toMatchObject({ grant: { credentials: { prefixes: [expect.any(String)] } }, reasons: [] });
    else
      expect(body).toEqual({
        allowed: false,
        grant: null,
        reasons: [
          {
            code: "licence_exhausted",
            level,
            nodeId: seen ? field.poolId : null,
            ...(seen && { limit, used: limit, requested: 1 }),
          },
        ],
      });
  }

  const won = (id: string): number => winners.filter(({ customerId }) => customerId === id).length;
  const wonBelow = (id: string): number =>
    won(id) + (field.below.get(id) ?? []).reduce((sum, child) => sum + wonBelow(child), 0);
  const counters = ["licenceDrawn", "licenceFree", "licencesUsed", "licencesUsedToDate", "licenceCommitted"] as const;
  const grown = async (id: string): Promise<Record<string, number>> => {
    const now = await item(id);
    return Object.fromEntries(counters.map((name) => [name, number(now[name]) - number(before.get(id)?.[name])]));
  };
  for (const id of field.below.keys())
    expect(await grown(id), id).toEqual({
      licenceDrawn: wonBelow(id),
      licenceFree: 0,
      licencesUsed: won(id),
      licencesUsedToDate: won(id),
      licenceCommitted: 0,
    });
  expect(await grown(field.poolId)).toEqual({
    licenceDrawn: last,
    licenceFree: -last,
    licencesUsed: won(field.poolId),
    licencesUsedToDate: won(field.poolId),
    licenceCommitted: 0,
  });
  expect(number((await item(field.poolId))["licenceFree"])).toBe(0);

  // Who won goes on without another licence, and leaves it to others when its device is deleted.
  const [first] = winners;
  expect((await book.ok("authorizeBackup", { body: {} }, { token: first?.token ?? "" })).allowed).toBe(true);
  expect(number((await item(field.poolId))["licenceDrawn"])).toBe(drawn + last);
  for (const { id, name } of winners) await book.ok("deleteDevice", { params: { id }, query: { confirm: name } });
  for (const id of field.below.keys())
    expect(await grown(id), id).toEqual({
      licenceDrawn: 0,
      licenceFree: 0,
      licencesUsed: 0,
      licencesUsedToDate: won(id),
      licenceCommitted: 0,
    });
  expect(number((await item(field.poolId))["licenceDrawn"])).toBe(drawn);
  expect(number((await item(field.poolId))["licenceFree"])).toBe(last);
  field.racers = field.racers.filter((racer) => !winners.includes(racer));
  for (const id of field.accounts.keys()) await enrolMany(field, id, won(id));
}

test(
  `of ${racers} devices that race for the last ${last} licences ${last} get one, ${races} times over`,
  { timeout: 120_000 + races * 60_000 },
  async () => {
    const answers: number[] = [];
    const levels = ["end-customer", "reseller", "provider"] as const;
    for (const [index, level] of levels.entries()) {
      const field = await openField(level);
      for (let round = index; round < races; round += levels.length) await race(field, answers);
      // What one pool holds is not to be missing in the next one's way.
      if (level !== "provider") await book.patch(field.poolId, { licences: { limit: null } });
    }
    expect(happened).toBeGreaterThan(races);
    expect(answers.filter((status) => status === 200)).toHaveLength(races * racers);
    if (process.env["LICENCE_RACES"] !== undefined) {
      const counted = Object.fromEntries(
        Map.groupBy(answers, String)
          .entries()
          .map(([to, of]) => [to, of.length]),
      );
      process.stdout.write(`${JSON.stringify({ races, racers, faults: happened, answers: counted })}\n`);
    }
  },
);
