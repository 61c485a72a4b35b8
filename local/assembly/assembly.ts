import { readFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import * as z from "zod";
import { evaluateCondition, isRecord, type Json, pseudoParameters, resolve, type Scope } from "./intrinsics.ts";

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      properties: z.object({ templateFile: z.string().optional() }).loose().optional(),
    }),
  ),
});
const AssetManifest = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});
const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
});
const Template = z.object({
  Resources: z.record(z.string(), Resource).default({}),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown().optional() }).loose()).default({}),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }).loose())
    .default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
});
type Template = z.infer<typeof Template>;
type Resource = z.infer<typeof Resource>;

export interface PolicyStatement {
  Effect: string;
  Action: string[];
  Resource: string[];
  Condition?: Json;
}

export interface LocalFunction {
  /** The last part of its name, which is the id of the operation or job. */
  id: string;
  name: string;
  arn: string;
  environment: Record<string, string>;
  timeoutMs: number;
  memoryMb: number;
  /** The module that exports the handler, and the name of the export. */
  file: string;
  handler: string;
  /** What its role allows. */
  statements: PolicyStatement[];
}

export interface TableKeys {
  partitionKey: string;
  sortKey: string | undefined;
}

export interface LocalTable {
  name: string;
  keys: TableKeys;
  attributes: Record<string, "S" | "N" | "B">;
  indexes: Record<string, TableKeys & { projection: "ALL" | "KEYS_ONLY" | "INCLUDE"; nonKeyAttributes: string[] }>;
  stream: string | undefined;
  timeToLive: string | undefined;
}

export interface StreamMapping {
  functionId: string;
  sourceArn: string;
  /** Patterns of which one must match; none: every record. */
  patterns: Json[];
  batchSize: number;
  windowMs: number;
  /** -1: without end, as in AWS. */
  retryAttempts: number;
  bisect: boolean;
  reportsFailures: boolean;
}

export interface Schedule {
  /** The id of the function that it starts. */
  name: string;
  functionId: string;
  arn: string;
  /** `rate(…)` or `cron(…)`. */
  expression: string;
  timezone: string;
  /** The event that the template gives; undefined: the service's own. */
  input: string | undefined;
  source: "aws.scheduler" | "aws.events";
  enabled: boolean;
}

/** What becomes of asynchronous events of a function that fails, or that has no time for them. */
export interface AsyncSettings {
  /** Tries after the first. */
  retryAttempts: number;
  maxAgeMs: number;
}

/** What a function hears of on the event bus. */
export interface EventRule {
  functionId: string;
  /** EventBridge's pattern over the event. */
  pattern: Json;
  /** Tries after the first where the function fails; then the event is given up. */
  retryAttempts: number;
}

export interface Route {
  /** `*` stands for any method. */
  method: string;
  path: string;
  functionId: string;
  timeoutMs: number;
}

/** A bucket as the template describes it. */
export interface LocalBucket {
  name: string;
  region: string;
  /** The key that its objects are encrypted under, with its own policy. */
  key: { arn: string; policy: Json } | null;
  /** How long every version is kept from being deleted. */
  retention: { mode: "GOVERNANCE" | "COMPLIANCE"; days: number } | null;
}

/** What the local run needs of a synthesized app, with every reference resolved. */
export interface Assembly {
  functions: ReadonlyMap<string, LocalFunction>;
  tables: LocalTable[];
  buckets: LocalBucket[];
  /** What roles with a name of their own allow, by ARN: sessions begin as them. */
  roles: ReadonlyMap<string, PolicyStatement[]>;
  mappings: StreamMapping[];
  schedules: Schedule[];
  rules: EventRule[];
  /** By function; what is not named has Lambda's own defaults. */
  asyncSettings: ReadonlyMap<string, AsyncSettings>;
  routes: Route[];
  /** The function of the `$default` route. */
  fallback: Route | undefined;
}

const { "AWS::Region": region = "", "AWS::AccountId": account = "" } = pseudoParameters;
const arn = (service: string, resource: string): string => `arn:aws:${service}:${region}:${account}:${resource}`;

