import { beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../support/api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});

const create = (name: string, more: object) =>
  api.ok("createCustomer", { body: { name, email: "a@example.com", country: "DE", ...more } });

test("the answer of a change shows what a read right after it shows: licences given back are available at once", async () => {
  const distributor = await create("Pool", { level: "distributor", licences: { limit: 1000 } });
  const reseller = await create("Drawer", { level: "reseller", parentId: distributor.id, licences: { limit: 100 } });
  const params = { id: reseller.id };
  const changed = await api.ok("updateCustomer", { params, body: { licences: { limit: null } } });
  const read = await api.ok("getCustomer", { params });
  expect(read.licences.available).toBe(1000);
  expect(changed).toEqual(read);
});

test("a name that begins another comes before it, as names are compared", async () => {
  const distributor = await create("Order", { level: "distributor" });
  for (const name of ["Acme GmbH", "Acme", "Acme!", "Acmeon"])
    await create(name, { level: "sub-distributor", parentId: distributor.id });
  const { items } = await api.ok("listCustomers", { query: { parentId: distributor.id } });
  expect(items.map(({ name }: { name: string }) => name)).toEqual(["Acme", "Acme GmbH", "Acme!", "Acmeon"]);
});

test("two upserts of one reference at once: one creates, the other updates what was created", async () => {
  const distributor = await create("Upserts", { level: "distributor" });
  const upsert = (email: string) =>
    api.call("upsertCustomer", {
      body: { parentId: distributor.id, level: "reseller", externalRef: "7", name: "Twice", email, country: "DE" },
    });
  const replies = await Promise.all(["a@example.com", "b@example.com"].map(upsert));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 201]);
  expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
});

test("two creates at once with the same idempotency key and body get the same answer", async () => {
  const body = { name: "Same", email: "a@example.com", country: "DE", level: "distributor" };
  const send = () => api.call("createCustomer", { body }, { headers: { "idempotency-key": "same" } });
  const replies = await Promise.all([send(), send(), send(), send()]);
  expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(new Set(replies.map(({ body: answer }) => JSON.stringify(answer))).size).toBe(1);
});
