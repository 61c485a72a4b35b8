import { CfnOutput, Duration, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping, FilterCriteria, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { jobList } from "../functions/jobs.ts";
import type { Job } from "../shared/http/job.ts";
import type { StageConfig } from "./config.ts";
import { OperatorAlarm } from "./constructs/alarm.ts";
import { OperationFunction } from "./constructs/operation-function.ts";

export interface JobsStackProps extends StackProps {
  config: StageConfig;
  /** The table's stream. */
  streamArn: string;
}

type JobOf<Kind extends Job["kind"]> = Extract<Job, { kind: Kind }>;

/** What runs without a request: consumers of the stream, schedules, and what only IAM may invoke. */
export class JobsStack extends Stack {
  constructor(scope: Construct, id: string, { config, streamArn, ...props }: JobsStackProps) {
    super(scope, id, { ...props, description: "Tenantry: stream consumers, schedules and set-up" });
    const streamFailures = deadLetters(this, "StreamFailures", {
      config,
      name: "stream-failures",
      description:
        "A consumer gave up on records. The message tells which; the records themselves stay in the stream for 24 hours.",
    });
    const scheduleFailures = deadLetters(this, "ScheduleFailures", {
      config,
      name: "schedule-failures",
      description: "A schedule could not start its function. What is due stays due; the next run takes it along.",
    });
    for (const job of jobList) {
      switch (job.kind) {
        case "stream":
          consumer(this, config, job, streamArn, streamFailures);
          break;
        case "schedule":
          schedule(this, config, job, scheduleFailures);
          break;
        case "invoke": {
          const { name } = new OperationFunction(this, job.id, {
            config,
            unit: job,
            grants: job.grants,
            timeout: Duration.seconds(30),
          });
          new CfnOutput(this, `${job.id[0]!.toUpperCase()}${job.id.slice(1)}Function`, { value: name });
          break;
        }
        case "fallback":
          // Belongs to the gateway; see ApiStack.
          break;
        default:
          job satisfies never;
      }
    }
  }
}

function deadLetters(
  scope: Construct,
  id: string,
  { config, name, description }: { config: StageConfig; name: string; description: string },
): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: "AwsSolutions::AwsSolutions-SQS3",
    reason:
      "This is itself the dead-letter queue, of event source mappings and schedules; an alarm rings on its first message.",
  });
  new OperatorAlarm(scope, `${id}Depth`, {
    config,
    name,
    description,
    metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: "Maximum" }),
    above: 0,
  });
  return queue;
}

function consumer(
  scope: Construct,
  config: StageConfig,
  job: JobOf<"stream">,
  streamArn: string,
  failures: Queue,
): void {
  const { handler } = new OperationFunction(scope, job.id, {
    config,
    unit: job,
    grants: job.grants,
    statements: [
      new PolicyStatement({
        actions: ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map(
          (action) => `dynamodb:${action}`,
        ),
        resources: [streamArn],
      }),
      new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [failures.queueArn] }),
    ],
    timeout: Duration.minutes(1),
  });
  new EventSourceMapping(scope, `${job.id}Stream`, {
    target: handler,
    eventSourceArn: streamArn,
    // A consumer that is new also gets what was committed before it was ready.
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: [FilterCriteria.filter(job.filter)],
    batchSize: job.batchSize,
    maxBatchingWindow: Duration.seconds(job.batchingWindowSeconds),
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
}

function schedule(scope: Construct, config: StageConfig, job: JobOf<"schedule">, failures: Queue): void {
  const { handler } = new OperationFunction(scope, job.id, {
    config,
    unit: job,
    grants: job.grants,
    timeout: Duration.minutes(5),
  });
  // A sweep finds what is due in the table, so a run that failed is made up for by the next: one more try, and none when that is near.
  handler.configureAsyncInvoke({ retryAttempts: 1, maxEventAge: Duration.minutes(Math.min(job.rateMinutes, 360)) });
  const role = new Role(scope, `${job.id}ScheduleRole`, {
    assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
    }),
    inlinePolicies: {
      start: new PolicyDocument({
        statements: [
          new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [handler.functionArn] }),
          new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [failures.queueArn] }),
        ],
      }),
    },
  });
  new CfnSchedule(scope, `${job.id}Schedule`, {
    description: job.summary,
    scheduleExpression: job.rateMinutes === 1 ? "rate(1 minute)" : `rate(${job.rateMinutes} minutes)`,
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: handler.functionArn,
      roleArn: role.roleArn,
      deadLetterConfig: { arn: failures.queueArn },
      retryPolicy: {
        maximumEventAgeInSeconds: Math.max(60, Math.min(job.rateMinutes * 60, 86_400)),
        maximumRetryAttempts: 5,
      },
    },
  });
}