const nameProperties: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::Table": "TableName",
  "AWS::DynamoDB::GlobalTable": "TableName",
  "AWS::Lambda::Function": "FunctionName",
  "AWS::S3::Bucket": "BucketName",
  "AWS::IAM::Role": "RoleName",
  "AWS::SQS::Queue": "QueueName",
  "AWS::Logs::LogGroup": "LogGroupName",
  "AWS::Events::Rule": "Name",
  "AWS::Scheduler::Schedule": "Name",
  "AWS::SES::ConfigurationSet": "Name",
  "AWS::SES::EmailIdentity": "EmailIdentity",
};

/** The ARNs of the kinds that functions and policies name. */
const arnOf: Readonly<Record<string, (name: string) => string>> = {
  "AWS::DynamoDB::Table": (name) => arn("dynamodb", `table/${name}`),
  "AWS::DynamoDB::GlobalTable": (name) => arn("dynamodb", `table/${name}`),
  "AWS::Lambda::Function": (name) => arn("lambda", `function:${name}`),
  "AWS::S3::Bucket": (name) => `arn:aws:s3:::${name}`,
  "AWS::IAM::Role": (name) => `arn:aws:iam::${account}:role/${name}`,
  "AWS::SQS::Queue": (name) => arn("sqs", name),
  "AWS::SNS::Topic": (name) => arn("sns", name),
  "AWS::Logs::LogGroup": (name) => arn("logs", `log-group:${name}:*`),
  "AWS::Events::Rule": (name) => arn("events", `rule/${name}`),
  "AWS::Scheduler::Schedule": (name) => arn("scheduler", `schedule/default/${name}`),
  "AWS::KMS::Key": (name) => arn("kms", `key/${name}`),
  "AWS::SES::EmailIdentity": (name) => arn("ses", `identity/${name}`),
};

/** One template, deployed in thought: a stack or a nested stack. */
class Stack implements Scope {
  readonly name: string;
  readonly template: Template;
  readonly nested: ReadonlyMap<string, Stack>;
  readonly #parameters: () => Json;
  readonly #exports: (name: string) => unknown;

  constructor(
    name: string,
    template: Template,
    open: (resource: Resource, name: string, parameters: () => Json) => Stack,
    exports: (name: string) => unknown,
    parameters: () => Json = () => ({}),
  ) {
    this.name = name;
    this.template = template;
    this.#parameters = parameters;
    this.#exports = exports;
    this.nested = new Map(
      Object.entries(template.Resources)
        .filter(([, { Type }]) => Type === "AWS::CloudFormation::Stack")
        .map(([id, resource]) => {
          const given = (): Json => (resolve(resource.Properties.Parameters ?? {}, this) ?? {}) as Json;
          return [id, open(resource, `${name}-${id}`, given)];
        }),
    );
  }

  /** The resources that are made, by logical id, of some types. */
  *resources(...types: string[]): Generator<[string, Resource]> {
    for (const [id, resource] of Object.entries(this.template.Resources)) {
      const made = resource.Condition === undefined || this.condition(resource.Condition) === true;
      if (types.includes(resource.Type) && made) yield [id, resource];
    }
  }

  physicalName(id: string): string | undefined {
    const resource = this.template.Resources[id];
    return resource && this.nameOf(id, resource);
  }

  /** The name that it is given, or one made of the stack's name and its own. */
  nameOf(id: string, resource: Resource): string {
    const property = nameProperties[resource.Type];
    const named = property === undefined ? undefined : resolve(resource.Properties[property], this);
    if (typeof named === "string") return named;
    return resource.Type === "AWS::S3::Bucket" ? `${this.name}-${id}`.toLowerCase().slice(0, 63) : `${this.name}-${id}`;
  }

  ref(name: string): unknown {
    const parameter = this.template.Parameters[name];
    if (parameter) return this.#parameters()[name] ?? parameter.Default;
    return this.physicalName(name);
  }

  getAtt(id: string, attribute: string): unknown {
    const nested = this.nested.get(id);
    if (nested && attribute.startsWith("Outputs.")) return nested.output(attribute.slice("Outputs.".length));
    const resource = this.template.Resources[id];
    const name = this.physicalName(id);
    if (!resource || name === undefined) return undefined;
    const ownArn = arnOf[resource.Type]?.(name) ?? arn("unknown", name);
    if (attribute === "Arn" || attribute.endsWith("Arn")) {
      return attribute === "StreamArn" ? `${ownArn}/stream/local` : ownArn;
    }
    return `${name}.${attribute}`;
  }

  output(name: string): unknown {
    const output = this.template.Outputs[name];
    return output && resolve(output.Value, this);
  }

