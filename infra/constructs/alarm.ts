import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { StageConfig } from "../config.ts";
import { alarmTopicArn } from "./naming.ts";

export interface OperatorAlarmProps {
  config: StageConfig;
  /** After `tenantry-<stage>-`; the subject of the mail. */
  name: string;
  /** What it means and what to do; the text of the mail. */
  description: string;
  metric: IMetric;
  /** Rings when the metric is above this. */
  above: number;
  /** Periods in a row; one by default. */
  periods?: number;
}

/** An alarm that tells the operator, if the stage names one. No data is no alarm: an idle night is healthy. */
export class OperatorAlarm extends Construct {
  constructor(scope: Construct, id: string, props: OperatorAlarmProps) {
    super(scope, id);
    const alarm = new Alarm(this, "Alarm", {
      alarmName: `tenantry-${props.config.stage}-${props.name}`,
      alarmDescription: props.description,
      metric: props.metric,
      threshold: props.above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: props.periods ?? 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (props.config.alarmEmail !== undefined) {
      alarm.addAlarmAction(new SnsAction(Topic.fromTopicArn(this, "Topic", alarmTopicArn(this, props.config))));
    }
  }
}
