import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { type Hooks, logsOf, openHooks, wokenOf } from "../stages/hooks.ts";
import { answers, losesTheAnswer, type Received, type Receiver, startReceiver } from "../stages/receiver.ts";

type Body = Reply["body"];

let hooks: Hooks;
let receiver: Receiver;
let reseller: Body;
beforeAll(async () => {
  receiver = await startReceiver();
  hooks = await openHooks();
  await hooks.flow();
});
beforeEach(async () => {
  receiver.reset();
  reseller = await hooks.create(hooks.provider.id, { level: "reseller" });
  await hooks.flow();
});

const at = (id: string) => ({ params: { id } });
const said = ({ text }: Received): Body => JSON.parse(text);
const rename = (id: string, name = hooks.freshName()) => hooks.patch(id, { name });

describe("an event", () => {
  test("reaches the webhook that hears of it, signed, with what happened as its customer may see it", async () => {
    const { id, secret } = await hooks.hook(reseller.id, receiver.url);
    const customer = await hooks.create(reseller.id);
    await hooks.flow();
    expect(receiver.received).toHaveLength(1);
    const [request] = receiver.received as [Received];
    expect(request.path).toBe("/hook");
    expect(request.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": expect.stringMatching(/^dlv_/),
      "webhook-signature": expect.stringMatching(/^v1,\S+$/),
    });
    const body = hooks.verified(request, secret);
    expect(body).toMatchObject({
      id: request.headers["webhook-id"],
      type: "CustomerCreated",
      sequence: 1,
      data: { type: "CustomerCreated", node: { id: customer.id, name: customer.name }, actor: { id: null } },
    });
    expect(body.timestamp).toBe(body.data.at);
    expect(await hooks.deliveries(id)).toMatchObject([
      {
        id: body.id,
        eventId: body.data.id,
        state: "delivered",
        attempts: 1,
        nextAttemptAt: null,
        log: [{ status: 200, problem: null }],
        request: { url: receiver.url, body: request.text },
        answer: "ok",
      },
    ]);
  });

  test("is delivered once, however often the stream brings it", async () => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    await hooks.create(reseller.id);
    const records = await hooks.stream.next();
    for (const _ of [1, 2, 3]) await hooks.file(records);
    const woken = wokenOf(await hooks.stream.next());
    for (const _ of [1, 2]) await hooks.handOn(woken);
    await hooks.flow();
    expect(receiver.received).toHaveLength(1);
    expect((await hooks.deliveries(id)).map(({ sequence }) => sequence)).toEqual([1]);
  });

  test("is heard by those alone whose filter lets it through", async () => {
    const [one, other] = [await hooks.create(reseller.id), await hooks.create(reseller.id)];
    const beside = await hooks.create(hooks.provider.id, { level: "reseller" });
    await hooks.flow();
    const of = (customerId: string, filter: object, more: object = {}) =>
      hooks.hook(customerId, receiver.url, { filter, ...more });
    const heard = await Promise.all([
      of(reseller.id, {}),
      of(hooks.provider.id, {}),
      of(one.id, {}),
      of(reseller.id, { types: ["CustomerUpdated", "CustomerDeleted"] }),
      of(reseller.id, { branch: one.id }),
    ]);
    const deaf = await Promise.all([
      of(other.id, {}),
      of(beside.id, {}),
      of(reseller.id, { types: ["CustomerDeleted"] }),
      of(reseller.id, { branch: other.id }),
      of(reseller.id, {}, { active: false }),
    ]);
    await hooks.flow();
    receiver.reset();
    await rename(one.id);
    await hooks.flow();
    const about = async ({ id }: Body) =>
      (await hooks.deliveries(id)).filter(({ nodeId }) => nodeId === one.id).map(({ type }) => type);
    for (const handler of heard) expect(await about(handler)).toEqual(["CustomerUpdated"]);
    for (const handler of deaf) expect(await about(handler)).toEqual([]);
    expect(receiver.received).toHaveLength(heard.length);
    for (const { id } of [...heard, ...deaf]) await hooks.ok("deleteEventHandler", at(id));
  });

  test("that was not handed on is late, not lost", async () => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    await hooks.create(reseller.id);
    // Neither consumer gets what the stream brings.
    await hooks.stream.next();
    hooks.advance(16 * 60_000);
    await hooks.invoke("functions/schedule/sweep-log-copies.ts", {});
    await hooks.stream.next();
    expect(receiver.received).toHaveLength(0);
    hooks.advance(3 * 60_000);
    await hooks.invoke("functions/schedule/sweep-events.ts", {});
    expect(receiver.received).toHaveLength(1);
    expect(await hooks.deliveries(id)).toMatchObject([{ state: "delivered" }]);
  });
});

