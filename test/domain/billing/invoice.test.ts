import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../shared/domain/billing/canonical-json.ts";
import {
  Invoice,
  isIssuable,
  issueInvoice,
  owed,
  payInvoice,
  replaceDraft,
  voidInvoice,
} from "../../../shared/domain/billing/invoice.ts";
import type { LedgerDay } from "../../../shared/domain/billing/ledger-day.ts";
import { DomainError } from "../../../shared/domain/terms/errors.ts";
import {
  codes,
  customer,
  distributor,
  gigabyte,
  gist,
  invoiceOf,
  june,
  ledgerDay,
  ledgerDays,
  otherReseller,
  provider,
  reseller,
  service,
  setting,
  version,
} from "./ledger.ts";

const resellersPrices = version({
  storage: { unit: "GB", measure: "average", price: { unitPrice: "5" } },
  devices: { server: { unitPrice: "1000" } },
  licences: { unitPrice: "150.5" },
});
const otherPrices = version({
  storage: { unit: "GB", measure: "average", price: { unitPrice: "6" } },
  devices: { server: { unitPrice: "1200" } },
  licences: { unitPrice: "200" },
});

describe("a customer created on the 3rd in trial, that converts on the 18th, is moved on the 21st, suspended on the 25th and deleted on the 28th,", () => {
  const lived = (month: string, last: string): LedgerDay[] =>
    ledgerDays({ from: `${month}-03`, to: `${month}-${last}` }, (day) => ({
      createdOn: `${month}-03`,
      trial: day < `${month}-18`,
      sellers: [provider, distributor, day < `${month}-21` ? reseller : otherReseller],
      state: day >= `${month}-28` ? "deleted" : day >= `${month}-25` ? "inactive" : "active",
    }));

  test.each([
    // A day of June is a thirtieth: 500 cents for 100 GB make 50 in three days.
    [
      "2026-06",
      "30",
      [
        ["storage", 50],
        ["server", 100],
        ["licence", 15],
      ],
      [
        ["storage", 80],
        ["server", 160],
        ["licence", 27],
      ],
    ],
    // A leap year's February: 1500 / 29, 3000 / 29, 451.5 / 29; 2400 / 29, 4800 / 29, 800 / 29.
    [
      "2028-02",
      "29",
      [
        ["storage", 52],
        ["server", 103],
        ["licence", 16],
      ],
      [
        ["storage", 83],
        ["server", 166],
        ["licence", 28],
      ],
    ],
    // In October the clocks are put back on the 25th; it has 31 days all the same.
    [
      "2026-10",
      "31",
      [
        ["storage", 48],
        ["server", 97],
        ["licence", 15],
      ],
      [
        ["storage", 77],
        ["server", 155],
        ["licence", 26],
      ],
    ],
  ])("pays in %s for the three days and the four", (month, last, first, second) => {
    const period = { from: `${month}-01`, to: `${month}-${last}` };
    const days = lived(month, last);
    const [mm] = [month.slice(5)];
    const before = invoiceOf(setting([resellersPrices], { period }), days);
    expect(gist(before)).toEqual(first.map(([item, amount]) => [item, `${mm}-18`, `${mm}-20`, 3, amount]));
    expect(before.findings).toEqual([
      { code: "trial", customerId: customer, days: [{ from: `${month}-03`, to: `${month}-17` }], subject: null },
    ]);
    const after = invoiceOf(setting([otherPrices], { period, issuerId: otherReseller }), days);
    expect(gist(after)).toEqual(second.map(([item, amount]) => [item, `${mm}-21`, `${mm}-24`, 4, amount]));
    expect(after.findings).toEqual([]);
    expect([before, after].map(({ lines }) => lines[0]!.daysInMonth)).toEqual([Number(last), Number(last)]);
  });

  test("is on the distributor's invoices to both resellers, at the distributor's prices, each day once", () => {
    const terms = (payerId: string) =>
      setting([version({ devices: { server: { unitPrice: "300" } } })], { issuerId: distributor, payerId });
    const days = lived("2026-06", "30");
    expect(gist(invoiceOf(terms(reseller), days))).toEqual([["server", "06-18", "06-20", 3, 30]]);
    expect(gist(invoiceOf(terms(otherReseller), days))).toEqual([["server", "06-21", "06-24", 4, 40]]);
    expect(gist(invoiceOf({ ...terms(distributor), issuerId: provider }, days))).toEqual([
      ["server", "06-18", "06-24", 7, 70],
    ]);
  });

  test("would be charged until the 24th where its days after the deletion are purged, and nothing would be missing", () => {
    const days = lived("2026-06", "28");
    expect(codes(invoiceOf(setting([otherPrices], { issuerId: otherReseller }), days))).toEqual([]);
    expect(codes(invoiceOf(setting([otherPrices], { issuerId: otherReseller }), days.slice(0, -1)))).toEqual([
      "days_missing",
    ]);
  });
});

