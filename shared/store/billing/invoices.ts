import { addDays, monthOf } from "../../domain/billing/days.ts";
import type { InvoiceSetting } from "../../domain/billing/draft-invoice.ts";
import type { PrintedInvoice } from "../../domain/billing/condense.ts";
import type { Invoice, InvoiceLine } from "../../domain/billing/invoice.ts";
import { closedDay } from "../../domain/billing/night.ts";
import { periodOfMonth } from "../../domain/billing/run.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { invoicesOf, invoicesPartition, receivedPartition } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import type { Write } from "../table/writes.ts";
import { readIssuer, readPayer, readPricePlan } from "./books.ts";
import { readInvoiceFile } from "./files.ts";
import { linesPlaceOf, placeOfInvoice, readInvoice, saveInvoice, type StoredInvoice } from "./heads.ts";
import { deliverNow, issuing, voiding } from "./issuing.ts";
import { readLinePage } from "./lines.ts";
import { sketchInvoice } from "./making.ts";
import { orderPut, runPut } from "./orders.ts";
import { findInvoice, printedInvoice, wholeInvoice } from "./reading.ts";

/** Which invoices are looked for. */
export interface InvoiceFilter {
  /** Those that the caller's customer has got, rather than those that it issues. */
  received: boolean;
  /** Months, both included. */
  from: string;
  to: string;
  payerId: string | null;
  status: StoredInvoice["status"] | null;
}
/** Where a list of invoices goes on. */
export interface InvoicePosition {
  month: string;
  after: string | null;
}

/** Items that one answer looks at, however few of them it is asked for. */
const seenAtMost = 1_000;
/** Invoices that totals are made of at most. */
export const totalledAtMost = 5_000;
/** Lines that a preview shows. */
export const previewLines = 500;

