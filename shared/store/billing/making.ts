import { createHash } from "node:crypto";
import pMap from "p-map";
import * as z from "zod";
import { type InvoiceSetting, type InvoiceTotals, sumInvoice, SumState } from "../../domain/billing/draft-invoice.ts";
import { type CustomerCharges, customerCharges, type InvoiceTerms } from "../../domain/billing/invoice-lines.ts";
import { standingDays } from "../../domain/billing/ledger-day.ts";
import { monthOf } from "../../domain/billing/days.ts";
import { canonicalJson } from "../../domain/billing/canonical-json.ts";
import { type InvoiceLine, replaceDraft } from "../../domain/billing/invoice.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import type { Database } from "../table/database.ts";
import { soldPartition } from "../table/keys.ts";
import { readLedger } from "../usage/ledger.ts";
import type { StoredInvoice } from "./heads.ts";
import { LinePage, lineWriter } from "./lines.ts";

/** Customers whose ledgers are read side by side, and how many of them are in memory at once. */
const sideBySide = 16;
const atOnce = 64;
/** Customers after which a page of lines ends, and after which the making of an invoice can be put off. */
const stretch = 1_000;
/** Customers that a preview reads at most: somebody waits for it. */
const previewedAtMost = 2_000;

/** A customer by its place on the invoice: by name, then by id. */
const Sold = z.object({ name: z.string(), id: z.string() });
type Sold = z.infer<typeof Sold>;
const before = (one: string, other: string): number => (one < other ? -1 : 1);
const byPlace = (one: Sold, other: Sold): number =>
  one.name === other.name ? (one.id === other.id ? 0 : before(one.id, other.id)) : before(one.name, other.name);

/**
 * Who was sold to a payer, or below it, in a month, in the order of the invoice. What stays in memory of each is its name.
 * @throws DomainError too_many where these are more than `atMost`
 */
async function soldTo(
  db: Database,
  { payerId, period }: InvoiceTerms,
  atMost = Number.POSITIVE_INFINITY,
): Promise<Sold[]> {
  const month = monthOf(period.from);
  const found: Sold[] = [];
  let after: string | undefined;
  do {
    const { items, last } = await db.query({ pk: soldPartition(payerId, month), after, limit: 1_000 });
    for (const { sk, name } of items) found.push({ id: String(sk), name: String(name) });
    if (found.length > atMost)
      throw new DomainError(
        "too_many",
        `More than ${atMost} customers were sold to it in ${month}, too many to wait for. Once the month is over, order a draft: POST /v1/invoice-runs.`,
      );
    after = last?.sk;
  } while (after !== undefined);
  return found.sort(byPlace);
}

/** Whether anything was sold to a payer, or below it, in a month. */
export async function hasSold(db: Database, payerId: string, month: string): Promise<boolean> {
  const { items } = await db.query({ pk: soldPartition(payerId, month), limit: 1 });
  return items.length > 0;
}

/**
 * What a payer is charged for a month, customer by customer, from the ledger alone. Few customers are in memory at a time, however many there are.
 * @param open a fresh view of the table
 */
async function* chargesOf(
  open: () => Database,
  terms: InvoiceTerms,
  customers: readonly Sold[],
): AsyncGenerator<CustomerCharges> {
  const { period } = terms;
  for (let start = 0; start < customers.length; start += atOnce) {
    const db = open();
    yield* await pMap(
      customers.slice(start, start + atOnce),
      async ({ id: customerId }) => {
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
  findingCount: number;
  pages: LinePage[];
  lineCount: number;
}
/** How far the making of an invoice is. It holds for the prices and settings that it was begun with, by their hash. */
export const Making = z.object({ basis: z.string(), after: Sold, pages: z.array(LinePage), sum: SumState });
export type Making = z.infer<typeof Making>;

/** What an invoice follows from beside the ledger, by its hash: whoever goes on with it must have the same. */
const basisOf = (setting: InvoiceSetting): string => {
  const { closedUntil, period } = setting;
  const text = canonicalJson({ ...setting, id: null, closedUntil: closedUntil < period.to ? closedUntil : period.to });
  return createHash("sha256").update(text).digest("base64url").slice(0, 32);
};

/**
 * Makes an invoice from the ledger, and keeps its lines: made twice from the same ledger they are the same, also where it was made in several turns.
 * @param turn how far it is already, and when to put off the rest
 * @returns the invoice, or how far it is now
 */
export async function makeInvoice(
  open: () => Database,
  setting: InvoiceSetting,
  turn: { begun: Making | null; until: number; clock: () => number },
): Promise<{ made: Made } | { making: Making }> {
  const { issuerId, payerId, period } = setting;
  const basis = basisOf(setting);
  const begun = turn.begun?.basis === basis ? turn.begun : null;
  const writer = lineWriter(open(), { issuerId, payerId, month: monthOf(period.from) }, begun?.pages);
  const sum = sumInvoice(setting, begun?.sum);
  const sold = await soldTo(open(), setting);
  const rest = begun === null ? sold : sold.filter((one) => byPlace(one, begun.after) > 0);
  for (let start = 0; start < rest.length; start += stretch) {
    const some = rest.slice(start, start + stretch);
    for await (const charges of chargesOf(open, setting, some)) {
      sum.add(charges);
      await writer.add(charges.lines);
    }
    const [pages, after] = [await writer.end(), some.at(-1)];
    if (after && start + stretch < rest.length && turn.clock() >= turn.until)
      return { making: { basis, after, pages, sum: sum.state() } };
  }
  const { closing, ...ended } = sum.end();
  await writer.add(closing);
  const pages = await writer.end();
  return { made: { ...ended, pages, lineCount: pages.reduce((count, { lines }) => count + lines, 0) } };
}

/** An invoice as it would be now, with so many of its lines; nothing is kept. @throws DomainError too_many */
export async function sketchInvoice(
  open: () => Database,
  setting: InvoiceSetting,
  linesAtMost: number,
): Promise<{ totals: InvoiceTotals; findingCount: number; lines: InvoiceLine[]; lineCount: number }> {
  const sum = sumInvoice(setting);
  const lines: InvoiceLine[] = [];
  let lineCount = 0;
  const take = (more: readonly InvoiceLine[]): void => {
    lineCount += more.length;
    lines.push(...more.slice(0, linesAtMost - lines.length));
  };
  const sold = await soldTo(open(), setting, previewedAtMost);
  for await (const charges of chargesOf(open, setting, sold)) {
    sum.add(charges);
    take(charges.lines);
  }
  const { closing, ...ended } = sum.end();
  take(closing);
  return { ...ended, lines, lineCount };
}

/** The draft that follows from what was made: a new one, or the next state of the one that there is. */
export function draftOf(
  { totals, findingCount, pages, lineCount }: Made,
  payerName: string,
  before: StoredInvoice | null,
  nth: number,
  now: number,
): StoredInvoice {
  const at = new Date(now).toISOString();
  const draft: StoredInvoice = {
    ...totals,
    findingCount,
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