describe("a line", () => {
  test("is traced to its days, in runs of equal ones", () => {
    const days = ledgerDays(june, (day) => ({ devices: { server: day < "2026-06-11" ? 2 : 5 } }));
    const { lines } = invoiceOf(setting([version({ devices: { server: { unitPrice: "100" } } })]), days);
    expect(lines).toEqual([
      {
        customerId: customer,
        customerName: "Zahnarzt Müller",
        item: { kind: "device", device: "server" },
        from: "2026-06-01",
        to: "2026-06-30",
        days: 30,
        daysInMonth: 30,
        pricesFrom: "2020-01-01",
        freeUnits: 0,
        parts: [{ over: 0, upTo: null, unitPrice: "100", charged: "120" }],
        runs: [
          { from: "2026-06-01", to: "2026-06-10", value: 2 },
          { from: "2026-06-11", to: "2026-06-30", value: 5 },
        ],
        tax: { kind: "zero", percent: "0" },
        amount: 400,
      },
    ]);
  });

  test("shows the gap of a suspension in its runs, and does not charge for it", () => {
    const days = ledgerDays(june, (day) => ({
      state: day > "2026-06-10" && day < "2026-06-21" ? "inactive" : "active",
    }));
    const { lines } = invoiceOf(setting([version({ licences: { unitPrice: "300" } })]), days);
    expect(lines.map(({ days, amount, runs }) => [days, amount, runs.length])).toEqual([[20, 200, 2]]);
  });

  test("is split where the prices change within the month", () => {
    const later = version({ validFrom: "2026-06-16", devices: { server: { unitPrice: "2000" } } });
    expect(gist(invoiceOf(setting([resellersPrices, later]), ledgerDays(june)))).toEqual([
      ["storage", "06-01", "06-15", 15, 250],
      ["server", "06-01", "06-15", 15, 500],
      ["licence", "06-01", "06-15", 15, 75],
      ["server", "06-16", "06-30", 15, 1000],
    ]);
  });

  test("has the per-day price of the month that its days are in: February and March in one invoice", () => {
    const period = { from: "2026-02-15", to: "2026-03-14" };
    const terms = setting([version({ devices: { server: { unitPrice: "868" } } })], { period });
    expect(gist(invoiceOf(terms, ledgerDays(period)))).toEqual([
      ["server", "02-15", "02-28", 14, 434],
      ["server", "03-01", "03-14", 14, 392],
    ]);
  });

  test("shows what was free, and is none of what there was nothing of", () => {
    const prices = version({ devices: { server: { unitPrice: "100", freeUnits: 1 }, laptop: { unitPrice: "100" } } });
    const { lines } = invoiceOf(setting([prices]), ledgerDays(june));
    expect(lines.map(({ item, amount, parts, freeUnits }) => [item, amount, parts[0]!.charged, freeUnits])).toEqual([
      [{ kind: "device", device: "server" }, 0, "0", 1],
    ]);
  });

  test("counts free devices on each day, not in the mean of the month", () => {
    const days = ledgerDays(june, (day) => ({ devices: { server: day < "2026-06-16" ? 0 : 4 } }));
    const prices = version({ devices: { server: { unitPrice: "100", freeUnits: 2 } } });
    expect(invoiceOf(setting([prices]), days).total).toBe(100);
  });

  test("charges accounts by the code of their plan, whatever it is called", () => {
    const days = ledgerDays(june, () => ({ accounts: { select: 2, trial: 1 } }));
    const prices = version({ accounts: { select: { unitPrice: "100" }, constructor: { unitPrice: "1" } } });
    expect(gist(invoiceOf(setting([prices]), days))).toEqual([["select", "06-01", "06-30", 30, 200]]);
  });
});

