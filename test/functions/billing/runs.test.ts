import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { configBody, issuerBody } from "../../support/books.ts";
import { isFullSize } from "../../support/size.ts";
import { randomFrom } from "../../support/random.ts";
import {
  draftNoted,
  type DraftOrder,
  keyOfOrder,
  orderDone,
  orderPut,
  putOff,
  readOrder,
  type Seen,
} from "../../../shared/store/billing/orders.ts";
import { openDatabase } from "../../../shared/store/table/database.ts";
import { settle } from "../../../shared/store/table/settle.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import { dump } from "../../model/invariants.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

/* The monthly run: killed at every step, four at once, and again. */

type Body = Reply["body"];
const payersInAll = isFullSize ? 80 : 8;

let fleet: Fleet;
let token: string;
let payers: string[];
let planId: string;
/** After how many writes whoever works dies: nothing that he sends then reaches the table, unless the first of it still does. */
let diesAfter = Number.POSITIVE_INFINITY;
let lastOneLands = false;
const month = (ahead: number): string => {
  const now = new Date(fleet.now());
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString().slice(0, 7);
};
const writing = /^(TransactWriteItems|PutItem|UpdateItem|DeleteItem|BatchWriteItem)Command$/;

beforeAll(async () => {
  fleet = await openFleet();
  fleet.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (writing.test(String(context["commandName"]))) diesAfter -= 1;
      if (diesAfter === -1 && lastOneLands && writing.test(String(context["commandName"]))) await next(args);
      if (diesAfter < 0) throw new Error("killed");
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "killed" },
  );
  const { id } = await fleet.create(fleet.provider.id, { level: "reseller" });
  ({ token } = await fleet.ok("createApiKey", { body: { customerId: id, role: "admin", name: "Books" } }));
  await fleet.ok("putInvoiceIssuer", { body: { ...issuerBody("Seller"), issue: "automatic" } }, { token });
  const versions = [{ validFrom: "2020-01-01", minimum: "3100.5", taxPercent: "19" }];
  planId = (await fleet.ok("createPricePlan", { body: { name: "Flat", currency: "EUR", versions } }, { token })).id;
  payers = [];
  for (let nth = 0; nth < payersInAll; nth += 1) {
    const customer = await fleet.create(id, { timezone: "UTC" });
    await fleet.ok(
      "putInvoiceConfig",
      { params: { id: customer.id }, body: { ...configBody(planId), dayOfMonth: 1 } },
      { token },
    );
    payers.push(customer.id);
  }
});
beforeEach(() => {
  diesAfter = Number.POSITIVE_INFINITY;
  lastOneLands = false;
});
afterAll(() => expect(fleet.failures.filter((line) => !line.includes("killed"))).toEqual([]));

const sweep = (): Promise<Body> => fleet.invoke("functions/schedule/sweep-invoices.ts", {}) as Promise<Body>;
/** Goes to noon of the second day of the next month, with all nights written. */
async function nextMonth(): Promise<string> {
  const next = month(1);
  const closed = month(0);
  fleet.advance(Date.parse(`${next}-02T12:00:00Z`) - fleet.now());
  for (let turn = 0; turn < 40; turn += 1) {
    const { nights } = (await fleet.invoke("functions/schedule/sweep-ledger.ts", {})) as Body;
    if (nights.done === 0) break;
  }
  return closed;
}
const invoices = async (of: string): Promise<Body[]> =>
  (await fleet.ok("listInvoices", { query: { from: of, to: of, limit: "100" } }, { token })).items;
const linesOf = async ({ id }: Body): Promise<Body[]> =>
  (await fleet.ok("listInvoiceLines", { params: { id } }, { token })).items;
