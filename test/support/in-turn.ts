/** Tests that take long, most of them with an installation of their own. The usual run takes a third of them a day, in turn; the long run takes all. */
const takeTurns = [
  "test/e2e/fleet.test.ts",
  "test/e2e/life-cycle.test.ts",
  "test/faults/changes.test.ts",
  "test/e2e/mail-outage.test.ts",
  "test/e2e/mail-kills.test.ts",
  "test/e2e/no-clear-secrets.test.ts",
  "test/e2e/move-kills.test.ts",
  "test/e2e/memory.test.ts",
  "test/e2e/examples.test.ts",
  "test/model/account-histories.test.ts",
  "test/functions/moves/account-steps.test.ts",
  "test/functions/moves/merge-customer.test.ts",
];
const days = 3;

/** The number of a day, counted from the epoch. */
export const dayOf = (ms: number): number => Math.floor(ms / 86_400_000);

/** The tests that a run of all files leaves to the next days. @param args what the run was asked for: whoever names files gets those */
export function restingToday(args: readonly string[], day: number): string[] {
  const namesFiles = args.some((arg) => !arg.startsWith("-"));
  return namesFiles ? [] : takeTurns.filter((_, nth) => nth % days !== day % days);
}
