/** A part of the long run: test files at full size. */
export interface Part {
  name: string;
  /** What it tries, in a few words. */
  what: string;
  files: readonly string[];
  /** Its size, as environment variables that its files read. The usual run takes small ones. */
  size: Readonly<Record<string, number | string>>;
  /** The variable that repeats a run by its seed; what happens at the same time still comes in any order. */
  seed?: string;
}

/** Smaller ones first, so that a short budget still meets most of them. */
export const parts: readonly Part[] = [
  {
    name: "names",
    what: "the normalised form of every character of Unicode, alone and beside others",
    files: ["test/domain/terms/names.test.ts"],
    size: { NAMES_STEP: 1 },
  },
  {
    name: "walks",
    what: "walks of random branches, from every position on",
    files: ["test/store/hierarchy/walk.test.ts"],
    size: { WALKS: 60 },
    seed: "WALK_SEED",
  },
  {
    name: "roll-ups",
    what: "what devices use, however the stream is cut, repeated, killed and shared",
    files: ["test/store/usage/roll-up.test.ts"],
    size: { ROLL_UP_HISTORIES: 200 },
    seed: "ROLL_UP_SEED",
  },
  {
    name: "lists",
    what: "pages of 2,000 children cost what those of 100 do",
    files: ["test/functions/hierarchy/list-customers.test.ts"],
    size: { LIST_CHILDREN: 2_000 },
  },
  {
    name: "device-limits",
    what: "a first limit of devices with a kill at every call, and races for the last devices at every level",
    files: ["test/functions/devices/device-limits.test.ts"],
    size: { DEVICE_LIMIT_KILL_STEP: 1 },
  },
  {
    name: "full-size",
    what: "properties of the domain and the mails at length, every condition of the store, the whole book of business, reports of use, throttles, races of contacts, vaults",
    files: [
      "test/domain/access/password.test.ts",
      "test/domain/devices/throttle.test.ts",
      "test/domain/storage/location-of-customers.test.ts",
      "test/domain/terms/addresses.test.ts",
      "test/domain/terms/allowance.test.ts",
      "test/domain/terms/names.test.ts",
      "test/domain/terms/quota.test.ts",
      "test/domain/terms/settings.test.ts",
      "test/domain/terms/times.test.ts",
      "test/domain/usage/allocations.test.ts",
      "test/mail/bar-colors.test.ts",
      "test/mail/compose.test.ts",
      "test/mail/escaping.test.ts",
      "test/functions/accounts/contacts.test.ts",
      "test/store/conditions/operations.test.ts",
      "test/store/conditions/scenes.test.ts",
      "test/store/usage/roll-up.test.ts",
      "test/e2e/examples.test.ts",
      "test/functions/tasks/bulk-moves.test.ts",
      "test/functions/storage/clearing.test.ts",
      "test/functions/storage/faults.test.ts",
      "test/functions/storage/provisioning.test.ts",
    ],
    size: { FULL_SIZE: "all" },
  },
  {
    name: "mail-outage",
    what: "an outage of the mail service with 200 accounts made in it",
    files: ["test/e2e/mail-outage.test.ts"],
    size: { OUTAGE_ACCOUNTS: 200 },
  },
  {
    name: "memory",
    what: "what a local run keeps in memory, whatever is called",
    files: ["test/e2e/memory.test.ts"],
    size: {},
  },
  {
    name: "secrets",
    what: "no file of an installation has a secret in clear text",
    files: ["test/e2e/no-clear-secrets.test.ts"],
    size: {},
  },
  {
    name: "one-night",
    what: "5,000 reports of the same minute at the installation's rate",
    files: ["test/functions/reports/one-night.test.ts"],
    size: { NIGHT_SUBSCRIBERS: 5_000 },
  },
  {
    name: "mail-rate",
    what: "a thousand queued mails at the installation's rate",
    files: ["test/functions/mail/mail-rate.test.ts"],
    size: { RATE_MAILS: 1_000 },
  },
  {
    name: "faults",
    what: "every fault of the database at every call of every change",
    files: ["test/faults/changes.test.ts"],
    size: { FAULTS: "all" },
  },
  {
    name: "guides",
    what: "every command of every guide",
    files: ["test/e2e/guides.test.ts"],
    size: { GUIDES: "all" },
  },
  {
    name: "generated",
    what: "every operation with all that makes a request right or wrong",
    files: ["test/routes/generated.test.ts"],
    size: { GENERATED: "all" },
  },
  {
    name: "concurrent-histories",
    what: "random histories of eight changes at a time",
    files: ["test/model/concurrent-histories.test.ts"],
    size: { CONCURRENT_HISTORIES: 150 },
    seed: "HISTORIES_SEED",
  },
  {
    name: "restores",
    what: "branches deleted and restored, compared byte by byte",
    files: ["test/model/restore.test.ts"],
    size: { BRANCHES: 50 },
    seed: "HISTORIES_SEED",
  },
  {
    name: "start-kills",
    what: "a kill of each process of an installation",
    files: ["test/local/run/start.test.ts"],
    size: { START_KILLS: "all" },
  },
  {
    name: "mail-kills",
    what: "20 kills of the installation while 200 accounts get their mails",
    files: ["test/e2e/mail-kills.test.ts"],
    size: { MAIL_KILLS: 20, MAIL_ACCOUNTS: 200 },
    seed: "MAIL_SEED",
  },
  {
    name: "moves-under-traffic",
    what: "a reseller with 2,000 customers that is moved while 16 clients work below it",
    files: ["test/functions/moves/under-traffic.test.ts"],
    size: { FULL_SIZE: "all" },
    seed: "TRAFFIC_SEED",
  },
  {
    name: "move-kills",
    what: "20 kills of the installation while 1,000 customers are moved",
    files: ["test/e2e/move-kills.test.ts"],
    size: { MOVE_KILLS: 20, MOVE_CUSTOMERS: 1_000 },
    seed: "MOVE_SEED",
  },
  {
    name: "purges",
    what: "50 kills amid the purge of a branch of 200 customers",
    files: ["test/functions/life/purge.test.ts"],
    size: { PURGE_CUSTOMERS: 200, PURGE_KILLS: 50 },
    seed: "PURGE_SEED",
  },
  {
    name: "histories",
    what: "random histories of customers, compared with a model",
    files: ["test/model/histories.test.ts"],
    size: { HISTORIES: 2_000 },
    seed: "HISTORIES_SEED",
  },
  {
    name: "life-cycle",
    what: "a trial and a purge on an installation that is killed each day",
    files: ["test/e2e/life-cycle.test.ts"],
    size: { LIFE_KILLS: 3, LIFE_PURGE_KILLS: 8 },
    seed: "LIFE_SEED",
  },
  {
    name: "licences",
    what: "100 races of 200 devices for the last licences",
    files: ["test/functions/devices/licence-races.test.ts"],
    size: { LICENCE_RACES: 100, LICENCE_RACERS: 200 },
  },
  {
    name: "trials",
    what: "20 times 100 trials under a clock that jumps, with faults and deaths",
    files: ["test/functions/life/trial-jumps.test.ts"],
    size: { TRIAL_SEEDS: 20, TRIALS: 100 },
    seed: "TRIAL_SEED",
  },
  {
    name: "account-histories",
    what: "random histories of accounts and devices that are moved, merged, split and put back",
    files: ["test/model/account-histories.test.ts"],
    size: { ACCOUNT_HISTORIES: 2_000 },
    seed: "HISTORIES_SEED",
  },
  {
    name: "account-steps",
    what: "an account with 1,000 devices that is moved with a kill after every step, readers and writers beside it, and merges with a kill after every step",
    files: ["test/functions/moves/account-steps.test.ts", "test/functions/moves/merge-customer.test.ts"],
    size: { FULL_SIZE: "all" },
    seed: "STEPS_SEED",
  },
  {
    name: "life-histories",
    what: "10 random histories of creating, deleting, restoring, moving and purging",
    files: ["test/functions/life/life-histories.test.ts"],
    size: { LIFE_HISTORIES: 10, HISTORY_GROUPS: 60 },
    seed: "HISTORIES_SEED",
  },
  {
    name: "fleet",
    what: "1,000 devices of 50 customers over a week, compared with an oracle",
    files: ["test/e2e/fleet.test.ts"],
    size: { FLEET_DEVICES: 1_000, FLEET_CUSTOMERS: 50, FLEET_DAYS: 7 },
    seed: "FLEET_SEED",
  },
  {
    name: "nights",
    what: "reports of 500 subscribers over 40 days with both clock changes, with faults, deaths, lost answers and silence",
    files: ["test/functions/reports/nights.test.ts"],
    size: { REPORT_SUBSCRIBERS: 500, REPORT_DAYS: 40 },
    seed: "REPORT_SEED",
  },
];
