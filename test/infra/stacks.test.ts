import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { Stack } from "aws-cdk-lib";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnQueue } from "aws-cdk-lib/aws-sqs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { jobList, jobs } from "../../functions/jobs.ts";
import { operations } from "../../functions/routes.ts";
import { stageConfig } from "../../infra/config.ts";
import { checkRules, createApp, provision } from "../../infra/tenantry.ts";
import { readAssembly } from "../../local/assembly/assembly.ts";
import { isAllowed } from "../../local/storage/rights.ts";
import { type Grant, grantsOf, methodOf, pathOf } from "../../shared/http/contract.ts";
import { combined } from "../../shared/http/jobs/filter.ts";
import { isRelayed, type Named, type OrderedJob, type RelayJob } from "../../shared/http/jobs/job.ts";
import { EdgeEnv, FunctionEnv, RelayEnv } from "../../shared/runtime/env.ts";
import { tableShape } from "../../shared/store/table/shape.ts";
import { type Assembly, permissionsOf, type Resource, synthesize, type Template, textOf } from "./assembly.ts";

const config = stageConfig("test", {
  stages: {
    test: {
      alarmEmail: "operations@backup.example",
      mail: { from: "no-reply@mail.backup.example" },
      storage: { locations: { DE: {}, NL: {}, CH: { bucket: "swiss-vaults" } } },
      reservedConcurrency: { authorizeBackup: 40, relay: 5 },
      domain: {
        name: "api.backup.example",
        certificateArn: "arn:aws:acm:eu-test-1:111122223333:certificate/1",
        hostedZone: { id: "Z1", name: "backup.example" },
      },
    },
  },
});
/** Everything on: a domain, a sender of mails, someone to tell of alarms. */
let full: Assembly;
/** Nothing chosen, as on one machine. */
let plain: Assembly;

beforeAll(() => {
  full = synthesize(config);
  // Its storage has a test of its own.
  plain = synthesize({ ...stageConfig("local"), storage: { locations: { DE: {} }, oldVersionDays: 30 } });
}, 400_000);
afterAll(() => {
  for (const assembly of [full, plain]) rmSync(assembly.folder, { recursive: true });
});

interface Deployed {
  id: string;
  template: Template;
  logicalId: string;
  properties: Record<string, unknown>;
  metadata: Record<string, unknown>;
  role: Resource;
  roleId: string;
}

/** The functions of an assembly by their id. */
function functionsOf(assembly: Assembly): Map<string, Deployed> {
  const deployed = assembly
    .all("AWS::Lambda::Function")
    .map(({ template, logicalId, resource }): [string, Deployed] => {
      const id = (resource.Properties["FunctionName"] as string).split("-").at(-1)!;
      const [roleId] = (resource.Properties["Role"] as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"];
      return [
        id,
        {
          id,
          template,
          logicalId,
          properties: resource.Properties,
          metadata: resource.Metadata ?? {},
          role: template.Resources[roleId]!,
          roleId,
        },
      ];
    });
  return new Map(deployed);
}

const environmentOf = (properties: Record<string, unknown>): Record<string, string> => {
  const { Variables } = properties["Environment"] as { Variables: Record<string, unknown> };
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, textOf(value)]));
};

const everyUnit = [...operations.map((operation) => ({ ...operation, grants: grantsOf(operation) })), ...jobList];
const only = (resources: { resource: Resource }[]): Record<string, unknown> => {
  expect(resources).toHaveLength(1);
  return resources[0]!.resource.Properties;
};

