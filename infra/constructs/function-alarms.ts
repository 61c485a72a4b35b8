import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { StageConfig } from "../config.ts";
import { OperatorAlarm } from "./alarm.ts";
import type { OperationFunction } from "./operation-function.ts";

/** An alarm by metric math may read ten metrics (CloudWatch, "Limits that apply to alarms based on metric math expressions"). */
const metricsOfAnAlarm = 10;
const period = Duration.minutes(5);

interface SumAlarm {
  config: StageConfig;
  /** After `tenantry-<stage>-`; a number follows where there are several. */
  name: string;
  describe: (functionNames: string) => string;
  metric: (unit: OperationFunction) => IMetric;
}

/** Alarms that ring when the sum of a metric over some functions is above zero: one for each ten functions. */
function alarmOnSums(scope: Construct, id: string, functions: readonly OperationFunction[], alarm: SumAlarm): void {
  const groups = Array.from({ length: Math.ceil(functions.length / metricsOfAnAlarm) }, (_, nth) =>
    functions.slice(nth * metricsOfAnAlarm, (nth + 1) * metricsOfAnAlarm),
  );
  for (const [nth, group] of groups.entries()) {
    const usingMetrics = Object.fromEntries(group.map((unit, index) => [`m${index}`, alarm.metric(unit)]));
    // A metric without data would make the whole sum missing.
    const terms = Object.keys(usingMetrics).map((name) => `FILL(${name}, 0)`);
    new OperatorAlarm(scope, `${id}${nth + 1}`, {
      config: alarm.config,
      name: groups.length === 1 ? alarm.name : `${alarm.name}-${nth + 1}`,
      description: alarm.describe(group.map(({ unitId }) => unitId).join(", ")),
      metric: new MathExpression({ expression: terms.join(" + "), usingMetrics, period, label: alarm.name }),
      above: 0,
    });
  }
}

/**
 * Alarms that ring when a function crashes, runs out of time or cannot start. A refusal that a function answers itself does not count.
 * @param area the part of the name that tells the operator where to look
 */
export const alarmOnErrors = (
  scope: Construct,
  config: StageConfig,
  area: string,
  functions: readonly OperationFunction[],
): void =>
  alarmOnSums(scope, "Errors", functions, {
    config,
    name: `${area}-errors`,
    describe: (names) => `One of these functions crashed, ran out of time or could not start: ${names}.`,
    metric: ({ handler }) => handler.metricErrors({ period }),
  });

/** Alarms that ring when Lambda drops events that waited for functions: those failed, or could not keep up. */
export const alarmOnDroppedEvents = (
  scope: Construct,
  config: StageConfig,
  functions: readonly OperationFunction[],
): void =>
  alarmOnSums(scope, "Dropped", functions, {
    config,
    name: "events-dropped",
    describe: (names) =>
      `Lambda dropped changes that waited for one of these functions: ${names}. What must happen is made up for by its timer.`,
    metric: ({ handler }) => handler.metric("AsyncEventsDropped", { statistic: "Sum", period }),
  });

/** An alarm that rings when any function of the account and Region is throttled: they all share one limit of concurrent instances. */
export function alarmOnThrottles(scope: Construct, config: StageConfig): void {
  new OperatorAlarm(scope, "Throttles", {
    config,
    name: "function-throttles",
    description:
      "Functions were called more often than the account's limit of concurrent instances allows. The metric Throttles of each function tells which.",
    metric: new Metric({ namespace: "AWS/Lambda", metricName: "Throttles", statistic: "Sum", period }),
    above: 0,
  });
}
