import { afterAll, beforeAll, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { openTableStream } from "../../fleet/table-stream.ts";
import { isFullSize } from "../../support/size.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { openMarket } from "./market.ts";
import { recompute } from "./recompute.mjs";

/* Months of a market with three sellers, and each of their invoices computed again from what was done, by code that shares nothing with the product. */

type Body = Reply["body"];
const [atFirst, eachDay, months] = isFullSize ? [400, 6, 3] : [6, 1, 1];

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
});
afterAll(() => stream.close());

test(
  "every invoice is what happened, to the last minor unit",
  async () => {
    const market = await openMarket(fleet, stream, 17);
    const begin = new Date(Date.UTC(2028, 1, 1, 12));
    fleet.advance(begin.getTime() - fleet.now());
    await market.night();
    for (let nth = 0; nth < atFirst; nth += 1) await market.create();
    let compared = 0;
    for (let nth = 0; nth < months; nth += 1) {
      const month = new Date(Date.UTC(2028, 1 + nth, 1)).toISOString().slice(0, 7);
      const end = Date.UTC(2028, 2 + nth, 1, 13);
      while (fleet.now() < end - 86_400_000) {
        for (let each = 0; each < eachDay; each += 1) await market.happen();
        await market.night();
      }
      await market.night();
      for (let turn = 0; turn < 30; turn += 1) {
        const { ordered, ...worked } = (await fleet.invoke("functions/schedule/sweep-invoices.ts", {})) as Body;
        expect(worked.failed ?? 0).toBe(0);
        if (ordered.done === 0 && Object.keys(worked).length === 1) break;
      }
      for (const seller of market.sellers) {
        const found = new Map<string, Body>();
        let cursor: string | null = null;
        do {
          const query: Record<string, string> = { from: month, to: month, limit: "100", ...(cursor && { cursor }) };
          const page = await fleet.ok("listInvoices", { query }, { token: seller.token });
          for (const invoice of page.items) found.set(invoice.payerId, invoice);
          cursor = page.nextCursor;
        } while (cursor !== null);
        for (const { id } of market.customers) {
          const wanted = recompute(market.events, { seller: seller.id, customer: id, month, prices: seller.prices });
          const invoice = found.get(id);
          const about = `${seller.id} ${id} ${month}`;
          if (wanted === null) {
            expect(invoice, about).toBeUndefined();
            continue;
          }
          expect([invoice?.status, invoice?.net, invoice?.total], about).toEqual(["issued", wanted.net, wanted.total]);
          const { items } = await fleet.ok("listInvoiceLines", { params: { id: invoice.id } }, { token: seller.token });
          const amounts = items.filter(({ item }: Body) => item.kind !== "minimum").map(({ amount }: Body) => amount);
          expect(amounts, about).toEqual(wanted.lines);
          compared += 1;
        }
        const numbers = [...found.values()].map(({ number }) => Number(number.slice(-5))).sort((a, b) => a - b);
        expect(new Set(numbers).size).toBe(numbers.length);
      }
    }
    expect(compared).toBeGreaterThan(isFullSize ? 1_000 : 3);
    process.stdout.write(`recomputed invoices: ${compared}\n`);
  },
  isFullSize ? 3_600_000 : 120_000,
);
