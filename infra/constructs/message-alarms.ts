import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, type LogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { jobList } from "../../functions/jobs.ts";
import type { Job, MessageAlarm } from "../../shared/http/jobs/job.ts";
import type { StageConfig } from "../config.ts";
import { OperatorAlarm } from "./alarm.ts";

/** Where the lines of alarms are counted: one metric for all jobs that give the alarm the same name. */
const messageMetric = (config: StageConfig, { name }: MessageAlarm) => ({
  metricNamespace: `Tenantry/${config.stage}`,
  metricName: name,
});

/** Counts the lines that ring a job's alarm. */
export function countMessages(scope: Construct, config: StageConfig, job: Job, logGroup: LogGroup): void {
  if (!job.alarmOnMessage) return;
  new MetricFilter(scope, `${job.id}Messages`, {
    logGroup,
    filterPattern: FilterPattern.stringValue("$.message", "=", job.alarmOnMessage.message),
    ...messageMetric(config, job.alarmOnMessage),
    metricValue: "1",
  });
}

/** The alarms that jobs ring by a line of their logs. */
export function alarmOnMessages(scope: Construct, config: StageConfig): void {
  const alarms = jobList.flatMap(({ alarmOnMessage }) => alarmOnMessage ?? []);
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
