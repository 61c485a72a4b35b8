import { canonicalJson } from "./canonical-json.ts";
import type { Invoice, InvoiceLine } from "./invoice.ts";

/** Lines that a document has at most. One of more is nothing that anybody reads, prints or gets by mail: it sums them up. */
export const printedLines = 2_000;

/** An invoice as its documents have it. `lineCount`: how many lines it has; where there are more than `lines`, those are their sums. */
export type PrintedInvoice = Invoice & { lineCount?: number };
export const isSummedUp = ({ lines, lineCount = lines.length }: PrintedInvoice): boolean => lines.length < lineCount;

/** A service is summed up by its name and price, as each customer has its own; everything else by what the price plan says of it. */
function groupOf({ item, pricesFrom, freeUnits, daysInMonth, tax, parts }: InvoiceLine): string {
  const what =
    item.kind === "service" ? { kind: item.kind, name: item.name, price: parts[0]?.unitPrice ?? null } : item;
  return canonicalJson({ what, pricesFrom, freeUnits, daysInMonth, tax });
}

const placeOf = ({ over, upTo, unitPrice }: InvoiceLine["parts"][number]): string => `${over}/${upTo}/${unitPrice}`;

/** Adds what is charged at each price. */
function added(parts: InvoiceLine["parts"], more: InvoiceLine["parts"]): InvoiceLine["parts"] {
  const sums = new Map(parts.map((part) => [placeOf(part), part]));
  for (const part of more) {
    const known = sums.get(placeOf(part));
    const charged = BigInt(known?.charged ?? 0) + BigInt(part.charged);
    sums.set(placeOf(part), { ...part, charged: charged.toString() });
  }
  return [...sums.values()].sort((one, other) => one.over - other.over);
}

/** Sums up lines by what they charge for, in the order in which it first comes; only the sums are in memory. */
export interface LineSums {
  add(lines: readonly InvoiceLine[]): void;
  /** Lines of the payer as a whole. Quantities are the means of the month, amounts the sums of the rounded ones. */
  lines(): InvoiceLine[];
}
export function sumLines(): LineSums {
  const sums = new Map<string, InvoiceLine>();
  const slot = (line: InvoiceLine): { group: string; line: InvoiceLine } => {
    const group = groupOf(line);
    if (line.item.kind !== "service" || sums.has(group) || sums.size < printedLines) return { group, line };
    // Each customer may have services that no other has: those that are too many stand together.
    const other = { ...line, item: { ...line.item, name: "…" }, parts: [] };
    return { group: groupOf(other), line: other };
  };
  return {
    add(lines) {
      for (const one of lines) {
        const { group, line } = slot(one);
        const known = sums.get(group);
        sums.set(group, {
          ...line,
          customerId: null,
          customerName: null,
          from: known && known.from < line.from ? known.from : line.from,
          to: known && known.to > line.to ? known.to : line.to,
          days: line.daysInMonth,
          // They were free for each customer.
          freeUnits: 0,
          parts: added(known?.parts ?? [], line.parts),
          runs: [],
          amount: (known?.amount ?? 0) + line.amount,
        });
      }
    },
    lines: () => [...sums.values()],
  };
}
