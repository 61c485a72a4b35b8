import { deletedIn } from "../../shared/domain/hierarchy/customer.ts";
import { trendAtMost } from "../../shared/domain/reports/report.ts";
import type { Delivery, RunRecord, SkipReason } from "../../shared/domain/reports/run.ts";
import type { Failing } from "../../shared/http/jobs/isolation.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { refusalToMail } from "../../shared/store/mail/outbox.ts";
import { buildReport } from "../../shared/store/reports/build.ts";
import { saveContent } from "../../shared/store/reports/content.ts";
import { figuresBefore, laterRun, readRun, settleRun } from "../../shared/store/reports/runs.ts";
import { readSubscription } from "../../shared/store/reports/subscriptions.ts";
import { runKey, subscriptionKey } from "../../shared/store/table/keys.ts";
import { settle } from "../../shared/store/table/settle.ts";
import { deliveriesOf, mailsOf } from "./report-mails.ts";

/** When a report whose building has failed is tried again. */
const laterMs = 15 * 60_000;

const skip = (deps: JobDeps, run: RunRecord, reason: SkipReason, deliveries: Delivery[] = []): Promise<boolean> =>
  settle(deps.open(), [settleRun(run, { state: "skipped", reason, deliveries }, deps.clock())]);

/**
 * Builds a report that was ordered, and queues its mails with the note that it is done: one transaction, on the condition that nobody else has done so.
 * What it says is kept before, under a name of this attempt alone; so all its mails say the same.
 * @returns what came of it; `left` where somebody else has settled it
 */
export async function buildRun(deps: JobDeps, { subscriptionId, to }: RunRecord): Promise<"sent" | "skipped" | "left"> {
  const { open, clock, ids } = deps;
  const item = await open().get(runKey(subscriptionId, to));
  const run = item ? readRun(item) : null;
  if (run?.state !== "queued") return "left";
  const { customerId, report: kind, from, missed } = run;
  const db = open();
  const [chain, found] = await Promise.all([
    readChain(db, customerId),
    db.get(subscriptionKey(customerId, subscriptionId)),
  ]);
  const outcome = async (skipping: Promise<boolean>) => ((await skipping) ? ("skipped" as const) : ("left" as const));
  if (!found) return outcome(skip(deps, run, "subscription_deleted"));
  if (!chain || deletedIn(chain)) return outcome(skip(deps, run, "customer_deleted"));
  const subscription = readSubscription(found);
  const recipients = await deliveriesOf(deps, subscription);
  if (refusalToMail(deps.context, chain, null, "")) return outcome(skip(deps, run, "mail_disabled", recipients));
  if (!recipients.some(({ state }) => state === "queued")) return outcome(skip(deps, run, "no_recipients", recipients));

  const before = await figuresBefore(open(), subscriptionId, to, trendAtMost);
  const { jobTypes, attachCsv: withCsv } = subscription;
  const content = await buildReport(
    open,
    chain,
    { kind, jobTypes, withCsv, period: { from, to, missed }, before },
    clock(),
  );
  const contentId = ids.id("request", clock());
  await saveContent(open(), contentId, content, clock());
  const { deliveries, writes } = await mailsOf(deps, chain, subscription, contentId, recipients);
  const set = { state: "sent" as const, contentId, figures: content.report.figures, deliveries };
  return (await settle(open(), [settleRun(run, set, clock()), ...writes])) ? "sent" : "left";
}

/** What the log says of a report that cannot be built. */
const notBuilt = ({ subscriptionId, to }: RunRecord): Failing => ({
  level: "error",
  message: "report not built",
  about: { subscriptionId, to },
});

/** Builds several reports, one after the other. One that cannot be built is logged, is due again later, and holds up no other. */
export async function buildRuns(deps: JobDeps, runs: readonly RunRecord[], until: number): Promise<number> {
  let built = 0;
  for (const run of runs) {
    if (deps.clock() >= until) break;
    const outcome = await deps.alone(() => buildRun(deps, run), notBuilt(run));
    if (outcome === null) await deps.open().update(laterRun(run, new Date(deps.clock() + laterMs).toISOString()));
    else if (outcome !== "left") built += 1;
  }
  return built;
}
