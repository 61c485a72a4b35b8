import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping, FilterCriteria, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { jobList } from "../../functions/jobs.ts";
import { combined, type FilterPattern } from "../../shared/http/jobs/filter.ts";
import { isRelayed, type Named, type OrderedJob, type RelayedJob, type RelayJob } from "../../shared/http/jobs/job.ts";
import type { StageConfig } from "../config.ts";
import { OperatorAlarm } from "./alarm.ts";
import { countMessages } from "./message-alarms.ts";
import { OperationFunction } from "./operation-function.ts";

/** What all of them need to know. */
interface StreamCommon {
  config: StageConfig;
  sealKeyArn: string;
}

/** What reads the stream may do beside its grants. */
const readingStatements = (streamArn: string, failures: Queue): PolicyStatement[] => [
  new PolicyStatement({
    actions: ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((action) => `dynamodb:${action}`),
    resources: [streamArn],
  }),
  new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [failures.queueArn] }),
];

/** Lets a function read the stream. At most two may: AWS throttles more readers of a shard. */
function readStream(
  scope: Construct,
  { config }: StreamCommon,
  job: Named<RelayJob> | Named<OrderedJob>,
  { handler, logGroup }: OperationFunction,
  { streamArn, failures, filters }: { streamArn: string; failures: Queue; filters: readonly FilterPattern[] },
): void {
  new EventSourceMapping(scope, `${job.id}Stream`, {
    target: handler,
    eventSourceArn: streamArn,
    // A consumer that is new also gets what was committed before it was ready.
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: filters.map((filter) => FilterCriteria.filter({ ...filter })),
    batchSize: job.batchSize,
    maxBatchingWindow: Duration.seconds(job.batchingWindowSeconds),
    parallelizationFactor: job.parallelizationFactor,
    retryAttempts: job.retryAttempts,
    // Half the stream's 24 hours: whoever finds the message in the queue can still read the record.
    maxRecordAge: Duration.hours(12),
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    onFailure: new SqsDlq(failures),
  });
  new OperatorAlarm(scope, `${job.id}Age`, {
    config,
    name: `${job.id}-behind`,
    description: `${job.id} is more than a quarter of an hour behind the table.`,
    metric: handler.metric("IteratorAge", { statistic: "Maximum", period: Duration.minutes(5) }),
    above: Duration.minutes(15).toMilliseconds(),
    periods: 2,
  });
  countMessages(scope, config, job, logGroup);
}

/** A function that reads the stream because it depends on the order of changes. */
export function ordered(
  scope: Construct,
  common: StreamCommon,
  job: Named<OrderedJob>,
  streamArn: string,
  failures: Queue,
): OperationFunction {
  const made = new OperationFunction(scope, job.id, {
    ...common,
    unit: job,
    grants: job.grants,
    statements: readingStatements(streamArn, failures),
    timeout: Duration.minutes(1),
  });
  readStream(scope, common, job, made, { streamArn, failures, filters: job.filters });
  return made;
}

/** The function that reads the stream for all relayed ones. @param consumers their ARNs */
export function relay(
  scope: Construct,
  common: StreamCommon,
  job: Named<RelayJob>,
  streamArn: string,
  failures: Queue,
  consumers: readonly string[],
): OperationFunction {
  const made = new OperationFunction(scope, job.id, {
    ...common,
    unit: job,
    grants: job.grants,
    statements: [
      ...readingStatements(streamArn, failures),
      new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [...consumers] }),
    ],
    environment: { FAILURES_QUEUE_URL: failures.queueUrl },
    timeout: Duration.minutes(1),
  });
  // What no consumer asks for does not wake it.
  const filters = combined(jobList.filter(isRelayed).flatMap((consumer) => consumer.filters));
  readStream(scope, common, job, made, { streamArn, failures, filters });
  return made;
}

/** A function that the relay starts. Lambda keeps its events in a queue of the function's own. */
export function relayed(
  scope: Construct,
  common: StreamCommon,
  job: Named<RelayedJob>,
  failures: Queue,
): OperationFunction {
  const made = new OperationFunction(scope, job.id, {
    ...common,
    unit: job,
    grants: job.grants,
    statements: [new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [failures.queueArn] })],
    timeout: Duration.minutes(job.timeoutMinutes ?? 1),
  });
  made.handler.configureAsyncInvoke({
    retryAttempts: job.retryAttempts,
    maxEventAge: Duration.minutes(job.maxAgeMinutes),
    onFailure: new SqsDestination(failures),
  });
  countMessages(scope, common.config, job, made.logGroup);
  return made;
}