  /** Its exports by name. A value is resolved when it is asked for, since it may in turn import. */
  exported(name: string): unknown {
    for (const [id, { Export }] of Object.entries(this.template.Outputs)) {
      if (Export !== undefined && resolve(Export.Name, this) === name) return this.output(id);
    }
    return undefined;
  }

  importValue(name: string): unknown {
    return this.#exports(name);
  }

  condition(name: string): boolean | undefined {
    const expression = this.template.Conditions[name];
    return expression === undefined ? undefined : evaluateCondition(expression, this);
  }

  mapping(name: string): Record<string, Json> | undefined {
    return this.template.Mappings[name];
  }
}

/**
 * Reads a cloud assembly as `cdk synth` writes it.
 * @param folder the assembly's folder, with `manifest.json` in it
 * @throws Error where something refers to what is not there
 */
export function readAssembly(folder: string): Assembly {
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), "utf8"));
  const artifacts = Object.values(Manifest.parse(json("manifest.json")).artifacts);
  const assets = new Map<string, string>();
  for (const { type, properties } of artifacts) {
    if (type !== "cdk:asset-manifest" || typeof properties?.file !== "string") continue;
    for (const { source, destinations } of Object.values(AssetManifest.parse(json(properties.file)).files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path !== undefined) assets.set(objectKey, source.path);
      }
    }
  }
  /** The file or folder behind an asset. The metadata is there when asset metadata is on, the manifest always. */
  const assetPath = (resource: Resource, objectKey: unknown): string => {
    const path = resource.Metadata["aws:asset:path"] ?? assets.get(String(objectKey));
    if (typeof path !== "string") throw new Error(`The assembly holds no asset ${String(objectKey)}`);
    return isAbsolute(path) ? path : join(folder, path);
  };

  const stacks: Stack[] = [];
  const exports = (name: string): unknown => {
    for (const stack of stacks) {
      const value = stack.exported(name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const open = (resource: Resource, name: string, parameters: () => Json): Stack => {
    const url = resolve(resource.Properties.TemplateURL, literalScope);
    const file = assetPath(resource, typeof url === "string" ? basename(url) : url);
    const template = Template.parse(JSON.parse(readFileSync(file, "utf8")));
    return new Stack(name, template, open, exports, parameters);
  };
  const regions = new Map<Stack, string>();
  for (const { type, environment, properties } of artifacts) {
    if (type !== "aws:cloudformation:stack" || properties?.templateFile === undefined) continue;
    const name = String(properties.stackName ?? basename(properties.templateFile, ".template.json"));
    const stack = new Stack(name, Template.parse(json(properties.templateFile)), open, exports);
    stacks.push(stack);
    const named = environment?.slice(environment.lastIndexOf("/") + 1) ?? "";
    regions.set(stack, named === "" || named === "unknown-region" ? region : named);
  }
  const all = [...withNested(stacks)];

  const functions = new Map<string, LocalFunction>();
  for (const stack of all) {
    for (const [id, resource] of stack.resources("AWS::Lambda::Function")) {
      const found = readFunction(stack, id, resource, assetPath);
      if (functions.has(found.id)) throw new Error(`Two functions end in the id ${found.id}`);
      functions.set(found.id, found);
    }
  }
  const routes = all.flatMap((stack) => readRoutes(stack, functions));
  return {
    functions,
    tables: all.flatMap((stack) =>
      [...stack.resources("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")].map(([id, resource]) =>
        readTable(stack, id, resource),
      ),
    ),
    buckets: stacks.flatMap((stack) =>
      [...stack.resources("AWS::S3::Bucket")].map(([id, resource]) =>
        readBucket(stack, id, resource, regions.get(stack) ?? region),
      ),
    ),
    roles: new Map(
      stacks.flatMap((stack) =>
        [...stack.resources("AWS::IAM::Role")]
          .filter(([, { Properties }]) => Properties.RoleName !== undefined)
          .map(([id]) => {
            const arn = String(stack.getAtt(id, "Arn"));
            return [arn, roleStatements(stack, arn)] as const;
          }),
      ),
    ),
    mappings: all.flatMap((stack) => readMappings(stack, functions)),
    schedules: all.flatMap((stack) => readSchedules(stack, functions)),
    rules: all.flatMap((stack) => readRules(stack, functions)),
    asyncSettings: new Map(all.flatMap((stack) => readAsyncSettings(stack, functions))),
    routes: routes.filter(({ path }) => path !== "$default"),
    fallback: routes.find(({ path }) => path === "$default"),
  };
}

/** For what stands before any stack does: where nested templates lie. */
const literalScope: Scope = {
  ref: () => undefined,
  getAtt: () => undefined,
  importValue: () => undefined,
  condition: () => undefined,
  mapping: () => undefined,
};

function* withNested(stacks: Iterable<Stack>): Generator<Stack> {
  for (const stack of stacks) {
    yield stack;
    yield* withNested(stack.nested.values());
  }
}

const FunctionProperties = z.object({
  Handler: z.string(),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).optional(),
  Code: z.object({ S3Key: z.string() }).loose(),
  Role: z.string(),
});

function readFunction(
  stack: Stack,
  id: string,
  resource: Resource,
  assetPath: (resource: Resource, key: unknown) => string,
): LocalFunction {
  const properties = FunctionProperties.parse(resolve(resource.Properties, stack));
  const name = stack.nameOf(id, resource);
  const dot = properties.Handler.lastIndexOf(".");
  return {
    id: name.slice(name.lastIndexOf("-") + 1),
    name,
    arn: String(stack.getAtt(id, "Arn")),
    environment: properties.Environment?.Variables ?? {},
    timeoutMs: properties.Timeout * 1000,
    memoryMb: properties.MemorySize,
    file: join(assetPath(resource, properties.Code.S3Key), `${properties.Handler.slice(0, dot)}.mjs`),
    handler: properties.Handler.slice(dot + 1),
    statements: roleStatements(stack, properties.Role),
  };
}

const oneOrMore = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const PolicyDocument = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Action: oneOrMore.default([]),
      Resource: oneOrMore.default([]),
      Condition: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

/** Statements of the role's inline policies and of the policies that are attached to it in the same stack. */
function roleStatements(stack: Stack, roleArn: string): PolicyStatement[] {
  const documents: unknown[] = [];
  for (const [id, role] of stack.resources("AWS::IAM::Role")) {
    if (stack.getAtt(id, "Arn") !== roleArn) continue;
    const inline = resolve(role.Properties.Policies ?? [], stack);
    if (Array.isArray(inline)) documents.push(...inline.map((policy: Json) => policy.PolicyDocument));
    for (const [, policy] of stack.resources("AWS::IAM::Policy")) {
      const { Roles, PolicyDocument: document } = resolve(policy.Properties, stack) as Json;
      if (Array.isArray(Roles) && Roles.includes(stack.physicalName(id))) documents.push(document);
    }
  }
  return documents.flatMap((document) =>
    PolicyDocument.parse(document).Statement.map(({ Condition, ...statement }) => ({
      ...statement,
      ...(Condition && { Condition }),
    })),
  );
}

const BucketProperties = z.object({
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.array(
        z.object({ ServerSideEncryptionByDefault: z.object({ KMSMasterKeyID: z.string().optional() }) }),
      ),
    })
    .optional(),
  ObjectLockConfiguration: z
    .object({
      Rule: z.object({ DefaultRetention: z.object({ Mode: z.enum(["GOVERNANCE", "COMPLIANCE"]), Days: z.number() }) }),
    })
    .optional(),
});