describe("storage is charged", () => {
  const days = ledgerDays(june, (day) => ({
    usedBytes: day === "2026-06-30" ? 40 * gigabyte : 10 * gigabyte,
    peakBytes: day === "2026-06-10" ? 90 * gigabyte : 10 * gigabyte,
  }));
  const total = (storage: NonNullable<Parameters<typeof version>[0]["storage"]>, own = days): number =>
    invoiceOf(setting([version({ storage })]), own).total;

  test.each([
    ["average", 1100],
    ["end", 4000],
    ["peak", 9000],
  ] as const)("by %s", (measure, amount) => {
    expect(total({ unit: "GB", measure, price: { unitPrice: "100" } })).toBe(amount);
  });
  test("for the share of the month that is charged, at its own end", () => {
    const until20th = ledgerDays(june, (day) => ({
      state: day > "2026-06-20" ? "inactive" : "active",
      usedBytes: day > "2026-06-19" ? 30 * gigabyte : 0,
    }));
    expect(total({ unit: "GB", measure: "end", price: { unitPrice: "100" } }, until20th)).toBe(2000);
  });
  test("by 2^30 bytes where it is GiB", () => {
    const tebibyte = ledgerDays(june, () => ({ usedBytes: 2 ** 40 }));
    expect(total({ unit: "GiB", measure: "average", price: { unitPrice: "10" } }, tebibyte)).toBe(10_240);
    // 1099.511627776 GB
    expect(total({ unit: "GB", measure: "average", price: { unitPrice: "10" } }, tebibyte)).toBe(10_995);
  });
  test("beyond what is free of the mean", () => {
    expect(total({ unit: "GB", measure: "average", price: { unitPrice: "100", freeUnits: 10 } })).toBe(100);
  });
});

