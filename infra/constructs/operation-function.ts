import path from "node:path";
import { Aws, type Duration, RemovalPolicy, Tags, Validations } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Grant } from "../../shared/http/contract.ts";
import type { EdgeEnv, FunctionEnv, RelayEnv } from "../../shared/runtime/env.ts";
import { bundleRoot } from "../bundle.ts";
import type { StageConfig } from "../config.ts";
import { grantStatements } from "./grants.ts";
import { functionName } from "../../shared/runtime/function-name.ts";
import { configurationSetName, publicUrl, vaultSessionsTag } from "./naming.ts";

export interface OperationFunctionProps {
  config: StageConfig;
  /** ARN of the key that seals secrets: known to every function, of use to those with a grant. */
  sealKeyArn: string;
  unit: { id: string; area: string; summary: string };
  grants: readonly Grant[];
  /** What it may do beside the grants, for consumers of the stream. */
  statements?: readonly PolicyStatement[];
  /** Keep below the gateway's 30 seconds for what answers a request. */
  timeout: Duration;
  /** What only this function finds in its environment. */
  environment?: RelayEnv | EdgeEnv;
}

/** One function with a role, a log group and alarms of its own. Every default of Tenantry's functions stands here. */
export class OperationFunction extends Construct {
  readonly handler: LambdaFunction;
  readonly name: string;
  /** Id of the operation or job. */
  readonly unitId: string;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: OperationFunctionProps) {
    super(scope, id);
    const { config, sealKeyArn, unit } = props;
    this.unitId = unit.id;
    this.name = functionName(config.stage, unit);
    if (this.name.length > 64) throw new Error(`${this.name} is longer than the 64 characters of a function's name`);

    // Its name is left to CloudFormation, so a group that was retained never stands in the way of a new one.
    this.logGroup = new LogGroup(this, "Logs", {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `${config.stage}: ${unit.id}`,
      inlinePolicies: {
        contract: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [this.logGroup.logGroupArn],
            }),
            ...grantStatements(this, config, sealKeyArn, props.grants),
            ...(props.statements ?? []),
          ],
        }),
      },
    }).withoutPolicyUpdates();
    for (const resource of vaultWildcards(this, config, sealKeyArn, props.grants))
      Validations.of(this).acknowledge({
        id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource.replace(Aws.ACCOUNT_ID, "<AWS::AccountId>")}]`,
        reason: "Objects in the buckets of this stage's locations, and keys that are known by the stage's aliases.",
      });
    // By this the roles of vaults know who may begin a session as one of them.
    if (props.grants.includes("vault:AssumeRole"))
      Tags.of(this).add(vaultSessionsTag, config.stage, { includeResourceTypes: ["AWS::IAM::Role"] });

    this.handler = new LambdaFunction(this, "Function", {
      functionName: this.name,
      description: unit.summary,
      code: Code.fromAsset(path.join(bundleRoot, unit.id)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // CPU comes with memory: below this a cold start parses the bundle noticeably slower, and above it a call that waits for DynamoDB gains nothing.
      memorySize: 1024,
      timeout: props.timeout,
      role,
      logGroup: this.logGroup,
      // What the runtime itself says (timeouts, crashes) is then as searchable as the function's own lines.
      loggingFormat: LoggingFormat.JSON,
      // Lambda drops lines below its own level, which would else be INFO.
      applicationLogLevelV2: ApplicationLogLevel[config.logLevel],
      environment: { ...environmentOf(config, sealKeyArn), ...props.environment },
      ...reservedFor(config, unit.id),
    });
  }
}

/** What a function's rights in the storage are about and names by a wildcard. */
const vaultWildcards = (
  scope: Construct,
  config: StageConfig,
  sealKeyArn: string,
  grants: readonly Grant[],
): string[] => [
  ...new Set(
    grantStatements(
      scope,
      config,
      sealKeyArn,
      grants.filter((grant) => grant.startsWith("vault:")),
    )
      .flatMap(({ resources }) => resources)
      .filter((resource) => resource.includes("*")),
  ),
];

/** Instances that the stage keeps for a function, where its configuration says so. */
const reservedFor = ({ reservedConcurrency = {} }: StageConfig, id: string) => {
  const reserved = Object.hasOwn(reservedConcurrency, id)
    ? reservedConcurrency[id as keyof typeof reservedConcurrency]
    : undefined;
  return reserved === undefined ? {} : { reservedConcurrentExecutions: reserved };
};

/** The environment by the schema that functions parse at their start: a variable too few or too many does not compile. */
const environmentOf = (config: StageConfig, sealKeyArn: string): { [Name in keyof FunctionEnv]: string } => ({
  TABLE_NAME: config.tableName,
  ACCOUNT_ID: config.account ?? Aws.ACCOUNT_ID,
  STORAGE_LOCATIONS: JSON.stringify(config.storage.locations),
  STAGE: config.stage,
  LOG_LEVEL: config.logLevel,
  RATE_LIMIT_PER_MINUTE: String(config.rateLimitPerMinute),
  MAIL_FROM: config.mail?.from ?? "",
  PUBLIC_URL: publicUrl(config),
  MAIL_CONFIGURATION_SET: configurationSetName(config),
  MAIL_RATE_PER_SECOND: String(config.mail?.ratePerSecond ?? 1),
  SEAL_KEY_ID: sealKeyArn,
});
