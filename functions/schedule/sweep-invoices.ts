import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { readPayers } from "../../shared/store/billing/books.ts";
import { type InvoiceRun, orderPut, readRun, runNoted, type Seen } from "../../shared/store/billing/orders.ts";
import { settle } from "../../shared/store/table/settle.ts";
import { dueTimers, sweep } from "../../shared/store/table/sweep.ts";
import { jobs } from "../jobs.ts";
import { payerDue } from "./invoices/due.ts";
import { workOrders } from "./invoices/orders.ts";

/** Payers that one transaction orders invoices for. */
const payersAtOnce = 50;

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

/**
 * Invoices the month that is over: orders the invoices of the payers whose day has come, and of those for whom a run was asked for; drafts them from
 * the ledger, issues them where the seller wants that, makes their files, and queues their mails.
 */
export const handler = sweepJob(jobs.sweepInvoices.id, async (turn, deps) => {
  const ordered = await sweep(turn, "invoice", (timer, db) => payerDue(timer, db, deps.now));
  let asked = 0;
  for await (const page of dueTimers(deps.open(), "invoice-run", deps.now)) {
    const items = await deps.open().getAll(page.map(({ key }) => key));
    for (const item of items) if (item) asked += await workRun(deps, readRun(item), turn.until);
  }
  return { ordered, asked, ...(await workOrders(turn, deps)) };
});
