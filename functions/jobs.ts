import { defineJobs, type Job, type MessageAlarm } from "../shared/http/jobs/job.ts";

/** A mail that nobody will get, because of something on our side: the sender's identity, the account with SES, the mail itself. */
const mailFailed: MessageAlarm = {
  message: "mail failed",
  name: "mail-failed",
  description:
    'A mail was given up after three days of trying, or refused by SES for good. The line with the message "mail failed" tells which and why.',
};

/** Something that was deleted cannot be removed, which keeps its name, its login and its data. */
const purgeStuck: MessageAlarm = {
  message: "purge stuck",
  name: "purge-stuck",
  description:
    'A step of a purge has failed again and again. The line with the message "purge stuck" tells of which customer, account or device, and why.',
};

/** What a sweep of due timers does to the table. */
const sweeping = ["due:Query", "table:BatchGetItem", "table:PutItem", "table:UpdateItem", "table:DeleteItem"] as const;

/** Everything that runs without a route: stream consumers, schedules, and what only IAM may invoke. Data only. */
export const jobs = {
  ...defineJobs("stream", {
    fileLogEntries: {
      kind: "stream",
      summary: "Files each new log entry in the logs of every other level of its chain",
      grants: ["table:PutItem"],
      filter: { eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["log"] } } } },
      batchSize: 100,
      batchingWindowSeconds: 0,
      retryAttempts: 10,
    },
    sendMail: {
      kind: "stream",
      summary: "Sends the mails of changes that were just committed",
      grants: [
        "table:BatchGetItem",
        "table:PutItem",
        "table:UpdateItem",
        "rate:UpdateItem",
        "mail:SendRawEmail",
        "seal:Decrypt",
      ],
      filter: { eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["mail"] } } } },
      batchSize: 25,
      batchingWindowSeconds: 0,
      retryAttempts: 3,
      alarmOnMessage: mailFailed,
    },
  }),
  ...defineJobs("stream", {
    rollUpDevices: {
      kind: "stream",
      summary: "Adds what devices use to their accounts and customers",
      grants: ["table:BatchGetItem", "table:UpdateItem", "table:ConditionCheckItem"],
      filter: { eventName: ["INSERT", "MODIFY"], dynamodb: { NewImage: { kind: { S: ["device", "probe"] } } } },
      batchSize: 500,
      batchingWindowSeconds: 1,
      retryAttempts: 50,
    },
    rollUpCustomers: {
      kind: "stream",
      summary: "Brings the totals of customers to their parents",
      grants: ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"],
      filter: { eventName: ["MODIFY"], dynamodb: { NewImage: { kind: { S: ["customer"] } } } },
      batchSize: 500,
      batchingWindowSeconds: 1,
      retryAttempts: 50,
    },
    watchThresholds: {
      kind: "stream",
      summary: "Writes into the log when use reaches a share of a limit",
      grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "hint:UpdateItem"],
      filter: { eventName: ["MODIFY"], dynamodb: { NewImage: { kind: { S: ["customer", "account"] } } } },
      batchSize: 100,
      batchingWindowSeconds: 1,
      retryAttempts: 10,
    },
  }),
  ...defineJobs("events", {
    recordMailEvents: {
      kind: "event",
      summary: "Takes in what became of mails that were handed to SES",
      grants: ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"],
      mailEvents: ["Send", "Bounce", "Complaint", "Reject"],
      alarmOnMessage: mailFailed,
    },
  }),
  ...defineJobs("schedule", {
    sweepExpiredKeys: {
      kind: "schedule",
      summary: "Records the expiry of API keys whose time has come",
      grants: sweeping,
      rateMinutes: 60,
    },
    sweepTrials: {
      kind: "schedule",
      summary:
        "Tells of the ends of customers' trials beforehand, and puts customers into production when they have come",
      grants: [...sweeping, "hint:UpdateItem"],
      rateMinutes: 15,
    },
    sweepAccountTrials: {
      kind: "schedule",
      summary: "Suspends accounts whose trial has ended, and deletes them after the delete period",
      grants: [...sweeping, "table:Query", "hint:UpdateItem"],
      rateMinutes: 15,
    },
    sweepPurges: {
      kind: "schedule",
      summary: "Removes for good what was deleted and has not been restored in time, step by step",
      grants: [...sweeping, "table:Query", "hint:UpdateItem"],
      rateMinutes: 15,
      alarmOnMessage: purgeStuck,
    },
    sweepMail: {
      kind: "schedule",
      summary: "Sends the mails that are due again, and finds out what became of those whose answer was lost",
      grants: [
        "due:Query",
        "table:BatchGetItem",
        "table:PutItem",
        "table:UpdateItem",
        "rate:UpdateItem",
        "mail:SendRawEmail",
        "seal:Decrypt",
      ],
      rateMinutes: 1,
      alarmOnMessage: mailFailed,
    },
  }),
  ...defineJobs("setup", {
    bootstrapProvider: {
      kind: "invoke",
      summary: "Creates the provider and the first key; refuses for ever once a provider exists",
      grants: ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"],
    },
    recountUsage: {
      kind: "invoke",
      summary: "Proves the counters of usage, devices and licences against the facts, and puts them right on request",
      grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:UpdateItem"],
    },
    rebuildLinks: {
      kind: "invoke",
      summary:
        "Brings the links of lists to the keys that they have today, after a change of those; or only counts them",
      grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:DeleteItem", "table:ConditionCheckItem"],
    },
  }),
  ...defineJobs("meta", {
    routeNotFound: { kind: "fallback", summary: "Answers 404 or 405 where no route matches", grants: [] },
  }),
} satisfies Record<string, Job>;
/** The jobs as a list, for those who derive something from each. */
export const jobList: readonly Job[] = Object.values(jobs);
