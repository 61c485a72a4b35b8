/**
 * Tests that take long by their nature: kills, races, random histories, long times and installations of their own. The longest stand first, so that
 * each day gets some of every length.
 */
const long = [
  "test/local/run/start.test.ts",
  "test/e2e/fleet.test.ts",
  "test/e2e/move-kills.test.ts",
  "test/functions/tasks/bulk-moves.test.ts",
  "test/functions/moves/account-steps.test.ts",
  "test/functions/moves/merge-customer.test.ts",
  "test/store/usage/roll-up.test.ts",
  "test/functions/devices/device-limits.test.ts",
  "test/e2e/life-cycle.test.ts",
  "test/faults/changes.test.ts",
  "test/e2e/mail-outage.test.ts",
  "test/e2e/mail-kills.test.ts",
  "test/functions/reports/nights.test.ts",
  "test/e2e/no-clear-secrets.test.ts",
  "test/e2e/memory.test.ts",
  "test/e2e/examples.test.ts",
  "test/model/account-histories.test.ts",
  "test/functions/moves/under-traffic.test.ts",
  "test/functions/access/spraying.test.ts",
  "test/store/life/reparent.test.ts",
  "test/functions/hierarchy/rebuild-links.test.ts",
  "test/functions/moves/notices.test.ts",
  "test/model/concurrent-histories.test.ts",
  "test/e2e/relay.test.ts",
  "test/functions/life/trial-jumps.test.ts",
  "test/model/restore.test.ts",
  "test/functions/life/life-histories.test.ts",
  "test/functions/usage/figures.test.ts",
  "test/functions/search/histories.test.ts",
  "test/console/speed.test.ts",
];

/** Tests of one area that take 10 s or more, beside others of that area. Neighbours in this list have different days. */
export const thorough = [
  "test/store/conditions/scenes.test.ts",
  "test/functions/devices/replacement.test.ts",
  "test/functions/devices/enrolment.test.ts",
  "test/functions/reports/watchlist.test.ts",
  "test/functions/reports/runs.test.ts",
  "test/functions/hierarchy/list-customers.test.ts",
  "test/functions/hierarchy/log-filters.test.ts",
  "test/functions/storage/clearing.test.ts",
  "test/functions/storage/residency.test.ts",
  "test/functions/usage/allocations.test.ts",
  "test/functions/hierarchy/allotments.test.ts",
  "test/functions/access/passwords.test.ts",
  "test/functions/mail/mails.test.ts",
  "test/functions/life/account-trials.test.ts",
  "test/functions/life/purge.test.ts",
  "test/functions/events/flaky-receiver.test.ts",
  "test/functions/events/trap.test.ts",
  "test/functions/moves/undo.test.ts",
  "test/functions/moves/move-accounts.test.ts",
  "test/functions/accounts/contacts.test.ts",
  "test/functions/accounts/plans.test.ts",
  "test/functions/storage/storage-location.test.ts",
  "test/functions/storage/service-types.test.ts",
  "test/functions/reports/one-night.test.ts",
  "test/functions/reports/alerts.test.ts",
  "test/functions/devices/set-moves.test.ts",
  "test/functions/events/event-mails.test.ts",
  "test/functions/events/webhooks.test.ts",
  "test/functions/moves/move-customer.test.ts",
  "test/functions/search/filing.test.ts",
  "test/functions/search/moves.test.ts",
  "test/functions/search/costs.test.ts",
  "test/functions/people/passkey-login.test.ts",
  "test/functions/people/portal.test.ts",
  "test/clients/cli.test.ts",
  "test/console/customers.test.ts",
  "test/console/people.test.ts",
  "test/console/accounts.test.ts",
  "test/console/devices.test.ts",
  "test/console/work.test.ts",
  "test/console/telling.test.ts",
  "test/console/keyboard.test.ts",
  "test/console/wizards.test.ts",
  "test/e2e/rights.test.ts",
  "test/infra/stacks.test.ts",
  "test/matrix/revocation.test.ts",
  "test/functions/storage/faults.test.ts",
  "test/structure/scripts.test.ts",
  "test/console/usage.test.ts",
  "test/functions/hierarchy/export.test.ts",
  "test/functions/imports/killed.test.ts",
  "test/functions/devices/admission.test.ts",
  "test/functions/people/sessions.test.ts",
  "test/functions/life/trials.test.ts",
  "test/store/conditions/operations.test.ts",
  "test/functions/accounts/accounts.test.ts",
  "test/functions/billing/ledger.test.ts",
  "test/functions/hierarchy/log.test.ts",
  "test/functions/people/branch-lists.test.ts",
  "test/functions/imports/costs.test.ts",
  "test/functions/imports/memory.test.ts",
  "test/functions/hierarchy/branch.test.ts",
  "test/functions/access/rate-limit.test.ts",
  "test/functions/life/deletions.test.ts",
  "test/functions/devices/backup-sets.test.ts",
  "test/functions/storage/restore-access.test.ts",
  "test/functions/people/passkeys.test.ts",
  "test/functions/events/feed.test.ts",
  "test/functions/access/api-keys.test.ts",
  "test/functions/access/access-log.test.ts",
  "test/functions/reports/subscriptions.test.ts",
  "test/functions/accounts/references.test.ts",
  "test/functions/storage/provisioning.test.ts",
  "test/functions/imports/limits.test.ts",
  "test/functions/storage/seed-migrations.test.ts",
  "test/functions/devices/licence-races.test.ts",
  "test/functions/devices/agents.test.ts",
  "test/functions/billing/runs.test.ts",
  "test/functions/billing/invoices.test.ts",
  "test/functions/billing/recomputed.test.ts",
];

/** A run of all files has an eighth of the long ones a day, and a quarter of the thorough ones. The long run takes all. */
export const turns = [
  { files: long, days: 8 },
  { files: thorough, days: 4 },
];

/** The number of a day, counted from the epoch. */
export const dayOf = (ms: number): number => Math.floor(ms / 86_400_000);

/** Whether the nth of some things has its turn on a day, where each has it once in so many days. */
export const hasTurn = (nth: number, days: number, day = dayOf(Date.now())): boolean => nth % days === day % days;

/** The tests that a run of all files leaves to the next days. @param args what the run was asked for: whoever names files gets those */
export function restingToday(args: readonly string[], day: number): string[] {
  const namesFiles = args.some((arg) => !arg.startsWith("-"));
  if (namesFiles || process.env["TURNS"] === "all") return [];
  return turns.flatMap(({ files, days }) => files.filter((_, nth) => !hasTurn(nth, days, day)));
}