describe("services", () => {
  const own = { id: service, name: "Support", quantity: 3, unitPrice: { amount: 1000, currency: "EUR" } };
  const planned = { ...own, unitPrice: null };
  const prices = version({ services: { Support: { unitPrice: "400" } } });
  test("have their own price at whoever sells to the customer directly", () => {
    expect(
      gist(
        invoiceOf(
          setting([prices]),
          ledgerDays(june, () => ({ services: [own] })),
        ),
      ),
    ).toEqual([["Support", "06-01", "06-30", 30, 3000]]);
  });
  test("have the plan's where they have none of their own", () => {
    expect(
      invoiceOf(
        setting([prices]),
        ledgerDays(june, () => ({ services: [planned] })),
      ).total,
    ).toBe(1200);
  });
  test("have the plan's, and not the price of another seller, above", () => {
    const above = setting([prices], { issuerId: distributor, payerId: reseller });
    const days = ledgerDays(june, () => ({ services: [own] }));
    expect(invoiceOf(above, days).total).toBe(1200);
    expect(canonicalJson(invoiceOf(above, days))).not.toContain("1000");
    expect(codes(invoiceOf(setting([version({})], { issuerId: distributor, payerId: reseller }), days))).toEqual([
      "nothing_charged",
    ]);
  });
  test("of a site are charged to its end-customer, at their own price", () => {
    const days = ledgerDays(june, () => ({
      services: [own],
      level: "site",
      customerId: service,
      sellers: [provider, reseller, customer],
    }));
    expect(invoiceOf(setting([prices]), days).total).toBe(3000);
    expect(invoiceOf(setting([prices], { issuerId: customer, payerId: service }), days).lines).toEqual([]);
  });
  test("that cost another price from some day on have two lines", () => {
    const days = ledgerDays(june, (day) => ({
      services: [day < "2026-06-11" ? own : { ...own, unitPrice: { amount: 2000, currency: "EUR" } }],
    }));
    expect(gist(invoiceOf(setting([prices]), days))).toEqual([
      ["Support", "06-01", "06-10", 10, 1000],
      ["Support", "06-11", "06-30", 20, 4000],
    ]);
  });
  test("can be a discount", () => {
    const days = ledgerDays(june, () => ({
      services: [{ ...own, quantity: 1, unitPrice: { amount: -250, currency: "EUR" } }],
    }));
    expect(invoiceOf(setting([resellersPrices]), days).total).toBe(500 + 1000 + 151 - 250);
  });
  test("can cost more than a price of a plan, and less than nothing", () => {
    const unitPrice = { amount: 123_456_789_012, currency: "EUR" };
    const days = ledgerDays(june, () => ({
      services: [
        { ...own, quantity: 1, unitPrice },
        { ...own, id: service.replace(/.$/, "2"), quantity: 1, unitPrice: { ...unitPrice, amount: -unitPrice.amount } },
      ],
    }));
    const invoice = invoiceOf(setting([prices]), days);
    expect(Invoice.parse(invoice).lines.map(({ amount }) => amount)).toEqual([unitPrice.amount, -unitPrice.amount]);
    expect(invoice.total).toBe(0);
  });
  test("in another currency are named, and block the invoice", () => {
    const days = ledgerDays(june, () => ({ services: [{ ...own, unitPrice: { amount: 1, currency: "CHF" } }] }));
    const invoice = invoiceOf(setting([resellersPrices]), days);
    expect(invoice.findings).toEqual([
      { code: "currency_differs", customerId: customer, days: [june], subject: "Support" },
    ]);
    expect(gist(invoice).map(([item]) => item)).toEqual(["storage", "server", "licence"]);
    expect(isIssuable(invoice.findings)).toBe(false);
  });
});

