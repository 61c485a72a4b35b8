/**
 * Tests that take long by their nature: kills, races, floods, random histories, long times and installations of their own. The usual run takes a
 * quarter of them a day, in turn; the long run takes all. The longest stand first, so that each day gets some of every length.
 */
const takeTurns = [
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
];
const days = 4;

/** The number of a day, counted from the epoch. */
export const dayOf = (ms: number): number => Math.floor(ms / 86_400_000);

/** The tests that a run of all files leaves to the next days. @param args what the run was asked for: whoever names files gets those */
export function restingToday(args: readonly string[], day: number): string[] {
  const namesFiles = args.some((arg) => !arg.startsWith("-"));
  return namesFiles ? [] : takeTurns.filter((_, nth) => nth % days !== day % days);
}
