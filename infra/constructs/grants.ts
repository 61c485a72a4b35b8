import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Grant } from "../../shared/http/contract.ts";
import type { StageConfig } from "../config.ts";
import { bucketOf, vaultRoleArn } from "../../shared/domain/terms/storage-plan.ts";
import { indexArn, mailArns, openedLocations, storagePlan, tableArn, vaultKeyAlias, anyCode } from "./naming.ts";

/** What a grant is about: the part before the colon. */
type GrantTarget = Targets<Grant>;
type Targets<G> = G extends `${infer Target}:${string}` ? Target : never;

/** Partitions whose items are never changed: the log, that of access, and the usage ledger. */
const logs = ["LOG#*", "ACCESS#*", "LEDGER#*"];

/**
 * The statements that give a function what its contract grants, each on the ARNs of one thing.
 * @param sealKeyArn ARN of the key that seals secrets
 */
export function grantStatements(
  scope: Construct,
  config: StageConfig,
  sealKeyArn: string,
  grants: readonly Grant[],
): PolicyStatement[] {
  const on = (resource: string, action: string, conditions?: Record<string, Record<string, string[]>>) =>
    new PolicyStatement({ actions: [`dynamodb:${action}`], resources: [resource], conditions });
  return grants.flatMap((grant): PolicyStatement | PolicyStatement[] => {
    const [target, action] = grant.split(":") as [GrantTarget, string];
    switch (target) {
      case "table":
        // What has been logged is changed and deleted by nobody. Who may put items could replace one: the store inserts them.
        return on(
          tableArn(scope, config),
          action,
          action === "UpdateItem" || action === "DeleteItem"
            ? { "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": logs } }
            : undefined,
        );
      case "due":
      case "history":
        return on(indexArn(scope, config, target), action);
      case "rate":
        // The counters of the rate limit and of refusals, so that a function which only reads cannot write anything else.
        return on(tableArn(scope, config), action, {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["RATE#*", "ACCESS#*"] },
        });
      case "find":
        // The index of words, and what is remembered of it: what nobody is told that it is true.
        return on(tableArn(scope, config), action, {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["FIND#*", "FILED#*"] },
        });
      case "log":
        // Of an entry nothing but its timer.
        return on(tableArn(scope, config), action, {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["LOG#*"] },
          "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "sk", "duePk", "dueSk"] },
          StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"] },
        });
      case "hint":
        // Whoever reads a chain may mend the hint in it, and nothing else of a record.
        return on(tableArn(scope, config), action, {
          "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "sk", "parentId", "ancestors"] },
          "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": logs },
          StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"] },
        });
      case "seen":
        // When a session was used last, and nothing else of an item.
        return on(tableArn(scope, config), action, {
          "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "sk", "lastSeenAt"] },
          StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"] },
        });
      case "mail":
        // A stage without a sender has nothing that a right could be about, and its functions send nothing.
        if (config.mail === undefined) return [];
        return new PolicyStatement({
          actions: [`ses:${action}`],
          resources: mailArns(scope, config, config.mail),
          conditions: { StringEquals: { "ses:FromAddress": config.mail.from } },
        });
      case "vault":
        return vaultStatements(config, action);
      case "seal":
        return new PolicyStatement({ actions: [`kms:${action}`], resources: [sealKeyArn] });
      default:
        return target satisfies never;
    }
  });
}

/** What is about buckets, and not about objects in them. */
const ofBuckets: ReadonlySet<string> = new Set([
  "GetBucketLocation",
  "ListBucketVersions",
  "ListBucketMultipartUploads",
]);
/** What concerns a vault's manifest alone, and the right on the key that it takes. */
const ofManifests: Readonly<Record<string, string>> = { PutObject: "kms:GenerateDataKey", GetObject: "kms:Decrypt" };

/**
 * What a function may do in the storage of the locations that the stage opens; nothing where it opens none. All of a stage's locations have
 * names that differ in two letters: one by one they would make a policy larger than IAM allows.
 */
function vaultStatements(config: StageConfig, action: string): PolicyStatement[] {
  const plan = storagePlan(config);
  if (openedLocations(config).length === 0) return [];
  if (action === "AssumeRole")
    return [
      new PolicyStatement({ actions: ["sts:AssumeRole", "sts:TagSession"], resources: [vaultRoleArn(plan, anyCode)] }),
    ];
  const key = ofManifests[action];
  const objects = ofBuckets.has(action) ? "" : key === undefined ? "/*" : "/*/.tenantry/vault.json";
  const buckets = [bucketOf(plan, anyCode), ...namedBuckets(config)];
  return [
    new PolicyStatement({
      actions: [`s3:${action}`],
      resources: buckets.map((bucket) => `arn:aws:s3:::${bucket}${objects}`),
    }),
    // Keys have no names that would be known here: each is known by its alias.
    ...(key === undefined
      ? []
      : [
          new PolicyStatement({
            actions: [key],
            resources: [`arn:aws:kms:*:${plan.account}:key/*`],
            conditions: { "ForAnyValue:StringLike": { "kms:ResourceAliases": vaultKeyAlias(config, anyCode) } },
          }),
        ]),
  ];
}

/** Buckets whose names the stage gives itself. */
const namedBuckets = ({ storage: { locations } }: StageConfig): string[] =>
  Object.values(locations).flatMap(({ bucket }) => bucket ?? []);