describe("minimum, discount and tax", () => {
  const server = { devices: { server: { unitPrice: "1000" } } };
  const totals = (changed: Parameters<typeof version>[0], days = ledgerDays(june)) => {
    const { subtotal, discounts, net, taxes, total, lines } = invoiceOf(
      setting([version({ ...server, ...changed })]),
      days,
    );
    return {
      subtotal,
      discount: discounts.map(({ amount }) => amount),
      lines: lines.length,
      net,
      tax: taxes.map(({ amount }) => amount),
      total,
    };
  };
  test("the discount comes first, then the minimum, then the tax", () => {
    expect(totals({ discountPercent: "10", minimum: "950", taxPercent: "19" })).toEqual({
      subtotal: 1000,
      discount: [100],
      lines: 2,
      net: 950,
      tax: [181],
      total: 1131,
    });
  });
  test("a minimum that is reached adds nothing", () => {
    expect(totals({ minimum: "1000" })).toEqual({
      subtotal: 1000,
      discount: [],
      lines: 1,
      net: 1000,
      tax: [0],
      total: 1000,
    });
  });
  test("a minimum counts for the days on which anything is charged", () => {
    const days = ledgerDays(june, (day) => ({ trial: day < "2026-06-16" }));
    expect(totals({ minimum: "3000" }, days).net).toBe(1500);
    expect(
      totals(
        { minimum: "3000" },
        ledgerDays(june, () => ({ trial: true })),
      ).net,
    ).toBe(0);
  });
  test("tax is rounded once for all that has the same rate", () => {
    const two = [...ledgerDays(june), ...ledgerDays(june, () => ({ customerId: service }))];
    const terms = setting([version({ devices: { server: { unitPrice: "50" } }, taxPercent: "1" })], {
      issuerId: distributor,
      payerId: reseller,
    });
    // Half a cent for each of them.
    expect(invoiceOf(terms, two).taxes).toEqual([
      { kind: "standard", percent: "1", reason: null, base: 100, amount: 1 },
    ]);
  });
  test("each rate has its own sum, where it changes within the month", () => {
    const prices = [
      version({ ...server, taxPercent: "16" }),
      version({ ...server, validFrom: "2026-06-16", taxPercent: "19", discountPercent: "50" }),
    ];
    const { taxes, net, total } = invoiceOf(setting(prices), ledgerDays(june));
    expect(taxes.map(({ percent, base, amount }) => [percent, base, amount])).toEqual([
      ["16", 500, 80],
      ["19", 250, 48],
    ]);
    expect([net, total]).toEqual([750, 878]);
  });
  test("an exemption is told with its reason", () => {
    const taxExemption = { kind: "reverse-charge", reason: "VAT is due from the buyer." } as const;
    expect(invoiceOf(setting([version({ ...server, taxExemption })]), ledgerDays(june)).taxes).toEqual([
      { kind: "reverse-charge", percent: "0", reason: "VAT is due from the buyer.", base: 1000, amount: 0 },
    ]);
  });
});

describe("what is found:", () => {
  test("days without a record, named, which block", () => {
    const days = ledgerDays(june).filter(
      ({ day }) => day !== "2026-06-07" && (day < "2026-06-20" || day > "2026-06-22"),
    );
    const invoice = invoiceOf(setting([resellersPrices]), days);
    expect(invoice.findings).toEqual([
      {
        code: "days_missing",
        customerId: customer,
        days: [
          { from: "2026-06-07", to: "2026-06-07" },
          { from: "2026-06-20", to: "2026-06-22" },
        ],
        subject: null,
      },
    ]);
  });
  test("a period that is not over, whose coming days are not missing", () => {
    const invoice = invoiceOf(
      setting([resellersPrices], { closedUntil: "2026-06-10" }),
      ledgerDays({ from: "2026-06-01", to: "2026-06-10" }),
    );
    expect(codes(invoice)).toEqual(["period_not_over"]);
    expect(gist(invoice)[1]).toEqual(["server", "06-01", "06-10", 10, 333]);
    expect(isIssuable(invoice.findings)).toBe(false);
  });
  test("days before the first prices", () => {
    const invoice = invoiceOf(setting([version({ ...resellersPrices, validFrom: "2026-06-03" })]), ledgerDays(june));
    expect(invoice.findings).toEqual([
      { code: "no_prices", customerId: customer, days: [{ from: "2026-06-01", to: "2026-06-02" }], subject: null },
    ]);
  });
  test("a whole month of trial, for which there is no invoice", () => {
    const invoice = invoiceOf(
      setting([resellersPrices]),
      ledgerDays(june, () => ({ trial: true })),
    );
    expect(codes(invoice)).toEqual(["nothing_charged", "trial"]);
    expect(isIssuable(invoice.findings)).toBe(false);
  });
  test("a trial before, which does not block", () => {
    const invoice = invoiceOf(
      setting([resellersPrices]),
      ledgerDays(june, (day) => ({ trial: day < "2026-06-20" })),
    );
    expect(codes(invoice)).toEqual(["trial"]);
    expect(isIssuable(invoice.findings)).toBe(true);
  });
});

