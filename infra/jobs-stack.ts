import { CfnOutput, Duration, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { jobList } from "../functions/jobs.ts";
import { isRelayed, type Job } from "../shared/http/jobs/job.ts";
import type { StageConfig } from "./config.ts";
import { OperatorAlarm } from "./constructs/alarm.ts";
import { alarmOnDroppedEvents, alarmOnErrors, alarmOnThrottles } from "./constructs/function-alarms.ts";
import { alarmOnMessages, countMessages } from "./constructs/message-alarms.ts";
import { configurationSetName } from "./constructs/naming.ts";
import { OperationFunction } from "./constructs/operation-function.ts";
import { ordered, relay, relayed } from "./constructs/stream-functions.ts";

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
    const made = new Map<string, OperationFunction>();
    for (const job of jobList) {
      switch (job.kind) {
        case "stream":
          made.set(
            job.id,
            job.follows === "ordered"
              ? ordered(this, common, job, streamArn, streamFailures)
              : relayed(this, common, job, streamFailures),
          );
          break;
        case "relay":
          // Last, since it may start the functions that it hands changes on to, and these only.
          break;
        case "schedule":
          made.set(job.id, schedule(this, common, job, scheduleFailures));
          break;
        case "event":
          made.set(job.id, eventConsumer(this, common, job, eventFailures));
          break;
        case "invoke": {
          const unit = new OperationFunction(this, job.id, {
            ...common,
            unit: job,
            grants: job.grants,
            timeout: Duration.seconds(30),
          });
          made.set(job.id, unit);
          new CfnOutput(this, `${job.id[0]!.toUpperCase()}${job.id.slice(1)}Function`, { value: unit.name });
          break;
        }
        case "fallback":
          // Belongs to the gateway; see ApiStack.
          break;
        default:
          job satisfies never;
      }
    }
    const consumers = jobList.filter(isRelayed).map(({ id }) => made.get(id)!.handler.functionArn);
    for (const job of jobList)
      if (job.kind === "relay") made.set(job.id, relay(this, common, job, streamArn, streamFailures, consumers));
    alarmOnErrors(this, config, "jobs", [...made.values()]);
    alarmOnThrottles(this, config);
    alarmOnDroppedEvents(
      this,
      config,
      jobList.filter(isRelayed).map(({ id }) => made.get(id)!),
    );
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
    // As large as an asynchronous event may be, which is what the messages hold.
    maxMessageSizeBytes: 1_048_576,
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

function schedule(scope: Construct, common: Common, job: JobOf<"schedule">, failures: Queue): OperationFunction {
  const made = new OperationFunction(scope, job.id, {
    ...common,
    unit: job,
    grants: job.grants,
    timeout: Duration.minutes(5),
  });
  const { handler, logGroup } = made;
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
  return made;
}

/** The names under which SES's events of a type stand on the event bus. */
const eventNames: Readonly<Record<string, string>> = {
  Send: "Email Sent",
  Reject: "Email Rejected",
  Bounce: "Email Bounced",
  Complaint: "Email Complaint Received",
};

function eventConsumer(scope: Construct, common: Common, job: JobOf<"event">, failures: Queue): OperationFunction {
  const { config } = common;
  const made = new OperationFunction(scope, job.id, {
    ...common,
    unit: job,
    grants: job.grants,
    statements: [new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [failures.queueArn] })],
    timeout: Duration.seconds(30),
  });
  const { handler, logGroup } = made;
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
  return made;
}