describe("functions", () => {
  it("are exactly those of the contracts", () => {
    const names = full.all("AWS::Lambda::Function").map(({ resource }) => resource.Properties["FunctionName"]);
    expect(names.toSorted()).toEqual(everyUnit.map(({ area, id }) => `tenantry-test-${area}-${id}`).sort());
  });

  it("run on the pinned runtime and architecture, and answer before the gateway gives up", () => {
    for (const { id, properties } of functionsOf(full).values()) {
      expect(properties, id).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
      });
    }
    for (const { id } of operations) {
      expect(functionsOf(full).get(id)!.properties["Timeout"], id).toBeLessThan(30);
    }
  });

  it("get the environment that they parse at their start, and nothing else", () => {
    const answering = new Set(
      [...operations, ...jobList.filter(({ kind }) => kind === "fallback")].map(({ id }) => id),
    );
    for (const { id, properties } of functionsOf(full).values()) {
      const variables = environmentOf(properties);
      const schema = FunctionEnv.extend(id === jobs.relay.id ? RelayEnv.shape : answering.has(id) ? EdgeEnv.shape : {});
      expect(() => schema.strict().parse(variables), id).not.toThrow();
      expect(variables["TABLE_NAME"]).toBe(only(full.all("AWS::DynamoDB::Table"))["TableName"]);
      expect(variables).toMatchObject({
        RATE_LIMIT_PER_MINUTE: "6000",
        MAIL_FROM: "no-reply@mail.backup.example",
        MAIL_CONFIGURATION_SET: "tenantry-test",
        MAIL_RATE_PER_SECOND: "14",
        PUBLIC_URL: "https://api.backup.example",
      });
    }
    expect(environmentOf(functionsOf(plain).get("health")!.properties)).toMatchObject({
      RATE_LIMIT_PER_MINUTE: "100000",
      MAIL_FROM: "backup@tenantry.example",
      MAIL_CONFIGURATION_SET: "tenantry-local",
      MAIL_RATE_PER_SECOND: "200",
      PUBLIC_URL: "",
    });
  });

  it("know the key that seals secrets by its ARN, across all stacks", () => {
    const key = Object.entries(full.stack("Data").Resources).find(([, { Type }]) => Type === "AWS::KMS::Key")![0];
    // The CDK's own, which puts the console's pages where they belong, has another environment.
    const known = [...readAssembly(full.folder).functions.values()].flatMap(
      ({ environment }) => environment["SEAL_KEY_ID"] ?? [],
    );
    expect(known).toHaveLength(everyUnit.length);
    expect(new Set(known)).toEqual(new Set([expect.stringMatching(new RegExp(`^arn:aws:kms:.*:key/.*${key}$`))]));
    expect(full.stack("Data").Resources[key]).toBeDefined();
  });

  it("are told that there is no sender where the stage names none, and there is no mail stack", () => {
    const app = createApp();
    provision(app, { ...stageConfig("quiet"), console: false });
    expect(app.node.children.map(({ node }) => node.id)).toEqual(expect.arrayContaining(["TenantryData-quiet"]));
    expect(app.node.tryFindChild("TenantryMail-quiet")).toBeUndefined();
    const health = app.node.findAll().find(({ node }) => node.id === "health")!;
    const environment = health.node.findAll().find((child) => child instanceof CfnFunction)!.environment;
    expect(Stack.of(health).resolve(environment)).toMatchObject({ variables: { MAIL_FROM: "" } });
  });

  it("have each the code of its own bundle", () => {
    for (const { id, metadata } of functionsOf(full).values()) {
      const bundle = path.join(full.folder, metadata["aws:asset:path"] as string, "index.mjs");
      expect(readFileSync(bundle, "utf8"), id).toBe(`// ${id}\n`);
    }
  });
});

