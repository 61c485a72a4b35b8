import { Aws, CfnOutput, Duration, Fn, NestedStack, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { CfnApi, CfnApiMapping, CfnDomainName, CfnStage } from "aws-cdk-lib/aws-apigatewayv2";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { CfnPermission } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { ARecord, AaaaRecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayv2DomainProperties } from "aws-cdk-lib/aws-route53-targets";
import type { Construct } from "constructs";
import { jobList } from "../functions/jobs.ts";
import { operations } from "../functions/routes.ts";
import { type Grant, grantsOf } from "../shared/http/contract.ts";
import type { DomainSettings, StageConfig } from "./config.ts";
import { OperatorAlarm } from "./constructs/alarm.ts";
import { alarmOnErrors } from "./constructs/function-alarms.ts";
import { apiFromRoutes, callPattern } from "./constructs/api-from-routes.ts";
import { edgeSecret } from "./constructs/naming.ts";
import { OperationFunction } from "./constructs/operation-function.ts";

/** Below the gateway's 30 seconds, so that the function's own answer or its timeout is on record, never a cut connection. */
const requestTimeout = Duration.seconds(28);

export interface ApiStackProps extends StackProps {
  config: StageConfig;
  /** ARN of the key that seals secrets. */
  sealKeyArn: string;
}

/** One function that answers requests. */
interface Unit {
  id: string;
  area: string;
  summary: string;
  grants: readonly Grant[];
  /** Which calls of the gateway may reach it, as method and path with wildcards. */
  calls: string;
}

/** The functions of one area, in a stack of their own: a stack holds at most 500 resources. */
class AreaStack extends NestedStack {
  readonly functions: ReadonlyMap<string, OperationFunction>;

  constructor(
    scope: Construct,
    area: string,
    props: { config: StageConfig; sealKeyArn: string; units: readonly Unit[] },
  ) {
    super(scope, area, { description: `Tenantry: functions of ${area}` });
    this.functions = new Map(
      props.units.map((unit) => [
        unit.id,
        new OperationFunction(this, unit.id, {
          config: props.config,
          sealKeyArn: props.sealKeyArn,
          unit,
          grants: unit.grants,
          timeout: requestTimeout,
          ...(props.config.console !== false && { environment: { EDGE_SECRET: edgeSecret(props.config) } }),
        }),
      ]),
    );
    alarmOnErrors(this, props.config, area, [...this.functions.values()]);
  }
}

/** The gateway and, by area, the functions behind it. */
export class ApiStack extends Stack {
  /** The host that it answers at. */
  readonly host: string;

  constructor(scope: Construct, id: string, { config, sealKeyArn, ...props }: ApiStackProps) {
    super(scope, id, { ...props, description: "Tenantry: the HTTP API" });
    const fallback = jobList.find((job) => job.kind === "fallback");
    if (!fallback) throw new Error("No job of the kind fallback: the gateway would answer unknown routes itself");
    const units: Unit[] = [
      ...operations.map((operation) => ({ ...operation, grants: grantsOf(operation), calls: callPattern(operation) })),
      // Whatever method and path: it is the route for what matches no other.
      { ...fallback, calls: "*" },
    ];
    const functions = new Map(
      [...Map.groupBy(units, ({ area }) => area)].flatMap(([area, ofArea]) => [
        ...new AreaStack(this, area, { config, sealKeyArn, units: ofArea }).functions,
      ]),
    );
    const arnOf = (unitId: string) => functions.get(unitId)!.handler.functionArn;

    const api = new CfnApi(this, "Api", {
      body: apiFromRoutes(
        operations,
        fallback.id,
        (unitId) =>
          `arn:${Aws.PARTITION}:apigateway:${Aws.REGION}:lambda:path/2015-03-31/functions/${arnOf(unitId)}/invocations`,
      ),
      // With a name of its own the API has one address, not two.
      disableExecuteApiEndpoint: config.domain !== undefined,
    });
    for (const unit of units) {
      new CfnPermission(this, `Invoke-${unit.id}`, {
        action: "lambda:InvokeFunction",
        functionName: arnOf(unit.id),
        principal: "apigateway.amazonaws.com",
        sourceArn: this.formatArn({ service: "execute-api", resource: api.ref, resourceName: `*/${unit.calls}` }),
      });
    }

    const stage = createStage(this, config, api);
    const url = config.domain ? mapDomain(this, config.domain, api, stage) : api.attrApiEndpoint;
    alarmOnApi(this, config, api);
    new CfnOutput(this, "ApiUrl", { value: url });
    this.host = Fn.select(2, Fn.split("/", url));
  }
}

function createStage(scope: Construct, config: StageConfig, api: CfnApi): CfnStage {
  const logGroup = new LogGroup(scope, "AccessLogs", {
    // Groups under this prefix are written without an entry in the account's log policy, whose size is limited.
    logGroupName: `/aws/vendedlogs/tenantry/${config.stage}/${api.ref}`,
    retention: config.logRetentionDays,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  return new CfnStage(scope, "Stage", {
    apiId: api.ref,
    stageName: "$default",
    autoDeploy: true,
    defaultRouteSettings: {
      throttlingRateLimit: config.requestsPerSecond,
      throttlingBurstLimit: config.requestsPerSecond * 2,
    },
    // By route, as they stand in the API's body.
    routeSettings: Object.fromEntries(
      operations
        .filter(({ permission }) => permission === "public")
        .map(({ route }) => [
          route,
          {
            ThrottlingRateLimit: config.publicRequestsPerSecond,
            ThrottlingBurstLimit: config.publicRequestsPerSecond * 2,
          },
        ]),
    ),
    accessLogSettings: {
      destinationArn: Fn.select(0, Fn.split(":*", logGroup.logGroupArn)),
      // The route, never the path or the query: those can hold names of customers.
      format: JSON.stringify({
        requestId: "$context.requestId",
        time: "$context.requestTime",
        route: "$context.routeKey",
        status: "$context.status",
        latencyMs: "$context.responseLatency",
        functionMs: "$context.integrationLatency",
        functionError: "$context.integrationErrorMessage",
        gatewayError: "$context.error.message",
        sourceIp: "$context.identity.sourceIp",
        bytes: "$context.responseLength",
      }),
    },
  });
}

function mapDomain(scope: Construct, domain: DomainSettings, api: CfnApi, stage: CfnStage): string {
  const domainName = new CfnDomainName(scope, "Domain", {
    domainName: domain.name,
    domainNameConfigurations: [
      { certificateArn: domain.certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
    ],
  });
  const mapping = new CfnApiMapping(scope, "DomainMapping", {
    apiId: api.ref,
    domainName: domainName.ref,
    stage: stage.ref,
  });
  mapping.addResourceDependency(stage);
  if (domain.hostedZone) {
    const zone = HostedZone.fromHostedZoneAttributes(scope, "Zone", {
      hostedZoneId: domain.hostedZone.id,
      zoneName: domain.hostedZone.name,
    });
    const target = RecordTarget.fromAlias(
      new ApiGatewayv2DomainProperties(domainName.attrRegionalDomainName, domainName.attrRegionalHostedZoneId),
    );
    new ARecord(scope, "DomainA", { zone, recordName: `${domain.name}.`, target });
    new AaaaRecord(scope, "DomainAaaa", { zone, recordName: `${domain.name}.`, target });
  } else {
    new CfnOutput(scope, "DomainTarget", { value: domainName.attrRegionalDomainName });
  }
  return `https://${domain.name}`;
}

function alarmOnApi(scope: Construct, config: StageConfig, api: CfnApi): void {
  const period = Duration.minutes(5);
  const metric = (metricName: string, statistic: string) =>
    new Metric({ namespace: "AWS/ApiGateway", metricName, dimensionsMap: { ApiId: api.ref }, statistic, period });
  new OperatorAlarm(scope, "ServerErrors", {
    config,
    name: "api-server-errors",
    description: "More than 1 % of the requests were answered with 5xx.",
    metric: new MathExpression({
      expression: "100 * FILL(failed, 0) / requests",
      usingMetrics: { failed: metric("5xx", "Sum"), requests: metric("Count", "Sum") },
      period,
      label: "5xx in percent",
    }),
    above: 1,
    periods: 2,
  });
  new OperatorAlarm(scope, "Latency", {
    config,
    name: "api-latency",
    description: "One request in a hundred took longer than three seconds, for a quarter of an hour.",
    metric: metric("Latency", "p99"),
    above: 3_000,
    periods: 3,
  });
}
