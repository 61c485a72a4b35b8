import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { daysLeft, nextNotice } from "../../shared/domain/terms/trial.ts";
import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { customerKey } from "../../shared/store/table/keys.ts";
import type { Author } from "../../shared/store/hierarchy/log.ts";
import type { WorkContext } from "../../shared/store/hierarchy/scope.ts";
import { laterIfDeleted, sweep } from "../../shared/store/table/sweep.ts";
import { timerPut } from "../../shared/store/table/timers.ts";
import { trialEnding, trialMails } from "../../shared/store/life/trials.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { jobs } from "../jobs.ts";

/** What is to be done for a customer whose timer has come; null: nothing yet. */
type Work = (context: WorkContext & Author, chain: Chain) => Promise<Write[] | null>;

/**
 * The writes of a notice: mails to customer and seller, and when the next one is due. After days of silence there is one for all that were
 * missed, and none once the trial has ended.
 */
const notice: Work = async (context, chain) => {
  const [{ id, trialEndsAt, trialNoticeAt }] = chain;
  const now = context.now();
  if (trialEndsAt === null || trialNoticeAt === null || Date.parse(trialNoticeAt) > now) return null;
  const days = daysLeft(trialEndsAt, now);
  const next = nextNotice(trialEndsAt, now);
  const told = { template: "trial-notice", endsAt: trialEndsAt, daysLeft: days } as const;
  const seen = [
    { attribute: "trialEndsAt", is: trialEndsAt },
    { attribute: "trialNoticeAt", is: trialNoticeAt },
  ];
  return [
    { kind: "update", key: customerKey(id), set: { trialNoticeAt: next }, add: {}, when: seen },
    ...(next === null ? [] : [timerPut(id, "trial-notice", next)]),
    ...(days > 0 ? await trialMails(context, chain, (about) => ({ ...told, ...about })) : []),
  ];
};

/** The writes of a trial that has come to its end: in production since the end that was set, however late that is noticed. */
const ending: Work = async (context, chain) => {
  const [{ trialEndsAt }] = chain;
  if (trialEndsAt === null || Date.parse(trialEndsAt) > context.now()) return null;
  return (await trialEnding(context, chain, trialEndsAt)).writes;
};

/**
 * Tells of the ends of customers' trials 7, 3 and 1 days before, and ends them when they have come: each once, in a transaction on the
 * condition of the timer that was seen. What stands in a deleted branch is looked at again later.
 */
export const handler = sweepJob(jobs.sweepTrials.id, async (turn, deps) => {
  const sweeping = (kind: "trial-notice" | "trial-end", work: Work) =>
    sweep(
      turn,
      kind,
      async (timer, db) => {
        const chain = await readChain(db, timer.ownerPk);
        if (!chain) return null;
        return laterIfDeleted(timer, chain, deps.now) ?? work({ ...deps.context, db, caller: null }, chain);
      },
      ({ ownerPk }) => [customerKey(ownerPk)],
    );
  // First what must not wait: a trial that ends takes the notices along that nobody has heard of yet.
  const ends = await sweeping("trial-end", ending);
  return { ends, notices: await sweeping("trial-notice", notice) };
});
