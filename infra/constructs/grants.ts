import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Grant } from "../../shared/http/contract.ts";
import type { StageConfig } from "../config.ts";
import { indexArn, mailArns, tableArn } from "./naming.ts";

/** What a grant is about: the part before the colon. */
type GrantTarget = Targets<Grant>;
type Targets<G> = G extends `${infer Target}:${string}` ? Target : never;

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
        return on(tableArn(scope, config), action);
      case "due":
      case "history":
        return on(indexArn(scope, config, target), action);
      case "rate":
        // The counters of the rate limit, so that a function which only reads cannot write anything else.
        return on(tableArn(scope, config), action, {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["RATE#*"] },
        });
      case "hint":
        // Whoever reads a chain may mend the hint in it, and nothing else of a record.
        return on(tableArn(scope, config), action, {
          "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "sk", "parentId", "ancestors"] },
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
      case "seal":
        return new PolicyStatement({ actions: [`kms:${action}`], resources: [sealKeyArn] });
      default:
        return target satisfies never;
    }
  });
}
