import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Reply } from "../../support/api.ts";
import { type Hooks, openHooks } from "../stages/hooks.ts";
import { answers, type Receiver, startReceiver } from "../stages/receiver.ts";

type Body = Reply["body"];

/** What each name stands for, one answer after the other; the last one stays. */
const names = vi.hoisted(() => new Map<string, string[][]>());
/** Names that were asked for. */
const asked = vi.hoisted((): string[] => []);
vi.mock("node:dns/promises", async (original) => {
  const answer = (name: string, family: 4 | 6): Promise<string[]> => {
    if (family === 4) asked.push(name);
    const answers = names.get(name) ?? [];
    const [now = []] = answers;
    // Both families are asked for at once.
    if (family === 6 && answers.length > 1) answers.shift();
    return Promise.resolve(now.filter((address) => address.includes(":") === (family === 6)));
  };
  class Resolver {
    resolve4 = (name: string) => answer(name, 4);
    resolve6 = (name: string) => answer(name, 6);
  }
  return { ...(await original<typeof import("node:dns/promises")>()), Resolver };
});

let hooks: Hooks;
let reseller: Body;
/** Whoever connects to this machine is caught: on the very port that webhooks use, and on one of the trap's own. */
let trap: Receiver;
let https: Server | undefined;
let caught = 0;

beforeAll(async () => {
  trap = await startReceiver();
  https = createServer();
  https.on("connection", (socket) => {
    caught += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    const listen = (): unknown => https?.listen(8443, "127.0.0.1");
    // Another run on this machine may have the port for a minute.
    https?.on("error", () => setTimeout(listen, 500));
    https?.on("listening", resolve);
    listen();
  });
  expect((https.address() as AddressInfo).port).toBe(8443);
  hooks = await openHooks({ WEBHOOK_LOOPBACK: "false" });
  reseller = await hooks.create(hooks.provider.id, { level: "reseller" });
}, 180_000);
afterAll(() => {
  https?.close();
});
beforeEach(() => {
  caught = 0;
  names.clear();
  asked.length = 0;
});

const public4 = "198.51.101.7";
const hostile: [string, string[]][] = [
  ["this machine", ["127.0.0.1"]],
  ["this machine by IPv6", ["::1"]],
  ["this machine, mapped", ["::ffff:127.0.0.1"]],
  ["this machine, compatible", ["::7f00:1"]],
  ["this machine by NAT64", ["64:ff9b::7f00:1"]],
  ["this machine by 6to4", ["2002:7f00:1::1"]],
  ["any address", ["0.0.0.0"]],
  ["a private network", ["10.0.0.1"]],
  ["the link", ["169.254.1.1"]],
  ["metadata", ["169.254.169.254"]],
  ["metadata by IPv6", ["fd00:ec2::254"]],
  ["a public address beside this machine", [public4, "127.0.0.1"]],
];
/** A handler of a customer of its own, whose address in the table is as given: as if it had got past the check. */
async function planted(url: string): Promise<string> {
  const customer = await hooks.create(reseller.id);
  names.set("hooks.example.com", [[public4]]);
  const { id } = await hooks.hook(customer.id, "https://hooks.example.com:8443/");
  await hooks.table.documents.send(
    new UpdateCommand({
      TableName: hooks.table.tableName,
      Key: { pk: customer.id, sk: `handler#${id}` },
      UpdateExpression: "SET #action = :action",
      ExpressionAttributeNames: { "#action": "action" },
      ExpressionAttributeValues: { ":action": { kind: "webhook", url } },
    }),
  );
  return id;
}
/** What became of a test of a handler. */
async function tested(id: string): Promise<Body> {
  await hooks.ok("testEventHandler", { params: { id } });
  await hooks.flow();
  const [delivery] = await hooks.deliveries(id);
  return delivery;
}

