import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Period, daysOf } from "../../../shared/domain/billing/days.ts";
import { periodOfMonth } from "../../../shared/domain/billing/run.ts";
import { ledgerKey, soldKey } from "../../../shared/store/table/keys.ts";
import type { Reply } from "../../support/api.ts";
import { configBody, freshId, issuerBody, ledgerRecord } from "../../support/books.ts";
import { sized } from "../../support/size.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

/* The invoice of a payer with very many customers: in memory that does not grow with them, and at a cost that is stated. */

type Body = Reply["body"];
const many = sized(1_500, 100_000);

let fleet: Fleet;
let token: string;
let planId: string;
/** The month that is invoiced: it is over, and lies before all payers of this test. */
let month: string;
let period: Period;
/** Hears of each call to the table. */
let called: ((units: number) => void) | null = null;

beforeAll(async () => {
  fleet = await openFleet();
  fleet.runtime.client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } } as typeof args);
      const { ConsumedCapacity: consumed } = answer.output as { ConsumedCapacity?: Body };
      const all: Body[] = Array.isArray(consumed) ? consumed : consumed === undefined ? [] : [consumed];
      called?.(all.reduce((sum, { CapacityUnits }) => sum + Number(CapacityUnits), 0));
      return answer;
    },
    { step: "initialize", priority: "low", name: "called" },
  );
  ({ token } = await fleet.ok("createApiKey", {
    body: { customerId: fleet.provider.id, role: "admin", name: "Books" },
  }));
  await fleet.ok("putInvoiceIssuer", { body: { ...issuerBody("Seller"), issue: "automatic" } }, { token });
  const devices = { server: { unitPrice: "1000" }, laptop: { unitPrice: "300.5" } };
  const storage = { unit: "GB", measure: "average", price: { unitPrice: "5" } };
  const versions = [{ validFrom: "2020-01-01", storage, devices, taxPercent: "19" }];
  planId = (await fleet.ok("createPricePlan", { body: { name: "All", currency: "EUR", versions } }, { token })).id;
  month = new Date(fleet.now()).toISOString().slice(0, 7);
  period = periodOfMonth(month);
  fleet.advance(Date.parse(`${period.to}T12:00:00Z`) + 2 * 86_400_000 - fleet.now());
});
afterAll(() => expect(fleet.failures).toEqual([]));

