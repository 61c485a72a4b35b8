import type { Invoice, InvoiceLine } from "../domain/billing/invoice.ts";
import { type Cell, csvLine } from "../domain/reports/csv.ts";

/** Columns of the CSV file of an invoice. Amounts and prices are in minor units of the currency; what is charged, in bytes or pieces, times days. */
export const invoiceColumns = [
  "row",
  "invoice",
  "number",
  "currency",
  "customer_id",
  "customer",
  "item",
  "subject",
  "from",
  "to",
  "days",
  "days_in_month",
  "unit",
  "free_units",
  "tier_over",
  "tier_up_to",
  "unit_price",
  "charged",
  "percent",
  "base",
  "amount",
] as const;
type Column = (typeof invoiceColumns)[number];

/**
 * An invoice as CSV: a row for each line, each of its tiers, each discount and each tax, and one for net and total. The amounts of the rows `line`,
 * less those of `discount`, are `net`; with those of `tax` they are `total`. Amounts of tiers are those of their line.
 */
export function* invoiceCsv(invoice: Invoice): Generator<string> {
  const { id, number, currency, lines, discounts, taxes, net, total } = invoice;
  const row = (kind: string, cells: Partial<Record<Column, Cell>>): string => {
    const all: Partial<Record<Column, Cell>> = { row: kind, invoice: id, number, currency, ...cells };
    return csvLine(invoiceColumns.map((column) => all[column] ?? null));
  };
  yield csvLine([...invoiceColumns]);
  for (const line of lines) {
    yield row("line", lineCells(line));
    const { amount: _, ...cells } = lineCells(line);
    if (line.parts.length > 1)
      for (const { over, upTo, unitPrice, charged } of line.parts)
        yield row("tier", { ...cells, tier_over: over, tier_up_to: upTo, unit_price: unitPrice, charged });
  }
  for (const { month, percent, base, amount } of discounts)
    yield row("discount", { from: month, percent, base, amount });
  yield row("net", { amount: net });
  for (const { kind, percent, base, amount } of taxes) yield row("tax", { subject: kind, percent, base, amount });
  yield row("total", { amount: total });
}

function lineCells(line: InvoiceLine): Partial<Record<Column, Cell>> {
  const { item, parts, customerId, customerName, from, to, days, daysInMonth, freeUnits, amount } = line;
  const [first] = parts;
  return {
    customer_id: customerId,
    customer: customerName,
    item: item.kind,
    subject: subjectOf(item),
    from,
    to,
    days,
    days_in_month: daysInMonth,
    unit: item.kind === "storage" ? item.unit : null,
    free_units: freeUnits,
    // A negative whole price is a number, so that no apostrophe guards it.
    unit_price:
      first && parts.length === 1
        ? first.unitPrice.startsWith("-")
          ? Number(first.unitPrice)
          : first.unitPrice
        : null,
    charged: parts.reduce((sum, part) => sum + BigInt(part.charged), 0n).toString(),
    amount,
  };
}

function subjectOf(item: InvoiceLine["item"]): string | null {
  switch (item.kind) {
    case "storage":
      return item.measure;
    case "device":
      return item.device;
    case "account":
      return item.plan;
    case "service":
      return item.name;
    case "licence":
    case "minimum":
      return null;
  }
}
