import pMap from "p-map";
import { type InvoiceSetting, type InvoiceTotals, sumInvoice } from "../../domain/billing/draft-invoice.ts";
import { type CustomerCharges, customerCharges, type InvoiceTerms } from "../../domain/billing/invoice-lines.ts";
import { standingDays } from "../../domain/billing/ledger-day.ts";
import { monthOf } from "../../domain/billing/days.ts";
import { keptFindings } from "../../domain/billing/invoice-head.ts";
import { type InvoiceLine, replaceDraft } from "../../domain/billing/invoice.ts";
import type { Database } from "../table/database.ts";
import { soldPartition } from "../table/keys.ts";
import { readLedger } from "../usage/ledger.ts";
import type { StoredInvoice } from "./heads.ts";
import { type LinePage, lineWriter } from "./lines.ts";

/** Customers whose ledgers are read side by side, and how many of them are in memory at once. */
const sideBySide = 16;
const atOnce = 64;

const before = (one: string, other: string): number => (one < other ? -1 : 1);

/** Who was sold to a payer, or below it, in a month: by name, then by id. What stays in memory of each is its name. */
async function soldTo(db: Database, payerId: string, month: string): Promise<string[]> {
  const found: { id: string; name: string }[] = [];
  let after: string | undefined;
  do {
    const { items, last } = await db.query({ pk: soldPartition(payerId, month), after, limit: 1_000 });
    for (const { sk, name } of items) found.push({ id: String(sk), name: String(name) });
    after = last?.sk;
  } while (after !== undefined);
  return found
    .sort((one, other) => (one.name === other.name ? before(one.id, other.id) : before(one.name, other.name)))
    .map(({ id }) => id);
}

/**
 * What a payer is charged for a month, customer by customer, from the ledger alone. Few customers are in memory at a time, however many there are.
 * @param open a fresh view of the table
 */
export async function* chargesOf(open: () => Database, terms: InvoiceTerms): AsyncGenerator<CustomerCharges> {
  const { payerId, period } = terms;
  const ids = await soldTo(open(), payerId, monthOf(period.from));
  for (let start = 0; start < ids.length; start += atOnce) {
    const db = open();
    yield* await pMap(
      ids.slice(start, start + atOnce),
      async (customerId) => {
        const days = standingDays(await readLedger(db, customerId, period), period);
        return customerCharges(terms, { customerId, createdOn: days[0]?.createdOn ?? period.to, days });
      },
      { concurrency: sideBySide },
    );
  }
}

/** An invoice that was made, with its lines in the table. */
export interface Made {
  totals: InvoiceTotals;
  pages: LinePage[];
  lineCount: number;
}

/** Makes an invoice from the ledger, and keeps its lines: made twice from the same ledger they are the same. */
export async function makeInvoice(open: () => Database, setting: InvoiceSetting): Promise<Made> {
  const { issuerId, payerId, period } = setting;
  const writer = lineWriter(open(), { issuerId, payerId, month: monthOf(period.from) });
  const sum = sumInvoice(setting);
  for await (const charges of chargesOf(open, setting)) {
    sum.add(charges);
    await writer.add(charges.lines);
  }
  const { totals, closing } = sum.end();
  await writer.add(closing);
  const pages = await writer.end();
  return { totals, pages, lineCount: pages.reduce((count, { lines }) => count + lines, 0) };
}

/** An invoice as it would be now, with so many of its lines; nothing is kept. */
export async function sketchInvoice(
  open: () => Database,
  setting: InvoiceSetting,
  linesAtMost: number,
): Promise<{ totals: InvoiceTotals; lines: InvoiceLine[]; lineCount: number }> {
  const sum = sumInvoice(setting);
  const lines: InvoiceLine[] = [];
  let lineCount = 0;
  const take = (more: readonly InvoiceLine[]): void => {
    lineCount += more.length;
    lines.push(...more.slice(0, linesAtMost - lines.length));
  };
  for await (const charges of chargesOf(open, setting)) {
    sum.add(charges);
    take(charges.lines);
  }
  const { totals, closing } = sum.end();
  take(closing);
  return { totals, lines, lineCount };
}

/** The draft that follows from what was made: a new one, or the next state of the one that there is. */
export function draftOf(
  { totals, pages, lineCount }: Made,
  payerName: string,
  before: StoredInvoice | null,
  nth: number,
  now: number,
): StoredInvoice {
  const at = new Date(now).toISOString();
  const draft: StoredInvoice = {
    ...totals,
    findings: keptFindings(totals.findings),
    findingCount: totals.findings.length,
    payerName,
    lineCount,
    pages,
    nth,
    voidReason: null,
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
  if (before === null) return draft;
  return { ...replaceDraft(before, draft), version: before.version + 1, createdAt: before.createdAt };
}
