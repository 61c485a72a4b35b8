import { beforeAll, beforeEach, expect, test } from "vitest";
import { suppressAddress } from "../../../shared/store/mail/addresses.ts";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Reply } from "../../support/api.ts";
import { type Hooks, openHooks } from "../stages/hooks.ts";
import { answers, startReceiver } from "../stages/receiver.ts";

type Body = Reply["body"];

let hooks: Hooks;
let reseller: Body;
let address: string;
beforeAll(async () => {
  hooks = await openHooks();
});
beforeEach(async () => {
  reseller = await hooks.create(hooks.provider.id, { level: "reseller", locale: "en" });
  address = hooks.freshAddress();
  await hooks.flow();
});

const at = (id: string) => ({ params: { id } });
const listen = (more: object = {}): Promise<Body> =>
  hooks.ok("createEventHandler", {
    body: { customerId: reseller.id, name: "Duty desk", action: { kind: "mail", recipients: [address] }, ...more },
  });
/** Mails that have come to an address. */
async function inbox(to = address) {
  await hooks.flow();
  hooks.advance(3 * 60_000);
  await hooks.sweep();
  return hooks.mailbox.list().filter((mail) => mail.to.includes(to));
}

test("an event is told by one mail, in the customer's language", async () => {
  const { id } = await listen();
  const customer = await hooks.create(reseller.id);
  const records = await hooks.stream.next();
  for (const _ of [1, 2]) await hooks.file(records);
  const [mail, ...others] = await inbox();
  expect(others).toEqual([]);
  expect(mail?.subject).toBe(`Customer created: ${customer.name}`);
  expect(mail?.text).toContain("“Duty desk” has heard of an event:");
  const [delivery] = await hooks.deliveries(id);
  expect(delivery).toMatchObject({ state: "delivered", request: null, mailIds: [expect.stringMatching(/^mai_/)] });
  expect(await hooks.mail(delivery.mailIds[0])).toMatchObject({ template: "events", state: "sent" });
});

test("what follows within ten minutes is told by one more mail, and a flood is counted", async () => {
  const { id } = await listen({ action: { kind: "mail", recipients: [address, hooks.freshAddress()] } });
  await hooks.create(reseller.id);
  expect(await inbox()).toHaveLength(1);
  for (let nth = 0; nth < 60; nth += 1) await hooks.create(reseller.id);
  // Three minutes have passed, and three more pass here.
  expect(await inbox()).toHaveLength(1);
  hooks.advance(10 * 60_000);
  await hooks.sweepEvents();
  const mails = await inbox();
  expect(mails).toHaveLength(2);
  const flood = mails.find(({ subject }) => subject.startsWith("60 events"));
  expect(flood?.text).toContain("and 50 more");
  const states = (await hooks.deliveries(id)).map(({ state }) => state);
  expect(states.filter((state) => state === "left_out")).toHaveLength(50);
  expect(states.filter((state) => state === "delivered")).toHaveLength(11);
}, 120_000);

test("a mail that fails leads to no other one", async () => {
  const { id } = await listen();
  const suppressed = suppressAddress(address, { reason: "bounced", at: new Date(hooks.now()).toISOString() });
  await hooks.table.documents.send(
    new PutCommand({ TableName: hooks.table.tableName, Item: suppressed.kind === "put" ? suppressed.item : {} }),
  );
  await hooks.create(reseller.id);
  expect(await inbox()).toEqual([]);
  hooks.advance(60 * 60_000);
  await hooks.sweepEvents();
  const [delivery, ...others] = await hooks.deliveries(id);
  expect(others).toEqual([]);
  expect(delivery).toMatchObject({
    state: "failed",
    log: [{ problem: "Mail is switched off, or none of the recipients takes any." }],
  });
});

test("a webhook that was disabled is told to its customer by mail, once", async () => {
  const receiver = await startReceiver();
  receiver.behave(answers(410));
  const email = hooks.freshAddress();
  const customer = await hooks.create(reseller.id, { email });
  await hooks.flow();
  const { id } = await hooks.hook(customer.id, receiver.url);
  await hooks.ok("testEventHandler", at(id));
  const [mail, ...others] = await inbox(email);
  expect(others).toEqual([]);
  expect(mail?.subject).toBe("No more events go to “Receiver”");
});
