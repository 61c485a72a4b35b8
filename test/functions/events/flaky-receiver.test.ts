import { beforeAll, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { type Hooks, openHooks } from "../stages/hooks.ts";
import { answers, losesTheAnswer, type Received, type Receiver, startReceiver } from "../stages/receiver.ts";
import { randomFrom } from "../../support/random.ts";
import { sized } from "../../support/size.ts";

type Body = Reply["body"];

let hooks: Hooks;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  hooks = await openHooks();
});

const said = ({ text }: Received): Body => JSON.parse(text);

/** Each event that was filed reached the receiver, and the numbers of each node are whole and in the order of the events. */
function expectAll(secret: string, deliveries: readonly Body[]): void {
  for (const request of receiver.received) expect(hooks.verified(request, secret)).toEqual(said(request));
  const reached = new Map(receiver.received.map((request) => [said(request).id, said(request)]));
  expect([...reached.keys()].sort()).toEqual(deliveries.map(({ id }) => id).sort());
  for (const [node, of] of Map.groupBy(reached.values(), ({ data }) => data.node.id as string)) {
    const inOrder = [...of].sort((one, other) => one.sequence - other.sequence);
    expect([node, inOrder.map(({ sequence }) => sequence)]).toEqual([node, inOrder.map((_, nth) => nth + 1)]);
    expect(inOrder.map(({ data }) => data.id)).toEqual(inOrder.map(({ data }) => data.id as string).toSorted());
  }
}

test("every event reaches a receiver that fails, redirects, hangs, and loses answers, in an order that its numbers prove", async () => {
  const random = randomFrom(Number(process.env["FLAKY_SEED"] ?? 7));
  const reseller = await hooks.create(hooks.provider.id, { level: "reseller" });
  const customers = [await hooks.create(reseller.id), await hooks.create(reseller.id), await hooks.create(reseller.id)];
  await hooks.flow();
  const { id, secret } = await hooks.hook(reseller.id, receiver.url, {
    filter: { types: ["CustomerUpdated"] },
  });
  await hooks.flow();
  receiver.reset();
  let hangs = sized(1, 8);
  receiver.behave((request, answer, call) => {
    const dice = random();
    // Processed, and the answer is lost.
    if (dice < 0.3) return losesTheAnswer(request, answer, call);
    if (dice < 0.4) return answers(500)(request, answer, call);
    if (dice < 0.45) return answers(302, { location: "/elsewhere" })(request, answer, call);
    // Reads, and never answers: ten seconds each, so there are few.
    if (hangs > 0 && dice < 0.47) {
      hangs -= 1;
      return undefined;
    }
    if (dice < 0.5) return answers(429, { "retry-after": "20" })(request, answer, call);
    return answers(200)(request, answer, call);
  });
  const count = sized(24, 180);
  for (let nth = 0; nth < count; nth += 1) {
    const { id: customerId } = customers[nth % customers.length] as Body;
    await hooks.patch(customerId, { phone: String(nth) });
    if (nth % 4 === 3) await hooks.flow();
  }
  await hooks.flow();
  for (let round = 0; round < 200; round += 1) {
    const open = (await hooks.deliveries(id)).filter(({ state }) => state !== "delivered");
    if (open.length === 0) break;
    hooks.advance(10 * 60_000);
    await hooks.sweepEvents();
  }
  const deliveries = await hooks.deliveries(id);
  expect(deliveries.map(({ state }) => state)).toEqual(Array.from({ length: count }, () => "delivered"));
  expect(receiver.received.length).toBeGreaterThan(count);
  expectAll(secret, deliveries);
}, 300_000);

test("whoever files or delivers may die after any of its writes: each event is made once, and reaches the receiver", async () => {
  const reseller = await hooks.create(hooks.provider.id, { level: "reseller" });
  const customer = await hooks.create(reseller.id);
  await hooks.flow();
  const { id, secret } = await hooks.hook(reseller.id, receiver.url, { filter: { types: ["CustomerUpdated"] } });
  await hooks.flow();
  receiver.reset();
  let left = Number.POSITIVE_INFINITY;
  hooks.runtime.client.middlewareStack.add(
    (next, context) => (args) => {
      if (/^(TransactWriteItems|UpdateItem|PutItem)Command$/.test(String(context["commandName"]))) left -= 1;
      if (left < 0) throw new Error("killed");
      return next(args);
    },
    { step: "initialize", name: "killed" },
  );
  /** Lets some work die after so many writes. @returns whether it has */
  const dies = async (writes: number, work: () => Promise<unknown>): Promise<boolean> => {
    left = writes;
    const died = await work().then(
      () => left < 0,
      () => true,
    );
    left = Number.POSITIVE_INFINITY;
    return died;
  };
  let events = 0;
  for (const part of ["file", "deliver"] as const)
    for (let writes = 0, died = true; died; writes += 1) {
      await hooks.patch(customer.id, { phone: String((events += 1)) });
      const records = await hooks.stream.next();
      if (part === "file") died = await dies(writes, () => hooks.file(records));
      else {
        await hooks.file(records);
        const woken = await hooks.stream.next();
        died = await dies(writes, () => hooks.handOn(woken));
      }
      expect(writes).toBeLessThan(40);
      // Nothing of what it has begun reaches the stream's consumers any more: the sweeps find it.
      await hooks.stream.next();
      hooks.advance(16 * 60_000);
      await hooks.invoke("functions/schedule/sweep-log-copies.ts", {});
      await hooks.sweepEvents();
    }
  hooks.runtime.client.middlewareStack.remove("killed");
  hooks.advance(10 * 60_000);
  await hooks.sweepEvents();
  const deliveries = await hooks.deliveries(id);
  expect(deliveries.map(({ state }) => state)).toEqual(Array.from({ length: events }, () => "delivered"));
  expectAll(secret, deliveries);
}, 300_000);