/** Numbers of all invoices so far, as they count on from 1 in each year. */
async function expectNoGaps(months: readonly string[]): Promise<void> {
  const all = (await Promise.all(months.map(invoices))).flat();
  const byYear = Map.groupBy(all, ({ number }) => String(number).slice(3, 7));
  for (const [year, those] of byYear) {
    const numbers = those.map(({ number }) => Number(String(number).slice(-5))).sort((a, b) => a - b);
    expect(numbers, year).toEqual(Array.from({ length: numbers.length }, (_, nth) => nth + 1));
  }
}
const done: string[] = [];
/** Works until nothing is left to do, whatever dies on the way. */
async function finish(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    fleet.advance(16 * 60_000);
    const { ordered, ...worked } = await sweep();
    if (ordered.done === 0 && Object.values(worked).every((count) => count === 0)) return;
  }
  throw new Error("The run does not come to an end.");
}

describe("a monthly run", { timeout: isFullSize ? 1_800_000 : 240_000 }, () => {
  test("that is killed at any write makes each invoice once, without a gap in the numbers", async () => {
    const random = randomFrom(5);
    const kills = isFullSize ? 120 : 24;
    const closed = await nextMonth();
    done.push(closed);
    for (let kill = 0; kill < kills; kill += 1) {
      diesAfter = Math.floor(random() * 9);
      lastOneLands = random() < 0.5;
      await sweep().catch(() => undefined);
      diesAfter = Number.POSITIVE_INFINITY;
      fleet.advance(16 * 60_000);
    }
    await finish();
    const made = await invoices(closed);
    expect(made.map(({ payerId, status }) => [payerId, status]).sort()).toEqual(
      payers.map((id) => [id, "issued"]).sort(),
    );
    // 3,100.5 for a month of so many days, rounded, and 19 % of it.
    for (const { net, total, version } of made) {
      expect([net, total]).toEqual([3101, 3690]);
      expect(version).toBe(2);
    }
    await expectNoGaps(done);
    fleet.failures.length = 0;
  });

  test("by four at once makes each invoice once, without a gap in the numbers", async () => {
    const closed = await nextMonth();
    done.push(closed);
    await Promise.all(Array.from({ length: 4 }, sweep));
    await finish();
    const made = await invoices(closed);
    expect(made.map(({ payerId }) => payerId).sort()).toEqual(payers.toSorted());
    expect(new Set(made.map(({ number }) => number)).size).toBe(payers.length);
    await expectNoGaps(done);
  });

  test("again changes nothing: the same invoices, lines and files", async () => {
    const [closed = ""] = done;
    const all = async () => {
      const made = await invoices(closed);
      const [first] = made;
      const pdf = await fleet.ok("exportInvoicePdf", { params: { id: first.id } }, { token });
      return { made, lines: await Promise.all(made.map(linesOf)), pdf };
    };
    const before = await all();
    await fleet.ok("runInvoices", { body: { month: closed } }, { token });
    await finish();
    expect(await all()).toEqual(before);
  });

  test("does not lose what is ordered again while it is at work", async () => {
    const [closed = ""] = done;
    const [payerId = ""] = payers;
    const issuerId = (await invoices(closed))[0].issuerId;
    const order = { task: "draft", issuerId, payerId, month: closed } as const;
    const open = () => openDatabase(fleet.runtime.client, fleet.table.tableName, createMeter());
    const waiting = async (): Promise<Body> => open().get(keyOfOrder(order));
    await open().commit([orderPut(order, fleet.now())]);
    const seen = readOrder(await waiting());
    // A worker has it in hand, and somebody asks for it once more.
    await open().commit([orderPut(order, fleet.now() + 5)]);
    expect(await settle(open(), [orderDone(seen)])).toBe(false);
    const making = {
      basis: "hash",
      after: { name: "Gasthof Post", id: payerId },
      pages: [{ hash: "page", lines: 3 }],
      sum: { groups: [], findings: [], findingCount: 0 },
    };
    expect(await settle(open(), [draftNoted(seen as Seen<DraftOrder>, making, fleet.now() + 10)])).toBe(false);
    await putOff(open(), seen, fleet.now() + 3_600_000);
    const again = readOrder(await waiting());
    expect(again.seen).not.toBe(seen.seen);
    expect(again.seen < new Date(fleet.now() + 60_000).toISOString()).toBe(true);
    expect(again).not.toHaveProperty("making");
    // How far it is stands with the order, until it is ordered once more.
    expect(await settle(open(), [draftNoted(again as Seen<DraftOrder>, making, fleet.now() + 10)])).toBe(true);
    const noted = readOrder(await waiting());
    expect(noted).toMatchObject({ ...order, making });
    expect(await settle(open(), [orderDone(again)])).toBe(false);
    expect(await settle(open(), [orderDone(noted)])).toBe(true);
    // What was done meanwhile does not come back.
    await putOff(open(), noted, fleet.now());
    expect(await waiting()).toBeUndefined();
  });

  test("waits for days that are missing in the ledger, and names them; a month that is not over is refused", async () => {
    const open = month(0);
    expectRefusal(await fleet.call("runInvoices", { body: { month: open } }, { token }), 409, "period_open");
    const next = month(1);
    fleet.advance(Date.parse(`${next}-02T12:00:00Z`) - fleet.now());
    // No night was written since: the sweep of the ledger stands still.
    await sweep();
    const found = await invoices(open);
    for (const { status, findings } of found) {
      expect(status).toBe("draft");
      expect(findings.map(({ code }: Body) => code)).toContain("days_missing");
    }
    const [draft] = found;
    if (draft !== undefined) {
      const refused = await fleet.call("issueInvoice", { params: { id: draft.id } }, { token });
      expectRefusal(refused, 409, "invoice_blocked");
    }
    for (let turn = 0; turn < 10; turn += 1) await fleet.invoke("functions/schedule/sweep-ledger.ts", {});
    fleet.advance(3_600_000);
    await finish();
    done.push(open);
    expect((await invoices(open)).map(({ status }) => status)).toEqual(payers.map(() => "issued"));
    await expectNoGaps(done);
  });

  test("waits also where no customer of a month is in the ledger yet", async () => {
    const closed = month(0);
    const next = month(1);
    // A seller of which nobody knows a day: its first night is in the future, and then late.
    fleet.advance(Date.parse(`${next}-01T00:00:00Z`) - 3_600_000 - fleet.now());
    const { id, parentId } = await fleet.create((await invoices(done[0] ?? ""))[0].issuerId, { timezone: "UTC" });
    const body = { ...configBody(planId), dayOfMonth: 1 };
    await fleet.ok("putInvoiceConfig", { params: { id }, body }, { token });
    expect(parentId).not.toBeNull();
    fleet.advance(Date.parse(`${next}-02T12:00:00Z`) - fleet.now());
    await fleet.ok("runInvoices", { body: { month: closed, payerId: id } }, { token });
    const outcomes = await sweep();
    expect(outcomes.nothing ?? 0).toBe(0);
    const own = async (): Promise<Body[]> => (await invoices(closed)).filter(({ payerId }) => payerId === id);
    expect(await own()).toEqual([]);
    // Its night comes, and the order has not been forgotten.
    for (let turn = 0; turn < 10; turn += 1) await fleet.invoke("functions/schedule/sweep-ledger.ts", {});
    fleet.advance(3_600_000);
    await finish();
    expect((await own()).map(({ status, net }) => [status, net > 0])).toEqual([["issued", true]]);
    payers.push(id);
    done.push(closed);
    await expectNoGaps(done);
  });

  test("by hand: a draft is looked at, issued, paid, made void by a credit note, and the month invoiced anew", async () => {
    const [payerId = ""] = payers;
    const as = { token };
    const body = { ...issuerBody("Seller"), issue: "manual" };
    await fleet.ok("putInvoiceIssuer", { body }, as);
    const closed = await nextMonth();
    await finish();
    const drafts = await invoices(closed);
    expect(drafts.map(({ status, number }) => [status, number])).toEqual(payers.map(() => ["draft", null]));
    const draft = drafts.find((one) => one.payerId === payerId);
    expectRefusal(
      await fleet.call("payInvoice", { params: { id: draft.id }, body: { paidOn: `${closed}-28` } }, as),
      409,
      "invoice_state",
    );
    // The ledger is corrected, and the draft follows it.
    const issued = await fleet.ok("issueInvoice", { params: { id: draft.id } }, as);
    expect(issued.number).toMatch(/^RE-\d{4}-\d{5}$/);
    expectRefusal(await fleet.call("issueInvoice", { params: { id: draft.id } }, as), 409, "invoice_state");
    const later = { params: { id: draft.id }, body: { paidOn: `${month(2)}-01` } };
    expectRefusal(await fleet.call("payInvoice", later, as), 422, "invalid_time");
    const paid = await fleet.ok("payInvoice", { params: { id: draft.id }, body: { paidOn: `${closed}-28` } }, as);
    expect([paid.status, paid.paidOn, paid.number]).toEqual(["paid", `${closed}-28`, issued.number]);
    const reason = "The wrong address";
    const voided = await fleet.ok("voidInvoice", { params: { id: draft.id }, body: { reason } }, as);
    expect(voided.invoice).toMatchObject({ status: "void", voidReason: reason, creditedBy: voided.creditNote.id });
    expect(voided.creditNote).toMatchObject({
      kind: "credit-note",
      status: "issued",
      total: paid.total,
      credits: { id: draft.id, number: issued.number },
    });
    expect(Number(voided.creditNote.number.slice(-5))).toBe(Number(issued.number.slice(-5)) + 1);
    expect(await linesOf(voided.creditNote)).toEqual(await linesOf(draft));
    expectRefusal(
      await fleet.call("voidInvoice", { params: { id: draft.id }, body: { reason } }, as),
      409,
      "invoice_state",
    );
    await fleet.ok("runInvoices", { body: { month: closed, payerId } }, as);
    await finish();
    const query = { from: closed, to: closed, payerId };
    const now = (await fleet.ok("listInvoices", { query }, as)).items;
    expect(now.map(({ kind, status }: Body) => [kind, status])).toEqual([
      ["invoice", "void"],
      ["credit-note", "issued"],
      ["invoice", "draft"],
    ]);
    const totals = (await fleet.ok("getInvoiceTotals", { query }, as)).totals;
    expect(totals.map(({ kind, status, invoices: count }: Body) => [kind, status, count])).toEqual([
      ["credit-note", "issued", 1],
      ["invoice", "draft", 1],
      ["invoice", "void", 1],
    ]);
  });
});

