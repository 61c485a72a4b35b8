import { describe, expect, test } from "vitest";
import {
  InvoiceConfigInput,
  issueDay,
  IssuerConfigInput,
  nextNumber,
  type NumberCounter,
} from "../../../shared/domain/billing/invoice-config.ts";
import { setting } from "./ledger.ts";

describe("numbers of invoices", () => {
  test("follow each other without a gap, and begin anew with the year", () => {
    let counter: NumberCounter | null = null;
    const numbers: string[] = [];
    for (const day of ["2026-11-30", "2026-12-31", "2026-12-31", "2027-01-01", "2027-01-02"]) {
      const next = nextNumber({ prefix: "RE" }, counter, day);
      counter = next.counter;
      numbers.push(next.number);
    }
    expect(numbers).toEqual(["RE-2026-00001", "RE-2026-00002", "RE-2026-00003", "RE-2027-00001", "RE-2027-00002"]);
  });
  test("of an earlier year are refused once a later one has begun", () => {
    expect(() => nextNumber({ prefix: "RE" }, { year: 2027, last: 1 }, "2026-12-31")).toThrow(
      expect.objectContaining({ code: "number_out_of_order" }),
    );
  });
  test("go on beyond five digits", () => {
    expect(nextNumber({ prefix: "A" }, { year: 2026, last: 99_999 }, "2026-05-01").number).toBe("A-2026-100000");
  });
});

test.each([
  [31, "2028-02", "2028-02-29"],
  [31, "2026-04", "2026-04-30"],
  [1, "2026-04", "2026-04-01"],
])("an invoice of the %ith comes in %s on %s", (dayOfMonth, month, day) => {
  expect(issueDay({ dayOfMonth }, month)).toBe(day);
});

describe("a configuration", () => {
  const { seller, config, plan } = setting([]);
  const payer = { ...config, enabled: true, pricePlanId: plan.id, dayOfMonth: 3 };
  const bank = { iban: "de89 3704 0044 0532 0130 00" };
  test("is read", () => {
    expect(InvoiceConfigInput.parse(payer)).toEqual(payer);
    expect(
      IssuerConfigInput.parse({ seller: { ...seller, vatId: "de123456789", bank }, numbers: { prefix: "R" } }).seller,
    ).toEqual({
      ...seller,
      bank: { iban: "DE89370400440532013000" },
    });
  });
  test.each([
    ["a day that no month has", { ...payer, dayOfMonth: 32 }],
    ["a language that there is no invoice in", { ...payer, language: "fr" }],
    ["a buyer without an address", { ...payer, buyer: { ...config.buyer, address: "" } }],
    ["a VAT id without a country", { ...payer, buyer: { ...config.buyer, vatId: "123456789" } }],
    ["a country that there is not", { ...payer, buyer: { ...config.buyer, country: "XX" } }],
    ["a field that is unknown", { ...payer, price: 1 }],
  ])("with %s is not", (_, wrong) => {
    expect(InvoiceConfigInput.safeParse(wrong).success).toBe(false);
  });
  test("with a mistyped IBAN is not", () => {
    expect(
      IssuerConfigInput.safeParse({
        seller: { ...seller, bank: { iban: "DE89370400440532013001" } },
        numbers: { prefix: "R" },
      }).success,
    ).toBe(false);
  });
});
