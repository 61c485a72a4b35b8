import { CfnOutput, Duration, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";

import { EventSourceMapping, FilterCriteria, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import { FilterPattern, type LogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { jobList } from "../functions/jobs.ts";
import type { Job, MessageAlarm } from "../shared/http/jobs/job.ts";
import type { StageConfig } from "./config.ts";
import { OperatorAlarm } from "./constructs/alarm.ts";
import { configurationSetName } from "./constructs/naming.ts";
import { OperationFunction } from "./constructs/operation-function.ts";

export interface JobsStackProps extends StackProps {
  config: StageConfig;
  /** ARN of the key that seals secrets. */
  sealKeyArn: string;
  /** The table's stream. */
  streamArn: string;
}

type JobOf<Kind extends Job["kind"]> = Extract<Job, { kind: Kind }>;

/** What all of them need to know. */
type Common = Pick<JobsStackProps, "config" | "sealKeyArn">;

/** What runs without a request: consumers of the stream and of events, schedules, and what only IAM may invoke. */
export class JobsStack extends Stack {
  constructor(scope: Construct, id: string, { config, sealKeyArn, streamArn, ...props }: JobsStackProps) {
    super(scope, id, {
      ...props,
      description: "Tenantry: consumers of the stream and of events, schedules and set-up",
    });
    const common: Common = { config, sealKeyArn };
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
    const eventFailures = deadLetters(this, "EventFailures", {
      config,
      name: "event-failures",
      description: "A consumer gave up on an event, which is in the message: what became of a mail is not on record.",
    });
    for (const job of jobList) {
      switch (job.kind) {
        case "stream":
          consumer(this, common, job, streamArn, streamFailures);
          break;
        case "schedule":
          schedule(this, common, job, scheduleFailures);
          break;
        case "event":
          eventConsumer(this, common, job, eventFailures);
          break;
        case "invoke": {
          const { name } = new OperationFunction(this, job.id, {
            ...common,
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
    alarmOnMessages(this, config);
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
      "This is itself the dead-letter queue, of event source mappings, event rules and schedules; an alarm rings on its first message.",
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

function consumer(scope: Construct, common: Common, job: JobOf<"stream">, streamArn: string, failures: Queue): void {
  const { config } = common;
  const { handler, logGroup } = new OperationFunction(scope, job.id, {
    ...common,
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
  countMessages(scope, config, job, logGroup);
}

function schedule(scope: Construct, common: Common, job: JobOf<"schedule">, failures: Queue): void {
  const { handler, logGroup } = new OperationFunction(scope, job.id, {
    ...common,
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
  countMessages(scope, common.config, job, logGroup);
}

/** The names under which SES's events of a type stand on the event bus. */
const eventNames: Readonly<Record<string, string>> = {
  Send: "Email Sent",
  Reject: "Email Rejected",
  Bounce: "Email Bounced",
  Complaint: "Email Complaint Received",
};

function eventConsumer(scope: Construct, common: Common, job: JobOf<"event">, failures: Queue): void {
  const { config } = common;
  const { handler, logGroup } = new OperationFunction(scope, job.id, {
    ...common,
    unit: job,
    grants: job.grants,
    statements: [new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [failures.queueArn] })],
    timeout: Duration.seconds(30),
  });
  countMessages(scope, config, job, logGroup);
  // What the function fails at. The rule's own queue and retries are for what does not even reach it.
  handler.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(6),
    onFailure: new SqsDestination(failures),
  });
  new Rule(scope, `${job.id}Rule`, {
    description: job.summary,
    eventPattern: {
      source: ["aws.ses"],
      detailType: job.mailEvents.map((type) => {
        const name = eventNames[type];
        if (name === undefined)
          throw new Error(`${job.id} wants to hear of ${type}, of which SES is not asked to tell`);
        return name;
      }),
      // Other mail of the account tells its events on the same bus.
      detail: { mail: { tags: { "ses:configuration-set": [configurationSetName(config)] } } },
    },
    targets: [
      new FunctionTarget(handler, {
        deadLetterQueue: failures,
        retryAttempts: 185,
        maxEventAge: Duration.hours(24),
      }),
    ],
  });
}

type Alarming = Job & { alarmOnMessage?: MessageAlarm };

/** Where the lines of alarms are counted: one metric for all jobs that give the alarm the same name. */
const messageMetric = (config: StageConfig, { name }: MessageAlarm) => ({
  metricNamespace: `Tenantry/${config.stage}`,
  metricName: name,
});

function countMessages(scope: Construct, config: StageConfig, job: Alarming, logGroup: LogGroup): void {
  if (!job.alarmOnMessage) return;
  new MetricFilter(scope, `${job.id}Messages`, {
    logGroup,
    filterPattern: FilterPattern.stringValue("$.message", "=", job.alarmOnMessage.message),
    ...messageMetric(config, job.alarmOnMessage),
    metricValue: "1",
  });
}

function alarmOnMessages(scope: Construct, config: StageConfig): void {
  const alarms = jobList.flatMap(({ alarmOnMessage }: Alarming) => alarmOnMessage ?? []);
  for (const [name, [alarm]] of Map.groupBy(alarms, ({ name }) => name)) {
    const { metricNamespace: namespace, metricName } = messageMetric(config, alarm!);
    new OperatorAlarm(scope, `${name}-messages`, {
      config,
      name,
      description: alarm!.description,
      metric: new Metric({ namespace, metricName, statistic: "Sum", period: Duration.minutes(5) }),
      above: 0,
    });
  }
}
