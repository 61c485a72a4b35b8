import type { JobDeps } from "../../../shared/http/jobs/invocation.ts";
import { branchesBehind } from "../../../shared/store/billing/behind.ts";
import { type Order, putOff, readOrder, type Seen } from "../../../shared/store/billing/orders.ts";
import { dueTimers, type SweepTurn } from "../../../shared/store/table/sweep.ts";
import { workDelivery } from "./delivering.ts";
import { type BehindAt, workDraft } from "./drafting.ts";

/** When an order whose work has failed is tried again. */
const laterMs = 15 * 60_000;
/** What one invoice may take of a run, so that a large one holds up no other. */
const sliceMs = 2 * 60_000;
const work = (turn: SweepTurn, deps: JobDeps, order: Seen<Order>, behindAt: BehindAt) =>
  order.task === "draft"
    ? workDraft(deps, order, Math.min(turn.until, deps.clock() + sliceMs), behindAt)
    : workDelivery(deps, order);

/** Works at the orders that are due, one after the other. One that fails is logged, is due again later, and holds up no other. */
export async function workOrders(turn: SweepTurn, deps: JobDeps): Promise<Record<string, number>> {
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
