import * as z from "zod";
import { CustomerId, InvoiceId } from "../../domain/terms/ids.ts";
import { Month } from "../../domain/billing/run.ts";
import type { Database } from "../table/database.ts";
import { deliverOrderKey, draftOrderKey, dueKey, invoiceRunKey, type Key, type TimerKind } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import type { Put, Write } from "../table/writes.ts";
import { Making } from "./making.ts";

/*
 * What is to be done for invoices stands in the table until it is done, with the time when somebody is to look at it: a month that a payer is to be
 * invoiced for, an invoice that is to be delivered, a month for which a seller invoices everybody. Ordered twice it is one order.
 */

const parties = { issuerId: CustomerId, payerId: CustomerId };
export const Order = z.discriminatedUnion("task", [
  z.object({
    task: z.literal("draft"),
    ...parties,
    month: Month,
    /** How far the invoice is, where that takes several turns. */
    making: Making.optional(),
  }),
  z.object({ task: z.literal("deliver"), ...parties, invoiceId: InvoiceId, mail: z.boolean() }),
]);
export type Order = z.infer<typeof Order>;
export type DraftOrder = Extract<Order, { task: "draft" }>;
export type DeliverOrder = Extract<Order, { task: "deliver" }>;

/** An order as it was seen: who has ordered it again since has made it another one. */
export type Seen<T> = T & { seen: string };
const seenOf = (item: Item): string => z.string().parse(item["dueSk"]);
const asSeen = ({ seen }: { seen: string }) => ({ attribute: "dueSk", is: seen });

/** @throws z.ZodError where it is no order */
export const readOrder = (item: Item): Seen<Order> => ({ ...Order.parse(item["order"]), seen: seenOf(item) });

export const keyOfOrder = (order: Order): Key =>
  order.task === "draft"
    ? draftOrderKey(order.issuerId, order.payerId, order.month)
    : deliverOrderKey(order.issuerId, order.payerId, order.invoiceId);

const put = (key: Key, kind: string, timer: TimerKind, item: Item, at: number): Put => ({
  kind: "put",
  key,
  item: { ...key, kind, ...item, ...dueKey(key.pk, timer, new Date(at).toISOString()) },
  when: [],
});

/** The write of an order that somebody is to look at from a time on. One that is there already is only looked at then. */
export const orderPut = (order: Order, at: number): Put =>
  put(keyOfOrder(order), "invoice-order", "invoice-order", { order }, at);
/** The write that takes an order away once it is done, unless somebody else has done it, or has ordered it again meanwhile. */
export const orderDone = (order: Seen<Order>): Write => ({
  kind: "delete",
  key: keyOfOrder(order),
  when: [asSeen(order)],
});

/** The write that notes how far a draft is, and has somebody go on with it from a time on; unless it was ordered again. */
export const draftNoted = ({ seen, ...order }: Seen<DraftOrder>, making: Making, at: number): Write => {
  const key = keyOfOrder(order);
  const set = { order: { ...order, making }, ...dueKey(key.pk, "invoice-order", new Date(at).toISOString()) };
  return { kind: "update", key, set, add: {}, when: [asSeen({ seen })] };
};

/** A month for which a seller invoices everybody, and how far that is. */
export const InvoiceRun = z.object({
  issuerId: CustomerId,
  month: Month,
  /** Key of the payer that was ordered last; null: none yet. */
  after: z.string().nullable(),
  ordered: z.int(),
});
export type InvoiceRun = z.infer<typeof InvoiceRun>;
export const readRun = (item: Item): Seen<InvoiceRun> => ({ ...InvoiceRun.parse(item["run"]), seen: seenOf(item) });
/** The write that asks for a run, from the first payer on. */
export const runPut = (run: InvoiceRun, at: number): Put =>
  put(invoiceRunKey(run.issuerId, run.month), "invoice-run", "invoice-run", { run }, at);
/** The write that notes how far a run is, or that it is at its end (`after` is null); whoever asks for it again makes it begin anew. */
export function runNoted({ seen, ...run }: Seen<InvoiceRun>): Write {
  const key = invoiceRunKey(run.issuerId, run.month);
  const when = [asSeen({ seen })];
  return run.after === null ? { kind: "delete", key, when } : { kind: "update", key, set: { run }, add: {}, when };
}

/** Puts an order off that cannot be carried out yet, or has failed; one that was ordered again meanwhile stays due. */
export const putOff = async (db: Database, order: Seen<Order>, at: number): Promise<void> => {
  const key = keyOfOrder(order);
  const set = dueKey(key.pk, "invoice-order", new Date(at).toISOString());
  await db.update({ kind: "update", key, set, add: {}, when: [asSeen(order)] });
};