/** The invoices that the caller's own customer issues, and those that it has got. Nobody else sees either. */
export const invoiceStore = (context: StoreContext) => {
  const { db, caller } = context;
  const open = () => db.fresh();
  const issuerId = caller.scopeId;
  const monthBeforeThat = (month: string): string => monthOf(addDays(`${month}-01`, -1));

  /** @throws DomainError not_found */
  const load = async (id: string, live: boolean): Promise<{ invoice: StoredInvoice; chain: Chain }> => {
    const [invoice, chain] = await Promise.all([
      findInvoice(db, id),
      (live ? loadLiveChain : loadChain)(context, caller.scopeId),
    ]);
    const isOwn = invoice?.issuerId === issuerId;
    const isReceived = invoice?.payerId === issuerId && invoice.status !== "draft";
    if (!invoice || (!isOwn && !isReceived)) throw notFound("invoice");
    return { invoice, chain };
  };

  const matches = ({ status, payerId }: InvoiceFilter, invoice: StoredInvoice): boolean =>
    (status === null || invoice.status === status) && (payerId === null || invoice.payerId === payerId);

  /** A page of what is stored, newest month first, and where the next one begins. */
  async function read(
    filter: InvoiceFilter,
    { month, after }: InvoicePosition,
    limit: number,
  ): Promise<{ invoices: StoredInvoice[]; next: InvoicePosition | null }> {
    const { received, from, payerId } = filter;
    if (received) {
      const { items } = await db.query({
        pk: receivedPartition(issuerId),
        from: `${from}#`,
        until: `${month}#~`,
        after: after ?? undefined,
        newestFirst: true,
        limit: limit + 1,
      });
      const shown = items.slice(0, limit);
      const stored = await db.getAll(shown.flatMap((item) => placeOfInvoice(item) ?? []));
      return {
        invoices: stored.flatMap((item) => (item ? [readInvoice(item)] : [])),
        next: items.length > limit ? { month, after: String(shown.at(-1)?.["sk"]) } : null,
      };
    }
    const page = await db.query({
      pk: invoicesPartition(issuerId, month),
      ...(payerId !== null && { prefix: invoicesOf(payerId) }),
      after: after ?? undefined,
      limit: limit + 1,
    });
    const shown: Item[] = page.items.slice(0, limit);
    const earlier = monthBeforeThat(month);
    const next =
      page.items.length > limit
        ? { month, after: String(shown.at(-1)?.["sk"]) }
        : earlier >= from
          ? { month: earlier, after: null }
          : null;
    return { invoices: shown.map(readInvoice), next };
  }

  /** @throws DomainError not_applicable where the seller has not said who it is */
  const issuer = async () => {
    const found = await readIssuer(db, issuerId);
    if (!found)
      throw new DomainError(
        "not_applicable",
        "Say first who issues your invoices, and how they are numbered: PUT /v1/invoice-issuer.",
      );
    return found;
  };
  const mailFor = async (payerId: string): Promise<boolean> =>
    (await readPayer(db, issuerId, payerId))?.sendMail ?? true;

  return {
    /** An invoice that the caller's customer issues or has got. @throws DomainError not_found */
    load: async (id: string): Promise<StoredInvoice> => (await load(id, false)).invoice,
    /** One that it issues, for a change. @throws DomainError not_found | forbidden | customer_deleted */
    async loadForChange(id: string): Promise<{ invoice: StoredInvoice; chain: Chain }> {
      const found = await load(id, true);
      if (found.invoice.issuerId !== issuerId)
        throw new DomainError("forbidden", "An invoice is changed by whoever issues it.");
      return found;
    },

    /** A page of invoices, those of the newest month first. @param at null: from the beginning */
    async list(
      filter: InvoiceFilter,
      limit: number,
      at: InvoicePosition | null,
    ): Promise<{ invoices: StoredInvoice[]; next: InvoicePosition | null }> {
      await loadChain(context, caller.scopeId);
      const found: StoredInvoice[] = [];
      let next: InvoicePosition | null = at ?? { month: filter.to, after: null };
      for (let seen = 0; next !== null && found.length < limit && seen < seenAtMost;) {
        const page = await read(filter, next, limit - found.length);
        found.push(...page.invoices.filter((invoice) => matches(filter, invoice)));
        seen += page.invoices.length;
        next = page.next;
      }
      return { invoices: found, next };
    },
    /** All invoices that a filter takes. @throws DomainError too_many */
    async all(filter: InvoiceFilter): Promise<StoredInvoice[]> {
      await loadChain(context, caller.scopeId);
      const found: StoredInvoice[] = [];
      let next: InvoicePosition | null = { month: filter.to, after: null };
      while (next !== null) {
        const page: Awaited<ReturnType<typeof read>> = await read(filter, next, seenAtMost);
        found.push(...page.invoices.filter((invoice) => matches(filter, invoice)));
        if (found.length > totalledAtMost)
          throw new DomainError(
            "too_many",
            `There are more than ${totalledAtMost} invoices; ask for a shorter period.`,
          );
        next = page.next;
      }
      return found;
    },

    /** A page of an invoice's lines. @param at page and place in it */
    async lines(
      invoice: StoredInvoice,
      limit: number,
      at: readonly [page: number, line: number],
    ): Promise<{ lines: InvoiceLine[]; next: [number, number] | null }> {
      const lines: InvoiceLine[] = [];
      let [page, line] = at;
      for (; page < invoice.pages.length && lines.length < limit; page += 1, line = 0) {
        const { hash, lines: count } = invoice.pages[page] ?? { hash: "", lines: 0 };
        const taken = (await readLinePage(db, linesPlaceOf(invoice), hash)).slice(line, line + limit - lines.length);
        lines.push(...taken);
        if (line + taken.length < count) return { lines, next: [page, line + taken.length] };
      }
      return { lines, next: page < invoice.pages.length ? [page, 0] : null };
    },
    /** With all its lines. @throws DomainError too_many */
    whole: (invoice: StoredInvoice): Promise<Invoice> => wholeInvoice(open, invoice),
    printed: (invoice: StoredInvoice): Promise<PrintedInvoice> => printedInvoice(open, invoice),
    /** Its file as it was sent; null where there is none yet. */
    file: (invoice: StoredInvoice): Promise<Uint8Array | null> => readInvoiceFile(db, invoice.id),

    /** A draft as it is issued. @throws DomainError invoice_state | invoice_blocked | number_out_of_order | not_applicable */
    async issue(draft: StoredInvoice, chain: Chain) {
      const mail = await mailFor(draft.payerId);
      return issuing(db, draft, { issuer: await issuer(), chain, author: context, mail });
    },
    /** An invoice that is made void. @throws DomainError invoice_state | number_out_of_order | not_applicable */
    async makeVoid(invoice: StoredInvoice, chain: Chain, reason: string) {
      const [who, mail] = await Promise.all([issuer(), mailFor(invoice.payerId)]);
      const noteId = context.id("invoice");
      return voiding(db, invoice, { issuer: who, chain, author: context, mail, noteId, reason });
    },
    save: (before: StoredInvoice, after: StoredInvoice): Write[] => [saveInvoice(before, after)],
    /** The order to mail an invoice once more. */
    mailAgain: (invoice: StoredInvoice): Write => deliverNow(invoice, true, context.now()),

    /** Orders the invoices of a month: of one payer, or of everybody who is invoiced. @throws DomainError period_open | not_applicable */
    async order(month: string, payerId: string | null): Promise<Write[]> {
      await issuer();
      const now = context.now();
      return [
        payerId === null
          ? runPut({ issuerId, month, after: null, ordered: 0 }, now)
          : orderPut({ task: "draft", issuerId, payerId, month }, now),
      ];
    },
    /** The last day that is over everywhere. */
    closedUntil: (): string => closedDay(context.now()),

    /** What a payer's invoice for a month would be as of now. @throws DomainError not_applicable where it is not configured */
    async preview(payerId: string, month: string) {
      const [who, config] = await Promise.all([issuer(), readPayer(db, issuerId, payerId)]);
      if (!config)
        throw new DomainError(
          "not_applicable",
          "Say first how this customer is invoiced: PUT /v1/customers/{id}/invoice-config.",
        );
      const plan = await readPricePlan(db, issuerId, config.pricePlanId);
      if (!plan) throw notFound("price plan");
      const setting: InvoiceSetting = {
        id: context.id("invoice"),
        issuerId,
        payerId,
        plan,
        seller: who.seller,
        config,
        period: periodOfMonth(month),
        closedUntil: closedDay(context.now()),
      };
      return sketchInvoice(open, setting, previewLines);
    },

    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
  };
};
