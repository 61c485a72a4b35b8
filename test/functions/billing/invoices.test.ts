import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import type { Reply } from "../../support/api.ts";
import { changesOf, openTableStream } from "../../fleet/table-stream.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];
const dayMs = 86_400_000;
const gigabyte = 1_000_000_000;

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
});
afterAll(() => stream.close());

const goTo = (at: string): void => fleet.advance(Date.parse(at) - fleet.now());
const rollUp = async (): Promise<void> => {
  for (const kind of ["device", "customer"] as const) {
    const Records = changesOf(kind, await stream.next());
    if (Records.length > 0) await fleet.invoke("functions/stream/roll-up.ts", { Records });
  }
};
const sweepLedger = (): Promise<unknown> => fleet.invoke("functions/schedule/sweep-ledger.ts", {});
const sweepInvoices = (): Promise<Body> => fleet.invoke("functions/schedule/sweep-invoices.ts", {}) as Promise<Body>;
/** Writes all nights that are due: after months of silence a night writes twenty days. */
async function nights(): Promise<void> {
  await rollUp();
  for (let turn = 0; turn < 60; turn += 1) {
    const { nights: swept } = (await sweepLedger()) as { nights: { done: number } };
    if (swept.done === 0) return;
  }
}
const uses = async (device: Enrolled, usedBytes: number): Promise<void> => {
  await fleet.ok("reportUsage", { body: { usedBytes, measuredAt: fleet.at() } }, { token: device.token });
  await rollUp();
};

const party = (name: string) => ({ name, address: "Kai 1", postcode: "20457", city: "Hamburg", country: "DE" });
const at = (id: string) => ({ params: { id } });
interface Seller {
  id: string;
  token: string;
}
const asSeller = ({ token }: Seller) => ({ token });
/** A seller with a key, with what its invoices say, and one price plan. */
async function seller(id: string, prices: object, issue = "automatic"): Promise<Seller & { planId: string }> {
  const { token } = await fleet.ok("createApiKey", { body: { customerId: id, role: "admin", name: "Books" } });
  const who = { id, token };
  const details = { ...party(`Seller ${id.slice(-4)}`), vatId: "DE123456789", email: "books@example.com" };
  await fleet.ok("putInvoiceIssuer", { body: { seller: details, numbers: { prefix: "RE" }, issue } }, asSeller(who));
  const version = { validFrom: "2020-01-01", taxPercent: "19", ...prices };
  const plan = await fleet.ok(
    "createPricePlan",
    { body: { name: "Standard", currency: "EUR", versions: [version] } },
    asSeller(who),
  );
  return { ...who, planId: plan.id };
}
const configure = (who: Seller & { planId: string }, payerId: string, more: object = {}): Promise<Body> =>
  fleet.ok(
    "putInvoiceConfig",
    {
      ...at(payerId),
      body: {
        enabled: true,
        pricePlanId: who.planId,
        dayOfMonth: 1,
        recipient: "books@customer.example",
        language: "de",
        paymentTermsDays: 14,
        buyer: party("Gasthof Post"),
        ...more,
      },
    },
    asSeller(who),
  );
const list = async (who: Seller, month: string, more: object = {}): Promise<Body[]> =>
  (await fleet.ok("listInvoices", { query: { from: month, to: month, ...more } }, asSeller(who))).items;
const linesOf = async (who: Seller, id: string): Promise<Body[]> =>
  (await fleet.ok("listInvoiceLines", at(id), asSeller(who))).items;
const gist = (lines: readonly Body[]) =>
  lines.map(({ item, from, to, days, amount }) => [
    item.device ?? item.kind,
    `${from.slice(5)}..${to.slice(5)}`,
    days,
    amount,
  ]);

