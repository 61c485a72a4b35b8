import { beforeAll, expect, test } from "vitest";
import { configBody, issuerBody } from "../../support/books.ts";
import { type Fleet, openFleet } from "../../functions/stages/fleet.ts";
import { openRecord } from "./record.ts";

/* The monthly run, in an installation of its own: it goes a month ahead. */

let fleet: Fleet;
const record = openRecord("invoices");
const conditionsOf = (what: string, work: () => Promise<unknown>) => record(fleet, what, work);
const job = (name: string): Promise<unknown> => fleet.invoke(`functions/schedule/${name}.ts`, {});
beforeAll(async () => {
  fleet = await openFleet();
});

test("invoices that are ordered, drafted, issued and delivered", { timeout: 120_000 }, async () => {
  // In the middle of a month: on its first day it depends on the hour which month is invoiced next.
  const today = new Date(fleet.now());
  const middle = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + (today.getUTCDate() < 10 ? 0 : 1), 10, 12);
  fleet.advance(middle - fleet.now());
  const { id } = await fleet.create(fleet.provider.id, { level: "reseller", timezone: "UTC" });
  await fleet.ok("putInvoiceIssuer", { body: { ...issuerBody("Seller"), issue: "automatic" } });
  const versions = [{ validFrom: "2020-01-01", minimum: "100", taxPercent: "19" }];
  const plan = await fleet.ok("createPricePlan", { body: { name: "Flat", currency: "EUR", versions } });
  await fleet.ok("putInvoiceConfig", { params: { id }, body: { ...configBody(plan.id), dayOfMonth: 1 } });
  const now = new Date(fleet.now());
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 2, 13));
  fleet.advance(next.getTime() - fleet.now());
  for (let turn = 0; turn < 4; turn += 1) await job("sweep-ledger");
  await conditionsOf("draft and issue invoices", () => job("sweep-invoices"));
  await conditionsOf("deliver invoices", () => job("sweep-invoices"));
  expect(fleet.failures).toEqual([]);
});