describe("a handler", () => {
  test("is tested by an event of its own, whatever its filter says", async () => {
    const { id, secret } = await hooks.hook(reseller.id, receiver.url, { filter: { types: ["CustomerDeleted"] } });
    const queued = await hooks.call("testEventHandler", at(id));
    expect([queued.status, queued.body.state]).toEqual([202, "pending"]);
    await hooks.flow();
    expect(receiver.received).toHaveLength(1);
    expect(hooks.verified(receiver.received[0] as Received, secret)).toMatchObject({
      id: queued.body.id,
      type: "EventHandlerTested",
      data: { node: { id } },
    });
    await hooks.patch(reseller.id, { phone: "1" });
    await hooks.ok("updateEventHandler", { ...at(id), body: { active: false } });
    expectRefusal(await hooks.call("testEventHandler", at(id)), 422, "not_applicable", "id");
  });

  test("has two signatures while its secret rotates, then one", async () => {
    const { id, secret: former } = await hooks.hook(reseller.id, receiver.url);
    const { secret: present } = await hooks.ok("rotateHandlerSecret", { ...at(id), body: { overlapHours: 2 } });
    await hooks.ok("testEventHandler", at(id));
    await hooks.flow();
    const [during] = receiver.received as [Received];
    expect(String(during.headers["webhook-signature"]).split(" ")).toHaveLength(2);
    for (const secret of [former, present]) expect(hooks.verified(during, secret)).toMatchObject({ sequence: 1 });
    hooks.advance(2 * 3_600_000 + 1_000);
    await hooks.ok("testEventHandler", at(id));
    await hooks.flow();
    const after = receiver.received[1] as Received;
    expect(hooks.verified(after, present)).toMatchObject({ sequence: 2 });
    expect(() => hooks.verified(after, former)).toThrow("No matching signature");
  });

  test("whose customer is switched off hears nothing, and goes on with what waited once it is back", async () => {
    const customer = await hooks.create(reseller.id);
    const { id } = await hooks.hook(customer.id, receiver.url);
    await hooks.flow();
    receiver.reset();
    receiver.behave(answers(500));
    await hooks.ok("testEventHandler", at(id));
    await hooks.flow();
    expect(receiver.received).toHaveLength(1);
    await hooks.ok("deactivateCustomer", at(customer.id));
    receiver.reset();
    hooks.advance(2 * 60_000);
    await hooks.sweepEvents();
    await rename(customer.id);
    await hooks.flow();
    expect(receiver.received).toHaveLength(0);
    await hooks.ok("activateCustomer", at(customer.id));
    hooks.advance(2 * 3_600_000);
    await hooks.sweepEvents();
    expect(receiver.received.map(said).map(({ type }) => type)).toEqual(["EventHandlerTested", "CustomerActivated"]);
  });

  test("that is deleted delivers nothing more, and leaves nothing behind", async () => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    receiver.behave(answers(503));
    await rename(reseller.id);
    await hooks.flow();
    receiver.reset();
    await hooks.ok("deleteEventHandler", at(id));
    hooks.advance(dayMs);
    await hooks.sweepEvents();
    expect(receiver.received).toHaveLength(0);
    for (const pk of [`DELIVERIES#${id}`, `PENDING#${id}`]) {
      const left = await hooks.table.documents.send(
        new QueryCommand({
          TableName: hooks.table.tableName,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": pk },
        }),
      );
      expect(left.Items).toEqual([]);
    }
  });
});

