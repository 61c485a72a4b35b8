import { beforeAll, expect, test } from "vitest";
import type { OperationId } from "../../../functions/routes.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { openPeople, type People } from "../stages/people.ts";

let people: People;
beforeAll(async () => {
  people = await openPeople();
});
const at = (id: string) => ({ params: { id } });

test("whoever is deactivated, or below somebody who is, only reads, with the next request; the levels above go on", async () => {
  const line = await people.line();
  const { distributor, reseller } = line;
  const key = await people.key(reseller.id, "admin");
  const below = await people.key(line["end-customer"].id, "admin");
  const above = await people.key(distributor.id, "admin");
  const person = await people.person(reseller.id, "admin");
  const customer = line["end-customer"].id;
  const patch = { ...at(customer), body: { city: "Bern" } };
  await people.ok("updateCustomer", patch, key);
  await people.ok("deactivateCustomer", at(reseller.id), above);
  const changes: [OperationId, object][] = [
    ["updateCustomer", patch],
    ["updateCustomer", { ...at(distributor.id), body: { city: "Bern" } }],
    ["createCustomer", { body: people.input({ parentId: reseller.id }) }],
    ["createApiKey", { body: { customerId: reseller.id, role: "viewer", name: "K" } }],
    ["activateCustomer", at(reseller.id)],
    ["updateSettings", { ...at(reseller.id), body: { access: { secondFactor: "required" } } }],
    ["deleteUser", at(person.user.id)],
  ];
  const before = await people.get(customer);
  for (const [operation, request] of changes)
    for (const by of [key, person]) expectRefusal(await people.call(operation, request, by), 403, "branch_deactivated");
  expectRefusal(await people.call("updateCustomer", patch, below), 403, "branch_deactivated");
  expectRefusal(
    await people.call("updateCustomer", { ...patch, query: { dryRun: "true" } }, below),
    403,
    "branch_deactivated",
  );
  expect((await people.get(customer)).version).toBe(before.version);
  const reads: [OperationId, object][] = [
    ["me", {}],
    ["getCustomer", at(reseller.id)],
    ["getStorage", at(customer)],
    ["listServices", { query: { customerId: customer } }],
    ["listUsers", {}],
  ];
  for (const [operation, request] of reads)
    for (const by of [key, person])
      expect([operation, (await people.call(operation, request, by)).status]).toEqual([operation, 200]);
  // What a person does for himself goes on.
  await people.ok("prove", { body: { password: "a meadow full of cranes" } }, person);
  expect((await people.call("updateCustomer", patch, above)).status).toBe(200);
  await people.ok("activateCustomer", at(reseller.id), above);
  for (const by of [key, person, below]) expect((await people.call("updateCustomer", patch, by)).status).toBe(200);
});

test("reactivation is asked for once a day: in the log, and by mail to the seller", async () => {
  const line = await people.line();
  const { reseller } = line;
  const seller = line["sub-distributor"];
  const key = await people.key(reseller.id, "billing");
  const ask = (by: { token: string } = key, query = {}) => people.call("requestReactivation", { query }, by);
  expect(await ask()).toMatchObject({ status: 200, body: { active: true, askedAt: null } });
  await people.ok("deactivateCustomer", at(reseller.id));
  const entries = async (id: string) =>
    (await people.ok("listLog", { ...at(id), query: { type: "ReactivationRequested" } })).items;
  const mails = async () => {
    await people.sweep();
    return people.mailbox
      .list()
      .filter(({ subject }) => subject.includes("asks to be reactivated") && subject.includes(reseller.name));
  };
  expect(await ask(key, { dryRun: "true" })).toMatchObject({ status: 202, body: { active: false } });
  expect(await entries(reseller.id)).toEqual([]);
  const both = await Promise.all([ask(), ask(await people.key(reseller.id, "viewer"))]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 202]);
  const [{ body: first }] = both;
  expect(await ask()).toMatchObject({ status: 200, body: first });
  expect(await entries(reseller.id)).toMatchObject([{ node: { id: reseller.id }, operation: "requestReactivation" }]);
  people.advance(3 * 60_000);
  expect((await mails()).map(({ to }) => to)).toEqual([expect.stringContaining(seller.email)]);
  people.advance(dayMs);
  expect((await ask()).status).toBe(202);
  people.advance(3 * 60_000);
  expect(await mails()).toHaveLength(2);
  expect(await entries(reseller.id)).toHaveLength(2);
  // A level below asks the one that sells to it.
  const customer = await people.key(line["end-customer"].id, "viewer");
  expect(await ask(customer)).toMatchObject({ status: 202, body: { active: false } });
  await people.ok("activateCustomer", at(reseller.id));
  expect(await ask()).toMatchObject({ status: 200, body: { active: true, askedAt: null } });
});