function readBucket(stack: Stack, id: string, resource: Resource, at: string): LocalBucket {
  const { BucketEncryption, ObjectLockConfiguration } = BucketProperties.parse(resolve(resource.Properties, stack));
  const [encryption] = BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  const lock = ObjectLockConfiguration?.Rule.DefaultRetention;
  return {
    name: stack.physicalName(id) ?? id,
    region: at,
    key: keyOf(stack, encryption?.ServerSideEncryptionByDefault.KMSMasterKeyID),
    retention: lock ? { mode: lock.Mode, days: lock.Days } : null,
  };
}

/** A key of a stack, by its ARN. */
function keyOf(stack: Stack, arn: string | undefined): LocalBucket["key"] {
  for (const [id, key] of stack.resources("AWS::KMS::Key"))
    if (arn !== undefined && stack.getAtt(id, "Arn") === arn)
      return { arn, policy: resolve(key.Properties.KeyPolicy, stack) as Json };
  return null;
}

const KeySchema = z
  .array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }))
  .transform((schema): TableKeys => {
    const named = (type: string): string | undefined => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    return { partitionKey: named("HASH") ?? "", sortKey: named("RANGE") };
  });
const TableProperties = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) })),
  KeySchema,
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema,
        Projection: z.object({
          ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]).default("ALL"),
          NonKeyAttributes: z.array(z.string()).default([]),
        }),
      }),
    )
    .default([]),
  LocalSecondaryIndexes: z.array(z.unknown()).max(0, "the local run knows no local secondary indexes").default([]),
  StreamSpecification: z.object({ StreamViewType: z.string() }).optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string().optional(), Enabled: z.boolean() }).optional(),
});

