import { beforeAll, expect, test } from "vitest";
import { answerWrite, findAnswer } from "../../../shared/store/table/idempotency.ts";
import { startTestApi, type TestApi } from "../../support/api.ts";
import { openStore } from "../stages/stage.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});

const day = 24 * 60 * 60 * 1000;
const send = (name: string, key: string) =>
  api.call(
    "createCustomer",
    { body: { name, level: "distributor", email: "a@example.com", country: "DE" } },
    { headers: { "idempotency-key": key } },
  );

test("a key replays its answer for 24 hours; then it is free again, whether DynamoDB has taken it away or not", async () => {
  const store = await openStore();
  const now = 1_900_000_000_000;
  const answer = { requestHash: "h", status: 201, headers: { etag: '"1"' }, sealedBody: "s" };
  const keep = (at: number, more = {}) => store.open().commit([answerWrite("p", "k", at, { ...answer, ...more })]);
  const found = (at: number) => findAnswer(store.open(), "p", "k", at);
  await keep(now);
  expect(await found(now)).toMatchObject(answer);
  expect(await found(now + day - 1)).toMatchObject(answer);
  await expect(keep(now + day - 1000)).rejects.toMatchObject({ name: "AlreadyAnswered" });
  expect(await found(now + day)).toBeNull();
  await keep(now + day, { status: 200 });
  expect(await found(now + day)).toMatchObject({ status: 200, expiresAt: now / 1000 + 2 * (day / 1000) });
  expect(await findAnswer(store.open(), "p", "other", now)).toBeNull();
  expect(await findAnswer(store.open(), "q", "k", now)).toBeNull();
});

test("through the API: replayed until a day has passed, then carried out anew", async () => {
  const first = await send("Day", "day");
  expect(first.status).toBe(201);
  api.advance(day - 60_000);
  const replay = await send("Day", "day");
  expect([replay.status, replay.headers["idempotency-replayed"]]).toEqual([201, "true"]);
  expect(replay.body).toEqual(first.body);
  expect((await send("Another", "day")).body.code).toBe("idempotency_key_reused");
  api.advance(120_000);
  const later = await send("Day", "day");
  expect([later.status, later.body.code]).toEqual([409, "name_taken"]);
  expect((await send("Another", "day")).status).toBe(201);
});

test("a refusal is not kept: once its cause is gone the same key carries out the change", async () => {
  const blocker = await send("Blocked", "block");
  expect((await send("blocked", "retry")).body.code).toBe("name_taken");
  await api.ok("updateCustomer", { params: { id: blocker.body.id }, body: { name: "Moved on" } });
  const reply = await send("blocked", "retry");
  expect([reply.status, reply.headers["idempotency-replayed"]]).toEqual([201, undefined]);
});

test("what a key stands for cannot be read from the table: the answer is sealed", async () => {
  const body = { customerId: api.provider.id, role: "viewer", name: "sealed" };
  const options = { headers: { "idempotency-key": "sealed" } };
  const first = await api.ok("createApiKey", { body }, options);
  const item = await openStoreItem(`IDEM#${await ownKeyId()}#sealed`);
  expect(JSON.stringify(item)).not.toContain(first.token);
  expect((await api.ok("createApiKey", { body }, options)).token).toBe(first.token);
});

const ownKeyId = async (): Promise<string> => (await api.ok("me")).id;
async function openStoreItem(pk: string): Promise<Record<string, unknown>> {
  const { openDatabase } = await import("../../../shared/store/table/database.ts");
  const { createMeter } = await import("../../../shared/store/table/units.ts");
  const item = await openDatabase(api.runtime.client, api.table.tableName, createMeter()).get({ pk, sk: "@" });
  if (!item) throw new Error(`nothing at ${pk}`);
  return item;
}
