import { findInvoice, printedInvoice } from "../../../shared/store/billing/reading.ts";
import { amountText } from "../../../shared/domain/billing/money.ts";
import { invoiceFile } from "../../../shared/invoices/file.ts";
import type { JobDeps } from "../../../shared/http/jobs/invocation.ts";
import { readInvoiceFile, saveInvoiceFile } from "../../../shared/store/billing/files.ts";
import { type DeliverOrder, orderDone, type Seen } from "../../../shared/store/billing/orders.ts";
import { readChain } from "../../../shared/store/hierarchy/chain.ts";
import { queueMail, refusalToMail } from "../../../shared/store/mail/outbox.ts";
import { settle } from "../../../shared/store/table/settle.ts";
import type { Write } from "../../../shared/store/table/writes.ts";

/**
 * Makes the file of an invoice that was issued, and queues the mail that it goes with: once, on the condition of the order. The mail looks as the seller's
 * settings say.
 */
export async function workDelivery(deps: JobDeps, order: Seen<DeliverOrder>): Promise<"delivered" | "left"> {
  const { open, env, context } = deps;
  const db = open();
  const invoice = await findInvoice(db, order.invoiceId);
  if (!invoice) return (await settle(open(), [orderDone(order)])) ? "delivered" : "left";
  // What has been sent is sent again as it is.
  if ((await readInvoiceFile(open(), invoice.id)) === null)
    await saveInvoiceFile(
      open(),
      invoice.id,
      await invoiceFile(await printedInvoice(open, invoice), env.LAMBDA_TASK_ROOT),
    );
  const chain = await readChain(open(), invoice.issuerId);
  const { number, seller, buyer, recipient, language, period, total, currency, dueOn, kind, credits } = invoice;
  const writes: Write[] = [];
  if (order.mail && chain && number !== null && !refusalToMail(context, chain, null, "")) {
    const matter = {
      template: "invoice" as const,
      recipient: buyer.name,
      customer: seller.name,
      invoiceId: invoice.id,
      number,
      of: kind,
      credits: credits?.number ?? null,
      period,
      total: amountText(total, currency),
      currency,
      dueOn,
    };
    const to = { name: buyer.name, address: recipient };
    const mail = { matter, to, accountId: null, contactId: null, locale: language, secret: null };
    const queued = await queueMail(context, mail, chain, "");
    // Whether the address takes mail is looked up once more when it is sent.
    writes.push(...queued.writes.filter(({ kind }) => kind !== "check"));
  }
  return (await settle(open(), [...writes, orderDone(order)])) ? "delivered" : "left";
}
