import { defineJobs, type Job, type MessageAlarm } from "../shared/http/jobs/job.ts";

/** A mail that nobody will get, because of something on our side: the sender's identity, the account with SES, the mail itself. */
const mailFailed: MessageAlarm = {
  message: "mail failed",
  name: "mail-failed",
  description:
    'A mail was given up after three days and at least five attempts, or refused by SES for good. The line with the message "mail failed" tells which and why.',
};

/** Something that was deleted cannot be removed, which keeps its name, its login and its data. */
const purgeStuck: MessageAlarm = {
  message: "purge stuck",
  name: "purge-stuck",
  description:
    'A step of a purge has failed again and again. The line with the message "purge stuck" tells of which customer, account or device, and why.',
};

/** An invoice that nobody gets until somebody has seen to it. */
const invoiceNotMade: MessageAlarm = {
  message: "invoice not made",
  name: "invoice-not-made",
  description: "An invoice could not be drafted, issued or written. It is tried again every quarter of an hour.",
};

/** A report that nobody gets until somebody has seen to it. */
const reportNotBuilt: MessageAlarm = {
  message: "report not built",
  name: "report-not-built",
  description:
    'A report could not be built; it is tried again every 15 minutes. The line with the message "report not built" tells which and why.',
};

/** A customer that cannot back up since its vault is not there, or data that are to be gone and are not. */
const vaultInTrouble: MessageAlarm = {
  message: "vault in trouble",
  name: "vault-in-trouble",
  description:
    'A vault could not be provisioned three times in a row, so that its customer cannot back up; or data could not be removed; or the data of a customer are not where they were promised to be, or nobody could look for a day. All but the third are tried again. The line with the message "vault in trouble" tells which and why.',
};

/** What provisioning a vault does to the storage. */
const provisioning = ["vault:PutObject", "vault:GetObject"] as const;

/** What a sweep of due timers does to the table. */
const sweeping = ["due:Query", "table:BatchGetItem", "table:PutItem", "table:UpdateItem", "table:DeleteItem"] as const;

/** A task that somebody waits for, and that does not come to its end by itself. */
const taskStuck: MessageAlarm = {
  message: "task stuck",
  name: "task-stuck",
  description: 'A task could not be worked at. The line with the message "task stuck" tells which and why.',
};

/** What working at a task does to the table: what its rows do. */
const working = [
  "table:BatchGetItem",
  "table:Query",
  "table:PutItem",
  "table:UpdateItem",
  "table:DeleteItem",
  "table:ConditionCheckItem",
  "hint:UpdateItem",
] as const;

/** Deliveries that somebody waits for, and that are not made by themselves. */
const deliveriesStuck: MessageAlarm = {
  message: "deliveries stuck",
  name: "deliveries-stuck",
  description:
    'Nobody could deliver to an event handler, because of something on our side; it is tried again. A receiver that is down does not ring this. The line with the message "deliveries stuck" tells which and why.',
};

/** What delivering to event handlers does to the table. */
const delivering = [
  "table:BatchGetItem",
  "table:Query",
  "table:PutItem",
  "table:UpdateItem",
  "table:DeleteItem",
  "hint:UpdateItem",
  "seal:Decrypt",
] as const;

/** What filing things for search does to the table. */
const filingWords = [
  "table:BatchGetItem",
  "table:Query",
  "table:UpdateItem",
  "find:BatchWriteItem",
  "hint:UpdateItem",
] as const;

/** What filing log entries does to the table. */
const filing = [...filingWords, "table:PutItem", "log:UpdateItem"] as const;

/** Something that one consumer will not get from the stream. */
const relayFailed: MessageAlarm = {
  message: "hand-over failed",
  name: "relay-failed",
  description:
    'The relay could not hand changes on to a consumer. The line with the message "hand-over failed" tells which and why; the changes are in the queue of stream failures.',
};