const story = { timeout: 300_000 };
describe.each([
  ["February of a leap year", "2028-02", "2028-03-01T13:30:00Z", [52, 103, 16], [83, 166, 28], [31, 41]],
  ["June", "2028-06", "2028-07-01T13:30:00Z", [50, 100, 15], [80, 160, 27], [30, 40]],
  [
    "a month in which the clocks are put back",
    "2028-10",
    "2028-11-01T13:30:00Z",
    [48, 97, 15],
    [77, 155, 26],
    [29, 39],
  ],
])("in %s", (_, month, after, first, second, wholesale) => {
  test(
    "a customer that converts, is moved, suspended and deleted is on the invoices of both resellers, each day once",
    story,
    async () => {
      goTo(`${month}-01T12:00:00Z`);
      await nights();
      const [one, other] = await Promise.all([1, 2].map(() => fleet.create(fleet.provider.id, { level: "reseller" })));
      const sellers = await Promise.all([
        seller(one!.id, {
          storage: { unit: "GB", measure: "average", price: { unitPrice: "5" } },
          devices: { server: { unitPrice: "1000" } },
          licences: { unitPrice: "150.5" },
        }),
        seller(other!.id, {
          storage: { unit: "GB", measure: "average", price: { unitPrice: "6" } },
          devices: { server: { unitPrice: "1200" } },
          licences: { unitPrice: "200" },
        }),
        seller(fleet.provider.id, { devices: { server: { unitPrice: "300" } } }),
      ]);
      const [r1, r2, provider] = sellers;
      for (const { id } of [one!, other!]) await configure(provider!, id);
      const at12 = async (day: number): Promise<void> => {
        while (Date.parse(`${month}-${String(day).padStart(2, "0")}T12:00:00Z`) > fleet.now()) {
          fleet.advance(dayMs);
          await nights();
        }
      };
      await at12(3);
      const customer = await fleet.create(one!.id, {
        inTrial: true,
        autoAuthorize: true,
        timezone: "Europe/Berlin",
      });
      const device = await fleet.device(customer.id, { kind: "server" });
      // A device takes a licence with its first backup.
      expect((await fleet.backup(device)).body.reasons).toEqual([]);
      await uses(device, 100 * gigabyte);
      await configure(r1!, customer.id);
      await at12(10);
      const trial = await fleet.ok("previewInvoice", { ...at(customer.id), query: { month } }, asSeller(r1!));
      expect(trial.lines).toEqual([]);
      expect(trial.findings.map(({ code }: Body) => code)).toEqual(["period_not_over", "nothing_charged", "trial"]);
      await at12(18);
      await fleet.ok("endTrial", at(customer.id));
      await at12(21);
      await fleet.ok("moveCustomer", { ...at(customer.id), body: { parentId: other!.id } });
      await configure(r2!, customer.id);
      await at12(25);
      await fleet.ok("deactivateCustomer", at(customer.id));
      await at12(28);
      const { name } = await fleet.get(customer.id);
      await fleet.ok("deleteCustomer", { ...at(customer.id), query: { confirm: name } });
      goTo(after);
      await nights();
      for (let turn = 0; turn < 4; turn += 1) await sweepInvoices();

      const invoiceOf = async (who: Seller, payerId: string): Promise<Body> => {
        const found = await list(who, month, { payerId });
        expect(found.map(({ status }) => status)).toEqual(["issued"]);
        return found[0];
      };
      const [sold, soldOn] = [await invoiceOf(r1!, customer.id), await invoiceOf(r2!, customer.id)];
      const items = ["storage", "server", "licence"];
      const expected = (days: string, count: number, amounts: readonly number[]) =>
        amounts.map((amount, nth) => [items[nth], days, count, amount]);
      const mm = month.slice(5);
      expect(gist(await linesOf(r1!, sold.id))).toEqual(expected(`${mm}-18..${mm}-20`, 3, first));
      expect(gist(await linesOf(r2!, soldOn.id))).toEqual(expected(`${mm}-21..${mm}-24`, 4, second));
      expect(sold.findings).toEqual([
        { code: "trial", customerId: customer.id, days: [{ from: `${month}-03`, to: `${month}-17` }], subject: null },
      ]);
      const net = first.reduce((sum, amount) => sum + amount, 0);
      expect([sold.net, sold.total]).toEqual([net, net + Math.round(net * 0.19)]);
      // What the resellers pay themselves is another matter, at other prices.
      const [to1, to2] = [await invoiceOf(provider!, one!.id), await invoiceOf(provider!, other!.id)];
      expect(gist(await linesOf(provider!, to1.id))).toEqual([["server", `${mm}-18..${mm}-20`, 3, wholesale[0]]]);
      expect(gist(await linesOf(provider!, to2.id))).toEqual([["server", `${mm}-21..${mm}-24`, 4, wholesale[1]]]);
      // They have got their own, and see nobody else's.
      expect((await list(r1!, month, { received: "true" })).map(({ id }) => id)).toEqual([to1.id]);
      expectRefusal(await fleet.call("getInvoice", at(to2.id), asSeller(r1!)), 404, "not_found");
      expectRefusal(await fleet.call("getInvoice", at(sold.id), asSeller(provider!)), 404, "not_found");
      // The removal for good, and another run, change nothing.
      const before = await linesOf(r1!, sold.id);
      fleet.advance(40 * dayMs);
      await fleet.invoke("functions/schedule/sweep-purges.ts", {});
      await fleet.ok("runInvoices", { body: { month } }, asSeller(r1!));
      await sweepInvoices();
      expect(await list(r1!, month)).toEqual([sold]);
      expect(await linesOf(r1!, sold.id)).toEqual(before);
      // Whoever is gone for good is not looked for every month from then on; the others are.
      expect((await fleet.call("getCustomer", at(customer.id))).status).toBe(404);
      fleet.advance(100 * dayMs);
      await nights();
      for (let turn = 0; turn < 6; turn += 1) await sweepInvoices();
      const nextRuns = async (who: Seller): Promise<Body[]> =>
        (await fleet.ok("listInvoiceConfigs", {}, asSeller(who))).items.filter(({ enabled }: Body) => enabled);
      expect((await nextRuns(r2!)).map(({ customerId, nextRunAt }) => [customerId, nextRunAt])).toEqual([
        [customer.id, null],
      ]);
      expect(
        (await nextRuns(provider!))
          .filter(({ customerId }) => [one!.id, other!.id].includes(customerId))
          .map(({ nextRunAt }) => Date.parse(nextRunAt) > fleet.now()),
      ).toEqual([true, true]);
    },
  );
});