describe("the same input", () => {
  const days = ["B", "A", "C"].flatMap((name, at) =>
    ledgerDays(june, (day) => ({
      name: `Customer ${name}`,
      customerId: `${customer.slice(0, -1)}${at}`,
      devices: { server: Number(day.slice(8)) % (at + 2) },
    })),
  );
  const terms = setting([version({ ...resellersPrices, taxPercent: "19" })], {
    issuerId: distributor,
    payerId: reseller,
  });
  test("makes the same bytes, in whatever order its days come", () => {
    const bytes = canonicalJson(invoiceOf(terms, days));
    fc.assert(
      fc.property(fc.shuffledSubarray(days, { minLength: days.length }), (shuffled) => {
        expect(canonicalJson(invoiceOf(terms, shuffled))).toBe(bytes);
      }),
      { numRuns: 20 },
    );
  });
  test("has its customers by name, each with its lines", () => {
    expect([...new Set(invoiceOf(terms, days).lines.map(({ customerName }) => customerName))]).toEqual([
      "Customer A",
      "Customer B",
      "Customer C",
    ]);
  });
  test("is an invoice as it is stored", () => {
    const invoice = invoiceOf(
      terms,
      days.map((day) => ({ ...day, customerId: day.customerId.replace(/.$/, "0") })),
    );
    expect(JSON.parse(canonicalJson(Invoice.parse(invoice)))).toEqual(JSON.parse(canonicalJson(invoice)));
  });
});