/** Everything that runs without a route: stream consumers, schedules, and what only IAM may invoke. Data only. */
export const jobs = {
  ...defineJobs("stream", {
    rollUp: {
      kind: "stream",
      follows: "ordered",
      summary:
        "Adds what devices use to their accounts and customers, and how many need attention, and brings the totals of customers to their parents",
      grants: [
        "table:BatchGetItem",
        "table:PutItem",
        "table:UpdateItem",
        "table:DeleteItem",
        "table:ConditionCheckItem",
      ],
      filters: [
        { eventName: ["INSERT", "MODIFY"], dynamodb: { NewImage: { kind: { S: ["device", "probe"] } } } },
        { eventName: ["REMOVE"], dynamodb: { OldImage: { kind: { S: ["device"] } } } },
        { eventName: ["MODIFY"], dynamodb: { NewImage: { kind: { S: ["customer"] } } } },
      ],
      batchSize: 1_000,
      batchingWindowSeconds: 1,
      // More would keep the order of each item only. The position in a customer's partition that rollUpDevices guards needs the order of all of them.
      parallelizationFactor: 1,
      retryAttempts: 50,
    },
    relay: {
      kind: "relay",
      summary: "Hands changes on to the functions that follow them, each in an invocation of its own",
      grants: [],
      batchSize: 100,
      batchingWindowSeconds: 0,
      parallelizationFactor: 4,
      retryAttempts: 50,
      alarmOnMessage: relayFailed,
    },
    fileLogEntries: {
      kind: "stream",
      follows: "relayed",
      summary:
        "Files each new log entry in the logs of every other level of its chain, makes the deliveries to the event handlers that hear of it, and files for search what it is about",
      grants: filing,
      filters: [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["log"] } } } }],
      batchSize: 100,
      retryAttempts: 2,
      maxAgeMinutes: 360,
    },
    deliverEvents: {
      kind: "stream",
      follows: "relayed",
      summary: "Calls the webhooks that have something to hear",
      grants: delivering,
      filters: [
        {
          eventName: ["INSERT", "MODIFY"],
          dynamodb: { NewImage: { kind: { S: ["event-lane"] }, wake: { S: ["run"] } } },
        },
      ],
      // Receivers share a function as long as they are few; they never wait for each other.
      batchSize: 10,
      retryAttempts: 2,
      // The lane's own timer brings it again by then.
      maxAgeMinutes: 15,
      alarmOnMessage: deliveriesStuck,
    },
    sendMail: {
      kind: "stream",
      follows: "relayed",
      summary: "Sends the mails of changes that were just committed",
      grants: [
        "table:BatchGetItem",
        "table:PutItem",
        "table:UpdateItem",
        "rate:UpdateItem",
        "mail:SendRawEmail",
        "seal:Decrypt",
        "table:Query",
      ],
      filters: [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["mail"] } } } }],
      batchSize: 25,
      retryAttempts: 2,
      // The mail's own timer tries again by then.
      maxAgeMinutes: 15,
      alarmOnMessage: mailFailed,
    },
    buildReports: {
      kind: "stream",
      follows: "relayed",
      summary: "Builds the reports that were just ordered, and queues their mails",
      grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:UpdateItem", "hint:UpdateItem"],
      filters: [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["report-run"] } } } }],
      batchSize: 5,
      retryAttempts: 2,
      // The run's own timer brings it again by then.
      maxAgeMinutes: 15,
    },
    noteMoves: {
      kind: "stream",
      follows: "relayed",
      summary: "Notes each move of a customer for the sellers that gain and lose it",
      grants: ["table:BatchGetItem", "table:PutItem", "hint:UpdateItem"],
      filters: [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["log"] }, about: { S: ["move"] } } } }],
      batchSize: 100,
      retryAttempts: 2,
      maxAgeMinutes: 360,
    },
    runTasks: {
      kind: "stream",
      follows: "relayed",
      summary: "Works at the tasks that were just asked for, or handed on by the turn before",
      grants: working,
      filters: [
        {
          eventName: ["INSERT", "MODIFY"],
          dynamodb: { NewImage: { kind: { S: ["task"] }, wake: { S: ["run"] } } },
        },
      ],
      batchSize: 1,
      retryAttempts: 2,
      // The task's own timer brings it again by then.
      maxAgeMinutes: 15,
      alarmOnMessage: taskStuck,
    },
    runImports: {
      kind: "stream",
      follows: "relayed",
      summary: "Works at the imports that were just started, or handed on by the turn before",
      grants: [...working, "seal:Encrypt"],
      filters: [
        {
          eventName: ["INSERT", "MODIFY"],
          dynamodb: { NewImage: { kind: { S: ["import-task"] }, wake: { S: ["run"] } } },
        },
      ],
      batchSize: 1,
      retryAttempts: 2,
      // The task's own timer brings it again by then.
      maxAgeMinutes: 15,
      // The longest that Lambda lets a function work: a dry run sees what the rows before a row would have made, and cannot be taken up in the middle.
      timeoutMinutes: 15,
      alarmOnMessage: taskStuck,
    },
    provisionVaults: {
      kind: "stream",
      follows: "relayed",
      summary: "Provisions the vaults that were just ordered",
      grants: ["table:PutItem", "table:UpdateItem", "table:DeleteItem", ...provisioning],
      filters: [
        {
          eventName: ["INSERT", "MODIFY"],
          dynamodb: { NewImage: { kind: { S: ["customer"] }, vaultStatus: { S: ["provisioning"] } } },
        },
      ],
      batchSize: 100,
      retryAttempts: 2,
      // The order's own timer brings it again by then.
      maxAgeMinutes: 15,
      alarmOnMessage: vaultInTrouble,
    },
    watchThresholds: {
      kind: "stream",
      follows: "relayed",
      summary: "Writes into the log when use reaches a share of a limit",
      grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "hint:UpdateItem"],
      filters: [{ eventName: ["MODIFY"], dynamodb: { NewImage: { kind: { S: ["customer", "account"] } } } }],
      batchSize: 100,
      retryAttempts: 2,
      maxAgeMinutes: 360,
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
    sweepLogCopies: {
      kind: "schedule",
      summary: "Files the log entries that the stream did not bring, and makes their deliveries",
      grants: ["due:Query", ...filing],
      rateMinutes: 15,
    },
    sweepSearch: {
      kind: "schedule",
      summary: "Goes on filing for search what was moved, or has changed, in more places than were filed at once",
      grants: ["due:Query", ...filingWords],
      rateMinutes: 1,
    },
    sweepEvents: {
      kind: "schedule",
      summary: "Takes up the deliveries of events that are due again, or that the stream did not bring",
      grants: ["due:Query", ...delivering],
      rateMinutes: 1,
      alarmOnMessage: deliveriesStuck,
    },
    sweepTrials: {
      kind: "schedule",
      summary:
        "Tells of the ends of customers' trials beforehand, and puts customers into production when they have come",
      grants: [...sweeping, "hint:UpdateItem"],
      rateMinutes: 15,
    },
    sweepLedger: {
      kind: "schedule",
      summary: "Writes the day that is over into the usage ledger of each customer, in the night of its time zone",
      // A night sets the timer of the next one, so that none is deleted.
      grants: [
        "due:Query",
        "table:BatchGetItem",
        "table:Query",
        "table:PutItem",
        "table:UpdateItem",
        "hint:UpdateItem",
      ],
      rateMinutes: 15,
    },
    sweepInvoices: {
      kind: "schedule",
      summary: "Drafts and issues the invoices of the month that is over, makes their files, and queues their mails",
      grants: [
        "due:Query",
        "table:BatchGetItem",
        "table:Query",
        "table:PutItem",
        "table:UpdateItem",
        "table:DeleteItem",
        "hint:UpdateItem",
      ],
      rateMinutes: 5,
      alarmOnMessage: invoiceNotMade,
    },
    sweepAccountTrials: {
      kind: "schedule",
      summary: "Suspends accounts whose trial has ended, and deletes them after the delete period",
      grants: [...sweeping, "table:Query", "hint:UpdateItem"],
      rateMinutes: 15,
    },
    sweepAttention: {
      kind: "schedule",
      summary: "Finds the devices that have not backed up or not been seen for days, and those without a licence",
      grants: [...sweeping, "table:Query", "hint:UpdateItem"],
      rateMinutes: 15,
    },
    sweepReports: {
      kind: "schedule",
      summary:
        "Orders the reports that are due, builds those that the stream did not bring, and sends overviews of limits and mails about moves",
      grants: [...sweeping, "table:Query", "hint:UpdateItem"],
      rateMinutes: 5,
      alarmOnMessage: reportNotBuilt,
    },
    sweepPurges: {
      kind: "schedule",
      summary: "Removes for good what was deleted and has not been restored in time, step by step",
      grants: [...sweeping, "table:Query", "hint:UpdateItem"],
      rateMinutes: 15,
      alarmOnMessage: purgeStuck,
    },
    checkResidency: {
      kind: "schedule",
      summary: "Compares where each customer's data lie with where they were promised to lie, once a day",
      grants: [...sweeping, "table:Query", "hint:UpdateItem", "vault:GetObject", "vault:GetBucketLocation"],
      rateMinutes: 15,
      alarmOnMessage: vaultInTrouble,
    },
    sweepVaults: {
      kind: "schedule",
      summary: "Provisions the vaults that are due again, and removes data from the storage once they may go",
      grants: [
        ...sweeping,
        ...provisioning,
        "table:Query",
        "vault:ListBucketVersions",
        "vault:DeleteObjectVersion",
        "vault:GetObjectRetention",
        "vault:ListBucketMultipartUploads",
        "vault:AbortMultipartUpload",
      ],
      rateMinutes: 5,
      alarmOnMessage: vaultInTrouble,
    },
    sweepTasks: {
      kind: "schedule",
      summary: "Works at the tasks that the stream did not bring, or whose worker has died",
      grants: ["due:Query", ...working],
      rateMinutes: 1,
      alarmOnMessage: taskStuck,
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
        "table:Query",
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
    recoverAccess: {
      kind: "invoke",
      summary: "Makes an admin key of the provider that lasts a day, and tells its administrators by mail",
      grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:ConditionCheckItem"],
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
    rebuildSearch: {
      kind: "invoke",
      summary: "Files for search what is not filed as it is, also from before there was a search; or only counts it",
      grants: filingWords,
    },
  }),
  ...defineJobs("meta", {
    routeNotFound: { kind: "fallback", summary: "Answers 404 or 405 where no route matches", grants: [] },
  }),
} satisfies Record<string, Job>;
/** Ids of jobs. A function that has no room for this list names itself by one. */
export type JobId = keyof typeof jobs;
/** The jobs as a list, for those who derive something from each. */
export const jobList: readonly Job[] = Object.values(jobs);
