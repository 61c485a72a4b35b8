import { zoneOf } from "../../shared/domain/billing/night.ts";
import { invoicedMonth, nextTimeOfRun } from "../../shared/domain/billing/run.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { branchesBehind } from "../../shared/store/billing/behind.ts";
import { payerTimer, readPayer, readPayers } from "../../shared/store/billing/books.ts";
import {
  type InvoiceRun,
  type Order,
  orderPut,
  putOff,
  readOrder,
  readRun,
  runNoted,
  type Seen,
} from "../../shared/store/billing/orders.ts";
import { hasSold } from "../../shared/store/billing/making.ts";
import { saveRecord } from "../../shared/store/billing/records.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import type { Database } from "../../shared/store/table/database.ts";
import { customerKey, partiesOf, payerKey } from "../../shared/store/table/keys.ts";
import { settle } from "../../shared/store/table/settle.ts";
import { type DueTimer, dueTimers, sweep, type SweepTurn } from "../../shared/store/table/sweep.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { workDelivery } from "../invoices/delivering.ts";
import { workDraft } from "../invoices/drafting.ts";
import { jobs } from "../jobs.ts";

/** When an order whose work has failed is tried again. */
const laterMs = 15 * 60_000;
/** Payers that one transaction orders invoices for. */
const payersAtOnce = 50;

/**
 * The writes of a payer whose day has come: the order to invoice the month before, and the timer of the next. Months that were missed come one by one.
 * It ends with a month in which there was nothing of a payer that is gone for good, and with a seller that is.
 */
async function due({ ownerPk }: DueTimer, db: Database, now: number): Promise<Write[]> {
  const { issuerId, payerId } = partiesOf(ownerPk);
  const [config, chain, payer] = await Promise.all([
    readPayer(db, issuerId, payerId),
    readChain(db, issuerId),
    db.get(customerKey(payerId)),
  ]);
  if (!config?.enabled || !chain || config.nextRunAt === null) return [];
  const { nextRunAt, dayOfMonth } = config;
  if (Date.parse(nextRunAt) > now) return payerTimer(config, null);
  const zone = zoneOf(chain);
  const month = invoicedMonth(zone, nextRunAt);
  const isOver = payer === undefined && !(await hasSold(db, payerId, month));
  const next = isOver ? null : nextTimeOfRun(dayOfMonth, zone, Date.parse(nextRunAt));
  const after = { ...config, nextRunAt: next, version: config.version + 1 };
  return [
    saveRecord(payerKey(issuerId, payerId), config, after),
    ...payerTimer(after, nextRunAt),
    ...(isOver ? [] : [orderPut({ task: "draft", issuerId, payerId, month }, now)]),
  ];
}

/** Orders the invoices of everybody whom a seller invoices, some payers in a transaction, with how far that is. */
async function workRun(deps: JobDeps, run: Seen<InvoiceRun>, until: number): Promise<number> {
  const { issuerId, month } = run;
  let { after, ordered } = run;
  do {
    const { configs, next } = await readPayers(deps.open(), issuerId, payersAtOnce, after);
    const orders = configs
      .filter(({ enabled }) => enabled)
      .map(({ customerId }) => orderPut({ task: "draft", issuerId, payerId: customerId, month }, deps.now));
    after = next;
    ordered += orders.length;
    // Somebody else is at it, or has asked for it again.
    if (!(await settle(deps.open(), [...orders, runNoted({ ...run, after, ordered })]))) break;
  } while (after !== null && deps.clock() < until);
  return ordered;
}

/** What one invoice may take of a run, so that a large one holds up no other. */
const sliceMs = 2 * 60_000;
type BehindAt = Parameters<typeof workDraft>[3];
const work = (turn: SweepTurn, deps: JobDeps, order: Seen<Order>, behindAt: BehindAt) =>
  order.task === "draft"
    ? workDraft(deps, order, Math.min(turn.until, deps.clock() + sliceMs), behindAt)
    : workDelivery(deps, order);

/** Works at the orders that are due, one after the other. One that fails is logged, is due again later, and holds up no other. */
async function workOrders(turn: SweepTurn, deps: JobDeps): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  const known = new Map<number, ReturnType<BehindAt>>();
  // The nights of a month that is over do not become more: they are looked for once in a run.
  const behindAt: BehindAt = (time) => {
    const found = known.get(time) ?? branchesBehind(deps.open, time);
    known.set(time, found);
    return found;
  };
  for await (const page of dueTimers(deps.open(), "invoice-order", deps.now)) {
    const items = await deps.open().getAll(page.map(({ key }) => key));
    for (const order of items.flatMap((item) => (item ? [readOrder(item)] : []))) {
      if (deps.clock() >= turn.until) return outcomes;
      const { task, issuerId, payerId } = order;
      const outcome = await deps.alone(() => work(turn, deps, order, behindAt), {
        level: "error",
        message: "invoice not made",
        about: { task, issuerId, payerId, of: order.task === "draft" ? order.month : order.invoiceId },
      });
      if (outcome === null) await putOff(deps.open(), order, deps.clock() + laterMs);
      outcomes[outcome ?? "failed"] = (outcomes[outcome ?? "failed"] ?? 0) + 1;
    }
  }
  return outcomes;
}

/**
 * Invoices the month that is over: orders the invoices of the payers whose day has come, and of those for whom a run was asked for; drafts them from
 * the ledger, issues them where the seller wants that, makes their files, and queues their mails.
 */
export const handler = sweepJob(jobs.sweepInvoices.id, async (turn, deps) => {
  const ordered = await sweep(turn, "invoice", (timer, db) => due(timer, db, deps.now));
  let asked = 0;
  for await (const page of dueTimers(deps.open(), "invoice-run", deps.now)) {
    const items = await deps.open().getAll(page.map(({ key }) => key));
    for (const item of items) if (item) asked += await workRun(deps, readRun(item), turn.until);
  }
  return { ordered, asked, ...(await workOrders(turn, deps)) };
});
