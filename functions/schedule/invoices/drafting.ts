import { isSameRecord } from "../../../shared/domain/billing/canonical-json.ts";
import type { Period } from "../../../shared/domain/billing/days.ts";
import type { InvoiceSetting } from "../../../shared/domain/billing/draft-invoice.ts";
import { keptFindings } from "../../../shared/domain/billing/invoice-head.ts";
import { type InvoiceFinding, isIssuable } from "../../../shared/domain/billing/invoice.ts";
import { closedDay, closesAt } from "../../../shared/domain/billing/night.ts";
import { periodOfMonth } from "../../../shared/domain/billing/run.ts";
import { dayMs } from "../../../shared/domain/terms/trial.ts";
import type { JobDeps } from "../../../shared/http/jobs/invocation.ts";
import { insertInvoice, saveInvoice } from "../../../shared/store/billing/heads.ts";
import { invoiceNode } from "../../../shared/store/billing/issuing.ts";
import { draftOf, type Made, makeInvoice } from "../../../shared/store/billing/making.ts";
import { draftNoted, type DraftOrder, orderDone, putOff, type Seen } from "../../../shared/store/billing/orders.ts";
import { logWrite } from "../../../shared/store/hierarchy/log.ts";
import { settle } from "../../../shared/store/table/settle.ts";
import type { Write } from "../../../shared/store/table/writes.ts";
import { basisOf } from "./basis.ts";
import { issueDraft } from "./issuing.ts";

/** When an invoice that something stands against is looked at again, and until how long after its month. */
const againMs = 3_600_000;
const lookedAtMs = 14 * dayMs;
/** What was made while days are missing of customers that are not known from the ledger yet: it cannot be issued as it is. */
function lacking(made: Made, period: Period): Made {
  const finding: InvoiceFinding = { code: "days_missing", customerId: null, days: [period], subject: null };
  const findings = keptFindings([finding, ...made.totals.findings]);
  return { ...made, totals: { ...made.totals, findings }, findingCount: made.findingCount + 1 };
}

type Outcome = "issued" | "drafted" | "nothing" | "later" | "more" | "left";
/** The branches in which nights of the ledger are missing that were due by a time; null: any may be (`branchesBehind`). */
export type BehindAt = (time: number) => Promise<ReadonlySet<string> | null>;

/**
 * Drafts the invoice of one payer for one month from the ledger, and issues it where the seller wants that. Done twice, by two at once, or after a
 * death in between, it is one invoice with one number: the draft has its place by payer and month, its number is taken in the transaction that issues it,
 * and what was issued is left as it is. One with very many customers takes several turns.
 * @param until when a turn ends
 */
export async function workDraft(
  deps: JobDeps,
  order: Seen<DraftOrder>,
  until: number,
  behindAt: BehindAt,
): Promise<Outcome> {
  const { open, clock, ids, author } = deps;
  const { issuerId, payerId, month } = order;
  const period = periodOfMonth(month);
  const done = async (outcome: Outcome): Promise<Outcome> =>
    (await settle(open(), [orderDone(order)])) ? outcome : "left";
  const later = async (at: number): Promise<Outcome> => {
    await putOff(open(), order, at);
    return "later";
  };

  const basis = await basisOf(deps, order);
  if (!basis) return done("nothing");
  const { issuer, config, plan, chain, payerName, last } = basis;
  const closes = closesAt(period.to);
  if (clock() < closes) return later(closes);

  const before = last?.status === "draft" ? last : null;
  const setting: InvoiceSetting = {
    id: before?.id ?? ids.id("invoice", clock()),
    issuerId,
    payerId,
    plan,
    seller: issuer.seller,
    config,
    period,
    closedUntil: closedDay(clock()),
  };
  const isLate = clock() > closes + lookedAtMs;
  // Before the ledger is read: a night that comes in between is looked for again.
  const behind = isLate ? new Set<string>() : await behindAt(closes);
  const isBehind = behind === null || behind.has(payerId);
  const result = await makeInvoice(open, setting, { begun: order.making ?? null, until, clock });
  if ("making" in result) {
    // What is added up already would lack those whose night is missing.
    if (isBehind) return later(clock() + againMs);
    return (await settle(open(), [draftNoted(order, result.making, clock())])) ? "more" : "left";
  }
  const made = isBehind ? lacking(result.made, period) : result.made;
  const { findings } = made.totals;
  const isNothing = findings.some(({ code }) => code === "nothing_charged");
  const isMissing = findings.some(({ code }) => code === "days_missing");
  if (isNothing && before === null) return isMissing && !isLate ? later(clock() + againMs) : done("nothing");

  const draft = draftOf(made, payerName, before, before?.nth ?? (last?.nth ?? 0) + 1, clock());
  const isChanged = before === null || !isSameRecord(before, draft);
  const writes: Write[] = isChanged
    ? [
        ...(before === null ? insertInvoice(draft, chain) : [saveInvoice(before, draft)]),
        logWrite(author, chain, { type: "InvoiceDrafted", node: invoiceNode(draft), changes: [] }),
      ]
    : [];
  if (!(await settle(open(), writes))) return "left";
  if (!isIssuable(findings)) return isLate ? done("drafted") : later(clock() + againMs);
  if (issuer.issue === "manual") return done("drafted");
  return issueDraft(deps, order, isChanged ? draft : before, basis);
}