describe("rights", () => {
  const arn = (service: string, rest: string) => `arn:aws:${service}:eu-test-1:111122223333:${rest}`;
  const table = arn("dynamodb", "table/tenantry-test");
  const outsideLogs = `if {"ForAllValues:StringNotLike":{"dynamodb:LeadingKeys":["LOG#*","ACCESS#*","LEDGER#*"]}}`;
  const onBuckets = (action: string, objects: string) =>
    ["tenantry-test-vault-??-111122223333", "swiss-vaults"].map(
      (bucket) => `s3:${action} on arn:aws:s3:::${bucket}${objects}`,
    );
  const onManifests = (action: string) => onBuckets(action, "/*/.tenantry/vault.json");
  const onKeys = (action: string) =>
    `kms:${action} on arn:aws:kms:*:111122223333:key/* if {"ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/tenantry-test-vault-??"}}`;
  /** Every grant word, spelled out once more: this list is what a reviewer of rights reads. */
  const meaning = (sealKey: string): Record<Grant, string[]> => ({
    "table:GetItem": [`dynamodb:GetItem on ${table}`],
    "table:BatchGetItem": [`dynamodb:BatchGetItem on ${table}`],
    "table:Query": [`dynamodb:Query on ${table}`],
    "table:PutItem": [`dynamodb:PutItem on ${table}`],
    "table:UpdateItem": [`dynamodb:UpdateItem on ${table} ${outsideLogs}`],
    "table:DeleteItem": [`dynamodb:DeleteItem on ${table} ${outsideLogs}`],
    "table:ConditionCheckItem": [`dynamodb:ConditionCheckItem on ${table}`],
    "rate:UpdateItem": [
      `dynamodb:UpdateItem on ${table} if {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["RATE#*","ACCESS#*"]}}`,
    ],
    "find:BatchWriteItem": [
      `dynamodb:BatchWriteItem on ${table} if {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["FIND#*","FILED#*"]}}`,
    ],
    "log:UpdateItem": [
      `dynamodb:UpdateItem on ${table} if {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["LOG#*"]},"ForAllValues:StringEquals":{"dynamodb:Attributes":["pk","sk","duePk","dueSk"]},"StringEqualsIfExists":{"dynamodb:ReturnValues":["NONE","UPDATED_NEW"]}}`,
    ],
    "hint:UpdateItem": [
      `dynamodb:UpdateItem on ${table} if {"ForAllValues:StringEquals":{"dynamodb:Attributes":["pk","sk","parentId","ancestors"]},"ForAllValues:StringNotLike":{"dynamodb:LeadingKeys":["LOG#*","ACCESS#*","LEDGER#*"]},"StringEqualsIfExists":{"dynamodb:ReturnValues":["NONE","UPDATED_NEW"]}}`,
    ],
    "seen:UpdateItem": [
      `dynamodb:UpdateItem on ${table} if {"ForAllValues:StringEquals":{"dynamodb:Attributes":["pk","sk","lastSeenAt"]},"StringEqualsIfExists":{"dynamodb:ReturnValues":["NONE","UPDATED_NEW"]}}`,
    ],
    "due:Query": [`dynamodb:Query on ${table}/index/due`],
    "history:Query": [`dynamodb:Query on ${table}/index/history`],
    "mail:SendRawEmail": ["identity/mail.backup.example", "configuration-set/tenantry-test"].map(
      (resource) =>
        `ses:SendRawEmail on ${arn("ses", resource)} if {"StringEquals":{"ses:FromAddress":"no-reply@mail.backup.example"}}`,
    ),
    "vault:AssumeRole": ["sts:AssumeRole", "sts:TagSession"].map(
      (action) => `${action} on arn:aws:iam::111122223333:role/tenantry-test-vault-??`,
    ),
    "vault:PutObject": [...onManifests("PutObject"), onKeys("GenerateDataKey")],
    "vault:GetObject": [...onManifests("GetObject"), onKeys("Decrypt")],
    "vault:GetBucketLocation": onBuckets("GetBucketLocation", ""),
    "vault:ListBucketVersions": onBuckets("ListBucketVersions", ""),
    "vault:ListBucketMultipartUploads": onBuckets("ListBucketMultipartUploads", ""),
    "vault:DeleteObjectVersion": onBuckets("DeleteObjectVersion", "/*"),
    "vault:GetObjectRetention": onBuckets("GetObjectRetention", "/*"),
    "vault:AbortMultipartUpload": onBuckets("AbortMultipartUpload", "/*"),
    "seal:Encrypt": [`kms:Encrypt on ${sealKey}`],
    "seal:Decrypt": [`kms:Decrypt on ${sealKey}`],
  });
  const reference = (value: unknown) => textOf(value);
  const logicalIdLike = (type: string, pattern: RegExp) =>
    full.all(type).find(({ logicalId }) => pattern.test(logicalId))!.logicalId;

  it("of every function are what its contract grants, and its own log", () => {
    const deployed = functionsOf(full);
    for (const unit of everyUnit) {
      const { properties, role } = deployed.get(unit.id)!;
      const { LogGroup } = properties["LoggingConfig"] as { LogGroup: { Ref: string } };
      const expected = [
        `logs:CreateLogStream on <${LogGroup.Ref}.Arn>`,
        `logs:PutLogEvents on <${LogGroup.Ref}.Arn>`,
        ...unit.grants.flatMap((grant) => meaning(environmentOf(properties)["SEAL_KEY_ID"]!)[grant]),
      ];
      const failures = `<${logicalIdLike("AWS::SQS::Queue", /^StreamFailures/)}.Arn>`;
      const reads = "kind" in unit && (unit.kind === "relay" || (unit.kind === "stream" && unit.follows === "ordered"));
      if ("kind" in unit && unit.kind === "stream" && unit.follows === "relayed")
        expected.push(`sqs:SendMessage on ${failures}`);
      if ("kind" in unit && unit.kind === "relay")
        for (const { id } of jobList.filter(isRelayed))
          expected.push(`lambda:InvokeFunction on <${deployed.get(id)!.logicalId}.Arn>`);
      if (reads) {
        const mapping = only(mappingsOf(full, deployed.get(unit.id)!)) as {
          EventSourceArn: unknown;
          DestinationConfig: { OnFailure: { Destination: unknown } };
        };
        for (const action of ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]) {
          expected.push(`dynamodb:${action} on ${reference(mapping.EventSourceArn)}`);
        }
        expected.push(`sqs:SendMessage on ${reference(mapping.DestinationConfig.OnFailure.Destination)}`);
      }
      if ("kind" in unit && unit.kind === "event") {
        expected.push(`sqs:SendMessage on <${logicalIdLike("AWS::SQS::Queue", /^EventFailures/)}.Arn>`);
      }
      expect(permissionsOf(role), unit.id).toEqual(expected.sort());
    }
  });

  it("let no function change or delete what has been logged, but for the timers of entries", async () => {
    const key = "LOG#cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8#2026-11";
    const timer = ["pk", "sk", "duePk", "dueSk"];
    const filing = new Set(["fileLogEntries", "sweepLogCopies"]);
    for (const [id, { statements }] of readAssembly(full.folder).functions) {
      const resources = statements.flatMap(({ Resource }) => Resource).map(String);
      const resource = resources.find((one) => /:table\/[^/]+$/.test(one));
      if (resource === undefined) continue;
      const may = (action: string, partition: string, attributes: readonly string[]): Promise<boolean> =>
        isAllowed(
          {
            action: `dynamodb:${action}`,
            resource,
            context: { "dynamodb:LeadingKeys": [partition], "dynamodb:Attributes": [...attributes] },
          },
          statements,
        );
      for (const partition of [key, key.replace("LOG", "ACCESS")])
        expect([id, await may("DeleteItem", partition, ["pk", "sk"])]).toEqual([id, false]);
      expect([id, await may("UpdateItem", key, ["pk", "sk", "entry"])]).toEqual([id, false]);
      expect([id, await may("UpdateItem", key, timer)]).toEqual([id, filing.has(id)]);
      // The same function may go on with what it is for.
      const granted = [...operations, ...jobList].find((unit) => unit.id === id)?.grants ?? [];
      for (const action of ["UpdateItem", "DeleteItem"] as const)
        if (granted.includes(`table:${action}`))
          expect([id, await may(action, "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8", ["pk", "sk", "name"])]).toEqual([id, true]);
    }
  });

  it("come from one inline policy of a role that no other function has", () => {
    const deployed = [...functionsOf(full).values()];
    expect(new Set(deployed.map(({ template, roleId }) => `${template.file} ${roleId}`)).size).toBe(deployed.length);
    for (const { role, id } of deployed) expect(role.Properties["ManagedPolicyArns"], id).toBeUndefined();
    for (const type of ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"]) expect(full.all(type)).toEqual([]);
  });

  it("to call a function are the gateway's for its route alone, and those of rules for their consumers", () => {
    const api = full.stack("Api");
    const consumers = jobList
      .filter(({ kind }) => kind === "event")
      .map(({ id }) => functionsOf(full).get(id)!.logicalId);
    const ofRules = Object.values(full.stack("Jobs").Resources).filter(
      ({ Type }) => Type === "AWS::Lambda::Permission",
    );
    expect(ofRules.map(({ Properties }) => textOf(Properties["FunctionName"]))).toEqual(
      consumers.map((id) => `<${id}.Arn>`),
    );
    for (const { Properties } of ofRules) {
      expect(Properties).toMatchObject({ Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com" });
      expect(textOf(Properties["SourceArn"])).toMatch(/Rule\w+\.Arn>$/);
    }
    const permissions = full.all("AWS::Lambda::Permission").filter(({ resource }) => !ofRules.includes(resource));
    const called = permissions.map(({ resource: { Properties } }) => {
      expect(Properties).toMatchObject({ Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com" });
      return `${functionBehind(full, Properties["FunctionName"]).id} ${textOf(Properties["SourceArn"])}`;
    });
    expect(api.Resources["Api"]!.Type).toBe("AWS::ApiGatewayV2::Api");
    const calls = operations.map(
      (operation) =>
        `${operation.id} ${arn("execute-api", "<Api>/*/")}${operation.route.replace(" ", "").replace(/\{\w+\}/g, "*")}`,
    );
    expect(called.sort()).toEqual([...calls, `routeNotFound ${arn("execute-api", "<Api>/*/*")}`].sort());
  });
});

/** The function that a value of the API's template names, through the output of its nested stack. */
function functionBehind(assembly: Assembly, value: unknown): Deployed {
  const { "Fn::GetAtt": reference } = value as { "Fn::GetAtt": [string, string] };
  const nested = assembly.stack("Api").Resources[reference[0]]!;
  const file = nested.Metadata!["aws:asset:path"];
  const template = assembly.templates.find((candidate) => candidate.file === file)!;
  const output = template.Outputs![reference[1].replace("Outputs.", "")]!.Value as { "Fn::GetAtt": [string, string] };
  const found = [...functionsOf(assembly).values()].find(
    (candidate) => candidate.template === template && candidate.logicalId === output["Fn::GetAtt"][0],
  );
  return found!;
}

const mappingsOf = (assembly: Assembly, { template, logicalId }: Deployed) =>
  assembly
    .all("AWS::Lambda::EventSourceMapping")
    .filter(
      (mapping) =>
        mapping.template === template &&
        (mapping.resource.Properties["FunctionName"] as { Ref: string }).Ref === logicalId,
    );

describe("gateway", () => {
  interface Integration {
    type: string;
    httpMethod: string;
    payloadFormatVersion: string;
    uri: { "Fn::Join": [string, unknown[]] };
  }
  type Body = {
    openapi: string;
    paths: Record<string, Record<string, { isDefaultRoute?: true; "x-amazon-apigateway-integration": Integration }>>;
  };
  const body = () => only(full.all("AWS::ApiGatewayV2::Api"))["Body"] as Body;

  it("has a route for every operation, and no other", () => {
    const inBody = Object.entries(body().paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
    );
    const expected = operations.map((operation) => `${methodOf(operation)} ${pathOf(operation)}`);
    expect(inBody.sort()).toEqual([...expected, "X-AMAZON-APIGATEWAY-ANY-METHOD /$default"].sort());
    expect(body().openapi).toMatch(/^3\.0\./);
  });

  it("passes each route on to the function of that operation", () => {
    const target = (integration: Integration) => {
      const [separator, parts] = integration.uri["Fn::Join"];
      expect(separator).toBe("");
      expect(textOf({ "Fn::Join": ["", parts.slice(0, -2)] })).toBe(
        "arn:aws:apigateway:eu-test-1:lambda:path/2015-03-31/functions/",
      );
      expect(parts.at(-1)).toBe("/invocations");
      expect(integration).toMatchObject({ type: "AWS_PROXY", httpMethod: "POST", payloadFormatVersion: "2.0" });
      return functionBehind(full, parts.at(-2)).id;
    };
    for (const operation of operations) {
      const route = body().paths[pathOf(operation)]![methodOf(operation).toLowerCase()]!;
      expect(target(route["x-amazon-apigateway-integration"])).toBe(operation.id);
    }
    const unmatched = body().paths["/$default"]!["x-amazon-apigateway-any-method"]!;
    expect(unmatched.isDefaultRoute).toBe(true);
    expect(target(unmatched["x-amazon-apigateway-integration"])).toBe("routeNotFound");
  });

  it("logs each request by its route, never by its path, and limits the rate", () => {
    const stage = only(full.all("AWS::ApiGatewayV2::Stage")) as {
      AccessLogSettings: { Format: string; DestinationArn: unknown };
      DefaultRouteSettings: unknown;
      RouteSettings: unknown;
    };
    const format = JSON.parse(stage.AccessLogSettings.Format) as Record<string, string>;
    expect(Object.values(format)).toContain("$context.routeKey");
    expect(stage.AccessLogSettings.Format).not.toMatch(/\$context\.(path|queryString|rawPath)/);
    expect(JSON.stringify(stage.AccessLogSettings.DestinationArn)).toContain("AccessLogs");
    expect(stage.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 });
    // Each route that needs no credential has a limit of its own; no other route shares it.
    const open = operations.filter(({ permission }) => permission === "public").map(({ route }) => route);
    expect(open.length).toBeGreaterThan(5);
    expect(stage.RouteSettings).toEqual(
      Object.fromEntries(open.map((route) => [route, { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 }])),
    );
  });

  it("has one address: its own, or the domain's", () => {
    expect(full.stack("Api").Outputs!["ApiUrl"]!.Value).toBe("https://api.backup.example");
    expect(only(full.all("AWS::ApiGatewayV2::Api"))["DisableExecuteApiEndpoint"]).toBe(true);
    expect(only(full.all("AWS::ApiGatewayV2::DomainName"))["DomainNameConfigurations"]).toMatchObject([
      { SecurityPolicy: "TLS_1_2", EndpointType: "REGIONAL" },
    ]);
    const records = Object.values(full.stack("Api").Resources).filter(({ Type }) => Type === "AWS::Route53::RecordSet");
    expect(records.map(({ Properties }) => Properties["Type"])).toEqual(["A", "AAAA"]);
    expect(textOf(plain.stack("Api").Outputs!["ApiUrl"]!.Value)).toBe("<Api.ApiEndpoint>");
    expect(only(plain.all("AWS::ApiGatewayV2::Api"))["DisableExecuteApiEndpoint"]).toBe(false);
  });
});

describe("table", () => {
  const table = () => only(full.all("AWS::DynamoDB::Table"));
  const keySchema = ({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) => [
    { AttributeName: partitionKey, KeyType: "HASH" },
    { AttributeName: sortKey, KeyType: "RANGE" },
  ];

  it("has the shape that the store works with", () => {
    expect(table()).toMatchObject({
      KeySchema: keySchema(tableShape),
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamViewType: tableShape.stream },
      TimeToLiveSpecification: { AttributeName: tableShape.timeToLive, Enabled: true },
    });
    expect(table()["GlobalSecondaryIndexes"]).toEqual(
      Object.entries(tableShape.indexes).map(([name, index]) => ({
        IndexName: name,
        KeySchema: keySchema(index),
        Projection: { ProjectionType: index.projection },
      })),
    );
    expect(table()["LocalSecondaryIndexes"]).toBeUndefined();
  });

  it("cannot be lost by a mistake", () => {
    expect(full.all("AWS::DynamoDB::Table")[0]!.resource.DeletionPolicy).toBe("Retain");
    expect(table()).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
    });
    expect(table()["SSESpecification"]).toEqual({ SSEEnabled: true });
  });
});

describe("jobs", () => {
  const readers = jobList.filter(
    (job) => job.kind === "relay" || (job.kind === "stream" && job.follows === "ordered"),
  ) as Named<OrderedJob | RelayJob>[];

  it("read the stream in two functions at the most, which is what AWS allows of a table in one Region", () => {
    for (const assembly of [full, plain]) {
      expect(assembly.all("AWS::DynamoDB::GlobalTable")).toEqual([]);
      const mappings = assembly.all("AWS::Lambda::EventSourceMapping");
      const bySource = Map.groupBy(mappings, ({ resource }) => textOf(resource.Properties["EventSourceArn"]));
      for (const [source, of] of bySource) expect(of.length, source).toBeLessThanOrEqual(2);
      expect(mappings).toHaveLength(readers.length);
    }
  });

  it("that read the stream get their records filtered, in the sizes of their contract, and never block the stream", () => {
    for (const job of readers) {
      const mapping = only(mappingsOf(full, functionsOf(full).get(job.id)!));
      expect(mapping, job.id).toMatchObject({
        BatchSize: job.batchSize,
        MaximumBatchingWindowInSeconds: job.batchingWindowSeconds,
        MaximumRetryAttempts: job.retryAttempts,
        ParallelizationFactor: job.parallelizationFactor,
        MaximumRecordAgeInSeconds: 43_200,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        StartingPosition: "TRIM_HORIZON",
      });
      expect(textOf(mapping["EventSourceArn"])).toMatch(/^<import TenantryData-test:.*StreamArn/);
      const { Filters } = mapping["FilterCriteria"] as { Filters: { Pattern: string }[] };
      const filters =
        job.kind === "relay" ? combined(jobList.filter(isRelayed).flatMap((one) => one.filters)) : job.filters;
      expect(Filters.map(({ Pattern }) => JSON.parse(Pattern) as unknown)).toEqual(filters);
      // AWS's quota for the patterns of one mapping.
      expect(Filters.length).toBeLessThanOrEqual(5);
      const { OnFailure } = mapping["DestinationConfig"] as { OnFailure: { Destination: unknown } };
      expect(queueBehind(OnFailure.Destination)).toBeDefined();
    }
  });

  it("that depend on the order of a customer's changes get one batch of a shard at a time", () => {
    // With more, AWS keeps the order of the changes of one item only, and sums are guarded by their order within a partition.
    for (const job of readers) if (job.kind === "stream") expect(job.parallelizationFactor, job.id).toBe(1);
  });

  it("that the relay starts are tried again, give up at last, and leave their events in a queue", () => {
    const relayed = jobList.filter(isRelayed);
    const configs = full.all("AWS::Lambda::EventInvokeConfig").map(({ resource }) => resource.Properties);
    for (const job of relayed) {
      const { logicalId } = functionsOf(full).get(job.id)!;
      const config = only(
        configs
          .filter((one) => textOf(one["FunctionName"]) === `<${logicalId}>`)
          .map((Properties) => ({ template: full.stack("Jobs"), logicalId, resource: { Type: "", Properties } })),
      );
      expect(config).toMatchObject({
        MaximumRetryAttempts: job.retryAttempts,
        MaximumEventAgeInSeconds: job.maxAgeMinutes * 60,
      });
      const { OnFailure } = config["DestinationConfig"] as { OnFailure: { Destination: unknown } };
      expect(queueBehind(OnFailure.Destination)).toBeDefined();
    }
    const { properties } = functionsOf(full).get(jobs.relay.id)!;
    expect(environmentOf(properties)["FAILURES_QUEUE_URL"]).toMatch(/^<StreamFailures\w+>$/);
  });

  it("by the clock run at their rate and start nothing but their function", () => {
    const schedules = full.all("AWS::Scheduler::Schedule");
    const scheduled = jobList.filter((job) => job.kind === "schedule");
    expect(schedules).toHaveLength(scheduled.length);
    for (const job of scheduled) {
      const { logicalId, template } = functionsOf(full).get(job.id)!;
      const target = `<${logicalId}.Arn>`;
      const found = schedules.find(
        ({ resource }) => textOf((resource.Properties["Target"] as { Arn: unknown }).Arn) === target,
      )!;
      const schedule = found.resource.Properties as {
        ScheduleExpression: string;
        State?: string;
        Target: {
          RoleArn: { "Fn::GetAtt": [string, string] };
          DeadLetterConfig: { Arn: unknown };
          RetryPolicy: unknown;
        };
      };
      expect(schedule.ScheduleExpression).toMatch(new RegExp(`^rate\\(${job.rateMinutes} minutes?\\)$`));
      expect(queueBehind(schedule.Target.DeadLetterConfig.Arn)).toBeDefined();
      expect(schedule.Target.RetryPolicy).toMatchObject({ MaximumRetryAttempts: 5 });
      expect(permissionsOf(template.Resources[schedule.Target.RoleArn["Fn::GetAtt"][0]]!)).toEqual([
        `lambda:InvokeFunction on ${target}`,
        `sqs:SendMessage on ${textOf(schedule.Target.DeadLetterConfig.Arn)}`,
      ]);
    }
  });

  it("for IAM alone have no event, no schedule and no permission for any service", () => {
    const { logicalId, template } = functionsOf(full).get(jobs.bootstrapProvider.id)!;
    expect(template).toBe(full.stack("Jobs"));
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      if (Type === "AWS::CloudWatch::Alarm" || id === logicalId) continue;
      expect(JSON.stringify(Properties), id).not.toContain(`"${logicalId}"`);
    }
    const outside = full.templates.filter((other) => other !== template);
    expect(JSON.stringify(outside)).not.toContain("bootstrapProvider");
    expect(template.Outputs!["BootstrapProviderFunction"]!.Value).toBe("tenantry-test-setup-bootstrapProvider");
  });

  it("for events of mail hear of this installation's mails alone, by one rule each", () => {
    const rules = full.all("AWS::Events::Rule");
    const eventJobs = jobList.filter((job) => job.kind === "event");
    expect(rules).toHaveLength(eventJobs.length);
    for (const job of eventJobs) {
      const target = `<${functionsOf(full).get(job.id)!.logicalId}.Arn>`;
      const rule = rules
        .map(
          ({ resource }) =>
            resource.Properties as { EventPattern: Record<string, unknown>; Targets: { Arn: unknown }[] },
        )
        .find(({ Targets }) => Targets.every(({ Arn }) => textOf(Arn) === target))!;
      expect(rule.EventPattern["detail-type"]).toHaveLength(job.mailEvents.length);
      expect(rule.EventPattern).toMatchObject({
        source: ["aws.ses"],
        detail: { mail: { tags: { "ses:configuration-set": ["tenantry-test"] } } },
      });
    }
  });

  it("leave what failed in encrypted queues that only take encrypted connections", () => {
    const queues = full.all("AWS::SQS::Queue");
    expect(queues).toHaveLength(3);
    const policies = JSON.stringify(full.all("AWS::SQS::QueuePolicy").map(({ resource }) => resource.Properties));
    for (const { logicalId, resource } of queues) {
      expect(resource.Properties["SqsManagedSseEnabled"]).toBe(true);
      expect(resource.Properties["MaximumMessageSize"]).toBe(1_048_576);
      expect(policies).toContain(`"Queues":[{"Ref":"${logicalId}"}]`);
    }
    expect(policies.match(/"aws:SecureTransport":"false"/g)).toHaveLength(queues.length);
  });

  const queueBehind = (arn: unknown) =>
    full.all("AWS::SQS::Queue").find(({ logicalId }) => textOf(arn) === `<${logicalId}.Arn>`);
});

