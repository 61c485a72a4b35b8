import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { allPages, type Book, expectRefusal, openBook } from "../stages/book.ts";

type Body = Reply["body"];

let book: Book;
let reseller: Body;
let token: string;
beforeAll(async () => {
  book = await openBook();
  reseller = await book.create(book.provider.id, { level: "reseller" });
  ({ token } = await book.key(reseller.id));
});

const url = "https://hooks.198-51-101-7.example/events";
const webhook = { kind: "webhook", url };
const input = (more: object = {}): Body => ({ customerId: reseller.id, name: "Tickets", action: webhook, ...more });
const make = (more: object = {}): Promise<Body> => book.ok("createEventHandler", { body: input(more) });
const tryMake = (more: object = {}): Promise<Reply> => book.call("createEventHandler", { body: input(more) });
const at = (id: string) => ({ params: { id } });
const get = (id: string): Promise<Body> => book.ok("getEventHandler", at(id));
const patch = (id: string, body: object): Promise<Reply> => book.call("updateEventHandler", { ...at(id), body });

describe("a webhook", () => {
  test("has a secret that is shown once, and stands sealed in the table", async () => {
    const { secret, ...shown } = await make();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await get(shown.id)).toEqual(shown);
    const Key = { pk: reseller.id, sk: `handler#${shown.id}` };
    const { Item } = await book.table.documents.send(new GetCommand({ TableName: book.table.tableName, Key }));
    expect(Item?.["secrets"]).toHaveLength(1);
    expect(JSON.stringify(Item)).not.toContain(secret.slice(6));
    expect(await book.call("updateEventHandler", { ...at(shown.id), body: { secret: "whsec_AAAA" } })).toMatchObject({
      status: 400,
    });
  });

  test("gets another secret, and says until when the former one signs", async () => {
    const made = await make();
    const turned = await book.ok("rotateHandlerSecret", { ...at(made.id), body: {} });
    expect(turned.secret).toMatch(/^whsec_/);
    expect(turned.secret).not.toBe(made.secret);
    const until = Date.parse(turned.formerSecretUntil);
    expect(Math.round((until - Date.parse(turned.updatedAt)) / 3_600_000)).toBe(24);
    const atOnce = await book.ok("rotateHandlerSecret", { ...at(made.id), body: { overlapHours: 0 } });
    expect(atOnce.formerSecretUntil).toBeNull();
    const mail = await make({ action: { kind: "mail", recipients: ["ann@example.com"] } });
    expectRefusal(await book.call("rotateHandlerSecret", { ...at(mail.id), body: {} }), 422, "not_applicable", "id");
  });

  let spare: Body;
  beforeAll(async () => {
    spare = await make();
  });
  test.each([
    ["http", "http://hooks.example.com/"],
    ["another scheme", "ftp://hooks.example.com/"],
    ["no URL", "hooks.example.com"],
    ["a user name", "https://ann@hooks.example.com/"],
    ["a password", "https://ann:secret@hooks.example.com/"],
    ["another port", "https://hooks.example.com:22/"],
    ["this machine", "https://127.0.0.1/"],
    ["this machine in short", "https://127.1/"],
    ["a decimal address", "https://2130706433/"],
    ["an octal address", "https://017700000001/"],
    ["a hexadecimal address", "https://0x7f000001/"],
    ["full-width digits", "https://１２７.０.０.１/"],
    ["a mapped address", "https://[::ffff:127.0.0.1]/"],
    ["a compatible address", "https://[::127.0.0.1]/"],
    ["NAT64", "https://[64:ff9b::7f00:1]/"],
    ["6to4", "https://[2002:7f00:1::]/"],
    ["a private network", "https://10.1.2.3/"],
    ["a shared network", "https://100.64.0.1/"],
    ["the link", "https://169.254.1.1/"],
    ["metadata", "https://169.254.169.254/latest/meta-data/"],
    ["metadata by IPv6", "https://[fd00:ec2::254]/"],
    ["a unique local address", "https://[fd12:3456:789a::1]/"],
    ["all groups", "https://224.0.0.1/"],
    ["nobody", "https://0.0.0.0/"],
    ["a local name", "https://localhost/"],
    ["a local name with a dot", "https://localhost./"],
    ["a name without a domain", "https://intranet/"],
    ["an internal name", "https://db.internal/"],
    ["the installation itself", "https://api.tenantry.example/v1/customers"],
    ["the installation itself, in capitals", "https://API.Tenantry.Example./"],
  ])("is refused that leads to %s", async (_what, address) => {
    expectRefusal(await tryMake({ action: { kind: "webhook", url: address } }), 422, "url_not_allowed", "action.url");
    expectRefusal(await patch(spare.id, { action: { url: address } }), 422, "url_not_allowed", "action.url");
  });
});

