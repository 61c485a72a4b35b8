import { ArnFormat, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { IndexName } from "../../shared/store/table.ts";
import type { StageConfig } from "../config.ts";

/** Name of a function. The area is in it, so an operation that moves to another area never meets its predecessor. */
export const functionName = (config: StageConfig, unit: { id: string; area: string }): string =>
  `tenantry-${config.stage}-${unit.area}-${unit.id}`;

/** ARN of the table, by name: stacks then share no export, and the table's stack can change without them. */
export const tableArn = (scope: Construct, config: StageConfig): string =>
  Stack.of(scope).formatArn({ service: "dynamodb", resource: "table", resourceName: config.tableName });

/** ARN of one index of the table. */
export const indexArn = (scope: Construct, config: StageConfig, index: IndexName): string =>
  `${tableArn(scope, config)}/index/${index}`;

/** Name of the topic that alarms are sent to. */
export const alarmTopicName = (config: StageConfig): string => `tenantry-${config.stage}-alarms`;

/** ARN of the topic that alarms are sent to. */
export const alarmTopicArn = (scope: Construct, config: StageConfig): string =>
  Stack.of(scope).formatArn({
    service: "sns",
    resource: alarmTopicName(config),
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