async function putAll(items: readonly Record<string, unknown>[]): Promise<void> {
  const { documents, tableName } = fleet.table;
  const batches = Array.from({ length: Math.ceil(items.length / 25) }, (_, nth) =>
    items.slice(nth * 25, (nth + 1) * 25),
  );
  await pMap(
    batches,
    (batch) =>
      documents.send(
        new BatchWriteCommand({
          RequestItems: { [tableName]: batch.map((Item) => ({ PutRequest: { Item } })) },
        }),
      ),
    { concurrency: 8 },
  );
}
/** A payer with so many customers, whose ledgers have so many days at the month's end. */
async function payerOf(customers: number, days: number): Promise<string> {
  const { id } = await fleet.create(fleet.provider.id, { level: "reseller" });
  await fleet.ok("putInvoiceConfig", { params: { id }, body: { ...configBody(planId), sendMail: false } }, { token });
  const last = [...daysOf(period)].slice(-days);
  for (let from = 0; from < customers; from += 1_000) {
    const items: Record<string, unknown>[] = [];
    for (let nth = from; nth < Math.min(customers, from + 1_000); nth += 1) {
      const customerId = freshId("cus");
      const name = `Customer ${nth}`;
      items.push({ ...soldKey(id, month, customerId), kind: "sold", name });
      for (const day of last) {
        const record = ledgerRecord(customerId, day);
        const sellers = [fleet.provider.id, id];
        const facts = { name, createdOn: last[0], sellers, devices: { server: 1, laptop: nth % 20 }, licences: 0 };
        items.push({ ...ledgerKey(customerId, day, 1), kind: "ledger", record: { ...record, ...facts } });
      }
    }
    await putAll(items);
  }
  return id;
}

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const heapMb = (): number => {
  gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
/** Drafts, issues and delivers the invoice of a payer. @param callMs how long each call to the table takes by the clock */
async function invoiced(payerId: string, sampled: number, callMs = 0) {
  await fleet.ok("runInvoices", { body: { month, payerId } }, { token });
  const seen = { peak: 0, calls: 0, units: 0, turns: 0 };
  called = (units) => {
    if (callMs > 0) fleet.advance(callMs);
    seen.units += units;
    seen.calls += 1;
    if (seen.calls % sampled === 0) seen.peak = Math.max(seen.peak, heapMb());
  };
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  for (let turn = 0; turn < 20; turn += 1) {
    const { ordered, ...worked } = (await fleet.invoke("functions/schedule/sweep-invoices.ts", {})) as Body;
    expect(worked.failed ?? 0).toBe(0);
    seen.turns += worked.more ?? 0;
    if (ordered.done === 0 && Object.values(worked).every((count) => count === 0)) break;
  }
  called = null;
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1_000;
  const query = { from: month, to: month, payerId };
  const all: Body[] = (await fleet.ok("listInvoices", { query }, { token })).items;
  const [invoice, ...more] = all.filter(({ kind, status }) => kind === "invoice" && status !== "void");
  expect(more).toEqual([]);
  return { ...seen, seconds, cpuSeconds: (user + system) / 1e6, invoice };
}

test("a customer costs one query of its month", async () => {
  const customers = sized(100, 1_000);
  const days = [...daysOf(period)].length;
  const payerId = await payerOf(customers, days);
  const { units, seconds, cpuSeconds, invoice } = await invoiced(payerId, Number.MAX_SAFE_INTEGER);
  expect([invoice.status, invoice.lineCount]).toEqual(["issued", customers * 3 - Math.ceil(customers / 20)]);
  const each = (of: number): string => (of / customers).toFixed(2);
  process.stdout.write(
    `a customer with ${days} days: ${each(units)} units, ${each(seconds * 1_000)} ms, of the processor ${each(cpuSeconds * 1_000)} ms\n`,
  );
  // Its 31 records, and its place among those that were sold to the payer.
  expect(units / customers).toBeGreaterThan(2);
  expect(units / customers).toBeLessThan(6);
}, 600_000);

/** Bytes that a customer may take in memory: its id and name, by which it has its place. */
const bytesPerCustomer = 500;
test(
  "memory does not grow with the customers, but for their names; documents have sums",
  async () => {
    const few = many / 10;
    await invoiced(await payerOf(few, 1), 100);
    const less = await invoiced(await payerOf(few, 1), 100);
    const payerId = await payerOf(many, 1);
    const more = await invoiced(payerId, 100);
    process.stdout.write(
      `peak of the heap: ${less.peak.toFixed(1)} MB with ${few} customers, ${more.peak.toFixed(1)} MB with ${many}, in ${more.seconds.toFixed(0)} s\n`,
    );
    expect(less.peak).toBeGreaterThan(0);
    expect(more.peak - less.peak).toBeLessThan(5 + (many * bytesPerCustomer) / 2 ** 20);

    const { invoice } = more;
    const lineCount = many * 3 - many / 20;
    expect([invoice.status, invoice.lineCount]).toEqual(["issued", lineCount]);
    // Every customer has a server on one day, and 0 to 19 laptops.
    const { length } = [...daysOf(period)];
    const lines = { server: many * Math.round(1_000 / length), laptop: 0 };
    for (let nth = 0; nth < 20; nth += 1) lines.laptop += (many / 20) * Math.round((nth * 300.5) / length);
    expect(invoice.net).toBe(lines.server + lines.laptop);
    const at = { params: { id: invoice.id } };
    const page = String(await fleet.ok("exportInvoiceHtml", at, { token }));
    expect(page).toContain("zusammengefasst");
    expect(page.length).toBeLessThan(20_000);
    const pdf = String(await fleet.ok("exportInvoicePdf", at, { token }));
    expect(pdf.length).toBeLessThan(200_000);
    const xml = String(await fleet.ok("exportInvoiceXml", { ...at, query: { syntax: "UBL" } }, { token }));
    expect([...xml.matchAll(/<cac:InvoiceLine>/g)]).toHaveLength(3);
    if (lineCount > 20_000) expectRefusal(await fleet.call("exportInvoiceCsv", at, { token }), 409, "too_many");
    else
      expect(String(await fleet.ok("exportInvoiceCsv", at, { token })).split("\n").length).toBeGreaterThan(lineCount);
    const preview = await fleet.call("previewInvoice", { params: { id: payerId }, query: { month } }, { token });
    if (many > 2_000) expectRefusal(preview, 409, "too_many");
    else expect(preview.body).toMatchObject({ lineCount, net: invoice.net });
  },
  sized(300_000, 3_600_000),
);

test("an invoice that takes several turns is the same as in one", async () => {
  const payerId = await payerOf(1_500, 1);
  const csvOf = async ({ id, number }: Body): Promise<string> =>
    String(await fleet.ok("exportInvoiceCsv", { params: { id } }, { token }))
      .replaceAll(id, "id")
      .replaceAll(number, "number");
  const slow = await invoiced(payerId, Number.MAX_SAFE_INTEGER, 300);
  expect(slow.turns).toBeGreaterThan(0);
  const first = await csvOf(slow.invoice);
  await fleet.ok("voidInvoice", { params: { id: slow.invoice.id }, body: { reason: "Once more" } }, { token });
  const fast = await invoiced(payerId, Number.MAX_SAFE_INTEGER);
  expect([fast.turns, fast.invoice.id === slow.invoice.id]).toEqual([0, false]);
  expect(fast.invoice.total).toBe(slow.invoice.total);
  expect(await csvOf(fast.invoice)).toBe(first);
}, 300_000);
