import { type AccountPlace, accountState, localeOf, trialDeletionAt } from "../../shared/domain/accounts/account.ts";
import { trialDeletedAccount, trialEndedDetails } from "../../shared/domain/accounts/account-mail.ts";
import { deletedAccount, trialEndedAccount } from "../../shared/domain/life/deleted-account.ts";
import type { MailMatter } from "../../shared/domain/mail/mail.ts";
import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { deleteAccountWrites } from "../../shared/store/life/account-deletions.ts";
import { readAccountPlace } from "../../shared/store/accounts/accounts.ts";
import { accountWrites } from "../../shared/store/accounts/account-writes.ts";
import { idOfPointer, pointerKey } from "../../shared/store/table/keys.ts";
import { type Author, logWrite } from "../../shared/store/hierarchy/log.ts";
import { queueNotice } from "../../shared/store/mail/notices.ts";
import type { WorkContext } from "../../shared/store/hierarchy/scope.ts";
import { laterIfDeleted, sweep } from "../../shared/store/table/sweep.ts";
import { timerPut } from "../../shared/store/table/timers.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { jobs } from "../jobs.ts";

/** What is to be done for an account whose timer has come; null: nothing yet. */
type Work = (context: WorkContext & Author, place: AccountPlace) => Promise<Write[] | null>;

const mail = ({ account, contact, chain }: AccountPlace, context: WorkContext, matter: MailMatter): Promise<Write[]> =>
  queueNotice(context, chain, matter, contact.email, {
    accountId: account.id,
    contactId: contact.id,
    name: contact.name,
    locale: localeOf(contact, chain),
  });

/** The writes of a trial that has come to its end: the account is suspended, and its user hears when it is to be deleted. */
const ending: Work = async (context, place) => {
  const { account: before, chain } = place;
  const { trialEndsAt, trialEndedAt } = before;
  if (trialEndsAt === null || trialEndedAt !== null || Date.parse(trialEndsAt) > context.now()) return null;
  const account = trialEndedAccount(place, context.now());
  const { id, username: name } = account;
  return [
    ...accountWrites(context).save(before, account, chain),
    ...(await mail(place, context, trialEndedDetails({ ...place, account }))),
    logWrite(context, chain, {
      type: "AccountTrialEnded",
      node: { id, level: null, name },
      changes: [{ path: "state", before: "trial", after: "suspended" }],
    }),
  ];
};

/**
 * The writes of the deletion that follows, as far as nobody has moved the account to a paid plan. It can be restored. Where the delete period
 * has begun anew, the timer moves to its end, and is in no sweep's way until then.
 */
const deletion: Work = async (context, place) => {
  const { id, moveId } = place.account;
  const due = trialDeletionAt(place);
  if (due === null || moveId !== null) return null;
  if (Date.parse(due) > context.now()) return [timerPut(pointerKey(id).pk, "account-trial-delete", due)];
  const marked = deletedAccount(place, context.id("deletion"), context.now());
  return [
    ...deleteAccountWrites(context, place, marked),
    ...(await mail(place, context, trialDeletedAccount({ ...place, account: marked.account }))),
  ];
};

/**
 * Suspends accounts whose trial has ended, and deletes them after the delete period: each once, in a transaction on the condition of the
 * timer that was seen. What stands in a deleted branch is looked at again later.
 */
export const handler = sweepJob(jobs.sweepAccountTrials.id, async (turn, deps) => {
  const sweeping = (kind: "account-trial-end" | "account-trial-delete", work: Work) =>
    sweep(turn, kind, async (timer, db) => {
      const place = await readAccountPlace(db, idOfPointer(timer.ownerPk));
      if (!place || accountState(place) === "deleted") return null;
      return laterIfDeleted(timer, place.chain, deps.now) ?? work({ ...deps.context, db, caller: null }, place);
    });
  const ends = await sweeping("account-trial-end", ending);
  return { ends, deletions: await sweeping("account-trial-delete", deletion) };
});