describe("operation", () => {
  it("keeps every log for a limited time, and past the stack's end", () => {
    const groups = full.all("AWS::Logs::LogGroup");
    expect(groups).toHaveLength(everyUnit.length + 1);
    for (const { logicalId, resource } of groups) {
      expect(resource.Properties["RetentionInDays"], logicalId).toBe(90);
      expect(resource.DeletionPolicy, logicalId).toBe("RetainExceptOnCreate");
    }
  });

  const alarmNames = (assembly: Assembly) =>
    assembly.all("AWS::CloudWatch::Alarm").map(({ resource }) => resource.Properties["AlarmName"] as string);

  const errorAlarmNames = (): string[] => {
    const byArea = Map.groupBy(everyUnit, (unit) => ("kind" in unit && unit.kind !== "fallback" ? "jobs" : unit.area));
    return [...byArea].flatMap(([area, units]) =>
      units.length <= 10
        ? [`${area}-errors`]
        : Array.from({ length: Math.ceil(units.length / 10) }, (_, nth) => `${area}-errors-${nth + 1}`),
    );
  };

  it("watches the errors of every function, with alarms that read ten metrics at the most, and 66 alarms in all", () => {
    const alarms = full.all("AWS::CloudWatch::Alarm");
    expect(alarms.length).toBeLessThanOrEqual(66);
    const watched = alarms.flatMap(({ template, resource }) => {
      const metrics = (resource.Properties["Metrics"] ?? []) as {
        Expression?: string;
        MetricStat?: { Metric: { MetricName: string; Dimensions?: { Name: string; Value: unknown }[] } };
      }[];
      const read = metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
      expect(read.length).toBeLessThanOrEqual(10);
      const sum = metrics.find(({ Expression }) => Expression !== undefined)?.Expression ?? "";
      if (read.some(({ MetricName }) => MetricName === "Errors"))
        expect(sum.match(/FILL\(m\d, 0\)/g)).toHaveLength(read.length);
      return read
        .filter(({ MetricName }) => MetricName === "Errors")
        .map(({ Dimensions = [] }) => `${template.file} ${textOf(Dimensions[0]!.Value)}`);
    });
    const functions = [...functionsOf(full).values()].map(
      ({ template, logicalId }) => `${template.file} <${logicalId}>`,
    );
    expect(watched.sort()).toEqual(functions.sort());
  });

  it("keeps instances for a function only where the configuration says so", () => {
    const reserved = (assembly: Assembly) =>
      [...functionsOf(assembly).values()].flatMap(({ id, properties }) =>
        properties["ReservedConcurrentExecutions"] === undefined
          ? []
          : [[id, properties["ReservedConcurrentExecutions"]]],
      );
    expect(reserved(plain)).toEqual([]);
    expect(Object.fromEntries(reserved(full))).toEqual({ authorizeBackup: 40, relay: 5 });
  });

  it("has an alarm for whatever can go wrong", () => {
    const expected = [
      ...errorAlarmNames(),
      "function-throttles",
      "events-dropped",
      "rollUp-behind",
      "relay-behind",
      "api-server-errors",
      "api-latency",
      ...new Set(jobList.flatMap((job) => ("alarmOnMessage" in job ? (job.alarmOnMessage?.name ?? []) : []))),
      "stream-failures",
      "schedule-failures",
      "event-failures",
      "mail-bounces",
      "mail-complaints",
      "table-read-throttles",
      "table-write-throttles",
      "table-system-errors",
    ];
    expect(alarmNames(full).sort()).toEqual(expected.map((name) => `tenantry-test-${name}`).sort());
  });

  it("tells the operator of every alarm, over a topic on which alarms may speak", () => {
    const topicName = "tenantry-test-alarms";
    for (const { resource } of full.all("AWS::CloudWatch::Alarm")) {
      const actions = resource.Properties["AlarmActions"] as unknown[];
      expect(actions.map(textOf)).toEqual([`arn:aws:sns:eu-test-1:111122223333:${topicName}`]);
    }
    expect(only(full.all("AWS::SNS::Topic"))["TopicName"]).toBe(topicName);
    expect(only(full.all("AWS::SNS::Subscription"))).toMatchObject({
      Protocol: "email",
      Endpoint: "operations@backup.example",
    });
    const { Statement } = only(full.all("AWS::SNS::TopicPolicy"))["PolicyDocument"] as { Statement: unknown[] };
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: "Allow",
        Action: "sns:Publish",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      }),
    );
  });

  it("has alarms also where nobody is told", () => {
    expect(alarmNames(plain)).toHaveLength(alarmNames(full).length);
    expect(plain.all("AWS::SNS::Topic")).toEqual([]);
    for (const { resource } of plain.all("AWS::CloudWatch::Alarm")) {
      expect(resource.Properties["AlarmActions"]).toBeUndefined();
    }
  });

  it("leaves room in every stack", () => {
    for (const { file, Resources } of full.templates) {
      expect(Object.keys(Resources).length, file).toBeLessThan(450);
    }
  });

  it("tells where to find the table", () => {
    expect(textOf(full.stack("Data").Outputs!["TableName"]!.Value)).toMatch(/^<Table/);
  });
});

describe("cdk-nag", () => {
  it("stops a synthesis with a finding", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const app = createApp();
    new CfnQueue(new Stack(app, "Careless"), "Queue");
    checkRules(app);
    expect(() => app.synth()).toThrow(/validation/i);
  });
});