describe("nobody is caught by a webhook whose name", () => {
  test.each(hostile)("stands for %s when it is named", async (_what, addresses) => {
    names.set("evil.example.com", [addresses]);
    const action = { kind: "webhook", url: "https://evil.example.com:8443/" };
    const reply = await hooks.call("createEventHandler", {
      body: { customerId: reseller.id, name: "Evil", action },
    });
    expect([reply.status, reply.body.code]).toEqual([422, "url_not_allowed"]);
    expect([caught, trap.connections()]).toEqual([0, 0]);
  });

  test.each(hostile)("comes to stand for %s afterwards", async (_what, addresses) => {
    names.set("turns.example.com", [[public4], addresses]);
    const customer = await hooks.create(reseller.id);
    const { id } = await hooks.hook(customer.id, "https://turns.example.com:8443/");
    const delivery = await tested(id);
    expect(delivery).toMatchObject({ state: "pending", attempts: 1, log: [{ status: null }] });
    expect(delivery.log[0].problem).toContain("turns.example.com stands for");
    expect([caught, trap.connections()]).toEqual([0, 0]);
  });
});

test("a name is resolved once for each call, and what it stands for a moment later is not connected to", async () => {
  names.set("twice.example.com", [[public4]]);
  const customer = await hooks.create(reseller.id);
  const { id } = await hooks.hook(customer.id, "https://twice.example.com:8443/");
  // The first answer is checked; whoever asked again would be sent to the trap.
  names.set("twice.example.com", [[public4], ["127.0.0.1"]]);
  asked.length = 0;
  const delivery = await tested(id);
  expect(asked).toEqual(["twice.example.com"]);
  expect(delivery).toMatchObject({ state: "pending", log: [{ status: null }] });
  expect([caught, trap.connections()]).toEqual([0, 0]);
}, 60_000);

test.each([
  "https://127.0.0.1:8443/",
  "https://2130706433:8443/",
  "https://0x7f.1:8443/",
  "https://0177.0.0.1:8443/",
  "https://[::1]:8443/",
  "https://[::ffff:127.0.0.1]:8443/",
  "https://localhost:8443/",
  "https://ann:secret@hooks.example.com:8443/",
  "https://169.254.169.254/latest/meta-data/",
  "https://api.tenantry.example/v1/customers",
  "http://127.0.0.1/",
  "file:///etc/passwd",
])("a handler whose address got past the check is not called at %s", async (url) => {
  const delivery = await tested(await planted(url));
  expect(delivery).toMatchObject({ state: "pending", log: [{ status: null }] });
  expect([caught, trap.connections()]).toEqual([0, 0]);
});

test("a redirect to this machine is not followed, whoever may be called", async () => {
  const redirecting = await startReceiver();
  process.env["WEBHOOK_LOOPBACK"] = "true";
  const statuses = [301, 302, 303, 307, 308];
  for (const status of statuses) {
    const customer = await hooks.create(reseller.id);
    const { id } = await hooks.hook(customer.id, redirecting.url);
    await hooks.flow();
    redirecting.behave(answers(status, { location: trap.url }));
    expect(await tested(id)).toMatchObject({ state: "pending", log: [{ status }] });
  }
  process.env["WEBHOOK_LOOPBACK"] = "false";
  expect(redirecting.received).toHaveLength(statuses.length);
  expect(trap.connections()).toBe(0);
});

test("a local run that lets webhooks call this machine lets them call nothing else that is private", async () => {
  process.env["WEBHOOK_LOOPBACK"] = "true";
  for (const url of ["http://10.0.0.1/", "https://192.168.1.1/", "http://169.254.169.254/", "http://localhost:8443/"]) {
    const action = { kind: "webhook", url };
    const reply = await hooks.call("createEventHandler", { body: { customerId: reseller.id, name: "Evil", action } });
    expect([url, reply.body.code]).toEqual([url, "url_not_allowed"]);
  }
  process.env["WEBHOOK_LOOPBACK"] = "false";
});