describe("a delivery", () => {
  test.each([
    ["an error", answers(500, {}, "broken"), { status: 500, problem: "The receiver answered 500." }],
    [
      "a redirect, which is not followed",
      answers(302, { location: "/elsewhere" }),
      { status: 302, problem: "The receiver answered 302; redirects are not followed." },
    ],
    ["a lost answer", losesTheAnswer, { status: null, problem: "The receiver cannot be reached (ECONNRESET)." }],
  ])("is tried again after %s", async (_what, behaviour, attempt) => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    receiver.behave(behaviour);
    await rename(reseller.id);
    await hooks.flow();
    const [failed] = await hooks.deliveries(id);
    expect(failed).toMatchObject({ state: "pending", attempts: 1, log: [attempt] });
    const waits = Date.parse(failed.nextAttemptAt) - hooks.now();
    expect(waits).toBeGreaterThan(15_000);
    expect(waits).toBeLessThan(37_000);
    receiver.behave(answers(204, {}, ""));
    hooks.advance(60_000);
    await hooks.sweepEvents();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/hook", "/hook"]);
    const [first, second] = receiver.received as [Received, Received];
    expect([second.text, second.headers["webhook-id"]]).toEqual([first.text, first.headers["webhook-id"]]);
    expect(await hooks.deliveries(id)).toMatchObject([{ state: "delivered", attempts: 2 }]);
  });

  test("keeps two kilobytes of an answer, however much and however slowly it comes", async () => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    receiver.behave((_request, answer) => {
      answer.writeHead(200);
      answer.write("x".repeat(100_000));
    });
    await rename(reseller.id);
    await hooks.flow();
    const [kept] = await hooks.deliveries(id);
    expect([kept.state, kept.answer.length]).toEqual(["delivered", 2_048]);
  });

  test("is made again when somebody asks for it, with the same id", async () => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    await rename(reseller.id);
    await hooks.flow();
    const [done] = await hooks.deliveries(id);
    const again = await hooks.call("redeliver", { params: { id, deliveryId: done.id } });
    expect([again.status, again.body.state]).toEqual([202, "pending"]);
    await hooks.flow();
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([done.id, done.id]);
    expect(await hooks.deliveries(id)).toMatchObject([{ id: done.id, state: "delivered", attempts: 2, sequence: 1 }]);
    const unknown = { params: { id, deliveryId: "dlv_00000000000000000000000000" } };
    expectRefusal(await hooks.call("redeliver", unknown), 404, "not_found");
  });

  test("fails for good after three days, and its handler is disabled, of which the log tells", async () => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    receiver.behave(answers(500));
    await rename(reseller.id);
    await hooks.flow();
    for (let hours = 0; hours < 80; hours += 1) {
      hooks.advance(3_600_000);
      await hooks.sweepEvents();
    }
    const handler = await hooks.ok("getEventHandler", at(id));
    expect(handler).toMatchObject({ active: false, disabledReason: "failing" });
    const [delivery] = await hooks.deliveries(id);
    expect(delivery.state).toBe("failed");
    expect(delivery.attempts).toBeGreaterThanOrEqual(12);
    expect(delivery.attempts).toBeLessThan(25);
    const [entry] = (await hooks.ok("listLog", at(reseller.id))).items;
    expect(entry).toMatchObject({ type: "EventHandlerDisabled", node: { id }, actor: { kind: "system" } });
    const tried = receiver.received.length;
    await rename(reseller.id);
    hooks.advance(dayMs);
    await hooks.sweepEvents();
    expect(receiver.received).toHaveLength(tried);
    receiver.behave(answers(200));
    await hooks.ok("updateEventHandler", { ...at(id), body: { active: true } });
    await hooks.ok("redeliver", { params: { id, deliveryId: delivery.id } });
    await hooks.flow();
    expect(await hooks.deliveries(id)).toMatchObject([{ state: "delivered" }]);
  }, 120_000);

  test("to a receiver that says 410 disables its handler at once", async () => {
    const { id } = await hooks.hook(reseller.id, receiver.url);
    receiver.behave(answers(410));
    await rename(reseller.id);
    await hooks.flow();
    expect(await hooks.ok("getEventHandler", at(id))).toMatchObject({ active: false, disabledReason: "gone" });
  });
});

test("a receiver that is down is left alone as a whole, and takes nothing from another", async () => {
  const other = await startReceiver();
  const { id } = await hooks.hook(reseller.id, receiver.url);
  await hooks.hook(reseller.id, other.url);
  await hooks.flow();
  const before = other.received.length;
  receiver.reset();
  receiver.behave(answers(500));
  for (let nth = 0; nth < 12; nth += 1) await hooks.create(reseller.id);
  const records = await hooks.stream.next();
  expect(logsOf(records)).toHaveLength(12);
  await hooks.file(records);
  await hooks.flow();
  expect(other.received).toHaveLength(before + 12);
  // Four calls may be under way when it is found out.
  expect(receiver.received.length).toBeLessThanOrEqual(6);
  const asked = receiver.received.length;
  hooks.advance(5 * 60_000);
  await hooks.sweepEvents();
  expect(receiver.received).toHaveLength(asked + 1);
  receiver.behave(answers(200));
  for (const _ of [1, 2]) {
    hooks.advance(10 * 60_000);
    await hooks.sweepEvents();
  }
  expect((await hooks.deliveries(id)).map(({ state }) => state)).toEqual(Array.from({ length: 13 }, () => "delivered"));
});

test("a receiver that hangs is given ten seconds, and another one does not wait for it", async () => {
  const other = await startReceiver();
  const [{ id }] = [await hooks.hook(reseller.id, receiver.url), await hooks.hook(reseller.id, other.url)];
  await hooks.flow();
  receiver.reset();
  other.reset();
  receiver.behave(() => undefined);
  await hooks.create(reseller.id);
  const began = Date.now();
  let reached = Number.POSITIVE_INFINITY;
  other.behave((request, answer, call) => {
    reached = Date.now();
    answers(200)(request, answer, call);
  });
  await hooks.flow();
  const ended = Date.now();
  expect(ended - began).toBeGreaterThan(9_000);
  expect(ended - reached).toBeGreaterThan(5_000);
  const [delivery] = await hooks.deliveries(id);
  expect(delivery.log).toMatchObject([
    { status: null, problem: "The receiver did not answer within 10 seconds.", durationMs: expect.any(Number) },
  ]);
}, 60_000);

test("a call goes to the addresses that were checked and to no other, under the name of its URL", async () => {
  const { post } = await import("../../../shared/runtime/webhooks.ts");
  const url = new URL(`http://hooks.example.com:${receiver.port}/named`);
  const said = await post({ url, addresses: ["127.0.0.1"] }, "{}", {}, AbortSignal.timeout(5_000));
  expect(said).toMatchObject({ status: 200, text: "ok" });
  expect(receiver.received).toMatchObject([
    { path: "/named", headers: { host: `hooks.example.com:${receiver.port}` } },
  ]);
});