test("invoices are mailed with their file, once, and again where somebody asks for it", async () => {
  const as = { token };
  await fleet.ok("putInvoiceIssuer", { body: { ...issuerBody("Seller"), issue: "automatic" } }, as);
  const closed = await nextMonth();
  await finish();
  const [invoice] = await invoices(closed);
  const at = { params: { id: invoice.id } };
  const mails = async (): Promise<Body[]> =>
    (await dump(fleet.table)).filter(({ kind, matter }: Body) => kind === "mail" && matter?.invoiceId === invoice.id);
  const [mail, ...more] = await mails();
  expect(more).toEqual([]);
  expect(mail).toMatchObject({
    to: { address: "books@customer.example" },
    look: { locale: "de" },
    matter: { template: "invoice", number: invoice.number, total: "36.90", currency: "EUR", dueOn: invoice.dueOn },
  });
  const file = String(await fleet.ok("exportInvoicePdf", at, as));
  expect(file.slice(0, 5)).toBe("%PDF-");
  // It is a Factur-X invoice: the same in a form for programs.
  expect(file).toContain("factur-x.xml");
  const xml = await fleet.ok("exportInvoiceXml", { ...at, query: { syntax: "CII" } }, as);
  expect(xml).toContain("CrossIndustryInvoice");
  expect(xml).toContain(invoice.number);
  await fleet.ok("mailInvoice", at, as);
  await finish();
  expect(await mails()).toHaveLength(2);
  // Whom nobody wants to mail gets none.
  const config = { ...configBody(planId), dayOfMonth: 1, sendMail: false };
  await fleet.ok("putInvoiceConfig", { params: { id: invoice.payerId }, body: config }, as);
  const next = await nextMonth();
  await finish();
  const silent = (await invoices(next)).find(({ payerId }) => payerId === invoice.payerId);
  expect(silent.status).toBe("issued");
  expect((await dump(fleet.table)).filter(({ matter }: Body) => matter?.invoiceId === silent.id)).toEqual([]);
}, 240_000);