describe("a handler", () => {
  test("is changed by a merge patch, with an entry in the log that keeps the rest of the address to itself", async () => {
    const made = await make({ filter: { types: ["DeviceSuspended"], thresholds: 90 } });
    expect(made.filter).toEqual({ types: ["DeviceSuspended"], branch: null, thresholds: 90 });
    const changed = await patch(made.id, {
      filter: { types: null },
      action: { url: "https://hooks.example.net/secret-path" },
      active: false,
    });
    expect(changed.body).toMatchObject({
      version: 2,
      filter: { types: null, branch: null, thresholds: 90 },
      action: { kind: "webhook", url: "https://hooks.example.net/secret-path" },
      active: false,
    });
    const [entry] = (await book.ok("listLog", at(reseller.id))).items;
    expect(entry).toMatchObject({ type: "EventHandlerUpdated", node: { id: made.id } });
    expect(entry.changes.map(({ path }: Body) => path).sort()).toEqual(["active", "types", "url"]);
    expect(JSON.stringify(entry)).not.toContain("secret-path");
    const same = await patch(made.id, { active: false });
    expect(same.body.version).toBe(2);
  });

  test("keeps its kind and its customer", async () => {
    const made = await make();
    expectRefusal(await patch(made.id, { action: { kind: "mail" } }), 422, "immutable", "action.kind");
    expectRefusal(await patch(made.id, { action: { recipients: ["a@b.example"] } }), 422, "immutable");
    expectRefusal(await patch(made.id, { customerId: book.provider.id }), 422, "immutable", "customerId");
    expect((await patch(made.id, { customerId: reseller.id, action: { kind: "webhook" } })).body.version).toBe(1);
  });

  test("mails to addresses that can be reached, each once", async () => {
    const of = (...recipients: string[]) => tryMake({ action: { kind: "mail", recipients } });
    expectRefusal(await of(), 422, "invalid_event_handler", "action.recipients");
    expectRefusal(await of("nobody"), 422, "invalid_event_handler", "action.recipients.0");
    expectRefusal(await of("a@b.example", "A@b.example"), 422, "invalid_event_handler", "action.recipients.1");
    const many = Array.from({ length: 11 }, (_, nth) => `a${nth}@b.example`);
    expectRefusal(await of(...many), 422, "invalid_event_handler", "action.recipients");
    expect((await of("a@b.example")).body).toMatchObject({ secret: null, action: { kind: "mail" } });
  });

  test("hears of a branch below its customer only, which the caller has to see", async () => {
    const [below, beside] = [
      await book.create(reseller.id),
      await book.create(book.provider.id, { level: "reseller" }),
    ];
    const branchOf = (branch: string, by: string | undefined) =>
      book.call("createEventHandler", { body: input({ filter: { branch } }) }, by === undefined ? {} : { token: by });
    expect((await branchOf(below.id, token)).body.filter.branch).toBe(below.id);
    expectRefusal(await branchOf(beside.id, undefined), 422, "invalid_event_handler", "filter.branch");
    const [foreign, unknown] = [
      await branchOf(beside.id, token),
      await branchOf("cus_00000000000000000000000000", token),
    ];
    expectRefusal(foreign, 404, "not_found");
    expect({ ...foreign.body, requestId: "" }).toEqual({ ...unknown.body, requestId: "" });
  });

  test("is one of 20 at most, is listed, and ends", async () => {
    const customer = await book.create(reseller.id);
    const made: string[] = [];
    for (let nth = 0; nth < 20; nth += 1) made.push((await make({ customerId: customer.id })).id);
    expectRefusal(await tryMake({ customerId: customer.id }), 409, "too_many");
    const { items } = await allPages(book, "listEventHandlers", { query: { customerId: customer.id, limit: "7" } });
    expect(items.map(({ id }) => id)).toEqual(made);
    const [first = ""] = made;
    await book.ok("deleteEventHandler", at(first));
    expectRefusal(await book.call("getEventHandler", at(first)), 404, "not_found");
    await make({ customerId: customer.id });
  });

  test("goes with its customer, and is gone with it for good", async () => {
    const customer = await book.create(reseller.id);
    const other = await book.create(book.provider.id, { level: "reseller" });
    const { id } = await make({ customerId: customer.id });
    await book.ok("moveCustomer", { ...at(customer.id), body: { parentId: other.id } });
    expectRefusal(await book.call("getEventHandler", at(id), { token }), 404, "not_found");
    expect((await get(id)).customerId).toBe(customer.id);
    await book.remove(customer);
    expectRefusal(await patch(id, { name: "Other" }), 409, "customer_deleted");
    book.advance(40 * 86_400_000);
    await book.invoke("functions/schedule/sweep-purges.ts", {});
    expectRefusal(await book.call("getEventHandler", at(id)), 404, "not_found");
  });
});
