import { defineJobs, type Job } from "../shared/http/job.ts";

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
  }),
  ...defineJobs("schedule", {
    sweepExpiredKeys: {
      kind: "schedule",
      summary: "Records the expiry of API keys whose time has come",
      grants: ["due:Query", "table:BatchGetItem", "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
      rateMinutes: 60,
    },
  }),
  ...defineJobs("setup", {
    bootstrapProvider: {
      kind: "invoke",
      summary: "Creates the provider and the first key; refuses for ever once a provider exists",
      grants: ["table:BatchGetItem", "table:PutItem"],
    },
  }),
  ...defineJobs("meta", {
    routeNotFound: { kind: "fallback", summary: "Answers 404 or 405 where no route matches", grants: [] },
  }),
} satisfies Record<string, Job>;
/** The jobs as a list, for those who derive something from each. */
export const jobList: readonly Job[] = Object.values(jobs);
