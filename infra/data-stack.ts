import { CfnOutput, RemovalPolicy, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { Metric, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import {
  AttributeType,
  BillingMode,
  Operation,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Duration } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { tableShape } from "../shared/store/table/shape.ts";
import type { StageConfig } from "./config.ts";
import { OperatorAlarm } from "./constructs/alarm.ts";
import { alarmTopicName, edgeSecretName } from "./constructs/naming.ts";

export interface DataStackProps extends StackProps {
  config: StageConfig;
}

/** What must not be lost: the table and the key that seals secrets; and whom to tell. */
export class DataStack extends Stack {
  readonly table: Table;
  readonly sealKey: Key;

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, {
      ...props,
      description: "Tenantry: the table, the key that seals secrets, and who is told of alarms",
    });
    this.table = createTable(this, config);
    this.sealKey = createSealKey(this, config);
    if (config.console !== false) createEdgeSecret(this, config);
    if (config.alarmEmail !== undefined) createAlarmTopic(this, config, config.alarmEmail);
    alarmOnTable(this, config, this.table);
    new CfnOutput(this, "TableName", { value: this.table.tableName });
  }
}

/**
 * The table. `Table`, not `TableV2`: the latter makes a global table, of whose stream AWS lets one function read; of a table in a single
 * Region, two.
 */
function createTable(scope: Construct, config: StageConfig): Table {
  const stringKey = (name: string) => ({ name, type: AttributeType.STRING });
  const table = new Table(scope, "Table", {
    // Named, so that a change that would replace the table is refused by CloudFormation instead of starting an empty one.
    tableName: config.tableName,
    partitionKey: stringKey(tableShape.partitionKey),
    sortKey: stringKey(tableShape.sortKey),
    timeToLiveAttribute: tableShape.timeToLive,
    stream: StreamViewType[tableShape.stream],
    billingMode: BillingMode.PAY_PER_REQUEST,
    // AWS's key in this account: its use is on record in CloudTrail, no function needs rights on a key, and nobody can delete the key and with it all data.
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  for (const [indexName, index] of Object.entries(tableShape.indexes))
    table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: stringKey(index.partitionKey),
      sortKey: stringKey(index.sortKey),
      projectionType: ProjectionType[index.projection],
    });
  return table;
}

/** The key that seals temporary passwords on their way to a mail, so that neither the table nor a backup of it shows them. */
const createSealKey = (scope: Construct, config: StageConfig): Key =>
  new Key(scope, "SealKey", {
    alias: `alias/tenantry-${config.stage}-seal`,
    description: `Tenantry ${config.stage}: seals temporary passwords until they are mailed`,
    enableKeyRotation: true,
    pendingWindow: Duration.days(30),
    removalPolicy: RemovalPolicy.RETAIN,
  });

/** What the console's distribution proves itself by when it hands a request on. Nobody has to know it, so nobody chooses it. */
function createEdgeSecret(scope: Construct, config: StageConfig): void {
  const secret = new Secret(scope, "EdgeSecret", {
    secretName: edgeSecretName(config),
    description: `Tenantry ${config.stage}: shows the API that a request came by way of the console's distribution`,
    generateSecretString: { passwordLength: 48, excludePunctuation: true },
  });
  Validations.of(secret).acknowledge({
    id: "AwsSolutions::AwsSolutions-SMG4",
    reason:
      "Both sides read it when they are deployed, so a rotation between two deployments would part them. It opens nothing: it only lets the API believe what CloudFront says of a client's address.",
  });
}

function createAlarmTopic(scope: Construct, config: StageConfig, email: string): void {
  const topic = new Topic(scope, "Alarms", { topicName: alarmTopicName(config), enforceSSL: true });
  topic.addSubscription(new EmailSubscription(email));
  const { account } = Stack.of(scope);
  // A topic with a policy loses the default one, under which alarms of the account may publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": account } },
    }),
  );
}

function alarmOnTable(scope: Construct, config: StageConfig, table: Table): void {
  const period = Duration.minutes(5);
  const throttles = (metricName: string, index?: string) =>
    new Metric({
      namespace: "AWS/DynamoDB",
      metricName,
      dimensionsMap: { TableName: table.tableName, ...(index && { GlobalSecondaryIndexName: index }) },
      statistic: "Sum",
      period,
    });
  const withIndexes = (metricName: string) => {
    const usingMetrics = Object.fromEntries(
      [undefined, ...Object.keys(tableShape.indexes)].map((index) => [index ?? "base", throttles(metricName, index)]),
    );
    // A metric without data would make the whole sum missing.
    const expression = Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(" + ");
    return new MathExpression({ expression, usingMetrics, period, label: metricName });
  };
  new OperatorAlarm(scope, "ReadThrottles", {
    config,
    name: "table-read-throttles",
    description:
      "The table refused reads: a partition is hot, or the load grew faster than on-demand capacity follows.",
    metric: withIndexes("ReadThrottleEvents"),
    above: 0,
  });
  new OperatorAlarm(scope, "WriteThrottles", {
    config,
    name: "table-write-throttles",
    description:
      "The table or an index refused writes: a partition is hot, or the load grew faster than on-demand capacity follows.",
    metric: withIndexes("WriteThrottleEvents"),
    above: 0,
  });
  new OperatorAlarm(scope, "SystemErrors", {
    config,
    name: "table-system-errors",
    description: "DynamoDB answered with errors of its own; see the AWS Health Dashboard.",
    metric: table.metricSystemErrorsForOperations({
      operations: [
        Operation.BATCH_GET_ITEM,
        Operation.GET_ITEM,
        Operation.QUERY,
        Operation.PUT_ITEM,
        Operation.UPDATE_ITEM,
        Operation.DELETE_ITEM,
        Operation.TRANSACT_WRITE_ITEMS,
        Operation.GET_RECORDS,
      ],
      period,
    }),
    above: 0,
    periods: 2,
  });
}