function readTable(stack: Stack, id: string, resource: Resource): LocalTable {
  const table = TableProperties.parse(resolve(resource.Properties, stack));
  const timeToLive = table.TimeToLiveSpecification;
  return {
    name: stack.nameOf(id, resource),
    keys: table.KeySchema,
    attributes: Object.fromEntries(
      table.AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
    ),
    indexes: Object.fromEntries(
      table.GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys, Projection }) => [
        IndexName,
        { ...keys, projection: Projection.ProjectionType, nonKeyAttributes: Projection.NonKeyAttributes },
      ]),
    ),
    stream: table.StreamSpecification?.StreamViewType,
    timeToLive: timeToLive?.Enabled === true ? timeToLive.AttributeName : undefined,
  };
}

/** The function that a name, an ARN or an integration's URI means. */
function functionBy(reference: string, functions: ReadonlyMap<string, LocalFunction>): LocalFunction {
  const direct = reference.replace(/^arn:[^/]*:apigateway:.*\/functions\//, "").replace(/\/invocations$/, "");
  for (const candidate of functions.values()) {
    if (candidate.arn === direct || candidate.name === direct || direct.startsWith(`${candidate.arn}:`))
      return candidate;
  }
  throw new Error(`The template invokes ${reference}, which is none of its functions`);
}

const MappingProperties = z.object({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  Enabled: z.boolean().default(true),
  BatchSize: z.number().default(100),
  MaximumBatchingWindowInSeconds: z.number().default(0),
  MaximumRetryAttempts: z.number().default(-1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  FunctionResponseTypes: z.array(z.string()).default([]),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }).optional(),
});

function readMappings(stack: Stack, functions: ReadonlyMap<string, LocalFunction>): StreamMapping[] {
  return [...stack.resources("AWS::Lambda::EventSourceMapping")]
    .map(([, resource]) => MappingProperties.parse(resolve(resource.Properties, stack)))
    .filter(({ Enabled }) => Enabled)
    .map((mapping) => ({
      functionId: functionBy(mapping.FunctionName, functions).id,
      sourceArn: mapping.EventSourceArn,
      patterns: mapping.FilterCriteria?.Filters.map(({ Pattern }) => JSON.parse(Pattern) as Json) ?? [],
      batchSize: mapping.BatchSize,
      windowMs: mapping.MaximumBatchingWindowInSeconds * 1000,
      retryAttempts: mapping.MaximumRetryAttempts,
      bisect: mapping.BisectBatchOnFunctionError,
      reportsFailures: mapping.FunctionResponseTypes.includes("ReportBatchItemFailures"),
    }));
}

const State = z.enum(["ENABLED", "DISABLED"]).default("ENABLED");
const ScheduleProperties = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default("UTC"),
  State,
  Target: z.object({ Arn: z.string(), Input: z.string().optional() }),
});
const RuleProperties = z.object({
  ScheduleExpression: z.string().optional(),
  EventPattern: z.record(z.string(), z.unknown()).optional(),
  EventBusName: z.string().default("default"),
  State,
  Targets: z
    .array(
      z.object({
        Arn: z.string(),
        Input: z.string().optional(),
        InputPath: z.never("the local run hands on whole events only").optional(),
        InputTransformer: z.never("the local run hands on whole events only").optional(),
      }),
    )
    .default([]),
});