describe("properties:", () => {
  const quantity = fc.integer({ min: 0, max: 50 });
  const month = fc.array(
    fc.record({
      server: quantity,
      licences: quantity,
      bytes: fc.integer({ min: 0, max: 10 ** 13 }),
      charged: fc.boolean(),
    }),
    { minLength: 30, maxLength: 30 },
  );
  const price = fc.integer({ min: 0, max: 9_999_999 }).map((value) => String(value / 1000));
  const percent = fc.integer({ min: 0, max: 100 }).map(String);

  test("the lines, less the discounts, with the tax are the total; nothing is charged for days that do not count", () => {
    fc.assert(
      fc.property(
        month,
        price,
        price,
        price,
        percent,
        percent,
        price,
        (values, storage, server, licence, discountPercent, taxPercent, minimum) => {
          const prices = version({
            storage: { unit: "GiB", measure: "average", price: { unitPrice: storage } },
            devices: { server: { unitPrice: server } },
            licences: { unitPrice: licence },
            discountPercent,
            taxPercent,
            minimum,
          });
          const days = values.map((one, at) =>
            ledgerDay(`2026-06-${String(at + 1).padStart(2, "0")}`, {
              devices: { server: one.server },
              licences: one.licences,
              usedBytes: one.bytes,
              trial: !one.charged,
            }),
          );
          const { lines, discounts, taxes, net, total, subtotal } = invoiceOf(setting([prices]), days);
          const sum = (list: readonly { amount: number }[]): number =>
            list.reduce((all, { amount }) => all + amount, 0);
          expect(net).toBe(sum(lines) - sum(discounts));
          expect(total).toBe(net + sum(taxes));
          expect(subtotal).toBe(sum(lines.filter(({ item }) => item.kind !== "minimum")));
          expect(net * 30).toBeGreaterThanOrEqual(
            Math.floor(Number(minimum) * values.filter(({ charged }) => charged).length) - 15,
          );
          // Each line again, by numbers that are told apart from it.
          const counted = values.filter(({ charged }) => charged);
          const servers = counted.reduce((all, one) => all + one.server, 0);
          const line = lines.find(({ item }) => item.kind === "device");
          if (servers === 0) expect(line).toBeUndefined();
          else
            expect(line!.amount).toBe(Math.floor((2 * Math.round(Number(server) * 1000) * servers + 30_000) / 60_000));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a whole month costs its price, however many days it has, and two halves cost it to a unit", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 2, max: 27 }),
        (cents, number, cut) => {
          const from = `2027-${String(number).padStart(2, "0")}-01`;
          const period = { from, to: new Date(Date.UTC(2027, number, 0)).toISOString().slice(0, 10) };
          const terms = setting([version({ licences: { unitPrice: String(cents) } })], { period });
          const days = ledgerDays(period);
          expect(invoiceOf(terms, days).total).toBe(cents);
          const part = (charged: (day: string) => boolean): number =>
            invoiceOf(
              terms,
              ledgerDays(period, (day) => ({ state: charged(day) ? "active" : "inactive" })),
            ).total;
          const first = part((day) => Number(day.slice(8)) < cut);
          const second = part((day) => Number(day.slice(8)) >= cut);
          expect(Math.abs(first + second - cents)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("the states of an invoice:", () => {
  const draft = invoiceOf(setting([version({ ...resellersPrices, taxPercent: "19" })]), ledgerDays(june));
  const issued = issueInvoice(draft, "R-2026-00001", "2026-07-20");
  const refusal = (act: () => unknown): unknown => {
    try {
      act();
    } catch (error) {
      return error instanceof DomainError ? error.code : error;
    }
    return null;
  };
  const note = { id: draft.id.replace(/.$/, "2"), number: "R-2026-00002" };

  test("a draft is issued, with its number and the day on which it is due", () => {
    expect(issued).toEqual({
      ...draft,
      status: "issued",
      number: "R-2026-00001",
      issuedOn: "2026-07-20",
      dueOn: "2026-08-03",
    });
    expect(owed(draft)).toBe(0);
    expect(owed(issued)).toBe(1965);
  });
  test("what was found against it is named", () => {
    const gap = invoiceOf(
      setting([resellersPrices], { closedUntil: "2026-07-01" }),
      ledgerDays({ from: "2026-06-02", to: "2026-06-30" }),
    );
    expect(() => issueInvoice(gap, "R-1", "2026-07-01")).toThrow(
      expect.objectContaining({
        code: "invoice_blocked",
        errors: [{ path: customer, code: "days_missing", message: "2026-06-01" }],
      }),
    );
  });
  test("what was issued never changes", () => {
    expect(replaceDraft(draft, { ...draft, id: note.id }).id).toBe(draft.id);
    for (const invoice of [issued, payInvoice(issued, "2026-08-01"), voidInvoice(issued, note, "2026-08-01").invoice])
      expect(refusal(() => replaceDraft(invoice, draft))).toBe("invoice_issued");
  });
  test("an issued one is paid once", () => {
    const paid = payInvoice(issued, "2026-08-01");
    expect(paid).toEqual({ ...issued, status: "paid", paidOn: "2026-08-01" });
    for (const act of [
      () => payInvoice(paid, "2026-08-02"),
      () => payInvoice(draft, "2026-08-02"),
      () => issueInvoice(issued, "R-2", "2026-08-02"),
    ])
      expect(refusal(act)).toBe("invoice_state");
  });
  test.each([
    ["issued", issued],
    ["paid", payInvoice(issued, "2026-08-01")],
  ])("an %s one is made void by a credit note of the same amounts", (_, invoice) => {
    const { invoice: after, creditNote } = voidInvoice(invoice, note, "2026-08-05");
    expect(after).toEqual({ ...invoice, status: "void", voidedOn: "2026-08-05", creditedBy: note.id });
    expect(creditNote).toMatchObject({
      ...note,
      kind: "credit-note",
      status: "issued",
      issuedOn: "2026-08-05",
      paidOn: null,
      credits: { id: issued.id, number: "R-2026-00001", issuedOn: "2026-07-20" },
      total: issued.total,
      lines: issued.lines,
    });
    expect(owed(after) + owed(creditNote)).toBe(0);
    for (const act of [
      () => voidInvoice(after, note, "2026-08-06"),
      () => voidInvoice(creditNote, note, "2026-08-06"),
      () => voidInvoice(draft, note, "2026-08-06"),
    ])
      expect(refusal(act)).toBe("invoice_state");
  });
});
