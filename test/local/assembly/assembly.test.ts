import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Assembly, readAssembly } from "../../../local/assembly/assembly.ts";

/** A small app with every kind of reference: between stacks, into a nested stack and out of it. */
function writeAssembly(change: (files: Record<string, unknown>) => void = () => undefined): string {
  const folder = mkdtempSync(join(tmpdir(), "assembly-"));
  const lambda = (properties: object, metadata?: object) => ({
    Type: "AWS::Lambda::Function",
    Properties: {
      Handler: "index.handler",
      Code: { S3Key: "code1.zip" },
      Role: { "Fn::GetAtt": ["Role", "Arn"] },
      ...properties,
    },
    ...(metadata && { Metadata: metadata }),
  });
  const files: Record<string, unknown> = {
    "manifest.json": {
      artifacts: {
        Data: {
          type: "aws:cloudformation:stack",
          properties: { templateFile: "Data.template.json", stackName: "shop-data" },
        },
        Api: { type: "aws:cloudformation:stack", properties: { templateFile: "Api.template.json" } },
        ApiAssets: { type: "cdk:asset-manifest", properties: { file: "Api.assets.json" } },
        Tree: { type: "cdk:tree", properties: { file: "tree.json" } },
      },
    },
    "Api.assets.json": {
      files: {
        a: { source: { path: "asset.1" }, destinations: { here: { objectKey: "code1.zip" } } },
        b: { source: { path: "nested.json" }, destinations: { here: { objectKey: "0abc.json" } } },
      },
    },
    "Data.template.json": {
      Conditions: { Never: { "Fn::Equals": [{ Ref: "AWS::Region" }, "moon-1"] } },
      Resources: {
        Table: {
          Type: "AWS::DynamoDB::GlobalTable",
          Properties: {
            TableName: { "Fn::Join": ["-", ["shop", { Ref: "Stage" }]] },
            KeySchema: [
              { AttributeName: "pk", KeyType: "HASH" },
              { AttributeName: "sk", KeyType: "RANGE" },
            ],
            AttributeDefinitions: [
              { AttributeName: "pk", AttributeType: "S" },
              { AttributeName: "sk", AttributeType: "S" },
              { AttributeName: "n", AttributeType: "N" },
            ],
            GlobalSecondaryIndexes: [
              {
                IndexName: "byNumber",
                KeySchema: [{ AttributeName: "n", KeyType: "HASH" }],
                Projection: { ProjectionType: "KEYS_ONLY" },
              },
            ],
            StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
            TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
          },
        },
        Ghost: { Type: "AWS::S3::Bucket", Condition: "Never", Properties: {} },
        Files: { Type: "AWS::S3::Bucket", Properties: {} },
        Key: { Type: "AWS::KMS::Key", Properties: {} },
      },
      Parameters: { Stage: { Type: "String", Default: "local" } },
      Outputs: {
        Stream: {
          Value: { "Fn::GetAtt": ["Table", "StreamArn"] },
          Export: { Name: { "Fn::Sub": "${AWS::Region}:Stream" } },
        },
        Key: { Value: { "Fn::GetAtt": ["Key", "Arn"] }, Export: { Name: "Key" } },
      },
    },
    "Api.template.json": {
      Resources: {
        Role: {
          Type: "AWS::IAM::Role",
          Properties: {
            Policies: [
              {
                PolicyDocument: {
                  Statement: [
                    {
                      Effect: "Allow",
                      Action: "dynamodb:Query",
                      Resource: { "Fn::ImportValue": "eu-central-1:Stream" },
                    },
                  ],
                },
              },
            ],
          },
        },
        Attached: {
          Type: "AWS::IAM::Policy",
          Properties: {
            Roles: [{ Ref: "Role" }],
            PolicyDocument: {
              Statement: [
                { Effect: "Allow", Action: ["s3:GetObject"], Resource: "*", Condition: { Bool: { x: true } } },
              ],
            },
          },
        },
        Area: {
          Type: "AWS::CloudFormation::Stack",
          Properties: {
            TemplateURL: { "Fn::Join": ["", ["https://s3.", { Ref: "AWS::Region" }, "/bucket/0abc.json"]] },
            Parameters: { Greeting: { "Fn::Select": [1, { "Fn::Split": [",", "good,morning"] }] } },
          },
        },
        Consumer: lambda({ FunctionName: "shop-local-consume", Timeout: 60 }, { "aws:asset:path": "asset.1" }),
        Fallback: lambda({
          FunctionName: "shop-local-fallback",
          Environment: { Variables: { KEY: { "Fn::ImportValue": "Key" } } },
        }),
        Mapping: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: {
            FunctionName: { Ref: "Consumer" },
            EventSourceArn: {
              "Fn::ImportValue": { "Fn::Sub": ["${Where}:Stream", { Where: { Ref: "AWS::Region" } }] },
            },
            BatchSize: 7,
            MaximumRetryAttempts: 2,
            BisectBatchOnFunctionError: true,
            FunctionResponseTypes: ["ReportBatchItemFailures"],
            FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
          },
        },
        Nightly: {
          Type: "AWS::Scheduler::Schedule",
          Properties: {
            ScheduleExpression: "cron(0 3 * * ? *)",
            ScheduleExpressionTimezone: "Europe/Berlin",
            Target: { Arn: { "Fn::GetAtt": ["Consumer", "Arn"] }, Input: '{"a":1}' },
          },
        },
        Hourly: {
          Type: "AWS::Events::Rule",
          Properties: {
            ScheduleExpression: "rate(1 hour)",
            State: "DISABLED",
            Targets: [{ Arn: { "Fn::GetAtt": "Fallback.Arn" } }],
          },
        },
        Hear: {
          Type: "AWS::Events::Rule",
          Properties: {
            EventPattern: { source: ["aws.ses"], detail: { mail: { tags: { set: [{ Ref: "Set" }] } } } },
            State: "ENABLED",
            Targets: [
              { Arn: { "Fn::GetAtt": ["Fallback", "Arn"] }, DeadLetterConfig: { Arn: "arn:aws:sqs:queue" } },
              { Arn: { "Fn::GetAtt": ["Consumer", "Arn"] } },
              { Arn: "arn:aws:sqs:eu-central-1:000000000000:queue" },
            ],
          },
        },
        Silent: {
          Type: "AWS::Events::Rule",
          Properties: {
            EventPattern: { source: ["aws.ses"] },
            State: "DISABLED",
            Targets: [{ Arn: { "Fn::GetAtt": ["Fallback", "Arn"] } }],
          },
        },
        Retries: {
          Type: "AWS::Lambda::EventInvokeConfig",
          Properties: { FunctionName: { Ref: "Fallback" }, MaximumRetryAttempts: 1, Qualifier: "$LATEST" },
        },
        Set: { Type: "AWS::SES::ConfigurationSet", Properties: { Name: "shop-mail" } },
        Api: {
          Type: "AWS::ApiGatewayV2::Api",
          Properties: {
            Body: {
              paths: {
                "/things/{id}": {
                  get: {
                    "x-amazon-apigateway-integration": {
                      type: "AWS_PROXY",
                      payloadFormatVersion: "2.0",
                      timeoutInMillis: 5000,
                      uri: {
                        "Fn::Sub": [
                          "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Target}/invocations",
                          { Target: { "Fn::GetAtt": ["Area", "Outputs.GetThingArn"] } },
                        ],
                      },
                    },
                  },
                  parameters: [],
                },
                "/$default": {
                  "x-amazon-apigateway-any-method": {
                    "x-amazon-apigateway-integration": {
                      type: "aws_proxy",
                      payloadFormatVersion: "2.0",
                      uri: { "Fn::GetAtt": ["Fallback", "Arn"] },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
    "nested.json": {
      Parameters: { Greeting: { Type: "String" } },
      Resources: {
        Role: { Type: "AWS::IAM::Role", Properties: {} },
        GetThing: lambda({
          FunctionName: "shop-local-getThing",
          Environment: {
            Variables: {
              GREETING: { Ref: "Greeting" },
              LITERAL: { "Fn::Sub": "${!Greeting} in ${AWS::Region}" },
              COUNT: 3,
              GONE: { Ref: "AWS::NoValue" },
              CHOSEN: { "Fn::If": ["Near", "near", "far"] },
            },
          },
        }),
      },
      Conditions: { Near: { "Fn::Not": [{ "Fn::Equals": ["a", "b"] }] } },
      Outputs: { GetThingArn: { Value: { "Fn::GetAtt": ["GetThing", "Arn"] } } },
    },
  };
  change(files);
  mkdirSync(join(folder, "asset.1"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  return folder;
}

describe("a synthesized app", () => {
  let folder: string;
  let app: Assembly;
  beforeAll(() => {
    folder = writeAssembly();
    app = readAssembly(folder);
  });

  test("gives functions of stacks and nested stacks with their environment resolved", () => {
    expect([...app.functions.keys()].sort()).toEqual(["consume", "fallback", "getThing"]);
    expect(app.functions.get("getThing")).toMatchObject({
      name: "shop-local-getThing",
      environment: { GREETING: "morning", LITERAL: "${Greeting} in eu-central-1", COUNT: "3", CHOSEN: "near" },
      timeoutMs: 3000,
      memoryMb: 128,
    });
    expect(app.functions.get("getThing")?.environment).not.toHaveProperty("GONE");
  });

  test("finds a function's code by the metadata and, without it, by the asset manifest", () => {
    for (const id of ["consume", "getThing"]) {
      expect(app.functions.get(id)).toMatchObject({ file: join(folder, "asset.1", "index.mjs"), handler: "handler" });
    }
  });

  test("gives the statements of a role's own and attached policies", () => {
    expect(app.functions.get("consume")?.statements).toEqual([
      {
        Effect: "Allow",
        Action: ["dynamodb:Query"],
        Resource: ["arn:aws:dynamodb:eu-central-1:000000000000:table/shop-local/stream/local"],
      },
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"], Condition: { Bool: { x: true } } },
    ]);
    expect(app.functions.get("getThing")?.statements).toEqual([]);
  });

  test("gives the table's keys, indexes, stream and time to live", () => {
    expect(app.tables).toEqual([
      {
        name: "shop-local",
        keys: { partitionKey: "pk", sortKey: "sk" },
        attributes: { pk: "S", sk: "S", n: "N" },
        indexes: { byNumber: { partitionKey: "n", sortKey: undefined, projection: "KEYS_ONLY", nonKeyAttributes: [] } },
        stream: "NEW_AND_OLD_IMAGES",
        timeToLive: "expiresAt",
      },
    ]);
  });

  test("leaves out resources whose condition does not hold", () => {
    expect(app.buckets.map(({ name }) => name)).toEqual(["shop-data-files"]);
  });

  test("follows an import through another stack's export to a stream", () => {
    expect(app.mappings).toEqual([
      {
        functionId: "consume",
        sourceArn: "arn:aws:dynamodb:eu-central-1:000000000000:table/shop-local/stream/local",
        patterns: [{ eventName: ["INSERT"] }],
        batchSize: 7,
        windowMs: 0,
        retryAttempts: 2,
        bisect: true,
        reportsFailures: true,
      },
    ]);
  });

  test("names schedules after the function that they start", () => {
    expect(app.schedules).toMatchObject([
      {
        name: "consume",
        expression: "cron(0 3 * * ? *)",
        timezone: "Europe/Berlin",
        input: '{"a":1}',
        source: "aws.scheduler",
        enabled: true,
      },
      { name: "fallback", expression: "rate(1 hour)", timezone: "UTC", source: "aws.events", enabled: false },
    ]);
  });

  test("hands events to the functions that rules name, with the tries that these are given", () => {
    const pattern = { source: ["aws.ses"], detail: { mail: { tags: { set: ["shop-mail"] } } } };
    expect(app.rules).toEqual([
      { functionId: "fallback", pattern, retryAttempts: 1 },
      { functionId: "consume", pattern, retryAttempts: 2 },
    ]);
  });

  test("gives a key's ARN to whom it is exported", () => {
    expect(app.functions.get("fallback")?.environment).toEqual({
      KEY: "arn:aws:kms:eu-central-1:000000000000:key/shop-data-Key",
    });
  });

  test("maps routes to functions and knows the fallback", () => {
    expect(app.routes).toEqual([{ method: "GET", path: "/things/{id}", functionId: "getThing", timeoutMs: 5000 }]);
    expect(app.fallback).toMatchObject({ functionId: "fallback", timeoutMs: 30_000 });
  });
});

describe("an app that does not hold together", () => {
  const broken = (path: string[], value: unknown) => () =>
    readAssembly(
      writeAssembly((files) => {
        let target = files as Record<string, unknown>;
        for (const key of path.slice(0, -1)) target = target[key] as Record<string, unknown>;
        target[path.at(-1)!] = value;
      }),
    );

  test.each([
    ["a resource that is not there", ["nested.json", "Outputs", "GetThingArn", "Value"], { Ref: "Nothing" }, /Nothing/],
    [
      "an export that is not there",
      ["Api.template.json", "Resources", "Mapping", "Properties", "EventSourceArn"],
      { "Fn::ImportValue": "no" },
      /export no/,
    ],
    ["a function it does not know", ["nested.json", "Outputs", "GetThingArn", "Value"], { "Fn::Cidr": [] }, /Fn::Cidr/],
    [
      "a target that is none of its functions",
      ["Api.template.json", "Resources", "Mapping", "Properties", "FunctionName"],
      "elsewhere",
      /elsewhere/,
    ],
    [
      "an event that is to be replaced",
      ["Api.template.json", "Resources", "Hear", "Properties", "Targets"],
      [{ Arn: { "Fn::GetAtt": ["Fallback", "Arn"] }, InputPath: "$.detail" }],
      /whole events only/,
    ],
    ["code that is in no asset", ["Api.assets.json", "files"], {}, /0abc\.json|code1\.zip/],
  ])("is refused for %s", (_what, path, value, message) => {
    expect(broken(path, value)).toThrow(message);
  });
});