function readSchedules(stack: Stack, functions: ReadonlyMap<string, LocalFunction>): Schedule[] {
  const schedules: Schedule[] = [];
  for (const [id, resource] of stack.resources("AWS::Scheduler::Schedule")) {
    const schedule = ScheduleProperties.parse(resolve(resource.Properties, stack));
    const functionId = functionBy(schedule.Target.Arn, functions).id;
    schedules.push({
      name: functionId,
      functionId,
      arn: String(stack.getAtt(id, "Arn")),
      expression: schedule.ScheduleExpression,
      timezone: schedule.ScheduleExpressionTimezone,
      input: schedule.Target.Input,
      source: "aws.scheduler",
      enabled: schedule.State === "ENABLED",
    });
  }
  for (const [id, resource] of stack.resources("AWS::Events::Rule")) {
    const rule = RuleProperties.parse(resolve(resource.Properties, stack));
    if (rule.ScheduleExpression === undefined) continue;
    for (const target of rule.Targets) {
      const functionId = functionBy(target.Arn, functions).id;
      schedules.push({
        name: functionId,
        functionId,
        arn: String(stack.getAtt(id, "Arn")),
        expression: rule.ScheduleExpression,
        timezone: "UTC",
        input: target.Input,
        source: "aws.events",
        enabled: rule.State === "ENABLED",
      });
    }
  }
  return schedules;
}

const InvokeConfigProperties = z.object({
  FunctionName: z.string(),
  MaximumRetryAttempts: z.number().default(2),
  MaximumEventAgeInSeconds: z.number().default(21_600),
});

function readAsyncSettings(stack: Stack, functions: ReadonlyMap<string, LocalFunction>): [string, AsyncSettings][] {
  return [...stack.resources("AWS::Lambda::EventInvokeConfig")].map(([, resource]) => {
    const config = InvokeConfigProperties.parse(resolve(resource.Properties, stack));
    const { MaximumRetryAttempts: retryAttempts, MaximumEventAgeInSeconds: seconds } = config;
    return [functionBy(config.FunctionName, functions).id, { retryAttempts, maxAgeMs: seconds * 1000 }];
  });
}

/** The enabled rules of the default event bus, as far as their targets are functions. */
function readRules(stack: Stack, functions: ReadonlyMap<string, LocalFunction>): EventRule[] {
  const retries = new Map(
    [...stack.resources("AWS::Lambda::EventInvokeConfig")].map(([, resource]) => {
      const config = InvokeConfigProperties.parse(resolve(resource.Properties, stack));
      return [functionBy(config.FunctionName, functions).id, config.MaximumRetryAttempts];
    }),
  );
  return [...stack.resources("AWS::Events::Rule")]
    .map(([, resource]) => RuleProperties.parse(resolve(resource.Properties, stack)))
    .flatMap(({ EventPattern: pattern, EventBusName, State: state, Targets }): EventRule[] => {
      if (pattern === undefined || state !== "ENABLED" || EventBusName !== "default") return [];
      return Targets.filter(({ Arn }) => Arn.startsWith("arn:aws:lambda:")).map(({ Arn, Input }) => {
        if (Input !== undefined)
          throw new Error(`The rule for ${Arn} replaces the event, which the local run does not`);
        const { id: functionId } = functionBy(Arn, functions);
        return { functionId, pattern, retryAttempts: retries.get(functionId) ?? 2 };
      });
    });
}

const Integration = z.object({
  type: z.string().toUpperCase().pipe(z.literal("AWS_PROXY")),
  uri: z.string(),
  payloadFormatVersion: z.literal("2.0"),
  timeoutInMillis: z.number().default(30_000),
});
/** How the gateway's OpenAPI body says "any method". */
const anyMethod = "x-amazon-apigateway-any-method";

function readRoutes(stack: Stack, functions: ReadonlyMap<string, LocalFunction>): Route[] {
  const routes: Route[] = [];
  for (const [, resource] of stack.resources("AWS::ApiGatewayV2::Api")) {
    const body = resolve(resource.Properties.Body, stack);
    if (!isRecord(body) || !isRecord(body.paths)) throw new Error("The API has no OpenAPI body with paths");
    for (const [path, methods] of Object.entries(body.paths)) {
      for (const [method, operation] of Object.entries(isRecord(methods) ? methods : {})) {
        if (!isRecord(operation) || operation["x-amazon-apigateway-integration"] === undefined) continue;
        const integration = Integration.parse(operation["x-amazon-apigateway-integration"]);
        routes.push({
          method: method === anyMethod ? "*" : method.toUpperCase(),
          path: path === "/$default" ? "$default" : path,
          functionId: functionBy(integration.uri, functions).id,
          timeoutMs: integration.timeoutInMillis,
        });
      }
    }
  }
  return routes;
}
